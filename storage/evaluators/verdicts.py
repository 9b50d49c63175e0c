"""Verdicts: what a version of an evaluator says of an answer or a text, kept once for all traces that hold it."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope

_BATCH: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredVerdict:
    """A verdict as it is kept."""

    key: int
    """128-bit hash of all that the evaluator was given."""
    score: float | None
    label: str
    explanation: str
    details: Mapping[str, Any] = field(default_factory=dict)
    """Members `claims`, `findings` and `figures`, the evaluator's own; those that it has."""
    cost_usd: float = 0.0
    text_hash: int = 0
    """Of the single text that it is about; 0 for an answer with its contexts. Kept for questions, and not read back."""
    reads: str = ""
    """What that text is of a trace: `input`, `output` or `retrieved`."""


_COLUMNS: Final = ("key", "score", "label", "explanation", "details", "cost_usd")


def find_verdicts(
    engine: Engine, scope: Scope, evaluator: str, version: str, keys: Collection[int]
) -> dict[int, StoredVerdict]:
    """Return by key what a version of an evaluator has said already."""
    ordered = sorted(keys)
    found: dict[int, StoredVerdict] = {}
    for first in range(0, len(ordered), _BATCH):
        batch = ordered[first : first + _BATCH]
        rows = run(
            engine, scope, load("evaluators/verdicts"),
            evaluator=evaluator, version=version, keys=batch, limit=len(batch),
        )  # fmt: skip
        found |= {row[0]: _verdict(row) for row in rows.result_rows}
    return found


def _verdict(row: Sequence[Any]) -> StoredVerdict:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["details"] = orjson.loads(values["details"]) if values["details"] else {}
    return StoredVerdict(**values)


def store_verdicts(
    engine: Engine, scope: Scope, evaluator: str, version: str, verdicts: Sequence[StoredVerdict]
) -> None:
    """Keep verdicts. The same again takes the place of the one before."""
    if not verdicts:
        return
    at = time.time_ns() // 1000
    rows = [
        [
            scope.project, evaluator, version, v.key, v.score, v.label, v.explanation,
            orjson.dumps(dict(v.details)).decode() if v.details else "", v.cost_usd, v.text_hash, v.reads,
            at,
        ]
        for v in verdicts
    ]  # fmt: skip
    columns = ["project_id", "evaluator", "version", *_COLUMNS, "text_hash", "reads", "at"]
    engine.client().insert("verdicts", rows, column_names=columns)
