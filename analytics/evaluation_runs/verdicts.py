"""From what evaluators say to what is kept of it, and to the evaluation of a trace."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson

from analytics.evaluators.contract import EvaluationFailed, Sample, Verdict
from storage.evaluators.verdicts import StoredVerdict


def checked_verdict(evaluator: str, key: int, verdict: Verdict, sample: Sample) -> StoredVerdict:
    """Return a verdict on a sample as it is kept. Raises EvaluationFailed for one that cannot be."""
    score = None if verdict.score is None else float(verdict.score)
    if score is not None and not math.isfinite(score):
        raise EvaluationFailed(f"{evaluator} gave a score that is no number")
    return StoredVerdict(
        key=key,
        score=score,
        label=verdict.label,
        explanation=verdict.explanation,
        details=_details(evaluator, verdict),
        cost_usd=float(verdict.cost_usd),
        # a single text goes by its hash, see `samples_of`
        text_hash=int(sample.id, 16) if "reads" in sample.facts else 0,
        reads=sample.facts.get("reads", ""),
    )


def _details(evaluator: str, verdict: Verdict) -> dict[str, Any]:
    told = {
        "claims": [asdict(claim) for claim in verdict.claims],
        "findings": [asdict(finding) for finding in verdict.findings],
        "figures": dict(verdict.details),
    }
    kept = {name: value for name, value in told.items() if value}
    try:
        # Figures of models are NumPy's as often as not.
        plain: dict[str, Any] = orjson.loads(orjson.dumps(kept, option=orjson.OPT_SERIALIZE_NUMPY))
    except (TypeError, ValueError) as error:
        raise EvaluationFailed(f"{evaluator} gave details that JSON cannot hold") from error
    return plain


def deciding(verdicts: Sequence[StoredVerdict]) -> StoredVerdict | None:
    """Return the verdict that stands for a trace: the highest score of its texts, else a label; None without either."""
    scored = [verdict for verdict in verdicts if verdict.score is not None]
    if scored:
        return max(scored, key=lambda verdict: (verdict.score or 0.0, -verdict.key))
    labelled = [verdict for verdict in verdicts if verdict.label]
    return min(labelled, key=lambda verdict: verdict.key) if labelled else None
