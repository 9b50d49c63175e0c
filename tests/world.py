"""Traces to ask about: each test builds its own in a project of its own."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from storage.client import Engine
from storage.costs.prices import PriceRow, store_prices, unresolved_keys
from storage.costs.rolling import changed_hours
from storage.costs.settling import settle_touched
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

    def find_no_prices(self) -> None:
        """Look up prices as the worker does, and find none: what spans report themselves is what they cost."""
        hours = [
            one.hour
            for one in changed_hours(self.engine, limit=1_000_000)
            if one.project == self.scope.project
        ]
        keys = unresolved_keys(self.engine, self.scope.project, hours)
        store_prices(self.engine, self.scope.project, [PriceRow(key, [], []) for key in keys])
        settle_touched(self.engine, "touched_unresolved", project=self.scope.project, hours=hours)

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
