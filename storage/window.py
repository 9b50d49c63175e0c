"""Half-open time intervals, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from storage.errors import BadInput

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
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
        """Start in nanoseconds since 1970, exactly."""
        return unix_nano(self.start)

    @property
    def end_ns(self) -> int:
        """End in nanoseconds since 1970, exactly."""
        return unix_nano(self.end)


def unix_nano(time: datetime) -> int:
    """Return an aware time as nanoseconds since 1970; integer arithmetic, nothing is rounded."""
    return (time - _EPOCH) // _MICROSECOND * 1000


def from_unix_nano(nanoseconds: int) -> datetime:
    """Return nanoseconds since 1970 as an aware UTC time, cut to the microseconds Python keeps."""
    return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
