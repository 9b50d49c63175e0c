"""What questions about spans return: a span light and in full, a log record, a trace."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.evaluation_rows import EvaluationRow, Score
from storage.traces import TraceRow
from storage.window import from_unix_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A log record with trace context."""

    trace_id: str
    span_id: str
    time_unix_nano: int
    severity_number: int
    severity_text: str
    event_name: str
    service_name: str
    scope_name: str
    body: str
    attributes: dict[str, str]
    resource_attributes: dict[str, str]

    @property
    def time(self) -> datetime:
        """Time in UTC, cut to microseconds."""
        return from_unix_nano(self.time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanSummary:
    """What a waterfall of thousands of spans needs of each; no attributes and no texts but the error's."""

    trace_id: str
    span_id: str
    parent_span_id: str
    start_time_unix_nano: int
    duration_ns: int
    time_issue: str
    """Why the sent times could not be kept: missing, unit, future, negative, future_end; '' normally."""
    name: str
    kind: str
    """'internal', 'server', 'client', 'producer' or 'consumer'."""
    status: str
    """'ok', 'error' or 'unset'."""
    service_name: str
    environment: str
    scope_name: str
    operation: str
    """What the span does in one vocabulary: chat, embeddings, retrieve, execute_tool, serve ...; '' if none."""
    provider: str
    model: str
    serving_engine: str
    streamed: bool
    counts_usage: bool
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int
    reported_cost_usd: float | None
    time_to_first_token_s: float | None
    queue_s: float | None
    prefill_s: float | None
    decode_s: float | None
    agent_name: str
    tool_name: str
    data_source: str
    guardrail_name: str
    guardrail_verdict: str
    guardrail_category: str
    cache_hit: bool
    retry_count: int
    is_fallback: bool
    error_type: str
    error_message: str
    document_count: int
    event_count: int
    link_count: int
    has_contents: bool
    """Whether the span holds texts (messages, documents, input or output)."""

    @property
    def start_time(self) -> datetime:
        """Start in UTC, cut to microseconds; `start_time_unix_nano` is exact."""
        return from_unix_nano(self.start_time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanRow:
    """Every figure, name and attribute of a span; its texts are in `SpanDetail`.

    `attributes` are typed (str, int, float, bool); one that is long is in `SpanDetail.attributes` only.
    Events are {time_unix_nano, name, attributes}, links {trace_id, span_id, trace_state, attributes}.
    """

    trace_id: str
    span_id: str
    parent_span_id: str
    start_time_unix_nano: int
    duration_ns: int
    received_at: datetime
    time_issue: str
    name: str
    kind: str
    status: str
    status_message: str
    trace_state: str
    flags: int
    scope_name: str
    scope_version: str
    service_name: str
    service_version: str
    environment: str
    operation: str
    provider: str
    model: str
    request_model: str
    response_model: str
    response_id: str
    serving_request_id: str
    serving_engine: str
    finish_reasons: str
    streamed: bool
    counts_usage: bool
    input_tokens: int
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    reasoning_tokens: int
    total_tokens: int
    tokens_exclusive: bool
    reported_cost_usd: float | None
    service_tier: str
    """'default', 'priority', 'flex' ...; '' where it is not told."""
    processing: str
    """'batch' for a call through a batch API, else ''."""
    input_audio_tokens: int
    cache_read_audio_tokens: int
    input_image_tokens: int
    cache_read_image_tokens: int
    output_audio_tokens: int
    output_image_tokens: int
    usage_rule: str
    """What decided whether cached tokens and reasoning were among the reported counts; '' where nothing had to."""
    usage_mismatch: int
    """The emitter's total less input and output tokens; 0 where it told none."""
    time_to_first_token_s: float | None
    time_per_output_token_s: float | None
    queue_s: float | None
    prefill_s: float | None
    decode_s: float | None
    inference_s: float | None
    server_duration_s: float | None
    temperature: float | None
    max_tokens: int
    session_id: str
    user_id: str
    user_tier: str
    tenant_id: str
    feature: str
    prompt_name: str
    prompt_version: str
    agent_name: str
    tool_name: str
    tool_call_id: str
    data_source: str
    retrieval_top_k: int
    guardrail_name: str
    guardrail_verdict: str
    guardrail_action: str
    guardrail_category: str
    guardrail_score: float | None
    cache_hit: bool
    retry_count: int
    is_fallback: bool
    error_type: str
    error_message: str
    document_ids: list[str]
    document_scores: list[float | None]
    attributes: dict[str, Any]
    resource_attributes: dict[str, str]
    scope_attributes: dict[str, str]
    events: list[dict[str, Any]]
    links: list[dict[str, Any]]
    dropped_attributes_count: int
    dropped_events_count: int
    dropped_links_count: int
    evaluations: list[EvaluationRow]
    """Of the span, in their newest versions."""
    scores: dict[str, Score]
    """What they come to, by name."""

    @property
    def start_time(self) -> datetime:
        """Start in UTC, cut to microseconds; `start_time_unix_nano` is exact."""
        return from_unix_nano(self.start_time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanDetail(SpanRow):
    """A span with its texts, those that log records added included.

    Messages are {role, parts: [...]} as OTel GenAI shapes them, documents {id, score, content, ...}.
    """

    system_instructions: list[dict[str, Any]]
    input_messages: list[dict[str, Any]]
    output_messages: list[dict[str, Any]]
    tool_definitions: list[dict[str, Any]]
    documents: list[dict[str, Any]]
    input: str
    output: str
    prompt_template: str
    prompt_variables: str
    logs: list[LogRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A trace as a page shows it. `facts` is None until the trace has been settled (a moment after it came)."""

    trace_id: str
    facts: TraceRow | None
    spans: list[SpanSummary]
    """In order of start; a parent before its children where they start together."""
    logs: list[LogRow]
    evaluations: list[EvaluationRow]
    """Of the trace and of its spans, in their newest versions."""
