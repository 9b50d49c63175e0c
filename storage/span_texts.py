"""Put a span in full together: its columns, its texts, and what log records added to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from clickhouse_connect.driver.query import QueryResult

from storage import contents
from storage.contents import Content
from storage.evaluation_rows import EvaluationRow
from storage.evaluation_scores import scores_of_spans
from storage.rows import named_rows
from storage.span_rows import LogRow, SpanDetail, SpanRow

_HASHES: Final = (
    "system_instructions", "input_messages", "output_messages", "tool_definitions", "input", "output",
)  # fmt: skip
_PLAIN: Final = ("input", "output", "prompt_template", "prompt_variables")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = tuple(f.name for f in fields(SpanRow))


@dataclass(frozen=True, slots=True)
class Texts:
    """Hashes of a span's texts by what they are to it, those that log records added included."""

    hashes_of: Mapping[str, Sequence[int]]
    documents: Sequence[tuple[int, str, float | None, str]]
    """Hash, id, score and other attributes as JSON, in rank order."""
    attributes: Mapping[str, int]

    def hashes(self) -> Iterator[int]:
        """Yield every hash."""
        for of_kind in self.hashes_of.values():
            yield from of_kind
        yield from (document[0] for document in self.documents)
        yield from self.attributes.values()


class Additions:
    """What log records added to spans, by trace and span, in order of time."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._by_span: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in rows:
            self._by_span.setdefault((row["trace_id"], row["span_id"]), []).append(row)

    @classmethod
    def of(cls, result: QueryResult) -> "Additions":
        """Read the answer of spans/additions."""
        return cls(list(named_rows(result)))

    def merged(self, row: Mapping[str, Any]) -> Texts:
        """Return the texts of a span: its own, then what was added and is not among them."""
        added = self._by_span.get((row["trace_id"], row["span_id"]), [])
        # A message may well be said twice in one history: only what logs add is told apart from it.
        hashes_of = {kind: _joined(row[kind], [a[kind] for a in added]) for kind in _HASHES}
        for kind in ("prompt_template", "prompt_variables"):
            hashes_of[kind] = list(row[kind])
        documents = [d for source in (row, *added) for d in _documents(source)]
        return Texts(hashes_of, list(dict.fromkeys(documents)), row["attributes_content"])


def _joined(own: Sequence[int], added: Sequence[Sequence[int]]) -> list[int]:
    seen = set(own)
    return [*own, *dict.fromkeys(h for hashes in added for h in hashes if h not in seen)]


def _documents(row: Mapping[str, Any]) -> Iterator[tuple[int, str, float | None, str]]:
    ids, scores, rest = row["document_ids"], row["document_scores"], row["document_attributes"]
    for rank, h in enumerate(row["documents"]):
        yield (
            h,
            ids[rank] if rank < len(ids) else "",
            scores[rank] if rank < len(scores) else None,
            rest[rank] if rank < len(rest) else "",
        )


def span_row(row: Mapping[str, Any], evaluations: list[EvaluationRow]) -> SpanRow:
    """Return a span's columns and attributes, from a row of spans/in_full."""
    return SpanRow(**_columns(row, evaluations))


def detail(
    row: Mapping[str, Any],
    texts: Texts,
    known: Mapping[int, Content],
    evaluations: list[EvaluationRow],
    logs: list[LogRow],
) -> SpanDetail:
    """Return a span in full, from a row of spans/in_full and the contents of its hashes."""
    columns = _columns(row, evaluations)
    columns["attributes"] |= {
        key: known[h].text for key, h in texts.attributes.items() if h in known
    }
    of = texts.hashes_of
    # Of this span's own: known holds the texts of the whole trace.
    plain = {h: known[h].text for kind in _PLAIN for h in of[kind] if h in known}
    return SpanDetail(
        **columns,
        system_instructions=contents.messages(of["system_instructions"], known, "system"),
        input_messages=contents.messages(of["input_messages"], known, "user"),
        output_messages=contents.messages(of["output_messages"], known, "assistant"),
        tool_definitions=contents.definitions(of["tool_definitions"], known),
        documents=contents.documents(texts.documents, known),
        input=contents.joined(of["input"], plain),
        output=contents.joined(of["output"], plain),
        prompt_template=contents.joined(of["prompt_template"], plain),
        prompt_variables=contents.joined(of["prompt_variables"], plain),
        logs=logs,
    )


def _columns(row: Mapping[str, Any], evaluations: list[EvaluationRow]) -> dict[str, Any]:
    columns = {name: row[name] for name in _COLUMNS if name in row}
    columns["received_at"] = _EPOCH + timedelta(milliseconds=row["received_at_ms"])
    columns["attributes"] = {
        **row["attributes_string"],
        **row["attributes_int"],
        **row["attributes_double"],
        **row["attributes_bool"],
    }
    columns["events"] = [
        {"time_unix_nano": time, "name": name, "attributes": attributes}
        for time, name, attributes in map(_tuple, row["events"])
    ]
    columns["links"] = [
        dict(zip(("trace_id", "span_id", "trace_state", "attributes"), _tuple(link), strict=True))
        for link in row["links"]
    ]
    columns["evaluations"] = evaluations
    columns["scores"] = scores_of_spans(evaluations)
    return columns


def _tuple(value: Any) -> tuple[Any, ...]:
    """Return the members of a tuple, which the client gives as a dict where they have names."""
    return tuple(value.values()) if isinstance(value, dict) else tuple(value)
