"""One trace and its spans, light for the waterfall or in full; and spans as a list."""

from typing import Any, Final

from storage import contents, filters, search
from storage.client import Engine
from storage.evaluation_reading import of_traces
from storage.evaluation_rows import EvaluationRow
from storage.order import Order, clipped
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import Predicate, all_of, load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.span_rows import LogRow, SpanDetail, SpanRow, SpanSummary, Trace
from storage.span_texts import Additions, detail, span_row
from storage.traces import TraceRow, rows_of
from storage.window import Slice, Window

__all__ = [
    "EvaluationRow",
    "LogRow",
    "SpanDetail",
    "SpanRow",
    "SpanSummary",
    "Trace",
    "get_span",
    "get_trace",
    "list_spans",
    "span_details",
]

SORTS: Final = ("start_time", "duration", "cost", "tokens")
"""What spans can be sorted by, beside `evaluation.<name>`; `-` in front turns the order round."""

MAX_SPANS: Final = 100_000
"""Spans of a trace that are read: several times what a page can show. `Trace.facts.span_count` tells of more."""

MAX_LOGS: Final = 10_000
"""Log records of a trace that are read."""

MAX_MINUTES: Final = 50_000
"""Minutes with spans of one trace: over a month of them."""

_TRACE_ID_LENGTH: Final = 32
_DAY_S: Final = 86400
_HOUR_S: Final = 3600
_MINUTE_NS: Final = 60 * 10**9


def get_trace(engine: Engine, scope: Scope, trace_id: str) -> Trace | None:
    """Return a trace with all its spans, light; None where the project has no such trace."""
    trace_id = trace_id.lower()
    minutes = minutes_of(engine, scope, trace_id)
    if not minutes:
        return None
    result = run(
        engine, scope, load("spans/summaries"), minutes=minutes, trace_id=trace_id, limit=MAX_SPANS
    )
    spans = [SpanSummary(**row) for row in named_rows(result)]
    if not spans:
        return None
    return Trace(
        trace_id=trace_id,
        facts=facts_of(engine, scope, trace_id, minutes),
        spans=spans,
        logs=logs_of(engine, scope, trace_id, minutes),
        evaluations=of_traces(engine, scope, [trace_id]),
    )


def minutes_of(engine: Engine, scope: Scope, trace_id: str) -> list[int]:
    """Return the minutes (seconds since 1970) in which a trace has spans, in order; none for an unknown trace."""
    result = run(engine, scope, load("spans/minutes"), trace_id=trace_id, limit=MAX_MINUTES)
    return [row[0] for row in result.result_rows]


