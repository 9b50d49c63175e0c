"""Older OpenLLMetry: messages as numbered attributes, retrieved rows as span events.

`gen_ai.prompt.N.*` and `gen_ai.completion.N.*` are also what Laminar, AgentOps and older LiteLLM
send. From semconv-ai 0.5 on it writes `gen_ai.input.messages` itself and nothing here applies.
`gen_ai.prompt.name`, `.version` and `.variable.*` share the prefix and mean something else.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.documents import DOCUMENTS
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    Message,
    message_of,
    offer_finish_reasons,
    offer_messages,
)
from collector.dialects.tools import DEFINITIONS, tool_definition
from collector.dialects.unflatten import Slot, Spread, Spreads
from collector.dialects.values import Json, Object, decoded, present

# Numbered: `gen_ai.prompt.name` and its like are GenAI attributes of today.
MARKERS = (
    *(f"gen_ai.prompt.{digit}" for digit in range(10)),
    *(f"gen_ai.completion.{digit}" for digit in range(10)),
    "llm.request.functions.",
)
EVENTS = frozenset({"db.query.result", "db.search.result"})


def rewrite(span: Any, attributes: Attributes) -> None:
    """Gather the spread messages and tools, and the documents told by events."""
    spreads = Spreads(attributes)
    _messages(attributes, spreads.under("gen_ai.prompt."), INPUT, "user")
    _messages(attributes, spreads.under("gen_ai.completion."), OUTPUT, "assistant")
    _tools(attributes, spreads.under("llm.request.functions."))
    _documents(span, attributes)


def _messages(attributes: Attributes, spread: Spread, key: str, role: str) -> None:
    if not spread:
        return
    read = [_message(slot, role) for slot in spread.slots]
    messages = [message for message in read if message is not None]
    if not offer_messages(attributes, key, messages):
        return
    attributes.remove(spread.used)
    if key == OUTPUT:
        offer_finish_reasons(attributes, messages)


def _message(slot: Slot, role: str) -> Message | None:
    source: Object = {
        "role": slot.take_text("role"),
        "content": slot.take("content"),
        "name": slot.take("name"),
        "tool_call_id": slot.take("tool_call_id"),
        "reasoning": slot.take("reasoning", "reasoning_content"),
        "tool_calls": [_tool_call(call) for call in slot.slots("tool_calls.")],
        "finish_reason": slot.take("finish_reason"),
    }
    if "function_call.name" in slot:
        source["function_call"] = {
            "name": slot.take("function_call.name"),
            "arguments": slot.take("function_call.arguments"),
        }
    return message_of(source, "assistant" if source["tool_calls"] else role)


def _tool_call(slot: Slot) -> Json:
    return {
        "id": slot.take("id"),
        "name": slot.take("name", "function.name"),
        "arguments": slot.take("arguments", "function.arguments"),
    }


def _tools(attributes: Attributes, spread: Spread) -> None:
    definitions: list[Json] = []
    for slot in spread.slots:
        told = present(
            name=slot.take("name"),
            description=slot.take("description"),
            parameters=slot.take("parameters", "input_schema", "arguments"),
        )
        definition = tool_definition(told)
        if definition is None:
            return
        definitions.append(definition)
    if definitions and attributes.offer(DEFINITIONS, definitions):
        attributes.remove(spread.used)


def _documents(span: Any, attributes: Attributes) -> None:
    """Read one document an event, in the order of the events, which is the rank."""
    found = [(index, e) for index, e in enumerate(span.events) if e.name in EVENTS]
    documents: list[Json] = [_document(event) for _, event in found]
    if not documents or not all(documents) or not attributes.offer(DOCUMENTS, documents):
        return
    for index, _ in reversed(found):
        del span.events[index]
    attributes.changed = True


def _document(event: Any) -> Object:
    fields = Attributes(event.attributes)
    prefix = event.name + "."
    if any(not key.startswith(prefix) for key in fields):
        return {}
    document: Object = {key.removeprefix(prefix): fields.get(key) for key in fields}
    content = document.pop("document", None)
    if content is not None:
        document["content"] = content
    if "metadata" in document:
        document["metadata"] = decoded(document["metadata"])
    if isinstance(document.get("id"), int):
        document["id"] = str(document["id"])
    return document
