"""Chat messages in the JSON shape of the OpenTelemetry GenAI conventions.

Messages are kept as JSON text: a turn is written once and then repeated in every
later request of its conversation, as chat applications do.
"""

from collections.abc import Iterable
from typing import Any

import orjson


def quote(text: str) -> str:
    """Return the text as a JSON string."""
    return orjson.dumps(text).decode()


def to_json(value: Any) -> str:
    """Any JSON value as compact text."""
    return orjson.dumps(value).decode()


def text_part(text: str) -> str:
    """Return a message part of plain text."""
    return f'{{"type":"text","content":{quote(text)}}}'


def text_message(role: str, text: str) -> str:
    """Return a message of one text part."""
    return f'{{"role":"{role}","parts":[{text_part(text)}]}}'


def tool_call_message(call_id: str, name: str, arguments: dict[str, Any]) -> str:
    """Return what the model says to have a tool called."""
    part = {"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}
    return to_json({"role": "assistant", "parts": [part]})


def tool_result_message(call_id: str, result: dict[str, Any]) -> str:
    """Return what the tool gave back, for the model to read."""
    part = {"type": "tool_call_response", "id": call_id, "response": result}
    return to_json({"role": "tool", "parts": [part]})


def array(items: Iterable[str]) -> str:
    """Return a JSON array of values that are JSON text already."""
    return f"[{','.join(items)}]"


def output_message(message: str, finish_reason: str) -> str:
    """Return the array of one answer message with its finish reason."""
    return f'[{message[:-1]},"finish_reason":"{finish_reason}"}}]'
