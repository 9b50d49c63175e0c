"""OpenInference: attributes recorded from openinference-instrumentation-openai, and RAG."""

from collector.dialects.openinference import EMBEDDING_INPUT, RERANK_INPUT
from tests.collector.dialects.otlp import (
    dumps,
    loads,
    message,
    read,
    rewritten,
    rewritten_span,
)

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
_TOOL = {"type": "function", "function": {"name": "get_weather", "parameters": _SCHEMA}}
_CALL = {
    "type": "tool_call",
    "id": "call_1",
    "name": "get_weather",
    "arguments": {"city": "Oslo"},
}
_IN = "llm.input_messages"
_OUT = "llm.output_messages"
_CHAT = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-4o-2024-08-06",
    "input.value": '{"model": "gpt-4o"}',
    "llm.tools.0.tool.json_schema": dumps(_TOOL),
    "llm.invocation_parameters": '{"model": "gpt-4o", "max_tokens": 50, "temperature": 0.2}',
    f"{_IN}.0.message.role": "system",
    f"{_IN}.0.message.content": "Be brief.",
    f"{_IN}.1.message.role": "user",
    f"{_IN}.1.message.contents.0.message_content.type": "text",
    f"{_IN}.1.message.contents.0.message_content.text": "Weather in Oslo?",
    f"{_IN}.1.message.contents.1.message_content.type": "image",
    f"{_IN}.1.message.contents.1.message_content.image.image.url": "https://x.test/a.png",
    f"{_IN}.2.message.role": "assistant",
    f"{_IN}.2.message.tool_calls.0.tool_call.id": "call_1",
    f"{_IN}.2.message.tool_calls.0.tool_call.function.name": "get_weather",
    f"{_IN}.2.message.tool_calls.0.tool_call.function.arguments": '{"city": "Oslo"}',
    f"{_IN}.3.message.role": "tool",
    f"{_IN}.3.message.tool_call_id": "call_1",
    f"{_IN}.3.message.content": '{"t": 7}',
    f"{_OUT}.0.message.role": "assistant",
    f"{_OUT}.0.message.content": "It is 7 degrees.",
    "llm.token_count.prompt": 20,
    "llm.finish_reason": "stop",
}
_MESSAGES = [
    message("system", "Be brief."),
    message(
        "user",
        "Weather in Oslo?",
        {"type": "uri", "modality": "image", "uri": "https://x.test/a.png"},
    ),
    message("assistant", _CALL),
    message("tool", {"type": "tool_call_response", "id": "call_1", "response": '{"t": 7}'}),
]


def test_served_model_is_told_from_the_one_asked_for() -> None:
    """The model of the parameters was asked for; `llm.model_name`, where it differs, answered."""
    span = rewritten(_CHAT)
    assert span["gen_ai.request.model"] == "gpt-4o"
    assert span["gen_ai.response.model"] == "gpt-4o-2024-08-06"

    same = {**_CHAT, "llm.model_name": "gpt-4o"}
    assert "gen_ai.response.model" not in rewritten(same)


def test_spread_messages_become_canonical_messages() -> None:
    """A chat with an image, a tool call and its answer is gathered; its numbered keys go."""
    span = rewritten(_CHAT)
    assert loads(span["gen_ai.input.messages"]) == _MESSAGES
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "It is 7 degrees.")]
    assert loads(span["gen_ai.tool.definitions"]) == [
        {"type": "function", "name": "get_weather", "parameters": _SCHEMA}
    ]
    assert not [key for key in span if key.startswith(("llm.input", "llm.output", "llm.tools"))]


def test_scalars_and_payloads_stay_for_the_view() -> None:
    """Token counts, the model and input.value are left; request parameters are lifted too."""
    span = rewritten(_CHAT)
    for key in ("llm.token_count.prompt", "llm.model_name", "input.value", "llm.finish_reason"):
        assert span[key] == _CHAT[key]
    assert span["gen_ai.request.temperature"] == 0.2
    assert span["gen_ai.request.max_tokens"] == 50
    assert span["llm.invocation_parameters"] == _CHAT["llm.invocation_parameters"]


