"""How far the annotators of a queue agree, by criterion, and where they do not."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from analytics.agreement import Agreement, Measure, Rating, agreement
from storage.client import Engine
from storage.control.criteria import Criterion, Kind
from storage.control.queue_items import Subject
from storage.control.queue_models import Queue
from storage.judging import JudgementRow, judgements
from storage.scope import Scope


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """How far annotators agree by one criterion of a queue."""

    name: str
    kind: Kind
    measure: Measure
    """How answers are compared: `nominal` by being the same, `interval` by their distance."""
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item of which annotators say different things."""

    trace_id: str
    span_id: str
    size: float
    """Mean over the criteria of how far answers lie apart: 0 is not at all, 1 as far as they can."""
    criteria: list[str]
    """Those on which they differ, in the order of the queue."""


def of_queue(
    engine: Engine, scope: Scope, queue: Queue, subjects: AbstractSet[Subject]
) -> list[CriterionAgreement]:
    """Return the agreement by each criterion, in their order, over everybody's newest judgements of `subjects`."""
    by_name: dict[str, list[JudgementRow]] = {}
    for row in judgements(engine, scope, queue, subjects):
        by_name.setdefault(row.name, []).append(row)
    return [_by(criterion, by_name.get(criterion.name, [])) for criterion in queue.criteria]


def _by(criterion: Criterion, rows: Iterable[JudgementRow]) -> CriterionAgreement:
    measure: Measure = "interval" if criterion.kind == "number" else "nominal"
    ratings = [
        Rating(f"{row.trace_id}/{row.span_id}", row.author, value)
        for row in rows
        if (value := _value(criterion, row)) is not None
    ]
    return CriterionAgreement(criterion.name, criterion.kind, measure, agreement(ratings, measure))


def _value(criterion: Criterion, row: JudgementRow) -> str | float | None:
    """Return an answer as it is compared; None for one of another kind than the criterion asks for now."""
    if row.kind != criterion.kind:
        return None
    if criterion.kind == "category":
        return row.label
    return row.score if criterion.kind == "number" else str(bool(row.score)).lower()


def disagreements(
    engine: Engine, scope: Scope, queue: Queue, subjects: AbstractSet[Subject]
) -> list[Disagreement]:
    """Return those of `subjects` on which annotators differ, the widest apart first."""
    criteria = {criterion.name: criterion for criterion in queue.criteria}
    by_item: dict[tuple[str, str], dict[str, list[str | float]]] = {}
    for row in judgements(engine, scope, queue, subjects):
        value = _value(criteria[row.name], row)
        if value is not None:
            answers = by_item.setdefault((row.trace_id, row.span_id), {})
            answers.setdefault(row.name, []).append(value)
    found = [_disagreement(item, answers, queue.criteria) for item, answers in by_item.items()]
    apart = [disagreement for disagreement in found if disagreement.size > 0]
    return sorted(apart, key=lambda d: (-d.size, d.trace_id, d.span_id))


def _disagreement(
    item: tuple[str, str], answers: Mapping[str, Sequence[str | float]], criteria: list[Criterion]
) -> Disagreement:
    sizes = {
        criterion.name: _apart(criterion, answers[criterion.name])
        for criterion in criteria
        if len(answers.get(criterion.name, ())) > 1
    }
    differing = [name for name, size in sizes.items() if size > 0]
    mean = sum(sizes.values()) / len(sizes) if sizes else 0.0
    return Disagreement(item[0], item[1], mean, differing)


def _apart(criterion: Criterion, values: Sequence[str | float]) -> float:
    """Return how far the answers to one criterion lie apart: labels 0 or 1, numbers as a share of the scale."""
    if criterion.kind != "number":
        return float(len(set(values)) > 1)
    numbers = [float(value) for value in values]
    low, high = criterion.minimum, criterion.maximum
    scale = high - low if low is not None and high is not None else 0.0
    # A scale that was narrowed since may be shorter than what was answered on it.
    return min(1.0, (max(numbers) - min(numbers)) / scale) if scale else 0.0
