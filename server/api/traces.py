"""GET /traces, /traces/{trace_id}, /traces/{trace_id}/spans/{span_id}, /histogram."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from server.api.deps import Cursor, EngineDep, Filter, Limit, ScopeDep, Search, WindowDep
from server.api.encode import encode, respond
from server.api.errors import NotFound
from server.api.models import (
    BucketOut,
    CallOut,
    EvaluationOut,
    LogOut,
    SpanDetailOut,
    SpanSummaryOut,
    TraceOut,
    answer_of,
    documented,
    page_of,
)
from storage import spans, traces
from storage.costs.call_rows import calls_of_trace
from storage.errors import BadInput
from storage.window import Window, from_unix_nano

router = APIRouter(tags=["traces"])

MAX_WITH_CONTENTS: Final = 1000
"""Spans of a trace whose texts come unasked."""

TraceId = Annotated[str, Path(description="32 hex digits.")]
SpanId = Annotated[str, Path(description="16 hex digits.")]
_HEX: Final = re.compile(r"[0-9a-fA-F]+")


@router.get("/traces", responses=documented(page_of("traces", TraceOut)))
def list_traces(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    q: Search = "",
    filter_: Filter = "",
    sort: Annotated[
        str,
        Query(
            description="start_time, duration, cost, tokens, errors, spans or evaluation.<name>; `-` turns it round."
        ),
    ] = "-start_time",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Response:
    """List traces, the newest first, with what they cost and what was asked and answered."""
    page = traces.list_traces(
        engine, scope, window=window, q=q, filter=filter_, sort=sort, limit=limit, cursor=cursor
    )
    return respond({"traces": [encode(row) for row in page.rows], "next_cursor": page.next_cursor})


@router.get(
    "/traces/{trace_id}",
    responses=documented(
        answer_of(
            "TraceAnswer",
            trace_id=str,
            trace=TraceOut | None,
            spans=list[SpanDetailOut | SpanSummaryOut],  # type: ignore[valid-type]
            calls=list[CallOut],  # type: ignore[valid-type]
            logs=list[LogOut],  # type: ignore[valid-type]
            evaluations=list[EvaluationOut],  # type: ignore[valid-type]
        )
    ),
)
def get_trace(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    trace_id: TraceId,
    contents: Annotated[
        bool | None,
        Query(
            description=f"Spans in full, with texts and attributes; unasked up to {MAX_WITH_CONTENTS} spans."
        ),
    ] = None,
) -> Response:
    """Return a trace: its facts, its spans in order of start, what its calls cost, log records and evaluations."""
    trace = spans.get_trace(engine, scope, hex_id(trace_id, "trace_id"))
    if trace is None:
        raise NotFound(f"there is no trace {trace_id} in this project")
    in_full = len(trace.spans) <= MAX_WITH_CONTENTS if contents is None else contents
    shown: list[Any] = (
        list(spans.span_details(engine, scope, trace_id)) if in_full else list(trace.spans)
    )
    return respond(
        {
            "trace_id": trace.trace_id,
            # None for a moment, until the trace has been settled.
            "trace": encode(trace.facts) if trace.facts else None,
            "spans": [encode(span) for span in shown],
            "calls": [encode(row) for row in calls_of_trace(engine, scope, trace.trace_id)],
            "logs": [encode(row) for row in trace.logs],
            "evaluations": [encode(row) for row in trace.evaluations],
        }
    )


@router.get("/traces/{trace_id}/spans/{span_id}", responses=documented(SpanDetailOut))
def get_span(engine: EngineDep, scope: ScopeDep, trace_id: TraceId, span_id: SpanId) -> Response:
    """Return one span in full, with its texts and log records."""
    span = spans.get_span(engine, scope, hex_id(trace_id, "trace_id"), hex_id(span_id, "span_id"))
    if span is None:
        raise NotFound(f"there is no span {span_id} in trace {trace_id} of this project")
    return respond(encode(span))


@router.get(
    "/histogram",
    responses=documented(answer_of("HistogramAnswer", buckets=list[BucketOut])),  # type: ignore[valid-type]
)
def histogram(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    q: Search = "",
    filter_: Filter = "",
    buckets: Annotated[int, Query(ge=1, le=traces.MAX_BUCKETS)] = 60,
) -> Response:
    """Return figures of traces in equal steps over the window; without one, over all that the project has."""
    if window is None:
        extent = traces.extent(engine, scope, None)
        if extent is None:
            return respond({"buckets": []})
        window = Window(from_unix_nano(extent.start_ns), from_unix_nano(extent.end_ns))
    found = traces.histogram(engine, scope, window=window, q=q, filter=filter_, buckets=buckets)
    return respond({"buckets": [encode(bucket) for bucket in found]})


def hex_id(text: str, name: str) -> str:
    """Return an id in lower case. Which length it has is its sender's affair."""
    if not _HEX.fullmatch(text):
        raise BadInput(f"{name} is {text[:40]!r}", hint="an id is written in hex digits")
    return text.lower()
