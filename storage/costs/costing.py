"""Re-costing: calls of a range of time are costed anew beside what they cost so far, and published all at once.

`begin` makes it known that a costing is under way; from then on rollups hold what it finds beside what counts. `cost`
works a portion of hours out, `publish` has everybody read the new figures at once, `follow` brings along what reads no
such pairs of figures. Whatever is done twice, or beside calls that are settled meanwhile, ends the same: a call that
was settled since has the new price already, and keeps it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any, Final, Literal

from storage.client import Engine
from storage.costs import facts
from storage.costs.gpu import has_servings, share_gpu_time
from storage.costs.portions import divided
from storage.costs.prices import MAX_KEYS, PriceKey
from storage.costs.rolling import ChangedHour, roll_up
from storage.costs.settling import mark_changed, priced_calls, settle_touched, settled
from storage.costs.stored import COLUMNS, USED, stored_calls
from storage.statements import PLANNED_QUICKLY, statement

Source = Literal["prices", "spans"]
"""What is worked out anew: what the calls cost, or also which spans are calls and what these used."""

_MOST: Final[Mapping[Source, int]] = {"prices": 200_000, "spans": 100_000}
"""Calls, or spans, of a portion."""

UNITS: Final[Mapping[Source, str]] = {"prices": "calls", "spans": "spans"}

_REPORTED: Final = 50
"""Models, and tenants, that a report names: those whose cost changes the most."""


@dataclass(frozen=True, slots=True)
class Costing:
    """One run of re-costing in a project: of calls that started from `start` on and before `end`."""

    project: str
    id: int
    start: datetime
    end: datetime
    source: Source

    @property
    def values(self) -> dict[str, Any]:
        """Parameters that its statements share."""
        return {
            "project": self.project,
            "costing": self.id,
            "start": self.start,
            "end": self.end,
            "first": self.start.replace(minute=0, second=0, microsecond=0),
        }


@dataclass(frozen=True, slots=True)
class PastCosting:
    """What became of a costing, and when."""

    id: int
    state: str
    """`running`, `published`, `abandoned`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Portion:
    """Hours that are costed in one statement, and how many calls (or spans) they have."""

    hours: Sequence[datetime]
    size: int


def portions(engine: Engine, costing: Costing) -> list[Portion]:
    """Return the hours of a costing's range that have anything in them, the newest first."""
    text = statement("calls_in_range" if costing.source == "prices" else "spans_in_range")
    rows = engine.client().query(text, parameters=costing.values).result_rows
    sizes: dict[datetime, int] = {row[0]: row[1] for row in rows}
    most = _MOST[costing.source]
    return [
        Portion(hours, sum(sizes[hour] for hour in hours))
        for hours in divided(list(sizes), lambda hour: hour, sizes, most=most)
    ]


@dataclass(frozen=True, slots=True)
class StoredRange:
    """From when to when a project has spans, in whole hours, and whether it has calls."""

    project: str
    start: datetime
    end: datetime
    has_calls: bool


def stored_ranges(engine: Engine) -> list[StoredRange]:
    """Return of every project that has spans from when to when."""
    rows = engine.client().query(statement("stored_ranges")).result_rows
    return [StoredRange(row[0], _utc(row[1]), _utc(row[2]), bool(row[3])) for row in rows]


def rules_text() -> str:
    """Return the SQL by which spans become calls that cost something."""
    return settled("touched_by_hours") + _view()


def unresolved_in_spans(engine: Engine, costing: Costing) -> list[PriceKey]:
    """Return what spans of the range name as their model for which no price row is there, the most used first."""
    values = {**costing.values, "limit": MAX_KEYS}
    rows = engine.client().query(statement("unresolved_in_spans"), parameters=values)
    return [PriceKey(*row) for row in rows.result_rows]


def begin(engine: Engine, costing: Costing) -> None:
    """Make it known that a costing is under way."""
    _note(engine, costing, "running")


def abandon(engine: Engine, project: str, costing_id: int) -> None:
    """Give a costing up: what it found is never read."""
    _note_state(engine, project, costing_id, "abandoned")


def publish(engine: Engine, costing: Costing) -> None:
    """Have everybody read what a costing found, from one moment on."""
    _note(engine, costing, "published")


def past(engine: Engine, project: str) -> list[PastCosting]:
    """Return the costings of a project so far, by id."""
    rows = engine.client().query(statement("costing_states"), parameters={"project": project})
    return [PastCosting(row[0], row[1], _utc(row[2])) for row in rows.result_rows]


def _utc(at: datetime) -> datetime:
    """Return a time of the engine with its zone."""
    return at.replace(tzinfo=UTC)


def cost(engine: Engine, costing: Costing, portion: Portion) -> None:
    """Cost the calls of a portion anew, beside what they cost so far, and roll those hours up in which that differs."""
    client = engine.client()
    version = client.query("SELECT now64(6)").result_rows[0][0]
    values = {**costing.values, "hours": list(portion.hours), "version": version}
    client.command(
        _recost(engine, costing.source), parameters=values, settings=dict(PLANNED_QUICKLY)
    )
    hours = _recosted_hours(engine, costing, portion.hours)
    if hours:
        _share(engine, costing.project, hours)
        # No changes of these hours count as seen: what was settled meanwhile has them rolled up once more.
        roll_up(engine, costing.project, [ChangedHour(costing.project, hour, 0) for hour in hours])


