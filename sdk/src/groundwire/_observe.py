"""`@observe`: a span around every call of a function, whatever kind of function it is."""

import functools
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Final, TypeVar, overload

from opentelemetry.context import attach, get_current
from opentelemetry.trace import set_span_in_context

from groundwire._capture import Arguments, text_of
from groundwire._notices import failed
from groundwire._scopes import restored
from groundwire._spans import ChunkRecording, Span

Function = TypeVar("Function", bound=Callable[..., Any])

_TOOL_KEYS: Final = ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result")
_NAMED_BY: Final = {
    "execute_tool": "gen_ai.tool.name",
    "invoke_agent": "gen_ai.agent.name",
    "invoke_workflow": "gen_ai.workflow.name",
    "run_guardrail": "gen_ai.guardrail.component.name",
}


class _Plan:
    """What the spans of one function are like."""

    def __init__(
        self,
        function: Callable[..., Any],
        name: str | None,
        operation: str | None,
        *,
        inputs: bool,
        outputs: bool,
    ) -> None:
        title = name or function.__qualname__
        self.name = f"{operation} {title}" if operation else title
        self.inputs = inputs
        self.outputs = outputs
        self.input_key, self.output_key = Span.input_key, Span.output_key
        if operation == "execute_tool":
            self.input_key, self.output_key = _TOOL_KEYS
        self._arguments = Arguments(function)
        self._attributes: dict[str, Any] = {"code.function.name": function.__qualname__}
        if operation:
            self._attributes["gen_ai.operation.name"] = operation
            if operation in _NAMED_BY:
                self._attributes[_NAMED_BY[operation]] = name or function.__name__

    def span(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        """Make the span of one call."""
        attributes = self._attributes
        if self.inputs and (args or kwargs):
            try:
                attributes = {**attributes, self.input_key: self._arguments.json(args, kwargs)}
            except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
                failed("recording arguments", error)
        return Span(self.name, attributes)

    def result(self, span: Span, value: Any) -> None:
        """Record what a call returned."""
        if self.outputs and value is not None:
            try:
                span.learn({self.output_key: text_of(value)})
            except Exception as error:  # noqa: BLE001 - as above
                failed("recording a result", error)


@overload
def observe(function: Function, /) -> Function: ...


@overload
def observe(
    *,
    name: str | None = None,
    operation: str | None = None,
    inputs: bool = True,
    outputs: bool = True,
) -> Callable[[Function], Function]: ...


def observe(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    operation: str | None = None,
    inputs: bool = True,
    outputs: bool = True,
) -> Any:
    """Trace every call of a function, coroutine, generator or asynchronous generator.

    The span of a generator lasts until it is exhausted, closed, dropped or fails, and takes the times
    of its chunks. `inputs` and `outputs` say whether arguments and results are recorded at all; what
    of them leaves the process is the content policy's to say.
    """
    if function is None:
        return lambda given: _observed(
            given, _Plan(given, name, operation, inputs=inputs, outputs=outputs)
        )
    return _observed(function, _Plan(function, name, operation, inputs=inputs, outputs=outputs))


def _observed(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return _observed_generator(function, plan)
    if inspect.iscoroutinefunction(function):
        return _observed_coroutine(function, plan)
    return _observed_function(function, plan)


def _observed_function(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    @functools.wraps(function)
    def observed(*args: Any, **kwargs: Any) -> Any:
        span = plan.span(args, kwargs).__enter__()
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            span.__exit__(None, error, None)
            raise
        return _returned(span, value, plan)

    return observed


def _observed_coroutine(
    function: Callable[..., Awaitable[Any]], plan: _Plan
) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(function)
    async def observed(*args: Any, **kwargs: Any) -> Any:
        span = plan.span(args, kwargs).__enter__()
        try:
            value = await function(*args, **kwargs)
        except BaseException as error:
            span.__exit__(None, error, None)
            raise
        return _returned(span, value, plan)

    return observed


def _returned(span: Span, value: Any, plan: _Plan) -> Any:
    """Record what a call returned and end its span; where that is a stream, the span goes on in it."""
    span.leave()
    kind = type(value)
    if kind is GeneratorType or kind is AsyncGeneratorType:
        stream = _Stream(span, plan)
        drive = _driver if kind is GeneratorType else _async_driver
        return drive(lambda: (value, stream))()
    plan.result(span, value)
    span.end()
    return value


def _observed_generator(function: Callable[..., Any], plan: _Plan) -> Callable[..., Any]:
    """Stay a generator function: frameworks ask what a function is, FastAPI of its dependencies for one."""
    drive = _driver if inspect.isgeneratorfunction(function) else _async_driver

    def begin(*args: Any, **kwargs: Any) -> tuple[Any, _Stream]:
        span = plan.span(args, kwargs)
        span.start()
        return function(*args, **kwargs), _Stream(span, plan)

    return functools.wraps(function)(drive(begin))


class _Stream:
    """The span of a generator, current only while the generator itself runs.

    Between its steps the consumer's own context is current, and the generator's, with whatever
    spans it has open, is kept for its next step, in whichever task or thread that is taken.
    """

    def __init__(self, span: Span, plan: _Plan) -> None:
        self._span = span
        self._plan = plan
        self._context = set_span_in_context(span.otel)
        self._recording = ChunkRecording(span)
        self._open = True

    def step(self, action: Callable[..., Any], *args: Any) -> Any:
        """Run a step of a generator in the generator's context."""
        token = attach(self._context)
        try:
            return action(*args)
        finally:
            self._context = get_current()
            restored(token)

    async def step_async(self, action: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Run a step of an asynchronous generator in the generator's context."""
        token = attach(self._context)
        try:
            return await action(*args)
        finally:
            self._context = get_current()
            restored(token)

    def arrived(self, chunk: Any) -> None:
        """Note what the generator gave."""
        self._recording.arrived(chunk)

    def ended(self, error: BaseException | None = None, *, how: str = "") -> None:
        """End the span, once."""
        if not self._open:
            return
        self._open = False
        if isinstance(error, GeneratorExit):
            how = "closed"
        elif error is not None and not isinstance(error, Exception):
            how = type(error).__name__  # a cancelled task, an interrupted program
        if how:
            self._span.set({"groundwire.stream.ended": how})
        self._recording.finish(outputs=self._plan.outputs)
        self._span.end(error)

    def __del__(self) -> None:
        # A stream that was never begun, or an asynchronous one dropped where no event loop closes it.
        self.ended(how="dropped")


def _driver(begin: Callable[..., tuple[Any, _Stream]]) -> Callable[..., Any]:
    """Make a generator function that begins a generator and its stream, and does as `yield from` in it."""

    def driven(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator, stream = begin(*args, **kwargs)
        action, argument = generator.send, None
        while True:
            try:
                chunk = stream.step(action, argument)
            except StopIteration as stop:
                stream.ended()
                return stop.value
            except BaseException as error:
                stream.ended(error)
                raise
            stream.arrived(chunk)
            try:
                argument = yield chunk
                action = generator.send
            except GeneratorExit:
                try:
                    stream.step(generator.close)
                finally:
                    stream.ended(how="closed")
                raise
            except BaseException as error:  # noqa: BLE001 - passed on to the generator, as without us
                action, argument = generator.throw, error

    return driven


def _async_driver(begin: Callable[..., tuple[Any, _Stream]]) -> Callable[..., Any]:
    """Make an asynchronous generator function, as `_driver` does a plain one."""

    async def driven(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        generator, stream = begin(*args, **kwargs)
        action, argument = generator.asend, None
        while True:
            try:
                chunk = await stream.step_async(action, argument)
            except StopAsyncIteration:
                stream.ended()
                return
            except BaseException as error:
                stream.ended(error)
                raise
            stream.arrived(chunk)
            try:
                argument = yield chunk
                action = generator.asend
            except GeneratorExit:
                try:
                    await stream.step_async(generator.aclose)
                finally:
                    stream.ended(how="closed")
                raise
            except BaseException as error:  # noqa: BLE001 - passed on to the generator, as without us
                action, argument = generator.athrow, error

    return driven
