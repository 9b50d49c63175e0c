"""Generators and streams: their times, their text, their ends, and whose context is current meanwhile."""

import asyncio
import gc
import inspect
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from typing import Any

import groundwire
import pytest
from groundwire._timing import StreamTiming
from opentelemetry import trace

from tests import loops
from tests.sdk.capture import Capture, attributes


@groundwire.observe(name="words")
def words(*parts: str) -> Iterator[str]:
    """Give words, with a span of its own open between them."""
    with groundwire.span("inside"):
        yield from parts


@groundwire.observe(name="words")
async def words_later(*parts: str) -> AsyncIterator[str]:
    """Give words, asynchronously."""
    with groundwire.span("inside"):
        for part in parts:
            await asyncio.sleep(0)
            yield part


def sent(capture: Capture, name: str = "words") -> dict[str, Any]:
    """Return what arrived of the only span of that name."""
    assert groundwire.flush(10)
    return attributes(capture.span(name))


def current() -> int:
    """Return the id of the current span; 0 for none."""
    return trace.get_current_span().get_span_context().span_id


def test_a_stream_has_its_times_and_its_text(traced: Capture) -> None:
    """Time to first chunk, gaps, count and the joined text are on the span that lasted to the end."""
    assert list(words("Good ", "morning", "!")) == ["Good ", "morning", "!"]
    recorded = sent(traced)
    assert recorded["output.value"] == "Good morning!"
    assert recorded["groundwire.stream.chunks"] == 3
    assert recorded["gen_ai.request.stream"] is True
    assert 0 < recorded["gen_ai.response.time_to_first_chunk"] < 10
    assert 0 <= recorded["groundwire.stream.gap_p50_s"] <= recorded["groundwire.stream.gap_max_s"]
    span = traced.span("words")
    assert traced.span("inside").parent_span_id == span.span_id


def test_an_asynchronous_stream_is_the_same(traced: Capture) -> None:
    """An asynchronous generator has times and text too."""

    async def read() -> list[str]:
        return [word async for word in words_later("a", "b")]

    assert loops.run(read()) == ["a", "b"]
    recorded = sent(traced)
    assert recorded["output.value"] == "ab"
    assert recorded["groundwire.stream.chunks"] == 2
    assert traced.span("inside").parent_span_id == traced.span("words").span_id


def test_the_consumers_context_is_its_own(traced: Capture) -> None:
    """Between two chunks the consumer's span is current, and the generator's is again inside of it."""
    with groundwire.span("consumer"):
        mine = current()
        for _ in words("a", "b"):
            assert current() == mine
            with groundwire.span("between"):
                pass
        assert current() == mine
    assert groundwire.flush(10)
    consumer = traced.span("consumer").span_id
    assert {s.parent_span_id for s in traced.spans() if s.name == "between"} == {consumer}
    assert traced.span("words").parent_span_id == consumer


def test_a_closed_stream_ends_its_span(traced: Capture) -> None:
    """A consumer that stops early gets what it asked for, and the span says so and has what came."""
    stream = words("a", "b", "c")
    assert next(stream) == "a"
    stream.close()  # type: ignore[attr-defined]
    recorded = sent(traced)
    assert recorded["groundwire.stream.ended"] == "closed"
    assert recorded["output.value"] == "a"


@pytest.mark.parametrize("count", [1, 100])
def test_messages_of_every_shape_become_the_conventions_own(traced: Capture, count: int) -> None:
    """However many there are of which shape, each message is what it would be alone."""
    text = {"type": "text", "content": 'say "hi" \n é'}
    call = {"type": "tool_call", "name": "find", "arguments": {"id": 7}, "id": "c-1"}
    openai_call = {"id": "c-1", "function": {"name": "find", "arguments": '{"id": 7}'}}
    given = [
        {"role": "user", "content": text["content"]},
        {"role": "user", "parts": [text, text]},
        {"role": "user", "parts": [text, {"type": "new", "value": 1}]},
        {"role": "assistant", "content": None, "tool_calls": [openai_call]},
        {"role": "tool", "tool_call_id": "c-1", "content": "found"},
        {"content": "alone"},
    ]
    with groundwire.chat("m", given * count):
        pass
    answered = {"type": "tool_call_response", "response": "found", "id": "c-1"}
    assert json.loads(sent(traced, "chat m")["gen_ai.input.messages"]) == count * [
        {"role": "user", "parts": [text]},
        {"role": "user", "parts": [text, text]},
        {"role": "user", "parts": [text, {"type": "new", "value": 1}]},
        {"role": "assistant", "parts": [call]},
        {"role": "tool", "parts": [answered]},
        {"role": "user", "parts": [{"type": "text", "content": "alone"}]},
    ]


