"""Traces of a project as a list, and as figures over time. Reads settled facts, never spans, unless a filter asks."""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Engine
from storage.page import Page
from storage.scope import Scope
from storage.window import Window, from_unix_nano


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
    time_to_first_token_s: float | None
    queue_s: float | None
    cache_hit: bool
    is_fallback: bool
    retry_count: int
    input: str
    """What the user sent, as text; at most 300 characters."""
    output: str
    """What came back, as text; at most 300 characters."""

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
    """Return a page of traces that start within `window` (any time without one), by `sort`, then trace id."""
    raise NotImplementedError


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
    raise NotImplementedError


def count_traces(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - as in list_traces
) -> int:
    """Count the traces that `list_traces` would list; stops at `COUNT_CAP`."""
    raise NotImplementedError
