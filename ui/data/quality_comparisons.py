"""The page of comparisons: prompt versions or models side by side, the check for a release, and confidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.comparison.compare import BY, By, Measured, Sides, compare
from analytics.comparison.sides import in_order, side_of, usual_sides, variants
from analytics.comparison.verdict import verdict
from analytics.confidence import confidence
from analytics.outcomes import HIGHER_IS_WORSE, Observed, outcome_of
from storage import evaluations
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluations import NameInfo
from storage.outcomes import Where
from storage.variants import Variant
from storage.window import Window
from ui import comparison_question, scores, state
from ui.comparison_question import ComparisonQuestion
from ui.data.answers import json
from ui.release_check import release_check
from ui.services import Services
from ui.state import View

MOST_EVALUATIONS: Final = 12
"""Evaluations that have a row, the most frequent ones."""
_MOST_NAMES: Final = 100
_USUAL: Final = "failures"
_SENT_IN: Final = (
    "gen_ai.response.mean_logprob", "gen_ai.response.avg_logprobs", "gen_ai.response.logprobs", "llm.response.logprobs",
)  # fmt: skip
"""Attributes that confidence is read from; docs/quality.md says how."""


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the page."""
    router = APIRouter(prefix="/quality")

    @router.get("/comparisons")
    def get_comparisons(request: Request) -> Response:
        asked = comparison_question.parse(request.query_params)
        window = asked.view.range.window(datetime.now(UTC))
        return json(page(services.engine, asked, window))

    @router.get("/confidence")
    def get_confidence(request: Request) -> Response:
        asked = comparison_question.parse(request.query_params)
        window = asked.view.range.window(datetime.now(UTC))
        return json(sureness(services.engine, asked, window))

    return router


def page(engine: Engine, asked: ComparisonQuestion, window: Window) -> dict[str, Any]:
    """Return all that the page shows of two versions or models; without two, what there is instead. Raises BadInput."""
    scope, where = asked.view.scope, Where(window, filter=asked.view.filter)
    known = {by: variants(engine, scope, where, by) for by in BY}
    by = asked.by or _usual_by(known)
    answer: dict[str, Any] = {
        "by": by,
        "choices": _choices(by, known[by]),
        "others": {name: len(found) for name, found in known.items()},
        "margin": asked.margin,
        "ratio": asked.ratio,
        "start": _moment(window.start),
        "starts_anew": asked.view.range.start is None,
        "outcomes": [],
    }
    sides = _sides(asked, by, known[by])
    if sides is None:
        return answer
    answer |= {"baseline": sides.baseline, "candidate": sides.candidate}
    return answer | _compared(engine, asked, where, sides)


def _usual_by(known: Mapping[By, Sequence[Variant]]) -> By:
    """Return what to compare by: the first by which there are two."""
    return next((by for by in BY if usual_sides(by, known[by])), BY[0])


def _compared(
    engine: Engine, asked: ComparisonQuestion, where: Where, sides: Sides
) -> dict[str, Any]:
    """Return a row for each outcome that is known of either side, and the check of one of them."""
    named = _names(engine, asked.view, where.window)
    checked, problem = _checked(asked)
    usual = ("failures", *filter(None, map(_text, named[:MOST_EVALUATIONS])), "latency", "cost")
    found = [
        compare(engine, asked.view.scope, where, sides, outcome_of(text))
        for text in dict.fromkeys((*usual, checked))
    ]
    rows = [_row(one, asked, sides) for one in found if _is_known(one) or _is_of(one, checked)]
    told = next(row for row in rows if row["outcome"] == checked)
    parameters = {
        "project": asked.view.scope.project,
        **asdict(sides),
        "outcome": checked,
        "margin": f"{told['margin']:g}",
        "start": _moment(where.window.start),
        "filter": where.filter,
    }
    return {
        "outcomes": rows,
        "evaluations_left_out": max(0, len(named) - MOST_EVALUATIONS),
        "check": {"outcome": checked, "problem": problem, "command": release_check(parameters)},
    }


def _checked(asked: ComparisonQuestion) -> tuple[str, str]:
    """Return what the check is about, and what is wrong with what was asked for: the page does not go away for it."""
    try:
        return outcome_of(asked.outcome or _USUAL).text, ""
    except BadInput as error:
        return _USUAL, f"{error}: {error.hint}"


def _is_known(found: Measured) -> bool:
    return found.comparison.n_baseline + found.comparison.n_candidate > 0


def _is_of(found: Measured, text: str) -> bool:
    return found.comparison.outcome in ("failures", "latency", "cost", text)


