"""The time range of a page, as the URL writes it: `range=1h`, or `from=` and `to=` in ISO 8601 or Unix milliseconds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.errors import BadInput
from storage.window import Window

PRESETS: Final = ("15m", "1h", "3h", "6h", "24h", "2d", "7d", "30d")
DEFAULT: Final = "24h"
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST: Final = timedelta(days=3660)
"""So much a person may look back; it keeps a mistyped range from overflowing a date."""


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Either the last so much (`last`, such as '24h') or fixed ends; a missing `end` is now."""

    last: str = DEFAULT
    start: datetime | None = None
    end: datetime | None = None

    def window(self, now: datetime) -> Window:
        """Return the interval that this range means at `now`."""
        if self.start is None:
            return Window(now - _length(self.last), now)
        return Window(self.start, self.end or now)


def parse(query: Mapping[str, str]) -> TimeRange:
    """Read the range of a URL query. Raises `BadInput` for what is no range."""
    start = _time(query.get("from", ""), "from")
    if start is None:
        last = query.get("range", "") or DEFAULT
        _length(last)
        return TimeRange(last=last)
    end = _time(query.get("to", ""), "to")
    if end is not None and end < start:
        raise BadInput("the time range ends before it starts", hint="swap from and to")
    return TimeRange(start=start, end=end)


def to_query(time_range: TimeRange) -> dict[str, str]:
    """Return the URL query of a range; the default needs none."""
    if time_range.start is not None:
        ends = {"from": _text(time_range.start)}
        return ends | ({"to": _text(time_range.end)} if time_range.end else {})
    return {} if time_range.last == DEFAULT else {"range": time_range.last}


def _length(last: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([mhdw])", last)
    length = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta(0)
    if not timedelta(0) < length <= _LONGEST:
        raise BadInput(f"{last!r} is no time range", hint="write for example 45m, 6h, 7d or 2w")
    return length


def _time(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        hint = "write a time as 2026-03-01T12:00:00Z or in Unix milliseconds"
        raise BadInput(f"{name} is {text!r}, which is no time", hint=hint) from error
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
