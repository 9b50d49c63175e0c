"""Message parts in the OTel GenAI shape, from the content blocks of providers and SDKs.

The target is `gen-ai-input-messages.json` of the GenAI conventions: text, reasoning, tool_call,
tool_call_response, blob, file, uri, and generic parts with any `type`. What a block says beside
that stays on the part as an additional property, which the schema allows; nothing is dropped.
"""

from collections.abc import Callable

from collector.dialects.values import (
    Json,
    Object,
    as_object,
    as_text,
    decoded,
    first,
    present,
    without,
)

Part = Object
_MEDIA = ("image", "audio", "video", "document")


def text_part(content: str) -> Part:
    """Return a text part."""
    return {"type": "text", "content": content}


def tool_call(call_id: Json, name: Json, arguments: Json) -> Part:
    """Return a tool_call part; arguments given as JSON text become the object they encode."""
    return {"type": "tool_call"} | present(
        id=call_id or None, name=name, arguments=decoded(arguments)
    )


def tool_call_response(call_id: Json, response: Json) -> Part:
    """Return a tool_call_response part; the response stays as the tool gave it."""
    return {"type": "tool_call_response"} | present(id=call_id or None) | {"response": response}


def media(modality: str, url: Json, mime_type: Json = None) -> Part:
    """Return a blob part for a data: URL and a uri part for any other."""
    text = as_text(url)
    if text.startswith("data:") and ";base64," in text[:256]:
        head, _, content = text.partition(";base64,")
        mime_type = mime_type or head.removeprefix("data:") or None
        return {"type": "blob", "modality": modality} | present(
            mime_type=mime_type, content=content
        )
    return {"type": "uri", "modality": modality} | present(mime_type=mime_type, uri=url)


def parts_of(content: Json) -> list[Part]:
    """Return the parts that a message's `content` stands for, whatever its shape.

    Text that encodes a list of blocks (OpenLLMetry, Strands) is read as that list.
    """
    if content is None or content == "":
        return []
    if isinstance(content, str):
        blocks = decoded(content) if content.startswith("[") else None
        return parts_of(blocks) if is_blocks(blocks) else [text_part(content)]
    if isinstance(content, list):
        return [part_of(block) for block in content]
    return [part_of(content)]


def is_blocks(value: Json) -> bool:
    """Say whether a list reads as content blocks: objects each with a type or a known member."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(block, dict) and _reader(block) is not None for block in value)
    )


def part_of(block: Json) -> Part:
    """Return one content block as a part; what is not recognised becomes a generic part."""
    if isinstance(block, str):
        return text_part(block)
    if not isinstance(block, dict):
        return {"type": "json", "content": block}
    reader = _reader(block)
    part = reader(block) if reader else None
    return part or _generic(block)


def _generic(block: Object) -> Part:
    kind = block.get("type")
    return block if isinstance(kind, str) and kind else {"type": "json", "content": block}


def _reader(block: Object) -> Callable[[Object], Part | None] | None:
    kind = block.get("type")
    if isinstance(kind, str) and kind:
        return _BY_TYPE.get(kind, _generic)
    return next((reader for member, reader in _BY_MEMBER.items() if member in block), None)


def _text(block: Object) -> Part | None:
    content = first(block, "content", "text")
    if content is None and ("text" in block or "content" in block):
        content = ""
    if not isinstance(content, str):
        return None
    if block.get("thought") is True:
        return _extended({"type": "reasoning", "content": content}, block, "text", "thought")
    return _extended(text_part(content), block, "type", "content", "text")


def _reasoning(block: Object) -> Part:
    content = first(block, "content", "text", "thinking", "reasoning")
    names = ("type", "content", "text", "thinking", "reasoning")
    return _extended({"type": "reasoning", "content": content}, block, *names)


def _image_url(block: Object) -> Part | None:
    image = block.get("image_url")
    if isinstance(image, str):
        return _extended(media("image", image), block, "type", "image_url")
    if isinstance(image, dict) and isinstance(image.get("url"), str):
        part = media("image", image["url"]) | without(image, "url")
        return _extended(part, block, "type", "image_url")
    return None


def _input_audio(block: Object) -> Part | None:
    audio = as_object(block.get("input_audio"))
    if not isinstance(audio.get("data"), str):
        return None
    part = {"type": "blob", "modality": "audio"} | present(content=audio["data"])
    if audio.get("format"):
        part["mime_type"] = f"audio/{audio['format']}"
    return _extended(part, block, "type", "input_audio")


def _medium(block: Object) -> Part | None:
    """Read Anthropic's {source}, the AI SDK's {image, mimeType} and LangChain's {url, base64}."""
    modality = as_text(block.get("type"))
    source = block.get("source")
    source = source if isinstance(source, dict) else block
    names = ("type", "source", "mimeType", "mediaType", "media_type", "mime_type", "source_type")
    mime_type = first(source, "media_type", "mime_type", "mimeType", "mediaType")
    for name in ("data", "base64"):
        if isinstance(source.get(name), str):
            part: Part = {"type": "blob", "modality": modality}
            part |= present(mime_type=mime_type, content=source[name])
            return _extended(part, block, *names, name)
    url = first(source, "url", "image", "uri")
    if not isinstance(url, str):
        return None
    return _extended(media(modality, url, mime_type), block, *names, "url", "image", "uri")


