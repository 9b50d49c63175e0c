"""The page of one evaluator: what another threshold would change, and how far its scores are probabilities.

Settings, states and backfills come from the API (server/api/evaluators.py).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics import thresholds
from analytics.calibration import calibration, shipped_curve, shipped_figures
from analytics.evaluation_runs.state import hours_behind
from analytics.thresholds import Preview, Scores, read_scores
from storage.control.evaluators import thresholds_of
from storage.errors import BadInput
from storage.outcomes import Where
from ui import quality_frame, scores, state
from ui.completion import quoted
from ui.data.answers import json
from ui.services import Services
from ui.state import View

OWN: Final = "own"
"""Asks for the evaluator's own threshold, as against one that the project sets."""

_FOUND: Final = {True: "unsupported", False: "found"}
"""The label of what is found, of evaluators of which low scores are found and of others."""

CARDS: Final[Mapping[str, str]] = {
    "groundedness": "On labelled answers that it was not trained on (RAGTruth): AUROC {auroc:.3f}, F1 of unsupported "
    "{f1:.3f}.".format(**shipped_figures()["ragtruth"]),
    "refusal": "On 900 labelled answers (XSTest), at 0.5: precision .962, recall .958.",
    "prompt_injection": "At 0.5 it finds 95.5 % of 583 known jailbreaks and raises a false alarm on 0.3 % of 4,507 "
    "ordinary instructions.",
    "pii": "On 365 labelled entities that have a form, at 0.5: precision 1.00, recall 1.00. Its forms were improved on "
    "these very texts.",
}
"""What the model cards say of labelled data: docs/reference/detectors.md and groundedness-model.md."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: an evaluator, a threshold to try, and which traces count."""

    view: View
    name: str
    threshold: float | None
    """None: the evaluator's own."""


def parse(query: Mapping[str, str], name: str, present: float | None) -> Question:
    """Read the question of a URL query; without a threshold it is about the `present` one. Raises BadInput."""
    return Question(quality_frame.asked(query), name, _threshold(query, present))


def _threshold(query: Mapping[str, str], present: float | None) -> float | None:
    text = query.get("threshold", "")
    if not text or text == OWN:
        return None if text else present
    try:
        wanted = float(text)
    except ValueError as error:
        raise BadInput(
            f"the threshold {text[:20]!r} is not a number", hint="from 0 to 1"
        ) from error
    if not 0 <= wanted <= 1:
        raise BadInput("the threshold is out of range", hint="from 0 to 1")
    return wanted


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the page."""
    router = APIRouter(prefix="/quality/evaluators")

    def present_of(request: Request, name: str) -> float | None:
        """Return the threshold that the project has set. Raises AccessDenied, ControlUnavailable."""
        scope = state.reading(request.query_params.get("project", ""))
        with services.control.database.reading() as session:
            return thresholds_of(session, scope.project).get(name)

    @router.get("/behind")
    def behind(request: Request) -> Response:
        asked = quality_frame.asked(request.query_params)
        at = datetime.now(UTC)
        hours = hours_behind(
            services.engine, services.control.database, asked.scope, asked.range.window(at), at
        )
        return json({"hours": hours})

    def scores_of(asked: Question) -> Scores:
        window = asked.view.range.window(datetime.now(UTC))
        where = Where(window, filter=asked.view.filter)
        return read_scores(services.engine, asked.view.scope, where, asked.name)

    @router.get("/{evaluator}/preview")
    def preview(request: Request, evaluator: str) -> Response:
        present = present_of(request, evaluator)
        asked = parse(request.query_params, evaluator, present)
        found = thresholds.preview(scores_of(asked), present, asked.threshold)
        return json(asdict(found) | {"card": CARDS.get(evaluator, "")} | _links(found, asked))

    @router.get("/{evaluator}/calibration")
    def calibrated(request: Request, evaluator: str) -> Response:
        asked = parse(request.query_params, evaluator, None)
        found = calibration(scores_of(asked))
        shipped = [asdict(one) for one in shipped_curve(evaluator)]
        return json(asdict(found) | {"shipped": shipped})

    return router


def _links(found: Preview, asked: Question) -> dict[str, Any]:
    """Return the queries of the lists of traces behind the figures; None where no filter says which they are."""
    is_found = _FOUND[found.low_is_found]
    field = scores.field(asked.name)

    def listed(*conditions: str) -> dict[str, str]:
        own = [f"({asked.view.filter})"] if asked.view.filter else []
        view = asked.view
        return state.to_query(
            View(project=view.project, range=view.range, filter=" and ".join([*own, *conditions]))
        )

    links: dict[str, Any] = {
        "judged_query": listed(f"{field} exists"),
        "label_queries": {
            label: listed(f"{field} = {quoted(label)}") for label in found.other_labels if label
        },
        "now_query": listed(f"{field} = {quoted(is_found)}"),
        "newly_query": None,
        "no_longer_query": None,
    }
    if asked.threshold is None:
        return links
    # Labels in filters are by the project's threshold of now.
    above, below = f"{field} >= {asked.threshold:g}", f"{field} < {asked.threshold:g}"
    to_found, to_not = (below, above) if found.low_is_found else (above, below)
    return links | {
        "newly_query": listed(f"not {field} = {quoted(is_found)}", to_found),
        "no_longer_query": listed(f"{field} = {quoted(is_found)}", to_not),
    }
