"""How well groundedness is judged, and how fast: `python -m bench.groundedness --data PATH [--ragtruth FILE]`.

The shipped model was trained on part A of RAGTruth, so its figures on that part are of training data and only a check
that nothing broke; the honest ones are those that training measured on sources and sets that a reader never saw
(printed first), and those on a file of other RAGTruth answers, given with --ragtruth.
"""

import argparse
import json
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analytics.evaluators.contract import Sample
from analytics.groundedness import Groundedness
from analytics.groundedness.parts import parts
from analytics.groundedness.reader import WEIGHTS, Reader
from analytics.groundedness.sentences import sentences
from training.groundedness.figures import (
    Row,
    auroc,
    auroc_within,
    by_task,
    calibration,
    f1_by_other_half,
)
from training.groundedness.labelled import Example, everything, ragtruth

PUBLISHED = (
    ("RAGTruth prompt, GPT-3.5-turbo", 0.529),
    ("RAGTruth prompt, GPT-4-turbo", 0.634),
    ("Luna", 0.654),
    ("LettuceDetect base (150 M)", 0.768),
    ("Llama-2-13B, fine-tuned", 0.787),
    ("LettuceDetect large (400 M)", 0.792),
    ("RAG-HAT, Llama-3-8B", 0.839),
)
"""F1 of unsupported answers on RAGTruth's whole test set, as their authors report it."""

Score = Callable[[Example], float]
"""Returns how sure it is that an answer is unsupported; any scale."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="bench groundedness", description=__doc__)
    given = os.environ.get("GROUNDWIRE_LABELLED_DATA")
    parser.add_argument(
        "--data", type=Path, default=given and Path(given), help="the folder of labelled data"
    )
    parser.add_argument(
        "--ragtruth", type=Path, help="answers of RAGTruth that the model was not trained on"
    )
    parser.add_argument("--most", type=int, default=2_000, help="answers of each set, at most")
    asked = parser.parse_args()
    _trained()
    if asked.data is None and asked.ragtruth is None:
        print("no labelled data: give --data PATH or set GROUNDWIRE_LABELLED_DATA")
        return
    if asked.ragtruth is not None:
        _measure("RAGTruth, given file", _some(list(ragtruth(asked.ragtruth)), asked.most))
    if asked.data is not None:
        examples = everything(asked.data)
        for dataset in dict.fromkeys(example.dataset for example in examples):
            own = [
                e
                for e in examples
                if e.dataset == dataset and e.contexts and "tokens" not in e.cell
            ]
            _measure(f"{dataset} (the model was trained on it)", _some(own, asked.most))
    _speed([*ragtruth(asked.ragtruth)] if asked.ragtruth else examples)


def _some(examples: Sequence[Example], most: int) -> list[Example]:
    """Return so many of some examples, of all their tasks: files hold one task after the other."""
    chosen = np.random.default_rng(0).permutation(len(examples))[:most]
    return [examples[index] for index in sorted(chosen)]


def _trained() -> None:
    """Print what training measured on what its readers never saw, beside published figures."""
    told: dict[str, Any] = json.loads((WEIGHTS / "figures.json").read_text())
    home = told["ragtruth"]
    print("Out of fold, RAGTruth part A (each answer by a reader that saw none of its sources):")
    print(
        f"  AUROC {home['auroc']:.3f}, within task and generator {home['auroc_within']:.3f}, F1 {home['f1']:.3f}"
    )
    print(
        "  by task: " + ", ".join(f"{task} {value:.3f}" for task, value in home["by_task"].items())
    )
    print(
        f"  sentences: AUROC {home['sentences']['auroc']:.3f},"
        f" within task and generator {home['sentences']['auroc_within']:.3f}"
    )
    error = home["calibration_error"]
    print(
        f"  calibration error {error['before']:.3f}, after 200 labels {error['after_200_labels']:.3f},"
        f" by chance {error['by_chance']:.3f}"
    )
    print("One set left out:")
    for name, table in told["travel"].items():
        always = table["always_flag_f1"]
        print(
            f"  {name}: AUROC {table['auroc']:.3f}, F1 {table['f1']:.3f}, always flagging {always:.3f}"
        )
    print("Published, F1 on RAGTruth's whole test set:")
    for name, value in PUBLISHED:
        print(f"  {name}: {value:.3f}")


def _measure(title: str, examples: Sequence[Example]) -> None:
    """Print our figures on a set beside those of the simple baselines."""
    print(
        f"{title}: {len(examples)} answers, {sum(e.unsupported for e in examples) / len(examples):.1%} unsupported"
    )
    judge = Groundedness()
    sentence_rows: list[Row] = []
    rows = []
    for example in examples:
        verdict = judge.evaluate([_sample(example)])[0]
        if verdict.score is None:
            continue
        rows.append(_row(example, 1 - verdict.score))
        if example.spans is not None:
            sentence_rows += [
                Row(
                    example.cell,
                    example.source,
                    any(a < c.end and c.start < b for a, b in example.spans),
                    1 - c.score,
                )
                for c in verdict.claims
            ]
    _print("groundedness", rows)
    if any(row.unsupported for row in sentence_rows):
        print(
            f"  sentences: AUROC {_told(auroc(sentence_rows))}, within cells {_told(auroc_within(sentence_rows))}"
        )
    for name, score in _baselines().items():
        _print(name, [_row(example, score(example)) for example in examples])


def _print(name: str, rows: Sequence[Row]) -> None:
    tasks = ", ".join(f"{task} {_told(value)}" for task, value in by_task(rows).items())
    within = _told(auroc_within(rows))
    print(
        f"  {name}: AUROC {_told(auroc(rows))}, within cells {within}, F1 {f1_by_other_half(rows):.3f}"
    )
    print(f"    by task or part: {tasks}")
    if name == "groundedness" and len(rows) > 450:
        error = calibration(rows)
        print(
            f"    calibration error {error['before']:.3f}, after 200 labels {error['after_200_labels']:.3f}"
        )


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _row(example: Example, score: float) -> Row:
    return Row(example.cell, example.source, example.unsupported, score)


def _sample(example: Example) -> Sample:
    return Sample(
        id=example.id, question=example.question, contexts=example.contexts, answer=example.answer
    )


def _baselines() -> dict[str, Score]:
    found: dict[str, Score] = {"word overlap": _overlap}
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - where it is installed
    except ImportError:
        print(
            "  (MiniLM similarity needs sentence-transformers and a MiniLM folder in GROUNDWIRE_MINILM)"
        )
        return found
    if folder := os.environ.get("GROUNDWIRE_MINILM"):
        model = SentenceTransformer(folder)
        found["MiniLM similarity"] = lambda example: _similarity(model, example)
    return found


def _overlap(example: Example) -> float:
    """Return the share of the answer's words that no context has."""
    own = _words(example.answer)
    return 1 - len(own & _words(" ".join(example.contexts))) / (len(own) or 1)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _similarity(model: Any, example: Example) -> float:
    """Return how far the answer's sentences are on average from the nearest sentence of the contexts."""
    own = [example.answer[start:end] for start, end in sentences(example.answer)]
    theirs = [text[start:end] for text in example.contexts for start, end in sentences(text)][:200]
    if not own or not theirs:
        return 1.0
    vectors = model.encode([*own, *theirs], normalize_embeddings=True)
    return 1 - float((vectors[: len(own)] @ vectors[len(own) :].T).max(axis=1).mean())


