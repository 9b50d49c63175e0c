"""Which traces a test made: every trace that starts in this process while the test runs."""

from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

RUN_ATTRIBUTE: Final = "test.run.id"
"""Ours: one test function's run, so that its traces can be listed."""
CASE_ATTRIBUTE: Final = "test.case.name"
"""OpenTelemetry's name for a test (semantic conventions, registry `test`)."""


class Watch(SpanProcessor):
    """Notes traces, and writes on the first span of each whose they are. Does nothing between tests."""

    def __init__(self) -> None:
        self._attributes: dict[str, str] = {}
        self._seen: dict[str, None] = {}

    def begin(self, run_id: str, case: str) -> None:
        """Note the traces from now on as those of a test."""
        self._attributes = {RUN_ATTRIBUTE: run_id, CASE_ATTRIBUTE: case}
        self._seen = {}

    def end(self) -> None:
        """Note no more traces."""
        self._attributes = {}

    @property
    def trace_ids(self) -> list[str]:
        """The traces noted since `begin`, in the order in which they started."""
        return list(self._seen)

    def note(self, trace_id: str) -> None:
        """Count a trace as the test's."""
        self._seen[trace_id] = None

    def on_start(
        self,
        span: Span,
        parent_context: Context | None = None,  # noqa: ARG002 - the base class's name
    ) -> None:
        """Note the trace of a span that starts."""
        if not self._attributes or span.context is None or not span.context.trace_flags.sampled:
            return
        self.note(f"{span.context.trace_id:032x}")
        if span.parent is None or span.parent.is_remote:
            span.set_attributes(self._attributes)

    def on_end(self, span: ReadableSpan) -> None:
        """Do nothing: spans reach Groundwire by the app's own exporter."""

    def shutdown(self) -> None:
        """Do nothing: there is nothing to give back."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the base class's name
        """Hold nothing back."""
        return True
