"""Rows as JSON: every time twice, as RFC 3339 with nanoseconds and as an integer."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
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


def encode(row: Any) -> dict[str, Any]:
    """Return a row as a dictionary of its fields, in their order, times added."""
    out: dict[str, Any] = {}
    for name in _names(row.__class__):
        value = getattr(row, name)
        if name.endswith(_UNIX):
            out[name.removesuffix(_UNIX)] = rfc3339(value)
        out[name] = value
    if "events" in out:
        out["events"] = [{"time": rfc3339(e["time_unix_nano"]), **e} for e in out["events"]]
    if "start_time_unix_nano" in out and "duration_ns" in out:
        end = out["start_time_unix_nano"] + out["duration_ns"]
        out["end_time"], out["end_time_unix_nano"] = rfc3339(end), end
    return out


_names_of: Final[dict[Any, tuple[str, ...]]] = {}


def _names(row_type: Any) -> tuple[str, ...]:
    if row_type not in _names_of:
        _names_of[row_type] = tuple(field.name for field in fields(row_type))
    return _names_of[row_type]


def _other(value: Any) -> Any:
    """Encode what is inside of rows: rows themselves, and times."""
    if isinstance(value, datetime):
        return rfc3339(unix_nano(value))
    return encode(value)
