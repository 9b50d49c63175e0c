"""The policy `redacted`: every string passes through the built-in redaction, then through the app's hook."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from groundwire._masks import Mask
from groundwire._notices import failed
from groundwire._pii import redact_pii

_FAILED = "[REDACTION FAILED]"


class Redacted(Mask):
    """Redacts strings wherever they stand. Text that is JSON is redacted string by string, so it stays JSON."""

    def __init__(self, hook: Callable[[str], str] | None = None) -> None:
        self._hook = hook
        # Keys, models and operations come again in every span.
        self.label = lru_cache(4096)(self.text)  # type: ignore[method-assign]

    def text(self, text: str) -> str:
        """Redact one string."""
        text = redact_pii(text)
        if self._hook is None or not text:
            return text
        try:
            return str(self._hook(text))
        except Exception as error:  # noqa: BLE001 - whatever an app's hook raises, its text must not leave
            failed("the redact hook", error)
            return _FAILED

    def label(self, text: str) -> str:
        """Redact a name; what came before is remembered."""
        return self.text(text)

    def span_name(self, name: str, attributes: Any) -> str:  # noqa: ARG002 - the name alone is enough here
        """Redact a span's name."""
        return self.label(name)

    def trace_state(self, state: str) -> str:
        """Redact what other vendors say."""
        return self.text(state) if state else state

    def attributes(self, attributes: Any) -> None:
        """Redact keys and values at any depth."""
        for entry in attributes:
            entry.key = self.label(entry.key)
            self._value(entry.value)

    def _value(self, value: Any) -> None:
        kind = value.WhichOneof("value")
        if kind == "string_value":
            value.string_value = self._string(value.string_value)
        elif kind == "array_value":
            for one in value.array_value.values:
                self._value(one)
        elif kind == "kvlist_value":
            self.attributes(value.kvlist_value.values)
        elif kind == "bytes_value":
            value.bytes_value = self._bytes(value.bytes_value)
        elif kind == "int_value":
            self._number(value)

    def _string(self, text: str) -> str:
        if text[:1] in {"{", "[", '"'}:
            try:
                decoded = json.loads(text)
            except (ValueError, RecursionError):
                return self.text(text)
            return json.dumps(self._json(decoded), ensure_ascii=False, separators=(",", ":"))
        return self.label(text) if len(text) <= 64 else self.text(text)

    def _json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._json(one) for one in value]
        if isinstance(value, dict):
            return {self.label(key): self._json(one) for key, one in value.items()}
        if isinstance(value, int) and not isinstance(value, bool) and value > 10**11:
            written = str(value)  # a card's number may be written without quotes
            redacted = redact_pii(written)
            return value if redacted == written else redacted
        return value

    def _number(self, value: Any) -> None:
        written = str(value.int_value)
        if len(written) > 12 and (redacted := redact_pii(written)) != written:
            value.string_value = redacted

    def _bytes(self, data: bytes) -> bytes:
        """Redact bytes that are text; others are kept."""
        try:
            return self.text(data.decode()).encode()
        except UnicodeDecodeError:
            return data
