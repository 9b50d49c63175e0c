"""What explains a change of spend: which values of which dimensions, and whether by more calls or by dearer ones."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import combinations
from typing import Any, Final

from storage.client import Engine
from storage.costs.coverage import coverage
from storage.costs.dimensions import Where, condition, grouping, source_of
from storage.costs.steps import Steps
from storage.costs.usage import within_store
from storage.costs.usage_questions import question
from storage.costs.usage_sql import rows_of, values_of
from storage.errors import BadInput
from storage.query import run
from storage.scope import Scope
from storage.window import Window

DEFAULT_DIMENSIONS: Final = ("tenant", "feature", "model")

MAX_SHOWN: Final = 1000
"""Values of a dimension that are told apart."""

_MEASURES: Final = ("requests", "unpriced_requests", "cost_usd")
_UNIT: Final = Decimal("1e-12")
_NOTHING: Final = Decimal(0)

_GAIN: Final = Decimal("1.1")
"""How much better a pair has to explain a change than either of its dimensions alone."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls of one window cost."""

    requests: int
    """Calls that a price is known of."""
    unpriced_requests: int
    cost_usd: Decimal

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(
            self.requests - other.requests,
            self.unpriced_requests - other.unpriced_requests,
            self.cost_usd - other.cost_usd,
        )

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.requests + other.requests,
            self.unpriced_requests + other.unpriced_requests,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """How the spend of one group changed: `volume_usd + rate_usd + new_usd + gone_usd` is all of it."""

    by: Mapping[str, str]
    """Value by dimension; empty for all of them, and for what is left beside those that are told apart."""
    before: Spent
    now: Spent

    @property
    def change_usd(self) -> Decimal:
        """How much more it is than before."""
        return self.now.cost_usd - self.before.cost_usd

    @property
    def volume_usd(self) -> Decimal:
        """Because of more calls, or fewer: at what a call cost before."""
        if not self.before.requests or not self.now.requests:
            return _NOTHING
        with localcontext(prec=60):
            more = self.now.requests - self.before.requests
            exact = self.before.cost_usd * more / self.before.requests
            return exact.quantize(_UNIT, ROUND_HALF_UP)

    @property
    def rate_usd(self) -> Decimal:
        """Because a call cost more, or less: by longer requests, other models, other prices."""
        if not self.before.requests or not self.now.requests:
            return _NOTHING
        return self.change_usd - self.volume_usd

    @property
    def new_usd(self) -> Decimal:
        """Because there were no such calls before."""
        return _NOTHING if self.before.requests else self.change_usd

    @property
    def gone_usd(self) -> Decimal:
        """Because there are no such calls any more."""
        return self.change_usd if self.before.requests and not self.now.requests else _NOTHING

    def beyond(self, whole: "Change") -> Decimal:
        """Return how much of the change is its own: beyond its share, had all groups changed alike.

        Nothing for a group that changed the other way round from that, or not at all.
        """
        share = whole.change_usd * self.before.cost_usd
        alike = share / whole.before.cost_usd if whole.before.cost_usd else _NOTHING
        own = self.change_usd - alike
        if own * self.change_usd <= 0:
            return _NOTHING
        return min(own, self.change_usd, key=abs)


@dataclass(frozen=True, slots=True)
class DimensionChanges:
    """The changes by one or two dimensions, the largest first; together with `rest` they are the whole."""

    dimensions: tuple[str, ...]
    changes: list[Change]
    rest: Change | None
    """Of the values beyond the limit, taken together; None if there are none."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A change of spend and what explains it."""

    total: Change
    leading: list[Change]
    """What explains most of it, of all dimensions and pairs: by how much of its change is its own."""
    by: list[DimensionChanges]
    now: Window
    before: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class MoversQuestion:
    """Which change of spend is asked about. Windows are taken in whole seconds."""

    now: Window
    before: Window
    """Ends before the other begins."""
    dimensions: Sequence[str] = DEFAULT_DIMENSIONS
    where: Where = field(default_factory=dict)
    limit: int = 10
    """Values of each dimension and pair that are told apart."""


def before(window: Window) -> Window:
    """Return the window of the same length that ends where this one begins."""
    return Window(window.start - (window.end - window.start), window.start)


