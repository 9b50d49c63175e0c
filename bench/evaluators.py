"""Benchmark: evaluating stored traces with evaluators that answer at once: what is left is the runner and its SQL."""

import argparse
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from analytics.evaluation_runs.runner import EvaluationWork
from analytics.evaluators.contract import Evaluator, Reads, Sample, Verdict
from bench.measure import heading
from storage.client import Engine
from storage.control import evaluators
from storage.control.control import default_url, open_control
from storage.control.database import ControlDatabase
from storage.control.evaluators import EvaluatorSpec
from storage.control.projects import ensure_project
from storage.evaluators.work import Wanted, candidates
from storage.schema import bring_up_to_date
from storage.scope import Scope

PROJECT: Final = "bench"
METHOD: Final = """
{traces:,} traces of one retrieval with five documents and one chat, all in {hours} hours, made in the engine by SQL;
texts of 40 to 60 words. {count} evaluators that answer at once: what is measured is finding traces, reading their
texts, keeping verdicts and writing evaluations, without the pauses that the worker makes.
"""

_HOURS: Final = 4
_START: Final = 1_748_779_200
_DOCUMENTS: Final = 20_000

_TEXTS: Final = """
INSERT INTO contents (project_id, hash, kind, role, text, body, first_seen)
SELECT 'bench', {first} + number, '{kind}', '{role}',
    arrayStringConcat(arrayMap(i -> concat('word', toString(cityHash64({first} + number, i) % 5000)),
        range(40 + cityHash64({first} + number) % 20)), ' '), '', now()
FROM numbers({count})
"""
_TRACES: Final = """
INSERT INTO traces (project_id, start_hour, trace_id, settled_at, is_deleted, start_time, duration_ns, chat_models,
    input, output, tenant_id, feature)
SELECT 'bench', toStartOfHour(at), lower(hex(sipHash128(number))), now64(6) - INTERVAL 1 HOUR, 0, at, 1000000000,
    ['gpt-4o'], [1000000000 + number], [2000000000 + number], concat('t', toString(number % 40)), 'chat'
FROM (SELECT number, toDateTime64({start} + number % {seconds}, 9, 'UTC') AS at FROM numbers({traces}))
"""
_SPANS: Final = """
INSERT INTO spans (project_id, start_minute, trace_id, span_id, start_time, duration_ns, operation, model, documents,
    input_messages, output_messages)
SELECT 'bench', toStartOfMinute(at), lower(hex(sipHash128(number))), lower(hex(cityHash64(number, kind))), at, 1000000,
    kind, if(kind = 'chat', 'gpt-4o', ''),
    if(kind = 'retrieve', arrayMap(i -> toUInt128(3000000000 + cityHash64(number, i) % {documents}), range(5)), []),
    if(kind = 'chat', [toUInt128(1000000000 + number)], []), if(kind = 'chat', [toUInt128(2000000000 + number)], [])
FROM (SELECT number, toDateTime64({start} + number % {seconds}, 9, 'UTC') AS at FROM numbers({traces}))
ARRAY JOIN ['retrieve', 'chat'] AS kind
"""
_MINUTES: Final = """
INSERT INTO trace_minutes
SELECT project_id, trace_id, toStartOfMinute(start_time) FROM traces WHERE project_id = 'bench'
"""
_CHANGES: Final = """
INSERT INTO changed_hours SELECT DISTINCT project_id, start_hour, 1 FROM traces WHERE project_id = 'bench'
"""


@dataclass(frozen=True, slots=True)
class Instant:
    """An evaluator that costs nothing."""

    name: str
    reads: Sequence[Reads]
    version: str = "1"

    def evaluate(self, samples: Sequence[Sample]) -> list[Verdict]:
        """Say the same of all."""
        return [Verdict(score=0.5)] * len(samples)


EVALUATORS: Final[Mapping[str, Evaluator]] = {
    one.name: one
    for one in (
        Instant("answers", ("answer",)),
        Instant("outputs", ("output",)),
        Instant("inputs", ("input",)),
        Instant("texts", ("input", "output")),
        Instant("everything", ("input", "output", "retrieved")),
    )
}


def main() -> None:
    """Fill a store, evaluate all of it, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--traces", type=int, default=100_000)
    parser.add_argument("--evaluators", type=int, default=len(EVALUATORS))
    told = parser.parse_args()
    chosen = dict(list(EVALUATORS.items())[: told.evaluators])
    heading("Evaluators", METHOD.format(traces=told.traces, hours=_HOURS, count=len(chosen)))
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path) / "clickhouse")
        bring_up_to_date(engine)
        _fill(engine, told.traces)
        control = open_control(default_url(Path(path)))
        _enable(control.database, list(chosen))
        _print_candidates(engine)
        _print_run(engine, control.database, chosen, told.traces)
        _print_candidates(engine)
        control.close()
        engine.close()


def _fill(engine: Engine, traces: int) -> None:
    names = {"start": _START, "seconds": _HOURS * 3600, "traces": traces, "documents": _DOCUMENTS}
    texts = (
        ("message", "user", 1_000_000_000, traces),
        ("message", "assistant", 2_000_000_000, traces),
        ("document", "", 3_000_000_000, _DOCUMENTS),
    )
    for kind, role, first, count in texts:
        text = _TEXTS.format(kind=kind, role=role, first=first, count=count)
        engine.client().command(text)
    for statement in (_TRACES, _SPANS, _MINUTES, _CHANGES):
        engine.client().command(statement.format(**names))


def _enable(database: ControlDatabase, names: Sequence[str]) -> None:
    ensure_project(database, PROJECT)
    with database.session() as session:
        for name in names:
            setting = evaluators.change_settings(
                session, PROJECT, name, EvaluatorSpec(enabled=True), changed_by="bench"
            )
            setting.since = datetime(2020, 1, 1, tzinfo=UTC)


def _print_candidates(engine: Engine) -> None:
    """Print how long it takes to find what there is to do in one hour."""
    hour = datetime.fromtimestamp(_START, UTC)
    wanted = Wanted(
        evaluator="answers", version="1", since=datetime(2020, 1, 1, tzinfo=UTC), quiet_s=0
    )
    started = time.perf_counter()
    found = candidates(engine, Scope(PROJECT), [hour], wanted, limit=200)
    took = time.perf_counter() - started
    print(f"finding {len(found)} traces to deal with in one hour: {took * 1000:.0f} ms")


def _print_run(
    engine: Engine, database: ControlDatabase, chosen: Mapping[str, Evaluator], traces: int
) -> None:
    work = EvaluationWork(
        engine, database, lambda: chosen, worker="bench", stopping=threading.Event(), share=0.0
    )
    started, cpu = time.perf_counter(), time.process_time()
    while work.step():
        pass
    took, busy = time.perf_counter() - started, time.process_time() - cpu
    counted = engine.client().query("SELECT count() FROM evaluation_versions").result_rows
    rows = int(counted[0][0])
    assert rows == traces * len(chosen)  # noqa: S101 - a benchmark of nothing would be quick
    print(f"{rows:,} evaluations of {traces:,} traces: {took:.1f} s, {busy:.1f} s of CPU")
    print(f"{traces / took:,.0f} traces/s by all, {rows / took:,.0f} evaluations/s")
    print(
        f"{busy / traces * 1000:.2f} ms of CPU a trace, {busy / rows * 1000:.2f} ms an evaluation"
    )


if __name__ == "__main__":
    main()
