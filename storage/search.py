"""Free text search: from what was typed into the search box to a condition on traces or spans.

Words are looked up in the text index of `contents`; the hashes found lead to the spans that hold them. Which way is
cheap depends on how many contents hold the words, so that is asked first:

    few       their hashes, by the index on the hashes of spans
    some      their hashes, against the spans of the window
    many      the set of their hashes, asked anew from the text index, against the spans of the window
    common    the contents of the window's spans, against the words
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from storage.client import Engine
from storage.errors import BadInput
from storage.fields import Target
from storage.query import MARKER, Predicate, load, run
from storage.scope import Scope

FEW: Final = 16
"""Hashes; with more of them the bloom filters of nearly all granules say yes."""

SOME: Final = 5000
"""Hashes that are passed along; on a server they travel in the URL, which may have a megabyte."""

COMMON: Final = 100_000
"""Hashes; a set of more costs memory and time that the first page of results does not need."""

MAX_LENGTH: Final = 1000
"""Characters of a search."""

_PHRASE: Final = re.compile(r'"([^"]*)"?|(\S+)')
_TOKEN: Final = re.compile(r"[A-Za-z0-9]+")
_TRACE_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_SPAN_ID: Final = re.compile(r"[0-9a-fA-F]{16}")
NOWHERE: Final = Predicate("false")


@dataclass(frozen=True, slots=True)
class Words:
    """What a content has to hold: every word of `tokens`, and every text of `parts` literally, whatever the case."""

    tokens: tuple[str, ...]
    parts: tuple[str, ...]

    def predicate(self) -> Predicate:
        """Return the condition on a row of `contents`."""
        values: dict[str, Any] = {f"q{i}": part for i, part in enumerate(self.parts)}
        tests = [f"positionCaseInsensitiveUTF8(text, {{{name}:String}}) > 0" for name in values]
        if self.tokens:
            # First, because it is answered by the text index.
            tests.insert(0, "hasAllTokens(text, {q_tokens:Array(String)})")
            values["q_tokens"] = list(self.tokens)
        return Predicate(" AND ".join(tests), values)


def words(q: str) -> Words:
    """Split a search into whole words, which the index knows, and parts that are looked for literally.

    A part is a quoted phrase, or a word with letters beyond ASCII: the index does not fold their case, and languages
    without spaces have no words that it could know.
    """
    tokens: dict[str, None] = {}
    parts: dict[str, None] = {}
    for phrase, word in _PHRASE.findall(q):
        text = phrase or word
        # The edges of a non-ASCII word may be part of a longer one; only words between ASCII marks are whole.
        found = [t.lower() for t in _TOKEN.findall(text)] if text.isascii() else []
        tokens |= dict.fromkeys(found)
        if not text.isascii() or (phrase and [phrase.lower()] != found) or not found:
            parts[text] = None
    parts.pop("", None)
    return Words(tuple(tokens), tuple(parts))


def predicate(engine: Engine, scope: Scope, q: str, target: Target) -> Predicate:
    """Return the condition that a search stands for, on traces or on spans; empty for an empty search.

    Matches texts, and the ids of a trace, a span or a session when `q` is one.
    """
    q = q.strip()
    if not q:
        return Predicate()
    if len(q) > MAX_LENGTH:
        raise BadInput(
            f"the search has {len(q)} characters", hint=f"at most {MAX_LENGTH} are allowed"
        )
    found = [
        p
        for p in (_by_text(engine, scope, words(q), target), _by_id(q, target))
        if p.sql != "false"
    ]
    if not found:
        return NOWHERE
    values = {name: value for p in found for name, value in p.values.items()}
    sql = " OR ".join(f"({p.sql})" for p in found)
    return Predicate(sql, values, any(p.reads_spans for p in found))


def _by_id(q: str, target: Target) -> Predicate:
    """Match the whole search as an id."""
    if re.search(r"[\s\"]", q):
        return NOWHERE
    values = {"q_id": q}
    tests = ["session_id = {q_id:String}"]
    if _TRACE_ID.fullmatch(q):
        tests.append("trace_id = {q_hex:String}")
        values["q_hex"] = q.lower()
    is_span = bool(_SPAN_ID.fullmatch(q))
    if is_span:
        test = "span_id = {q_hex:String}"
        tests.append(test if target == "span" else _in("trace_id", "traces/having_span", test))
        values["q_hex"] = q.lower()
    return Predicate(" OR ".join(tests), values, is_span and target == "trace")


def _by_text(engine: Engine, scope: Scope, wanted: Words, target: Target) -> Predicate:
    text = wanted.predicate()
    if not text.sql:
        return NOWHERE
    # Without tokens this reads every text. To read those of the window alone would hardly be less: contents lie in
    # the order of their hashes, so even an hour's contents are in most granules.
    first = run(engine, scope, load("search/first_hashes"), where=text, limit=COMMON).result_columns
    # Parts that are not merged yet may hold a content twice.
    hashes = sorted(set(first[0])) if first else []
    if not hashes:
        return NOWHERE
    if len(hashes) <= FEW:
        held = Predicate("hasAny(contents, {q_hashes:Array(UInt128)})", {"q_hashes": hashes})
    elif len(hashes) <= SOME:
        test = "arrayExists(h -> h IN {q_hashes:Array(UInt128)}, contents)"
        held = Predicate(test, {"q_hashes": hashes})
    else:
        common = len(first[0]) >= COMMON
        held = _hashes_in("search/hashes_of_window" if common else "search/hashes", text)
    return _with_content(held, target)


def _hashes_in(name: str, text: Predicate) -> Predicate:
    chosen = load(name).text.replace(MARKER, f"AND ({text.sql})")
    return Predicate(f"arrayExists(h -> h IN (\n{chosen}), contents)", text.values)


def _with_content(has_content: Predicate, target: Target) -> Predicate:
    if target == "trace":
        sql = _in("trace_id", "traces/having_content", has_content.sql)
        return Predicate(sql, has_content.values, reads_spans=True)
    added = _in("(trace_id, span_id)", "spans/having_added_content", has_content.sql)
    return Predicate(f"{has_content.sql} OR {added}", has_content.values)


def _in(key: str, name: str, test: str) -> str:
    return f"{key} IN (\n{load(name).text.replace(MARKER, f'AND ({test})')})"
