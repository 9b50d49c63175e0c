"""Pydantic AI and Logfire: a whole conversation as one JSON list.

Instrumentation version 1 keeps message events in `events` and `all_messages_events`, later ones
GenAI messages in `pydantic_ai.all_messages`. Logfire's OpenAI integration keeps the request and
the response as `request_data` and `response_data`.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.events import Conversation
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    Message,
    completion_of,
    messages_of,
    offer_messages,
)
from collector.dialects.requested import offer_parameters
from collector.dialects.tools import DEFINITIONS, tool_definitions
from collector.dialects.usage import usage_of
from collector.dialects.values import Json, as_list, as_object, as_text, without

MARKERS = (
    "pydantic_ai.all_messages",
    "all_messages_events",
    "model_request_parameters",
    "logfire.msg_template",
)


def rewrite(_span: Any, attributes: Attributes) -> None:
    """Gather messages and tools out of the JSON lists and objects."""
    for key in ("events", "all_messages_events"):
        _events(attributes, key)
    _all_messages(attributes)
    if attributes.is_empty(DEFINITIONS):
        _tools(attributes)
    _request(attributes)
    _response(attributes)


def _events(attributes: Attributes, key: str) -> None:
    """Read a list of objects with `event.name`, each a message event of before 1.37."""
    events = as_list(attributes.get(key))
    conversation = Conversation()
    for event in events:
        if not isinstance(event, dict):
            return
        body = without(event, "event.name", "gen_ai.message.index")
        if not conversation.add(as_text(event.get("event.name")), body):
            return
    if events and conversation.offer(attributes):
        attributes.remove((key,))


def _all_messages(attributes: Attributes) -> None:
    """Split a run's history: what the agent said last is its output."""
    messages = messages_of(attributes.get("pydantic_ai.all_messages"))
    if not messages:
        return
    last: list[Message] = messages[-1:] if messages[-1]["role"] == "assistant" else []
    before = messages[: len(messages) - len(last)]
    taken = not before or offer_messages(attributes, INPUT, before)
    if taken and (not last or offer_messages(attributes, OUTPUT, last)):
        attributes.remove(("pydantic_ai.all_messages",))


def _tools(attributes: Attributes) -> None:
    """Read the tools offered; the parameters say more than that and stay."""
    parameters = as_object(attributes.get("model_request_parameters"))
    tools = [*as_list(parameters.get("function_tools")), *as_list(parameters.get("output_tools"))]
    attributes.offer(DEFINITIONS, tool_definitions(tools))


def _request(attributes: Attributes) -> None:
    request = as_object(attributes.get("request_data"))
    used = []
    for name in ("messages", "input"):
        if offer_messages(attributes, INPUT, messages_of(_chat(request.get(name)))):
            used.append(name)
            break
    definitions = tool_definitions(request.get("tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        used.append("tools")
    if used:
        offer_parameters(attributes, request)
        attributes.keep_rest("request_data", without(request, *used))


def _response(attributes: Attributes) -> None:
    response = as_object(attributes.get("response_data"))
    completion = completion_of(response) if response else None
    if completion is None or not offer_messages(attributes, OUTPUT, completion[0]):
        return
    usage = response.get("usage")
    if isinstance(usage, dict):
        usage_of(usage).offer(attributes)
    attributes.keep_rest("response_data", completion[1])


def _chat(value: Json) -> Json:
    """Only a list is a conversation; a text alone stays the payload it is."""
    return value if isinstance(value, list) else None
