"""Older OpenLLMetry: numbered prompts and completions, vector search results as events."""

from tests.collector.dialects.otlp import dumps, loads, message, rewritten, rewritten_span

_CALL = {"type": "tool_call", "id": "c1", "name": "lookup", "arguments": {"q": "x"}}
_CHAT = {
    "llm.request.type": "chat",
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": '[{"type": "text", "text": "Hi"}]',
    "gen_ai.prompt.2.role": "assistant",
    "gen_ai.prompt.2.tool_calls.0.id": "c1",
    "gen_ai.prompt.2.tool_calls.0.name": "lookup",
    "gen_ai.prompt.2.tool_calls.0.arguments": '{"q": "x"}',
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.tool_call_id": "c1",
    "gen_ai.prompt.3.content": "42",
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": "It is 42.",
    "gen_ai.completion.0.finish_reason": "stop",
    "llm.request.functions.0.name": "lookup",
    "llm.request.functions.0.description": "Look up",
    "llm.request.functions.0.parameters": '{"type": "object"}',
    "gen_ai.usage.prompt_tokens": 12,
    "gen_ai.prompt.name": "greeting",
    "gen_ai.prompt.variable.who": "Ada",
}


def test_numbered_prompts_and_completions_become_messages() -> None:
    """Messages, tool calls, the tool's answer, tools and finish reasons are gathered."""
    span = rewritten(_CHAT)
    assert loads(span["gen_ai.input.messages"]) == [
        message("system", "Be brief."),
        message("user", "Hi"),
        message("assistant", _CALL),
        message("tool", {"type": "tool_call_response", "id": "c1", "response": "42"}),
    ]
    assert loads(span["gen_ai.output.messages"]) == [
        message("assistant", "It is 42.", finish_reason="stop")
    ]
    assert loads(span["gen_ai.response.finish_reasons"]) == ["stop"]
    assert loads(span["gen_ai.tool.definitions"]) == [
        {
            "type": "function",
            "name": "lookup",
            "description": "Look up",
            "parameters": {"type": "object"},
        }
    ]


def test_prompt_identity_and_variables_are_no_messages() -> None:
    """gen_ai.prompt.name and .variable.* share the prefix of numbered prompts and stay."""
    span = rewritten(_CHAT)
    assert span["gen_ai.prompt.name"] == "greeting"
    assert span["gen_ai.prompt.variable.who"] == "Ada"
    assert span["gen_ai.usage.prompt_tokens"] == 12
    assert not [key for key in span if key.startswith(("gen_ai.prompt.1", "gen_ai.completion."))]


def test_current_emitters_are_left_alone() -> None:
    """A span that tells canonical messages already passes through unchanged."""
    sent = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": dumps([message("user", "Hi")]),
        "gen_ai.prompt.name": "greeting",
    }
    assert rewritten(sent) == sent


def test_result_events_become_documents() -> None:
    """Each db.query.result event is one document; distance is not taken for a score."""
    span = rewritten_span(
        {"db.system": "chroma"},
        [
            (
                "db.query.result",
                {
                    "db.query.result.id": "d1",
                    "db.query.result.distance": 0.2,
                    "db.query.result.document": "text",
                    "db.query.result.metadata": '{"page": 1}',
                },
            ),
            ("other", {}),
            ("db.query.result", {"db.query.result.id": "d2", "db.query.result.score": 0.9}),
        ],
    )
    attributes = {pair.key: pair.value.string_value for pair in span.attributes}
    assert loads(attributes["gen_ai.retrieval.documents"]) == [
        {"id": "d1", "distance": 0.2, "metadata": {"page": 1}, "content": "text"},
        {"id": "d2", "score": 0.9},
    ]
    assert [event.name for event in span.events] == ["other"]


def test_result_events_with_foreign_attributes_stay() -> None:
    """An event that says more than a document is neither read nor removed."""
    span = rewritten_span({}, [("db.query.result", {"mine": 1, "db.query.result.id": "d1"})])
    assert [event.name for event in span.events] == ["db.query.result"]
    assert not span.attributes
