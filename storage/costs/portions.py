"""Divide hours into what one statement takes: of one month, and of no more rows than memory should hold."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")


def divided(
    items: Sequence[T], hour_of: Callable[[T], datetime], rows: Mapping[datetime, int], *, most: int
) -> Iterator[list[T]]:
    """Yield items hour by hour, the newest first: of one month, of at most `most` rows unless one hour has more.

    `rows` says how many an hour has.
    """
    portion: list[T] = []
    size = 0
    for item in sorted(items, key=hour_of, reverse=True):
        hour = hour_of(item)
        size += rows.get(hour, 0)
        if portion and (size > most or _month(hour) != _month(hour_of(portion[0]))):
            yield portion
            portion, size = [], rows.get(hour, 0)
        portion.append(item)
    if portion:
        yield portion


def _month(hour: datetime) -> tuple[int, int]:
    return hour.year, hour.month
