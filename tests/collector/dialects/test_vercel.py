"""AI SDK up to version 6."""

from tests.collector.dialects.otlp import dumps, loads, message, rewritten

_PROMPT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
    {
        "role": "assistant",
        "content": [
            {"type": "tool-call", "toolCallId": "c1", "toolName": "weather", "input": {"city": "O"}}
        ],
    },
    {
        "role": "tool",
        "content": [
            {"type": "tool-result", "toolCallId": "c1", "toolName": "weather", "output": {"t": 7}}
        ],
    },
]
_SPAN = {
    "ai.operationId": "ai.generateText.doGenerate",
    "ai.prompt.messages": dumps(_PROMPT),
    "ai.prompt.tools": dumps(
        [dumps({"type": "function", "name": "weather", "inputSchema": {"type": "object"}})]
    ),
    "ai.response.text": "7 degrees",
    "ai.response.toolCalls": dumps([{"toolCallId": "c2", "toolName": "weather", "args": "{}"}]),
    "ai.response.finishReason": "tool-calls",
    "ai.response.msToFirstChunk": 250.5,
    "ai.response.providerMetadata": dumps(
        {"anthropic": {"usage": {"cache_read_input_tokens": 90}, "cacheCreationInputTokens": 5}}
    ),
    "ai.usage.promptTokens": 10,
    "ai.telemetry.metadata.langfusePrompt": dumps({"name": "greet", "version": 3}),
}


def test_prompt_and_answer_become_messages() -> None:
    """Messages, tools, text and tool calls are gathered from their JSON; the JSON goes."""
    span = rewritten(_SPAN)
    assert loads(span["gen_ai.input.messages"]) == [
        message("system", "Be brief."),
        message("user", "Weather?"),
        message(
            "assistant",
            {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "O"}},
        ),
        message(
            "tool",
            {
                "type": "tool_call_response",
                "id": "c1",
                "response": {"t": 7},
                "toolName": "weather",
            },
        ),
    ]
    assert loads(span["gen_ai.output.messages"]) == [
        message(
            "assistant",
            "7 degrees",
            {"type": "tool_call", "id": "c2", "name": "weather", "arguments": {}},
            finish_reason="tool-calls",
        )
    ]
    assert loads(span["gen_ai.tool.definitions"]) == [
        {"type": "function", "name": "weather", "parameters": {"type": "object"}}
    ]
    assert not {"ai.prompt.messages", "ai.prompt.tools", "ai.response.text"} & span.keys()


def test_nested_figures_are_lifted() -> None:
    """Cache counts come out of the provider's metadata, milliseconds become seconds."""
    span = rewritten(_SPAN)
    assert span["gen_ai.usage.cache_read.input_tokens"] == 90
    assert span["gen_ai.usage.cache_write.input_tokens"] == 5
    assert span["gen_ai.response.time_to_first_chunk"] == 0.2505
    assert (span["gen_ai.prompt.name"], span["gen_ai.prompt.version"]) == ("greet", "3")
    assert span["ai.usage.promptTokens"] == 10


def test_a_tool_span_keeps_its_arguments() -> None:
    """ai.toolCall.args and .result are payloads the view maps; they are not touched."""
    sent = {"ai.operationId": "ai.toolCall", "ai.toolCall.args": "{}", "ai.toolCall.result": "1"}
    assert rewritten(sent) == sent
