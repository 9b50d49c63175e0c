"""From hashes back to texts: previews, full texts, messages and documents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope

PREVIEW: Final = 300
"""Characters of a text in a list."""

_WHOLE: Final = 2**32 - 1
_BATCH: Final = 5000
"""Hashes a question: on a server its parameters travel in the URL, which may have a megabyte."""


@dataclass(frozen=True, slots=True)
class Content:
    """A message, document or payload. `body` is its JSON as sent, '' where `role` and `text` say it all."""

    kind: str
    role: str
    text: str
    body: str

    def message(self, role: str = "") -> dict[str, Any]:
        """Return it as OTel GenAI shapes a message, {role, parts: [...]}; `role` for one that names none."""
        parsed = self.parsed()
        if "parts" in parsed or "role" in parsed:
            return parsed
        part = parsed or {"type": "text", "content": self.text}
        return {"role": self.role or role, "parts": [part]}

    def parsed(self) -> dict[str, Any]:
        """Return the JSON object that was sent, {} where it was none."""
        try:
            parsed = orjson.loads(self.body) if self.body else {}
        except ValueError:
            # The engine reads JSON that is not quite valid; such a body is shown as text.
            return {}
        return parsed if isinstance(parsed, dict) else {}


def texts(
    engine: Engine, scope: Scope, hashes: Iterable[int], *, length: int = _WHOLE
) -> dict[int, str]:
    """Return the readable texts of hashes, cut to `length` characters. Texts that are not kept are absent."""
    found: dict[int, str] = {}
    for batch in _batches(hashes):
        rows = run(engine, scope, load("contents/texts"), hashes=batch, length=length, limit=_BATCH)
        found |= {row[0]: row[1] for row in rows.result_rows}
    return found


def in_full(engine: Engine, scope: Scope, hashes: Iterable[int]) -> dict[int, Content]:
    """Return the contents of hashes. Contents that are not kept are absent."""
    found: dict[int, Content] = {}
    for batch in _batches(hashes):
        rows = run(engine, scope, load("contents/in_full"), hashes=batch, limit=_BATCH).result_rows
        found |= {row[0]: Content(*row[1:]) for row in rows}
    return found


def joined(hashes: Iterable[int], known: Mapping[int, str], *, length: int = _WHOLE) -> str:
    """Return the texts of several contents as one, cut to `length` characters."""
    return "\n".join(text for h in hashes if (text := known.get(h)))[:length]


def messages(
    hashes: Iterable[int], known: Mapping[int, Content], role: str
) -> list[dict[str, Any]]:
    """Return messages in order; one whose text is not kept has no parts and says which text it was."""
    return [
        known[h].message(role)
        if h in known
        else {"role": role, "parts": [], "content_hash": f"{h:032x}"}
        for h in hashes
    ]


def definitions(hashes: Iterable[int], known: Mapping[int, Content]) -> list[dict[str, Any]]:
    """Return tool definitions as they were sent; text that is no JSON object as {description}."""
    return [known[h].parsed() or {"description": known[h].text} for h in hashes if h in known]


def documents(
    ranked: Iterable[tuple[int, str, float | None, str]], known: Mapping[int, Content]
) -> list[dict[str, Any]]:
    """Return documents as {id, score, content, ...}, from (hash, id, score, other attributes as JSON) in rank order.

    `content` is None where the text is not kept.
    """
    return [
        {
            **_object(attributes),
            "id": document_id,
            "score": score,
            "content": known[h].text if h in known else None,
        }
        for h, document_id, score, attributes in ranked
    ]


def _object(text: str) -> dict[str, Any]:
    return Content("", "", "", text).parsed()


def _batches(hashes: Iterable[int]) -> Iterator[list[int]]:
    # In order, so that neighbours in the store are read together.
    ordered = iter(sorted(set(hashes)))
    while batch := list(islice(ordered, _BATCH)):
        yield batch
