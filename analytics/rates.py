"""Rates of evaluations: means, shares and their intervals, by model, feature, prompt version, tenant and the like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from analytics.intervals import Estimate, difference, mean, share
from storage import evaluations
from storage.client import Engine
from storage.evaluation_rates import LabelTally
from storage.evaluations import Tally
from storage.scope import Scope
from storage.window import Window

MAX_LABELS: Final = 50
"""Labels of a rate that are told, the commonest."""


@dataclass(frozen=True, slots=True)
class LabelShare:
    """The share of a label among the votes of a category. `label` is '' for votes without one."""

    label: str
    count: int
    share: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What the evaluations of one name come to in a group and step."""

    by: Mapping[str, str]
    """Value by dimension; '' where it is not known."""
    start: datetime
    kind: str
    """'boolean', 'number' or 'category'."""
    n: int
    """Votes: of one thing judged, one author has one."""
    weight: float
    """How many there would be, had everything been judged of which only a sample was."""
    clusters: int
    """Sessions, and traces without a session, that the votes are on."""
    value: Estimate | None
    """The share of true ones, or the mean; of a category the share of the label asked for, None without one."""
    rest: Estimate | None
    """How far `value` is from that of all other groups of the step; None where there are none."""
    labels: list[LabelShare]
    """The commonest first. Of numbers and booleans, the labels that came with them."""


def rates(
    engine: Engine,
    scope: Scope,
    window: Window,
    name: str,
    *,
    by: Sequence[str] = (),
    step: timedelta | None = None,
    label: str = "",
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[Rate]:
    """Return the rates of the evaluations called `name` over traces that start within `window`, in order of time.

    As `storage.evaluations.rates`, with intervals. Evaluations of different kinds have rates of their own. With a
    `label`, the value of a category is the share of that label.
    """
    tallies = [
        _counting(tally, label) if label else tally
        for tally in evaluations.rates(
            engine, scope, window, name, by=by, step=step, q=q, filter=filter
        )
    ]
    together: dict[tuple[datetime, str], _Sums] = {}
    for tally in tallies:
        together.setdefault((tally.start, tally.kind), _Sums()).add(tally)
    return [
        _rate(tally, together[tally.start, tally.kind], is_counted=bool(label)) for tally in tallies
    ]


def _counting(tally: Tally, label: str) -> Tally:
    """Return the tally of a category as that of whether the label is this one; any other as it is."""
    if tally.kind != "category":
        return tally
    given = tally.labels.get(label, LabelTally(0, 0, 0, 0))
    return replace(tally, total=given.weight, ss=given.cc, sn=given.cn)


@dataclass(slots=True)
class _Sums:
    """Sums over several groups. A session that is in two of them counts as two: groups are taken as independent."""

    n: int = 0
    weight: float = 0
    clusters: int = 0
    total: float = 0
    nn: float = 0
    ss: float = 0
    sn: float = 0

    def add(self, tally: Tally) -> None:
        self.n += tally.n
        self.weight += tally.weight
        self.clusters += tally.clusters
        self.total += tally.total
        self.nn += tally.nn
        self.ss += tally.ss
        self.sn += tally.sn

    def without(self, tally: Tally) -> "_Sums":
        return _Sums(
            self.n - tally.n,
            self.weight - tally.weight,
            self.clusters - tally.clusters,
            self.total - tally.total,
            self.nn - tally.nn,
            self.ss - tally.ss,
            self.sn - tally.sn,
        )


def _rate(tally: Tally, together: _Sums, *, is_counted: bool) -> Rate:
    value = _value(tally.kind, tally, is_counted=is_counted)
    others = together.without(tally)
    rest = _value(tally.kind, others, is_counted=is_counted) if others.n > 0 else None
    return Rate(
        by=tally.by,
        start=tally.start,
        kind=tally.kind,
        n=tally.n,
        weight=tally.weight,
        clusters=tally.clusters,
        value=value,
        rest=difference(value, rest) if value and rest else None,
        labels=_labels(tally),
    )


def _value(kind: str, sums: Tally | _Sums, *, is_counted: bool) -> Estimate | None:
    """Return the value of sums; of a category only where they count one of its labels."""
    if kind == "boolean" or (kind == "category" and is_counted):
        return share(
            sums.total, sums.weight, clusters=sums.clusters, cc=sums.ss, cn=sums.sn, nn=sums.nn, votes=sums.n
        )  # fmt: skip
    if kind == "number":
        return mean(
            sums.total, sums.weight, clusters=sums.clusters, ss=sums.ss, sn=sums.sn, nn=sums.nn
        )
    return None


def _labels(tally: Tally) -> list[LabelShare]:
    if set(tally.labels) == {""}:
        return []
    return [
        LabelShare(
            label,
            c.votes,
            share(
                c.weight,
                tally.weight,
                clusters=tally.clusters,
                cc=c.cc,
                cn=c.cn,
                nn=tally.nn,
                votes=tally.n,
            ),
        )
        for label, c in list(tally.labels.items())[:MAX_LABELS]
    ]
