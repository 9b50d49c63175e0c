"""Sessions: the traces that share a session id, as a list and turn by turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from storage import contents, evaluation_scores, filters
from storage.client import Engine
from storage.evaluation_rows import Score
from storage.order import Order
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import MARKER, Predicate, load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.traces import extent, where_of
from storage.window import Slice, Window, from_unix_nano

SORTS: Final = ("start_time",)
"""What sessions can be sorted by, beside `evaluation.<name>`: the start of the latest trace."""

_BEFORE_ALL: Final = -(2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """What the traces of one session come to, of those within the window."""

    session_id: str
    user_id: str
    tenant_id: str
    traces: int
    errors: int
    """Traces that ended in an error."""
    first_time_unix_nano: int
    last_time_unix_nano: int
    """Start of the first and of the last trace."""
    total_tokens: int
    cost_usd: float | None
    scores: dict[str, Score]
    """What its evaluations and those of its traces come to, by name."""

    @property
    def first_time(self) -> datetime:
        """Start of the first trace, UTC."""
        return from_unix_nano(self.first_time_unix_nano)

    @property
    def last_time(self) -> datetime:
        """Start of the last trace, UTC."""
        return from_unix_nano(self.last_time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One trace of a session: what was asked and what was answered."""

    trace_id: str
    start_time_unix_nano: int
    duration_ns: int
    name: str
    status: str
    error_type: str
    input: str
    """Full text."""
    output: str
    """Full text."""
    models: list[str]
    tools: list[str]
    total_tokens: int
    cost_usd: float | None
    scores: dict[str, Score]
    """What its evaluations and those of its spans come to, by name."""

    @property
    def time(self) -> datetime:
        """Start in UTC."""
        return from_unix_nano(self.start_time_unix_nano)


def list_sessions(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
    sort: str = "-start_time",
    limit: int = 50,
    cursor: str = "",
) -> Page[SessionRow]:
    """Return a page of sessions that have a trace that fits, by `sort`, then id.

    Figures are of all traces of the session that start within `window`, whether they fit `q` and `filter` or not.
    """
    check_limit(limit)
    order = Order.of(sort, SORTS)
    after = decode_cursor(cursor, sort)
    part = extent(engine, scope, window)
    if part is None:
        filters.predicate(filter, target="session")
        return Page([], None)
    result = run(
        engine,
        scope,
        load(order.question("sessions/page")),
        where=_having_trace(where_of(engine, scope, part, q, filter, target="session")),
        **order.values(part, after),
        limit=limit + 1,
    )
    found = result.result_rows
    position = Position(found[limit - 1][-1], found[limit - 1][0]) if len(found) > limit else None
    rows = _rows(engine, scope, part, found[:limit])
    return Page(rows, encode_cursor(sort, position) if position else None)


def _rows(
    engine: Engine, scope: Scope, part: Slice, found: Sequence[Sequence[Any]]
) -> list[SessionRow]:
    """Return sessions with their scores from the rows of a page, whose last column is their place."""
    names = ("session_id", "user_id", "tenant_id", "traces", "errors", "first_time_unix_nano",
             "last_time_unix_nano", "total_tokens", "cost_usd")  # fmt: skip
    scores = evaluation_scores.scores_of_sessions(engine, scope, [row[0] for row in found], part)
    return [
        SessionRow(**dict(zip(names, row[:-1], strict=True)), scores=scores.get(row[0], {}))
        for row in found
    ]


def _having_trace(where: Predicate) -> Predicate:
    """Return the condition that some trace of the session fits."""
    if not where.sql:
        return where
    traces = load("sessions/having_trace").text.replace(MARKER, f"AND ({where.sql})")
    return Predicate(f"session_id IN (\n{traces})", where.values)


def session_turns(
    engine: Engine, scope: Scope, session_id: str, *, limit: int = 50, cursor: str = ""
) -> Page[Turn]:
    """Return a page of a session's traces in time order; an empty page where there is no such session."""
    check_limit(limit)
    after = decode_cursor(cursor, "turns")
    result = run(
        engine,
        scope,
        load("sessions/turns"),
        session_id=session_id,
        after=int(after.value) if after else _BEFORE_ALL,
        after_id=after.id if after else "",
        limit=limit + 1,
    )
    rows = list(named_rows(result))
    known = contents.texts(engine, scope, {h for r in rows for h in (*r["input"], *r["output"])})
    scores = evaluation_scores.scores_of_traces(engine, scope, [row["trace_id"] for row in rows])
    turns = [
        Turn(
            **{
                **row,
                "input": contents.joined(row["input"], known),
                "output": contents.joined(row["output"], known),
                "scores": scores.get(row["trace_id"], {}),
            }
        )
        for row in rows
    ]
    last = turns[limit - 1] if len(turns) > limit else None
    position = Position(last.start_time_unix_nano, last.trace_id) if last else None
    return Page(turns[:limit], encode_cursor("turns", position) if position else None)
