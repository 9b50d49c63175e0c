"""Traces to ask about: each test builds its own in a project of its own."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from storage.client import Engine
from storage.scope import Scope
from tests.samples import Traces, message, set_attributes
from tests.stored import store

NOON_NS = 1_748_779_200 * 10**9
"""2025-06-01T12:00:00Z."""


class World:
    """One project and what is in it. Every `save` is an insert of its own."""

    def __init__(self, engine: Engine, project: str) -> None:
        self.engine = engine
        self.scope = Scope(project)
        self.traces = Traces(hash(project), start_ns=NOON_NS)

    def ask(
        self,
        text: str = "hi",
        answer: str = "hello",
        *,
        at_s: float = 0,
        duration_ns: int = 2 * 10**9,
        root: Mapping[str, Any] | None = None,
        call: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a trace that starts so many seconds after noon: a root and a model call; return its id."""
        start = NOON_NS + int(at_s * 10**9)
        top = self.traces.span("POST /chat", start_ns=start, duration_ns=duration_ns)
        set_attributes(top, dict(root or {}))
        below = self.traces.span("chat gpt-4o", parent=top, start_ns=start + 1000)
        usual = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.input.messages": [message("user", text)],
            "gen_ai.output.messages": [message("assistant", answer)],
        }
        set_attributes(below, {**usual, **(call or {})})
        return str(top.trace_id.hex())

    def save(self) -> None:
        """Insert what was added since the last time."""
        store(self.engine, self.scope.project, self.traces.body(), accepted=self.traces.count)
        self.traces = Traces(self.traces.random.randrange(2**62), start_ns=NOON_NS)

    def log(
        self,
        trace_id: str,
        span_id: str,
        attributes: Mapping[str, Any] | None = None,
        *,
        body: str = "",
        event_name: str = "",
        at_s: float = 0,
    ) -> None:
        """Insert a log record of a span."""
        request = ExportLogsServiceRequest()
        scope_logs = request.resource_logs.add().scope_logs.add()
        record = scope_logs.log_records.add(
            trace_id=bytes.fromhex(trace_id),
            span_id=bytes.fromhex(span_id),
            time_unix_nano=NOON_NS + int(at_s * 10**9),
            severity_number=9,
            event_name=event_name,
        )
        if body:
            record.body.string_value = body
        set_attributes(record, dict(attributes or {}))
        store(self.engine, self.scope.project, request.SerializeToString(), signal="logs")
