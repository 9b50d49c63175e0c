"""Lists that a dialect spread over numbered attributes, put together again.

`llm.input_messages.3.message.role` is slot 3, suffix `message.role`. Hostile or clipped input is
the normal case: SDKs evict the oldest keys at 128 attributes, so slot 0 may be missing, and an
index may be 999999999. Slots are therefore kept by number and read in its order, never laid out
as an array; a key that does not read as a slot is nobody's and stays on the span.
"""

import re
from collections.abc import Iterable

from collector.dialects.attributes import Attributes
from collector.dialects.values import Json, Object, as_text

MAX_SLOTS = 10_000
"""Slots of one list that are read; what lies beyond stays as it came."""


# An index between dots, as SDKs write it; `007` is none, or two keys would name one slot.
_INDEX = re.compile(r"\.(0|[1-9]\d{0,17})\.", re.ASCII)

# Of one list: index, suffix and key of each of its values.
_Values = list[tuple[int, str, str]]


class Slot:
    """One element of a spread list: its values by suffix.

    `take` reads a value and notes its key as used; after the element was understood, the keys
    noted are the ones to remove.
    """

    __slots__ = ("_attributes", "_keys", "_lists", "_used")

    def __init__(self, attributes: Attributes, used: set[str]) -> None:
        self._attributes = attributes
        self._keys: dict[str, str] = {}
        self._lists: dict[str, _Values] | None = None
        self._used = used

    def add(self, suffix: str, key: str) -> None:
        """Note that the value under `suffix` stands in attribute `key`."""
        self._keys[suffix] = key

    def __contains__(self, suffix: object) -> bool:
        return suffix in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def take(self, *suffixes: str) -> Json:
        """Return the first value among `suffixes` that is there and not empty text."""
        found: Json = None
        for suffix in suffixes:
            key = self._keys.get(suffix)
            if key is None:
                continue
            value = self._attributes.get(key)
            if found in (None, "", value):
                found = value
                self._used.add(key)
        return found

    def take_text(self, *suffixes: str) -> str:
        """Return the first text among `suffixes`, else an empty string; other values stay."""
        return as_text(self.take(*(name for name in suffixes if self._is_text(name))))

    def take_under(self, prefix: str) -> Object:
        """Return every value whose suffix begins with `prefix`, by what follows it."""
        return {
            suffix[len(prefix) :]: self.take(suffix)
            for suffix in list(self._keys)
            if suffix.startswith(prefix)
        }

    def _is_text(self, suffix: str) -> bool:
        key = self._keys.get(suffix)
        return key is not None and self._attributes.text(key) != ""

    def slots(self, prefix: str) -> list["Slot"]:
        """Return the elements of the list spread below this one, in order."""
        if self._lists is None:
            self._lists = _lists(self._keys.items())
        return _slots(self._attributes, self._lists.get(prefix, ()), self._used)


class Spread:
    """One list that was spread: its elements in order, and the keys used as they are read."""

    __slots__ = ("slots", "used")

    def __init__(self, attributes: Attributes, values: Iterable[tuple[int, str, str]]) -> None:
        self.used: set[str] = set()
        self.slots = _slots(attributes, values, self.used)

    def __bool__(self) -> bool:
        return bool(self.slots)


class Spreads:
    """Every list spread over the attributes of a span, found in one pass over the keys."""

    __slots__ = ("_attributes", "_lists")

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._lists = _lists((key, key) for key in attributes)

    def under(self, prefix: str) -> Spread:
        """Return the list whose keys begin with `prefix` and an index; empty if there is none."""
        return Spread(self._attributes, self._lists.get(prefix, ()))


def _lists(keys: Iterable[tuple[str, str]]) -> dict[str, _Values]:
    found: dict[str, _Values] = {}
    for suffix, key in keys:
        match = _INDEX.search(suffix)
        if match and match.end() < len(suffix):
            values = found.setdefault(suffix[: match.start() + 1], [])
            values.append((int(match[1]), suffix[match.end() :], key))
    return found


def _slots(
    attributes: Attributes, values: Iterable[tuple[int, str, str]], used: set[str]
) -> list[Slot]:
    found: dict[int, Slot] = {}
    for index, suffix, key in values:
        slot = found.get(index)
        if slot is None:
            if len(found) == MAX_SLOTS:
                continue
            slot = found[index] = Slot(attributes, used)
        slot.add(suffix, key)
    return [found[index] for index in sorted(found)]