def _speed(examples: Sequence[Example]) -> None:
    """Print answers a second on one core, of answers of about 130 words beside five passages."""
    chosen = [
        _with_five(example) for example in examples
        if example.dataset == "ragtruth" and 110 <= len(example.answer.split()) <= 150
    ][:100]  # fmt: skip
    judge = Groundedness()
    judge.evaluate([_sample(chosen[0])])
    spent = 0.0
    plain = Reader.read

    def timed(self: Reader, *given: Any) -> Any:
        nonlocal spent
        began = time.process_time()
        rows = plain(self, *given)
        spent += time.process_time() - began
        return rows

    Reader.read = timed  # type: ignore[method-assign]
    began = time.process_time()
    for example in chosen:
        judge.evaluate([_sample(example)])
    whole = time.process_time() - began
    Reader.read = plain  # type: ignore[method-assign]
    words = sum(len(example.answer.split()) for example in chosen) / len(chosen)
    claims = sum(len(parts(example.answer)) for example in chosen) / len(chosen)
    print(
        f"speed: {len(chosen) / whole:.1f} answers/s of processor time on one core"
        f" ({words:.0f} words, {claims:.1f} sentences); the model takes {spent / whole:.0%} of it"
    )


def _with_five(example: Example) -> Example:
    """Return an example whose contexts are cut into five passages."""
    text = "\n\n".join(example.contexts)
    size = -(-len(text) // 5)
    passages = tuple(text[at : at + size] for at in range(0, len(text), size))
    return Example(
        example.id, example.dataset, example.source, example.cell, example.question, passages, example.answer,
        example.unsupported, example.spans,
    )  # fmt: skip


if __name__ == "__main__":
    main()
