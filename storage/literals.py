"""What people write for numbers, durations and times, in filters and in the parameters of the API."""

import re
from datetime import UTC, datetime
from typing import Final

from storage.errors import BadInput
from storage.window import unix_nano

_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([kKmM]?)")
_FACTOR: Final = {"": 1, "k": 1000, "m": 1_000_000}
_DURATION: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)", re.IGNORECASE)
_UNIT_NS: Final = {
    "ns": 1, "us": 1000, "µs": 1000, "μs": 1000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
    "d": 86400 * 10**9,
}  # fmt: skip
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d{2}:?\d{2})?"
)
_LARGEST_NS: Final = 2**63 - 1
_TIME_HINT: Final = "write RFC 3339 (2025-06-01T12:00:00Z), unix seconds, or a time ago like -1h"


def number(text: str) -> int | float | None:
    """Return a number, with `k` for thousands and `m` for millions; None if it is none. Whole ones are int."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    value = float(match[1]) * _FACTOR[match[2].lower()]
    if value in (float("inf"), float("-inf")):
        return None
    if re.fullmatch(r"[+-]?\d+", match[1]):
        return int(match[1]) * _FACTOR[match[2].lower()]
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def duration_ns(text: str) -> int | None:
    """Return a duration like 5s, 1.5ms or 1h30m in nanoseconds; None if it is none."""
    total, position = 0.0, 0
    while match := _DURATION.match(text, position):
        total += float(match[1]) * _UNIT_NS[match[2].lower()]
        position = match.end()
    return round(total) if position and position == len(text) and total < _LARGEST_NS else None


def time_ns(text: str, *, now: datetime) -> int:
    """Return a time in nanoseconds since 1970.

    RFC 3339 (UTC where no offset is given), a date, unix seconds, milliseconds, microseconds or nanoseconds (told by
    their size), `now`, or a time relative to `now` like `-1h` or `now-1h`. Raises BadInput otherwise.
    """
    text = text.strip()
    parsed = _relative(text, now)
    if parsed is None:
        parsed = _unix(text)
    if parsed is None:
        parsed = _rfc3339(text)
    if parsed is None or abs(parsed) > _LARGEST_NS:
        raise BadInput(f"{text[:40]!r} is not a time", hint=_TIME_HINT)
    return parsed


def _relative(text: str, now: datetime) -> int | None:
    rest = text.removeprefix("now")
    if not rest:
        return unix_nano(now) if text else None
    if rest[0] not in "+-":
        return None
    length = duration_ns(rest[1:])
    if length is None:
        return None
    return unix_nano(now) + (length if rest[0] == "+" else -length)


def _unix(text: str) -> int | None:
    if not re.fullmatch(r"\d{1,19}(\.\d{1,9})?", text):
        return None
    whole, _, fraction = text.partition(".")
    # 1e11 seconds is the year 5138, 1e11 milliseconds 1973: the size tells the unit.
    unit: int = 9 if len(whole) <= 11 else 6 if len(whole) <= 14 else 3 if len(whole) <= 17 else 0
    rest = int(fraction[:unit].ljust(unit, "0")) if unit else 0
    return int(int(whole) * 10**unit + rest)


def _rfc3339(text: str) -> int | None:
    match = _TIME.fullmatch(text)
    if not match:
        return None
    offset = (match[4] or "Z").upper().replace("Z", "+00:00")
    try:
        time = datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}{offset}")
        return unix_nano(time.astimezone(UTC)) + int((match[3] or "").ljust(9, "0"))
    except (ValueError, OverflowError):
        return None


def rfc3339(nanoseconds: int) -> str:
    """Return nanoseconds since 1970 as RFC 3339 in UTC, with all nine digits of the fraction."""
    seconds, fraction = divmod(nanoseconds, 10**9)
    # isoformat() of whole seconds: 2025-06-01T12:00:00+00:00. Several times as fast as strftime.
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{fraction:09d}Z"
