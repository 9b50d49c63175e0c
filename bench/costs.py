"""Benchmark: the questions of the cost overview, of the rollups and of the raw spans: time and bytes read."""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bench.asking import Asked, ask
from bench.cost_data import DAYS, END, PROJECT, START, fill
from bench.measure import directory_bytes, heading
from storage import query
from storage.client import Engine
from storage.costs.distribution import distribution
from storage.costs.movers import MoversQuestion, before, movers
from storage.costs.rolling import ChangedHour, roll_up
from storage.costs.usage import Usage, UsageQuestion, usage
from storage.schema import bring_up_to_date
from storage.scope import Scope
from storage.window import Window

_SPANS: Final = 10_000_000
_GOAL: Final = 50

METHOD: Final = """
{spans:,} spans of {traces:,} traces over {days} days, half of them model calls (one in four of those repeats the one
below it), 40 tenants, 6 features, 6 models, 60,000 users, conversations of four traces; made in the engine by SQL. Each
question of the cost overview through the storage functions, against the same of raw spans: spans in normal form times
price row, repeated calls left out. Least / median / longest of several times; bytes are those that the engine read from
tables, uncompressed.
"""

# What a raw span costs, and which count: the innermost of those that report the same call.
_RAW: Final = """
SELECT {columns}
FROM
(
    SELECT
        {dimensions} tenant_id, start_time, session_id, status,
        arrayLast(p -> p.since <= start_time AND p.least_input_tokens <= input_tokens, periods).units AS units,
        toDecimal128(round(uncached_input_tokens * units[1], 12), 12) + toDecimal128(round(cache_read_tokens * units[2], 12), 12)
            + toDecimal128(round(output_tokens * units[5], 12), 12) AS cost_usd
    FROM spans AS s
    LEFT JOIN prices AS p USING (project_id, provider, request_model, response_model, service_tier, processing)
    WHERE project_id = {{project:String}} AND counts_usage
        AND start_minute >= '{since}' AND start_minute < '{until}'
        AND cityHash64(trace_id, span_id) NOT IN
        (
            SELECT cityHash64(trace_id, parent_span_id) FROM spans
            WHERE project_id = {{project:String}} AND counts_usage AND start_minute >= '{since}' AND start_minute < '{until}'
        )
)
{rest}
"""  # noqa: E501 - SQL reads worse when cut

_NINETY: Final = Window(START, END)
_WEEK: Final = Window(END - timedelta(days=7), END)
_FIGURES: Final = ("cost_usd", "requests", "unpriced_requests")


