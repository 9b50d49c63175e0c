"""Train the groundedness model and write it into the product, or write labelled answers as JSON lines.

    python -m training.groundedness fold K --data PATH --base MODEL --work DIR     K of 0, 1, 2: may run side by side
    python -m training.groundedness export --data PATH --base MODEL --work DIR     writes the averaged network
    python -m training.groundedness stack --data PATH --work DIR                   fits, measures and writes the rest
    python -m training.groundedness lines --data PATH --set ragtruth --out FILE    for `groundwire evaluate`

`fold K` trains readers that never see a third of RAGTruth's sources and one or two whole other sets, averages their
weights, and keeps what the average says of what it did not see. `export` averages the folds' averages: that one ships.
`stack` fits the regressions on what the folds' readers said, measures, and writes `learned.json` and `figures.json`.
"""

import argparse
import json
import pickle
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from analytics.groundedness.reader import WEIGHTS
from training.groundedness.labelled import DATASETS, Example, everything

FOLDS: Final = 3


@dataclass(frozen=True, slots=True)
class Run:
    """How a reader is trained."""

    tokens: int
    """Tokens of examples that it reads, those that come again counted again."""
    dropout: bool


HELD_OUT: Final = ({"summedits"}, {"begin"}, {"wice", "mtrag"})
"""The sets that the reader of each fold never sees."""

RUNS: Final = (Run(tokens=1_400_000, dropout=False), Run(tokens=5_000_000, dropout=True))
"""Readers of a fold. The average of a short and a long run sees more than either: the long one alone learns the
answers at hand too well."""
MOST_HELD_OUT: Final = {"summedits": 1_600, "begin": 2_500}
"""Answers of a held-out set that are measured, drawn once."""


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="training.groundedness", description=__doc__)
    parser.add_argument("step", choices=("fold", "export", "stack", "lines"))
    parser.add_argument("fold", type=int, nargs="?", choices=range(FOLDS))
    parser.add_argument("--data", type=Path, required=True, help="the folder of labelled data")
    parser.add_argument(
        "--base", type=Path, help="the folder of MiniLM-L6 (model.safetensors, config.json)"
    )
    parser.add_argument("--work", type=Path, help="a folder for what the steps hand on")
    parser.add_argument("--set", choices=DATASETS, default="ragtruth", help="for lines: which set")
    parser.add_argument("--out", type=Path, help="for lines: where to")
    asked = parser.parse_args()
    steps = {"fold": _fold, "export": _export, "stack": _stack, "lines": _lines}
    steps[asked.step](asked)


def part_of(example: Example) -> int:
    """Return the fold whose reader does not see an example of RAGTruth."""
    return zlib.crc32(example.source.encode()) % FOLDS


def held_out(example: Example, fold: int) -> bool:
    """Tell whether the reader of a fold must not see an example."""
    return example.dataset in HELD_OUT[fold] or (
        example.dataset == "ragtruth" and part_of(example) == fold
    )


def _fold(asked: argparse.Namespace) -> None:
    import torch  # noqa: PLC0415 - what only writes lines needs none of it

    from training.groundedness import export, reader  # noqa: PLC0415

    # Three folds side by side use cores better than one with three threads.
    torch.set_num_threads(1)
    examples = everything(asked.data)
    tokens = reader.Tokens(WEIGHTS / "tokenizer.json")
    seen = [example for example in examples if not held_out(example, asked.fold)]
    states = []
    for run in RUNS:
        states.append(asked.work / f"fold{asked.fold}-{run.tokens}.pt")
        network = reader.train(
            asked.base, tokens, seen, budget=run.tokens, seed=asked.fold, dropout=run.dropout
        )
        torch.save(network.state_dict(), states[-1])
    average = export.averaged(asked.base, states)
    torch.save(average.state_dict(), asked.work / f"fold{asked.fold}.pt")
    unseen = _measured([example for example in examples if held_out(example, asked.fold)])
    read = reader.read(average.bfloat16().eval(), tokens, unseen)
    (asked.work / f"oof{asked.fold}.pkl").write_bytes(pickle.dumps(([e.id for e in unseen], read)))


def _measured(examples: Sequence[Example]) -> list[Example]:
    """Return the examples with contexts, of the large sets as many as are measured."""
    import numpy as np  # noqa: PLC0415

    chance = np.random.default_rng(0)
    kept: list[Example] = []
    for dataset in DATASETS:
        own = [example for example in examples if example.dataset == dataset and example.contexts]
        most = MOST_HELD_OUT.get(dataset, len(own))
        kept.extend(own[index] for index in sorted(chance.permutation(len(own))[:most]))
    return kept


def _export(asked: argparse.Namespace) -> None:
    from training.groundedness import export  # noqa: PLC0415

    folds = [asked.work / f"fold{fold}.pt" for fold in range(FOLDS)]
    export.write(export.averaged(asked.base, folds), WEIGHTS / "reader.onnx")


def _stack(asked: argparse.Namespace) -> None:
    from training.groundedness import figures, stacking  # noqa: PLC0415

    examples = {example.id: example for example in everything(asked.data)}
    cases = []
    for fold in range(FOLDS):
        ids, read = pickle.loads((asked.work / f"oof{fold}.pkl").read_bytes())  # noqa: S301 - our own
        cases += [
            stacking.case_of(examples[i], fold, rows)
            for i, rows in zip(ids, read, strict=True)
            if len(rows)
        ]
    answers, sentences, travelled = stacking.out_of_fold(cases)
    reader = sha256((WEIGHTS / "reader.onnx").read_bytes()).hexdigest()
    learned = stacking.as_json(stacking.fit(cases), sentences, reader)
    (WEIGHTS / "learned.json").write_text(json.dumps(learned, indent=1) + "\n")
    told: dict[str, Any] = {
        "ragtruth": {**figures.table(answers, sentences), "by_task": figures.by_task(answers)},
        "travel": {name: figures.table(rows) for name, rows in travelled.items()},
        "calibration_curve": figures.curve(answers),
    }
    (WEIGHTS / "figures.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told, indent=1))


def _lines(asked: argparse.Namespace) -> None:
    with asked.out.open("w") as out:
        for example in everything(asked.data):
            if example.dataset == asked.set and example.contexts:
                out.write(json.dumps(_line(example)) + "\n")


def _line(example: Example) -> dict[str, Any]:
    row = asdict(example)
    kept = {key: row[key] for key in ("id", "question", "contexts", "answer", "source", "cell")}
    return {**kept, "label": not example.unsupported}


if __name__ == "__main__":
    main()
