"""Benchmark: a month of a large store costed anew, from prices and from spans, while somebody reads totals."""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.cost_data import DAYS, END, PROJECT, START, fill
from bench.measure import heading
from storage.client import Engine
from storage.costs import costing as costings
from storage.costs import facts
from storage.costs.costing import Costing
from storage.costs.prices import PriceRow, Rate, known_keys, store_prices
from storage.costs.rolling import ChangedHour, changed_hours, portions, roll_up
from storage.schema import bring_up_to_date

_SPANS: Final = 10_000_000
_MONTH: Final = timedelta(days=30)

METHOD: Final = """
{spans:,} spans over {days} days, half of them report calls; made in the engine by SQL, rolled up. Then the last 30 days
are costed anew at another price: from spans, which works out again which calls count, and from prices. `cost` is the
work until the new figures are published, `follow` what is done after that (traces). Beside it a thread asks for the 90
days' total all the while: the figures that it sees, in their order.
"""

_TOTAL: Final = (
    f"SELECT sum(cost_usd) FROM (SELECT {facts.visible(['cost_usd'])} FROM "  # noqa: S608 - names of ours
    f"(SELECT now, next, {facts.PUBLISHED} AS is_next FROM usage_by_hour FINAL WHERE project_id = {{project:String}}))"
)


def main() -> None:
    """Fill a store, cost a month of it anew both ways, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=_SPANS)
    spans = parser.parse_args().spans
    heading("Re-costing", METHOD.format(spans=spans, days=DAYS))
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        fill(engine, spans)
        _finish(engine)
        for number, source in enumerate(("spans", "prices"), start=1):
            _raise_prices(engine, number + 1)
            _recost(engine, Costing(PROJECT, number, END - _MONTH, END, source))  # type: ignore[arg-type]
            _timed("settling the rollups", partial(_roll_changed, engine))
        engine.close()


def _finish(engine: Engine) -> None:
    """Have what settling needs, and the rollups."""
    engine.client().command(
        "INSERT INTO trace_minutes SELECT DISTINCT project_id, trace_id, start_minute FROM spans"
    )
    hours = [START + timedelta(hours=hour) for hour in range(DAYS * 24)]
    changed = [ChangedHour(PROJECT, hour.replace(tzinfo=None), 0) for hour in hours]
    _timed("rolling 90 days up", partial(_roll, engine, changed))


def _roll_changed(engine: Engine) -> None:
    _roll(engine, changed_hours(engine, limit=100_000))


def _roll(engine: Engine, changed: Sequence[ChangedHour]) -> None:
    for portion in portions(engine, PROJECT, changed):
        roll_up(engine, PROJECT, portion)


def _raise_prices(engine: Engine, times: int) -> None:
    """Have every model cost so many times as much as a dollar and two a million tokens."""
    units = {
        "input": Decimal(times) / 10**6,
        "cache_read": Decimal(times) / 10**6 / 2,
        "output": Decimal(times) * 2 / 10**6,
    }
    rate = Rate(START - timedelta(days=1), "own", "of the benchmark", units)
    rows = [PriceRow(replace(key), [rate], []) for key in known_keys(engine, PROJECT)]
    store_prices(engine, PROJECT, rows)


def _recost(engine: Engine, costing: Costing) -> None:
    seen: list[Decimal] = []
    done = threading.Event()
    reader = threading.Thread(target=_read, args=(engine, seen, done))
    reader.start()
    try:
        divided = costings.portions(engine, costing)
        size = sum(portion.size for portion in divided)
        name = f"from {costing.source}, {size:,} {costings.UNITS[costing.source]}"
        costings.begin(engine, costing)
        _timed(f"{name}: cost", partial(_each, costings.cost, engine, costing), size)
        report = costings.report(engine, costing)
        _timed(f"{name}: publish", partial(costings.publish, engine, costing))
        _timed(f"{name}: follow", partial(_each, costings.follow, engine, costing), size)
    finally:
        done.set()
        reader.join()
    print(f"{'calls changed':48} {report['changed_calls']:,} of {report['calls']:,}")
    figures = [
        seen[0],
        *(now for before, now in pairwise(seen) if now != before),
    ]
    print(
        f"{'totals seen, of ' + str(len(seen)) + ' asked':48} {', '.join(f'{usd:.6f}' for usd in figures)}"
    )


def _each(
    work: Callable[[Engine, Costing, costings.Portion], None], engine: Engine, costing: Costing
) -> None:
    for portion in costings.portions(engine, costing):
        work(engine, costing, portion)


def _read(engine: Engine, seen: list[Decimal], done: threading.Event) -> None:
    while not done.is_set():
        rows = engine.client().query(_TOTAL, parameters={"project": PROJECT}).result_rows
        seen.append(rows[0][0])
        done.wait(0.05)


def _timed(what: str, work: Callable[[], None], size: int = 0) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    rate = f"   {size / took:,.0f}/s, {used / size * 1e6:.1f} us CPU each" if size else ""
    print(f"{what:48} {took:8.1f} s wall {used:8.1f} s CPU{rate}", flush=True)


if __name__ == "__main__":
    main()
