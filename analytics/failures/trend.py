"""Failures over time: the share of traces that failed in each step of a window."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from analytics.failures.report import share_of
from analytics.failures.rules import RULES
from analytics.intervals import Estimate
from storage import failures
from storage.client import Engine
from storage.failures import Rules
from storage.scope import Scope
from storage.window import Window


@dataclass(frozen=True, slots=True)
class Step:
    """The traces that start within one step of a window."""

    start_unix_nano: int
    traces: int
    share: Estimate | None
    """Of them that failed; None without traces."""
    causes: Mapping[str, int]
    """How many failed for each cause."""


def trend(
    engine: Engine,
    scope: Scope,
    window: Window,
    step: timedelta,
    *,
    cause: str = "",
    rules: Rules = RULES,
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[Step]:
    """Return every step of `window` in order, with the share that failed, or failed for one cause.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    rows = failures.over_time(engine, scope, window, rules, step=step, filter=filter)
    by_place = {row.place: row for row in rows}
    length_ns = step // timedelta(microseconds=1) * 1000
    places = range(-(-(window.end_ns - window.start_ns) // length_ns))
    found = []
    for place in places:
        row = by_place.get(place)
        traces, causes = (row.traces, row.failed) if row else (0, {})
        failed = causes.get(cause, 0) if cause else sum(causes.values())
        share = share_of(failed, traces) if traces else None
        found.append(Step(window.start_ns + place * length_ns, traces, share, causes))
    return found
