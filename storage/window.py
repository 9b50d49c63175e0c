"""Half-open time intervals, in UTC."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.errors import BadInput

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_NS: Final = 4_291_747_200 * 10**9
"""The year 2106, where the engine's times of second precision end."""
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The interval [start, end). Both ends are aware; an end before the start is refused."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise BadInput("a window's start and end need a time zone", hint="use UTC")
        if self.end < self.start:
            raise BadInput(
                f"the window ends ({self.end.isoformat()}) before it starts ({self.start.isoformat()})",
                hint="swap start and end",
            )

    @property
    def start_ns(self) -> int:
        """Start in nanoseconds since 1970, exactly; cut to what the store can hold."""
        return _within(unix_nano(self.start))

    @property
    def end_ns(self) -> int:
        """End in nanoseconds since 1970, exactly; cut to what the store can hold."""
        return _within(unix_nano(self.end))


def _within(nanoseconds: int) -> int:
    return min(max(nanoseconds, 0), _LATEST_NS)


def unix_nano(time: datetime) -> int:
    """Return an aware time as nanoseconds since 1970; integer arithmetic, nothing is rounded."""
    return (time - _EPOCH) // _MICROSECOND * 1000


def from_unix_nano(nanoseconds: int) -> datetime:
    """Return nanoseconds since 1970 as an aware UTC time, cut to the microseconds Python keeps."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)


_FIRST_SLICE_NS: Final = 3600 * 10**9
_GROWTH: Final = 4


@dataclass(frozen=True, slots=True)
class Slice:
    """Part [start_ns, end_ns) of a window, in nanoseconds since 1970."""

    start_ns: int
    end_ns: int


def slices(start_ns: int, end_ns: int, *, newest_first: bool) -> Iterator[Slice]:
    """Cut [start_ns, end_ns) into an hour, four hours, sixteen ... from the end or from the start.

    The first page of a long window is mostly found in the first hour, and a question that has to read the
    whole window still asks only a handful of times.
    """
    size = _FIRST_SLICE_NS
    while start_ns < end_ns:
        if newest_first:
            cut = max(start_ns, end_ns - size)
            yield Slice(cut, end_ns)
            end_ns = cut
        else:
            cut = min(end_ns, start_ns + size)
            yield Slice(start_ns, cut)
            start_ns = cut
        size *= _GROWTH