def main() -> None:
    """Fill a store, ask, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=_SPANS)
    spans = parser.parse_args().spans
    heading("Costs", METHOD.format(spans=spans, traces=spans // 8, days=DAYS))
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        fill(engine, spans)
        _roll_up(engine)
        _print_sizes(engine, Path(path))
        for name, (question, raw) in _questions(engine).items():
            rolled = ask(question, 5)
            # Longer than anybody would wait on a page.
            with patch.dict(query._SETTINGS, max_execution_time=600):  # noqa: SLF001
                _compare(name, rolled, ask(raw, 3))
        engine.close()


def _roll_up(engine: Engine) -> None:
    hours = [START + timedelta(hours=hour) for hour in range(DAYS * 24)]
    engine.client().insert(
        "changed_hours",
        [[PROJECT, hour, 1] for hour in hours],
        column_names=["project_id", "hour", "changes"],
    )
    for month in sorted({(hour.year, hour.month) for hour in hours}):
        changed = [ChangedHour(PROJECT, h, 1) for h in hours if (h.year, h.month) == month]
        for first in range(0, len(changed), 100):
            roll_up(engine, PROJECT, changed[first : first + 100])


def _print_sizes(engine: Engine, path: Path) -> None:
    for table in ("spans", "calls", "usage_by_hour", "usage_by_day", "usage_by_session"):
        rows, size = engine.client().query(
            "SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = {t:String}", {"t": table}
        ).result_rows[0]  # fmt: skip
        print(f"{table:20} {rows:12,} rows {size / 1e6:10,.0f} MB")
    print(f"{'all on disk':38} {directory_bytes(path) / 1e6:10,.0f} MB", flush=True)


def _questions(engine: Engine) -> Mapping[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    scope = Scope(PROJECT)

    def asked(window: Window = _NINETY, **more: Any) -> Callable[[], Usage]:
        put = UsageQuestion(start=window.start, end=window.end, **{"figures": _FIGURES, **more})
        return lambda: usage(engine, scope, put)

    def raw(
        columns: str, rest: str, dimensions: str = "", window: Window = _NINETY
    ) -> Callable[[], Any]:
        text = _RAW.format(
            columns=columns, rest=rest, dimensions=dimensions,
            since=f"{window.start:%Y-%m-%d %H:%M:%S}", until=f"{window.end:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip
        return lambda: query.ask(engine, "raw", text, {"project": PROJECT})

    total = "count(), sum(cost_usd)"
    two_weeks = Window(_WEEK.start - timedelta(days=7), _WEEK.end)
    by_day = f"toStartOfDay(start_time) AS day, {total}"
    quantiles = "quantilesExact(0.5, 0.95, 0.99)(toFloat64(cost_usd))"
    before_now = f"sumIf(cost_usd, start_time < '{_WEEK.start:%Y-%m-%d %H:%M:%S}'), {total}"
    sets = "(tenant_id), (feature), (model), (tenant_id, feature), (tenant_id, model), (feature, model), ()"
    of_session = "session_id, sum(cost_usd) AS of_session"
    return {
        "total, 90 days": (asked(), raw(total, "")),
        "trend by day": (asked(step="day"), raw(by_day, "GROUP BY day")),
        "trend by day and model": (
            asked(step="day", group_by=("model",)),
            raw(f"model, {by_day}", "GROUP BY model, day", "model,"),
        ),
        "top tenants": (
            asked(group_by=("tenant",)),
            raw(f"tenant_id, {total}", "GROUP BY tenant_id"),
        ),
        "top features": (
            asked(group_by=("feature",)),
            raw(f"feature, {total}", "GROUP BY feature", "feature,"),
        ),
        "tenant and model": (
            asked(group_by=("tenant", "model")),
            raw(f"tenant_id, model, {total}", "GROUP BY tenant_id, model", "model,"),
        ),
        "one tenant by feature": (
            asked(group_by=("feature",), where={"tenant": ["tenant-3"]}),
            raw(f"feature, {total}", "WHERE tenant_id = 'tenant-3' GROUP BY feature", "feature,"),
        ),
        "p50, p95, p99 a request": (
            asked(figures=(*_FIGURES, "cost_per_request_p50_usd")),
            raw(f"{total}, {quantiles}", ""),
        ),
        "every figure by model": (
            asked(group_by=("model",), figures=UsageQuestion(start=START, end=END).figures),
            raw(f"model, {total}, {quantiles}, sumIf(cost_usd, status = 'error')", "GROUP BY model", "model,"),
        ),
        "a conversation, by tenant": (
            asked(group_by=("tenant",), with_conversations=True),
            raw(f"tenant_id, {of_session}", "GROUP BY tenant_id, session_id"),
        ),
        "a conversation, by feature": (
            asked(group_by=("feature",), with_conversations=True),
            raw(f"feature, {of_session}", "GROUP BY feature, session_id", "feature,"),
        ),
        "movers, week over week": (
            lambda: movers(engine, scope, MoversQuestion(now=_WEEK, before=before(_WEEK))),
            raw(before_now, f"GROUP BY GROUPING SETS ({sets})", "feature, model,", two_weeks),
        ),
        "distribution, 90 days": (
            lambda: distribution(engine, scope, START, END),
            raw("ceil(log(toFloat64(cost_usd)) / log(1.02)) AS b, count()", "GROUP BY b"),
        ),
    }  # fmt: skip


def _compare(name: str, rolled: Asked, raw: Asked) -> None:
    few, many = (sum(s.read_bytes for s in a.statements) for a in (rolled, raw))
    faster = statistics.median(raw.seconds) / statistics.median(rolled.seconds)
    reached = "" if many >= _GOAL * few else f"   under {_GOAL}"
    print(
        f"{name:28} {rolled.line}   raw {raw.line}   {faster:6.0f} times faster   "
        f"{few / 1e6:8.1f} MB of {many / 1e6:8.1f} MB: {many / few:6.0f} times less{reached}",
        flush=True,
    )


if __name__ == "__main__":
    main()
