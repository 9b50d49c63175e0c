"""Whether contexts support what an answer says: a small model that runs on one core, and what is built on it."""

from analytics.evaluators.contract import Evaluator
from analytics.groundedness.judging import Groundedness
from analytics.groundedness.plugged import PluggedGroundedness

__all__ = ["Groundedness", "PluggedGroundedness", "evaluator"]


def evaluator(model: str | None = None) -> Evaluator:
    """Return the evaluator named `groundedness`; its weights are loaded at first use.

    With `model`, a folder or a name on the hub of a cross-encoder or NLI model, that model judges instead of the one
    that the product ships; it needs the package sentence-transformers.
    """
    return Groundedness() if model is None else PluggedGroundedness(model)
