"""What `@observe` and the named spans record, as it arrives."""

import asyncio
import inspect
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import groundwire
import pytest

from tests import loops
from tests.sdk.capture import Capture, attributes


def sent(capture: Capture, name: str) -> dict[str, Any]:
    """Return the attributes of the only span of that name, once everything is there."""
    assert groundwire.flush(10)
    return attributes(capture.span(name))


def test_a_function_is_recorded_with_its_arguments_and_result(traced: Capture) -> None:
    """Arguments come by name as JSON, the result as text, and the function works as before."""

    @groundwire.observe
    def answer(question: str, *, top_k: int = 3) -> str:
        """Answers."""
        return f"{question}? {top_k}"

    assert answer("why", top_k=2) == "why? 2"
    assert answer.__doc__ == "Answers."
    recorded = sent(traced, answer.__qualname__)
    assert json.loads(recorded["input.value"]) == {"question": "why", "top_k": 2}
    assert recorded["output.value"] == "why? 2"


def test_self_is_no_argument(traced: Capture) -> None:
    """A method's own object is left out."""

    class Shop:
        @groundwire.observe(name="ask")
        def ask(self, question: str) -> None:
            """Asks."""

    Shop().ask("hello")
    assert json.loads(sent(traced, "ask")["input.value"]) == {"question": "hello"}


def test_an_operation_names_the_span_as_the_conventions_do(traced: Capture) -> None:
    """A tool is `execute_tool <name>` with its arguments and result where the conventions have them."""

    @groundwire.observe(operation="execute_tool", name="get_weather")
    def weather(city: str) -> dict[str, int]:
        return {"degrees": len(city)}

    weather("Oslo")
    recorded = sent(traced, "execute_tool get_weather")
    assert recorded["gen_ai.operation.name"] == "execute_tool"
    assert recorded["gen_ai.tool.name"] == "get_weather"
    assert json.loads(recorded["gen_ai.tool.call.arguments"]) == {"city": "Oslo"}
    assert json.loads(recorded["gen_ai.tool.call.result"]) == {"degrees": 4}


def test_inputs_and_outputs_can_be_left_out(traced: Capture) -> None:
    """A function that handles secrets records neither."""

    @groundwire.observe(name="login", inputs=False, outputs=False)
    def login(password: str) -> str:
        return password[::-1]

    login("hunter2")
    assert b"hunter2" not in traced.wire()
    assert {"input.value", "output.value"}.isdisjoint(sent(traced, "login"))


def test_a_failure_is_recorded_and_passed_on(traced: Capture) -> None:
    """The exception reaches the caller unchanged and marks the span."""

    @groundwire.observe(name="fails")
    def fails() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        fails()
    assert sent(traced, "fails")["error.type"] == "LookupError"
    span = traced.span("fails")
    assert span.status.message == "LookupError: nothing there"
    assert attributes(span.events[0])["exception.type"] == "LookupError"


def test_a_coroutine_is_the_parent_of_what_it_awaits(traced: Capture) -> None:
    """Concurrent coroutines keep apart, each above its own spans."""

    @groundwire.observe(name="inner")
    async def inner(number: int) -> int:
        await asyncio.sleep(0)
        return number

    @groundwire.observe(name="outer")
    async def outer(number: int) -> int:
        await asyncio.sleep(0)
        return await inner(number)

    async def both() -> list[int]:
        return await asyncio.gather(*(outer(number) for number in range(5)))

    assert inspect.iscoroutinefunction(outer)
    assert loops.run(both()) == [0, 1, 2, 3, 4]
    assert groundwire.flush(10)
    spans = traced.spans()
    outers = {s.span_id: attributes(s)["output.value"] for s in spans if s.name == "outer"}
    assert len(outers) == 5
    for span in (span for span in spans if span.name == "inner"):
        assert outers[span.parent_span_id] == attributes(span)["output.value"]


