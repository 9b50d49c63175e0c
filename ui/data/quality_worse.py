"""Where an outcome is worse: the outcomes that can be chosen, the search, and the traces of a segment."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.outcomes import HIGHER_IS_WORSE, Outcome, Unit, Worse, outcome_of
from analytics.segments.members import Member, members
from analytics.segments.report import PartOf, SegmentReport, WorseSegment, report
from analytics.segments.search import LEAST
from storage import evaluations, suggestions
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluations import NameInfo
from storage.outcomes import MAX_TRACES, Where
from storage.window import Window
from ui import quality_frame, scores, state
from ui.data.answers import json
from ui.services import Services
from ui.state import View

DIMENSIONS: Final = {
    "feature": "Feature",
    "prompt_version": "Prompt version",
    "model": "Model",
    "tenant_id": "Tenant",
    "environment": "Environment",
    "input_length": "Input length",
    "turn": "Turn",
    "hour": "Hour",
    "weekday": "Weekday",
}
"""What segments are of, and how the page calls it; the keys are those of `analytics.dimensions.columns_of`."""

_READ: Final = {
    "input_length": "{} tokens a call",
    "hour": "{0}:00 to {0}:59 UTC",
    "weekday": "{} (UTC)",
}
"""How values read that do not speak for themselves."""
_USUAL: Final = "failures"
_MOST_NAMES: Final = 100
_MOST_LABELS: Final = 12
_PAGE: Final = 50
_SIDES: Final[tuple[Worse, ...]] = ("higher", "lower")


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: of which traces, where which outcome is worse."""

    view: View
    text: str
    """The outcome as the URL and the API write it."""
    worse: Worse | None
    segment: Mapping[str, str]
    """Whose traces are listed."""


