"""Chat messages in the OTel GenAI shape: {role, parts, name?, finish_reason?}.

Read are the message shapes of OpenAI, Anthropic, Gemini, Bedrock, the AI SDK, LangChain (plain
and serialised) and the GenAI conventions themselves, for dialects carry any of them.
"""

from collector.dialects.attributes import Attributes
from collector.dialects.parts import (
    Part,
    part_of,
    parts_of,
    tool_call,
    tool_call_of,
    tool_call_response,
)
from collector.dialects.values import Json, Object, as_list, as_text, decoded, first, without

INPUT = "gen_ai.input.messages"
OUTPUT = "gen_ai.output.messages"
SYSTEM = "gen_ai.system_instructions"
FINISH_REASONS = "gen_ai.response.finish_reasons"

Message = Object

_RESPONSES_ITEMS = frozenset({"function_call", "function_call_output"})

# LangChain's message types and Gemini's name of the assistant.
_ROLES = {
    "human": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "model": "assistant",
    "function": "tool",
}
_ROLE_NAMES = frozenset({"system", "developer", "user", "assistant", "tool", *_ROLES})
_CONTENT = ("parts", "content", "tool_calls", "toolCalls", "function_call", "contents")
_REASONS = ("finish_reason", "finishReason", "stopReason", "stop_reason")
_USED = (
    "role",
    "type",
    *_CONTENT,
    "tool_call_id",
    "toolCallId",
    "name",
    "finish_reason",
    "reasoning_content",
    "reasoning",
)


def message_of(value: Json, default_role: str = "") -> Message | None:
    """Return `value` as a message; None if it does not read as one.

    `default_role` is the role of a message that tells none.
    """
    source = _unwrapped(decoded(value))
    if source is None:
        return None
    if as_text(source.get("type")) in _RESPONSES_ITEMS:
        return _responses_item(source)
    role = _role(source) or default_role
    if not role or not any(name in source for name in _CONTENT):
        return None
    message: Message = {"role": role, "parts": list(_parts(source, role))}
    for name in ("name", "finish_reason"):
        if source.get(name):
            message[name] = source[name]
    for name, rest in without(source, *_USED).items():
        message.setdefault(name, rest)
    return message


def messages_of(value: Json, default_role: str = "") -> list[Message] | None:
    """Return a list of messages, or one alone; None if any element does not read as a message.

    LangChain wraps the list of a call in the list of a batch: a list of one list is that list.
    """
    value = decoded(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list) or not value:
        return None
    if len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    messages = [message_of(item, default_role) for item in value]
    read = [message for message in messages if message is not None]
    return read if read and len(read) == len(messages) else None


def completion_of(value: Json) -> tuple[list[Message], Object] | None:
    """Return the messages of what a model call gave back, and what it said beside them.

    Read are OpenAI's `choices`, Gemini's `candidates`, LangChain's `generations`, Bedrock's
    `output.message`, Anthropic's message response, and plain messages; `assistant` stands for a
    missing role. None if it reads as none of them.
    """
    value = decoded(value)
    if not isinstance(value, dict):
        messages = messages_of(value)
        return (messages, {}) if messages else None
    for name in ("choices", "candidates", "generations"):
        if value.get(name):
            messages = _choices(as_list(value[name]))
            return (messages, without(value, name)) if messages else None
    for name in ("message", "messages"):
        if isinstance(value.get(name), (dict, list)):
            messages = messages_of(value[name], "assistant")
            return (messages, without(value, name)) if messages else None
    return _response(value)


def offer_messages(attributes: Attributes, key: str, messages: list[Message] | None) -> bool:
    """Give `key` the messages unless it holds some; True if it then means these.

    Messages another emitter wrote there count as the same when roles and parts agree.
    """
    if not messages:
        return False
    if attributes.offer(key, list(messages)):
        return True
    standing = messages_of(attributes.json(key))
    return standing is not None and _essence(standing) == _essence(messages)


def offer_finish_reasons(attributes: Attributes, messages: list[Message]) -> None:
    """Set the finish reasons, a JSON list, from the messages that tell one."""
    reasons = [reason for m in messages if (reason := as_text(m.get("finish_reason")))]
    if reasons:
        attributes.offer(FINISH_REASONS, list(reasons))


def _essence(messages: list[Message]) -> list[tuple[Json, Json]]:
    return [(message["role"], message["parts"]) for message in messages]


