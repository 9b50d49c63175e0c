"""Benchmark: where the time of a span goes, from its request to its settled trace."""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from google.protobuf.message import Message

from bench.data import Request, demo_pieces, exported_requests, read_requests
from bench.measure import Samples, heading, in_new_process, in_turns
from collector.checks import check
from collector.counters import Counters
from collector.decode import Encoding, decode
from collector.dialects import rewrite_traces
from collector.signals import Signal
from collector.spool import Spool
from storage.client import Engine
from storage.loading import insert_requests, settle
from storage.schema import VIEWS, bring_up_to_date

_REQUESTS = 80
_ROUNDS = 5
_TURNS = 2
_WARM = 2
_PIECES = 4

METHOD = """
Microseconds a span, least / median over rounds in turns, on demo spans in requests of 512. The engine's views are
measured by what inserts of whole segments into a fresh store cost with the views up to that stage attached, in turns,
each in a new process; a stage is the difference to the one before. CPU counts every thread, merges included.
"""

# Views are attached one after the other in this order; each line of the report is what one more costs.
_STAGES = (
    ("decode", ("account_received_spans",)),
    ("normalise", ("normalise_spans",)),
    ("de-duplicate", ("deduplicate_spans",)),
    ("spans", ("store_spans",)),
    ("contents", ("store_span_contents",)),
    (
        "trace minutes, touched, evaluations, account",
        (
            "store_trace_minutes",
            "touch_traces_by_spans",
            "store_evaluations_of_spans",
            "account_stored_spans",
        ),
    ),
)


def receiving() -> dict[str, Samples]:
    """Take the receiver's steps one by one."""
    requests = list(islice(read_requests(exported_requests(1)), _REQUESTS))
    parsed = [_parse(request) for request in requests]
    signal = Signal.TRACES

    def rewrite() -> None:
        for request, message in zip(requests, [_parse(r) for r in requests], strict=True):
            rewrite_traces(message, request.body)

    return in_turns(
        _ROUNDS,
        {
            "parse": lambda: [_parse(r) for r in requests],
            "parse and flatten lists": lambda: [
                decode(signal, r.body, Encoding.PROTOBUF) for r in requests
            ],
            "check ids": lambda: [check(signal, message) for message in parsed],
            "parse and rewrite dialects": rewrite,
            "serialise": lambda: [message.SerializeToString() for message in parsed],
            "spool, fsync included": lambda: _spool(requests),
        },
    )


def _parse(request: Request) -> Message:
    message: Message = Signal.TRACES.protocol.request.FromString(request.body)
    return message


def _spool(requests: list[Request]) -> None:
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        spool = Spool(Path(path), Counters())
        spool.start()
        waits = [
            spool.append(Signal.TRACES, "default", body, accepted=number, rejected=0)
            for number, body in requests
        ]
        for wait in waits:
            wait.result()
        spool.close()


def loading(last: int) -> dict[str, float]:
    """Insert segments of the demo with the views up to stage `last`; after the last stage, settle too."""
    attached = {view for _, views in _STAGES[: last + 1] for view in views}
    inserted, settled = Samples(), Samples()
    number = 0
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        for view in VIEWS:
            if view.name not in attached:
                engine.client().command(f"DROP VIEW {view.name}")
        for place, piece in enumerate(demo_pieces(_WARM + _PIECES)):
            token = f"stages-{place}"
            _timed(inserted, partial(insert_requests, engine, "traces", piece.segment, token))
            if last == len(_STAGES) - 1:
                _timed(settled, partial(settle, engine, [token]))
            number += piece.spans if place >= _WARM else 0
        engine.close()
    return {
        f"{kind}_{what}": sum(getattr(samples, what)[_WARM:]) / number * 1e6
        for kind, samples in (("insert", inserted), ("settle", settled))
        for what in ("wall", "cpu")
    }


def _timed(samples: Samples, thing: Callable[[], None]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    thing()
    samples.wall.append(time.perf_counter() - wall)
    samples.cpu.append(time.process_time() - cpu)


def main() -> None:
    """Take the stages in turns and print what each adds."""
    heading("Stages", METHOD)
    number = sum(
        request.spans for request in islice(read_requests(exported_requests(1)), _REQUESTS)
    )
    for name, samples in receiving().items():
        print(f"{name:48} {samples.per(number)}")
    turns = [
        [in_new_process("bench.stages", str(stage)) for stage in range(len(_STAGES))]
        for _ in range(_TURNS)
    ]
    before = {"wall": 0.0, "cpu": 0.0}
    for stage, (name, _) in enumerate(_STAGES):
        least = {what: min(turn[stage][f"insert_{what}"] for turn in turns) for what in before}
        added = "   ".join(f"{what} {least[what] - before[what]:6.2f} us" for what in before)
        print(f"{name:48} {added}")
        before = least
    settling = {what: min(turn[-1][f"settle_{what}"] for turn in turns) for what in before}
    print(f"{'all views together':48} wall {before['wall']:6.2f} us   cpu {before['cpu']:6.2f} us")
    print(f"{'settle':48} wall {settling['wall']:6.2f} us   cpu {settling['cpu']:6.2f} us")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        print(json.dumps(loading(int(sys.argv[1]))))
