"""Content in span events and log records."""

import pytest

from tests.collector.dialects.otlp import (
    dumps,
    loads,
    message,
    read,
    rewritten,
    rewritten_record,
    rewritten_span,
)

_CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"x": 1}}
_RAW_CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def test_message_events_move_onto_the_span() -> None:
    """Message events of before 1.37 become messages, with finish reasons; the events go."""
    span = rewritten_span(
        {"gen_ai.system": "openai"},
        [
            ("gen_ai.system.message", {"gen_ai.system": "openai", "content": "Be brief."}),
            ("gen_ai.user.message", {"content": "Hi"}),
            ("gen_ai.assistant.message", {"tool_calls": dumps([_RAW_CALL])}),
            ("gen_ai.tool.message", {"id": "c1", "content": "7"}),
            ("exception", {"exception.type": "E"}),
            (
                "gen_ai.choice",
                {"index": 0, "finish_reason": "stop", "message": dumps({"content": "Seven"})},
            ),
        ],
    )
    attributes = read(span.attributes)
    assert loads(attributes["gen_ai.input.messages"]) == [
        message("system", "Be brief."),
        message("user", "Hi"),
        message("assistant", _CALL),
        message("tool", {"type": "tool_call_response", "id": "c1", "response": "7"}),
    ]
    assert loads(attributes["gen_ai.output.messages"]) == [
        message("assistant", "Seven", finish_reason="stop")
    ]
    assert loads(attributes["gen_ai.response.finish_reasons"]) == ["stop"]
    assert [event.name for event in span.events] == ["exception"]


def test_azure_keeps_the_body_in_one_attribute() -> None:
    """An event whose attributes hold its body as JSON (gen_ai.event.content) is read too."""
    body = dumps({"role": "user", "content": "Hi"})
    span = rewritten(
        {}, [("gen_ai.user.message", {"gen_ai.system": "az", "gen_ai.event.content": body})]
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]


def test_strands_keeps_bedrock_blocks_in_content() -> None:
    """Content that encodes Bedrock blocks is read as those blocks."""
    blocks = [{"text": "Hi"}, {"toolUse": {"toolUseId": "c1", "name": "f", "input": {"x": 1}}}]
    span = rewritten({}, [("gen_ai.assistant.message", {"content": dumps(blocks)})])
    assert loads(span["gen_ai.input.messages"]) == [message("assistant", "Hi", _CALL)]


def test_content_events_of_the_oldest_convention() -> None:
    """gen_ai.content.prompt and .completion hold messages as JSON, or just text."""
    span = rewritten_span(
        {},
        [
            ("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role": "user", "content": "Hi"}]'}),
            ("gen_ai.content.completion", {"gen_ai.completion": "Hello"}),
        ],
    )
    attributes = read(span.attributes)
    assert loads(attributes["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert loads(attributes["gen_ai.output.messages"]) == [message("assistant", "Hello")]
    assert not span.events


def test_prompt_attribute_with_messages() -> None:
    """gen_ai.prompt as a span attribute is read if it holds messages, else it is a payload."""
    span = rewritten({"gen_ai.prompt": '[{"role": "user", "content": "Hi"}]'})
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert rewritten({"gen_ai.prompt": "Hi"}) == {"gen_ai.prompt": "Hi"}


def test_details_event_gives_the_span_what_it_lacks() -> None:
    """Attributes of the details event are lifted; what the span says itself is kept."""
    messages = dumps([message("user", "Hi")])
    name = "gen_ai.client.inference.operation.details"
    fields = {"gen_ai.input.messages": messages, "gen_ai.request.model": "m"}
    span = rewritten_span({"gen_ai.request.model": "m"}, [(name, fields)])
    assert read(span.attributes) == fields
    assert not span.events
    span = rewritten_span({"gen_ai.request.model": "other"}, [(name, fields)])
    assert read(span.attributes)["gen_ai.request.model"] == "other"
    assert [event.name for event in span.events] == [name]


@pytest.mark.parametrize("named_by_field", [True, False])
@pytest.mark.parametrize("body_is_text", [True, False])
def test_log_records_get_their_message(*, named_by_field: bool, body_is_text: bool) -> None:
    """A message record, named either way and with its body as JSON or structured, is read."""
    body = {"content": "Hi", "role": "user"}
    name = "gen_ai.user.message"
    record = rewritten_record(
        dumps(body) if body_is_text else body,
        event_name=name if named_by_field else "",
        attributes={"gen_ai.system": "openai"} if named_by_field else {"event.name": name},
    )
    assert loads(read(record.attributes)["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert not record.HasField("body")


def test_a_choice_record_tells_its_index_and_reason() -> None:
    """A choice becomes an output message with its index and finish reason."""
    body = {"index": 1, "finish_reason": "tool_calls", "message": {"tool_calls": [_RAW_CALL]}}
    record = rewritten_record(dumps(body), event_name="gen_ai.choice")
    attributes = read(record.attributes)
    assert loads(attributes["gen_ai.output.messages"]) == [
        message("assistant", _CALL, finish_reason="tool_calls")
    ]
    assert attributes["gen_ai.choice.index"] == 1
    assert loads(attributes["gen_ai.response.finish_reasons"]) == ["tool_calls"]


@pytest.mark.parametrize(
    "name", ["gen_ai.client.inference.operation.details", "gen_ai.evaluation.result", "mine"]
)
def test_other_records_stay(name: str) -> None:
    """Records that are canonical, or nothing to us, are not touched."""
    record = rewritten_record('{"content": "Hi"}', event_name=name)
    assert record.body.string_value == '{"content": "Hi"}'
    assert not record.attributes


def test_a_record_without_a_readable_body_stays() -> None:
    """Plain text as the body of a message record is left where it is."""
    record = rewritten_record("Hi", event_name="gen_ai.user.message")
    assert record.body.string_value == "Hi"
    assert not record.attributes
