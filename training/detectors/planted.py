"""Trains the classifier of instructions that are planted in documents."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.detectors import planted
from analytics.detectors.linear import LinearModel
from training.detectors import labelled, mixes
from training.detectors.fitting import Features, Numbers, Recipe, balance, calibrated, fit, platt
from training.detectors.mixes import FOLDS, Folded
from training.detectors.planting import Document, attacked, clean, requests

RECIPE: Final = Recipe(freedom=3, dense_scale=0.3)
_SURROUNDINGS: Final = Recipe(freedom=10, dense_scale=1.0)

PRIOR: Final = 0.3
"""Share of attacked documents that probabilities are for."""
_PRIOR_UNLABELLED: Final = 0.1
"""The same where prompts are among the texts."""

_NONE: Final = -20.0
"""Log-odds of a text without a sentence that could be a request."""
_EVERY: Final = 6
"""Of so many benign prompts one is told from documents: they are many, and alike."""


@dataclass(frozen=True, slots=True)
class Trained:
    """Both classifiers, and what each text gets from ones like them that were fitted on other folds."""

    sentences: LinearModel
    unlabelled: LinearModel
    documents: Sequence[Document]
    """The texts; prompts are among them, their set says so."""
    held_out: Numbers
    """Log-odds of `sentences`, for texts that are known to be retrieved."""
    held_out_unlabelled: Numbers


def corpora(data: Path) -> tuple[list[Document], list[Document]]:
    """Return documents, attacked and clean, and prompts."""
    rng = random.Random(mixes.SEED)
    passages = mixes.folded(labelled.passages(data))
    documents = [*clean(data, rng), *attacked(requests(data, rng), passages, 3, rng)]
    prompts = [
        Document(one.text, None, f"prompt: {one.set}", one.fold)
        for one in mixes.benign(data, rng)
        if one.set not in _DOCUMENTS
    ]
    return documents, prompts[::_EVERY]


_DOCUMENTS: Final = frozenset(
    {"RAGTruth", "WiCE", "SummEdits", "MT-RAG", "long benign", "written: ordinary_in_documents"}
)


def train(documents: Sequence[Document], prompts: Sequence[Document]) -> Trained:
    """Return classifiers of sentences in documents, and of texts that may be documents or prompts."""
    texts = [*documents, *prompts]
    truths = np.array([1.0 if one.place else 0.0 for one in texts])
    folds = np.array([one.fold for one in texts])
    is_document = np.arange(len(texts)) < len(documents)
    found = [planted.candidates(one.text) for one in texts]
    held_out = np.full(len(texts), _NONE)
    surroundings = np.zeros((len(texts), 5), np.float32)
    for fold in range(FOLDS):
        model = _fitted(texts, found, (folds != fold) & is_document)
        for index in np.flatnonzero(folds == fold):
            if found[index]:
                suspect = _suspect(model, texts[index].text, found[index])
                held_out[index], surroundings[index] = suspect.logit, suspect.surroundings
    use = is_document & (held_out > _NONE)
    line = platt(held_out[use], truths[use], balance(truths[use], PRIOR))
    whole = calibrated(_fitted(texts, found, is_document), line)
    unlabelled, out = _unlabelled(surroundings, truths, folds, held_out > _NONE, line)
    held_out = np.where(held_out > _NONE, held_out * line[0] + line[1], _NONE)
    return Trained(whole, unlabelled, texts, held_out, out)


def _fitted(
    texts: Sequence[Document], found: list[list[planted.Sentence]], use: Any
) -> LinearModel:
    features: list[Features] = []
    labels: list[float] = []
    for index in np.flatnonzero(use):
        place = texts[index].place
        for sentence in found[index]:
            hit = place is not None and sentence.start < place[1] and place[0] < sentence.end
            if hit or place is None:  # what surrounds an attack is in the clean documents as well
                features.append(planted.features(sentence))
                labels.append(float(hit))
    return fit(features, np.array(labels), np.ones(len(labels)), RECIPE)


def _suspect(model: LinearModel, text: str, found: list[planted.Sentence]) -> planted.Suspect:
    scores = [model.logit(*planted.features(sentence)) for sentence in found]
    return planted.most_suspect(text, found, scores)


def _unlabelled(
    surroundings: Any, truths: Numbers, folds: Any, use: Any, line: tuple[float, float]
) -> tuple[LinearModel, Numbers]:
    """Return the classifier of surroundings, which reads log-odds as the calibrated classifier gives them."""
    scaled = surroundings.copy()
    scaled[:, :2] = np.maximum(scaled[:, :2] * line[0] + line[1] / 4, -2)
    rows: list[Features] = [(planted.NO_WORDS, row) for row in scaled]

    def fitted(chosen: Any) -> LinearModel:
        picked = np.flatnonzero(chosen & use)
        weights = balance(truths[picked], _PRIOR_UNLABELLED)
        return fit([rows[index] for index in picked], truths[picked], weights, _SURROUNDINGS)

    out = np.full(len(rows), _NONE)
    for fold in range(FOLDS):
        model = fitted(folds != fold)
        for index in np.flatnonzero((folds == fold) & use):
            out[index] = model.logit(*rows[index])
    return fitted(folds >= 0), out


def unseen(data: Path, each: int) -> list[Document]:
    """Return documents with the requests that nothing was trained on: of the other half of BIPIA."""
    rng = random.Random(mixes.SEED + 1)
    passages = mixes.folded(labelled.passages(data))
    wanted = [
        Folded(one.text, one.set, index % FOLDS)
        for index, one in enumerate(labelled.unseen_requests(data))
    ]
    return attacked(wanted, passages, each, rng)
