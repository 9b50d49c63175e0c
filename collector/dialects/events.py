"""Content that the GenAI conventions once put, or may put, into events and log records.

Before 1.37 each message was an event: gen_ai.{system,user,assistant,tool}.message and
gen_ai.choice, on the span or as a log record. Before 1.28 there were gen_ai.content.prompt and
.completion. Today `gen_ai.client.inference.operation.details` may carry what the span does not.
"""

from typing import Any

from collector.dialects.attributes import Attributes, plain
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    Message,
    completion_of,
    message_of,
    messages_of,
    offer_finish_reasons,
    offer_messages,
)
from collector.dialects.values import Json, Object, as_object, decoded, first, without

DETAILS = "gen_ai.client.inference.operation.details"
CHOICE_INDEX = "gen_ai.choice.index"

_ROLES = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE = "gen_ai.choice"
_CONTENT = {
    "gen_ai.content.prompt": ("gen_ai.prompt", INPUT, "user"),
    "gen_ai.content.completion": ("gen_ai.completion", OUTPUT, "assistant"),
}

# What an event says of its span rather than of its message.
_ASIDES = ("gen_ai.event.content", "gen_ai.system", "gen_ai.provider.name", "event.name")

# The attributes of ≤1.27 on the span itself: key, then the tag of its value in protobuf, for
# `gen_ai.prompt.name` and numbered prompts are other things.
MARKERS = ("gen_ai.prompt\x12", "gen_ai.completion\x12")
EVENTS = frozenset({DETAILS, _CHOICE, *_ROLES, *_CONTENT})
RECORDS = frozenset({_CHOICE, *_ROLES})


class Conversation:
    """The messages that a run of message events tells, in order."""

    def __init__(self) -> None:
        self.input: list[Message] = []
        self.output: list[Message] = []

    def add(self, name: str, body: Object) -> bool:
        """Add the message of one event; False if it does not read as one."""
        message = event_message(name, body)
        if message is None:
            return False
        (self.output if name == _CHOICE else self.input).append(message)
        return True

    def offer(self, attributes: Attributes) -> bool:
        """Set the messages on the span; True if it now tells them all."""
        taken = not self.input or offer_messages(attributes, INPUT, self.input)
        if self.output:
            offer_finish_reasons(attributes, self.output)
            taken = offer_messages(attributes, OUTPUT, self.output) and taken
        return taken and bool(self.input or self.output)


def event_message(name: str, body: Object) -> Message | None:
    """Return the message of an event named `name` with this body; None if it tells none."""
    if name == _CHOICE:
        return _choice(body)
    role = _ROLES.get(name)
    if role is None:
        return None
    # A tool's answer names its call by `id`.
    call_id = {"tool_call_id": first(body, "tool_call_id", "id")} if role == "tool" else {}
    source = without(body, "id") if role == "tool" else body
    return message_of({**source, "role": body.get("role") or role, **call_id}, role)


def rewrite(span: Any, attributes: Attributes) -> None:
    """Move what the span's events tell onto the span; an event told in full is taken out."""
    done = _lift_details(span, attributes)
    conversation = Conversation()
    told = []
    for index, event in enumerate(span.events):
        if event.name in RECORDS and conversation.add(event.name, _event_body(event)):
            told.append(index)
    if conversation.offer(attributes):
        done += told
    done += _legacy_content(span, attributes)
    for index in sorted(done, reverse=True):
        del span.events[index]
        attributes.changed = True


def rewrite_record(record: Any, name: str, attributes: Attributes) -> None:
    """Set the one message of a message event that came as a log record; its body is then spare."""
    body = decoded(_body(record))
    if not isinstance(body, dict):
        return
    message = event_message(name, body)
    key = OUTPUT if name == _CHOICE else INPUT
    if message is None or not offer_messages(attributes, key, [message]):
        return
    if name == _CHOICE:
        index = body.get("index")
        attributes.offer(CHOICE_INDEX, index if isinstance(index, int) else 0)
        offer_finish_reasons(attributes, [message])
    record.ClearField("body")
    attributes.changed = True


def _body(record: Any) -> Json:
    return plain(record.body)


def _choice(body: Object) -> Message | None:
    """Read {index, finish_reason, message: {...}}, or the same without the inner object."""
    inner = decoded(body.get("message"))
    if isinstance(inner, str):
        inner = {"content": inner}
    outer = without(body, "message", "index", "finish_reason")
    source = {**outer, **inner} if isinstance(inner, dict) else outer
    if "tool_calls" not in source and "content" not in source:
        source["content"] = None
    message = message_of({**source, "role": source.get("role") or "assistant"}, "assistant")
    if message is not None and body.get("finish_reason"):
        message["finish_reason"] = body["finish_reason"]
    return message


def _event_body(event: Any) -> Object:
    """Return what an event tells: its attributes, or their JSON form in one of them (Azure)."""
    fields = Attributes(event.attributes)
    nested = as_object(fields.get("gen_ai.event.content"))
    own = {key: fields.get(key) for key in fields if key not in _ASIDES}
    for key in ("tool_calls", "message"):
        if key in own:
            own[key] = decoded(own[key])
    return {**own, **nested}


def _lift_details(span: Any, attributes: Attributes) -> list[int]:
    """Give the span what the details event says; return the events that say nothing more."""
    done = []
    for index, event in enumerate(span.events):
        if event.name != DETAILS:
            continue
        fields = Attributes(event.attributes)
        # A list, for all must be offered.
        settled = [attributes.offer(key, fields.get(key)) for key in fields]
        if all(settled):
            done.append(index)
    return done


def _legacy_content(span: Any, attributes: Attributes) -> list[int]:
    done = []
    for index, event in enumerate(span.events):
        if event.name not in _CONTENT:
            continue
        attribute, key, role = _CONTENT[event.name]
        fields = Attributes(event.attributes)
        messages = _legacy_messages(fields.get(attribute), role)
        spare = all(name == attribute or name in _ASIDES for name in fields)
        if offer_messages(attributes, key, messages) and spare:
            done.append(index)
    for attribute, key, _ in _CONTENT.values():
        value = decoded(attributes.get(attribute))
        messages = messages_of(value) if isinstance(value, list) else None
        if offer_messages(attributes, key, messages):
            attributes.remove((attribute,))
    return done


def _legacy_messages(value: Json, role: str) -> list[Message] | None:
    value = decoded(value)
    if isinstance(value, str) and value:
        return [{"role": role, "parts": [{"type": "text", "content": value}]}]
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        return messages_of(value["messages"]) if len(value) == 1 else None
    if role == "assistant" and isinstance(value, dict):
        completion = completion_of(value)
        return completion[0] if completion and not completion[1] else None
    return messages_of(value, role)
