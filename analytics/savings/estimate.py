"""What a way of saving comes to, and how sure that is.

The interval answers: between what would the saving lie in a period like this one? Days are drawn with replacement
(B. Efron, "Bootstrap methods: another look at the jackknife", 1979), whole ones, as the calls of a day are not
independent. Where a share has to be estimated too, such as that of wrong answers, each draw of days has a share of its
own from what was counted (H. Jeffreys' posterior of a share).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from analytics.intervals import Estimate
from analytics.savings.traffic import Booleans, Floats, Traffic

LEAST_DAYS: Final = 7
"""Days that an interval needs: with fewer, not even one week's rhythm has been seen."""
TOO_FEW_DAYS: Final = f"An interval needs at least {LEAST_DAYS} days of calls."
MOST_EVIDENCE: Final = 20
MOST_GROUPS: Final = 20

_DRAWS: Final = 2_000
_SEED: Final = 19_790_101
"""Any number; a fixed one makes the same calls give the same interval."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A trace that would have cost less."""

    trace_id: str
    saved_usd: float
    other_trace_id: str = ""
    """The trace that had the answer already, where there is one."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Part of a saving: of one feature, model or the like."""

    name: str
    calls: int
    cost_usd: float
    saved_usd: float
    note: str = ""
    filter: str = ""
    """The traces behind it, in the filter language; '' where it has no word for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What one way of saving would have come to, taken alone."""

    method: str
    saved: Floats
    """USD by call; below 0 where it would have cost more."""
    estimate: Estimate
    """USD in all."""
    calls: int
    """Calls that would have cost less, or more."""
    how: str
    assumptions: list[str]
    figures: dict[str, float | int | str] = field(default_factory=dict)
    """What the method found out on the way, by name."""
    groups: list[Group] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    """Of caches: every trace that would have got an answer, and the one whose answer."""
    left_out: list[str] = field(default_factory=list)
    """What might be saved as well but is not claimed, and why."""


def over_days(traffic: Traffic, saved: Floats) -> Estimate:
    """Return the sum of what calls would have saved, with the interval for a period like this one."""
    return net_of(traffic, saved, np.zeros_like(saved), 0, 0)


def net_of(traffic: Traffic, gross: Floats, exposed: Floats, misled: int, tried: int) -> Estimate:
    """Return the sum of `gross` less a share of `exposed`, with an interval for both.

    The share is misled / tried; `gross` and `exposed` are USD by call. Never below 0: who loses by it does not do it.
    """
    share = misled / tried if tried else 0.0
    value = max(0.0, float(gross.sum() - share * exposed.sum()))
    if not gross.any():
        return Estimate(0.0, 0.0, 0.0)
    if traffic.day_count < LEAST_DAYS:
        return Estimate(value, None, None, TOO_FEW_DAYS)
    random = np.random.default_rng(_SEED)
    days = traffic.day_count
    weights = random.multinomial(days, np.full(days, 1 / days), size=_DRAWS)
    shares = random.beta(misled + 0.5, tried - misled + 0.5, _DRAWS) if tried else 0.0
    sums = weights @ traffic.by_day(gross) - shares * (weights @ traffic.by_day(exposed))
    low, high = np.percentile(np.maximum(sums, 0.0), (2.5, 97.5))
    return Estimate(value, min(float(low), value), max(float(high), value))


def evidence(
    traffic: Traffic, saved: Floats, note: Callable[[int], tuple[str, str]] = lambda _: ("", "")
) -> list[Evidence]:
    """Return the calls that would have saved most, a trace once.

    `note` tells the other trace and a remark of a call by its place.
    """
    trace_ids = traffic.texts("trace_id")
    found: dict[str, Evidence] = {}
    for place in np.argsort(-saved, kind="stable")[: 20 * MOST_EVIDENCE]:
        if saved[place] <= 0 or len(found) == MOST_EVIDENCE:
            break
        trace_id = trace_ids[place]
        if trace_id not in found:
            other, remark = note(int(place))
            found[trace_id] = Evidence(trace_id, float(saved[place]), other, remark)
    return list(found.values())


def groups_of(
    traffic: Traffic,
    saved: Floats,
    of: Booleans,
    by: Sequence[str] = ("feature", "model"),
) -> list[Group]:
    """Return what the calls of `of` cost and would have saved, by these columns, the largest saving first."""
    columns = [traffic.texts(name) for name in by]
    sums: dict[tuple[str, ...], list[float]] = {}
    for place in np.flatnonzero(of):
        entry = sums.setdefault(tuple(column[place] for column in columns), [0, 0.0, 0.0])
        entry[0] += 1
        entry[1] += traffic.costs[place]
        entry[2] += saved[place]
    found = [
        Group(
            name_of(key),
            int(n),
            float(cost),
            float(usd),
            filter=condition(dict(zip(by, key, strict=True))),
        )
        for key, (n, cost, usd) in sums.items()
    ]
    return sorted(found, key=lambda group: -group.saved_usd)[:MOST_GROUPS]


def name_of(values: Sequence[str]) -> str:
    """Return how people call the calls that have these values."""
    return " · ".join(text or "(none)" for text in values)


def condition(values: dict[str, str]) -> str:
    """Return traces of these fields' values in the filter language."""
    return " and ".join(
        f"{name} = {_quoted(value)}" if value else f"not {name} exists"
        for name, value in values.items()
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
