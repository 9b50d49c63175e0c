"""Traces of a project as a list, and as figures over time. Reads settled facts, never spans, unless a filter asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from storage import contents, evaluation_scores, filters, search
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluation_rows import Score
from storage.order import Order, clipped
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import Predicate, all_of, load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.window import Slice, Window, from_unix_nano

SORTS: Final = ("start_time", "duration", "cost", "tokens", "errors", "spans")
"""What traces can be sorted by, beside `evaluation.<name>`; `-` in front turns the order round."""

COUNT_CAP: Final = 100_000
"""`count_traces` counts no further: nobody needs the exact figure."""

MAX_BUCKETS: Final = 1000
"""Steps of a histogram."""

_HOUR_NS: Final = 3600 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRow:
    """The facts of one trace. Absent text is '', an absent count 0, an absent measure None."""

    trace_id: str
    start_time_unix_nano: int
    duration_ns: int
    root_span_id: str
    has_root: bool
    name: str
    service_name: str
    environment: str
    status: str
    """'ok', 'error' or 'unset'."""
    error_type: str
    span_count: int
    error_count: int
    session_id: str
    user_id: str
    user_tier: str
    tenant_id: str
    feature: str
    prompt_name: str
    prompt_version: str
    services: list[str]
    operations: list[str]
    models: list[str]
    providers: list[str]
    tools: list[str]
    agents: list[str]
    guardrail_trips: list[str]
    model_calls: int
    tool_calls: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int
    cost_usd: float | None
    """Of the calls that a price is known of; None if there are none."""
    unpriced_calls: int
    """Calls that no price is known of: they are in no cost."""
    time_to_first_token_s: float | None
    queue_s: float | None
    cache_hit: bool
    is_fallback: bool
    retry_count: int
    input: str
    """What the user sent, as text; at most 300 characters."""
    output: str
    """What came back, as text; at most 300 characters."""
    scores: dict[str, Score]
    """What its evaluations and those of its spans come to, by name."""

    @property
    def start_time(self) -> datetime:
        """Start in UTC, cut to microseconds; `start_time_unix_nano` is exact."""
        return from_unix_nano(self.start_time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Figures of the traces that started within one step of a histogram."""

    start: datetime
    traces: int
    errors: int
    duration_p50_s: float | None
    duration_p95_s: float | None
    tokens: int
    cost_usd: float


def list_traces(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API and of the page's URL
    sort: str = "-start_time",
    limit: int = 50,
    cursor: str = "",
) -> Page[TraceRow]:
    """Return a page of traces that start within `window` (any time without one), by `sort`, then trace id.

    `q` searches texts and ids, `filter` is in the filter language. A page stays what it is while new traces arrive;
    traces newer than its cursor are not on later pages of `-start_time`. Raises BadInput, QueryTimeout, TooMuchData,
    StoreUnavailable.
    """
    check_limit(limit)
    order = Order.of(sort, SORTS)
    after = decode_cursor(cursor, sort)
    where = filters.predicate(filter, "trace")
    span = extent(engine, scope, window)
    if span is None:
        return Page([], None)
    where = all_of([where, search.predicate(engine, scope, q, "trace")])
    if where.sql == "(false)":
        return Page([], None)
    found: list[tuple[str, int, int]] = []
    for part in order.parts(span, after):
        result = run(
            engine,
            scope,
            load(order.question("traces/page")),
            where=_reaching(engine, scope, part, where),
            **order.values(part, after),
            limit=limit + 1 - len(found),
        )
        found += [(row[0], row[1], row[2]) for row in result.result_rows]
        if len(found) > limit:
            break
    rows = _rows(engine, scope, found[:limit])
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return Page(rows, encode_cursor(sort, Position(last[2], last[0])) if last else None)


