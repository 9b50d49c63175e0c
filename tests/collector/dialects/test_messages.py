"""Message shapes of providers and SDKs, read into the GenAI shape."""

from typing import Any

import pytest

from collector.dialects.documents import documents_of
from collector.dialects.messages import completion_of, messages_of
from collector.dialects.parts import part_of
from collector.dialects.tools import tool_definitions
from tests.collector.dialects.otlp import message

_CALL = {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"x": 1}}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("Hi", {"type": "text", "content": "Hi"}),
        ({"type": "text", "text": ""}, {"type": "text", "content": ""}),
        (
            {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "content": "Hi", "cache_control": {"type": "ephemeral"}},
        ),
        (
            {
                "type": "image_url",
                "image_url": {"url": "data:image/png;base64,AA", "detail": "low"},
            },
            {
                "type": "blob",
                "modality": "image",
                "mime_type": "image/png",
                "content": "AA",
                "detail": "low",
            },
        ),
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "AA"},
            },
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA"},
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}},
            {"type": "blob", "modality": "audio", "content": "AA", "mime_type": "audio/wav"},
        ),
        (
            {"type": "file", "file": {"file_id": "f1"}},
            {"type": "file", "modality": "document", "file_id": "f1"},
        ),
        ({"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}}, _CALL),
        (
            {"type": "tool_result", "tool_use_id": "c1", "content": "7", "is_error": True},
            {"type": "tool_call_response", "id": "c1", "response": "7", "is_error": True},
        ),
        (
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "reasoning", "content": "hm", "signature": "s"},
        ),
        ({"text": "hm", "thought": True}, {"type": "reasoning", "content": "hm"}),
        (
            {"inline_data": {"mime_type": "image/png", "data": "AA"}},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AA"},
        ),
        (
            {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v"}},
            {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "gs://b/v"},
        ),
        ({"type": "compaction", "content": "x"}, {"type": "compaction", "content": "x"}),
        ({"unheard": 1}, {"type": "json", "content": {"unheard": 1}}),
        (7, {"type": "json", "content": 7}),
    ],
)
def test_content_blocks(block: Any, part: Any) -> None:
    """A block of OpenAI, Anthropic, Gemini or none known becomes a part that says the same."""
    assert part_of(block) == part


def test_a_call_told_twice_is_one_part() -> None:
    """Anthropic through LangChain tells a call as a block and in tool_calls."""
    blocks: Any = [{"type": "tool_use", "id": "c1", "name": "f", "input": {"x": 1}}]
    calls: Any = [
        {"id": "c1", "name": "f", "args": {"x": 1}},
        {"id": "c2", "name": "g", "args": {}},
    ]
    assert messages_of([{"role": "assistant", "content": blocks, "tool_calls": calls}]) == [
        message("assistant", _CALL, {"type": "tool_call", "id": "c2", "name": "g", "arguments": {}})
    ]


def test_items_of_the_responses_api() -> None:
    """Function calls and their outputs stand beside messages and become messages."""
    items: Any = [
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "7"},
    ]
    assert messages_of(items) == [
        message("user", "Hi"),
        message("assistant", _CALL),
        message("tool", {"type": "tool_call_response", "id": "c1", "response": "7"}),
    ]


def test_what_a_message_says_beside_stays_on_it() -> None:
    """Members without a place in the schema are kept as additional properties."""
    sent: Any = {"role": "assistant", "content": "Hi", "annotations": [{"url": "u"}], "audio": None}
    assert messages_of([sent]) == [message("assistant", "Hi", annotations=[{"url": "u"}])]


@pytest.mark.parametrize("value", ["text", 5, [], {}, [{"a": 1}], [{"role": 5, "content": "x"}]])
def test_what_is_no_message(value: Any) -> None:
    """Text, numbers and objects without role or content do not read as messages."""
    assert messages_of(value) is None


@pytest.mark.parametrize(
    ("response", "text", "reason", "rest"),
    [
        (
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "text", "text": "Hi"}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 1},
            },
            "Hi",
            "end_turn",
            {"usage": {"input_tokens": 1}},
        ),
        (
            {
                "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
                "stopReason": "end_turn",
            },
            "Hi",
            "end_turn",
            {},
        ),
        (
            {
                "candidates": [
                    {
                        "content": {"role": "model", "parts": [{"text": "Hi"}]},
                        "finishReason": "STOP",
                    }
                ],
                "modelVersion": "g",
            },
            "Hi",
            "STOP",
            {"modelVersion": "g"},
        ),
    ],
)
def test_responses_of_providers(response: Any, text: str, reason: str, rest: Any) -> None:
    """Anthropic's, Bedrock's and Gemini's response: its message, and what else it said."""
    assert completion_of(response) == (
        [message("assistant", text, finish_reason=reason)],
        rest,
    )


def test_scored_pairs_are_documents() -> None:
    """LangChain's similarity search gives [document, score] pairs."""
    assert documents_of([[{"page_content": "a"}, 0.5], [{"page_content": "b"}, 0.4]]) == [
        {"content": "a", "score": 0.5},
        {"content": "b", "score": 0.4},
    ]
    assert documents_of([{"no": "content"}]) is None


def test_tools_of_anthropic_and_mcp() -> None:
    """Schemas under other names are parameters; what is no tool spoils the list."""
    schema: Any = {"type": "object"}
    assert tool_definitions(
        [{"name": "a", "input_schema": schema}, {"name": "b", "inputSchema": schema}]
    ) == [
        {"type": "function", "name": "a", "parameters": schema},
        {"type": "function", "name": "b", "parameters": schema},
    ]
    assert tool_definitions([{"name": "a"}, 5]) is None
