"""SQL of stored calls with the prices that hold now: what they would cost, worked out anew from what they used."""

from functools import cache
from string import Template
from typing import Final

from storage.costs import facts
from storage.statements import statement

COLUMNS: Final = (
    "project_id",
    "hour",
    "trace_id",
    "span_id",
    "start_time",
    "duration_ns",
    "tenant_id",
    "feature",
    "user_id",
    "user_tier",
    "session_id",
    "environment",
    "service_name",
    "operation",
    "provider",
    "model",
    "request_model",
    "response_model",
    "service_tier",
    "processing",
    "prompt_name",
    "prompt_version",
    "failed",
    "retried",
    "streamed",
    "cache_hit",
    "self_hosted",
    "cache_read_audio_tokens",
    "cache_read_image_tokens",
)
"""The columns of `calls` that say which call it is; beside its version, what its span reported it cost, and figures."""

USED: Final = (
    "counted",
    "rule",
    *facts.TOKENS,
    "usage_mismatch",
    "uncovered_tokens",
    "gpu_seconds",
)
"""The figures of a call that its price is applied to."""


@cache
def stored_calls() -> str:
    """Return SQL of the calls of `{hours}` as storage/writes/priced_calls.sql takes them, with `before`."""
    names = {
        "columns": ", ".join(COLUMNS),
        "used": ", ".join(USED),
        "visible": facts.visible(USED),
        "published": facts.PUBLISHED,
    }
    return Template(statement("stored_calls")).substitute(names)
