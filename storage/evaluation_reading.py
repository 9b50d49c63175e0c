"""Read evaluations: of traces and sessions, as a list, with their history, and which names there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
from clickhouse_connect.driver.query import QueryResult

from storage.client import Engine
from storage.evaluation_rows import EvaluationRow
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import Predicate, Query, load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.window import Window

MAX_EVALUATIONS: Final = 100_000
"""Evaluations of a trace, or of the spans of a page, that are read."""

MAX_VERSIONS: Final = 10_000
"""Versions of an evaluation that are read."""

_WHICH: Final = "/* evaluations */"
_BEFORE_ALL: Final = -(2**63)
_LAST_NS: Final = 2**63 - 1
_SORT: Final = "evaluations"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameInfo:
    """A name that evaluations have."""

    name: str
    evaluations: int
    by_people: int
    kind: str
    """The kind of most of them."""
    sources: list[str]


def of_traces(
    engine: Engine, scope: Scope, trace_ids: list[str], span_ids: list[str] | None = None
) -> list[EvaluationRow]:
    """Return the evaluations of traces, or of some of their spans, in their newest versions, in order of time."""
    result = run(
        engine,
        scope,
        load("evaluations/of_traces"),
        trace_ids=trace_ids,
        span_ids=span_ids or [],
        limit=MAX_EVALUATIONS,
    )
    return list(rows_of(result))


def of_sessions(engine: Engine, scope: Scope, session_ids: list[str]) -> list[EvaluationRow]:
    """Return the evaluations of sessions as wholes, in their newest versions, in order of time."""
    result = run(
        engine,
        scope,
        load("evaluations/of_sessions"),
        session_ids=session_ids,
        limit=MAX_EVALUATIONS,
    )
    return list(rows_of(result))


def history(engine: Engine, scope: Scope, evaluation_id: str) -> list[EvaluationRow]:
    """Return every version of the evaluations with an id, the oldest first; none for an unknown id."""
    result = run(engine, scope, load("evaluations/versions"), id=evaluation_id, limit=MAX_VERSIONS)
    return list(rows_of(result))


def list_evaluations(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    name: str = "",
    source: str = "",
    author: str = "",
    trace_id: str = "",
    span_id: str = "",
    session_id: str = "",
    id: str = "",  # noqa: A002 - the word of the API
    every_version: bool = False,
    limit: int = 50,
    cursor: str = "",
) -> Page[EvaluationRow]:
    """Return a page of evaluations that were made within `window` (any time without one), the latest first.

    Each in its newest version, retracted ones left out; with `every_version` all versions, retractions too. What is
    '' does not matter. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    check_limit(limit)
    after = decode_cursor(cursor, _SORT)
    chosen = {"name": name, "source": source, "author": author, "trace_id": trace_id, "span_id": span_id,
              "session_id": session_id, "id": id}  # fmt: skip
    which = {column: value for column, value in chosen.items() if value}
    result = run(
        engine,
        scope,
        choosing(load("evaluations/page"), "".join(f" AND {c} = {{{c}:String}}" for c in which)),
        where=Predicate(values=which),
        every=every_version,
        start_ns=window.start_ns if window else 0,
        end_ns=window.end_ns if window else _LAST_NS,
        after=int(after.value) if after else _BEFORE_ALL,
        after_id=after.id if after else "",
        limit=limit + 1,
    )
    found = [_Place(*row) for row in result.result_rows]
    last = found[limit - 1] if len(found) > limit else None
    position = Position(-last.time_unix_nano, last.tie) if last else None
    rows = _in_full(engine, scope, found[:limit])
    return Page(rows, encode_cursor(_SORT, position) if position else None)


class _Place(NamedTuple):
    """Where a version of an evaluation is, and its place in the order."""

    trace_id: str
    session_id: str
    span_id: str
    name: str
    id: str
    changed_us: int
    time_unix_nano: int
    tie: str


def _in_full(engine: Engine, scope: Scope, found: list[_Place]) -> list[EvaluationRow]:
    if not found:
        return []
    result = run(
        engine,
        scope,
        load("evaluations/rows"),
        trace_ids=sorted({p.trace_id for p in found}),
        session_ids=sorted({p.session_id for p in found}),
        ids=sorted({p.id for p in found}),
        limit=MAX_EVALUATIONS,
    )
    by_place = {
        (r.trace_id, r.session_id, r.span_id, r.name, r.id, r.changed_at_unix_nano // 1000): r
        for r in rows_of(result)
    }
    # One that was joined to its span meanwhile is not lost, only not on this page.
    return [by_place[p[:6]] for p in found if p[:6] in by_place]


def names(
    engine: Engine, scope: Scope, *, window: Window, prefix: str = "", limit: int = 100
) -> list[NameInfo]:
    """Return the names of the evaluations made within `window` that start with `prefix`, the commonest first."""
    result = run(
        engine,
        scope,
        load("evaluations/names"),
        start_ns=window.start_ns,
        end_ns=window.end_ns,
        prefix=prefix,
        limit=check_limit(limit),
    )
    return [
        NameInfo(name=name, evaluations=n, by_people=people, kind=kind, sources=list(sources))
        for name, n, people, kind, sources in result.result_rows
    ]


def choosing(query: Query, condition: str) -> Query:
    """Return a question with the condition that every version of the evaluations it is about fulfils."""
    return Query(query.name, query.text.replace(_WHICH, condition), query.parameters)


def rows_of(result: QueryResult) -> Iterator[EvaluationRow]:
    """Yield the evaluations of an answer."""
    for row in named_rows(result):
        row["metadata"] = _object(row["metadata"])
        row["is_deleted"] = bool(row["is_deleted"])
        yield EvaluationRow(**row)


def _object(metadata: str) -> dict[str, Any]:
    """Return metadata as an object, whatever the sender wrote."""
    if not metadata:
        return {}
    try:
        found = orjson.loads(metadata)
    except orjson.JSONDecodeError:
        found = metadata
    return found if isinstance(found, dict) else {"value": found}
