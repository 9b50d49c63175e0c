"""Instrumentations of the OpenAI client as they come from PyPI, over calls to a model on loopback."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.clients import stand_in
from tests.clients.conftest import Received
from tests.clients.instrumentations import INSTRUMENTATIONS, Instrumentation
from tests.engine import Server

pytestmark = pytest.mark.engine

Json = dict[str, Any]


SYSTEM: Final = {
    "role": "system",
    "parts": [{"type": "text", "content": "You help the customers of a shop. Be short."}],
}
QUESTION: Final = {
    "role": "user",
    "parts": [{"type": "text", "content": "Wo ist Paket A-1093? 注文はどこですか 🙂"}],
}
ANSWER: Final = {"role": "assistant", "parts": [{"type": "text", "content": stand_in.ANSWER}]}
CALL: Final = {
    "type": "tool_call",
    "id": stand_in.CALL_ID,
    "name": "get_order",
    "arguments": stand_in.ARGUMENTS,
}
TOOL_RESULT: Final = {
    "role": "tool",
    "parts": [
        {
            "type": "tool_call_response",
            "id": stand_in.CALL_ID,
            "response": '{"status": "shipped", "days": 1}',
        }
    ],
}
TOOL: Final = {
    "type": "function",
    "name": "get_order",
    "description": "Look up an order.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
    },
}


@pytest.fixture(params=INSTRUMENTATIONS)
def how(request: pytest.FixtureRequest) -> Instrumentation:
    """Each instrumentation in turn."""
    return INSTRUMENTATIONS[request.param]


@pytest.fixture
def trace(how: Instrumentation, asked: Callable[[str], Received]) -> Received:
    """Return the trace of the app under an instrumentation."""
    return asked(next(name for name, one in INSTRUMENTATIONS.items() if one is how))


def bare(messages: list[Json]) -> list[Json]:
    """Return messages without what an instrumentation may add to role and parts."""
    return [{"role": message["role"], "parts": message["parts"]} for message in messages]


def tokens(span: Json) -> tuple[int, ...]:
    """Return input, cached, output, reasoning and all tokens of a span."""
    names = (
        "input_tokens",
        "cache_read_tokens",
        "output_tokens",
        "reasoning_tokens",
        "total_tokens",
    )
    return tuple(span[name] for name in names)


def assert_is_call(span: Json, operation: str) -> None:
    """Check what every call that was answered says of itself."""
    assert (span["operation"], span["provider"]) == (operation, "openai")
    assert span["status"] in {"ok", "unset"}
    assert span["counts_usage"] is True
    assert span["error_type"] == ""


def test_plain_answer(how: Instrumentation, trace: Received) -> None:
    """A chat shows its models, parameters, tokens, reason to end, question and answer."""
    [span] = trace.below("plain")

    assert_is_call(span, "chat")
    assert (span["name"], span["kind"]) == (how.names[0], how.kind)
    assert (span["request_model"], span["model"]) == (stand_in.CHAT_MODEL, stand_in.SERVED_MODEL)
    assert span["response_id"] == (stand_in.COMPLETION_ID if how.tells_response_id else "")
    assert (span["temperature"], span["max_tokens"], span["streamed"]) == (0.2, 300, False)
    assert tokens(span) == (1234, 1024, 89, 64, 1323)
    assert span["uncached_input_tokens"] == 210
    assert span["finish_reasons"] == "stop"
    assert bare(span["input_messages"]) == [SYSTEM, QUESTION]
    assert bare(span["output_messages"]) == [ANSWER]


def test_tool_calls(trace: Received) -> None:
    """A tool offered, called and answered reads the same whichever way it was told."""
    offered, answered = trace.below("tools")
    called = {"role": "assistant", "parts": [CALL]}

    assert offered["finish_reasons"] == "tool_calls"
    assert offered["tool_definitions"] == [TOOL]
    assert bare(offered["output_messages"]) == [called]
    assert bare(answered["input_messages"]) == [SYSTEM, QUESTION, called, TOOL_RESULT]
    assert bare(answered["output_messages"]) == [ANSWER]
    assert answered["finish_reasons"] == "stop"


def test_streamed_answer(how: Instrumentation, trace: Received) -> None:
    """A streamed answer is put together, counted, and timed to its first token."""
    [span] = trace.below("streamed")

    assert_is_call(span, "chat")
    assert span["streamed"] is True
    assert tokens(span) == (1234, 1024, 89, 64 if how.streams_reasoning else 0, 1323)
    assert span["finish_reasons"] == "stop"
    assert 0 < span["time_to_first_token_s"] <= span["duration_ns"] / 1e9
    assert bare(span["input_messages"]) == [QUESTION]
    assert bare(span["output_messages"]) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "".join(stand_in.STREAMED)}]}
    ]


def test_embeddings(how: Instrumentation, trace: Received) -> None:
    """An embedding shows its model, its tokens and, where they are sent, the texts."""
    [span] = trace.below("embeddings")

    assert_is_call(span, "embeddings")
    assert span["name"] == how.names[1]
    assert span["model"] == stand_in.EMBEDDING_MODEL
    assert tokens(span) == (11, 0, 0, 0, 11)
    if how.embedded_texts:
        assert "parcel tracking" in str(span[how.embedded_texts])
        assert "Rückgabe" in str(span[how.embedded_texts])


def test_responses_api(how: Instrumentation, trace: Received) -> None:
    """The Responses API reads as a chat; instructions are a system prompt."""
    [span] = trace.below("responses")
    system = {"role": "system", "parts": [{"type": "text", "content": "Be short."}]}
    question = {"role": "user", "parts": [{"type": "text", "content": "Where is parcel A-1093?"}]}

    assert_is_call(span, "chat")
    assert span["name"] == how.names[2]
    assert span["model"] == stand_in.SERVED_MODEL
    assert tokens(span) == (1234, 1024, 89, 64, 1323)
    assert bare(span["input_messages"]) == ([question] if how.system_apart else [system, question])
    assert bare(span["system_instructions"]) == ([system] if how.system_apart else [])
    assert bare(span["output_messages"]) == [ANSWER]


def test_refused_call(how: Instrumentation, trace: Received) -> None:
    """A call that failed is an error with its class and its sentence, and costs nothing."""
    [span] = trace.below("refused")

    assert (span["status"], span["error_type"]) == ("error", how.error_type)
    assert "The model `gpt-nope` does not exist" in span["error_message"]
    assert (span["model"], span["counts_usage"]) == ("gpt-nope", False)
    assert bare(span["input_messages"]) == [QUESTION]


def test_the_trace_sums_up_its_calls(trace: Received) -> None:
    """The trace counts each call once and says whose it was, what was asked and what came back."""
    facts = trace.facts

    assert (facts["name"], facts["service_name"], facts["span_count"]) == (
        "answer question",
        "shop",
        14,
    )
    assert (facts["session_id"], facts["user_id"], facts["tenant_id"]) == ("s-42", "u-7", "acme")
    assert facts["model_calls"] == 6
    assert (facts["input_tokens"], facts["output_tokens"]) == (5 * 1234 + 11, 5 * 89)
    assert facts["error_count"] == 1
    assert facts["models"] == [stand_in.SERVED_MODEL, "gpt-nope", stand_in.EMBEDDING_MODEL]
    assert facts["input"] == QUESTION["parts"][0]["content"]  # type: ignore[index]
    assert facts["output"] == stand_in.ANSWER


def test_content_of_events_is_on_the_span(
    asked: Callable[[str], Received], groundwire: Server
) -> None:
    """Content that was sent as log records only is found on the span by itself, too."""
    received = asked("opentelemetry events")
    [plain] = received.below("plain")

    span = groundwire.get(
        f"/traces/{plain['trace_id']}/spans/{plain['span_id']}", project="opentelemetry-events"
    )

    assert "gen_ai.input.messages" not in span["attributes"]
    assert bare(span["input_messages"]) == [SYSTEM, QUESTION]
    assert bare(span["output_messages"]) == [ANSWER]
    assert [log["event_name"] for log in span["logs"]] == [
        "gen_ai.client.inference.operation.details"
    ]
    assert len(received.answer["logs"]) == 7 - 1  # the embeddings send none
