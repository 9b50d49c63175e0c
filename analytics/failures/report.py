"""Failures of a window: causes ranked by how many traces and what they cost, and how that changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.failures.rules import BY_NAME, RULES
from analytics.intervals import Estimate, difference, share
from storage import failures
from storage.client import Engine
from storage.failures import By, CauseRow, Example, Rules
from storage.scope import Scope
from storage.window import Window

_EXAMPLES: Final = 3
MAX_VALUES: Final = 20
"""Values that a cause is told apart by, those with the most traces."""


@dataclass(frozen=True, slots=True)
class ValueCount:
    """The traces of a cause that have one value."""

    value: str
    traces: int
    cost_usd: float
    share: float
    """Of all traces with this value."""
    of: int
    """All traces with this value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOut:
    """The traces that failed for one cause."""

    cause: str
    title: str
    meaning: str
    traces: int
    share: Estimate
    """Of all traces of the window."""
    cost_usd: float
    before: int
    """Traces in the window before, of the same length."""
    change: Estimate
    """The share less that of the window before."""
    tagged: int
    """Traces that failed for another cause, and in which this went wrong too."""
    first_seen_unix_nano: int
    """Within the window."""
    last_seen_unix_nano: int
    by: list[ValueCount]
    examples: list[Example]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReport:
    """All causes of a window, the most frequent first."""

    traces: int
    failed: int
    share: Estimate | None
    cost_usd: float
    """Of the traces that failed."""
    traces_before: int
    failed_before: int
    causes: list[CauseOut]


def report(
    engine: Engine,
    scope: Scope,
    window: Window,
    *,
    rules: Rules = RULES,
    by: By | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> FailureReport:
    """Return why traces failed that start within `window`, beside the window before.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    before = Window(window.start - (window.end - window.start), window.start)
    now = failures.ranking(engine, scope, window, rules, by=by, q=q, filter=filter)
    then = failures.ranking(engine, scope, before, rules, q=q, filter=filter)
    total, total_before = _traces(now), _traces(then)
    counted_before = Counter({row.cause: row.traces for row in then})
    causes = [
        _cause(cause, [row for row in now if row.cause == cause], now, counted_before, total_before)
        for cause in {row.cause: None for row in now if row.cause}
    ]
    failed = sum(cause.traces for cause in causes)
    return FailureReport(
        traces=total,
        failed=failed,
        share=share_of(failed, total) if total else None,
        cost_usd=sum(cause.cost_usd for cause in causes),
        traces_before=total_before,
        failed_before=total_before - counted_before[""],
        causes=sorted(causes, key=lambda cause: (-cause.traces, cause.cause)),
    )


def _cause(
    cause: str,
    rows: Sequence[CauseRow],
    now: Sequence[CauseRow],
    before: Counter[str],
    total_before: int,
) -> CauseOut:
    traces, total = _traces(rows), _traces(now)
    found = share_of(traces, total)
    earlier = share_of(before[cause], total_before) if total_before else None
    newest = sorted(
        (one for row in rows for one in row.newest), key=lambda one: -one.start_time_unix_nano
    )
    known = BY_NAME[cause]
    return CauseOut(
        cause=cause,
        title=known.title,
        meaning=known.meaning,
        traces=traces,
        share=found,
        cost_usd=sum(row.cost_usd for row in rows),
        before=before[cause],
        change=difference(found, earlier) if earlier else _UNKNOWN,
        tagged=sum(row.tags.get(cause, 0) for row in now),
        first_seen_unix_nano=min(row.first_seen_unix_nano for row in rows),
        last_seen_unix_nano=max(row.last_seen_unix_nano for row in rows),
        by=_values(rows, now),
        examples=newest[:_EXAMPLES],
    )


_UNKNOWN: Final = Estimate(0.0, None, None, "There are no traces in the window before.")


def _values(rows: Sequence[CauseRow], now: Sequence[CauseRow]) -> list[ValueCount]:
    of_value: Counter[str] = Counter()
    for row in now:
        of_value[row.value] += row.traces
    if set(of_value) == {""}:
        return []
    return [
        ValueCount(
            row.value,
            row.traces,
            row.cost_usd,
            row.traces / of_value[row.value],
            of_value[row.value],
        )
        for row in sorted(rows, key=lambda row: (-row.traces, row.value))[:MAX_VALUES]
    ]


def _traces(rows: Iterable[CauseRow]) -> int:
    return sum(row.traces for row in rows)


def share_of(count: int, n: int) -> Estimate:
    """Return the share of traces that failed, of `n` > 0."""
    # Each trace stands for itself: one cluster each.
    return share(count, n, clusters=n, cc=count, cn=count, nn=n)