def _row(found: Measured, asked: ComparisonQuestion, sides: Sides) -> dict[str, Any]:
    """Return an outcome of both sides, how far they are apart, what that means, and where their traces are."""
    outcome = found.observed.outcome
    told = verdict(found, asked.ratio if found.observed.unit == "ratio" else asked.margin)
    return asdict(found.comparison) | {
        "kind": outcome.kind,
        "name": outcome.name,
        "status": told.status,
        "reason": told.reason,
        "margin": told.margin,
        "more_traces": told.more_traces,
        "traces": {
            "baseline": _traces(asked.view, sides, sides.baseline, found.observed),
            "candidate": _traces(asked.view, sides, sides.candidate, found.observed),
        },
    }


def _traces(view: View, sides: Sides, side: str, observed: Observed) -> dict[str, str]:
    """Return the query of the list of the traces of one side whose outcome is known."""
    outcome = observed.outcome
    conditions = [f"({view.filter})"] if view.filter else []
    conditions.append(comparison_question.filter_of(sides, side))
    if outcome.kind == "cost":
        conditions.append("cost > 0")
    if outcome.kind == "evaluation":
        field = scores.field(outcome.name)
        # What has a label alone has no number that could be compared.
        is_number = observed.unit == "score" or outcome.sign
        conditions.append(f"({field} < 0 or {field} >= 0)" if is_number else f"{field} exists")
    sort = {"latency": "-duration", "cost": "-cost"}.get(outcome.kind, state.DEFAULT_SORT)
    listed = View(project=view.project, range=view.range, filter=" and ".join(conditions), sort=sort)  # fmt: skip
    return state.to_query(listed)


def _names(engine: Engine, view: View, window: Window) -> list[NameInfo]:
    """Return the evaluations that may have numbers, the most frequent first; those made after the window too."""
    until = max(window.end, datetime.now(UTC))
    found = evaluations.names(
        engine, view.scope, window=Window(window.start, until), limit=_MOST_NAMES
    )
    return [one for one in found if one.kind != "text"]


def _text(known: NameInfo) -> str:
    """Return how an evaluation is asked for as an outcome; '' where its name cannot be written as one."""
    if '"' in known.name:
        return ""
    field = scores.field(known.name)
    return f'evaluation."{known.name}"' if field.startswith("evaluation[") else field


def _choices(by: By, known: Sequence[Variant]) -> list[dict[str, Any]]:
    """Return what can be chosen: the prompts and models that most traces used first, of a prompt the newest version."""
    if by == "model":
        return [_choice(one) for one in known]
    prompts: dict[str, list[Variant]] = {}
    for one in known:
        prompts.setdefault(one.prompt_name, []).append(one)
    ordered = sorted(prompts.values(), key=lambda versions: -sum(one.traces for one in versions))
    return [_choice(one) for versions in ordered for one in reversed(in_order(versions))]


def _choice(one: Variant) -> dict[str, Any]:
    return {
        "side": side_of(one),
        "prompt": one.prompt_name,
        "traces": one.traces,
        "first": one.first_ns // 1_000_000,
        "last": one.last_ns // 1_000_000,
    }


def _sides(asked: ComparisonQuestion, by: By, known: Sequence[Variant]) -> Sides | None:
    """Return what is compared: what is asked for, and the usual one where only one side or none is named."""
    if asked.baseline and asked.candidate:
        return Sides(by, asked.baseline, asked.candidate)
    usual = usual_sides(by, known)
    if usual is None or not (asked.baseline or asked.candidate):
        return usual
    named = asked.baseline or asked.candidate
    other = usual.baseline if named == usual.candidate else usual.candidate
    return Sides(by, named, other) if asked.baseline else Sides(by, other, named)


def sureness(engine: Engine, asked: ComparisonQuestion, window: Window) -> dict[str, Any]:
    """Return how sure models were of their answers, and how well that tells an outcome. Raises BadInput."""
    scope, where = asked.view.scope, Where(window, filter=asked.view.filter)
    told = _told(_names(engine, asked.view, window))
    found = confidence(engine, scope, where, outcome_of(asked.told or _USUAL))
    sent = " or ".join(f'attr["{key}"] exists' for key in _SENT_IN)
    both = f"({asked.view.filter}) and ({sent})" if asked.view.filter else sent
    listed = View(project=asked.view.project, range=asked.view.range, filter=both)
    return asdict(found) | {
        "told": told,
        "read": list(_SENT_IN),
        "sent_in": state.to_query(listed),
    }


def _told(named: Sequence[NameInfo]) -> list[str]:
    """Return the outcomes that confidence may tell: failures, and each evaluation as good or bad."""
    return [_USUAL, *filter(None, map(_as_share, named[:MOST_EVALUATIONS]))]


def _as_share(known: NameInfo) -> str:
    text = _text(known)
    if not text or known.kind == "boolean":
        return text
    return f"{text} >= 0.5" if known.name in HIGHER_IS_WORSE else f"{text} < 0.5"


def _moment(time: datetime) -> str:
    """Return a time to the second, at or before it: a window that starts there has all that the page counts."""
    return time.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
