"""Arguments and results as text, at a bounded cost however large or odd they are."""

import dataclasses
import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final

_DEEPEST: Final = 8
_MOST_VALUES: Final = 5_000
_FEW_VALUES: Final = 200
LONGEST_TEXT: Final = 1024 * 1024
_LONGEST_REPR: Final = 2_000
_AS_THEY_ARE: Final = frozenset({bool, int, type(None)})
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def text_of(value: Any) -> str:
    """Return a value as text: text as it is, anything else as JSON. Raises nothing."""
    if type(value) is str:
        return encodable(value if len(value) <= LONGEST_TEXT else shortened(value))
    return json_of(value)


def json_of(value: Any) -> str:
    """Return a value as JSON; what JSON does not know as its representation."""
    try:
        if _is_small(value):
            return encodable(_ENCODE(value))
    except (TypeError, ValueError, RecursionError):
        pass  # a key that is no string, a cycle: read below, where everything is known to work
    try:
        return encodable(_ENCODE(_Reader().plain(value, 0)))
    except Exception as error:  # noqa: BLE001 - an app's own mapping or __str__ may raise anything
        return json.dumps(_unshown(value, error))


def _is_small(value: Any) -> bool:
    """Say whether a value can go to the encoder as it is: few values, all of JSON's own types. Most can."""
    left = _FEW_VALUES
    waiting = [value]
    while waiting and left > 0:
        one = waiting.pop()
        kind = type(one)
        if kind is dict or kind is list or kind is tuple:
            if len(one) > left:
                return False
            for inner in one.values() if kind is dict else one:
                left -= 1
                if type(inner) is str:
                    left -= len(inner) >> 12
                elif type(inner) not in _AS_THEY_ARE:
                    waiting.append(inner)
        elif kind not in _AS_THEY_ARE and kind is not str:
            return False
    return left > 0


def encodable(text: str) -> str:
    """Replace halves of surrogate pairs, which models do send and UTF-8 cannot hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()


class _Reader:
    """Reads one value, up to a number of values inside it."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def plain(self, value: Any, depth: int) -> Any:
        """Return what JSON can hold."""
        self._left -= 1
        kind = type(value)
        if kind in _AS_THEY_ARE:
            return value
        if kind is str:
            return value if len(value) <= LONGEST_TEXT else shortened(value)
        if self._left <= 0 or depth >= _DEEPEST:
            return "…"
        if kind is dict:
            return self._mapping(value.items(), depth)
        if kind is list or kind is tuple:
            return self._list(value, depth)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        """Read what is of none of the common types, or of a class derived from one."""
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return f"({len(value)} bytes)"
        if isinstance(value, Mapping):
            return self._mapping(value.items(), depth)
        if isinstance(value, list | tuple | set | frozenset):
            return self._list(value, depth)
        return self._object(value, depth)

    def _mapping(self, items: Iterable[tuple[Any, Any]], depth: int) -> dict[str, Any]:
        read: dict[str, Any] = {}
        for key, value in items:
            if self._left <= 0:
                read["…"] = "more"
                break
            if type(value) is str and len(value) <= LONGEST_TEXT:  # most are
                self._left -= 1
                read[str(key)] = value
            else:
                read[str(key)] = self.plain(value, depth + 1)
        return read

    def _list(self, values: Iterable[Any], depth: int) -> list[Any]:
        read = []
        for value in values:
            if self._left <= 0:
                read.append("…")
                break
            read.append(self.plain(value, depth + 1))
        return read

    def _object(self, value: Any, depth: int) -> Any:
        try:
            if isinstance(value, Enum):
                return self.plain(value.value, depth + 1)
            if isinstance(value, str | int):
                return self.plain(str(value) if isinstance(value, str) else int(value), depth + 1)
            if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = dataclasses.fields(value)
                return self._mapping(((f.name, getattr(value, f.name)) for f in fields), depth)
            if hasattr(type(value), "model_dump"):  # pydantic
                return self.plain(value.model_dump(mode="json"), depth + 1)
            return repr(value)[:_LONGEST_REPR]
        except Exception as error:  # noqa: BLE001 - an app's own __repr__ may raise anything
            return _unshown(value, error)


def _unshown(value: Any, error: Exception) -> str:
    return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def shortened(text: str) -> str:
    """Return the beginning of a very long text, with a note of how long it was."""
    return f"{text[:LONGEST_TEXT]}… [cut: {len(text)} characters]"


class Arguments:
    """Reads the arguments of calls of one function by their names."""

    def __init__(self, function: Callable[..., Any]) -> None:
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):  # some callables written in C tell none
            parameters = []
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        self._names = [parameter.name for parameter in parameters if parameter.kind in positional]
        self._skip = 1 if self._names[:1] in (["self"], ["cls"]) else 0

    def json(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        """Return the arguments as a JSON object, without `self`."""
        if not args:
            return json_of(kwargs)
        given: dict[str, Any] = dict(zip(self._names, args))  # noqa: B905 - `strict` costs as much again
        if len(args) > len(self._names):
            given["args"] = args[len(self._names) :]
        if self._skip:
            given.pop(self._names[0])
        if kwargs:
            given.update(kwargs)
        return json_of(given)
