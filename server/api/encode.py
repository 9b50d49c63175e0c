"""Rows as JSON: every time twice, as RFC 3339 with nanoseconds and as an integer."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

import orjson
from fastapi import Response

from storage.literals import rfc3339
from storage.window import unix_nano

_UNIX: Final = "_unix_nano"
# Rows and times are ours to write: orjson would cut nanoseconds and leave out what encode adds.
_OPTIONS: Final = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def respond(content: Mapping[str, Any]) -> Response:
    """Return a JSON answer. Integers of 64 bits are written in full, what is no number as null."""
    return Response(
        orjson.dumps(content, default=_other, option=_OPTIONS), media_type="application/json"
    )


def exact(amount: Decimal) -> orjson.Fragment:
    """Return money as a JSON number with all its digits: readers that keep decimals lose nothing."""
    return orjson.Fragment(f"{amount.normalize():f}" if amount else "0")


def encode(row: Any) -> dict[str, Any]:
    """Return a row as a dictionary of its fields, times added after them."""
    names, times, values = _shape(row.__class__)
    out = dict(zip(names, values(row), strict=True))
    for name, nanoseconds in times:
        out[name] = rfc3339(out[nanoseconds])
    if "events" in out:
        out["events"] = [{"time": rfc3339(e["time_unix_nano"]), **e} for e in out["events"]]
    if "start_time_unix_nano" in out and "duration_ns" in out:
        end = out["start_time_unix_nano"] + out["duration_ns"]
        out["end_time"], out["end_time_unix_nano"] = rfc3339(end), end
    return out


_Shape = tuple[tuple[str, ...], tuple[tuple[str, str], ...], Callable[[Any], tuple[Any, ...]]]
_shapes: Final[dict[Any, _Shape]] = {}


def _shape(row_type: Any) -> _Shape:
    """Return a row type's fields, its times (name, field) and what reads all fields at once."""
    if row_type not in _shapes:
        names = tuple(field.name for field in fields(row_type))
        times = tuple((name.removesuffix(_UNIX), name) for name in names if name.endswith(_UNIX))
        _shapes[row_type] = (names, times, attrgetter(*names))
    return _shapes[row_type]


def _other(value: Any) -> Any:
    """Encode what is inside of rows: rows themselves, times, and money."""
    if isinstance(value, datetime):
        return rfc3339(unix_nano(value))
    if isinstance(value, Decimal):
        return exact(value)
    return encode(value)
