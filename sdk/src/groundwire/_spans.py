"""A span as `with`: named by what it does, in the GenAI conventions."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final, TypeVar, overload

from opentelemetry import trace
from opentelemetry.context import attach
from opentelemetry.trace import SpanKind, StatusCode, Tracer, set_span_in_context
from typing_extensions import Self

from groundwire._capture import text_of
from groundwire._context import STARTING, attributes_of
from groundwire._notices import failed, never_raises
from groundwire._scopes import restored
from groundwire._timing import StreamTiming
from groundwire._version import VERSION

Chunk = TypeVar("Chunk")
SCOPE: Final = "groundwire"
_LONGEST_ANSWER: Final = 1024 * 1024


class _Source:
    """Where spans come from: the global provider, unless `init` had to make a private one."""

    tracer: Tracer = trace.get_tracer(SCOPE, VERSION)


SOURCE: Final = _Source()


class Span:
    """A piece of work. Starts as the block is entered, ends as it is left; an exception marks it as failed."""

    __slots__ = ("_attributes", "_kind", "_learnt", "_name", "_token", "otel")

    input_key = "input.value"
    output_key = "output.value"

    def __init__(
        self, name: str, attributes: dict[str, Any], kind: SpanKind = SpanKind.INTERNAL
    ) -> None:
        self._name = name
        self._attributes = attributes
        self._kind = kind
        self._token: Any = None
        # Set all at once as the span ends: each call of OpenTelemetry's costs as much as all of ours.
        self._learnt: dict[str, Any] = {}
        self.otel: trace.Span = trace.INVALID_SPAN
        """The OpenTelemetry span, for whatever is not offered here. It has what is recorded here once it ends."""

    def start(self) -> None:
        """Start the span without making it the current one."""
        try:
            attributes = {**attributes_of(None), **self._attributes}
            STARTING.has_values = True
            self.otel = SOURCE.tracer.start_span(self._name, None, self._kind, attributes)
        except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
            failed("starting a span", error)
        finally:
            STARTING.has_values = False

    def __enter__(self) -> Self:
        self.start()
        self._token = attach(set_span_in_context(self.otel))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()
        self.end(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def leave(self) -> None:
        """Make the span before this one the current one again; this one stays open."""
        if self._token is not None:
            restored(self._token)
            self._token = None

    def end(self, error: BaseException | None = None) -> None:
        """End the span; an error marks it as failed."""
        try:
            if error is not None and isinstance(error, Exception):
                self.failed(error)
            if len(self._learnt) > 2:
                self.otel.set_attributes(self._learnt)
            else:  # quicker one by one
                for key, value in self._learnt.items():
                    self.otel.set_attribute(key, value)
            self.otel.end()
        except Exception as problem:  # noqa: BLE001 - as above
            failed("ending a span", problem)

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take attributes of OpenTelemetry's types, without those that are None."""
        learnt = self._learnt
        for key, value in values.items():
            if value is not None:
                learnt[key] = value

    @never_raises
    def failed(self, error: BaseException) -> None:
        """Mark the span as failed although the block goes on."""
        kind = type(error)
        name = kind.__qualname__
        if kind.__module__ != "builtins":
            name = f"{kind.__module__}.{name}"
        self._learnt["error.type"] = name
        self.otel.record_exception(error)
        self.otel.set_status(StatusCode.ERROR, f"{kind.__name__}: {error}")

    @never_raises
    def set(self, attributes: Mapping[str, Any] | None = None, **more: Any) -> None:
        """Set attributes; what OpenTelemetry has no type for becomes text."""
        for key, value in {**(attributes or {}), **more}.items():
            if value is not None:
                self._learnt[key] = _attribute(value)

    @never_raises
    def input(self, value: Any) -> None:
        """Record what went in."""
        self._learnt[self.input_key] = text_of(value)

    @never_raises
    def output(self, value: Any) -> None:
        """Record what came out."""
        self._learnt[self.output_key] = text_of(value)

    @property
    def trace_id(self) -> str:
        """The id of the trace, 32 hexadecimal digits; empty where nothing is recorded."""
        context = self.otel.get_span_context()
        return trace.format_trace_id(context.trace_id) if context.is_valid else ""

    @property
    def span_id(self) -> str:
        """The id of the span, 16 hexadecimal digits; empty where nothing is recorded."""
        context = self.otel.get_span_context()
        return trace.format_span_id(context.span_id) if context.is_valid else ""

    @overload
    def stream(
        self, chunks: AsyncIterable[Chunk], *, text: Callable[[Chunk], str | None] | None = None
    ) -> AsyncIterator[Chunk]: ...

    @overload
    def stream(
        self, chunks: Iterable[Chunk], *, text: Callable[[Chunk], str | None] | None = None
    ) -> Iterator[Chunk]: ...

    def stream(
        self,
        chunks: Iterable[Chunk] | AsyncIterable[Chunk],
        *,
        text: Callable[[Chunk], str | None] | None = None,
    ) -> Iterator[Chunk] | AsyncIterator[Chunk]:
        """Pass chunks through, taking their times and their text.

        `text` finds the text of a chunk that is not text itself. The output is what came until the
        stream ended, failed or was left.
        """
        recording = ChunkRecording(self, text)
        if isinstance(chunks, AsyncIterable):
            return _passed_async(chunks, recording)
        return _passed(chunks, recording)


class ChunkRecording:
    """Times and text of one stream, put on its span once."""

    def __init__(self, span: Span, text: Callable[[Any], str | None] | None = None) -> None:
        self._span = span
        self._text = text
        self._timing = StreamTiming()
        self._pieces: list[str] = []
        self._length = 0
        self._others: list[Any] = []

    def arrived(self, chunk: Any) -> None:
        """Note a chunk."""
        self._timing.arrived()
        try:
            piece = self._text(chunk) if self._text is not None else chunk
            if isinstance(piece, str):
                if self._length < _LONGEST_ANSWER:
                    self._pieces.append(piece)
                    self._length += len(piece)
            elif piece is not None and len(self._others) < 100:
                self._others.append(piece)
        except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
            failed("reading a chunk's text", error)

    @never_raises
    def finish(self, *, outputs: bool = True) -> None:
        """Put on the span what is known."""
        self._span.set(self._timing.attributes())
        if outputs and self._pieces:
            self._span.output("".join(self._pieces))
        elif outputs and self._others:
            self._span.output(self._others)


def _passed(chunks: Iterable[Chunk], recording: ChunkRecording) -> Iterator[Chunk]:
    try:
        for chunk in chunks:
            recording.arrived(chunk)
            yield chunk
    finally:
        recording.finish()


async def _passed_async(
    chunks: AsyncIterable[Chunk], recording: ChunkRecording
) -> AsyncIterator[Chunk]:
    try:
        async for chunk in chunks:
            recording.arrived(chunk)
            yield chunk
    finally:
        recording.finish()


def _attribute(value: Any) -> Any:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return value
    return text_of(value)


def span(
    name: str, *, operation: str | None = None, attributes: Mapping[str, Any] | None = None
) -> Span:
    """Make a span of that name; `operation` is what it does, in the GenAI conventions' words.

    Operations that Groundwire knows: `chat`, `embeddings`, `retrieval`, `rerank`, `compose_prompt`,
    `execute_tool`, `invoke_agent`, `invoke_workflow`, `plan`, `run_guardrail`. Any other is kept as it is.
    """
    values = {key: _attribute(value) for key, value in (attributes or {}).items()}
    if operation:
        values["gen_ai.operation.name"] = operation
    return Span(name, values)
