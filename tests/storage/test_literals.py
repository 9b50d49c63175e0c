"""Numbers, durations and times as people write them."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import literals
from storage.errors import BadInput
from storage.page import Position, decode_cursor, encode_cursor
from storage.window import Window, slices

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
NOON = 1_748_779_200


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2025-06-01T12:00:00Z", NOON * 10**9),
        ("2025-06-01T12:00:00.123456789Z", NOON * 10**9 + 123_456_789),
        ("2025-06-01T14:00:00+02:00", NOON * 10**9),
        ("2025-06-01 12:00", NOON * 10**9),
        ("2025-06-01", (NOON - 12 * 3600) * 10**9),
        ("1748779200", NOON * 10**9),
        ("1748779200.5", NOON * 10**9 + 500_000_000),
        ("1748779200000", NOON * 10**9),
        ("1748779200000000", NOON * 10**9),
        ("1748779200000000123", NOON * 10**9 + 123),
        ("now", NOON * 10**9),
        ("-1h", (NOON - 3600) * 10**9),
        ("now-1h30m", (NOON - 5400) * 10**9),
        ("+1d", (NOON + 86400) * 10**9),
    ],
)
def test_times(text: str, ns: int) -> None:
    """Every way of writing a time gives exact nanoseconds."""
    assert literals.time_ns(text, now=NOW) == ns


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2025-13-01", "-1x", "99999999999999999999", "0000-01-01", "9999-12-31"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """Nonsense and times beyond 64 bits of nanoseconds are refused."""
    with pytest.raises(BadInput, match="is not a time"):
        literals.time_ns(text, now=NOW)


@given(st.integers(0, 2**62))
def test_rfc3339_keeps_every_nanosecond(ns: int) -> None:
    """A time written and read again is the same."""
    assert literals.time_ns(literals.rfc3339(ns), now=NOW) == ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("5s", 5 * 10**9),
        ("1.5ms", 1_500_000),
        ("1h30m", 5400 * 10**9),
        ("3µs", 3000),
        ("5", None),
        ("s", None),
        ("5s!", None),
    ],
)
def test_durations(text: str, ns: int | None) -> None:
    """Durations have units and may be joined."""
    assert literals.duration_ns(text) == ns


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10k", 10_000),
        ("1.5m", 1_500_000),
        ("-2", -2),
        ("1e3", 1000),
        ("9007199254740993", 9007199254740993),
        ("0.05", 0.05),
        ("x", None),
        ("1e999", None),
    ],
)
def test_numbers(text: str, value: float | None) -> None:
    """Numbers take k and m; whole ones stay whole."""
    assert literals.number(text) == value


@given(st.integers(-(2**63), 2**63 - 1), st.text(max_size=40))
def test_a_cursor_comes_back_as_it_was(value: int, row_id: str) -> None:
    """What a cursor stands for survives the trip."""
    assert decode_cursor(encode_cursor("-cost", Position(value, row_id)), "-cost") == Position(
        value, row_id
    )


@pytest.mark.parametrize(
    "cursor", ["x", "é", "e30", "WzEsMl0", encode_cursor("cost", Position(1, "a")), "W10" * 50]
)
def test_a_wrong_cursor_is_refused(cursor: str) -> None:
    """A damaged cursor, or one of another order, is the caller's mistake."""
    with pytest.raises(BadInput, match="cursor"):
        decode_cursor(cursor, "-cost")


@given(start=st.integers(0, 10**18), length=st.integers(0, 10**18), newest_first=st.booleans())
def test_slices_cover_a_window_once(start: int, length: int, *, newest_first: bool) -> None:
    """Slices join without gaps, grow fourfold, and a month takes only a few."""
    found = list(slices(start, start + length, newest_first=newest_first))
    ordered = sorted(found, key=lambda s: s.start_ns)
    assert sum(s.end_ns - s.start_ns for s in found) == length
    assert all(a.end_ns == b.start_ns for a, b in pairwise(ordered))
    assert len(found) <= 12


def test_a_window_needs_time_zones_and_order() -> None:
    """Naive times and an end before the start are refused."""
    with pytest.raises(BadInput, match="time zone"):
        Window(datetime(2025, 1, 1), datetime(2025, 1, 2))  # noqa: DTZ001 - the point
    with pytest.raises(BadInput, match="before it starts"):
        Window(NOW, datetime(2025, 1, 1, tzinfo=UTC))
