"""Send spans as emitters do: an OTLP request through the receiver, its bytes into the engine."""

from concurrent.futures import Future
from typing import Any

from collector.decode import Encoding
from collector.receive import Receiver
from collector.signals import Signal
from storage.client import Engine
from tests.samples import Traces, set_attributes
from tests.storage.landed import land
from tests.storage.usage_form.cases import Case


class Kept:
    """A spool that keeps the requests it is given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def append(
        self, _signal: Signal, _project: str, body: bytes, *, accepted: int, rejected: int
    ) -> Future[None]:
        """Keep a request; it is stored at once."""
        assert accepted
        assert not rejected
        self.bodies.append(body)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    def admit(self) -> None:
        """Take everything."""


def send(engine: Engine, project: str, traces: Traces) -> None:
    """Receive a request, rewriting its dialects, and load what was spooled."""
    kept = Kept()
    Receiver(kept).receive(Signal.TRACES, project, traces.body(), Encoding.PROTOBUF)
    land(engine, project, *kept.bodies, accepted=traces.count)


def add(traces: Traces, case: Case) -> str:
    """Add the span of a case under its own instrumentation scope; return its span id."""
    span = traces.span(case.span, start_ns=case.at_ns)
    span.kind = case.kind
    set_attributes(span, dict(case.attributes))
    return into_scope(traces, span, case.scope)


def into_scope(traces: Traces, span: Any, scope: str) -> str:
    """Move a span that was just added under an instrumentation scope; return its id."""
    resource = traces.request.resource_spans[0]
    scope_spans = resource.scope_spans.add()
    scope_spans.scope.name = scope
    scope_spans.spans.append(resource.scope_spans[0].spans.pop())
    return str(span.span_id.hex())
