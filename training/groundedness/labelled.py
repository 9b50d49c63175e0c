"""The labelled data, read from its folders as answers with contexts and what of each answer is not supported.

RAGTruth (Wu et al., ACL 2024), WiCE (Kamoi et al. 2023), SummEdits (Laban et al. 2023), BEGIN (Dziri et al. 2022) and
MT-RAG (Katsis et al. 2025). Where a set labels whole answers only, `spans` is None.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median
from typing import Any, Final

DATASETS: Final = ("ragtruth", "summedits", "begin", "wice", "mtrag")


@dataclass(frozen=True, slots=True)
class Example:
    """An answer and its label."""

    id: str
    dataset: str
    source: str
    """What it was made from: examples of one source never stand on both sides of a split."""
    cell: str
    """Task and generator, or the part of the data set."""
    question: str
    contexts: tuple[str, ...]
    answer: str
    unsupported: bool
    spans: tuple[tuple[int, int], ...] | None
    """The characters of the answer that nothing supports."""


def everything(data: Path) -> list[Example]:
    """Return all examples of the folder of labelled data."""
    return [
        *ragtruth(data / "ragtruth_a" / "part_a.jsonl"),
        *summedits(data / "summedits"),
        *begin(data / "begin"),
        *wice(data / "wice"),
        *mtrag(data / "mtrag" / "reference_subset_with_human_evaluations.json"),
    ]


def ragtruth(path: Path) -> Iterator[Example]:
    """Yield RAGTruth's answers, passages apart as an app would send them, JSON as JSON."""
    with path.open() as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            spans = tuple((label["start"], label["end"]) for label in row["labels"])
            yield Example(
                id=f"ragtruth-{number}",
                dataset="ragtruth",
                source=str(row["source_id"]),
                cell=f"{task_of(row)}/{row['model']}",
                question=row.get("question") or "",
                contexts=_contexts(row["source"]),
                answer=row["response"],
                unsupported=bool(spans),
                spans=spans,
            )


def task_of(row: dict[str, Any]) -> str:
    """Return the task that a row of RAGTruth is of."""
    if row.get("question"):
        return "QA"
    return "Summary" if isinstance(row["source"], str) and row["source"][:1] != "{" else "Data2txt"


def _contexts(source: Any) -> tuple[str, ...]:
    if not isinstance(source, str):
        return (json.dumps(source),)
    passages = [part.strip() for part in re.split(r"(?m)^passage \d+:", source)]
    return tuple(part for part in passages if part)


def summedits(folder: Path) -> Iterator[Example]:
    """Yield SummEdits' summaries; what an edit that broke one changed is not supported."""
    for path in sorted(folder.glob("*.json")):
        domain = path.stem.removeprefix("summedits_")
        for number, row in enumerate(json.loads(path.read_text())):
            wrong = row["label"] == 0
            yield Example(
                id=f"{path.stem}-{number}",
                dataset="summedits",
                source=f"{domain}-{hash_of(row['doc'])}",
                cell=domain,
                question="",
                contexts=(row["doc"],),
                answer=row["summary"],
                unsupported=wrong,
                spans=_changed(row["original_summary"], row["summary"]) if wrong else (),
            )


def hash_of(text: str) -> str:
    """Return a short name of a text."""
    from hashlib import sha256  # noqa: PLC0415

    return sha256(text.encode()).hexdigest()[:12]


def _changed(before: str, after: str) -> tuple[tuple[int, int], ...] | None:
    """Return the characters of `after` that are not in `before`; None where only something was left out."""
    old, new = ([*re.finditer(r"\w+|[^\w\s]", text)] for text in (before, after))
    matcher = SequenceMatcher(
        None, [m.group() for m in old], [m.group() for m in new], autojunk=False
    )
    spans = tuple(
        (new[start].start(), new[end - 1].end())
        for tag, _, _, start, end in matcher.get_opcodes()
        if tag in {"replace", "insert"}
    )
    return spans or None


def begin(folder: Path) -> Iterator[Example]:
    """Yield BEGIN's responses: `Fully attributable` or not. Generic ones, which claim nothing, are left out."""
    for path in sorted(folder.glob("*.tsv")):
        with path.open() as lines:
            for number, row in enumerate(
                csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            ):
                if row["begin_label"] == "Generic":
                    continue
                wrong = row["begin_label"] != "Fully attributable"
                yield Example(
                    id=f"{path.stem}-{number}",
                    dataset="begin",
                    source=hash_of(row["knowledge"]),
                    cell=f"{row['data_source']}/{row['model_name']}",
                    question=row["message"],
                    contexts=(row["knowledge"],),
                    answer=row["response"],
                    unsupported=wrong,
                    spans=None if wrong else (),
                )


def wice(folder: Path) -> Iterator[Example]:
    """Yield WiCE's claims against their articles; partly supported ones are not supported."""
    for path in [folder / "dev.jsonl", folder / "test.jsonl"]:
        for row in _rows(path):
            wrong = row["label"] != "supported"
            yield _of_wice(row, path.stem, wrong=wrong, spans=None if wrong else ())
    for path in sorted((folder / "non_supported_tokens").glob("*.jsonl")):
        for row in _rows(path):
            yield _of_wice(row, f"tokens-{path.stem}", wrong=True, spans=_unsupported_tokens(row))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def _of_wice(
    row: dict[str, Any], part: str, *, wrong: bool, spans: tuple[tuple[int, int], ...] | None
) -> Example:
    return Example(
        id=f"wice-{part}-{row['meta']['id']}",
        dataset="wice",
        source=row["meta"]["id"].partition("-")[0],
        cell=part,
        question="",
        contexts=("\n".join(row["evidence"]),),
        answer=row["claim"],
        unsupported=wrong,
        spans=spans,
    )


def _unsupported_tokens(row: dict[str, Any]) -> tuple[tuple[int, int], ...]:
    spans = []
    position = 0
    for token, unsupported in zip(row["claim_tokens"], row["non_supported_spans"], strict=True):
        start = row["claim"].find(token, position)
        if start < 0:
            continue
        position = start + len(token)
        if unsupported:
            spans.append((start, position))
    return tuple(spans)


def mtrag(path: Path) -> Iterator[Example]:
    """Yield MT-RAG's responses: supported where the annotators' median faithfulness is 4 of 4."""
    data = json.loads(path.read_text())
    texts = {document["document_id"]: document["text"] for document in data["documents"]}
    tasks = {task["task_id"]: task for task in data["tasks"]}
    for row in data["evaluations"]:
        task = tasks[row["task_id"]]
        contexts = tuple(texts[context["document_id"]] for context in task["contexts"])
        votes = [int(vote["value"]) for vote in row["annotations"]["faithfulness"].values()]
        wrong = median(votes) < 4
        yield Example(
            id=f"mtrag-{row['task_id']}-{row['model_id']}",
            dataset="mtrag",
            source=row["task_id"].partition("<")[0],
            cell=row["model_id"],
            question=task["input"][-1]["text"],
            contexts=contexts,
            answer=row["model_response"],
            unsupported=wrong,
            spans=None if wrong else (),
        )
