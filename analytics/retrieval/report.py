"""Retrieval of a window: measures with intervals, over time and by what traces have in common; ranks, retrievers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from analytics.intervals import Estimate, difference, mean, share
from storage import retrieval
from storage.client import Engine
from storage.outcomes import Where
from storage.retrieval import By, Measure, MeasureSums, RankSums, Retriever, Sums
from storage.scope import Scope
from storage.window import Window

MEANS: Final[frozenset[Measure]] = frozenset({"relevance", "position"})
"""Measures that are means; all others are shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure of some traces. What a trace that was sampled counts for is 1 / its probability."""

    measure: Measure
    traces: int
    """That have it."""
    n: int
    """What was looked at in them: contexts, retrievals or answers."""
    noted: int
    """Traces that are worth a look: see docs/retrieval.md."""
    value: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOfAll(Figure):
    """A measure of all traces."""

    newest_noted: list[str]
    """The newest traces that are worth a look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOfStep(Figure):
    """A measure of the traces that start within a step of time."""

    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOfValue(Figure):
    """A measure of the traces with one value of a dimension; '' where they have none."""

    of: str
    rest: Estimate | None
    """How far it is from that of all other traces; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """The contexts at one rank, from 1 on, of answers that were judged."""

    rank: int
    n: int
    used: Estimate
    """The share of them that hold the evidence of a supported claim."""
    first: float
    """The share of answers whose first used context stands here, of those with any."""
    traces: list[str]
    """The newest of those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalReport:
    """What is known of retrieval in a window."""

    measures: list[FigureOfAll]
    series: list[FigureOfStep]
    by: list[FigureOfValue]
    """The values with the most traces first, measure by measure."""
    ranks: list[Rank]
    retrievers: list[Retriever]


def report(
    engine: Engine,
    scope: Scope,
    where: Where,
    *,
    by: By | None = None,
    step: timedelta | None = None,
) -> RetrievalReport:
    """Return the measures of traces that asked a retriever, with 95 % intervals.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    found = retrieval.measures(engine, scope, where, by=by, step=step)
    return RetrievalReport(
        measures=_of_all(found),
        series=_series(found, where.window, step) if step else [],
        by=_by([sums for sums in found if sums.part == "value"]),
        ranks=_ranks(retrieval.ranks(engine, scope, where)),
        retrievers=retrieval.retrievers(engine, scope, where),
    )


def _of_all(found: Sequence[MeasureSums]) -> list[FigureOfAll]:
    figures = [
        FigureOfAll(**_figure(sums), newest_noted=sums.newest_noted)
        for sums in found
        if sums.part == "all"
    ]
    return sorted(figures, key=lambda figure: retrieval.MEASURES.index(figure.measure))


def _figure(sums: MeasureSums) -> dict[str, Any]:
    return {
        "measure": sums.measure,
        "traces": sums.traces,
        "n": sums.votes,
        "noted": sums.noted,
        "value": _value(sums),
    }


def _series(found: Sequence[MeasureSums], window: Window, step: timedelta) -> list[FigureOfStep]:
    figures = [
        FigureOfStep(**_figure(sums), start=window.start + int(sums.value) * step)
        for sums in found
        if sums.part == "step"
    ]
    return sorted(figures, key=lambda figure: (figure.start, figure.measure))


def _by(found: Sequence[MeasureSums]) -> list[FigureOfValue]:
    together: dict[Measure, list[MeasureSums]] = {}
    for sums in found:
        together.setdefault(sums.measure, []).append(sums)
    return [
        FigureOfValue(**_figure(one), of=one.value, rest=_rest(one, together[one.measure]))
        for one in found
    ]


def _rest(one: MeasureSums, every: Sequence[MeasureSums]) -> Estimate | None:
    """Return how far a value is from all others; a session that has several counts once in each."""
    others = [sums for sums in every if sums is not one]
    if not others:
        return None
    together = MeasureSums(
        measure=one.measure,
        part="value",
        value="",
        traces=0,
        noted=0,
        newest_noted=[],
        votes=sum(sums.votes for sums in others),
        weight=sum(sums.weight for sums in others),
        clusters=sum(sums.clusters for sums in others),
        total=sum(sums.total for sums in others),
        nn=sum(sums.nn for sums in others),
        ss=sum(sums.ss for sums in others),
        sn=sum(sums.sn for sums in others),
    )
    return difference(_value(one), _value(together))


def _value(sums: MeasureSums) -> Estimate:
    if sums.measure in MEANS:
        return mean(
            sums.total, sums.weight, clusters=sums.clusters, ss=sums.ss, sn=sums.sn, nn=sums.nn
        )
    return _share(sums)


def _share(sums: Sums) -> Estimate:
    return share(
        sums.total, sums.weight, clusters=sums.clusters, cc=sums.ss, cn=sums.sn, nn=sums.nn, votes=sums.votes
    )  # fmt: skip


def _ranks(found: Sequence[RankSums]) -> list[Rank]:
    firsts = sum(sums.first for sums in found) or 1.0
    return [
        Rank(
            rank=sums.rank,
            n=sums.votes,
            used=_share(sums),
            first=sums.first / firsts,
            traces=sums.traces,
        )
        for sums in found
    ]


def values_of(report_: RetrievalReport) -> Mapping[str, dict[Measure, FigureOfValue]]:
    """Return the figures of a dimension by value, the values with the most traces first."""
    most: dict[str, int] = {}
    for figure in report_.by:
        most[figure.of] = max(most.get(figure.of, 0), figure.traces)
    ordered: dict[str, dict[Measure, FigureOfValue]] = {
        value: {} for value in sorted(most, key=lambda value: (-most[value], value))
    }
    for figure in report_.by:
        ordered[figure.of][figure.measure] = figure
    return ordered
