"""The columns of each table and their types: the same whatever is in it, also when nothing is.

They are the API's members of a row under the API's names, except that a time stands there once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

Kind = Literal[
    "text", "integer", "number", "flag", "time", "texts", "numbers", "texts_by_key", "scores",
    "json",
]  # fmt: skip
"""What a column holds. `texts_by_key` maps names to texts, `scores` names of evaluations to what they come to; `json`
is a text in JSON, for what has no fixed shape."""


@dataclass(frozen=True)
class Table:
    """One list of the API."""

    path: str
    key: str
    """The member of an answer that holds the rows."""
    columns: Mapping[str, Kind]

    def choose(self, names: Sequence[str] | None) -> Mapping[str, Kind]:
        """Return the columns of these names, in this order; all for None. Raises ValueError for an unknown one."""
        if names is None:
            return self.columns
        unknown = [name for name in names if name not in self.columns]
        if unknown:
            raise ValueError(
                f"{self.key} have no column {', '.join(unknown)}; they have {', '.join(self.columns)}"
            )
        return {name: self.columns[name] for name in names}


def _columns(text: str) -> dict[str, Kind]:
    """Return name -> kind of lines `kind: name name ...`."""
    columns: dict[str, Kind] = {}
    for line in text.strip().splitlines():
        word, names = line.split(":")
        kind = next(k for k in get_args(Kind) if k == word.strip())
        columns |= dict.fromkeys(names.split(), kind)
    return columns


TRACES: Final = Table(
    "/traces",
    "traces",
    _columns("""
        text: trace_id
        time: start_time end_time
        integer: duration_ns
        text: root_span_id
        flag: has_root
        text: name service_name environment status error_type
        integer: span_count error_count
        text: session_id user_id user_tier tenant_id feature prompt_name prompt_version
        texts: services operations models providers tools agents guardrail_trips
        integer: model_calls tool_calls input_tokens cache_read_tokens cache_write_tokens output_tokens
        integer: reasoning_tokens total_tokens
        number: cost_usd
        integer: unpriced_calls
        number: time_to_first_token_s queue_s
        flag: cache_hit is_fallback
        integer: retry_count
        text: input output
        scores: scores
    """),
)

SPANS: Final = Table(
    "/spans",
    "spans",
    _columns("""
        text: trace_id span_id parent_span_id
        time: start_time end_time
        integer: duration_ns
        time: received_at
        text: time_issue name kind status status_message trace_state
        integer: flags
        text: scope_name scope_version service_name service_version environment operation provider model
        text: request_model response_model response_id serving_request_id serving_engine finish_reasons
        flag: streamed counts_usage
        integer: input_tokens uncached_input_tokens cache_read_tokens cache_write_tokens cache_write_5m_tokens
        integer: cache_write_1h_tokens output_tokens reasoning_tokens total_tokens
        flag: tokens_exclusive
        number: reported_cost_usd
        text: service_tier processing
        integer: input_audio_tokens cache_read_audio_tokens input_image_tokens cache_read_image_tokens
        integer: output_audio_tokens output_image_tokens
        text: usage_rule
        integer: usage_mismatch
        number: time_to_first_token_s time_per_output_token_s queue_s prefill_s decode_s
        number: inference_s server_duration_s temperature
        integer: max_tokens
        text: session_id user_id user_tier tenant_id feature prompt_name prompt_version agent_name tool_name
        text: tool_call_id data_source
        integer: retrieval_top_k
        text: guardrail_name guardrail_verdict guardrail_action guardrail_category
        number: guardrail_score
        flag: cache_hit
        integer: retry_count
        flag: is_fallback
        text: error_type error_message
        texts: document_ids
        numbers: document_scores
        texts_by_key: attributes resource_attributes scope_attributes
        json: events links
        integer: dropped_attributes_count dropped_events_count dropped_links_count
        json: evaluations
        scores: scores
    """),
)

EVALUATIONS: Final = Table(
    "/evaluations",
    "evaluations",
    _columns("""
        text: id trace_id span_id session_id
        time: time
        text: name kind
        number: score
        text: label explanation correction source author
        flag: by_member
        text: response_id
        json: metadata
        time: changed_at
        flag: is_deleted
    """),
)


_RATE: Final = _columns("""
    time: start
    text: kind
    integer: n clusters
    number: value low high
    json: labels
""")


def rate_columns(by: Sequence[str]) -> dict[str, Kind]:
    """Return the columns of rates: what they are told apart by, then the figures."""
    return {**dict.fromkeys(by, "text"), **_RATE}


def flat_rate(rate: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rate as one row of plain values."""
    estimate = rate["value"] or dict.fromkeys(("value", "low", "high"))
    return {**rate["by"], **rate, **{name: estimate[name] for name in ("value", "low", "high")}}


_USAGE: Final = _columns("""
    integer: requests unpriced_requests failed_requests retried_requests
    integer: input_tokens uncached_input_tokens cache_read_tokens cache_write_tokens cache_write_5m_tokens
    integer: cache_write_1h_tokens output_tokens reasoning_tokens input_audio_tokens output_audio_tokens
    integer: input_image_tokens output_image_tokens
    number: cost_usd input_cost_usd cache_read_cost_usd cache_write_cost_usd output_cost_usd request_cost_usd
    number: failed_cost_usd retried_cost_usd list_cost_usd cache_savings_usd gpu_seconds
    number: cost_per_request_usd cost_per_request_p50_usd cost_per_request_p95_usd cost_per_request_p99_usd
    number: cache_hit_share failed_cost_share retried_cost_share
""")

_CONVERSATIONS: Final = _columns("""
    integer: conversations priced_conversations
    number: conversation_cost_usd cost_per_conversation_usd cost_per_conversation_p50_usd
    number: cost_per_conversation_p95_usd cost_per_conversation_p99_usd
""")


def usage_columns(
    group_by: Sequence[str], *, has_steps: bool, conversations: bool
) -> dict[str, Kind]:
    """Return the columns of usage: what it is told apart by, the step's start, then the figures."""
    by: dict[str, Kind] = dict.fromkeys(group_by, "text")
    time: dict[str, Kind] = {"time": "time"} if has_steps else {}
    return {**by, **time, **_USAGE, **(_CONVERSATIONS if conversations else {})}
