"""The page of retrieval: its measures over time and by what traces have in common, ranks, retrievers, documents."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.intervals import Estimate
from analytics.retrieval.report import (
    Figure,
    FigureOfStep,
    FigureOfValue,
    Rank,
    RetrievalReport,
    report,
    values_of,
)
from storage import retrieval
from storage.client import Engine
from storage.errors import BadInput
from storage.outcomes import Where
from storage.retrieval import BY, MEASURES, By, Document, Measure, Retriever
from storage.window import Window, unix_nano
from ui import quality_frame, state
from ui.completion import quoted
from ui.data.answers import json
from ui.data.quality import step_of
from ui.services import Services
from ui.state import View

DIMENSIONS: Final[Mapping[By, str]] = {
    "data_source": "Data source",
    "feature": "Feature",
    "tenant_id": "Tenant",
    "model": "Model",
    "prompt_version": "Prompt version",
    "environment": "Environment",
}
"""What the page tells apart, and how it calls it."""

MOST_VALUES: Final = 40
MOST_DOCUMENTS: Final = 15
_MOST_LISTED: Final = 100
"""Traces that a link names by their ids: a filter holds no more."""
_USUAL_MEASURE: Final[Measure] = "context_used"
_RETRIEVES: Final = "operation in (retrieve, rerank)"


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: what to tell apart, and which measure is drawn in full."""

    view: View
    by: By
    measure: Measure


def parse(query: Mapping[str, str]) -> Question:
    """Read the question of a URL query. Raises BadInput."""
    by, measure = query.get("by", "") or "data_source", query.get("measure", "") or _USUAL_MEASURE
    if by not in BY:
        raise BadInput(f"retrieval cannot be told by {by[:40]!r}", hint=f"by {', '.join(BY)}")
    if measure not in MEASURES:
        raise BadInput(
            f"there is no measure {measure[:40]!r}", hint=f"one of {', '.join(MEASURES)}"
        )
    return Question(quality_frame.asked(query), by, measure)


def routes(services: Services) -> APIRouter:
    """Return the endpoint of the page."""
    router = APIRouter(prefix="/quality")

    @router.get("/retrieval")
    def get_retrieval(request: Request) -> Response:
        asked = parse(request.query_params)
        return json(page(services.engine, asked, asked.view.range.window(datetime.now(UTC))))

    return router


def page(engine: Engine, asked: Question, window: Window) -> dict[str, Any]:
    """Return all that the page shows of a window. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable."""
    scope, where, view = asked.view.scope, Where(window, filter=asked.view.filter), asked.view
    step = step_of(window)
    found = report(engine, scope, where, by=asked.by, step=step)
    shown: dict[str, Any] = {
        "window": [window.start_ns // 1_000_000, window.end_ns // 1_000_000],
        "by": asked.by,
        "dimensions": [{"key": key, "label": label} for key, label in DIMENSIONS.items()],
        "measure": asked.measure,
        "measures": [
            _figure(one) | {"measure": one.measure, "query": _these(view, one.newest_noted)}
            for one in found.measures
        ],
        "retrievers": [_retriever(one, view) for one in found.retrievers],
    }
    if not found.measures:
        return shown
    return shown | {
        "step": step // timedelta(milliseconds=1),
        "series": _series(
            [one for one in found.series if one.measure == asked.measure], window, step
        ),
        "groups": _groups(found, asked),
        "more_groups": max(0, len(values_of(found)) - MOST_VALUES),
        "ranks": [_rank(one, view) for one in found.ranks],
        "unused": _documents(engine, asked, where, "unused"),
        "unsupported": _documents(engine, asked, where, "unsupported"),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "n": figure.n,
        "traces": figure.traces,
        "noted": figure.noted,
        **_estimate(figure.value),
    }


def _estimate(found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "low": None, "high": None}
    return {"value": found.value, "low": found.low, "high": found.high}


def _series(found: Sequence[FigureOfStep], window: Window, step: timedelta) -> list[dict[str, Any]]:
    """Return every step of a window in order, those without anything too."""
    length_ns = step // timedelta(microseconds=1) * 1000
    known = {round((unix_nano(one.start) - window.start_ns) / length_ns): one for one in found}
    return [
        {"time": (window.start_ns + place * length_ns) // 1_000_000}
        | (_figure(known[place]) if place in known else {"n": 0, **_estimate(None)})
        for place in range(-(-(window.end_ns - window.start_ns) // length_ns))
    ]


def _groups(found: RetrievalReport, asked: Question) -> list[dict[str, Any]]:
    return [
        {
            "name": value,
            "query": _narrowed(asked.view, _conditions(asked.by, value)),
            "figures": {measure: _of_value(one) for measure, one in figures.items()},
        }
        for value, figures in list(values_of(found).items())[:MOST_VALUES]
    ]


def _of_value(figure: FigureOfValue) -> dict[str, Any]:
    return _figure(figure) | {"difference": _estimate(figure.rest) if figure.rest else None}


def _conditions(by: By, value: str) -> list[str]:
    """Return the conditions of the filter language that hold of the traces with a value of a dimension."""
    if by == "model":
        return [_is("chat_model", one) for one in value.split(" + ")]
    if by == "prompt_version":
        name, _, version = value.rpartition("@")
        return [_is("prompt_name", name), _is("prompt_version", version)]
    return [_is(by, value)]


def _is(field: str, value: str) -> str:
    return f"{field} = {quoted(value)}" if value else f"not {field} exists"


def _narrowed(view: View, conditions: Sequence[str]) -> dict[str, str]:
    """Return the query of the traces of a view that asked a retriever and fulfil conditions too."""
    return state.narrowed(view, *conditions, _RETRIEVES)


def _these(view: View, trace_ids: Sequence[str]) -> dict[str, str] | None:
    """Return the query of the list of some traces; None without any."""
    if not trace_ids:
        return None
    text = f"trace_id in ({', '.join(trace_ids[:_MOST_LISTED])})"
    return state.to_query(View(project=view.project, range=view.range, filter=text))


def _rank(one: Rank, view: View) -> dict[str, Any]:
    return {
        "rank": one.rank,
        "n": one.n,
        **_estimate(one.used),
        "first": one.first,
        "listed": len(one.traces),
        "query": _these(view, one.traces),
    }


def _retriever(one: Retriever, view: View) -> dict[str, Any]:
    conditions = [_is("data_source", one.data_source)]
    if one.model:
        conditions.append(_is("request_model", one.model))
    return asdict(one) | {"query": _narrowed(view, conditions)}


def _documents(
    engine: Engine, asked: Question, where: Where, order: retrieval.Order
) -> list[dict[str, Any]]:
    found = retrieval.documents(engine, asked.view.scope, where, order, limit=MOST_DOCUMENTS)
    return [_document(one, asked.view, order) for one in found]


def _document(one: Document, view: View, order: retrieval.Order) -> dict[str, Any]:
    shown = asdict(one)
    unused_in, unsupported_in = shown.pop("unused_in"), shown.pop("unsupported_in")
    listed = unused_in if order == "unused" else unsupported_in
    return shown | {"listed": len(listed), "query": _these(view, listed)}