def test_a_dropped_stream_ends_its_span(traced: Capture) -> None:
    """A stream that nobody holds any more is ended when it is collected."""
    stream = words("a", "b")
    next(stream)
    del stream
    gc.collect()
    assert sent(traced)["output.value"] == "a"


def test_an_asynchronous_stream_dropped_without_a_loop_ends_its_span(traced: Capture) -> None:
    """No event loop is there to close it, and the span is sent all the same."""

    def drop() -> None:
        stream = words_later("a")
        step = stream.__anext__()  # as an event loop would: up to where it waits
        step.send(None)  # type: ignore[attr-defined]
        del step, stream
        gc.collect()

    # A thread of its own has no loop for certain: a browser's may run in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(copy_context().run, drop).result()
    assert sent(traced)["groundwire.stream.ended"] in {"dropped", "closed"}


def test_a_failing_stream_keeps_what_came_and_the_error(traced: Capture) -> None:
    """The error reaches the consumer; the span has it and the text so far."""

    @groundwire.observe(name="breaks")
    def breaks() -> Iterator[str]:
        yield "so far"
        raise ConnectionError("reset")

    with pytest.raises(ConnectionError, match="reset"):
        list(breaks())
    recorded = sent(traced, "breaks")
    assert recorded["error.type"] == "ConnectionError"
    assert recorded["output.value"] == "so far"


def test_values_sent_and_errors_thrown_reach_the_generator(traced: Capture) -> None:
    """`send`, `throw` and the return value work as without us."""

    @groundwire.observe(name="echo")
    def echo() -> Any:
        got = yield "ready"
        try:
            yield got
        except KeyError as error:
            yield repr(error)
        return "end"

    stream = echo()
    assert next(stream) == "ready"
    assert stream.send("x") == "x"
    assert stream.throw(KeyError("k")) == "KeyError('k')"
    with pytest.raises(StopIteration) as stop:
        next(stream)
    assert stop.value.value == "end"
    assert sent(traced, "echo")["groundwire.stream.chunks"] == 3


def test_values_sent_and_errors_thrown_reach_the_asynchronous_generator(traced: Capture) -> None:
    """`asend` and `athrow` work as without us."""

    @groundwire.observe(name="echo")
    async def echo() -> Any:
        got = yield "ready"
        try:
            yield got
        except KeyError as error:
            yield repr(error)

    async def talk() -> list[str]:
        stream = echo()
        said = [await anext(stream), await stream.asend("x"), await stream.athrow(KeyError("k"))]
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        return said

    assert loops.run(talk()) == ["ready", "x", "KeyError('k')"]
    assert sent(traced, "echo")["groundwire.stream.chunks"] == 3


