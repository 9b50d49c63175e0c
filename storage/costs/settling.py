"""Settle traces: their facts, and which of their calls count at which cost, worked out from all their spans."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from string import Template
from typing import Any, Final

from storage.client import Engine
from storage.costs.facts import call_columns
from storage.costs.stored import stored_calls
from storage.statements import INTERPRETED, PLANNED_QUICKLY, statement

_SETTINGS: Final[Mapping[str, Any]] = {**PLANNED_QUICKLY, **INTERPRETED}


@cache
def settle_statements(touched: str) -> tuple[str, str]:
    """Return the statements that settle what storage/writes/<touched>.sql finds, and that mark its hours as changed.

    Two, so that whoever sees an hour marked sees its calls.
    """
    names = {"touched": _touched(touched), "settled": settled(touched)}
    return (
        Template(statement("settle")).substitute(names),
        Template(statement("mark_changed_hours")).substitute(names),
    )


@cache
def settled(touched: str) -> str:
    """Return SQL of the facts of the traces that storage/writes/<touched>.sql finds, and of their calls."""
    names = {**call_columns(), "touched": _touched(touched), "priced_calls": priced_calls()}
    return Template(statement("settled")).substitute(names)


@cache
def priced_calls() -> str:
    """Return SQL of what the calls of `call_rows` cost."""
    return Template(statement("priced_calls")).substitute(call_columns())


@cache
def _touched(name: str) -> str:
    """Return SQL of the traces that storage/writes/<name>.sql finds."""
    return Template(statement(name)).substitute({**call_columns(), "stored_calls": stored_calls()})


def settle_touched(engine: Engine, touched: str, **values: Any) -> None:
    """Settle the traces that storage/writes/<touched>.sql finds. Safe to repeat, and beside others that do the same."""
    for text in settle_statements(touched):
        engine.client().command(text, parameters=values, settings=dict(_SETTINGS))


def settle_again(engine: Engine, touched: str, project: str, hours: Sequence[datetime]) -> bool:
    """Settle traces of a project that storage/writes/<touched>.sql finds by what their calls in some hours cost so far.

    Tells whether there were any. Settled, they are not found any more. So their hours are marked as changed before as
    well, for the case that the process dies amid this.
    """
    values = {"project": project, "hours": list(hours)}
    names = {"touched": _touched(touched)}
    text = Template(statement("hours_of_touched")).substitute(names)
    rows = engine.client().query(text, parameters=values).result_rows
    changed = [hour for (hour,) in rows]
    if changed:
        mark_changed(engine, project, changed)
        text = settle_statements(touched)[0]
        engine.client().command(text, parameters=values, settings=dict(_SETTINGS))
        mark_changed(engine, project, changed)
    return bool(changed)


def mark_changed(engine: Engine, project: str, hours: Sequence[datetime]) -> None:
    """Have hours rolled up."""
    values = {"project": project, "hours": list(hours)}
    engine.client().command(statement("mark_hours"), parameters=values)
