"""The policies `hashed` and `none`: text leaves only where it is known to be no content (`_kept`).

Under `hashed` a text becomes its SHA-256 and its length, in the same place of the same structure, so
that equal texts stay equal and the server still shows roles and turns. Under `none` it is left out.
"""

import hashlib
import hmac
import json
from abc import abstractmethod
from typing import Any, Final

from groundwire._kept import (
    CONTENT_NUMBERS,
    DOCUMENTS,
    KEPT,
    MESSAGES,
    PERSONAL,
    SPREAD,
    TOOLS,
    is_identifier,
    is_key,
    is_label,
)
from groundwire._masks import Mask, plain

_MOST_NUMBERS: Final = 16  # more are a vector, and a text can be guessed from its embedding
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HTTP"})
_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "model", "tool", "function"})
_KEPT_OF_PARTS: Final = ("id", "name", "modality", "mime_type", "byte_size")
_WITHHELD_OF_PARTS: Final = ("content", "arguments", "response", "result", "uri", "file_id")


class Withheld(Mask):
    """Takes out every text that is not known to be no content."""

    @abstractmethod
    def stand_in(self, text: str) -> str | None:
        """Return what is sent in a text's place; None for nothing."""

    @abstractmethod
    def structure(self, value: Any, key: str) -> str | None:
        """Return what is sent for messages, documents or tools; None for nothing."""

    # ------------------------------------------------------------- names

    def text(self, text: str) -> str:
        """Withhold free text."""
        return (self.stand_in(text) or "") if text else ""

    def label(self, text: str) -> str:
        """Keep a name that is one word as code has it, or a version."""
        return text if not text or is_identifier(text) or _is_version(text) else self.text(text)

    def trace_state(self, state: str) -> str:  # noqa: ARG002 - none of it is known to be no content
        """Leave out what other vendors say."""
        return ""

    def span_name(self, name: str, attributes: Any) -> str:
        """Keep one word, or an operation and a name that the span's own kept attributes hold."""
        first, _, rest = name.partition(" ")
        if not rest:
            return self.label(name)
        if is_identifier(first) or first in _METHODS:
            for entry in attributes:
                if entry.value.string_value == rest and entry.key in KEPT:
                    return name
        return f"{first} …" if first in _METHODS else (self.stand_in(name) or "span")

    # ------------------------------------------------------------- attributes

    def attributes(self, attributes: Any) -> None:
        """Keep, replace or leave out each attribute."""
        dropped = [index for index, entry in enumerate(attributes) if not self._keeps(entry)]
        for index in reversed(dropped):
            del attributes[index]

    def _keeps(self, entry: Any) -> bool:
        """Mask an attribute; False where nothing of it is sent."""
        key, value = entry.key, entry.value
        kind = value.WhichOneof("value")
        if not is_key(key):
            key = entry.key = self.text(key) or "withheld"
        if kind in {"string_value", "bytes_value"}:
            return self._replace(value, self._string(key, plain(value)))
        if kind in {"array_value", "kvlist_value"}:
            return self._compound(key, value)
        if kind in {"int_value", "double_value"} and CONTENT_NUMBERS.match(key):
            return self._replace(value, self.stand_in(str(plain(value))))
        return True

    @staticmethod
    def _replace(value: Any, text: str | None) -> bool:
        if text is None:
            return False
        value.string_value = text
        return True

    def _string(self, key: str, text: str) -> str | None:
        if not text:
            return text
        if key in MESSAGES or key in {DOCUMENTS, TOOLS}:
            return self.structure(_decoded(text), key)
        if self._is_kept(key, text):
            return text
        if key == "gen_ai.evaluation.score.label" and is_identifier(text):
            return text
        return self.stand_in(text)

    @staticmethod
    def _is_kept(key: str, text: str) -> bool:
        if not is_label(text) or not (key in KEPT or SPREAD.fullmatch(key)):
            return False
        return not (key in PERSONAL and ("@" in text or " " in text))

    def _compound(self, key: str, value: Any) -> bool:
        if key in MESSAGES or key in {DOCUMENTS, TOOLS}:
            return self._replace(value, self.structure(plain(value), key))
        if value.WhichOneof("value") == "kvlist_value":
            for entry in value.kvlist_value.values:
                entry.key = f"{key}.{entry.key}"
            self.attributes(value.kvlist_value.values)
            return True
        return self._array(key, value)

    def _array(self, key: str, value: Any) -> bool:
        members = plain(value)
        if all(isinstance(one, str) for one in members):
            for one in value.array_value.values:
                one.string_value = self._string(key, one.string_value) or ""
            return True
        simple = all(one is None or isinstance(one, bool | int | float) for one in members)
        if simple and len(members) <= _MOST_NUMBERS and not CONTENT_NUMBERS.match(key):
            return True
        return self._replace(value, self.stand_in(json.dumps(members, ensure_ascii=False)))


