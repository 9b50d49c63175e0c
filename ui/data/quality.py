"""The page of quality: the rate of one evaluation, over time and by what its traces have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.intervals import Estimate
from analytics.rates import Rate, rates
from storage import evaluations
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluations import NameInfo
from storage.window import Window
from ui import scores, state
from ui.completion import quoted
from ui.data.answers import json
from ui.services import Services
from ui.state import View

DIMENSIONS: Final = {
    "model": "Model",
    "feature": "Feature",
    "prompt_name": "Prompt",
    "prompt_version": "Prompt version",
    "tenant_id": "Tenant",
    "user_tier": "User tier",
    "service_name": "Service",
    "environment": "Environment",
    "source": "Source",
    "author": "Author",
}
"""What rates can be told apart by, and how the page calls it; the keys are `storage.evaluations.BY`."""

_FIELDS: Final = frozenset(DIMENSIONS) - {"source", "author"}
"""Dimensions that are fields of the filter language; who judged is none."""
_NONE: Final = {"model": "chat_model"}
"""What a judged trace lacks that counts for no group of a dimension, where that is another field."""
_USUAL: Final = ("model",)
MOST_LABELS: Final = 7
"""Labels of a category that have a colour of their own."""
_MOST_GROUPS: Final = 200
_MOST_NAMES: Final = 100
_POINTS: Final = 42
_STEPS: Final = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200)
)


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: one evaluation by its name, a label of it, and up to two dimensions."""

    view: View
    name: str = ""
    label: str = ""
    by: tuple[str, ...] = _USUAL


def parse(query: Mapping[str, str]) -> Question:
    """Read the question of a URL query. Raises BadInput."""
    by = tuple(part for part in query.get("by", "").split(",") if part) or _USUAL
    if unknown := [part for part in by if part not in DIMENSIONS]:
        raise BadInput(f"there are no rates by {unknown[0]}", hint=f"by {', '.join(DIMENSIONS)}")
    if len(by) > 2 or len(set(by)) < len(by):
        raise BadInput("rates are by two different things at most", hint="name one or two in by=")
    view = state.parse(query)
    return Question(view, query.get("name", ""), query.get("label", ""), by)


def routes(services: Services) -> APIRouter:
    """Return the endpoint of the page."""
    router = APIRouter()

    @router.get("/quality")
    def quality(request: Request) -> Response:
        asked = parse(request.query_params)
        window = asked.view.range.window(datetime.now(UTC))
        return json(page(services.engine, asked, window))

    return router