def facts_of(engine: Engine, scope: Scope, trace_id: str, minutes: list[int]) -> TraceRow | None:
    """Return the settled facts of a trace; None until it has been settled."""
    rows = rows_of(engine, scope, (m // _HOUR_S * _HOUR_S for m in minutes), [trace_id])
    return rows[0] if rows else None


def logs_of(
    engine: Engine, scope: Scope, trace_id: str, minutes: list[int], span_id: str = ""
) -> list[LogRow]:
    """Return the log records of a trace, or of one span, in order of time; those within a day of its spans."""
    result = run(
        engine,
        scope,
        load("spans/logs"),
        since=max(0, min(minutes) - _DAY_S),
        until=max(minutes) + _DAY_S,
        trace_id=trace_id,
        span_id=span_id,
        limit=MAX_LOGS,
    )
    rows = list(named_rows(result))
    known = contents.texts(engine, scope, {h for row in rows for h in row["body"]})
    return [LogRow(**{**row, "body": contents.joined(row["body"], known)}) for row in rows]


def get_span(engine: Engine, scope: Scope, trace_id: str, span_id: str) -> SpanDetail | None:
    """Return one span in full; None where the project has no such span."""
    trace_id, span_id = trace_id.lower(), span_id.lower()
    minutes = minutes_of(engine, scope, trace_id)
    found = _in_full(engine, scope, trace_id, minutes, [span_id]) if minutes else []
    return found[0] if found else None


def span_details(engine: Engine, scope: Scope, trace_id: str) -> list[SpanDetail]:
    """Return every span of a trace in full, in order of start; texts come with one question for all."""
    trace_id = trace_id.lower()
    minutes = minutes_of(engine, scope, trace_id)
    return _in_full(engine, scope, trace_id, minutes, []) if minutes else []


def list_spans(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
    sort: str = "-start_time",
    limit: int = 50,
    cursor: str = "",
) -> Page[SpanRow]:
    """Return a page of spans that start within `window` (any time without one), by `sort`, then ids.

    As `list_traces`: `q` searches texts and ids, and a page stays what it is while new spans arrive.
    """
    check_limit(limit)
    order = Order.of(sort, SORTS)
    after = decode_cursor(cursor, sort)
    where = filters.predicate(filter, "span")
    span = _extent(engine, scope, window)
    if span is None:
        return Page([], None)
    where = all_of([where, search.predicate(engine, scope, q, "span")])
    if where.sql == "(false)":
        return Page([], None)
    found: list[tuple[str, str, int, int]] = []
    for part in order.parts(span, after):
        result = run(
            engine,
            scope,
            load(order.question("spans/page")),
            where=Predicate(where.sql, {**where.values, "reach_ns": part.end_ns}),
            **order.values(part, after and Position(after.value, after.id[:_TRACE_ID_LENGTH])),
            after_span=after.id[_TRACE_ID_LENGTH:] if after else "",
            limit=limit + 1 - len(found),
        )
        found += [(row[0], row[1], row[2], row[3]) for row in result.result_rows]
        if len(found) > limit:
            break
    last = found[limit - 1] if len(found) > limit else None
    next_cursor = encode_cursor(sort, Position(last[3], last[0] + last[1])) if last else None
    return Page(_listed(engine, scope, found[:limit]), next_cursor)


def _listed(engine: Engine, scope: Scope, found: list[tuple[str, str, int, int]]) -> list[SpanRow]:
    if not found:
        return []
    traces, spans = sorted({f[0] for f in found}), sorted({f[1] for f in found})
    # Combinations of these that are not on the page hardly exist, and are dropped below.
    rows = _raw(engine, scope, sorted({f[2] for f in found}), traces, spans)
    judged = _by_span(of_traces(engine, scope, traces, spans))
    by_id = {(row["trace_id"], row["span_id"]): row for row in rows}
    return [
        span_row(by_id[f[0], f[1]], judged.get((f[0], f[1]), []))
        for f in found
        if (f[0], f[1]) in by_id
    ]


def _in_full(
    engine: Engine, scope: Scope, trace_id: str, minutes: list[int], span_ids: list[str]
) -> list[SpanDetail]:
    rows = _raw(engine, scope, minutes, [trace_id], span_ids)
    if not rows:
        return []
    additions = Additions.of(
        run(
            engine,
            scope,
            load("spans/additions"),
            trace_ids=[trace_id],
            span_ids=span_ids,
            limit=MAX_SPANS,
        )
    )
    merged = [additions.merged(row) for row in rows]
    known = contents.in_full(engine, scope, {h for row in merged for h in row.hashes()})
    judged = _by_span(of_traces(engine, scope, [trace_id], span_ids))
    logs = logs_of(engine, scope, trace_id, minutes, span_ids[0] if len(span_ids) == 1 else "")
    logs_by_span: dict[str, list[LogRow]] = {}
    for log in logs:
        logs_by_span.setdefault(log.span_id, []).append(log)
    return [
        detail(
            row,
            texts,
            known,
            judged.get((trace_id, row["span_id"]), []),
            logs_by_span.get(row["span_id"], []),
        )
        for row, texts in zip(rows, merged, strict=True)
    ]


def _raw(
    engine: Engine, scope: Scope, minutes: list[int], trace_ids: list[str], span_ids: list[str]
) -> list[dict[str, Any]]:
    result = run(
        engine,
        scope,
        load("spans/in_full"),
        minutes=minutes,
        trace_ids=trace_ids,
        span_ids=span_ids,
        limit=MAX_SPANS,
    )
    return list(named_rows(result))


def _by_span(found: list[EvaluationRow]) -> dict[tuple[str, str], list[EvaluationRow]]:
    by_span: dict[tuple[str, str], list[EvaluationRow]] = {}
    for evaluation in found:
        by_span.setdefault((evaluation.trace_id, evaluation.span_id), []).append(evaluation)
    return by_span


def _extent(engine: Engine, scope: Scope, window: Window | None) -> Slice | None:
    minutes = [row[0] for row in run(engine, scope, load("spans/extent")).result_rows]
    if not minutes:
        return None
    return clipped(min(minutes) * 10**9, max(minutes) * 10**9 + _MINUTE_NS, window)
