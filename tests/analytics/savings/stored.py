"""The demo's traffic in the engine, priced as a running server does it."""

import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from analytics.prices.catalogue import list_periods
from analytics.prices.periods import MONEY
from collector.stamp import Stamp, record
from demo.capture import capture
from demo.plan import DemoPlan
from storage.client import Engine
from storage.costs import prices
from storage.costs.settling import settle_touched
from storage.loading import insert_requests, settle
from storage.scope import Scope

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""The moment at which the demo's histories end."""


def store_all(engine: Engine, project: str, bodies: Iterable[bytes]) -> None:
    """Insert OTLP requests as one segment, settle their traces, and price their calls at list prices."""
    stamp = Stamp(project, received_unix_nano=time.time_ns(), accepted=1, rejected=0)
    token = uuid.uuid4().hex
    insert_requests(engine, "traces", b"".join(record(body, stamp) for body in bodies), token)
    settle(engine, [token])
    price_calls(engine, project)


def store_demo(engine: Engine, project: str, plan: DemoPlan) -> None:
    """Insert the history of a plan."""
    store_all(engine, project, capture(plan, now=NOW))


def price_calls(engine: Engine, project: str) -> None:
    """Look up the prices of calls that wait for them, and settle these again."""
    rows = engine.client().query(
        "SELECT DISTINCT hour FROM calls WHERE project_id = {project:String}",
        parameters={"project": project},
    )
    hours = [row[0] for row in rows.result_rows]
    keys = prices.unresolved_keys(engine, project, hours)
    prices.store_prices(engine, project, [_row(key) for key in keys])
    settle_touched(engine, "touched_unresolved", project=project, hours=hours)


def _row(key: prices.PriceKey) -> prices.PriceRow:
    found = list_periods(key)
    rates = [
        prices.Rate(
            since=rate.since,
            kind=rate.kind,
            name=rate.name,
            units={name: getattr(rate, name) for name in MONEY},
            least_input_tokens=rate.least_input_tokens,
            from_second=rate.from_second,
            to_second=rate.to_second,
        )
        for rate in found
    ]
    return prices.PriceRow(key, rates, rates)


def scope_of(project: str) -> Scope:
    """Return the right to read a project."""
    return Scope(project)
