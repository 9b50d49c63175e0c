"""What is learned on top of the reader: two logistic regressions, from what readers said of answers they never saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from analytics.evaluators.measures import Scored
from analytics.groundedness.features import (
    ANSWER_FEATURES,
    PART_FEATURES,
    Setting,
    of_answer,
    of_part,
    setting,
)
from analytics.groundedness.learned import Logistic
from analytics.groundedness.parts import Part, parts
from analytics.groundedness.passages import Passages
from analytics.groundedness.reader import SUMMARY
from training.groundedness.figures import Row
from training.groundedness.labelled import DATASETS, Example

Floats = npt.NDArray[np.float64]

WEIGHTS: Final = {"ragtruth": 1.0, "summedits": 0.1, "begin": 0.05, "wice": 0.15, "mtrag": 0.2}
"""How much a row of each set counts."""

HOME: Final = "ragtruth"
OWN_SHARE_OF_SET: Final = 3.0
OWN_SHARE_OF_CELL: Final = 1.0
"""How freely a set, or a task and generator of RAGTruth, takes a share of unsupported answers of its own."""

PART_STRENGTH: Final = 0.3
ANSWER_STRENGTH: Final = 0.1
"""Inverse of the penalty on weights."""


@dataclass(frozen=True, slots=True)
class Case:
    """An answer with its figures and what a reader that was not trained on its source said of it."""

    example: Example
    fold: int
    given: Setting
    parts: Sequence[Part]
    figures: Floats
    """A row a part: of the reader, then of the words."""
    labels: Sequence[int]
    """A label a part, -1 where it is not known."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The two regressions."""

    part: Logistic
    answer: Logistic


def case_of(example: Example, fold: int, read: npt.NDArray[np.float32]) -> Case:
    """Return an answer with all its figures."""
    found = parts(example.answer)
    given = setting(example.question, Passages(example.contexts))
    lexical = np.array([of_part(given, found, index) for index in range(len(found))])
    return Case(example, fold, given, found, np.hstack([read, lexical]), _labels(example, found))


def _labels(example: Example, found: Sequence[Part]) -> list[int]:
    if example.spans is None:
        return [int(example.unsupported)] if len(found) == 1 else [-1] * len(found)
    return [
        int(any(start < part.end and part.start < end for start, end in example.spans))
        for part in found
    ]


def fit(cases: Sequence[Case]) -> Stack:
    """Learn from cases.

    The share of unsupported answers that each other set has, and each task and generator at home, is learned beside,
    and left out of what is used: one deployment has one task and one generator.
    """
    figures, truth, examples = [], [], []
    for case in cases:
        for row, label in zip(case.figures, case.labels, strict=True):
            if label >= 0:
                figures.append(row)
                truth.append(label)
                examples.append(case.example)
    part = _logistic(np.array(figures), truth, examples, PART_STRENGTH)
    answers = np.array([_answer_figures(case, part) for case in cases])
    wrong = [int(case.example.unsupported) for case in cases]
    answer = _logistic(answers, wrong, [case.example for case in cases], ANSWER_STRENGTH)
    return Stack(part, answer)


def _answer_figures(case: Case, part: Logistic) -> list[float]:
    return of_answer(case.given, case.parts, part.logits(case.figures), case.figures)


def _logistic(
    figures: Floats, truth: Sequence[int], examples: Sequence[Example], strength: float
) -> Logistic:
    weights = np.array([WEIGHTS[example.dataset] for example in examples])
    home = np.array([example.dataset == HOME for example in examples])
    mean, scale = figures[home].mean(axis=0), figures[home].std(axis=0) + 1e-6
    bare = Logistic(mean, scale, np.zeros(figures.shape[1]), 0.0)
    standard = np.clip((figures - mean) / scale, -bare.most, bare.most)
    model = LogisticRegression(C=strength, max_iter=2_000)
    model.fit(np.hstack([standard, _origins(examples)]), np.array(truth), sample_weight=weights)
    return Logistic(mean, scale, model.coef_[0][: figures.shape[1]], float(model.intercept_[0]))


def _origins(examples: Sequence[Example]) -> Floats:
    """Return a column for each other set, and one for each task and generator at home."""
    names = [example.cell if example.dataset == HOME else example.dataset for example in examples]
    scales = {name: OWN_SHARE_OF_SET for name in DATASETS if name != HOME}
    scales |= {example.cell: OWN_SHARE_OF_CELL for example in examples if example.dataset == HOME}
    found = np.array(names)
    return np.column_stack([scale * (found == name) for name, scale in sorted(scales.items())])


def scored(stack: Stack, case: Case) -> tuple[float, Floats]:
    """Return the probability that an answer is unsupported, and of each of its parts."""
    logits = stack.part.logits(case.figures)
    whole = stack.answer.logits(np.array([_answer_figures(case, stack.part)]))
    return float(_chance(whole)[0]), _chance(logits)


def _chance(logits: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-logits))
    return chances


def out_of_fold(cases: Sequence[Case]) -> tuple[list[Row], list[Row], dict[str, list[Row]]]:
    """Return rows of RAGTruth's answers, of their sentences, and of the answers of every other set.

    RAGTruth's rows of a fold are scored by regressions learned without them; another set's by ones learned without
    any of that set. The figures of the readers are of ones that saw neither.
    """
    answers: list[Row] = []
    sentences: list[Row] = []
    home = [case for case in cases if case.example.dataset == "ragtruth"]
    for fold in sorted({case.fold for case in home}):
        held = [case for case in home if case.fold == fold]
        stack = fit([case for case in cases if case not in held])
        for case in held:
            answer, each = scored(stack, case)
            answers.append(_row(case, answer, unsupported=case.example.unsupported))
            sentences.extend(
                _row(case, float(score), unsupported=bool(label))
                for score, label in zip(each, case.labels, strict=True)
            )
    travelled = {}
    for dataset in DATASETS[1:]:
        stack = fit([case for case in cases if case.example.dataset != dataset])
        travelled[dataset] = [
            _row(case, scored(stack, case)[0], unsupported=case.example.unsupported)
            for case in cases
            if case.example.dataset == dataset and "tokens" not in case.example.cell
        ]
    return answers, sentences, travelled


def _row(case: Case, score: float, *, unsupported: bool) -> Row:
    return Row(case.example.cell, case.example.source, unsupported, score)


def as_json(stack: Stack, sentences: Sequence[Row], reader: str) -> Mapping[str, Any]:
    """Return what the product reads: the regressions, the threshold of claims, and the reader that they are for."""
    return {
        "reader": reader,
        "part": _plain(stack.part, (*SUMMARY, *PART_FEATURES)),
        "answer": _plain(stack.answer, ANSWER_FEATURES),
        "part_threshold": round(1 - _best(sentences), 4),
    }


def _plain(logistic: Logistic, names: Sequence[str]) -> dict[str, Any]:
    return {
        "names": list(names),
        "mean": [round(float(value), 6) for value in logistic.mean],
        "scale": [round(float(value), 6) for value in logistic.scale],
        "weights": [round(float(value), 6) for value in logistic.weights],
        "bias": round(logistic.bias, 6),
    }


def _best(rows: Sequence[Row]) -> float:
    return (
        Scored.of([row.unsupported for row in rows], [row.score for row in rows]).best().threshold
    )
