"""Benchmark: the questions of the pages over five million spans, how long they take and what they read."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from bench.asking import Asked, ask, plan
from bench.data import HISTORY, NOW, PROJECT, store
from bench.measure import directory_bytes, heading
from storage.client import Engine
from storage.schema import bring_up_to_date
from storage.scope import Scope
from storage.sessions import list_sessions, session_turns
from storage.spans import get_span, get_trace, list_spans
from storage.traces import TraceRow, count_traces, histogram, list_traces
from storage.window import Window

_MILLIONS = 5

METHOD = f"""
{_MILLIONS} million spans: the demo's and copies of them (see bench/data.py), 28 days, loaded and settled as the
loader does, parts as its merges left them. Each question through the storage function that the API and the pages
call, seven times: least / median / longest. Below it every statement that the function sent: rows read from all
tables, sets that IN builds included, and granules of its main tables by EXPLAIN indexes = 1.
"""


def main() -> None:
    """Open the store, ask, print."""
    path = store(_MILLIONS)
    heading("Questions", METHOD)
    begun = time.perf_counter()
    engine = Engine(directory=path)
    bring_up_to_date(engine)
    opened = time.perf_counter()
    scope = Scope(PROJECT)
    day = Window(NOW - timedelta(days=1), NOW)
    first = list_traces(engine, scope, window=day)
    asked = time.perf_counter()
    print(
        f"open the store {(opened - begun) * 1e3:,.0f} ms; then the first page {(asked - opened) * 1e3:,.0f} ms"
    )
    rows = engine.client().query("SELECT count() FROM spans").result_rows[0][0]
    print(f"{rows:,} spans, {directory_bytes(path) / rows:,.0f} bytes each on disk\n")
    for name, question in _questions(engine, scope, day, first.rows[0]).items():
        _show(engine, name, ask(question))
    engine.close()


def _questions(
    engine: Engine, scope: Scope, day: Window, trace: TraceRow
) -> Mapping[str, Callable[[], Any]]:
    all_time = Window(NOW - HISTORY - timedelta(days=1), NOW)
    e, s = engine, scope
    span_id = trace.root_span_id
    filters = {
        "facts": f'tenant_id = "{trace.tenant_id}" and error',
        "a span's field": 'finish_reasons = "length" and prefill_s exists',
        "a rare attribute": 'attr["demo.fault"] = "tool_error"',
        "a common attribute": 'attr["http.route"] exists',
    }
    return {
        "traces page, a day": lambda: list_traces(e, s, window=day),
        "traces page, 28 days": lambda: list_traces(e, s, window=all_time),
        "traces page, any time": lambda: list_traces(e, s),
        "next page": lambda: list_traces(
            e, s, window=day, cursor=list_traces(e, s, window=day).next_cursor or ""
        ),
        "by duration, 28 days": lambda: list_traces(e, s, window=all_time, sort="-duration"),
        "histogram, a day": lambda: histogram(e, s, window=day),
        "histogram, 28 days": lambda: histogram(e, s, window=all_time),
        "count, 28 days": lambda: count_traces(e, s, window=all_time),
        "trace by id": lambda: get_trace(e, s, trace.trace_id),
        "span by id": lambda: get_span(e, s, trace.trace_id, span_id),
        "spans page, a day": lambda: list_spans(e, s, window=day),
        **{
            f"filter by {what}, {name}": partial(list_traces, e, s, window=w, filter=text)
            for what, text in filters.items()
            for name, w in (("a day", day), ("28 days", all_time))
        },
        "text search, a day": lambda: list_traces(e, s, window=day, q="refund"),
        "text search, 28 days": lambda: list_traces(e, s, window=all_time, q="refund"),
        "rare text, 28 days": lambda: list_traces(e, s, window=all_time, q="quartz customs"),
        "absent text, 28 days": lambda: list_traces(e, s, window=all_time, q="zzyzx"),
        "sessions, a day": lambda: list_sessions(e, s, window=day),
        "sessions, 28 days": lambda: list_sessions(e, s, window=all_time),
        "session, its turns": lambda: session_turns(e, s, trace.session_id),
    }


def _show(engine: Engine, name: str, asked: Asked) -> None:
    found = getattr(asked.result, "rows", asked.result)
    number = len(found) if isinstance(found, list) else 1
    print(f"{name:38} {asked.line}   {number} rows")
    for statement in asked.statements:
        granules = "; ".join(plan(engine, statement))
        print(
            f"    {statement.name:22} {statement.read_rows:>10,} rows read; granules: {granules}",
            flush=True,
        )


if __name__ == "__main__":
    main()