def page(engine: Engine, asked: Question, window: Window) -> dict[str, Any]:
    """Return all that the page shows of a window."""
    scope = asked.view.scope
    names = evaluations.names(engine, scope, window=window, limit=_MOST_NAMES)
    names = [known for known in names if known.kind != "text"]
    answer: dict[str, Any] = {
        "names": [{"name": known.name, "count": known.evaluations} for known in names],
        "name": asked.name or _best(names),
        "window": [window.start_ns // 1_000_000, window.end_ns // 1_000_000],
        "by": asked.by,
        "dimensions": [{"key": key, "label": label} for key, label in DIMENSIONS.items()],
        "labels": [],
        "label": "",
    }
    name: str = answer["name"]
    if not name:
        return answer
    return answer | _rates(engine, asked, name, window)


def _rates(engine: Engine, asked: Question, name: str, window: Window) -> dict[str, Any]:
    """Return what the evaluations of a name come to: in all, over time, and in groups."""
    scope, text = asked.view.scope, asked.view.filter
    whole = _of_most(rates(engine, scope, window, name, filter=text))
    if whole is None:
        return {"unit": "share", "overall": {"n": 0, **_estimate(None)}, "series": [], "groups": []}
    labels, label = _labels(whole, asked.label)
    step = step_of(window)

    def of_kind(**more: Any) -> list[Rate]:
        found = rates(engine, scope, window, name, label=label, filter=text, **more)
        return [rate for rate in found if rate.kind == whole.kind]

    groups = of_kind(by=asked.by)
    return {
        "unit": "mean" if whole.kind == "number" else "share",
        "labels": labels,
        "label": label,
        "overall": _drawn(of_kind()[0] if label else whole),
        "step": step // timedelta(milliseconds=1),
        "series": series(of_kind(step=step), window=window, step=step),
        "groups": [_group(rate, name, labels, asked) for rate in groups[:_MOST_GROUPS]],
        "note": _note(len(groups)),
    }


def _labels(whole: Rate, wanted: str) -> tuple[list[str], str]:
    """Return the labels of a category, the commonest first, and the one whose share is shown."""
    if whole.kind != "category":
        return [], ""
    labels = [share.label for share in whole.labels]
    return labels, wanted if wanted in labels else labels[0]


def _best(names: Sequence[NameInfo]) -> str:
    """Return the evaluation to begin with: the commonest that people give, else the commonest."""
    ordered = sorted(names, key=lambda known: (-known.by_people, -known.evaluations, known.name))
    return ordered[0].name if ordered else ""


def _of_most(found: Sequence[Rate]) -> Rate | None:
    """Return the rate of the kind that most evaluations have: shares and means do not mix."""
    return max(found, key=lambda rate: rate.n, default=None)


def step_of(window: Window) -> timedelta:
    """Return the shortest usual step of which a window has no more than a chart can show."""
    length = timedelta(microseconds=(window.end_ns - window.start_ns) // 1000)
    return next((step for step in _STEPS if length <= step * _POINTS), length / _POINTS)


def series(found: Sequence[Rate], *, window: Window, step: timedelta) -> list[dict[str, Any]]:
    """Return every step of a window in order, those without evaluations too."""
    length_ns = step // timedelta(microseconds=1) * 1000
    # To the nearest step: a start has passed through a clock of microseconds.
    known = {round((_ns(rate.start) - window.start_ns) / length_ns): rate for rate in found}
    steps = -(-(window.end_ns - window.start_ns) // length_ns)
    return [
        {"time": (window.start_ns + i * length_ns) // 1_000_000}
        | (_drawn(known[i]) if i in known else {"n": 0, **_estimate(None)})
        for i in range(steps)
    ]


def _ns(time: datetime) -> int:
    return round(time.timestamp() * 1_000_000) * 1000


def _drawn(rate: Rate) -> dict[str, Any]:
    return {"n": rate.n, "clusters": rate.clusters, **_estimate(rate.value)}


def _estimate(found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "low": None, "high": None}
    return {"value": found.value, "low": found.low, "high": found.high}


def _group(rate: Rate, name: str, labels: Sequence[str], asked: Question) -> dict[str, Any]:
    return _drawn(rate) | {
        "keys": [rate.by[dimension] for dimension in asked.by],
        "difference": _estimate(rate.rest) if rate.rest else None,
        "labels": _shares(rate, labels),
        "query": _traces(rate, name, asked.view),
    }


def _shares(rate: Rate, labels: Sequence[str]) -> list[dict[str, Any]]:
    """Return the share of each label in the order of the legend; the rarest ones together."""
    if not labels:
        return []
    given = {share.label: share.share.value for share in rate.labels}
    shown = [{"label": label, "share": given.get(label, 0.0)} for label in labels[:MOST_LABELS]]
    rest = 1 - sum(given.get(label, 0.0) for label in labels[:MOST_LABELS])
    return [*shown, {"label": "others", "share": rest}] if labels[MOST_LABELS:] else shown


def _traces(rate: Rate, name: str, view: View) -> dict[str, str]:
    """Return the query of the list of the traces behind a group."""
    conditions = [f"({view.filter})"] if view.filter else []
    conditions.append(f"{scores.field(name)} exists")
    conditions += [
        f"{dimension} = {quoted(value)}"
        if value
        else f"not {_NONE.get(dimension, dimension)} exists"
        for dimension, value in rate.by.items()
        if dimension in _FIELDS
    ]
    listed = View(project=view.project, range=view.range, filter=" and ".join(conditions))
    return state.to_query(listed)


def _note(groups: int) -> str:
    more = groups > _MOST_GROUPS
    return f"The {_MOST_GROUPS} largest of {groups:,} groups are shown." if more else ""