def _file(block: Object) -> Part | None:
    inner = block.get("file")
    source = inner if isinstance(inner, dict) else block
    mime_type = first(source, "mime_type", "mimeType", "mediaType")
    rest = without(source, "type", "file", "mime_type", "mimeType", "mediaType")
    modality = as_text(mime_type).partition("/")[0]
    part: Part = {"type": "file", "modality": modality if modality in _MEDIA else "document"}
    data = first(source, "file_data", "data")
    if isinstance(source.get("file_id"), str):
        return part | present(mime_type=mime_type) | rest
    if isinstance(data, str) and data.startswith(("data:", "http:", "https:")):
        part = media(as_text(part["modality"]), data, mime_type)
    elif isinstance(data, str):
        part |= {"type": "blob"} | present(mime_type=mime_type, content=data)
    else:
        return None
    return part | without(rest, "file_data", "data")


def _tool_use(block: Object) -> Part:
    names = ("type", "id", "toolCallId", "toolUseId", "name", "toolName", "tool_call_id")
    part = tool_call(
        first(block, "id", "toolCallId", "toolUseId", "tool_call_id"),
        first(block, "name", "toolName"),
        first(block, "arguments", "input", "args"),
    )
    return _extended(part, block, *names, "arguments", "input", "args")


def _function_call(block: Object) -> Part:
    function = as_object(block.get("function"))
    part = tool_call(block.get("id"), function.get("name"), function.get("arguments"))
    part |= without(function, "name", "arguments")
    return _extended(part, block, "type", "id", "function")


def tool_call_of(call: Json) -> Part:
    """Return an entry of a `tool_calls` list: OpenAI's with `function`, or LangChain's flat."""
    call = decoded(call)
    if not isinstance(call, dict):
        return part_of(call)
    return _function_call(call) if isinstance(call.get("function"), dict) else _tool_use(call)


def _tool_result(block: Object) -> Part:
    ids = ("id", "tool_use_id", "toolCallId", "toolUseId", "tool_call_id", "call_id")
    results = ("response", "result", "output", "content")
    part = tool_call_response(first(block, *ids), first(block, *results))
    return _extended(part, block, "type", *ids, *results)


def _wrapped(member: str, reader: Callable[[Object], Part]) -> Callable[[Object], Part | None]:
    """Read blocks such as Gemini's {functionCall: {...}} or Bedrock's {toolUse: {...}}."""

    def read(block: Object) -> Part | None:
        inner = block.get(member)
        return _extended(reader(inner), block, member) if isinstance(inner, dict) else None

    return read


def _inline_data(data: Object) -> Part:
    mime_type = first(data, "mime_type", "mimeType")
    modality = as_text(mime_type).partition("/")[0]
    part: Part = {"type": "blob", "modality": modality if modality in _MEDIA else "document"}
    part |= present(mime_type=mime_type, content=data.get("data"))
    return _extended(part, data, "mime_type", "mimeType", "data")


def _file_data(data: Object) -> Part:
    mime_type = first(data, "mime_type", "mimeType")
    modality = as_text(mime_type).partition("/")[0]
    uri = first(data, "file_uri", "fileUri")
    part = media(modality if modality in _MEDIA else "document", uri, mime_type)
    return _extended(part, data, "mime_type", "mimeType", "file_uri", "fileUri")


def _extended(part: Part, block: Object, *used: str) -> Part:
    """Add what the reader did not use, without letting it overwrite what it did."""
    for name, value in without(block, *used).items():
        part.setdefault(name, value)
    return part


_BY_TYPE: dict[str, Callable[[Object], Part | None]] = {
    "text": _text,
    "input_text": _text,
    "output_text": _text,
    "reasoning": _reasoning,
    "thinking": _reasoning,
    "image_url": _image_url,
    "input_image": _image_url,
    "input_audio": _input_audio,
    "image": _medium,
    "audio": _medium,
    "video": _medium,
    "document": _medium,
    "file": _file,
    "tool_use": _tool_use,
    "tool-call": _tool_use,
    "tool_call": _tool_use,
    "function": _function_call,
    "tool_result": _tool_result,
    "tool-result": _tool_result,
    "tool_call_response": _tool_result,
}

# Gemini and Bedrock Converse name a block by its only member.
_BY_MEMBER: dict[str, Callable[[Object], Part | None]] = {
    "text": _text,
    "functionCall": _wrapped("functionCall", _tool_use),
    "function_call": _wrapped("function_call", _tool_use),
    "functionResponse": _wrapped("functionResponse", _tool_result),
    "function_response": _wrapped("function_response", _tool_result),
    "toolUse": _wrapped("toolUse", _tool_use),
    "toolResult": _wrapped("toolResult", _tool_result),
    "toolRequest": _wrapped("toolRequest", lambda call: _tool_use(_genkit(call))),
    "toolResponse": _wrapped("toolResponse", lambda call: _tool_result(_genkit(call))),
    "inline_data": _wrapped("inline_data", _inline_data),
    "inlineData": _wrapped("inlineData", _inline_data),
    "file_data": _wrapped("file_data", _file_data),
    "fileData": _wrapped("fileData", _file_data),
}


def _genkit(call: Object) -> Object:
    """Genkit calls a tool call's id `ref`."""
    return {"id": call.get("ref")} | without(call, "ref")