def histogram(
    engine: Engine,
    scope: Scope,
    *,
    window: Window,
    q: str = "",
    filter: str = "",  # noqa: A002 - as in list_traces
    buckets: int = 60,
) -> list[Bucket]:
    """Return `buckets` equal steps over `window` in time order, empty ones included."""
    if not 1 <= buckets <= MAX_BUCKETS:
        raise BadInput(f"buckets is {buckets}", hint=f"from 1 to {MAX_BUCKETS} are possible")
    step_ns = max(1, -(-(window.end_ns - window.start_ns) // buckets))
    part = Slice(window.start_ns, window.end_ns)
    where = where_of(engine, scope, part, q, filter)
    result = run(
        engine, scope, load("traces/histogram"), where=where,
        start_ns=part.start_ns, end_ns=part.end_ns, step_ns=step_ns, limit=buckets,
    )  # fmt: skip
    steps = {row[0]: row[1:] for row in result.result_rows}
    nothing = (0, 0, None, None, 0, 0.0)
    return [
        Bucket(
            start=from_unix_nano(part.start_ns + i * step_ns),
            **dict(zip(_FIGURES, steps.get(i, nothing), strict=True)),
        )
        for i in range(buckets)
    ]


_FIGURES: Final = ("traces", "errors", "duration_p50_s", "duration_p95_s", "tokens", "cost_usd")


def count_traces(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - as in list_traces
) -> int:
    """Count the traces that `list_traces` would list; stops at `COUNT_CAP`."""
    part = extent(engine, scope, window)
    if part is None:
        filters.predicate(filter, "trace")
        return 0
    where = where_of(engine, scope, part, q, filter)
    result = run(
        engine, scope, load("traces/count"), where=where,
        start_ns=part.start_ns, end_ns=part.end_ns, limit=COUNT_CAP,
    )  # fmt: skip
    return int(result.result_rows[0][0])


def extent(engine: Engine, scope: Scope, window: Window | None) -> Slice | None:
    """Return the part of `window` in which the project has traces; None if it has none there."""
    hours = [row[0] for row in run(engine, scope, load("traces/extent")).result_rows]
    if not hours:
        return None
    return clipped(min(hours) * 10**9, max(hours) * 10**9 + _HOUR_NS, window)


def rows_of(
    engine: Engine, scope: Scope, hours: Iterable[int], trace_ids: list[str]
) -> list[TraceRow]:
    """Return the facts of traces by id, of those that start in `hours` (seconds since 1970), in no set order."""
    result = run(
        engine,
        scope,
        load("traces/rows"),
        hours=sorted(set(hours)),
        trace_ids=trace_ids,
        limit=len(trace_ids),
    )
    rows = list(named_rows(result))
    hashes = {h for row in rows for h in (*row["input"], *row["output"])}
    known = contents.texts(engine, scope, hashes, length=contents.PREVIEW)
    scores = evaluation_scores.scores_of_traces(engine, scope, [row["trace_id"] for row in rows])
    return [_row(row, known, scores.get(row["trace_id"], {})) for row in rows]


def _row(row: dict[str, Any], known: dict[int, str], scores: dict[str, Score]) -> TraceRow:
    for side in ("input", "output"):
        row[side] = contents.joined(row[side], known, length=contents.PREVIEW)
    return TraceRow(**row, scores=scores)


def _rows(engine: Engine, scope: Scope, found: list[tuple[str, int, int]]) -> list[TraceRow]:
    if not found:
        return []
    rows = rows_of(engine, scope, (hour for _, hour, _ in found), [f[0] for f in found])
    by_id = {row.trace_id: row for row in rows}
    # A trace that was settled anew meanwhile may have moved to another hour: it is not lost, only not on this page.
    return [by_id[trace_id] for trace_id, _, _ in found if trace_id in by_id]


def where_of(
    engine: Engine,
    scope: Scope,
    part: Slice,
    q: str,
    filter_text: str,
    *,
    target: Literal["trace", "session"] = "trace",
) -> Predicate:
    """Return search and filter as one condition on the traces that start within `part`.

    For a list of sessions, evaluations of a trace's session count as the trace's own.
    """
    where = all_of(
        [filters.predicate(filter_text, target), search.predicate(engine, scope, q, "trace")]
    )
    return _reaching(engine, scope, part, where)


def _reaching(engine: Engine, scope: Scope, part: Slice, where: Predicate) -> Predicate:
    """Add to a condition about spans until when to read them: as long as the traces of `part` last."""
    if not where.reads_spans:
        return where
    result = run(engine, scope, load("traces/reach"), start_ns=part.start_ns, end_ns=part.end_ns)
    return Predicate(where.sql, {**where.values, "reach_ns": int(result.result_rows[0][0])})
