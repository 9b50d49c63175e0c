"""How sure models are of their answers, by the log-probabilities of tokens, and whether that tells what went wrong.

The figure of an answer is the mean log-probability of its tokens, shown as a probability: the geometric mean of what
the model gave each token (N. M. Guerreiro, E. Voita and A. F. T. Martins, Looking for a Needle in a Haystack, EACL
2023, use it to find hallucinations). How well it tells is the area under the ROC
curve, with an interval from resampled sessions (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.evaluators.measures import Scored
from analytics.intervals import Estimate, share
from analytics.outcomes import Outcome, observe
from analytics.strata import Codes, Floats
from storage import outcomes as stored
from storage.client import Engine
from storage.errors import BadInput
from storage.outcomes import Where
from storage.scope import Scope

_STEPS: Final = 20
"""Equal steps of probability."""
_DRAWS: Final = 300
_SEED: Final = 20_230_502
"""Any number; a fixed one makes the same traces give the same interval."""
LEAST: Final = 10
"""Traces of each kind without which nothing is said of how well it tells."""


@dataclass(frozen=True, slots=True)
class Step:
    """Traces whose answers had such a probability, [low, high); the last one includes 1."""

    low: float
    high: float
    traces: int
    bad: Estimate | None
    """The share of them that came out badly; None without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """The confidence of answers in a window and what it tells. `traces` are those whose outcome is known."""

    outcome: str
    traces: int
    with_confidence: int
    """Of these, how many send log-probabilities; the rest is of them alone."""
    median: float | None
    steps: list[Step]
    auroc: Estimate | None
    """How likely a trace that came out badly was less sure than one that did not: 0.5 is chance, 1 perfect."""
    note: str


def confidence(engine: Engine, scope: Scope, where: Where, outcome: Outcome) -> Confidence:
    """Return how sure answers were, and how well that tells an outcome that is a share.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    known = stored.confidences(engine, scope, where)
    observed = observe(engine, scope, where, outcome)
    if not observed.sampled.is_share:
        raise BadInput(
            f"{outcome.text} is no share",
            hint="name failures, an evaluation that is true or false, or `evaluation.<name> < 0.5`",
        )
    has = np.array([trace_id in known for trace_id in observed.rows.trace_id], dtype=np.bool_)
    sampled = observed.sampled.where(has)
    means = np.array([known[t] for t in observed.rows.trace_id if t in known], dtype=np.float64)
    bad = sampled.y == 1
    is_enough = min(int(bad.sum()), int((~bad).sum())) >= LEAST
    return Confidence(
        outcome=outcome.text,
        traces=int(has.size),
        with_confidence=int(means.size),
        median=float(np.exp(np.median(means))) if means.size else None,
        steps=_steps(np.exp(means), bad.astype(np.float64)),
        auroc=_auroc(sampled.y, means, sampled.weight, sampled.cluster) if is_enough else None,
        note="" if is_enough else f"fewer than {LEAST} traces that came out badly, or well",
    )


def _steps(probability: Floats, bad: Floats) -> list[Step]:
    places = np.minimum((probability * _STEPS).astype(np.int64), _STEPS - 1)
    counts = np.bincount(places, minlength=_STEPS)
    failed = np.bincount(places, bad, _STEPS)
    return [
        Step(
            place / _STEPS,
            (place + 1) / _STEPS,
            int(counts[place]),
            _share(float(failed[place]), int(counts[place])),
        )
        for place in range(_STEPS)
    ]


def _share(count: float, n: int) -> Estimate | None:
    return share(count, n, clusters=n, cc=count, cn=count, nn=n) if n else None


def _auroc(y: Floats, means: Floats, weight: Floats, cluster: Codes) -> Estimate | None:
    scored = Scored.of(y, -means)
    value = scored.auroc(weight)
    if value is None:
        return None
    _, sessions = np.unique(cluster, return_inverse=True)
    rng = np.random.default_rng(_SEED)
    drawn = [
        scored.auroc(weight * rng.poisson(1.0, sessions.max() + 1)[sessions]) for _ in range(_DRAWS)
    ]
    low, high = np.quantile([one for one in drawn if one is not None], (0.025, 0.975))
    return Estimate(value, min(value, float(low)), max(value, float(high)))
