"""JSON given as a context, read as statements: every group of fields a line, with where it stands in the text.

`{"hours": {"Monday": "8:0-21:0"}}` says `hours: Monday 8 AM to 9 PM`. What a program printed with quotes of the other
kind, `True` or `None` is read as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

MOST_DEEP: Final = 40

_SPACE: Final = re.compile(r"\s*")
_STRING: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_SCALAR: Final = re.compile(r"[^\s,\[\]{}:\"']+")
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
_HOURS: Final = re.compile(r"\b(\d{1,2}):(\d{1,2})-(\d{1,2}):(\d{1,2})\b")
_PLAIN: Final = {"true": "yes", "false": "no", "null": "unknown", "none": "unknown"}
LONG: Final = 160
"""Characters from which a value is prose, to be read sentence by sentence."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a value or a group of values says, and the characters [start, end) that say it."""

    text: str
    start: int
    end: int
    prose: bool = False
    """Whether it is a long text; then `text` is as long as the characters it stands for."""


@dataclass(frozen=True, slots=True)
class _Value:
    path: tuple[str | int, ...]
    """Keys of objects, places in lists."""
    text: str
    start: int
    end: int
    prose: bool


class _NotJsonError(ValueError):
    """The text is something else."""


def statements(text: str) -> list[Statement]:
    """Return what a JSON text says, nothing where it is none."""
    if text.lstrip()[:1] not in {"{", "["}:
        return []
    try:
        values, end = _read(text, _skip(text, 0), (), 0)
    except _NotJsonError:
        return []
    if _skip(text, end) != len(text):
        return []
    return list(_grouped(values))


def _grouped(values: list[_Value]) -> Iterator[Statement]:
    """Yield prose by itself, and short values of one object together, alike ones side by side."""
    group: list[_Value] = []
    for value in values:
        if value.prose or (group and group[0].path[:-1] != value.path[:-1]):
            yield from _joined(group)
            group = []
        if value.prose:
            yield Statement(value.text, value.start, value.end, prose=True)
        else:
            group.append(value)
    yield from _joined(group)


def _named(path: tuple[str | int, ...]) -> str:
    return ": ".join(key for key in path if isinstance(key, str) and key)


def _joined(group: list[_Value]) -> Iterator[Statement]:
    if not group:
        return
    parent = _named(group[0].path[:-1])
    by_value: dict[str, list[str]] = {}
    for value in group:
        by_value.setdefault(value.text, []).append(_named(value.path[-1:]))
    if parent:
        said = "; ".join(
            f"{', '.join(filter(None, keys))} {text}".strip() for text, keys in by_value.items()
        )
        yield Statement(f"{parent}: {said}", group[0].start, group[-1].end)
        return
    for value in group:
        yield Statement(
            f"{_named(value.path)}: {value.text}".removeprefix(": "), value.start, value.end
        )


def _read(text: str, at: int, path: tuple[str | int, ...], depth: int) -> tuple[list[_Value], int]:
    if depth > MOST_DEEP or at >= len(text):
        raise _NotJsonError
    if text[at] == "{":
        return _read_object(text, at, path, depth)
    if text[at] == "[":
        return _read_list(text, at, path, depth)
    value, end = _read_scalar(text, at, path)
    return [value], end


def _read_object(
    text: str, at: int, path: tuple[str | int, ...], depth: int
) -> tuple[list[_Value], int]:
    values: list[_Value] = []
    at = _skip(text, at + 1)
    while at < len(text) and text[at] != "}":
        key = _STRING.match(text, at)
        if key is None:
            raise _NotJsonError
        at = _skip(text, key.end())
        if text[at : at + 1] != ":":
            raise _NotJsonError
        name = _CAMEL.sub(" ", key.group(1) or key.group(2) or "").lower()
        inner, at = _read(text, _skip(text, at + 1), (*path, name), depth + 1)
        values.extend(inner)
        at = _next(text, at, "}")
    return values, _closed(text, at)


def _read_list(
    text: str, at: int, path: tuple[str | int, ...], depth: int
) -> tuple[list[_Value], int]:
    values: list[_Value] = []
    at = _skip(text, at + 1)
    place = 0
    while at < len(text) and text[at] != "]":
        inner, at = _read(text, at, (*path, place), depth + 1)
        place += 1
        values.extend(inner)
        at = _next(text, at, "]")
    return values, _closed(text, at)


def _next(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] == closing:
        return at
    raise _NotJsonError


def _closed(text: str, at: int) -> int:
    if at >= len(text):
        raise _NotJsonError
    return at + 1


def _read_scalar(text: str, at: int, path: tuple[str | int, ...]) -> tuple[_Value, int]:
    if (quoted := _STRING.match(text, at)) is not None:
        inside = _ESCAPE.sub(_as_long, quoted.group()[1:-1])
        prose = len(inside) >= LONG
        said = inside if prose else _HOURS.sub(_hours, inside)
        return _Value(path, said, quoted.start() + 1, quoted.end() - 1, prose), quoted.end()
    bare = _SCALAR.match(text, at)
    if bare is None:
        raise _NotJsonError
    said = _PLAIN.get(bare.group().lower(), bare.group())
    return _Value(path, said, bare.start(), bare.end(), prose=False), bare.end()


def _as_long(escape: re.Match[str]) -> str:
    """Return what an escape stands for, padded to its length, so that offsets stay."""
    body = escape.group()[1:]
    if body.startswith("u") and len(body) == 5:
        return (
            chr(int(body[1:], 16)).ljust(6) if not 0xD800 <= int(body[1:], 16) < 0xE000 else " " * 6
        )
    return {"n": "\n ", "t": "  ", "r": "  "}.get(body, body.ljust(2))


def _hours(match: re.Match[str]) -> str:
    """Return opening hours as people write them."""
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in match.groups())
    if (begin_hour, begin_minute) == (end_hour, end_minute) == (0, 0):
        return "closed or open 24 hours"
    return f"{_clock(begin_hour, begin_minute)} to {_clock(end_hour, end_minute)}"


def _clock(hour: int, minute: int) -> str:
    half = "AM" if hour % 24 < 12 else "PM"
    return f"{hour % 12 or 12}:{minute:02d} {half}" if minute else f"{hour % 12 or 12} {half}"


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