def test_a_stream_may_be_consumed_in_another_thread(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """Each chunk in a thread of its own corrupts nobody's context."""
    stream = words("a", "b", "c")
    got: list[str] = []
    seen: list[int] = []

    def take() -> None:
        got.append(next(stream))
        seen.append(current())

    for _ in range(3):
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert list(stream) == []
    assert got == ["a", "b", "c"]
    assert seen == [0, 0, 0]
    assert current() == 0
    assert sent(traced)["output.value"] == "abc"
    assert traced.span("inside").parent_span_id == traced.span("words").span_id
    assert "detach" not in caplog.text


def test_a_stream_may_be_closed_in_another_task(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """A web framework closes a stream in another task than it read it in; contexts stay right."""

    async def read() -> None:
        with groundwire.span("request"):
            mine = current()
            stream = words_later("a", "b")
            assert await asyncio.create_task(anext(stream)) == "a"  # type: ignore[arg-type]
            assert current() == mine
            await asyncio.create_task(stream.aclose())  # type: ignore[attr-defined]
            assert current() == mine
        assert current() == 0

    loops.run(read())
    assert sent(traced)["groundwire.stream.ended"] == "closed"
    assert traced.span("words").parent_span_id == traced.span("request").span_id
    assert "detach" not in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_a_generator_function_stays_one(*, is_async: bool) -> None:
    """Frameworks ask what a function is before they call it."""
    assert inspect.isasyncgenfunction(words_later if is_async else words) is is_async
    assert inspect.isgeneratorfunction(words_later if is_async else words) is not is_async


def test_a_function_that_returns_a_generator_lasts_until_that_ends(traced: Capture) -> None:
    """The span of a function or coroutine goes on in the stream that it returns."""

    def plain() -> Iterator[str]:
        with groundwire.span("below"):
            yield "x"

    @groundwire.observe(name="gives")
    async def gives() -> Iterator[str]:
        return plain()

    stream = loops.run(gives())
    assert groundwire.flush(10)
    assert not traced.spans()
    assert list(stream) == ["x"]
    assert sent(traced, "gives")["output.value"] == "x"
    assert traced.span("below").parent_span_id == traced.span("gives").span_id


class ClientStream:
    """As the client libraries give it: neither a generator nor text."""

    def __init__(self, *parts: str | None) -> None:
        self._parts = iter(parts)

    def __iter__(self) -> "ClientStream":
        return self

    def __next__(self) -> dict[str, str | None]:
        return {"delta": next(self._parts)}


def test_a_librarys_stream_passes_through_a_span(traced: Capture) -> None:
    """`stream` takes the text that it is told to find, and gives on what the library gave."""
    with groundwire.chat("m") as call:
        chunks = list(call.stream(ClientStream("Hi", None, "!"), text=lambda chunk: chunk["delta"]))
    assert [chunk["delta"] for chunk in chunks] == ["Hi", None, "!"]
    recorded = sent(traced, "chat m")
    assert recorded["gen_ai.output.messages"] == (
        '[{"role":"assistant","parts":[{"type":"text","content":"Hi!"}]}]'
    )
    assert recorded["groundwire.stream.chunks"] == 3


def test_gaps_of_a_long_stream_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million chunks a few thousand gaps are kept, from all of the stream, and the longest exactly."""
    jumps = {500_000: 7_000_000}
    state = {"now": 0, "asked": 0}

    def now() -> int:
        state["asked"] += 1
        state["now"] += 1_000 + jumps.get(state["asked"], 0)
        return state["now"]

    monkeypatch.setattr("groundwire._timing.perf_counter_ns", now)
    timing = StreamTiming()
    for _ in range(1_000_000):
        timing.arrived()
    facts = timing.attributes()
    assert facts["groundwire.stream.chunks"] == 1_000_000
    assert facts["groundwire.stream.gap_p50_s"] == pytest.approx(1e-6)
    assert facts["groundwire.stream.gap_max_s"] == pytest.approx(7.001e-3)
    assert len(timing._gaps) <= 4096


@pytest.mark.usefixtures("traced")
def test_what_a_consumer_sees_of_context_variables_is_unchanged() -> None:
    """Only OpenTelemetry's own context is put back between steps; an app's variables behave as ever."""
    variable: ContextVar[str] = ContextVar("variable", default="outside")

    def plain() -> Iterator[str]:
        yield variable.get()
        variable.set("by the generator")
        yield variable.get()

    def consumed(function: Callable[[], Iterator[str]]) -> list[str]:
        variable.set("by the consumer")
        return [*function(), variable.get()]

    assert consumed(groundwire.observe(plain)) == consumed(plain)
