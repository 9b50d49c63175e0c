"""What can be better or worse: failures, latency, cost, evaluations; read so that larger is worse, shown in their own.

`failures` is the share of traces that failed, `latency` and `cost` are seconds and USD a trace, compared by ratio as a
few are far larger than the rest. `evaluation.groundedness` is the mean of an evaluation, or the share of true ones;
`evaluation.groundedness < 0.5` the share of traces with such a score; `evaluation.tone = rude` that with such a label.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analytics.failures.rules import RULES
from analytics.intervals import Estimate
from analytics.strata import Codes, Floats, Sampled
from storage import outcomes as stored
from storage.client import Engine
from storage.errors import BadInput
from storage.failures import Rules
from storage.outcomes import Outcomes, Where
from storage.scope import Scope

Unit = Literal["share", "score", "ratio"]
"""How differences are told: of shares and scores as they are; of times and costs as a ratio, 1 where there is none."""
Worse = Literal["higher", "lower"]

HIGHER_IS_WORSE: Final = frozenset(
    {
        "refusal", "prompt_injection", "prompt_leak", "pii", "secrets", "toxicity", "off_topic", "escalation",
        "hallucination", "bias",
    }
)  # fmt: skip
"""Evaluations that say how bad something is. Of any other, less is worse, unless the question says so."""

_EVALUATION: Final = re.compile(
    r'evaluation\.(?:"(?P<quoted>[^"]+)"|(?P<plain>[^\s<>="]+))\s*(?:(?P<sign>[<>]=?|=)\s*(?P<value>.+))?'
)
_HINT: Final = (
    "one of failures, latency, cost, evaluation.<name>; also `evaluation.<name> < 0.5` or "
    "`evaluation.<name> = <label>` for a share"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is compared. `text` is how it was asked for."""

    text: str
    kind: Literal["failures", "latency", "cost", "evaluation"]
    name: str = ""
    label: str = ""
    sign: str = ""
    bound: float = 0.0
    worse: Worse = "higher"
    rules: Rules = RULES
    """What a failure is."""


@dataclass(frozen=True, slots=True)
class Observed:
    """An outcome of traces: what is known of them, and the outcome so that larger is worse."""

    outcome: Outcome
    rows: Outcomes
    sampled: Sampled

    @property
    def unit(self) -> Unit:
        """How differences of it are told."""
        if self.outcome.kind in ("latency", "cost"):
            return "ratio"
        return "share" if self.sampled.is_share else "score"

    def value(self, mean: float) -> float:
        """Return a mean as people know it: seconds, USD, a share, a score."""
        if self.unit == "ratio":
            return float(np.exp(mean))
        return mean if self.outcome.worse == "higher" else self._turned(mean)

    def _turned(self, mean: float) -> float:
        return 1 - mean if self.sampled.is_share else -mean

    def difference(self, value: float, half: float) -> Estimate:
        """Return a difference and its interval as people know it."""
        low, high = value - half, value + half
        if self.unit == "ratio":
            return Estimate(float(np.exp(value)), float(np.exp(low)), float(np.exp(high)))
        if self.unit == "share":
            low, high = max(-1.0, low), min(1.0, high)
        if self.outcome.worse == "lower":
            return Estimate(-value, -high, -low)
        return Estimate(value, low, high)


def outcome_of(text: str, *, worse: Worse | None = None, rules: Rules = RULES) -> Outcome:
    """Return the outcome that a text names; `rules` are what a failure is.

    `worse` says which way an evaluation is worse. Raises BadInput.
    """
    text = text.strip()
    if text in ("failures", "latency", "cost"):
        return Outcome(text, text, rules=rules)  # type: ignore[arg-type] # they are the kinds
    match = _EVALUATION.fullmatch(text)
    if match is None:
        raise BadInput(f"there is no outcome {text[:60]!r}", hint=_HINT)
    name = match["quoted"] or match["plain"]
    if match["sign"] is None:
        usual: Worse = "higher" if name in HIGHER_IS_WORSE else "lower"
        return Outcome(text, "evaluation", name, worse=worse or usual)
    if match["sign"] == "=":
        return Outcome(
            text, "evaluation", name, label=match["value"].strip('" '), worse=worse or "higher"
        )
    try:
        bound = float(match["value"])
    except ValueError as error:
        raise BadInput(f"{match['value'][:40]!r} is not a number", hint=_HINT) from error
    return Outcome(
        text, "evaluation", name, sign=match["sign"], bound=bound, worse=worse or "higher"
    )


def observe(engine: Engine, scope: Scope, where: Where, outcome: Outcome) -> Observed:
    """Return how the traces of a window came out. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable."""
    rows = _rows(engine, scope, where, outcome)
    y = np.asarray(rows.outcome, dtype=np.float64)
    if outcome.kind in ("latency", "cost"):
        y = np.log(y)
    if outcome.sign:
        y = _compared(y, outcome)
    is_share = outcome.kind not in ("latency", "cost") and bool(np.isin(y, (0.0, 1.0)).all())
    if outcome.worse == "lower":
        y = 1 - y if is_share else -y
    weight = np.asarray(rows.weight, dtype=np.float64)
    return Observed(outcome, rows, Sampled(y, weight, _clusters(rows), is_share=is_share))


def _rows(engine: Engine, scope: Scope, where: Where, outcome: Outcome) -> Outcomes:
    match outcome.kind:
        case "failures":
            return stored.failed(engine, scope, where, outcome.rules)
        case "evaluation":
            return stored.evaluated(engine, scope, where, outcome.name, label=outcome.label)
        case measure:
            return stored.measured(engine, scope, where, measure)


def _compared(y: Floats, outcome: Outcome) -> Floats:
    match outcome.sign:
        case "<":
            held = y < outcome.bound
        case "<=":
            held = y <= outcome.bound
        case ">":
            held = y > outcome.bound
        case _:
            held = y >= outcome.bound
    return held.astype(np.float64)


def _clusters(rows: Outcomes) -> Codes:
    """Return which traces are of one session; one without is by itself."""
    keys = [session or trace for session, trace in zip(rows.session_id, rows.trace_id, strict=True)]
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return np.fromiter((places[key] for key in keys), np.int64, len(keys))
