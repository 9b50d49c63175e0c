"""Figures as readers see them."""

import pytest

from ui import formats


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 ns"),
        (999, "999 ns"),
        (1_000, "1.00 µs"),
        (812_400, "812 µs"),
        (1_234_000, "1.23 ms"),
        (12_340_000, "12.3 ms"),
        (999_400_000, "999 ms"),
        (2_131_899_234, "2.13 s"),
        (59_900_000_000, "59.9 s"),
        (200_000_000_000, "3 min 20 s"),
        (7_260_000_000_000, "2 h 1 min"),
        (180_000_000_000_000, "2 d 2 h"),
    ],
)
def test_durations_have_three_digits_and_a_unit(nanoseconds: int, text: str) -> None:
    """A duration is short enough for a column and exact enough to compare."""
    assert formats.duration(nanoseconds) == text


def test_an_unknown_cost_is_not_zero() -> None:
    """No price is a dash, a free answer is $0."""
    assert formats.cost(None) == "\u2013"
    assert formats.cost(0) == "$0"


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (0.0000000123, "$0.000000012"),
        (0.0000092, "$0.0000092"),
        (0.00059, "$0.00059"),
        (0.0217, "$0.0217"),
        (3.5, "$3.50"),
        (12345.678, "$12,345.68"),
    ],
)
def test_small_costs_keep_their_digits(usd: float, text: str) -> None:
    """A cost of a fraction of a cent can be told from another."""
    assert formats.cost(usd) == text


@pytest.mark.parametrize(
    ("number", "text"), [(812, "812"), (1_200, "1.2k"), (34_000, "34k"), (5_100_000, "5.1M")]
)
def test_counts_are_short(number: int, text: str) -> None:
    """Large counts carry a suffix."""
    assert formats.short_count(number) == text
