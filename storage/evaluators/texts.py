"""The texts of traces that evaluators judge: what was asked, retrieved and answered."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from storage.client import Engine
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope

MAX_CHARACTERS: Final = 200_000
"""Of one text; what is longer is judged by its beginning."""

_BATCH: Final = 5000
"""Hashes a question, as in `storage.contents`."""

_HASHES: Final = ("input", "output", "documents", "tool_results", "system", "messages")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a trace, by the hash under which it is kept."""

    hash: int
    role: str
    """Of a message: `user`, `assistant`, `system`, `tool`; '' for what is none."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceTexts:
    """What a trace says. Texts that are not kept are None: hashed, erased or expired."""

    hour: datetime
    """In which it starts."""
    trace_id: str
    input: Sequence[Text | None]
    """What was asked: the last turn of the user."""
    output: Sequence[Text | None]
    documents: Sequence[Text | None]
    """Of the last retrieval or reranking, in its order."""
    document_ids: Sequence[str]
    """What each is called; '' where it has no name."""
    tool_results: Sequence[Text | None]
    system: Sequence[Text | None]
    """Instructions of the last chat."""
    messages: Sequence[Text | None]
    """What was sent to the last chat."""
    model: str
    feature: str
    tenant_id: str
    finish_reasons: str


def texts_of_traces(
    engine: Engine, scope: Scope, hours: Collection[datetime], trace_ids: Sequence[str]
) -> dict[str, TraceTexts]:
    """Return by id what traces that start in some hours say; one that does not start there any more is left out."""
    if not trace_ids:
        return {}
    result = run(
        engine,
        scope,
        load("evaluators/texts_of_traces"),
        hours=[int(hour.timestamp()) for hour in hours],
        trace_ids=list(trace_ids),
        limit=len(trace_ids) * len(hours),
    )
    rows = list(named_rows(result))
    known = _texts(engine, scope, {h for row in rows for name in _HASHES for h in row[name]})
    return {row["trace_id"]: _resolved(row, known) for row in rows}


def _resolved(row: Mapping[str, Any], known: Mapping[int, Text]) -> TraceTexts:
    texts = {name: [known.get(h) for h in row[name]] for name in _HASHES}
    hour = datetime.fromtimestamp(row["hour"], UTC)
    return TraceTexts(**{**row, **texts, "hour": hour})


def _texts(engine: Engine, scope: Scope, hashes: Iterable[int]) -> dict[int, Text]:
    found: dict[int, Text] = {}
    for batch in _batches(hashes):
        rows = run(
            engine, scope, load("evaluators/texts"), hashes=batch, length=MAX_CHARACTERS, limit=_BATCH
        )  # fmt: skip
        found |= {row[0]: Text(*row) for row in rows.result_rows}
    return found


def _batches(hashes: Iterable[int]) -> Iterator[list[int]]:
    # In order, so that neighbours in the store are read together.
    ordered = iter(sorted(hashes))
    while batch := list(islice(ordered, _BATCH)):
        yield batch