def movers(engine: Engine, scope: Scope, asked: MoversQuestion) -> Movement:
    """Return which values of which dimensions explain the change of spend between two windows.

    All of one state of the store. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    names = grouping(asked.dimensions)
    if not names:
        raise BadInput("there is no dimension to explain a change by", hint="name one or several")
    if not 1 <= asked.limit <= MAX_SHOWN:
        raise BadInput(f"limit is {asked.limit}", hint=f"from 1 to {MAX_SHOWN} are possible")
    steps = _steps(asked)
    where = condition(asked.where)
    shapes = _shapes(names)
    covered = coverage(engine, scope, source_of([*names, *asked.where]), steps)
    query = question(
        "changes",
        dimensions=", ".join(names),
        sets=", ".join(f"({', '.join(shape)})" for shape in ((), *shapes)),
        rows=rows_of(names, _MEASURES, covered, where),
    )
    result = run(
        engine, scope, query,
        before=_seconds(steps.starts[0]), now=_seconds(steps.starts[-1]), limit=asked.limit,
        **values_of(query, covered, where),
    )  # fmt: skip
    return _movement(asked, names, shapes, result.result_rows)


def _steps(asked: MoversQuestion) -> Steps:
    """Return both windows as steps of one, with what lies between as a step that nobody asks for."""
    first, second = (within_store(window) for window in (asked.before, asked.now))
    first, second = _whole(first), _whole(second)
    if first.end > second.start:
        raise BadInput(
            "the windows overlap", hint="the one before ends where the other begins, or earlier"
        )
    if first.start == first.end or second.start == second.end:
        raise BadInput("a window is empty", hint="give it at least a second")
    starts = dict.fromkeys((first.start, first.end, second.start))
    return Steps(Window(first.start, second.end), tuple(starts))


def _whole(window: Window) -> Window:
    return Window(window.start.replace(microsecond=0), window.end.replace(microsecond=0))


def _seconds(time: datetime) -> int:
    return int(time.timestamp())


def _shapes(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [(name,) for name in names] + list(combinations(names, 2))


def _movement(
    asked: MoversQuestion,
    names: Sequence[str],
    shapes: Sequence[tuple[str, ...]],
    rows: Sequence[Sequence[Any]],
) -> Movement:
    found: dict[tuple[str, ...], list[Change]] = {shape: [] for shape in ((), *shapes)}
    for shape, change in _changes(names, rows):
        found[shape].append(change)
    none = Change({}, Spent(0, 0, _NOTHING), Spent(0, 0, _NOTHING))
    total = found[()][0] if found[()] else none
    by = [DimensionChanges(shape, found[shape], _rest(total, found[shape])) for shape in shapes]
    return Movement(total, _leading(total, by)[: asked.limit], by, asked.now, asked.before)


def _changes(
    names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> Iterator[tuple[tuple[str, ...], Change]]:
    for mask, *rest in rows:
        values, figures = rest[: len(names)], rest[len(names) :]
        by = {
            name: str(value)
            for place, (name, value) in enumerate(zip(names, values, strict=True))
            if not mask >> (len(names) - 1 - place) & 1
        }
        was = Spent(int(figures[0]), int(figures[4]), figures[2])
        now = Spent(int(figures[1]), int(figures[5]), figures[3])
        yield tuple(by), Change(by, was, now)


def _rest(total: Change, shown: Sequence[Change]) -> Change | None:
    was, now = total.before, total.now
    for change in shown:
        was, now = was - change.before, now - change.now
    nothing = Spent(0, 0, _NOTHING)
    return None if (was, now) == (nothing, nothing) else Change({}, was, now)


def _leading(total: Change, by: Sequence[DimensionChanges]) -> list[Change]:
    """Return the changes that explain most, pairs only where they explain more than their dimensions alone."""
    alone = {
        tuple(change.by.items()): abs(change.beyond(total))
        for one in by
        if len(one.dimensions) == 1
        for change in one.changes
    }

    def is_worth_telling(change: Change) -> bool:
        own = abs(change.beyond(total))
        parts = (alone.get((item,), _NOTHING) for item in change.by.items())
        return own > 0 and (len(change.by) == 1 or all(own > _GAIN * part for part in parts))

    candidates = [change for one in by for change in one.changes if is_worth_telling(change)]
    return sorted(candidates, key=lambda change: (-abs(change.beyond(total)), len(change.by)))
