"""Benchmark: the largest things, a trace of 30,000 spans and a session of 20,000 traces."""

import random
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path

from bench.asking import ask
from bench.data import NOW, PROJECT
from bench.measure import heading
from collector.stamp import Stamp, record
from storage.client import Engine
from storage.loading import insert_requests, settle
from storage.schema import bring_up_to_date
from storage.scope import Scope
from storage.sessions import list_sessions, session_turns
from storage.spans import get_span, get_trace, span_details
from storage.traces import list_traces
from storage.window import Window
from tests.samples import Traces, message

_SPANS = 30_000
_TRACES = 20_000
_NOW_NS = int(NOW.timestamp()) * 10**9

METHOD = f"""
One trace of {_SPANS:,} spans, nested at random, a tenth of them model calls with messages; one session of
{_TRACES:,} traces of two spans over ten days. Through the storage functions, seven times: least / median / longest.
"""


def long_trace() -> Traces:
    """Make an agent's run: every span below one of the last hundred before it."""
    traces = Traces(1, service="agent", start_ns=_NOW_NS - 3600 * 10**9)
    made = [traces.span("invoke_agent researcher", session__id="long")]
    generator = random.Random(2)
    while traces.count < _SPANS:
        above = generator.choice(made[-100:])
        if generator.random() < 0.1:
            made.append(_model_call(traces, above, traces.count))
        else:
            made.append(
                traces.span("execute_tool search", parent=above, gen_ai__tool__name="search")
            )
    return traces


def _model_call(traces: Traces, above: object, number: int) -> object:
    return traces.span(
        "chat", parent=above, gen_ai__operation__name="chat", gen_ai__request__model="gpt-4o-mini",
        gen_ai__usage__input_tokens=900, gen_ai__usage__output_tokens=80,
        gen_ai__input__messages=[message("user", f"Step {number}: what next?")],
        gen_ai__output__messages=[message("assistant", f"Search for part {number}.")],
    )  # fmt: skip


def long_session() -> Traces:
    """Make a conversation that never ended."""
    traces = Traces(3, service="bot")
    for turn in range(_TRACES):
        start = _NOW_NS - (_TRACES - turn) * 43 * 10**9
        root = traces.span("POST /chat", start_ns=start, session__id="endless", user__id="u1")
        traces.now = start
        _model_call(traces, root, turn)
    return traces


def main() -> None:
    """Store both, ask, print."""
    heading("Large traces and sessions", METHOD)
    scope = Scope(PROJECT)
    window = Window(NOW - timedelta(days=30), NOW)
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        trace, session = long_trace(), long_session()
        for name, traces in (("trace", trace), ("session", session)):
            insert_requests(engine, "traces", _segment(traces), name)
            settling = ask(partial(settle, engine, [name]), 3)
            print(f"{'settle the ' + name:38} {settling.line}")
        root = trace.request.resource_spans[0].scope_spans[0].spans[0]
        trace_id, span_id = root.trace_id.hex(), root.span_id.hex()
        for what, question in {
            "the trace, light": lambda: get_trace(engine, scope, trace_id),
            "the trace, every span in full": lambda: span_details(engine, scope, trace_id),
            "one span of it": lambda: get_span(engine, scope, trace_id, span_id),
            "traces page beside it": lambda: list_traces(engine, scope, window=window),
            "sessions": lambda: list_sessions(engine, scope, window=window),
            "first page of the session": lambda: session_turns(engine, scope, "endless"),
            "the last page of the session": lambda: _last_page(engine, scope),
        }.items():
            print(f"{what:38} {ask(question).line}", flush=True)
        engine.close()


def _segment(traces: Traces) -> bytes:
    return record(traces.body(), Stamp(PROJECT, _NOW_NS, traces.count, 0))


_last_cursor = ""


def _last_page(engine: Engine, scope: Scope) -> object:
    """Walk to the end once, then ask for the last page by its cursor."""
    global _last_cursor  # noqa: PLW0603 - the walk is not what is timed
    page = session_turns(engine, scope, "endless", limit=500, cursor=_last_cursor)
    while page.next_cursor:
        _last_cursor = page.next_cursor
        page = session_turns(engine, scope, "endless", limit=500, cursor=_last_cursor)
    return page


if __name__ == "__main__":
    main()
