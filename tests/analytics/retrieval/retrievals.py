"""Traces that retrieve, and what evaluators say of them, made by hand: each test knows its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analytics.evaluators.contract import Claim, Evidence
from storage.evaluators.verdicts import StoredVerdict, store_verdicts
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from tests.samples import message, set_attributes
from tests.world import NOON_NS, World

VERSION = "1"


@dataclass(frozen=True)
class Found:
    """A document that a retriever found."""

    id: str
    text: str
    score: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """Return it as a retriever tells it."""
        score = {} if self.score is None else {"score": self.score}
        return {"id": self.id, "content": self.text, **score, **self.more}


def retrieve(
    world: World,
    *found: Sequence[Found] | None,
    source: str = "kb",
    at_s: float = 0,
    root: Mapping[str, Any] | None = None,
    call: Mapping[str, Any] | None = None,
) -> str:
    """Add a trace that asks a retriever for each of `found` in turn, and answers; return its id.

    None stands for a retriever that does not say what it found.
    """
    start = NOON_NS + int(at_s * 10**9)
    top = world.traces.span("POST /chat", start_ns=start, duration_ns=2 * 10**9)
    set_attributes(top, dict(root or {}))
    for place, documents in enumerate(found):
        span = world.traces.span("retrieval", parent=top, start_ns=start + 1000 + place)
        told = (
            {}
            if documents is None
            else {"gen_ai.retrieval.documents": [one.told() for one in documents]}
        )
        set_attributes(
            span,
            {"gen_ai.operation.name": "retrieval", "gen_ai.data_source.id": source, **told},
        )
    below = world.traces.span("chat gpt-4o", parent=top, start_ns=start + 5000)
    usual = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.input.messages": [message("user", "How long do refunds take?")],
        "gen_ai.output.messages": [message("assistant", "Five days.")],
    }
    set_attributes(below, {**usual, **(call or {})})
    return str(top.trace_id.hex())


def claim(score: float, context: int | None, *conflicts: str) -> Claim:
    """Return a claim with its evidence in a context, counted from 0."""
    evidence = None if context is None else Evidence(context, 0, 4)
    return Claim("Five days.", 0, 10, score, evidence, conflicts)


def judge(
    world: World,
    trace_id: str,
    *claims: Claim,
    label: str = "supported",
    probability: float = 1.0,
) -> None:
    """Say of a trace what `groundedness` found in it."""
    judge_all(world, {trace_id: claims}, label=label, probability=probability)


def judge_all(
    world: World,
    claims: Mapping[str, Sequence[Claim]],
    *,
    label: str = "supported",
    probability: float = 1.0,
) -> None:
    """Say of many traces what `groundedness` found in them."""
    verdicts = {
        trace_id: StoredVerdict(
            key=int(trace_id, 16),
            score=min((one.score for one in some), default=None),
            label=label,
            explanation="",
            details={"claims": [asdict(one) for one in some]} if some else {},
        )
        for trace_id, some in claims.items()
    }
    store_verdicts(world.engine, world.scope, "groundedness", VERSION, list(verdicts.values()))
    _write(world, "groundedness", [
        EvaluatorEvaluation(
            trace_id=trace_id, score=one.score, label=label, explanation="",
            probability=probability, key=one.key,
        )
        for trace_id, one in verdicts.items()
    ])  # fmt: skip


def say(world: World, name: str, trace_id: str, score: float | None, *, label: str = "") -> None:
    """Write another evaluation of ours."""
    one = EvaluatorEvaluation(
        trace_id=trace_id, score=score, label=label, explanation="", probability=1.0, key=1
    )
    _write(world, name, [one])


def _write(world: World, name: str, evaluations: Sequence[EvaluatorEvaluation]) -> None:
    write_evaluations(world.engine, world.scope, By(name, VERSION, "model"), evaluations)
