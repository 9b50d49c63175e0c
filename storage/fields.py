"""The fields of the filter language: which column answers each, for a trace and for a span.

This is the allow-list: no other expression ever reaches a query. Documentation comes from the conventions table where
a field is a convention's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from storage import conventions
from storage.costs.facts import PUBLISHED

Type = Literal["text", "list", "number", "seconds", "duration", "time", "bool"]
Target = Literal["trace", "span"]


@dataclass(frozen=True, slots=True)
class Column:
    """How a field is read: a SQL expression of ours and the type of what it yields."""

    sql: str
    type: Type


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the filter language. A field without `trace` holds of a trace if some span of it has it.

    One with `call` holds if a call of a model has it: of a trace, or the one that a span reports.
    """

    name: str
    doc: str
    example: str
    trace: Column | None
    span: Column | None
    aliases: tuple[str, ...] = ()
    call: Column | None = None

    @property
    def type(self) -> Type:
        """The type of what is compared; a list of a trace's texts is compared like one text."""
        column = self.span or self.trace or self.call
        return column.type if column else "text"


_EXAMPLES: Final[dict[Type, str]] = {
    "text": '{} = "value"',
    "list": '{} = "value"',
    "number": "{} > 10",
    "seconds": "{} > 500ms",
    "duration": "{} > 5s",
    "time": '{} >= "2025-06-01T00:00:00Z"',
    "bool": "{}",
}


def _field(
    name: str,
    kind: Type,
    doc: str = "",
    *,
    trace: str | None = None,
    trace_list: str | None = None,
    span: str | None = None,
    aliases: tuple[str, ...] = (),
    example: str = "",
) -> Field:
    of_trace = Column(trace, kind) if trace else Column(trace_list, "list") if trace_list else None
    of_span = Column(span, "text" if kind == "list" else kind) if span else None
    return Field(name, doc, example or _EXAMPLES[kind].format(name), of_trace, of_span, aliases)


def _same(kind: Type, *names: str) -> Iterable[Field]:
    """Columns that traces and spans both have under one name."""
    return (_field(name, kind, trace=name, span=name) for name in names)


def _of_span(kind: Type, *names: str) -> Iterable[Field]:
    """Columns of spans alone."""
    return (_field(name, kind, span=name) for name in names)


def _call_field(name: str, kind: Type, doc: str, sql: str, *, example: str = "") -> Field:
    """Return a field of calls, as the cost pages tell them apart: `call_` and what it is."""
    return Field(
        f"call_{name}", doc, example or _EXAMPLES[kind].format(f"call_{name}"), None, None,
        call=Column(sql, kind),
    )  # fmt: skip


def _fact(name: str) -> str:
    """Return SQL of a figure of a call as it counts."""
    return f"if({PUBLISHED}, next.{name}, now.{name})"


CALL_COUNTS: Final = _fact("counted")
"""SQL of whether a call counts: most fields of calls are about those that do."""


_TRIP: Final = "if(guardrail_verdict IN ('fail', 'modified'), if(guardrail_name != '', guardrail_name, name), '')"

