"""Make OTLP requests for tests: small LLM traces with ids and times of one's choosing."""

import json
import random
import time
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

MINUTE_NS = 60 * 10**9


def set_attributes(owner: Any, attributes: dict[str, Any]) -> None:
    """Set OTLP attributes from plain Python values; lists and dicts as JSON text."""
    for key, value in attributes.items():
        slot = owner.attributes.add(key=key).value
        if isinstance(value, bool):
            slot.bool_value = value
        elif isinstance(value, int):
            slot.int_value = value
        elif isinstance(value, float):
            slot.double_value = value
        else:
            slot.string_value = value if isinstance(value, str) else json.dumps(value)


def message(role: str, text: str) -> dict[str, Any]:
    """Make a GenAI message of one text."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


class Traces:
    """Builds one request; `seed` decides ids. Spans get times one millisecond apart from `start_ns` on."""

    def __init__(
        self, seed: int | None = None, *, service: str = "shop", start_ns: int | None = None
    ) -> None:
        self.random = random.Random(seed)
        self.request = ExportTraceServiceRequest()
        resource_spans = self.request.resource_spans.add()
        set_attributes(resource_spans.resource, {"service.name": service})
        self._scope_spans = resource_spans.scope_spans.add()
        self.now = start_ns if start_ns is not None else time.time_ns() - MINUTE_NS

    def span(
        self,
        name: str = "chat",
        *,
        trace_id: bytes | None = None,
        parent: Any = None,
        duration_ns: int = 10**6,
        start_ns: int | None = None,
        **attributes: Any,
    ) -> Any:
        """Add a span; dots in attribute names are written as two underscores."""
        start = start_ns if start_ns is not None else self.now
        self.now += 10**6
        span = self._scope_spans.spans.add(
            trace_id=parent.trace_id
            if parent is not None
            else trace_id or self.random.randbytes(16),
            span_id=self.random.randbytes(8),
            parent_span_id=parent.span_id if parent is not None else b"",
            name=name,
            kind=1,
            start_time_unix_nano=start,
            end_time_unix_nano=start + duration_ns,
        )
        set_attributes(span, {key.replace("__", "."): value for key, value in attributes.items()})
        return span

    @property
    def count(self) -> int:
        """Spans so far."""
        return len(self._scope_spans.spans)

    def body(self) -> bytes:
        """Return the serialised request."""
        return self.request.SerializeToString()
