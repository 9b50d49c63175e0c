"""What judges say of answers: whether they are supported. Sums for rates and agreement, and the worst answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from storage.client import Engine
from storage.outcomes import Where
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.traces import where_of
from storage.window import Slice, from_unix_nano

UNJUDGED: Final = ("no_answer", "no_contexts", "no_claims", "other_language", "too_long")
"""Labels that say that there was nothing to support, or nothing to judge it by."""

GROUPS: Final = ("model", "prompt_version", "feature", "tenant_id")
"""What rates are told apart by. A trace that several models answered counts with each of them."""

MAX_TALLIES: Final = 20_000
MAX_WORST: Final = 100
MOST_CITING: Final = 5_000
"""Answers whose citations are counted: their verdicts have to be read in full."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Who says whether answers are supported: evaluations of one name and source."""

    name: str
    source: str
    """'model', 'code' or 'human'."""
    inverted: bool = False
    """Its scores say how bad an answer is, as those of `hallucination` do."""

    @property
    def key(self) -> str:
        """How it is named in questions: `groundedness:model`."""
        return f"{self.name}:{self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Traces that were judged, and the sums that the interval of a share needs.

    A cluster is a session, or a trace without one. In all sums a trace weighs as much as it stands for, 1 / the
    probability with which it was drawn.
    """

    votes: int
    weight: float
    clusters: int
    total: float
    nn: float
    ss: float
    sn: float
    """Sums over clusters: weight squared, unsupported squared, weight times unsupported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroundedTally:
    """How many traces a judge calls unsupported, in a group and step."""

    judge: str
    step: int
    """The place of the step in the window, from 0."""
    field: str
    """One of `GROUPS`; '' for all traces."""
    value: str
    prompt: str
    """Of a prompt version, the prompt."""
    sums: Sums
    bad: int
    forms: Sequence[str]
    """What it says so by: 'label', 'boolean', 'number'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairTally:
    """How two judges come out on the traces that both judged, and what intervals need: see pairs.sql."""

    first: str
    second: str
    both: int
    first_only: int
    second_only: int
    neither: int
    clusters: int
    sums: Sequence[float]
    products: Sequence[float]
    """Row by row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstAnswer:
    """A trace whose answer an evaluator of ours calls unsupported."""

    trace_id: str
    start_unix_nano: int
    hour: int
    """In which it starts, in seconds since 1970."""
    score: float
    version: str
    key: int
    """Of the verdict."""
    traces: int
    """That have this answer to this question from these documents."""
    feature: str
    tenant_id: str
    models: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationSums:
    """Citations of answers: how many there are, name a context that was there, and hit."""

    answers: int
    citing: int
    citations: int
    existing: int
    hits: int
    sums: Sums
    """Of citations, and of those that hit."""


def tallies(
    engine: Engine,
    scope: Scope,
    where: Where,
    judges: Sequence[Judge],
    *,
    step: timedelta | None = None,
    grouped: bool = False,
) -> list[GroundedTally]:
    """Return what judges say of the traces of a window: of all of them, and by `GROUPS` if `grouped`.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable, as all of these.
    """
    step_ns = step // timedelta(microseconds=1) * 1000 if step else 0
    rows = _asked(
        engine, scope, where, "rates", **_of(judges),
        step_ns=step_ns, grouped=grouped, limit=MAX_TALLIES,
    )  # fmt: skip
    return [
        GroundedTally(
            judge=judges[row["judge"] - 1].key,
            step=row["step"],
            field=row["field"],
            value=row["value"],
            prompt=row["prompt"],
            sums=_sums(row),
            bad=row["bad_votes"],
            forms=row["forms"],
        )
        for row in rows
    ]


def pairs(
    engine: Engine,
    scope: Scope,
    where: Where,
    judges: Sequence[Judge],
    wanted: Sequence[tuple[str, str]],
) -> list[PairTally]:
    """Return how pairs of judges, by their keys, come out; a pair whose first judged nothing is left out."""
    if not wanted:
        return []
    rows = _asked(
        engine, scope, where, "pairs", **_of(judges),
        firsts=[first for first, _ in wanted], seconds=[second for _, second in wanted],
        limit=len(wanted),
    )  # fmt: skip
    return [PairTally(**row) for row in rows]


def worst(
    engine: Engine, scope: Scope, where: Where, evaluator: str, *, limit: int
) -> list[WorstAnswer]:
    """Return the answers that an evaluator of ours calls unsupported, the least supported first."""
    rows = _asked(
        engine, scope, where, "worst", evaluator=evaluator, limit=min(limit, MAX_WORST)
    )  # fmt: skip
    return [
        WorstAnswer(
            trace_id=row["trace_id"],
            start_unix_nano=row["start_ns"],
            hour=row["hour"],
            score=row["score"],
            version=row["version"],
            key=row["key"],
            traces=row["traces"],
            feature=row["feature_of"],
            tenant_id=row["tenant_of"],
            models=row["models_of"],
        )
        for row in rows
    ]


def citations(engine: Engine, scope: Scope, where: Where, evaluator: str) -> CitationSums:
    """Return what comes of citations in the latest `MOST_CITING` answers that an evaluator of ours judged."""
    (row,) = _asked(engine, scope, where, "citations", evaluator=evaluator, most=MOST_CITING)
    return CitationSums(
        answers=row["answers"],
        citing=row["citing"],
        citations=row["citations_there"],
        existing=row["existing"],
        hits=row["hits"],
        sums=_sums({**row, "votes": row["citations_there"]}),
    )


def start_of(where: Where, step: timedelta, place: int) -> datetime:
    """Return when a step of a window begins."""
    step_ns = step // timedelta(microseconds=1) * 1000
    return from_unix_nano(where.window.start_ns + place * step_ns)


def _of(judges: Sequence[Judge]) -> dict[str, Any]:
    return {
        "judges": [judge.key for judge in judges],
        "names": sorted({judge.name for judge in judges}),
        "inverted": sorted({judge.name for judge in judges if judge.inverted}),
        "unjudged": list(UNJUDGED),
    }


def _asked(
    engine: Engine, scope: Scope, where: Where, question: str, **values: Any
) -> list[dict[str, Any]]:
    part = Slice(where.window.start_ns, where.window.end_ns)
    result = run(
        engine, scope, load(f"groundedness/{question}"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns, end_ns=part.end_ns, **values,
    )  # fmt: skip
    return list(named_rows(result))


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(**{name: row[name] for name in Sums.__dataclass_fields__})
