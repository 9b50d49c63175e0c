"""Write into the engine: segments of OTLP requests, quarantine accounts, settled traces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from clickhouse_connect.driver.exceptions import ClickHouseError

from storage import otlp
from storage.client import Engine
from storage.costs.settling import settle_touched
from storage.evaluation_joins import join_segments
from storage.statements import INTERPRETED, PLANNED_QUICKLY, statement

_LANDING: Final[Mapping[str, tuple[str, str]]] = {
    "traces": ("landing_traces", otlp.TRACES_PROTO),
    "logs": ("landing_logs", otlp.LOGS_PROTO),
    "metrics": ("landing_metrics", otlp.METRICS_PROTO),
}

_ONE_BLOCK: Final = 100_000_000
"""Rows: a segment goes through the views as one block, because the views that de-duplicate see a block at a time."""

_INSERT_SETTINGS: Final[Mapping[str, Any]] = {
    # Planning the views costs more than a small segment itself. The look-up of spans that are there already uses the
    # primary key as before.
    **PLANNED_QUICKLY,
    **INTERPRETED,
    "format_schema_source": "string",
    "format_schema_message_name": "Request",
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_insert_threads": 1,
    "max_block_size": _ONE_BLOCK,
    "max_insert_block_size": _ONE_BLOCK,
    "min_insert_block_size_rows": 0,
    "min_insert_block_size_bytes": 0,
    "min_insert_block_size_rows_for_materialized_views": 0,
    "min_insert_block_size_bytes_for_materialized_views": 0,
    # Text indexes are built when parts merge; until then a search reads the small new parts as they are.
    "materialize_skip_indexes_on_insert": 0,
}

# The engine is away, or short of something that will be there again: the same insert may go through later.
_AWAY: Final = frozenset({
    23, 24, 60, 74, 75, 76, 81, 159, 164, 202, 209, 210, 225, 236, 242, 243, 252, 279, 285, 319, 394, 425, 439, 497,
    516, 999,
})  # fmt: skip

# Too much at once: fewer requests at a time may go through.
_TOO_MUCH: Final = frozenset({173, 241, 307, 396})


class EngineAway(Exception):  # noqa: N818 - says what is the case
    """The engine cannot take the insert now; the same insert may be tried again."""


class InsertRefused(Exception):  # noqa: N818 - as EngineAway
    """The engine will not take these requests. `too_much`: fewer of them at a time may go through."""

    def __init__(self, reason: str, *, too_much: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.too_much = too_much


@dataclass(frozen=True)
class SegmentAccount:
    """What the ledger says of one segment and project."""

    accepted: int
    stored: int
    quarantined: int


@dataclass(frozen=True)
class LedgerTotal:
    """What the ledger says of one signal and project."""

    signal: str
    project: str
    accepted: int
    rejected: int
    stored: int
    quarantined: int


def insert_requests(engine: Engine, signal: str, requests: bytes, token: str) -> None:
    """Insert length-delimited, stamped requests. A second insert with the same token and bytes changes nothing.

    Raises EngineAway or InsertRefused; in both cases the engine holds nothing of it, or, after a crash of the engine
    amid its commits, a part that the next try with the same token completes.
    """
    table, schema = _LANDING[signal]
    settings = {**_INSERT_SETTINGS, "format_schema": schema, "insert_deduplication_token": token}
    try:
        engine.client().raw_insert(table, insert_block=requests, fmt="Protobuf", settings=settings)
    except ClickHouseError as error:
        raise _named(error) from error
    except UnicodeDecodeError as error:
        # The engine quoted bytes of the request in its error: the request is what it objects to.
        raise InsertRefused("the engine could not read the request") from error
    except OSError as error:
        raise EngineAway(str(error)) from error


def is_away(error: ClickHouseError) -> bool:
    """Tell whether the engine is away or short of something for a while, so that the same may go through later."""
    code = getattr(error, "code", None)
    return code is None or code in _AWAY


def _named(error: ClickHouseError) -> EngineAway | InsertRefused:
    code = getattr(error, "code", None)
    # Only the code and its name: the text may quote the request.
    reason = f"ClickHouse error {code} {getattr(error, 'name', '') or ''}".strip()
    if is_away(error):
        return EngineAway(reason)
    return InsertRefused(reason, too_much=code in _TOO_MUCH)


def account_quarantined(engine: Engine, signal: str, project: str, token: str, count: int) -> None:
    """Enter a quarantined request in the ledger; once, however often it is called with a token."""
    try:
        engine.client().insert(
            "ledger",
            [[token, signal, project, count, count]],
            column_names=["segment", "signal", "project_id", "accepted", "quarantined"],
            settings={"insert_deduplication_token": token},
        )
    except ClickHouseError as error:
        raise EngineAway(str(_named(error))) from error


def settle(engine: Engine, segments: list[str]) -> None:
    """Work out the facts of every trace that some segments touched, and store them: in `traces`, its calls in `calls`.

    Evaluations that wait for spans of the segments, or that came in them and name a span's response, are joined to
    them. `segments` are the tokens of the inserts; several at a time cost hardly more than one. Safe to repeat.
    Raises EngineAway, or InsertRefused when the engine cannot do it however often it is asked.
    """
    try:
        settle_touched(engine, "touched_by_segments", segments=segments)
        join_segments(engine, segments)
    except ClickHouseError as error:
        raise _named(error) from error


def accounts(engine: Engine, signal: str, tokens: list[str]) -> Mapping[str, SegmentAccount]:
    """Return per project what became of the inserts with these tokens. Raises EngineAway."""
    try:
        rows = (
            engine.client()
            .query(statement("segment_accounts"), parameters={"signal": signal, "segments": tokens})
            .result_rows
        )
    except ClickHouseError as error:
        raise EngineAway(str(_named(error))) from error
    return {project: SegmentAccount(*counts) for project, *counts in rows}


def carried_over(engine: Engine, without: list[str]) -> list[LedgerTotal]:
    """Return the totals of all inserts but those of some segments.

    `without` names segments; inserts of parts of them (`segment:first-last`) are left out too.
    """
    rows = (
        engine.client()
        .query(statement("carried_over"), parameters={"without": without})
        .result_rows
    )
    return [LedgerTotal(*row) for row in rows]
