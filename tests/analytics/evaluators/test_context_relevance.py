"""How much of a question its contexts hold."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from analytics.evaluators.context_relevance import context_relevance, relevance
from analytics.evaluators.contract import Sample, Verdict

FITS = "Refunds take five working days. They are paid to the card with which you paid."
BESIDE = "Parcels are sent from Rotterdam every weekday evening at six."


def judged(question: str, *contexts: str) -> Verdict:
    """Return what the evaluator says."""
    sample = Sample(id="1", question=question, contexts=contexts, answer="Five days.")
    return context_relevance().evaluate([sample])[0]


def test_a_context_that_fits_scores_higher() -> None:
    """What is asked is looked for by the stems of its words; a context beside the point lowers the whole."""
    alone = judged("How long does a refund take?", FITS)
    both = judged("How long does a refund take?", FITS, BESIDE)

    assert alone.score is not None
    assert both.score is not None
    assert 0.5 < alone.score <= 1
    assert both.score == pytest.approx(alone.score / 2)
    assert both.details["each"][1] == 0
    assert "1 of 2 contexts share next to nothing" in both.explanation


def test_what_cannot_be_judged_has_a_label() -> None:
    """Without contexts, or with a question of words that carry no meaning, there is no score."""
    assert (judged("How long?").score, judged("How long?").label) == (None, "no_contexts")
    assert (judged("And why?", FITS).score, judged("And why?", FITS).label) == (
        None,
        "no_question",
    )
    assert judged("refund", "   ").label == "no_contexts"


def test_long_texts_do_not_win_by_length() -> None:
    """The same words count less in a text that says a lot else."""
    question = "When are parcels sent?"
    long = f"{BESIDE} " + " ".join(f"word{number}" for number in range(400))

    assert relevance(question, [long])[0] < relevance(question, [BESIDE])[0]


def test_other_scripts_are_compared_by_characters() -> None:
    """Text without spaces is cut into its characters."""
    held = relevance("退款需要多久", ["退款需要五个工作日", "包裹从鹿特丹寄出"])

    assert held[0] > held[1]


def _auroc(better: list[float], worse: list[float]) -> float:
    wins = sum((a > b) + 0.5 * (a == b) for a in better for b in worse)
    return wins / (len(better) * len(worse))


def test_on_passages_that_people_called_relevant() -> None:
    """On MT-RAG it tells a question's relevant passages from those of other conversations, and of other turns."""
    folder = os.environ.get("GROUNDWIRE_LABELLED_DATA")
    if not folder:
        pytest.skip("GROUNDWIRE_LABELLED_DATA names no folder of labelled data")
    file = Path(folder) / "mtrag" / "reference_subset_with_human_evaluations.json"
    told: dict[str, Any] = json.loads(file.read_text())
    texts = {one["document_id"]: one["text"] for one in told["documents"]}
    turns = [
        (
            one["input"][-1]["text"],
            [c["document_id"] for c in one["contexts"]],
            one["Collection"],
            one["task_id"].split("<")[0],
        )
        for one in told["tasks"]
        if one["contexts"]
    ]
    rng = Random(3)
    fits: list[float] = []
    elsewhere: list[float] = []
    other_turn: list[float] = []
    for question, own, collection, talk in turns:
        far = [c for _, ids, at, of in turns if at == collection and of != talk for c in ids]
        near = sorted({c for _, ids, _, of in turns if of == talk for c in ids} - {*own})
        for kept, chosen in (
            (fits, own),
            (elsewhere, rng.sample(sorted({*far} - {*own}), len(own))),
            (other_turn, rng.sample(near, min(len(near), len(own)))),
        ):
            kept.extend(relevance(question, [texts[c] for c in chosen]))

    assert _auroc(fits, elsewhere) > 0.9
    assert _auroc(fits, other_turn) > 0.74