def _share(engine: Engine, project: str, hours: Sequence[datetime]) -> None:
    if has_servings(engine, project, hours):
        share_gpu_time(engine, project, hours)


def follow(engine: Engine, costing: Costing, portion: Portion) -> None:
    """After a costing has been published, bring what is stored of the traces of a portion to its figures.

    From spans the traces are settled anew as a whole, by the rules of now.
    """
    values = {**costing.values, "hours": list(portion.hours)}
    if costing.source == "spans":
        hours = list(portion.hours)
        settle_touched(engine, "touched_by_hours", project=costing.project, hours=hours)
        _share(engine, costing.project, hours)
        return
    hours = _recosted_hours(engine, costing, portion.hours)
    if hours:
        engine.client().command(_cost_traces(), parameters=values)
        mark_changed(engine, costing.project, hours)


def report(engine: Engine, costing: Costing) -> dict[str, Any]:
    """Return what a costing changes: altogether, and by model, price and tenant those that change the most.

    Money is text: US dollars, exact. `changed_calls` are those of `calls` whose figures differ.
    """
    text = Template(statement("recost_totals")).substitute(published=facts.PUBLISHED)
    rows = engine.client().query(text, parameters=costing.values).result_rows
    calls, changed, before, after = rows[0]
    return {
        "calls": calls,
        "changed_calls": changed,
        "before_usd": _money(before),
        "after_usd": _money(after),
        "models": list(_changes(engine, costing, "provider", "model")),
        "prices": [
            {"price": row["was"] if row["was"] == row["is"] else f"{row['was']} to {row['is']}"}
            | row
            for row in _changes(engine, costing, "was", "is")
        ],
        "tenants": [
            {"tenant": row.pop("tenant_id"), **row}
            for row in _changes(engine, costing, "tenant_id")
        ],
    }


_OF_PRICE: Final = {
    "was": "if(now.counted, now.price, 'not counted') AS was",
    "is": "if(next.counted, next.price, 'not counted') AS is",
}


def _changes(engine: Engine, costing: Costing, *by: str) -> Iterator[dict[str, Any]]:
    text = statement("recost_report").replace(
        "SELECT ${by}", f"SELECT {', '.join(_OF_PRICE.get(name, name) for name in by)}"
    )
    text = Template(text).substitute(by=", ".join(by))
    values = {**costing.values, "limit": _REPORTED}
    for *named, calls, before, after in engine.client().query(text, parameters=values).result_rows:
        money = {"before_usd": _money(before), "after_usd": _money(after)}
        yield {**dict(zip(by, named, strict=True)), "calls": calls, **money}


def _money(usd: Decimal) -> str:
    return format(usd, "f")


def _recosted_hours(engine: Engine, costing: Costing, hours: Sequence[datetime]) -> list[datetime]:
    values = {**costing.values, "hours": list(hours)}
    rows = engine.client().query(statement("recosted_hours"), parameters=values).result_rows
    return [row[0] for row in rows]


def _note(engine: Engine, costing: Costing, state: str) -> None:
    _note_state(engine, costing.project, costing.id, state)


def _note_state(engine: Engine, project: str, costing_id: int, state: str) -> None:
    values = {"project": project, "costing": costing_id, "state": state}
    engine.client().command(statement("note_costing"), parameters=values)


def _recost(engine: Engine, source: Source) -> str:
    names = {
        "columns": ", ".join(COLUMNS),
        "facts": ", ".join(facts.FACTS),
        "call_rows": stored_calls() if source == "prices" else _settled_calls(_call_type(engine)),
        "priced_calls": priced_calls(),
    }
    return Template(statement("recost")).substitute(names)


@cache
def _settled_calls(call_type: str) -> str:
    # A subquery knows its tuples' members by place; the table that settling goes through gives them their names.
    quoted = call_type.replace("\\", "\\\\").replace("'", "\\'")
    named = f"(SELECT * REPLACE (CAST(calls, '{quoted}') AS calls) FROM ({settled('touched_by_hours')}))"  # noqa: S608 - statements of ours
    names = {
        "columns": ", ".join(f"s.{name} AS {name}" for name in COLUMNS),
        "qualified": ", ".join(COLUMNS),
        "found": ", ".join(f"now.{name} AS {name}" for name in USED if name != "gpu_seconds"),
        "used": ", ".join(USED),
        "published": facts.PUBLISHED,
        "store_calls": Template(_view()).substitute(settled_traces=named),
    }
    return Template(statement("settled_calls")).substitute(names)


def _view() -> str:
    return files("storage").joinpath("views", "store_calls.sql").read_text()


def _call_type(engine: Engine) -> str:
    return str(engine.client().query(statement("call_type")).result_rows[0][0])


@cache
def _cost_traces() -> str:
    names = {
        "visible": facts.visible(["counted", "price", "cost_usd"]),
        "published": facts.PUBLISHED,
        "not_priced": str(facts.NOT_PRICED),
    }
    return Template(statement("cost_traces")).substitute(names)
