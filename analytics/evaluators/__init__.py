"""Evaluators: ours, those of installed packages, files and webhooks, and judges, all by one contract."""

from analytics.evaluators.contract import (
    Claim,
    EvaluationFailed,
    Evaluator,
    Evidence,
    Finding,
    Sample,
    Verdict,
    evaluator,
)

__all__ = [
    "Claim",
    "EvaluationFailed",
    "Evaluator",
    "Evidence",
    "Finding",
    "Sample",
    "Verdict",
    "evaluator",
]
