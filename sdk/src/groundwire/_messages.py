"""Chat messages in the shape of the GenAI conventions (gen-ai-input-messages.json), from the shapes apps have."""

import contextlib
import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any, Final

from groundwire._capture import LONGEST_TEXT, encodable, json_of, shortened, text_of

Json = dict[str, Any]
_MOST_ODD: Final = 30


def messages_json(given: Any, role: str) -> str:
    """Return messages as the JSON of the conventions; text alone is one message of that role.

    Most messages of a history are a role and texts: those are written straight away, in half the time.
    """
    if type(given) is str:
        return encodable(f"[{_written(role, [given])}]")
    if type(given) is list:
        written = _one_by_one(given, role)
        if written is not None:
            return encodable(f"[{written}]")
    return json_of(messages_of(given, role))


def _one_by_one(messages: list[Any], role: str) -> str | None:
    """Return the messages as JSON, without the brackets; None where too many hold more than texts.

    Each of these may cost as much as `json_of` allows one value, so there must not be any number of them.
    """
    written = []
    left = _MOST_ODD
    for message in messages:
        texts = _texts_of(message)
        if texts is not None:
            written.append(_written(message["role"], texts))
        elif left:
            left -= 1
            written.append(json_of(_message(message, role)))
        else:
            return None
    return ",".join(written)


def _texts_of(message: Any) -> list[str] | None:
    """Return the texts of a message of a role and texts alone, as OpenAI's client or the conventions write it."""
    if type(message) is not dict or len(message) != 2 or type(message.get("role")) is not str:
        return None
    content = message.get("content")
    if type(content) is str:
        return [content] if message["role"] != "tool" else None
    parts = message.get("parts")
    if type(parts) is not list:
        return None
    texts = []
    for part in parts:
        if type(part) is not dict or len(part) != 2 or part.get("type") != "text":
            return None
        text = part.get("content")
        if type(text) is not str:
            return None
        texts.append(text)
    return texts


def _written(role: str, texts: list[str]) -> str:
    parts = ",".join([_written_part(text) for text in texts])
    return f'{{"role":{encode_basestring(role)},"parts":[{parts}]}}'


def _written_part(text: str) -> str:
    content = encode_basestring(text if len(text) <= LONGEST_TEXT else shortened(text))
    return f'{{"type":"text","content":{content}}}'


def messages_of(given: Any, role: str) -> list[Json]:
    """Return messages; text alone is one message of that role."""
    if type(given) is not list and (
        isinstance(given, str | Mapping) or not isinstance(given, Iterable)
    ):
        given = [given]
    return [_message(one, role) for one in given]


def _message(given: Any, role: str) -> Json:
    given = _plain(given)
    if not isinstance(given, dict):
        return {"role": role, "parts": [_text(given)]}
    if isinstance(given.get("parts"), list):
        return given
    role = str(given.get("role") or role)
    if role == "tool" or "tool_call_id" in given:
        response = {"type": "tool_call_response", "response": given.get("content")}
        return {"role": "tool", "parts": [{**response, "id": given.get("tool_call_id")}]}
    parts = _parts(given.get("content")) + [
        _tool_call(one) for one in given.get("tool_calls") or ()
    ]
    message: Json = {"role": role, "parts": parts}
    if given.get("finish_reason"):
        message["finish_reason"] = given["finish_reason"]
    return message


def _parts(content: Any) -> list[Json]:
    if content is None:
        return []
    if isinstance(content, list):
        return [_part(_plain(block)) for block in content]
    return [_text(content)]


def _part(block: Any) -> Json:
    if not isinstance(block, dict):
        return _text(block)
    if isinstance(block.get("text"), str):
        return _text(block["text"])
    image = block.get("image_url")
    if image is not None:
        url = image.get("url") if isinstance(image, dict) else image
        return {"type": "uri", "modality": "image", "uri": url}
    return block if isinstance(block.get("type"), str) else {"type": "json", "content": block}


def _tool_call(given: Any) -> Json:
    call = _plain(given)
    if not isinstance(call, dict):
        return _text(call)
    function = call["function"] if isinstance(call.get("function"), dict) else call
    arguments = function.get("arguments", function.get("input"))
    if isinstance(arguments, str):
        # A model may well write arguments that are no JSON; they are shown as they are.
        with contextlib.suppress(ValueError):
            arguments = json.loads(arguments)
    part = {"type": "tool_call", "name": function.get("name"), "arguments": arguments}
    return {**part, "id": call["id"]} if call.get("id") else part


def _text(content: Any) -> Json:
    return {"type": "text", "content": text_of(content)}


def _plain(given: Any) -> Any:
    """Return the dictionary that a message object of a client library stands for."""
    if type(given) is dict or type(given) is str:
        return given
    if isinstance(given, Mapping):
        return dict(given)
    dump = getattr(given, "model_dump", None)
    return dump(mode="json", exclude_none=True) if callable(dump) else given


def documents_of(given: Iterable[Any]) -> list[Json]:
    """Return documents as `gen_ai.retrieval.documents` has them, from text, dictionaries or a library's objects.

    A pair is a document and its score, as LangChain's `similarity_search_with_score` gives them.
    """
    return [_document(one) for one in given]


def _document(given: Any) -> Json:
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], int | float):
        return {**_document(given[0]), "score": given[1]}
    if isinstance(given, str):
        return {"content": given}
    if isinstance(given, Mapping):
        return _renamed(dict(given))
    found = {
        name: getattr(given, name)
        for name in ("id", "score", "content", "page_content", "text", "title", "metadata")
        if getattr(given, name, None) is not None and not callable(getattr(given, name))
    }
    return _renamed(found) if found else {"content": str(given)}


def _renamed(document: Json) -> Json:
    for name in ("page_content", "text"):
        if name in document and "content" not in document:
            document["content"] = document.pop(name)
    return document
