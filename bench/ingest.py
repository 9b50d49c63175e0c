"""Benchmark: how fast the program is against the engine alone, and against a plain Python decode."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench import program
from bench.data import demo_pieces, exported_requests, folder, read_requests
from bench.measure import heading, in_new_process, in_turns, quantile
from collector.walk import spans
from storage.client import Engine
from storage.loading import _INSERT_SETTINGS, insert_requests
from storage.schema import bring_up_to_date

_TURNS = 3
_WARM = 2
"""Segments before the clock starts: the engine plans and compiles then."""
_ROWS_SETTINGS = {k: v for k, v in _INSERT_SETTINGS.items() if not k.startswith("format_schema")}

METHOD = """
engine   rows as the normalising view made them, texts included, inserted as Native into `spans_in` of a fresh store,
         a segment (some 24,000 rows) an insert: the same views fill the same tables. No receiving, decoding,
         normalising, de-duplicating against what is stored, settling.
program  `groundwire serve` in its own process over a fresh directory: requests of 512 spans over HTTP from another
         process, 4 connections, full speed. Acknowledged: until the last answer. Queryable: until every span is
         stored and its trace settled. Sender and server share these cores.
python   parse with upb, a dict a span, orjson: what ingestion in Python would do before any storage.
Taken in turns, each in a new process; spans/s are medians of the turns, CPU the least.
"""


def prepare() -> Path:
    """Write the normalised rows of the demo, a file a segment; return their folder."""
    target = folder() / "ready"
    if (target / "complete").exists():
        return target
    target.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        client = engine.client()
        client.command("CREATE TABLE ready ENGINE = Memory AS SELECT * FROM spans_in")
        client.command("CREATE MATERIALIZED VIEW keep TO ready AS SELECT * FROM spans_in")
        for number, piece in enumerate(demo_pieces()):
            insert_requests(engine, "traces", piece.segment, f"ready-{number}")
            rows = client.raw_query("SELECT * FROM ready", fmt="Native")
            (target / f"{number:03}-{piece.spans}.native").write_bytes(rows)
            client.command("TRUNCATE TABLE ready")
        engine.close()
    (target / "complete").touch()
    return target


def engine_alone() -> dict[str, float]:
    """Insert the ready rows into a fresh store."""
    files = sorted(prepare().glob("*.native"))
    with tempfile.TemporaryDirectory() as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        for file in files[:_WARM]:
            _insert_rows(engine, file)
        wall, cpu = time.perf_counter(), time.process_time()
        for file in files[_WARM:]:
            _insert_rows(engine, file)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        engine.close()
    number = sum(int(file.stem.partition("-")[2]) for file in files[_WARM:])
    return {"per_s": number / wall, "cpu_us": cpu / number * 1e6}


def _insert_rows(engine: Engine, file: Path) -> None:
    settings = {**_ROWS_SETTINGS, "insert_deduplication_token": file.stem}
    engine.client().raw_insert(
        "spans_in", insert_block=file.read_bytes(), fmt="Native", settings=settings
    )


def program_whole() -> dict[str, float]:
    """Send the demo's spans to the program."""
    file = str(exported_requests(1))
    with program.program() as server:
        in_new_process("bench.sender", str(server.http_port), file, "--last", "100")
        program.wait_queryable(server)
        wall, cpu = time.perf_counter(), program.cpu(server)
        sent = in_new_process("bench.sender", str(server.http_port), file, "--first", "100")
        program.wait_queryable(server)
        wall, cpu = time.perf_counter() - wall, program.cpu(server) - cpu
    return {
        "per_s": sent["spans"] / wall,
        "cpu_us": cpu / sent["spans"] * 1e6,
        "acknowledged_per_s": sent["spans"] / sent["seconds"],
        "sender_cpu_us": sent["cpu_s"] / sent["spans"] * 1e6,
    }


def python_decode() -> dict[str, float]:
    """Decode requests in plain Python."""
    requests = list(islice(read_requests(exported_requests(1)), 60))
    number = sum(request.spans for request in requests)
    samples = in_turns(3, {"decode": lambda: [_as_json(body) for _, body in requests]})["decode"]
    return {
        "per_s": number / quantile(samples.wall, 0.5),
        "cpu_us": min(samples.cpu) / number * 1e6,
    }


def _as_json(body: bytes) -> bytes:
    rows = [
        {
            "trace_id": span.trace_id.hex(),
            "span_id": span.span_id.hex(),
            "parent_span_id": span.parent_span_id.hex(),
            "name": span.name,
            "kind": span.kind,
            "start": span.start_time_unix_nano,
            "end": span.end_time_unix_nano,
            "status": span.status.code,
            "attributes": {a.key: _value(a.value) for a in span.attributes},
            "events": [
                {"name": e.name, "attributes": {a.key: _value(a.value) for a in e.attributes}}
                for e in span.events
            ],
        }
        for span in spans(ExportTraceServiceRequest.FromString(body))
    ]
    return orjson.dumps(rows)


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None


_PARTS: dict[str, Callable[[], dict[str, float]]] = {
    "engine": engine_alone,
    "program": program_whole,
    "python": python_decode,
}


def main() -> None:
    """Take the parts in turns and print their ratios."""
    heading("Ingest", METHOD)
    in_new_process("bench.ingest", "prepare")
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in _PARTS}
    for _ in range(_TURNS):
        for name in _PARTS:
            turns[name].append(in_new_process("bench.ingest", name))
    rate = {name: quantile([t["per_s"] for t in found], 0.5) for name, found in turns.items()}
    cpu = {name: min(t["cpu_us"] for t in found) for name, found in turns.items()}
    for name in _PARTS:
        all_rates = ", ".join(f"{t['per_s']:,.0f}" for t in turns[name])
        print(
            f"{name:8} {rate[name]:>8,.0f} spans/s   {cpu[name]:5.1f} us CPU a span   turns: {all_rates}"
        )
    acknowledged = quantile([t["acknowledged_per_s"] for t in turns["program"]], 0.5)
    sender = min(t["sender_cpu_us"] for t in turns["program"])
    print(f"acknowledged {acknowledged:,.0f} spans/s; the sender used {sender:.1f} us CPU a span")
    print(
        f"queryable / engine alone    {rate['program'] / rate['engine']:.2f} of the spans/s (goal 0.6)"
    )
    print(f"engine CPU / program CPU    {cpu['engine'] / cpu['program']:.2f}")
    print(f"program CPU / python decode {cpu['program'] / cpu['python']:.2f}")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    elif sys.argv[1] == "prepare":
        print(json.dumps(str(prepare())))
    else:
        print(json.dumps(_PARTS[sys.argv[1]]()))