def _response(value: Object) -> tuple[list[Message], Object] | None:
    """Read a response that is its message (Anthropic) or wraps it once (Bedrock)."""
    wrapped = value.get("output")
    if isinstance(wrapped, dict) and isinstance(wrapped.get("message"), dict):
        message = _choice({**without(value, "output"), "message": wrapped["message"]})
        return ([message], {}) if message else None
    if value.get("type") == "message" and "usage" in value:
        inner = {name: value.get(name) for name in ("role", "content")}
        message = message_of(inner, "assistant")
        if message and value.get("stop_reason"):
            message["finish_reason"] = value["stop_reason"]
        return ([message], without(value, *inner, "stop_reason", "type")) if message else None
    if isinstance(value.get("role"), str) or _is_serialised(value):
        messages = messages_of(value)
        return (messages, {}) if messages else None
    return None


def _choices(choices: list[Json]) -> list[Message] | None:
    if len(choices) == 1 and isinstance(choices[0], list):
        choices = choices[0]
    read = [_choice(choice) for choice in choices]
    messages = [message for message in read if message is not None]
    return messages if messages and len(messages) == len(read) else None


def _choice(choice: Json) -> Message | None:
    """Read one alternative: its message with the reason it ended, and what else it says."""
    if not isinstance(choice, dict):
        return None
    inner = first(choice, "message", "content")
    if isinstance(inner, str):
        inner = {"content": inner}
    if inner is None and isinstance(choice.get("text"), str):
        inner = {"content": choice["text"]}
    message = message_of(inner, "assistant")
    if message is None:
        return None
    generation = choice.get("generation_info")
    generation = generation if isinstance(generation, dict) else {}
    reason = first(choice, *_REASONS) or first(generation, *_REASONS)
    if reason:
        message.setdefault("finish_reason", reason)
    for name, rest in without(choice, "message", "content", "text", "type", *_REASONS).items():
        if name != "index":
            message.setdefault(name, rest)
    return message


def _responses_item(item: Object) -> Message:
    """Read an item of OpenAI's Responses API that stands beside messages in its lists."""
    call_id = first(item, "call_id", "id")
    rest = without(item, "type", "call_id", "id", "name", "arguments", "output")
    if item["type"] == "function_call":
        part = tool_call(call_id, item.get("name"), item.get("arguments"))
        return {"role": "assistant", "parts": [part | rest]}
    return {"role": "tool", "parts": [tool_call_response(call_id, item.get("output")) | rest]}


def _is_serialised(value: Object) -> bool:
    return "lc" in value and isinstance(value.get("kwargs"), dict)


def _unwrapped(value: Json) -> Object | None:
    """Return a message's own members: LangChain serialises them below `kwargs` or `data`."""
    if not isinstance(value, dict):
        return None
    if _is_serialised(value):
        names = as_list(value.get("id")) or [""]
        kwargs = value["kwargs"]
        kind = as_text(names[-1]).removesuffix("Chunk").removesuffix("Message").lower()
        return {"type": kind, **kwargs} if isinstance(kwargs, dict) else None
    data = value.get("data")
    if "role" not in value and isinstance(data, dict) and isinstance(value.get("type"), str):
        return {"type": value["type"], **data}
    return value


def _role(source: Object) -> str:
    role = as_text(source.get("role"))
    kind = as_text(source.get("type"))
    if not role and kind in _ROLE_NAMES:
        role = kind
    return _ROLES.get(role, role)


def _parts(source: Object, role: str) -> list[Part]:
    parts: list[Part] = []
    reasoning = first(source, "reasoning_content", "reasoning")
    if reasoning is not None:
        parts.append({"type": "reasoning", "content": reasoning})
    content = first(source, "parts", "content", "contents")
    if role == "tool" and not _has_responses(content):
        call_id = first(source, "tool_call_id", "toolCallId")
        parts.append(tool_call_response(call_id, content))
    else:
        parts += parts_of(content)
    return parts + _calls(source, parts)


def _calls(source: Object, parts: list[Part]) -> list[Part]:
    """Read the calls told beside the content, but for those the content tells as well.

    Anthropic through LangChain does: a block and an entry of `tool_calls` for each call.
    """
    known = [part.get("id") for part in parts if part.get("type") == "tool_call"]
    calls = decoded(first(source, "tool_calls", "toolCalls"))
    entries = calls if isinstance(calls, list) else [calls] if calls else []
    found = [tool_call_of(call) for call in entries]
    function = decoded(source.get("function_call"))
    if isinstance(function, dict):
        found.append(tool_call(None, function.get("name"), function.get("arguments")))
    elif function:
        found.append(part_of(function))
    return [part for part in found if part.get("id") is None or part["id"] not in known]


def _has_responses(content: Json) -> bool:
    """Say whether a tool message's content already consists of response blocks."""
    blocks = content if isinstance(content, list) else []
    return any(
        isinstance(block, dict) and part_of(block).get("type") == "tool_call_response"
        for block in blocks
    )
