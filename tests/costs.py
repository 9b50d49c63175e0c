"""Keep the costs of a test's projects as the worker does, and read what came of it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from analytics.cost_work import CostWork, Due
from analytics.price_keeping import PriceKeeping
from storage.client import Engine
from storage.control.database import ControlDatabase
from storage.costs import facts
from storage.costs.rolling import changed_hours


def keep(engine: Engine, database: ControlDatabase, *projects: str) -> None:
    """Do all that the worker finds to do in these projects; the other tests' projects are left alone."""
    work = CostWork(engine, database)
    while due := due_in(engine, database, projects):
        work.do(due)


def due_in(engine: Engine, database: ControlDatabase, projects: Sequence[str]) -> Due:
    """Return what the worker has to do in some projects, however much there is to do in others."""
    changed = [one for one in changed_hours(engine, limit=1_000_000) if one.project in projects]
    outdated = PriceKeeping(engine, database).outdated(one.project for one in changed)
    return Due(changed, [project for project in outdated if project in projects])


def totals(engine: Engine, table: str, project: str, *measures: str) -> tuple[Any, ...]:
    """Return sums of figures that count, of `usage_by_hour`, `usage_by_session` or `calls`."""
    of_calls = " AND counted" if table == "calls" else ""
    names = [*measures, "counted"] if of_calls else list(measures)
    sums = ", ".join(f"sum({name})" for name in measures)
    text = (
        f"SELECT {sums} FROM (SELECT {facts.visible(names)} FROM (SELECT *, {facts.PUBLISHED} AS is_next "  # noqa: S608 - names of ours
        f"FROM {table} FINAL WHERE project_id = {{project:String}})) WHERE true{of_calls}"
    )
    rows = engine.client().query(text, parameters={"project": project}).result_rows
    return tuple(rows[0])


def spent(engine: Engine, project: str) -> Decimal:
    """Return what a project spent by its rollups, having seen that they and the calls agree to the last digit."""
    (by_calls,) = totals(engine, "calls", project, "cost_usd")
    for table in ("usage_by_hour", "usage_by_session"):
        assert totals(engine, table, project, "cost_usd") == (by_calls,), table
    return Decimal(by_calls)