def parse(query: Mapping[str, str]) -> Question:
    """Read the question of a URL query. Raises BadInput."""
    worse = query.get("worse", "")
    if worse and worse not in _SIDES:
        raise BadInput(f"worse is {worse[:40]!r}", hint="higher or lower")
    return Question(
        quality_frame.asked(query),
        query.get("outcome", "").strip() or _USUAL,
        next((side for side in _SIDES if side == worse), None),
        dict(parse_qsl(query.get("segment", ""))),
    )


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the page."""
    router = APIRouter(prefix="/quality/worse")

    def of(request: Request) -> tuple[Question, Outcome, Where]:
        asked = parse(request.query_params)
        window = asked.view.range.window(datetime.now(UTC))
        outcome = outcome_of(asked.text, worse=asked.worse)
        return asked, outcome, Where(window, filter=asked.view.filter)

    @router.get("")
    def search(request: Request) -> Response:
        return json(segments(services.engine, *of(request)))

    @router.get("/outcomes")
    def outcomes(request: Request, name: str = "") -> Response:
        asked = parse(request.query_params)
        return json(choices(services.engine, asked, name, datetime.now(UTC)))

    @router.get("/traces")
    def traces(request: Request, skip: int = 0) -> Response:
        return json(listed(services.engine, *of(request), max(0, skip)))

    return router


def choices(engine: Engine, asked: Question, name: str, now: datetime) -> dict[str, Any]:
    """Return the outcomes that can be chosen, what the URL chose, and the labels of the evaluation `name`."""
    scope = asked.view.scope
    # Evaluations may be made long after their traces.
    window = Window(asked.view.range.window(now).start, now)
    names = evaluations.names(engine, scope, window=window, limit=_MOST_NAMES)
    chosen = _chosen(asked)
    name = name or str(chosen["name"])
    labels = (
        suggestions.values(engine, scope, scores.field(name), window=window, limit=_MOST_LABELS)
        if name
        else []
    )
    return {
        "names": [_name(one) for one in names if _can_be_asked(one)],
        "chosen": chosen,
        "labels": {name: [label for label, _ in labels]},
    }


def _can_be_asked(one: NameInfo) -> bool:
    return one.kind != "text" and '"' not in one.name


def _name(one: NameInfo) -> dict[str, Any]:
    return {
        "name": one.name,
        "text": f'evaluation."{one.name}"',
        "count": one.evaluations,
        "kind": one.kind,
        "worse": "higher" if one.name in HIGHER_IS_WORSE else "lower",
    }


def _chosen(asked: Question) -> dict[str, Any]:
    """Return the parts of the outcome that was asked for; those of the usual one where it means nothing."""
    try:
        one = outcome_of(asked.text, worse=asked.worse)
    except BadInput:
        one = outcome_of(_USUAL)
    keys = ("kind", "name", "label", "sign", "bound", "worse")
    return {key: getattr(one, key) for key in keys}


def segments(engine: Engine, asked: Question, outcome: Outcome, where: Where) -> dict[str, Any]:
    """Return the segments in which an outcome is worse, the surest first, and how they were found."""
    found = report(engine, asked.view.scope, where, outcome)
    return _measured(outcome, found.unit) | {
        "overall": found.overall,
        "traces": found.traces,
        "looked_at": found.looked_at,
        "is_sample": found.traces > MAX_TRACES,
        "tested": found.tested,
        "q": found.q,
        "least": LEAST,
        "segments": [_segment(one, asked, found) for one in found.segments],
        "dimensions": list(DIMENSIONS.values()),
    }


def listed(
    engine: Engine, asked: Question, outcome: Outcome, where: Where, skip: int
) -> dict[str, Any]:
    """Return a page of the traces of a segment, the worst first. Raises BadInput without a segment."""
    if not asked.segment:
        raise BadInput("traces are listed of one segment", hint="name it in segment=")
    found = members(engine, asked.view.scope, where, outcome, asked.segment, limit=_PAGE, skip=skip)
    seen = skip + len(found.members)
    return _measured(outcome, found.observed.unit) | {
        "values": _values(asked.segment),
        "total": found.total,
        "is_sample": found.observed.rows.traces > MAX_TRACES,
        "column": _of_one(outcome),
        "rows": [_row(one) for one in found.members],
        "next": seen if seen < found.total else None,
    }


def _measured(outcome: Outcome, unit: Unit) -> dict[str, Any]:
    """Return what was looked at: in words, in which unit, and which way it is worse."""
    measure = outcome.kind if unit == "ratio" else unit
    return {
        "said": _said(outcome, unit),
        "unit": measure,
        "worse": outcome.worse,
        "kind": outcome.kind,
    }


def _said(outcome: Outcome, unit: Unit) -> str:
    match outcome.kind:
        case "failures":
            return "share of traces that failed"
        case "latency":
            return "typical time of a trace"
        case "cost":
            return "typical cost of a trace"
        case _ if outcome.label:
            return f"share of “{outcome.label}” in {outcome.name}"
        case _ if outcome.sign:
            return f"share of traces with {outcome.name} {outcome.sign} {outcome.bound:g}"
        case _:
            return f"rate of {outcome.name}" if unit == "share" else f"mean of {outcome.name}"


def _of_one(outcome: Outcome) -> str:
    """Return what the outcome of a single trace is called."""
    named = {"failures": "Failed", "latency": "Time", "cost": "Cost"}
    asked = f"{outcome.sign} {outcome.bound:g}" if outcome.sign else outcome.label
    return named.get(outcome.kind, f"{outcome.name} {asked}".rstrip())


def _segment(one: WorseSegment, asked: Question, found: SegmentReport) -> dict[str, Any]:
    narrowed = state.narrowed(asked.view, one.filter, sort=_sort(found)) if one.filter else None
    return {
        "values": _values(one.segment),
        "segment": urlencode(dict(one.segment)),
        "traces": one.traces,
        "effect": asdict(one.effect),
        "before": asdict(one.before_matching),
        "p_adjusted": one.p_adjusted,
        "held_equal": _names(one.held_equal),
        "not_held_equal": _names(one.not_held_equal),
        "explains": [_part(part) for part in one.explains],
        "examples": one.examples,
        "query": narrowed,
    }


def _sort(found: SegmentReport) -> str:
    """Return the order of a list of traces that brings the worst to the top, where there is one."""
    named = {"latency": "-duration", "cost": "-cost"}
    return named.get(found.outcome, state.DEFAULT_SORT)


def _part(part: PartOf) -> dict[str, Any]:
    return {
        "values": _values(part.segment),
        "segment": urlencode(dict(part.segment)),
        "traces": part.traces,
        "effect": asdict(part.effect),
    }


def _values(segment: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {"name": DIMENSIONS.get(name, name), "value": _READ.get(name, "{}").format(value)}
        for name, value in segment.items()
    ]


def _names(dimensions: Sequence[str]) -> list[str]:
    return [DIMENSIONS[name].lower() for name in dimensions]


def _row(one: Member) -> dict[str, Any]:
    return {
        "trace_id": one.trace_id,
        "time": one.start_unix_nano // 1_000_000,
        "tenant": one.tenant_id,
        "feature": one.feature,
        "prompt": one.prompt_version,
        "model": one.model,
        "value": one.value,
    }
