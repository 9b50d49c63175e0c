"""Calls as they stand: those of a trace, models without a price, and emitters whose usage does not add up."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Literal

from storage.client import Engine
from storage.costs.steps import hour_of
from storage.page import check_limit
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.window import Window

MAX_CALLS: Final = 100_000
"""Calls of one trace."""

_MAX_MINUTES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A span that reports a call of a model: whether it counts, at which price, and what it costs."""

    span_id: str
    start_time_unix_nano: int
    duration_ns: int
    operation: str
    provider: str
    model: str
    request_model: str
    response_model: str
    service_tier: str
    processing: str
    failed: bool
    retried: bool
    self_hosted: bool
    """The serving tier reported that it ran the model."""
    counted: bool
    rule: str
    """only, innermost; or why it does not count: repeated, same_response."""
    input_tokens: int
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    usage_mismatch: int
    uncovered_tokens: int
    price: str
    """own, gpu, list, reported, response_cache; unpriced, or unresolved for a moment."""
    price_name: str
    cost_usd: Decimal
    """Exact; 0 where there is no price. What does not count adds nothing to any sum, whatever stands here."""
    input_cost_usd: Decimal
    cache_read_cost_usd: Decimal
    cache_write_cost_usd: Decimal
    output_cost_usd: Decimal
    request_cost_usd: Decimal
    list_cost_usd: Decimal
    cache_savings_usd: Decimal
    gpu_seconds: float
    reported_cost_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpricedModel:
    """A model as calls name it, for which no price is known."""

    provider: str
    request_model: str
    response_model: str
    requests: int
    unresolved_requests: int
    """Those of them whose price has not been looked up yet; a matter of seconds."""
    input_tokens: int
    output_tokens: int
    first_seen_unix_nano: int
    last_seen_unix_nano: int
    trace_id: str
    """Of the latest call."""
    span_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Usage of one emitter that does not add up. `total`: reported totals that are not the sum of their parts.

    `uncovered`: spans that repeat the calls below them, with tokens that those calls do not have.
    """

    kind: Literal["total", "uncovered"]
    service_name: str
    provider: str
    model: str
    operation: str
    spans: int
    spans_with_more: int
    """Those of them that report more than there is; the others report less."""
    differing_tokens: int
    trace_id: str
    """Of the largest difference."""
    span_id: str


def calls_of_trace(engine: Engine, scope: Scope, trace_id: str) -> list[CallRow]:
    """Return the spans of a trace that report a call, in order of start; none until the trace has been settled.

    Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    minutes = run(engine, scope, load("spans/minutes"), trace_id=trace_id, limit=_MAX_MINUTES)
    hours = {hour_of(datetime.fromtimestamp(row[0], UTC)) for row in minutes.result_rows}
    if not hours:
        return []
    result = run(
        engine, scope, load("calls/of_trace"), hours=sorted(hours), trace_id=trace_id, limit=MAX_CALLS
    )  # fmt: skip
    return [CallRow(**row) for row in named_rows(result)]


def unpriced_models(
    engine: Engine, scope: Scope, window: Window, *, limit: int = 100
) -> list[UnpricedModel]:
    """Return the models without a known price that were called within the window, the most called first.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    result = run(
        engine, scope, load("calls/unpriced"),
        start_ns=window.start_ns, end_ns=window.end_ns, limit=check_limit(limit),
    )  # fmt: skip
    return [UnpricedModel(**row) for row in named_rows(result)]


def mismatches(engine: Engine, scope: Scope, window: Window, *, limit: int = 100) -> list[Mismatch]:
    """Return the emitters whose usage within the window does not add up, of each kind the most spans first.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    result = run(
        engine, scope, load("calls/mismatches"),
        start_ns=window.start_ns, end_ns=window.end_ns, limit=check_limit(limit),
    )  # fmt: skip
    return [Mismatch(**row) for row in named_rows(result)]
