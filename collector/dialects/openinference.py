"""OpenInference (openinference-semantic-conventions 0.1.42): lists spread over numbered keys.

Left to the normalising view: input.value and output.value, all scalars (model, tokens, cost,
tool, session). `llm.invocation_parameters` and `metadata` stay beside what is lifted from them.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.documents import DOCUMENTS, QUERY, query_of
from collector.dialects.evaluations import move_evaluations
from collector.dialects.messages import INPUT, OUTPUT, Message, message_of, offer_messages
from collector.dialects.parts import Part, media, part_of, parts_of
from collector.dialects.requested import offer_parameters
from collector.dialects.tools import DEFINITIONS, tool_definition
from collector.dialects.unflatten import Slot, Spread, Spreads
from collector.dialects.values import Json, Object, as_object, decoded, present

RERANK_INPUT = "gen_ai.rerank.input_documents"
EMBEDDING_INPUT = "gen_ai.embeddings.input"

MARKERS = (
    "openinference.span.kind",
    "llm.input_messages.",
    "llm.output_messages.",
    "retrieval.documents.",
    "reranker.input_documents.",
    "reranker.output_documents.",
)


def rewrite(span: Any, attributes: Attributes) -> None:
    """Gather the spread messages, tools, documents, embedding inputs and evaluations."""
    spreads = Spreads(attributes)
    _messages(attributes, spreads.under("llm.input_messages."), INPUT, "user")
    _messages(attributes, spreads.under("llm.output_messages."), OUTPUT, "assistant")
    _completions(attributes, spreads.under("llm.prompts."), "prompt.text", INPUT, "user")
    _completions(attributes, spreads.under("llm.choices."), "completion.text", OUTPUT, "assistant")
    _tools(attributes, spreads.under("llm.tools."))
    if attributes.text("openinference.span.kind").upper() == "RETRIEVER":
        attributes.offer(QUERY, query_of(attributes.get("input.value")))
    _documents(attributes, spreads.under("retrieval.documents."), DOCUMENTS)
    _documents(attributes, spreads.under("reranker.output_documents."), DOCUMENTS)
    _documents(attributes, spreads.under("reranker.input_documents."), RERANK_INPUT)
    _embedded_texts(attributes, spreads.under("embedding.embeddings."))
    for name in ("llm.invocation_parameters", "embedding.invocation_parameters"):
        offer_parameters(attributes, as_object(attributes.get(name)))
    _served_model(attributes)
    _identity(attributes)
    move_evaluations(span, attributes, spreads)


def _messages(attributes: Attributes, spread: Spread, key: str, role: str) -> None:
    if not spread:
        return
    read = [_message(slot, role) for slot in spread.slots]
    messages = [message for message in read if message is not None]
    if offer_messages(attributes, key, messages):
        attributes.remove(spread.used)


def _message(slot: Slot, role: str) -> Message | None:
    if len(slot) == 2 and (plain := _plain_message(slot)):
        return plain
    source: Object = {
        "role": slot.take_text("message.role").lower(),
        "content": slot.take("message.content"),
        "name": slot.take("message.name"),
        "tool_call_id": slot.take("message.tool_call_id"),
        "tool_calls": [_tool_call(call) for call in slot.slots("message.tool_calls.")],
    }
    if "message.function_call_name" in slot:
        source["function_call"] = {
            "name": slot.take("message.function_call_name"),
            "arguments": slot.take("message.function_call_arguments_json"),
        }
    blocks = [_block(block) for block in slot.slots("message.contents.")]
    if blocks:
        content = source["content"]
        source["content"] = [*([] if content is None else [content]), *blocks]
    if source["tool_calls"] and not source["role"]:
        role = "assistant"
    if source["tool_call_id"] and not source["role"]:
        role = "tool"
    return message_of(source, role)


def _plain_message(slot: Slot) -> Message | None:
    """Read a role and a text, which most messages are, in a quarter of the time."""
    role, content = slot.take_text("message.role").lower(), slot.take_text("message.content")
    if not role or role == "tool" or not content:
        return None
    return {"role": role, "parts": list(parts_of(content))}


def _tool_call(slot: Slot) -> Json:
    function: Object = {
        "name": slot.take("tool_call.function.name"),
        "arguments": slot.take("tool_call.function.arguments"),
    }
    signature = slot.take("tool_call.reasoning_signature")
    call: Object = {"id": slot.take("tool_call.id"), "function": function}
    return call | present(reasoning_signature=signature)


def _block(slot: Slot) -> Part:
    fields = slot.take_under("message_content.")
    kind = fields.pop("type", None) or "text"
    for modality in ("image", "audio", "video", "document"):
        url = fields.pop(f"{modality}.{modality}.url", None) or fields.pop(f"{modality}.url", None)
        if url is not None:
            mime_type = fields.pop(f"{modality}.mime_type", None)
            return media(modality, url, mime_type) | fields
    return part_of({"type": kind, **fields})


def _completions(attributes: Attributes, spread: Spread, suffix: str, key: str, role: str) -> None:
    texts = [slot.take(suffix) for slot in spread.slots]
    messages: list[Message] = [
        {"role": role, "parts": [{"type": "text", "content": text}]}
        for text in texts
        if isinstance(text, str)
    ]
    if len(messages) == len(texts) and offer_messages(attributes, key, messages):
        attributes.remove(spread.used)


def _tools(attributes: Attributes, spread: Spread) -> None:
    definitions: list[Json] = []
    for slot in spread.slots:
        told = present(name=slot.take("tool.name"), description=slot.take("tool.description"))
        schema = decoded(slot.take("tool.json_schema"))
        definition = tool_definition({**told, **schema} if isinstance(schema, dict) else told)
        if definition is None:
            return
        definitions.append(definition)
    if definitions and attributes.offer(DEFINITIONS, definitions):
        attributes.remove(spread.used)


def _documents(attributes: Attributes, spread: Spread, key: str) -> None:
    documents: list[Json] = []
    for slot in spread.slots:
        fields = slot.take_under("document.")
        if isinstance(fields.get("id"), int):
            fields["id"] = str(fields["id"])
        if "metadata" in fields:
            fields["metadata"] = decoded(fields["metadata"])
        if fields:
            documents.append(fields)
    if documents and attributes.offer(key, documents):
        attributes.remove(spread.used)


def _embedded_texts(attributes: Attributes, spread: Spread) -> None:
    """Gather the texts; vectors stay, they are no content and nobody reads them here."""
    texts = [slot.take("embedding.text") for slot in spread.slots]
    if any(isinstance(text, str) for text in texts) and attributes.offer(EMBEDDING_INPUT, texts):
        attributes.remove(spread.used)


def _served_model(attributes: Attributes) -> None:
    """Tell the model that answered from the one asked for: `llm.model_name` is written over with it."""
    served, requested = attributes.text("llm.model_name"), attributes.text("gen_ai.request.model")
    if served and requested and served != requested:
        attributes.offer("gen_ai.response.model", served)


def _identity(attributes: Attributes) -> None:
    metadata = as_object(attributes.get("metadata"))
    for name in ("session_id", "user_id"):
        value = metadata.get(name)
        if isinstance(value, str) and value:
            attributes.offer(name.replace("_", "."), value)
