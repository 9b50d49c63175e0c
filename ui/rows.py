"""Rows of the store as the JSON that the tables in the browser draw."""

from typing import Any

from storage.sessions import SessionRow
from storage.traces import Bucket, TraceRow
from ui import scores

_AS_IT_IS = (
    "trace_id",
    "duration_ns",
    "name",
    "service_name",
    "environment",
    "status",
    "error_type",
    "span_count",
    "error_count",
    "session_id",
    "user_id",
    "user_tier",
    "tenant_id",
    "feature",
    "prompt_name",
    "prompt_version",
    "services",
    "models",
    "tools",
    "agents",
    "guardrail_trips",
    "model_calls",
    "tool_calls",
    "input_tokens",
    "cache_read_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "cost_usd",
    "time_to_first_token_s",
    "queue_s",
    "cache_hit",
    "is_fallback",
    "retry_count",
    "input",
    "output",
    "has_root",
)


def trace(row: TraceRow) -> dict[str, Any]:
    """Return a trace's facts; `time` in Unix milliseconds, which a browser's dates can hold."""
    facts = {name: getattr(row, name) for name in _AS_IT_IS}
    return facts | {
        "time": row.start_time_unix_nano // 1_000_000,
        "evaluations": scores.cells(row.scores),
    }


def session(row: SessionRow) -> dict[str, Any]:
    """Return a session's facts; times in Unix milliseconds."""
    return {
        "session_id": row.session_id,
        "user_id": row.user_id,
        "tenant_id": row.tenant_id,
        "traces": row.traces,
        "errors": row.errors,
        "first": row.first_time_unix_nano // 1_000_000,
        "time": row.last_time_unix_nano // 1_000_000,
        "total_tokens": row.total_tokens,
        "cost_usd": row.cost_usd,
        "evaluations": scores.cells(row.scores),
    }


def bucket(row: Bucket) -> dict[str, Any]:
    """Return a step of the histogram; `time` in Unix milliseconds, latencies in seconds."""
    return {
        "time": round(row.start.timestamp() * 1000),
        "traces": row.traces,
        "errors": row.errors,
        "p50": row.duration_p50_s,
        "p95": row.duration_p95_s,
        "tokens": row.tokens,
        "cost": row.cost_usd,
    }
