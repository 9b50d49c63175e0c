"""Write evaluations: whole batches at once, durable before it returns, the same again changes nothing."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import orjson
from clickhouse_connect.driver.exceptions import ClickHouseError

from storage.client import Engine
from storage.errors import BadInput, StoreUnavailable
from storage.evaluation_checks import Evaluation, checked
from storage.evaluation_joins import join_responses
from storage.evaluation_reading import MAX_VERSIONS, rows_of
from storage.evaluation_rows import EvaluationRow
from storage.query import load, named, run
from storage.scope import Scope

MAX_BATCH: Final = 1000
"""Evaluations of one call."""

_COLUMNS: Final = (
    "project_id", "trace_id", "session_id", "response_id", "span_id", "name", "id", "changed_at", "state", "time",
    "kind", "score", "label", "explanation", "correction", "source", "author", "by_member",
    "metadata",
)  # fmt: skip
_State = Literal["stands", "retracted"]


def write(
    engine: Engine,
    scope: Scope,
    evaluations: Sequence[Evaluation],
    *,
    of_others: bool = True,
) -> list[str]:
    """Store a batch, durably and all of it or nothing; return the ids in the same order.

    An id that is there already becomes a new version of the same evaluation, nothing where nothing changed. It has to
    keep its name and what it judges; unless `of_others`, its source and author too, so that nobody can change what
    another said. Raises BadInput that names the item, StoreUnavailable (then the same call may be tried again).
    """
    if len(evaluations) > MAX_BATCH:
        raise BadInput(
            f"there are {len(evaluations)} evaluations", hint=f"send at most {MAX_BATCH} at a time"
        )
    rows = [checked(index, evaluation) for index, evaluation in enumerate(evaluations)]
    _refuse_twins(rows)
    known = _newest(engine, scope, [e.id for e in evaluations if e.id])
    placed = [_placed(i, row, known, of_others=of_others) for i, row in enumerate(rows)]
    changed = [
        row
        for row, given in zip(placed, evaluations, strict=True)
        if not _is_same(row, _at_place(known, row), timed=given.time_unix_nano > 0)
    ]
    if changed:
        _insert(engine, scope, changed, "stands", known)
    _join(engine, scope, placed)
    return [row.id for row in placed]


def retract(engine: Engine, scope: Scope, evaluation_id: str, *, author: str | None = None) -> int:
    """Retract the evaluations with an id and return how many there were; their history stays.

    With an `author`, only what that person judged here. 0 where nothing of the kind stands. Raises StoreUnavailable.
    """
    known = _newest(engine, scope, [evaluation_id])
    standing = [
        row
        for row in known.get(evaluation_id, [])
        if not row.is_deleted and (author is None or (row.by_member and row.author == author))
    ]
    if standing:
        _insert(engine, scope, standing, "retracted", known)
        _join(engine, scope, standing)
    return len(standing)


def _refuse_twins(rows: Sequence[EvaluationRow]) -> None:
    seen: set[str] = set()
    for index, row in enumerate(rows):
        if row.id in seen:
            raise BadInput(
                f"evaluations[{index}].id is twice in the batch",
                hint="send versions of one evaluation one after the other",
            )
        seen.add(row.id)


# -------------------------------------------------------------------- what is there already
_Known = Mapping[str, Sequence[EvaluationRow]]


def _newest(engine: Engine, scope: Scope, ids: list[str]) -> _Known:
    """Return by id the newest versions that are stored, wherever they are."""
    if not ids:
        return {}
    limit = MAX_VERSIONS + len(ids)
    found: dict[str, list[EvaluationRow]] = {}
    for row in rows_of(run(engine, scope, load("evaluations/of_ids"), ids=ids, limit=limit)):
        found.setdefault(row.id, []).append(row)
    return found


def _placed(index: int, row: EvaluationRow, known: _Known, *, of_others: bool) -> EvaluationRow:
    """Return a row where its evaluation is already; refuse one whose id belongs to another evaluation."""
    before = known.get(row.id, [])
    if not before:
        return row
    hint = "ids are per project; give each evaluation one of its own"
    if any(not _may_change(b, row, of_others=of_others) for b in before):
        raise BadInput(f"evaluations[{index}].id is taken", hint=hint)
    for b in before:
        if b.name == row.name and _same_place(row, b):
            # Where it was joined to, if it only names a response.
            return replace(row, trace_id=b.trace_id, span_id=b.span_id)
    raise BadInput(
        f"evaluations[{index}].id is that of an evaluation of another name or target", hint=hint
    )


def _may_change(before: EvaluationRow, row: EvaluationRow, *, of_others: bool) -> bool:
    """Tell whether `row` may be a new version: a member's words are changed by that member alone."""
    if row.by_member or before.by_member:
        return row.author == before.author and row.by_member >= before.by_member
    return of_others or (row.source, row.author) == (before.source, before.author)


def _same_place(row: EvaluationRow, before: EvaluationRow) -> bool:
    if not row.trace_id and not row.session_id:
        return row.response_id == before.response_id
    return _place(row) == _place(before)


def _place(row: EvaluationRow) -> tuple[str, str, str]:
    return row.trace_id, row.session_id, row.span_id


def _at_place(known: _Known, row: EvaluationRow) -> EvaluationRow | None:
    same = (b for b in known.get(row.id, []) if b.name == row.name and _place(b) == _place(row))
    return next(same, None)


_CONTENT: Final = (
    "kind", "score", "label", "explanation", "correction", "source", "author", "by_member", "metadata",
)  # fmt: skip


def _is_same(row: EvaluationRow, before: EvaluationRow | None, *, timed: bool) -> bool:
    """Tell whether a version says nothing new. Its time counts if the writer gave one."""
    if before is None or before.is_deleted:
        return False
    if timed and row.time_unix_nano != before.time_unix_nano:
        return False
    return all(getattr(row, name) == getattr(before, name) for name in _CONTENT)


# -------------------------------------------------------------------- to the engine
def _insert(
    engine: Engine, scope: Scope, rows: Iterable[EvaluationRow], state: _State, known: _Known
) -> None:
    """Insert versions in one piece and wait until they are durable."""
    now_ns = time.time_ns()
    data = []
    for row in rows:
        before = _at_place(known, row)
        # Later than the version before, also where another server's clock is ahead of ours.
        changed_ns = max(now_ns, before.changed_at_unix_nano + 1000 if before else 0)
        metadata = orjson.dumps(row.metadata).decode() if row.metadata else ""
        data.append([
            scope.project, row.trace_id, row.session_id, row.response_id, row.span_id, row.name, row.id,
            changed_ns // 1000, state, row.time_unix_nano, row.kind, row.score,
            row.label, row.explanation, row.correction, row.source, row.author, row.by_member, metadata,
        ])  # fmt: skip
    try:
        engine.client().insert("evaluation_versions", data, column_names=list(_COLUMNS))
    except ClickHouseError as error:
        raise named(error, "evaluations/write") from error
    except OSError as error:
        raise StoreUnavailable("the evaluations could not be stored") from error
    engine.make_durable()


def _join(engine: Engine, scope: Scope, rows: Iterable[EvaluationRow]) -> None:
    """Join those that wait for a response. Tried again with the same batch if it fails."""
    waiting = sorted({row.response_id for row in rows if not row.trace_id and not row.session_id})
    if not waiting:
        return
    try:
        join_responses(engine, scope.project, waiting)
    except ClickHouseError as error:
        raise named(error, "evaluations/join") from error
    except OSError as error:
        raise StoreUnavailable("the evaluations could not be joined to their spans") from error
    engine.make_durable()
