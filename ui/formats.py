"""Figures as people read them. The browser's twin of this module is assets/02_format.js."""

from datetime import UTC, datetime
from math import floor, log10

ABSENT = "\u2013"
"""Stands where a figure is not known: an en dash, never a 0."""

_DAY_S = 86_400
_HOUR_S = 3_600
_MINUTE_S = 60


def duration(nanoseconds: float) -> str:
    """Return a duration with three significant digits and its unit: 812 µs, 1.24 s, 3 min 20 s."""
    if nanoseconds < 1_000:
        return f"{nanoseconds:.0f} ns"
    if nanoseconds < 1_000_000:
        return f"{_three_digits(nanoseconds / 1_000)} µs"
    if nanoseconds < 1_000_000_000:
        return f"{_three_digits(nanoseconds / 1_000_000)} ms"
    seconds = nanoseconds / 1_000_000_000
    if seconds < _MINUTE_S:
        return f"{_three_digits(seconds)} s"
    return _long_duration(round(seconds))


def seconds(value: float | None) -> str:
    """Return a duration given in seconds; an absent one as a dash."""
    return ABSENT if value is None else duration(value * 1e9)


def _long_duration(whole: int) -> str:
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def _three_digits(value: float) -> str:
    if value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def count(value: int) -> str:
    """Return a whole number with thin spaces between thousands: 12 345."""
    return f"{value:,}".replace(",", "\u2009")


def short_count(value: float) -> str:
    """Return a number in at most four characters and a suffix: 812, 1.2k, 34k, 5.1M."""
    for limit, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            scaled = value / limit
            return f"{scaled:.1f}{suffix}" if scaled < 9.95 else f"{scaled:.0f}{suffix}"
    return f"{value:.0f}"


def cost(usd: float | None) -> str:
    """Return US dollars, small sums with enough digits to compare; an absent one as a dash, not as nothing."""
    if usd is None:
        return ABSENT
    if usd == 0:
        return "$0"
    if usd < 0.0001:
        return f"${usd:.{min(12, 1 - floor(log10(usd)))}f}"
    if usd < 0.01:
        return f"${usd:.5f}"
    return f"${usd:.4f}" if usd < 1 else f"${usd:,.2f}"


def utc_of(unix_seconds: int, milliseconds: int = 0) -> str:
    """Return a moment in UTC to the millisecond; the browser shows it in the reader's own zone."""
    time = datetime.fromtimestamp(unix_seconds, UTC)
    return f"{time:%Y-%m-%d %H:%M:%S}.{milliseconds:03d} UTC"


def size(characters: int) -> str:
    """Return the length of a text: 812 characters, 12.3 thousand characters."""
    if characters < 10_000:
        return f"{count(characters)} characters"
    return f"{short_count(characters)} characters"