def test_a_chat_has_messages_usage_and_response(traced: Capture) -> None:
    """A model call written by hand comes in the GenAI conventions' shapes."""
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What?"}, {"image_url": {"url": "https://x/y.png"}}]},
        {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "look", "arguments": '{"at": 1}'}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    ]  # fmt: skip
    with groundwire.chat("gpt-4.1", history, provider="openai", temperature=0.2) as call:
        call.output("A cat.")
        call.usage(12, 3, cache_read_tokens=8, cost_usd=0.001)
        call.response(id="r1", model="gpt-4.1-2025", finish_reason="stop")
    recorded = sent(traced, "chat gpt-4.1")
    assert json.loads(recorded["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What?"},
                {"type": "uri", "modality": "image", "uri": "https://x/y.png"},
            ],
        },
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "look", "arguments": {"at": 1}, "id": "c1"}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "a cat", "id": "c1"}]},
    ]  # fmt: skip
    assert json.loads(recorded["gen_ai.output.messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "A cat."}]}
    ]
    assert recorded["gen_ai.usage.input_tokens"] == 12
    assert recorded["gen_ai.usage.cache_read.input_tokens"] == 8
    assert recorded["gen_ai.response.finish_reasons"] == ["stop"]


@dataclass
class LibraryDocument:
    """As LangChain has it."""

    page_content: str
    metadata: dict[str, str]


def test_a_retrieval_has_its_query_and_documents(traced: Capture) -> None:
    """Documents come with id, score and text, whatever an app has them as."""
    with groundwire.retrieval("opening hours", source="kb", top_k=3) as search:
        search.documents(
            [
                {"id": "a", "score": 0.9, "text": "Nine to five."},
                (LibraryDocument("Closed on Sunday.", {"page": "2"}), 0.5),
                "Ring twice.",
            ]
        )
    recorded = sent(traced, "retrieval kb")
    assert recorded["gen_ai.retrieval.query.text"] == "opening hours"
    assert json.loads(recorded["gen_ai.retrieval.documents"]) == [
        {"id": "a", "score": 0.9, "content": "Nine to five."},
        {"metadata": {"page": "2"}, "content": "Closed on Sunday.", "score": 0.5},
        {"content": "Ring twice."},
    ]


def test_guardrails_tools_and_caches_say_what_they_found(traced: Capture) -> None:
    """Each helper records under the names that Groundwire reads."""
    with groundwire.guardrail("shield", target="input") as check:
        check.verdict("deny", score=0.93, category="prompt_injection")
    with groundwire.tool("lookup", {"order": 7}, call_id="c9") as call:
        call.result({"status": "sent"})
    with groundwire.cache("answers", "key") as look:
        look.miss()
    with groundwire.rerank("q", model="rerank-3") as order:
        order.documents(["b", "a"])
    check_sent = sent(traced, "run_guardrail shield")
    assert check_sent["gen_ai.guardrail.verdict.type"] == "deny"
    assert check_sent["gen_ai.guardrail.action.type"] == "block"
    assert check_sent["gen_ai.guardrail.security.risk.score"] == 0.93
    assert sent(traced, "execute_tool lookup")["gen_ai.tool.call.result"] == '{"status":"sent"}'
    assert sent(traced, "cache answers")["gen_ai.cache.hit"] is False
    assert sent(traced, "rerank rerank-3")["gen_ai.operation.name"] == "rerank"


class Unprintable:
    """Raises whatever it is asked."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_odd_values_never_fail_a_call(traced: Capture) -> None:
    """What cannot be shown is said to be so; cycles, depth and size are bounded."""
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle

    @groundwire.observe(name="odd")
    def odd(*values: object) -> object:
        return values

    values = (
        Unprintable(),
        cycle,
        b"\xff" * 10,
        {1: 2},
        list(range(100_000)),
        float("nan"),
        "\ud800",
    )
    assert odd(*values) == values
    with groundwire.chat("m", Unprintable()) as call:
        call.usage("many")  # type: ignore[arg-type]
        call.usage(nonsense=1)  # type: ignore[call-arg]
    recorded = sent(traced, "chat m")
    assert "gen_ai.input.messages" in recorded
    assert groundwire.flush(10)
    odd_ones = [span for span in traced.spans() if span.name == "odd"]
    assert all(len(attributes(span).get("input.value", "")) < 200_000 for span in odd_ones)


def test_without_init_nothing_is_sent_and_everything_works(capture: Capture) -> None:
    """An app that never calls `init` runs as if nothing of ours were there."""
    groundwire.shutdown()

    @groundwire.observe
    def chunks() -> Iterator[str]:
        yield "a"

    @groundwire.observe
    async def later() -> AsyncIterator[str]:
        yield "b"

    async def read() -> list[str]:
        return [chunk async for chunk in later()]

    assert list(chunks()) == ["a"]
    assert loops.run(read()) == ["b"]
    assert groundwire.thumbs(True) == ""
    assert groundwire.flush()
    assert not capture.requests
