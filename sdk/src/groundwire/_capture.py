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
_LONGEST_TEXT: Final = 1024 * 1024
_LONGEST_REPR: Final = 2_000


def text_of(value: Any) -> str:
    """Return a value as text: text as it is, anything else as JSON. Raises nothing."""
    if type(value) is str:
        return _encodable(value if len(value) <= _LONGEST_TEXT else _shortened(value))
    return json_of(value)


def json_of(value: Any) -> str:
    """Return a value as JSON; what JSON does not know as its representation."""
    try:
        plain = _Reader().plain(value, 0)
        return _encodable(json.dumps(plain, ensure_ascii=False, separators=(",", ":")))
    except Exception as error:  # noqa: BLE001 - an app's own mapping or __str__ may raise anything
        return json.dumps(_unshown(value, error))


def _encodable(text: str) -> str:
    """Replace halves of surrogate pairs, which models do send and UTF-8 cannot hold."""
    return text if text.isascii() else text.encode(errors="replace").decode()


class _Reader:
    """Reads one value, up to a number of values inside it."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def plain(self, value: Any, depth: int) -> Any:
        """Return what JSON can hold."""
        self._left -= 1
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, str):
            return value if len(value) <= _LONGEST_TEXT else _shortened(value)
        return "…" if self._left <= 0 or depth >= _DEEPEST else self._compound(value, depth)

    def _compound(self, value: Any, depth: int) -> Any:
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


def _shortened(text: str) -> str:
    return f"{text[:_LONGEST_TEXT]}… [cut: {len(text)} characters]"


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

    def json(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """Return the arguments as a JSON object, without `self`."""
        given: dict[str, Any] = dict(zip(self._names, args, strict=False))
        if len(args) > len(self._names):
            given["args"] = args[len(self._names) :]
        if self._skip and args:
            given.pop(self._names[0])
        given.update(kwargs)
        return json_of(given)