_TABLE: Final = (
    # ------------------------------------------------------------ what it is
    _field("trace_id", "text", "Id of the trace, 32 hex digits.", trace="trace_id", span="trace_id"),
    _field("span_id", "text", "Id of a span, 16 hex digits.", span="span_id"),
    _field("parent_span_id", "text", "Id of the span above.", span="parent_span_id"),
    _field("root_span_id", "text", "Id of the trace's root span.", trace="root_span_id"),
    _field("has_root", "bool", "The trace's root span has arrived.", trace="has_root"),
    _field("name", "text", "Name of the trace's root span; of a span, its own.", trace="name", span="name",
           example='name = "POST /chat"'),
    _field("kind", "text", "internal, server, client, producer or consumer.", span="kind"),
    _field("status", "text", "ok, error or unset; a trace has its root span's.", trace="status", span="status",
           example="status = error"),
    _field("error", "bool", "The trace's root span, or the span, ended in an error.",
           trace="status = 'error'", span="status = 'error'"),
    _field("error_type", "text", "Class of the error; of a trace, the first one's.", trace="error_type",
           span="error_type"),
    _field("error_message", "text", "What the error said.", span="error_message",
           example='error_message contains "rate limit"'),
    _field("status_message", "text", "Message of the span's status.", span="status_message"),
    _field("start_time", "time", "When it started.", trace="start_time", span="start_time"),
    _field("duration", "duration", "How long it took, with a unit: ns us ms s m h d.", trace="duration_ns",
           span="duration_ns", aliases=("duration_ns",)),
    _field("span_count", "number", "Spans of the trace.", trace="span_count", aliases=("spans",)),
    _field("error_count", "number", "Spans of the trace that ended in an error.", trace="error_count",
           aliases=("errors",)),
    _field("time_issue", "text", "Why a span's sent times could not be kept: missing, unit, future, negative, "
           "future_end.", span="time_issue"),
    _field("services", "list", "Every service of the trace.", trace_list="services", span="service_name"),
    _field("scope_name", "text", "The instrumentation that made the span.", span="scope_name"),
    _field("scope_version", "text", "Its version.", span="scope_version"),
    _field("trace_state", "text", "W3C trace state.", span="trace_state"),
    _field("serving_engine", "text", "vllm, sglang, triton or other, on spans of the serving tier.",
           span="serving_engine"),
    _field("streamed", "bool", "The answer was streamed.", span="streamed"),
    # ------------------------------------------------------------ what it does
    _field("operation", "list", "What a span does: chat, embeddings, retrieve, rerank, execute_tool, invoke_agent, "
           "guardrail, serve ...", trace_list="operations", span="operation", aliases=("operations",),
           example="operation = retrieve"),
    _field("model", "list", "The model that answered, or else the one requested.", trace_list="models",
           span="model", aliases=("models",), example='model = "gpt-4o"'),
    _field("chat_model", "list", "A model that answered: not those that embed or rank.",
           trace_list="chat_models", span="if(operation = 'chat', model, '')", aliases=("chat_models",),
           example='chat_model = "gpt-4o"'),
    _field("provider", "list", trace_list="providers", span="provider", aliases=("providers",)),
    _field("tool_name", "list", trace_list="tools", span="tool_name", aliases=("tool", "tools")),
    _field("agent_name", "list", trace_list="agents", span="agent_name", aliases=("agent", "agents")),
    _field("guardrail_trip", "list", "A guardrail whose check failed or that changed the text.",
           trace_list="guardrail_trips", span=_TRIP, aliases=("guardrail_trips",), example="guardrail_trip exists"),
    _field("guardrail_verdict", "text", "What came of a guardrail's check: pass, modified, fail or error.",
           span="guardrail_verdict"),
    _field("guardrail_action", "text", "What the guardrail did: allow, flag, modify, block, escalate.",
           span="guardrail_action"),
    *_of_span("text", "guardrail_name", "guardrail_category", "request_model", "response_model",
              "response_id", "serving_request_id", "finish_reasons", "tool_call_id", "data_source",
              "service_version"),
    # ------------------------------------------------------------ for whom
    *_same("text", "user_tier", "feature", "prompt_name", "prompt_version"),
    _field("service_name", "text", trace="service_name", span="service_name", aliases=("service",)),
    _field("environment", "text", trace="environment", span="environment", aliases=("env",)),
    _field("session_id", "text", trace="session_id", span="session_id", aliases=("session",)),
    _field("user_id", "text", trace="user_id", span="user_id", aliases=("user",)),
    _field("tenant_id", "text", trace="tenant_id", span="tenant_id", aliases=("tenant",)),
    # ------------------------------------------------------------ what it used
    _field("model_calls", "number", "Model calls of the trace.", trace="model_calls"),
    _field("tool_calls", "number", "Tool calls of the trace.", trace="tool_calls"),
    _field("input_tokens", "number", "Input tokens, cached ones included.", trace="input_tokens",
           span="input_tokens", example="input_tokens > 10k"),
    *_same("number", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"),
    _field("total_tokens", "number", "Input and output tokens.", trace="total_tokens", span="total_tokens",
           aliases=("tokens",)),
    _field("uncached_input_tokens", "number", "Input tokens neither read from nor written to a prompt cache.",
           span="uncached_input_tokens"),
    *_of_span("number", "cache_write_5m_tokens", "cache_write_1h_tokens", "input_audio_tokens",
              "cache_read_audio_tokens", "input_image_tokens", "cache_read_image_tokens", "output_audio_tokens",
              "output_image_tokens", "max_tokens", "retrieval_top_k", "temperature", "guardrail_score"),
    _field("service_tier", "text", "The service tier that answered: default, priority, flex ...", span="service_tier"),
    _field("processing", "text", "batch for calls through a batch API.", span="processing"),
    _field("usage_rule", "text", "What decided whether cached tokens and reasoning were among the reported counts.",
           span="usage_rule"),
    _field("usage_mismatch", "number", "How much more the emitter's total is than the sum of its parts.",
           span="usage_mismatch", example="usage_mismatch != 0"),
    _field("counts_usage", "bool", "The span reports usage, so it may count.", span="counts_usage"),
    _field("tokens_exclusive", "bool", "The emitter reported input tokens without cached ones.",
           span="tokens_exclusive"),
    _field("cost_usd", "number", "Cost in US dollars; of a span, as its emitter reported it.", trace="cost_usd",
           span="reported_cost_usd", aliases=("cost", "reported_cost_usd"), example="cost > 0.05"),
    _field("unpriced_calls", "number", "Calls of the trace that no price is known of.", trace="unpriced_calls",
           example="unpriced_calls > 0"),
    # ------------------------------------------------------------ its calls, as the cost pages have them
    _call_field("cost", "number", "What a call cost, in US dollars.", f"toFloat64({_fact('cost_usd')})",
                example="call_cost > 0.05"),
    _call_field("price", "text", "Where a call's price is from: own, list, gpu, reported, response_cache; unpriced, "
                "or unresolved for a moment.", f"toString({_fact('price')})", example="call_price = unpriced"),
    _call_field("price_name", "text", "The price that was applied to a call.", f"toString({_fact('price_name')})"),
    _call_field("rule", "text", "Why a call counts: only, innermost; or why it does not: repeated, same_response. "
                "The other fields of calls are about those that count.", f"toString({_fact('rule')})",
                example="call_rule = repeated"),
    _call_field("failed", "bool", "A call failed.", "failed"),
    _call_field("retried", "bool", "A call tried again what had failed.", "retried"),
    _call_field("tenant", "text", "The tenant of a call.", "tenant_id"),
    _call_field("feature", "text", "The feature of a call.", "feature"),
    _call_field("user", "text", "The user of a call.", "user_id"),
    _call_field("user_tier", "text", "The user's plan, of a call.", "user_tier"),
    _call_field("session", "text", "The conversation of a call.", "session_id"),
    _call_field("model", "text", "The model of a call.", "model"),
    _call_field("provider", "text", "The provider of a call.", "provider"),
    _call_field("operation", "text", "chat, embeddings, rerank ...", "operation", example="call_operation = chat"),
    _call_field("service", "text", "The service that made a call.", "service_name"),
    _call_field("environment", "text", "The environment of a call.", "environment"),
    _call_field("prompt_name", "text", "The prompt template of a call.", "prompt_name"),
    _call_field("prompt_version", "text", "The version of the prompt template of a call.", "prompt_version"),
    # ------------------------------------------------------------ how fast
    _field("time_to_first_token_s", "seconds", "Time to the first token; of a trace, of its first streamed answer.",
           trace="time_to_first_token_s", span="time_to_first_token_s", aliases=("ttft",)),
    _field("time_per_output_token_s", "seconds", "Time for each token after the first.",
           span="time_per_output_token_s"),
    _field("queue_s", "seconds", "Time in the serving tier's queue; of a trace, the longest.", trace="queue_s",
           span="queue_s", aliases=("queue",)),
    *_of_span("seconds", "prefill_s", "decode_s", "inference_s", "server_duration_s"),
    # ------------------------------------------------------------ how it went
    _field("cache_hit", "bool", "A gateway answered from its response cache.", trace="cache_hit", span="cache_hit"),
    _field("is_fallback", "bool", "Another model stood in for the one first asked.", trace="is_fallback",
           span="is_fallback", aliases=("fallback",)),
    _field("retry_count", "number", trace="retry_count", span="retry_count", aliases=("retries",)),
)  # fmt: skip


@cache
def fields() -> dict[str, Field]:
    """Return every field by its name, in the order of the documentation."""
    docs = {field.column: field.doc for field in conventions.fields()}
    return {f.name: f if f.doc else replace(f, doc=docs[f.name]) for f in _TABLE}


@cache
def by_any_name() -> dict[str, Field]:
    """Return every field by its name and by its aliases."""
    return {name: field for field in fields().values() for name in (field.name, *field.aliases)}


@cache
def of_source(attribute: str) -> str:
    """Return the field that reads an attribute of a convention, '' if none does; for hints."""
    for field in conventions.fields():
        if attribute in field.sources and field.column in by_any_name():
            return field.column
    return ""
