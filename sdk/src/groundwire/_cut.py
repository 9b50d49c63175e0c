"""Very large texts: cut before they are sent, with a note of how long they were.

Most are pictures or files inside of messages, so JSON is cut string by string and stays JSON.
"""

import json
from typing import Any, Final

from groundwire._masks import strings_of

LONGEST_TEXT: Final = 1024 * 1024
_LONGEST_INSIDE: Final = 64 * 1024


def cut_spans(request: Any) -> None:
    """Cut the texts of an ExportTraceServiceRequest that are longer than `LONGEST_TEXT` characters."""
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                _cut_attributes(span.attributes)
                for event in span.events:
                    _cut_attributes(event.attributes)


def _cut_attributes(attributes: Any) -> None:
    for value in strings_of(entry.value for entry in attributes):
        if len(value.string_value) > LONGEST_TEXT:
            value.string_value = cut(value.string_value)


def cut(text: str) -> str:
    """Return text of at most about `LONGEST_TEXT` characters."""
    if len(text) <= LONGEST_TEXT:
        return text
    if text[:1] in {"{", "["}:
        try:
            decoded = json.loads(text)
        except (ValueError, RecursionError):
            return _shortened(text, LONGEST_TEXT)
        smaller = json.dumps(_inside(decoded), ensure_ascii=False, separators=(",", ":"))
        if len(smaller) <= LONGEST_TEXT:
            return smaller
    return _shortened(text, LONGEST_TEXT)


def _inside(value: Any) -> Any:
    if isinstance(value, str):
        return _shortened(value, _LONGEST_INSIDE)
    if isinstance(value, list):
        return [_inside(one) for one in value]
    if isinstance(value, dict):
        return {key: _inside(one) for key, one in value.items()}
    return value


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… [cut: {len(text)} characters]"