class Hashed(Withheld):
    """Sends the hash and the length of a text."""

    def __init__(self, key: str = "") -> None:
        """With a `key` the hashes are HMACs: nobody without it can find a text by trying."""
        self._key = key.encode()

    def stand_in(self, text: str) -> str:
        """Return `sha256:<hex> (<n> characters)`, or `hmac-sha256:...` with a key."""
        data = text.encode(errors="surrogatepass")
        if self._key:
            digest = "hmac-sha256:" + hmac.new(self._key, data, hashlib.sha256).hexdigest()
        else:
            digest = "sha256:" + hashlib.sha256(data).hexdigest()
        return f"{digest} ({len(text)} characters)"

    def structure(self, value: Any, key: str) -> str:
        """Return the same messages, documents or tools with hashes for texts."""
        if not isinstance(value, list):
            return self.stand_in(_text(value))
        if key == DOCUMENTS:
            masked = [self._document(one) for one in value]
        elif key == TOOLS:
            masked = [self._tool(one) for one in value]
        elif key == "gen_ai.system_instructions":
            masked = [self._part(one) for one in value]
        else:
            masked = [self._message(one) for one in value]
        return json.dumps(masked, separators=(",", ":"))

    def _message(self, message: Any) -> Any:
        if not isinstance(message, dict):
            return self.stand_in(_text(message))
        masked: dict[str, Any] = {}
        if message.get("role") in _ROLES:
            masked["role"] = message["role"]
        parts = message.get("parts", message.get("content"))
        if isinstance(parts, list):
            masked["parts"] = [self._part(part) for part in parts]
        elif parts is not None:
            masked["parts"] = [{"type": "text", "content": self.stand_in(_text(parts))}]
        if _is_word(message.get("finish_reason")):
            masked["finish_reason"] = message["finish_reason"]
        return masked

    def _part(self, part: Any) -> Any:
        if not isinstance(part, dict):
            return {"type": "text", "content": self.stand_in(_text(part))}
        masked: dict[str, Any] = {"type": part["type"] if _is_word(part.get("type")) else "json"}
        for name in _KEPT_OF_PARTS:
            if name in part and _is_kept_member(part[name]):
                masked[name] = part[name]
        for name in _WITHHELD_OF_PARTS:
            if name in part:
                masked[name] = self.stand_in(_text(part[name]))
        if isinstance(part.get("text"), str) and "content" not in masked:
            masked["content"] = self.stand_in(part["text"])
        return masked

    def _document(self, document: Any) -> Any:
        if not isinstance(document, dict):
            return {"content": self.stand_in(_text(document))}
        masked: dict[str, Any] = {}
        if _is_kept_member(document.get("id")):
            masked["id"] = document["id"]
        if isinstance(document.get("score"), int | float):
            masked["score"] = document["score"]
        content = document.get("content", document.get("text", document.get("page_content")))
        if content is not None:
            masked["content"] = self.stand_in(_text(content))
        return masked

    def _tool(self, tool: Any) -> Any:
        if not isinstance(tool, dict):
            return self.stand_in(_text(tool))
        function = tool["function"] if isinstance(tool.get("function"), dict) else tool
        masked: dict[str, Any] = {"type": "function"}
        if _is_word(function.get("name")):
            masked["name"] = function["name"]
        for name in ("description", "parameters"):
            if name in function:
                masked[name] = self.stand_in(_text(function[name]))
        return masked


class Nothing(Withheld):
    """Sends nothing in a text's place."""

    def stand_in(self, text: str) -> None:  # noqa: ARG002 - nothing of it is sent
        """Send nothing."""
        return

    def structure(self, value: Any, key: str) -> None:  # noqa: ARG002 - nothing of it is sent
        """Send nothing."""
        return


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and is_identifier(value)


def _is_kept_member(value: Any) -> bool:
    """Keep an id, a name or a size of a part or a document, as long as it is one word."""
    if isinstance(value, int) and not isinstance(value, bool):
        return True
    return isinstance(value, str) and is_label(value) and " " not in value and "@" not in value


def _is_version(text: str) -> bool:
    return is_label(text) and text[:1].isdigit() and " " not in text and "@" not in text
