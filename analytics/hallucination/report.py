"""How often answers are not supported, as each judge sees it: now, before, over time, in groups; and who agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from analytics.hallucination.helped import HelpedRate, helped_rate
from analytics.hallucination.judges import LLM_JUDGE, OWN, Kind, kind_of
from analytics.hallucination.kappa import PairAgreement, agreement
from analytics.intervals import Estimate, difference, share
from storage import groundedness as stored
from storage.client import Engine
from storage.groundedness import GROUPS, GroundedTally, Judge, Sums
from storage.outcomes import Where
from storage.scope import Scope
from storage.window import Window

MOST_GROUPS: Final = 12
"""Groups of one kind that are told, the largest."""
_HELPING: Final = (OWN.key, LLM_JUDGE.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRate:
    """The share of answers that a judge calls unsupported."""

    traces: int
    """That it judged."""
    stand_for: float
    """How many there would be, had it judged all of which it saw a sample."""
    unsupported: int
    """Of those judged, as they are."""
    rate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeReport:
    """What one judge says of a window."""

    judge: str
    name: str
    source: str
    kind: Kind
    forms: Sequence[str]
    """What it says so by: 'label', 'boolean', 'number'."""
    now: JudgedRate | None
    """None where it judged nothing."""
    before: JudgedRate | None
    """In the window before, of the same length."""
    change: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a judge says of the traces that start within a step."""

    start: datetime
    judged: JudgedRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What a judge says of the traces that have one thing in common."""

    by: str
    value: str
    """'' where it is not known."""
    prompt: str
    """Of a prompt version, the prompt."""
    judged: JudgedRate
    rest: Estimate | None
    """How far the rate is from that of all other groups of its kind; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundedness:
    """How often answers are not supported."""

    judges: list[JudgeReport]
    main: str
    """Of which judge `steps` and `groups` are; '' where nobody judged."""
    step: timedelta
    steps: list[Step]
    groups: list[Group]
    """By kind in the order of `storage.groundedness.GROUPS`, the largest first."""
    helped: list[HelpedRate]
    """Rates by a judge's standard, with our own model's help."""
    agreement: list[PairAgreement]


def report(
    engine: Engine,
    scope: Scope,
    where: Where,
    judges: Sequence[Judge],
    *,
    step: timedelta,
    main: str = "",
) -> Groundedness:
    """Return how often answers of a window are not supported, by each of `judges`.

    `main`, by its key, is whose rate is told over time and in groups: the first that judged anything, unless named.
    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    if not judges:
        return Groundedness(
            judges=[], main="", step=step, steps=[], groups=[], helped=[], agreement=[]
        )
    now = stored.tallies(engine, scope, where, judges, grouped=True)
    past = stored.tallies(engine, scope, _before(where), judges)
    told = _judged(judges, now, past)
    there = [one.judge for one in told if one.now]
    main = main if main in there or not there else there[0]
    found = _pairs(engine, scope, where, judges)
    return Groundedness(
        judges=told,
        main=main,
        step=step,
        steps=_steps(engine, scope, where, [one for one in judges if one.key == main], step),
        groups=_groups([tally for tally in now if tally.judge == main]),
        helped=found.helped,
        agreement=found.agreement,
    )


def before(window: Window) -> Window:
    """Return the window before, of the same length."""
    return Window(window.start - (window.end - window.start), window.start)


def _before(where: Where) -> Where:
    return Where(before(where.window), where.q, where.filter)


def _judged(
    judges: Sequence[Judge], now: Sequence[GroundedTally], past: Sequence[GroundedTally]
) -> list[JudgeReport]:
    told, earlier = _by_judge(now), _by_judge(past)
    return [_report(one, told.get(one.key), earlier.get(one.key)) for one in judges]


def _by_judge(tallies: Sequence[GroundedTally]) -> Mapping[str, GroundedTally]:
    return {tally.judge: tally for tally in tallies if not tally.field}


def _report(one: Judge, now: GroundedTally | None, past: GroundedTally | None) -> JudgeReport:
    told, earlier = (_rate(tally) if tally else None for tally in (now, past))
    return JudgeReport(
        judge=one.key,
        name=one.name,
        source=one.source,
        kind=kind_of(one),
        forms=now.forms if now else (),
        now=told,
        before=earlier,
        change=difference(told.rate, earlier.rate) if told and earlier else None,
    )


def _rate(tally: GroundedTally) -> JudgedRate:
    return JudgedRate(
        traces=tally.sums.votes,
        stand_for=tally.sums.weight,
        unsupported=tally.bad,
        rate=_share(tally.sums),
    )


def _share(sums: Sums) -> Estimate:
    return share(
        sums.total, sums.weight,
        clusters=sums.clusters, cc=sums.ss, cn=sums.sn, nn=sums.nn, votes=sums.votes,
    )  # fmt: skip


def _steps(
    engine: Engine, scope: Scope, where: Where, chosen: Sequence[Judge], step: timedelta
) -> list[Step]:
    tallies = stored.tallies(engine, scope, where, chosen, step=step)
    return [
        Step(start=stored.start_of(where, step, tally.step), judged=_rate(tally))
        for tally in tallies
    ]


def _groups(tallies: Sequence[GroundedTally]) -> list[Group]:
    by_kind = {kind: [tally for tally in tallies if tally.field == kind] for kind in GROUPS}
    return [
        _group(tally, of_kind) for of_kind in by_kind.values() for tally in of_kind[:MOST_GROUPS]
    ]


def _group(tally: GroundedTally, of_kind: Sequence[GroundedTally]) -> Group:
    others = [one.sums for one in of_kind if one is not tally]
    told = _rate(tally)
    return Group(
        by=tally.field,
        value=tally.value,
        prompt=tally.prompt,
        judged=told,
        rest=difference(told.rate, _share(_together(others))) if others else None,
    )


def _together(sums: Sequence[Sums]) -> Sums:
    """Return the sums of several groups. A session that is in two of them counts as two."""
    names = Sums.__dataclass_fields__
    return Sums(**{name: sum(getattr(one, name) for one in sums) for name in names})


@dataclass(frozen=True, slots=True)
class _Pairs:
    agreement: list[PairAgreement]
    helped: list[HelpedRate]


def _pairs(engine: Engine, scope: Scope, where: Where, judges: Sequence[Judge]) -> _Pairs:
    """Return what pairs of judges come to, our own model first wherever it is one of them."""
    ordered = sorted(judges, key=lambda one: one.key != OWN.key)
    wanted = [(first.key, second.key) for first, second in combinations(ordered, 2)]
    found = stored.pairs(engine, scope, where, judges, wanted)
    # Of other judges nobody knows how likely each trace was to be judged.
    helped = [helped_rate(pair) for pair in found if (pair.first, pair.second) == _HELPING]
    return _Pairs([agreement(pair) for pair in found], [one for one in helped if one])
