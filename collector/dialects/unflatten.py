"""Lists that a dialect spread over numbered attributes, put together again.

`llm.input_messages.3.message.role` is slot 3, suffix `message.role`. Hostile or clipped input is
the normal case: SDKs evict the oldest keys at 128 attributes, so slot 0 may be missing, and an
index may be 999999999. Slots are therefore kept by number and read in its order, never laid out
as an array; a key that does not read as a slot is nobody's and stays on the span.
"""

from collections.abc import Iterable

from collector.dialects.attributes import Attributes
from collector.dialects.values import Json, Object, as_text

MAX_SLOTS = 10_000
"""Slots of one list that are read; what lies beyond stays as it came."""


class Slot:
    """One element of a spread list: its values by suffix.

    `take` reads a value and notes its key as used; after the element was understood, the keys
    noted are the ones to remove.
    """

    __slots__ = ("_attributes", "_keys", "_used")

    def __init__(self, attributes: Attributes, used: set[str]) -> None:
        self._attributes = attributes
        self._keys: dict[str, str] = {}
        self._used = used

    def add(self, suffix: str, key: str) -> None:
        """Note that the value under `suffix` stands in attribute `key`."""
        self._keys[suffix] = key

    def __contains__(self, suffix: object) -> bool:
        return suffix in self._keys

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
        return _collect(self._attributes, self._keys.items(), prefix, self._used)


class Spread:
    """A list spread over attributes that begin with `prefix`.

    `slots` are its elements in order of their numbers; `used` fills as they are read.
    """

    __slots__ = ("slots", "used")

    def __init__(self, attributes: Attributes, prefix: str) -> None:
        self.used: set[str] = set()
        keys = ((key, key) for key in attributes.under(prefix))
        self.slots = _collect(attributes, keys, prefix, self.used)

    def __bool__(self) -> bool:
        return bool(self.slots)


def _collect(
    attributes: Attributes, keys: Iterable[tuple[str, str]], prefix: str, used: set[str]
) -> list[Slot]:
    found: dict[int, Slot] = {}
    for suffix, key in keys:
        if not suffix.startswith(prefix):
            continue
        number, _, rest = suffix[len(prefix) :].partition(".")
        index = _index(number)
        if index is None or not rest:
            continue
        slot = found.get(index)
        if slot is None:
            if len(found) == MAX_SLOTS:
                continue
            slot = found[index] = Slot(attributes, used)
        slot.add(rest, key)
    return [found[index] for index in sorted(found)]


def _index(digits: str) -> int | None:
    """Read an index as SDKs write it; `007` is none, or two keys would name one slot."""
    if not 0 < len(digits) <= 18 or not (digits.isascii() and digits.isdigit()):
        return None
    return None if digits[0] == "0" and len(digits) > 1 else int(digits)
