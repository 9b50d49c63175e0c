"""The attributes of one span, event or log record: read as a mapping, changed in place."""

import base64
from collections.abc import Iterable, Iterator
from typing import Any

from collector.dialects.values import Json, decoded, encoded

_INT64 = 1 << 63


class Attributes:
    """A view on a repeated `KeyValue` field.

    Reads see every change at once; removals reach the message with `flush`, since taking keys
    out of the field one by one while others still point into it costs more than doing it last.
    Of a key given twice the last counts (the protocol calls that case unpredictable).
    """

    __slots__ = ("_pairs", "_removed", "_values", "changed")

    def __init__(self, pairs: Any) -> None:
        self._pairs = pairs
        self._values: dict[str, Any] = {pair.key: pair.value for pair in pairs}
        self._removed: set[str] = set()
        self.changed = False

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def under(self, prefix: str) -> list[str]:
        """Return the keys that begin with `prefix`."""
        return [key for key in self._values if key.startswith(prefix)]

    def get(self, key: str) -> Json:
        """Return the value as sent, structured values as lists and objects; None if absent."""
        value = self._values.get(key)
        return None if value is None else _plain(value)

    def text(self, key: str) -> str:
        """Return the value when it is text, else an empty string."""
        value = self._values.get(key)
        return "" if value is None else value.string_value

    def json(self, key: str) -> Json:
        """Return what the value means when it is JSON text, else the value itself."""
        return decoded(self.get(key))

    def is_empty(self, key: str) -> bool:
        """Say whether the key is absent or holds nothing: null, or text of length 0."""
        value = self._values.get(key)
        if value is None:
            return True
        kind = value.WhichOneof("value")
        return kind is None or (kind == "string_value" and not value.string_value)

    def offer(self, key: str, value: Json) -> bool:
        """Give a canonical attribute its value unless it has one.

        True says that the attribute now means `value`, because it was set here or said so
        before: what `value` was made from is then spare. A list or object is written as JSON.
        """
        if not self.is_empty(key):
            return self.json(key) == decoded(value)
        return value is not None and self.set(key, value)

    def set(self, key: str, value: Json) -> bool:
        """Set `key` whatever it held; False, and no change, if the value cannot be written."""
        if isinstance(value, (list, dict)):
            value = encoded(value)
        if value is None or (isinstance(value, int) and not -_INT64 <= value < _INT64):
            return False
        if key in self._removed:
            self.flush()
        target = self._values.get(key)
        if target is None:
            pair = self._pairs.add()
            pair.key = key
            target = self._values[key] = pair.value
        _assign(target, value)
        self.changed = True
        return True

    def remove(self, keys: Iterable[str]) -> None:
        """Take out the keys, every occurrence of them."""
        for key in keys:
            if self._values.pop(key, None) is not None:
                self._removed.add(key)
                self.changed = True

    def keep_rest(self, key: str, rest: dict[str, Json]) -> None:
        """Replace a JSON object, part of which was rewritten, by what is left of it."""
        if not rest:
            self.remove((key,))
        elif rest != self.json(key):
            self.set(key, rest)

    def flush(self) -> None:
        """Carry out the removals; call last."""
        if not self._removed:
            return
        for index in range(len(self._pairs) - 1, -1, -1):
            if self._pairs[index].key in self._removed:
                del self._pairs[index]
        self._removed.clear()


def plain(value: Any) -> Json:
    """Return an `AnyValue` as a JSON value; bytes become base64 text, as OTLP/JSON has them."""
    return _plain(value)


def _plain(value: Any) -> Json:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return base64.b64encode(value.bytes_value).decode()
    result: Json = None if kind is None else getattr(value, kind)
    return result


def _assign(target: Any, value: str | float) -> None:
    if isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int):
        target.int_value = value
    elif isinstance(value, float):
        target.double_value = value
    else:
        target.string_value = value