def test_a_clipped_span_keeps_the_messages_it_still_has() -> None:
    """When the SDK evicted the oldest keys, the rest are read in order of their numbers."""
    span = rewritten(
        {
            f"{_IN}.12.message.content": "later",
            f"{_IN}.12.message.role": "user",
            f"{_IN}.3.message.content": "earlier",
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [
        message("user", "earlier"),
        message("user", "later"),
    ]


def test_a_standing_canonical_attribute_wins() -> None:
    """Other messages under the canonical key are kept, and so are the numbered ones."""
    canonical = dumps([message("user", "something else")])
    span = rewritten({**_CHAT, "gen_ai.input.messages": canonical})
    assert span["gen_ai.input.messages"] == canonical
    assert span[f"{_IN}.0.message.content"] == "Be brief."


def test_duplicates_of_a_standing_canonical_attribute_go() -> None:
    """The same conversation told twice is kept once, also with null members in the other form."""
    canonical = dumps([{**m, "name": None} for m in _MESSAGES])
    span = rewritten({**_CHAT, "gen_ai.input.messages": canonical})
    assert span["gen_ai.input.messages"] == canonical
    assert f"{_IN}.0.message.content" not in span


def test_unknown_suffixes_stay() -> None:
    """A key below a message that no one knows is not taken away with the message."""
    span = rewritten({**_CHAT, f"{_IN}.0.message.mood": "calm", f"{_IN}.0.message.role": 5})
    assert span[f"{_IN}.0.message.mood"] == "calm"
    assert span[f"{_IN}.0.message.role"] == 5


def test_reasoning_and_inline_images_keep_their_data() -> None:
    """Reasoning keeps its signature; a data: URL becomes a blob with its MIME type."""
    contents = f"{_OUT}.0.message.contents"
    span = rewritten(
        {
            f"{contents}.0.message_content.type": "reasoning",
            f"{contents}.0.message_content.text": "hm",
            f"{contents}.0.message_content.signature": "sig",
            f"{contents}.1.message_content.type": "image",
            f"{contents}.1.message_content.image.image.url": "data:image/png;base64,AAAA",
        }
    )
    assert loads(span["gen_ai.output.messages"]) == [
        message(
            "assistant",
            {"type": "reasoning", "content": "hm", "signature": "sig"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
        )
    ]


def test_retrieved_documents_keep_rank_score_and_metadata() -> None:
    """A RETRIEVER span tells its query and its documents, the second before the tenth."""
    span = rewritten(
        {
            "openinference.span.kind": "RETRIEVER",
            "input.value": '{"query": "how to reset?"}',
            "retrieval.documents.10.document.content": "last",
            "retrieval.documents.2.document.id": 7,
            "retrieval.documents.2.document.content": "first",
            "retrieval.documents.2.document.score": 0.5,
            "retrieval.documents.2.document.metadata": '{"page": 3}',
        }
    )
    assert loads(span["gen_ai.retrieval.documents"]) == [
        {"id": "7", "content": "first", "score": 0.5, "metadata": {"page": 3}},
        {"content": "last"},
    ]
    assert span["gen_ai.retrieval.query.text"] == "how to reset?"
    assert not [key for key in span if key.startswith("retrieval.")]


def test_a_reranker_tells_what_it_got_and_what_it_gave() -> None:
    """Output documents are the retrieved ones, input documents have a key of their own."""
    span = rewritten(
        {
            "reranker.input_documents.0.document.content": "a",
            "reranker.output_documents.0.document.content": "b",
            "reranker.output_documents.0.document.score": 0.9,
        }
    )
    assert loads(span["gen_ai.retrieval.documents"]) == [{"content": "b", "score": 0.9}]
    assert loads(span[RERANK_INPUT]) == [{"content": "a"}]


def test_embedded_texts_are_gathered_and_vectors_left() -> None:
    """An EMBEDDING span's texts become one list; the vector stays where it was."""
    span = rewritten(
        {
            "openinference.span.kind": "EMBEDDING",
            "embedding.embeddings.0.embedding.text": "hello",
            "embedding.embeddings.0.embedding.vector": "[0.1,0.2]",
        }
    )
    assert loads(span[EMBEDDING_INPUT]) == ["hello"]
    assert span["embedding.embeddings.0.embedding.vector"] == "[0.1,0.2]"


def test_completions_of_the_old_api_are_messages() -> None:
    """llm.prompts and llm.choices, the text completion API, read as one message each."""
    span = rewritten(
        {
            "openinference.span.kind": "LLM",
            "llm.prompts.0.prompt.text": "Once",
            "llm.choices.0.completion.text": "upon a time",
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Once")]
    assert loads(span["gen_ai.output.messages"]) == [message("assistant", "upon a time")]


def test_evaluations_become_events() -> None:
    """A numbered evaluation becomes an evaluation event at the span's end, keys removed."""
    span = rewritten_span(
        {
            "openinference.span.kind": "EVALUATOR",
            "evaluations.0.evaluation.name": "helpful",
            "evaluations.0.evaluation.score": 0.8,
            "evaluations.0.evaluation.annotator_kind": "LLM",
            "evaluations.0.evaluation.explanation": "clear",
            "trace.annotations.0.annotation.name": "thumb",
            "trace.annotations.0.annotation.label": "up",
            "trace.annotations.0.annotation.annotator_kind": "HUMAN",
            "annotations.1.annotation.label": "nameless",
        }
    )
    assert read(span.attributes) == {
        "openinference.span.kind": "EVALUATOR",
        "annotations.1.annotation.label": "nameless",
    }
    assert [event.name for event in span.events] == ["gen_ai.evaluation.result"] * 2
    assert [event.time_unix_nano for event in span.events] == [span.end_time_unix_nano] * 2
    assert read(span.events[0].attributes) == {
        "gen_ai.evaluation.name": "helpful",
        "gen_ai.evaluation.score.value": 0.8,
        "gen_ai.evaluation.explanation": "clear",
        "gen_ai.evaluation.source": "model",
    }
    assert read(span.events[1].attributes) == {
        "gen_ai.evaluation.name": "thumb",
        "gen_ai.evaluation.score.label": "up",
        "gen_ai.evaluation.source": "human",
        "gen_ai.evaluation.scope": "trace",
    }


def test_identity_in_metadata_is_lifted() -> None:
    """Session and user inside the metadata JSON become attributes unless they are there."""
    span = rewritten(
        {
            "openinference.span.kind": "CHAIN",
            "metadata": '{"session_id": "s1", "user_id": "u1"}',
            "user.id": "known",
        }
    )
    assert span["session.id"] == "s1"
    assert span["user.id"] == "known"
