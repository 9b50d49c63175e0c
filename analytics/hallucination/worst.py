"""The least supported answers of a window, each with its least supported sentence; and how well answers cite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.hallucination.judges import CASCADE, LLM_JUDGE, OWN
from analytics.intervals import Estimate, share
from storage import groundedness as stored
from storage import traces
from storage.client import Engine
from storage.evaluators.verdicts import StoredVerdict, find_verdicts
from storage.groundedness import WorstAnswer
from storage.outcomes import Where
from storage.scope import Scope

SENTENCES_BY = (OWN.name, LLM_JUDGE.name, CASCADE.name)
"""Evaluators that say of each sentence whether it is supported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstClaim:
    """A sentence of an answer, characters [start, end) of it."""

    text: str
    start: int
    end: int
    score: float
    """Probability that it is supported."""
    conflicts: Sequence[str]
    has_evidence: bool
    """Something that was retrieved comes near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadAnswer:
    """An answer that is not supported, and the sentence of it that is least so."""

    answer: WorstAnswer
    question: str
    """What was asked; at most 300 characters."""
    claim: WorstClaim | None
    claims: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Citations:
    """How answers cite what they were made from."""

    answers: int
    """That were looked at: the latest."""
    citing: int
    """Of these, with a citation at least."""
    citations: int
    existing: int
    """Name a context that was there."""
    hits: int
    """Name a context that holds what the sentence says."""
    hit_rate: Estimate | None
    """None where nothing is cited."""


def worst_answers(
    engine: Engine, scope: Scope, where: Where, evaluator: str, *, limit: int
) -> list[BadAnswer]:
    """Return the answers that an evaluator of ours calls unsupported, the least supported first.

    Of traces with the same answer to the same question from the same documents, the latest.
    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    found = stored.worst(engine, scope, where, evaluator, limit=limit)
    verdicts = _verdicts(engine, scope, evaluator, found)
    rows = traces.rows_of(engine, scope, {one.hour for one in found}, [o.trace_id for o in found])
    asked = {row.trace_id: row.input for row in rows}
    return [
        _bad(one, asked.get(one.trace_id, ""), verdicts.get((one.version, one.key)))
        for one in found
    ]


def _verdicts(
    engine: Engine, scope: Scope, evaluator: str, found: Sequence[WorstAnswer]
) -> Mapping[tuple[str, int], StoredVerdict]:
    return {
        (version, key): verdict
        for version in {one.version for one in found}
        for key, verdict in find_verdicts(
            engine, scope, evaluator, version, {o.key for o in found if o.version == version}
        ).items()
    }


def _bad(answer: WorstAnswer, question: str, verdict: StoredVerdict | None) -> BadAnswer:
    claims = list(verdict.details.get("claims", ())) if verdict else []
    least = min(claims, key=_score, default=None)
    return BadAnswer(
        answer=answer,
        question=question,
        claim=_claim(least) if least else None,
        claims=len(claims),
    )


def _score(claim: Mapping[str, Any]) -> float:
    return float(claim["score"])


def _claim(told: Mapping[str, Any]) -> WorstClaim:
    return WorstClaim(
        text=str(told["text"]),
        start=int(told["start"]),
        end=int(told["end"]),
        score=_score(told),
        conflicts=[str(one) for one in told.get("conflicts") or ()],
        has_evidence=told.get("evidence") is not None,
    )


def citations(engine: Engine, scope: Scope, where: Where) -> Citations:
    """Return how the latest answers that our own model judged cite. Raises as `worst_answers`."""
    found = stored.citations(engine, scope, where, OWN.name)
    sums = found.sums
    rate = None
    if found.citations:
        rate = share(
            sums.total, sums.weight,
            clusters=sums.clusters, cc=sums.ss, cn=sums.sn, nn=sums.nn, votes=sums.votes,
        )  # fmt: skip
    return Citations(
        answers=found.answers,
        citing=found.citing,
        citations=found.citations,
        existing=found.existing,
        hits=found.hits,
        hit_rate=rate,
    )
