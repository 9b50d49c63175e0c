"""The calls of a project, as columns: what every way of saving looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from storage import savings
from storage.client import Engine
from storage.savings import Examined
from storage.scope import Scope
from storage.window import Slice

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]
Booleans = npt.NDArray[np.bool_]

MOST_CALLS: Final = 100_000
"""Calls that are looked at: of a window with more, its latest hours that have no more."""

_DAY_NS: Final = 86_400 * 10**9
_WHOLE: Final = {
    "start_ns": np.int64,
    "end_ns": np.int64,
    "input_tokens": np.int64,
    "cache_read_tokens": np.int64,
    "cache_write_tokens": np.int64,
    "output_tokens": np.int64,
    "messages": np.int64,
    "request": np.uint64,
}
_TRUTHS: Final = ("failed", "has_tool_calls", "is_awaited")
_MEASURES: Final = (
    "cost_usd",
    "output_cost_usd",
    "request_cost_usd",
    "input_rate",
    "cache_read_rate",
    "cache_write_5m_rate",
    "cache_write_1h_rate",
    "output_rate",
)
_TEXTS: Final = (
    "trace_id",
    "span_id",
    "tenant_id",
    "feature",
    "prompt_name",
    "prompt_version",
    "operation",
    "provider",
    "model",
    "request_model",
    "response_model",
    "service_tier",
    "processing",
    "price",
    "question",
)


class Traffic:
    """Calls that count, in order of time. Money is USD, rates are USD a token."""

    def __init__(self, found: Examined, columns: dict[str, Sequence[Any]]) -> None:
        self.examined = found
        self._whole: dict[str, Integers] = {
            name: np.asarray(columns[name], kind) for name, kind in _WHOLE.items()
        }
        self._truths: dict[str, Booleans] = {
            name: np.asarray(columns[name]).astype(np.bool_) for name in _TRUTHS
        }
        self._measures: dict[str, Floats] = {
            name: np.asarray(columns[name], np.float64) for name in _MEASURES
        }
        self._texts = {name: list(columns[name]) for name in _TEXTS}
        start = self._whole["start_ns"]
        self._first_day = int(start[0] // _DAY_NS) if len(start) else 0

    def __len__(self) -> int:
        return len(self._texts["trace_id"])

    def whole(self, name: str) -> Integers:
        """Return a column of whole numbers."""
        return self._whole[name]

    def measure(self, name: str) -> Floats:
        """Return a column of money or rates."""
        return self._measures[name]

    def truth(self, name: str) -> Booleans:
        """Return a column of yes and no."""
        return self._truths[name]

    def texts(self, name: str) -> list[Any]:
        """Return a column of texts."""
        return self._texts[name]

    def having(self, name: str, *values: str) -> Booleans:
        """Return whether a text is one of the values, call by call."""
        wanted = set(values)
        column = self._texts[name]
        return np.fromiter((text in wanted for text in column), np.bool_, len(column))

    @property
    def costs(self) -> Floats:
        """What each call cost."""
        return self._measures["cost_usd"]

    @property
    def days(self) -> Integers:
        """The day of each call (UTC), counted from the first one's."""
        days: Integers = self._whole["start_ns"] // _DAY_NS - self._first_day
        return days

    @property
    def day_count(self) -> int:
        """Days from the first call to the last, both included."""
        return int(self.days[-1]) + 1 if len(self) else 0

    def by_day(self, values: Floats) -> Floats:
        """Return the sums of values over the calls of each day; days without calls have 0."""
        sums = np.zeros(self.day_count)
        np.add.at(sums, self.days, values)
        return sums


@dataclass(frozen=True, slots=True)
class Reader:
    """Where the calls come from, for ways of saving that have questions of their own."""

    engine: Engine
    scope: Scope
    part: Slice
    tokens_per_character: dict[str, float]
    """Of what was sent, by model, as its calls reported."""


def read(engine: Engine, scope: Scope, part: Slice) -> tuple[Traffic, Reader]:
    """Return the calls of a part of time; of one with more than `MOST_CALLS`, those of its latest hours."""
    found = savings.examined(engine, scope, part, MOST_CALLS)
    # An hour alone may have more: then its first calls.
    columns = savings.calls(engine, scope, found.part, 2 * MOST_CALLS)
    ratios = savings.tokens_per_character(engine, scope, found.part)
    return Traffic(found, columns), Reader(engine, scope, found.part, ratios)
