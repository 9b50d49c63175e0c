"""Trace LLM applications with Groundwire, beside whatever OpenTelemetry set-up they have.

import groundwire

groundwire.init("shop")
"""

from groundwire._context import (
    ContextValues,
    carry,
    context,
    environment,
    feature,
    prompt,
    session,
    tenant,
    user,
)
from groundwire._feedback import correct, escalate, feedback, thumbs
from groundwire._observe import observe
from groundwire._pii import redact_pii
from groundwire._setup import current_trace_id, flush, flushing, init, shutdown, trace_url
from groundwire._spans import Span, span
from groundwire._steps import (
    Cache,
    Chat,
    Guardrail,
    Search,
    Tool,
    cache,
    chat,
    guardrail,
    rerank,
    retrieval,
    tool,
)
from groundwire._version import __version__

__all__ = [
    "Cache",
    "Chat",
    "ContextValues",
    "Guardrail",
    "Search",
    "Span",
    "Tool",
    "__version__",
    "cache",
    "carry",
    "chat",
    "context",
    "correct",
    "current_trace_id",
    "environment",
    "escalate",
    "feature",
    "feedback",
    "flush",
    "flushing",
    "guardrail",
    "init",
    "observe",
    "prompt",
    "redact_pii",
    "rerank",
    "retrieval",
    "session",
    "shutdown",
    "span",
    "tenant",
    "thumbs",
    "tool",
    "trace_url",
    "user",
]
