"""Reads the public labelled data: texts with the groups that must not be parted between training and test."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 5
_ALIKE: Final = 0.4
"""Share of runs of five words in common from which two texts are one."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a set, and the group that it is split by."""

    text: str
    group: str
    set: str


def jailbreaks(data: Path) -> list[Text]:
    """Return jailbreak prompts, grouped by community; near copies are in one group (Shen et al. 2023; garak)."""
    csv.field_size_limit(10**9)
    rows = _csv(data / "jailbreak_llms/jailbreak_prompts.csv")
    texts = [
        (row["prompt"].strip(), f"c{row['community_id']}" if row["community_id"] else f"p{index}")
        for index, row in enumerate(rows)
    ]
    wild = (data / "jailbreak_llms/inthewild_jailbreak_llms.txt").read_text().splitlines()
    texts += [(line.strip(), f"w{index}") for index, line in enumerate(wild)]
    return _joined([(text, group) for text, group in texts if len(text) > 20], "jailbreak_llms")


def _joined(texts: list[tuple[str, str]], name: str) -> list[Text]:
    """Join groups that hold near copies of each other; drop copies."""
    parent: dict[str, str] = {}

    def root(group: str) -> str:
        while parent.setdefault(group, group) != group:
            group = parent[group]
        return group

    kept: list[tuple[str, str, frozenset[int]]] = []
    seen: dict[int, list[int]] = {}
    for text, group in texts:
        own = _shingles(text)
        near: dict[int, int] = {}
        for shingle in own:
            for other in seen.get(shingle, ()):
                near[other] = near.get(other, 0) + 1
        copies = [
            other
            for other, common in near.items()
            if common >= _ALIKE * min(len(own), len(kept[other][2]))
        ]
        for other in copies:
            parent[root(kept[other][1])] = root(group)
        if any(near[other] >= 0.9 * max(len(own), len(kept[other][2])) for other in copies):
            continue
        for shingle in own:
            seen.setdefault(shingle, []).append(len(kept))
        kept.append((text, group, own))
    return [Text(text, root(group), name) for text, group, _ in kept]


def _shingles(text: str) -> frozenset[int]:
    words = _WORD.findall(text.lower())
    return frozenset(
        hash(tuple(words[index : index + _SHINGLE]))
        for index in range(max(1, len(words) - _SHINGLE + 1))
    )


def mixed_prompts(data: Path) -> tuple[list[Text], list[Text]]:
    """Return attacks and benign prompts of PIGuard's validation set (Li et al. 2025); BIPIA's rows stand apart."""
    rows = json.loads((data / "prompt_injection/valid.json").read_text())
    texts = [
        (Text(row["prompt"], row["prompt"][:60], f"PIGuard {row['source']}"), row) for row in rows
    ]
    attacks = [text for text, row in texts if row["label"] and "BIPIA" not in row["source"]]
    return attacks, [text for text, row in texts if not row["label"]]


def planted_requests(data: Path) -> list[Text]:
    """Return instructions to plant in documents, grouped by category (BIPIA, Yi et al. 2023, training half)."""
    categories = json.loads((data / "bipia/text_attack_train.json").read_text())
    return [
        Text(text, category, "BIPIA train")
        for category, texts in categories.items()
        for text in texts
    ]


def unseen_requests(data: Path) -> list[Text]:
    """Return the instructions for planting that PIGuard's validation set holds, of BIPIA's other half."""
    rows = json.loads((data / "prompt_injection/valid.json").read_text())
    return [
        Text(row["prompt"], row["prompt"][:40], "BIPIA in PIGuard")
        for row in rows
        if row["source"] == "BIPIA_text"
    ]


def safe_prompts(data: Path) -> list[Text]:
    """Return questions that sound dangerous and are not (XSTest, Röttger et al. 2024), grouped by type."""
    rows = _csv(data / "xstest/xstest_prompts.csv")
    return [
        Text(row["prompt"], row["type"], "XSTest safe") for row in rows if row["label"] == "safe"
    ]


def bank_questions(data: Path) -> list[Text]:
    """Return questions of bank customers, grouped by intent (Banking77, Casanueva et al. 2020)."""
    rows = [*_csv(data / "banking77/train.csv"), *_csv(data / "banking77/test.csv")]
    return [Text(row["text"], row["category"], "Banking77") for row in rows]


def instructions(data: Path) -> list[Text]:
    """Return instructions of ordinary users (HaluEval's general part, Li et al. 2023), short and long ones."""
    rows = _json_lines(data / "halueval/general_data.json")
    return [Text(row["user_query"], f"h{row['ID']}", "HaluEval") for row in rows]


def knowledge_questions(data: Path) -> list[Text]:
    """Return questions of HaluEval's question answering part."""
    rows = _json_lines(data / "halueval/qa_one-turn_data.json")
    return [Text(row["question"], row["question"][:40], "HaluEval QA") for row in rows]


def passages(data: Path) -> list[Text]:
    """Return what applications retrieve: passages, articles, web pages, minutes, letters; grouped by source."""
    return list({text.text: text for text in _passages(data) if len(text.text) > 200}.values())


def _passages(data: Path) -> Iterator[Text]:
    for row in _json_lines(data / "ragtruth_a/part_a.jsonl"):
        source = row["source"]
        plain = source if isinstance(source, str) else json.dumps(source)
        yield Text(plain.strip(), f"r{row['source_id']}", "RAGTruth")
    for part in ("dev", "test"):
        for row in _json_lines(data / f"wice/{part}.jsonl"):
            page = "\n".join(row["evidence"])
            yield Text(page, f"w{row['evidence'][0]}", "WiCE")
    for file in sorted((data / "summedits").glob("*.json")):
        for row in json.loads(file.read_text()):
            yield Text(row["doc"].strip(), f"s{row['doc'][:60]}", "SummEdits")
    tasks = json.loads((data / "mtrag/reference_subset_with_human_evaluations.json").read_text())
    for document in tasks.get("documents", ()):
        yield Text(document["text"], f"m{document['text'][:60]}", "MT-RAG")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a prompt of XSTest, with what people say of it."""

    text: str
    prompt: str
    model: str
    refused: bool


def judged_answers(data: Path) -> list[Answer]:
    """Return answers with human labels; full and partial refusals are refusals (XSTest v2)."""
    found: list[Answer] = []
    for model in ("llama2orig", "mistralguard"):
        for row in _csv(data / f"xstest/xstest_v2_completions_{model}.csv"):
            refused = row["final_label"] != "1_full_compliance"
            found.append(Answer(row["completion"], row["prompt"], model, refused))
    return found


def ordinary_answers(data: Path) -> Iterator[Text]:
    """Yield answers of models to ordinary requests, nobody having said whether they refuse."""
    for row in _json_lines(data / "halueval/general_data.json"):
        yield Text(row["chatgpt_response"], f"h{row['ID']}", "HaluEval answers")
    for row in _json_lines(data / "ragtruth_a/part_a.jsonl"):
        yield Text(row["response"], f"r{row['source_id']}", "RAGTruth answers")


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _json_lines(path: Path) -> Iterable[Any]:
    with path.open() as file:
        return [json.loads(line) for line in file]
