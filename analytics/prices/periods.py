"""Price rows: which rates hold from when, at which time of day, above how many input tokens.

A price is a sequence of rates, and the *last* one that fits a call holds: its `since` is not after the call's start,
its window (where it has one) holds the second of the UTC day, and the call has at least `least_input_tokens`. They are
sorted by (since, least_input_tokens, windowless first), and every `since` has a rate for calls of any length, so that
the rates of one `since` stand for themselves: a *block*.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

ZERO: Final = Decimal(0)
DECIMALS: Final = Decimal("1e-18")
"""The finest rate that table `prices` keeps, in USD."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a price holds that always held."""
_LAST: Final = datetime(2106, 2, 7, tzinfo=UTC)
"""What begins later is left out: column `since` ends there."""


class Rate(NamedTuple):
    """One entry of a price row, field by field as the tuples of table `prices`. Money is USD per token."""

    since: datetime
    from_second: int
    """Of the UTC day; the rate holds at all times where it equals `to_second`."""
    to_second: int
    least_input_tokens: int
    kind: str
    """`list`, `own` or `gpu`; '' where no price is known from then on."""
    name: str
    """The price for people: where it is from and what it holds for."""
    input: Decimal = ZERO
    cache_read: Decimal = ZERO
    cache_write_5m: Decimal = ZERO
    cache_write_1h: Decimal = ZERO
    output: Decimal = ZERO
    reasoning: Decimal = ZERO
    input_audio: Decimal = ZERO
    cache_read_audio: Decimal = ZERO
    output_audio: Decimal = ZERO
    input_image: Decimal = ZERO
    cache_read_image: Decimal = ZERO
    output_image: Decimal = ZERO
    request: Decimal = ZERO
    """USD per request."""
    gpu_second: Decimal = ZERO
    """USD per second of one replica's GPUs, for `gpu`."""

    @property
    def money(self) -> tuple[Decimal, ...]:
        """All its rates, in the order of `MONEY`."""
        return tuple(getattr(self, name) for name in MONEY)


MONEY: Final = Rate._fields[Rate._fields.index("input") :]
"""The names of the rates: those of tokens, `request` and `gpu_second`."""
TOKEN_UNITS: Final = MONEY[: MONEY.index("request")]
"""The kinds of tokens that have a rate."""


def in_effect(rates: Sequence[Rate], at: datetime) -> tuple[Rate, ...]:
    """Return the block that holds at a time; none before the first."""
    begun = [rate.since for rate in rates if rate.since <= at]
    return tuple(rate for rate in rates if rate.since == begun[-1]) if begun else ()


def rate_at(rates: Sequence[Rate], at: datetime, input_tokens: int) -> Rate | None:
    """Return the rate of a call that started at a time with so many input tokens."""
    second = int(at.timestamp()) % 86_400
    fitting = (
        rate
        for rate in reversed(rates)
        if rate.since <= at
        and rate.least_input_tokens <= input_tokens
        and _in_window(second, rate.from_second, rate.to_second)
    )
    return next(fitting, None)


def _in_window(second: int, start: int, end: int) -> bool:
    if start < end:
        return start <= second < end
    return start == end or second >= start or second < end


def timeline(
    starts: Iterable[datetime], block_at: Callable[[datetime], Sequence[Rate]]
) -> tuple[Rate, ...]:
    """Return the rates that begin at the starts, as `block_at` gives them; what did not change begins no new block.

    Where a price ends and none follows, a rate of kind '' says so.
    """
    rates: list[Rate] = []
    before: tuple[Rate, ...] = ()
    for start in sorted(set(starts)):
        if start >= _LAST:
            break
        block = _beginning(max(start, EPOCH), block_at(start))
        if _beginning(EPOCH, block) != before:
            rates += block or [unpriced(start)]
            before = _beginning(EPOCH, block)
    return tuple(rates)


def _beginning(since: datetime, block: Sequence[Rate]) -> tuple[Rate, ...]:
    return tuple(rate._replace(since=since) for rate in block)


def unpriced(since: datetime, name: str = "") -> Rate:
    """Return the rate that says that no price is known from then on, and why where a name tells."""
    return Rate(since, 0, 0, 0, "", name)


def described(label: str, rate: Rate) -> str:
    """Return the name of a rate for people: what it is a price of, since when, at which times, for which length."""
    parts = [label]
    if rate.since > EPOCH:
        parts.append(f"since {rate.since:%Y-%m-%d}")
    if rate.from_second != rate.to_second:
        parts.append(f"{_clock(rate.from_second)} to {_clock(rate.to_second)} UTC")
    if rate.least_input_tokens > 1:
        parts.append(f"over {rate.least_input_tokens - 1:,} input tokens")
    return ", ".join(parts)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"
