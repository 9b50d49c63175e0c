"""What normalising costs: OTLP requests through every view, against rows that are normalised already.

Prints CPU microseconds a span, the best of several segments, and the ratio that matters: the throughput of OTLP
requests over that of ready rows inserted where the normalising view would have put them. Both write the same tables.

    python bench/normalise.py [spans a segment] [segments]
"""

import json
import random
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from google.protobuf.internal.encoder import _VarintBytes  # type: ignore[attr-defined]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

sys.path.insert(0, str(Path(__file__).parent.parent))

from storage.client import Engine
from storage.loading import _INSERT_SETTINGS, insert_requests
from storage.schema import VIEWS, View, bring_up_to_date, view_select

_WORDS: Final = (  # noqa: SIM905 - words read better as words
    "the of account invoice payment refund cloud region token seat plan customer upgrade error timeout retry queue "
    "latency model answer support ticket order shipping policy limit quota access admin audit export import webhook "
    "schema index search vector chunk prompt template guard cost budget alert"
).split()
_SPANS_A_TRACE: Final = 12
_TRACES_A_REQUEST: Final = 42


class Traffic:
    """Traces of a support bot: 12 spans, a sixth of them chat calls, a sixth retrievals with four documents."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._system = self._text(400)
        self._chunks = [self._text(120) for _ in range(300)]

    def segment(self, spans: int, start_ns: int) -> bytes:
        """Return length-delimited, stamped requests that hold about this many spans."""
        per_request = _SPANS_A_TRACE * _TRACES_A_REQUEST
        requests = max(1, spans // per_request)
        return b"".join(self._request(start_ns + i * 10**10) for i in range(requests))

    def _request(self, start_ns: int) -> bytes:
        request = ExportTraceServiceRequest()
        resource_spans = request.resource_spans.add()
        _set(resource_spans.resource, {"service.name": "support-bot", "service.version": "1.2"})
        _set(
            resource_spans.resource,
            {"deployment.environment.name": "prod", "telemetry.sdk.language": "python"},
        )
        scope_spans = resource_spans.scope_spans.add()
        scope_spans.scope.name = "demo"
        for i in range(_TRACES_A_REQUEST):
            self._trace(scope_spans, start_ns + i * 10**8)
        return _stamped(request.SerializeToString(), _SPANS_A_TRACE * _TRACES_A_REQUEST)

    def _trace(self, scope_spans: Any, start_ns: int) -> None:
        chance = self._random
        trace_id, question = chance.randbytes(16), self._text(12)
        ids = [chance.randbytes(8) for _ in range(_SPANS_A_TRACE)]
        kinds = (self._http, self._http, self._retrieval, self._chat, self._tool, self._http)
        for i, span_id in enumerate(ids):
            span = scope_spans.spans.add(trace_id=trace_id, span_id=span_id, kind=1 + i % 3)
            span.parent_span_id = b"" if i == 0 else ids[(i - 1) // 2]
            span.start_time_unix_nano = start_ns + i * 10**6
            span.end_time_unix_nano = span.start_time_unix_nano + chance.randrange(10**9)
            user = {
                "session.id": f"s{chance.randrange(10000)}",
                "user.id": f"u{chance.randrange(1000)}",
            }
            _set(span, {**user, "tenant.id": f"t{chance.randrange(20)}", "feature.name": "chat"})
            span.name, attributes = kinds[i % 6](question)
            _set(span, attributes)

    def _retrieval(self, question: str) -> tuple[str, dict[str, Any]]:
        numbers = [self._random.randrange(300) for _ in range(4)]
        documents = [
            {"id": f"doc-{n}", "content": self._chunks[n], "score": self._random.random()}
            for n in numbers
        ]
        return "retrieval", {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.retrieval.query.text": question,
            "gen_ai.retrieval.documents": json.dumps(documents),
        }

    def _chat(self, question: str) -> tuple[str, dict[str, Any]]:
        history = [_message("system", self._system), _message("user", question)]
        return "chat gpt-4o", {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": self._random.randrange(3000),
            "gen_ai.usage.output_tokens": self._random.randrange(300),
            "gen_ai.usage.cache_read.input_tokens": 3,
            "gen_ai.input.messages": json.dumps(history),
            "gen_ai.output.messages": json.dumps([_message("assistant", self._text(60))]),
            "gen_ai.response.time_to_first_chunk": self._random.random(),
            "gen_ai.response.id": "chatcmpl-" + self._random.randbytes(8).hex(),
        }

    def _tool(self, question: str) -> tuple[str, dict[str, Any]]:
        return "execute_tool", {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "order",
            "gen_ai.tool.call.arguments": json.dumps({"order": self._random.randrange(10**6)}),
            "gen_ai.tool.call.result": json.dumps({"status": question}),
        }

    def _http(self, _question: str) -> tuple[str, dict[str, Any]]:
        return "POST /chat", {
            "http.request.method": "POST",
            "url.path": "/chat",
            "server.address": "bot-7",
            "http.response.status_code": 200,
        }

    def _text(self, words: int) -> str:
        return " ".join(self._random.choice(_WORDS) for _ in range(words))


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _set(target: Any, attributes: dict[str, Any]) -> None:
    for key, value in attributes.items():
        member = {str: "string_value", int: "int_value", float: "double_value"}[type(value)]
        setattr(target.attributes.add(key=key).value, member, value)


def _stamped(request: bytes, accepted: int) -> bytes:
    """Append the fields of the collector's stamp (storage/otlp.py) and frame the request."""
    request += _VarintBytes(1000 << 3 | 2) + b"\x05bench"
    request += _VarintBytes(1001 << 3 | 1) + struct.pack("<Q", time.time_ns())
    request += _VarintBytes(1002 << 3 | 5) + struct.pack("<I", accepted)
    return bytes(_VarintBytes(len(request))) + request


Insert = Callable[[], object]


def _timed(name: str, spans: int, inserts: Iterable[Insert]) -> float:
    """Run inserts and return the CPU time of the cheapest in microseconds a span: other work stays out."""
    costs = []
    for insert in inserts:
        start = time.process_time()
        insert()
        costs.append((time.process_time() - start) / spans * 1e6)
    print(
        f"{name:36} {min(costs):6.1f} us a span   (all: {', '.join(f'{c:.1f}' for c in costs)})",
        flush=True,
    )
    return min(costs)


def _requests(engine: Engine, segments: list[bytes], label: str) -> Iterator[Insert]:
    for n, segment in enumerate(segments):
        yield partial(insert_requests, engine, "traces", segment, f"{label}{n}")


def _ready_rows(engine: Engine, segments: list[bytes]) -> Iterator[Insert]:
    """Normalise each segment, then yield the insert of its rows where the normalising views would put them."""
    client = engine.client()
    client.command("CREATE TABLE ready AS spans_in ENGINE = Memory")
    _create(engine, VIEWS[0])
    client.command("CREATE MATERIALIZED VIEW keep TO ready AS SELECT * FROM spans_raw")
    ready = []
    for insert in _requests(engine, segments, "ready"):
        insert()
        ready.append(client.raw_query("SELECT * FROM ready", fmt="Native"))
        client.command("TRUNCATE TABLE ready")
    client.command("DROP VIEW keep SYNC")
    client.command(f"DROP VIEW {VIEWS[0].name} SYNC")
    settings = {name: value for name, value in _INSERT_SETTINGS.items() if "format" not in name}
    for n, rows in enumerate(ready):
        token = {"insert_deduplication_token": f"rows{n}"}
        yield partial(
            client.raw_insert,
            "spans_in",
            insert_block=rows,
            fmt="Native",
            settings=settings | token,
        )


def _create(engine: Engine, *views: View) -> None:
    for view in views:
        engine.client().command(
            f"CREATE MATERIALIZED VIEW {view.name} TO {view.target} AS {view_select(view)}"
        )


def main(spans: int = 50_000, count: int = 4) -> None:
    """Measure each stage, then the ratio."""
    traffic = Traffic(seed=1)
    per_request = _SPANS_A_TRACE * _TRACES_A_REQUEST
    start = time.time_ns() - 3600 * 10**9
    segments = [traffic.segment(spans, start + n * 600 * 10**9) for n in range(2 * count)]
    spans = spans // per_request * per_request
    print(f"{count} segments of {spans} spans, {len(segments[0]) / spans:.0f} bytes a span")
    with tempfile.TemporaryDirectory() as directory:
        engine = Engine(directory=Path(directory) / "engine")
        bring_up_to_date(engine)
        engine.client().command("SYSTEM STOP MERGES")
        for view in VIEWS:
            engine.client().command(f"DROP VIEW {view.name} SYNC")
        _timed("decode", spans, _requests(engine, segments[:count], "decode"))
        rows = list(_ready_rows(engine, segments[:count]))
        _create(engine, *VIEWS[2:])
        ready = _timed("ready rows into every table", spans, rows)
        _create(engine, *VIEWS[:2])
        # other spans: those that are stored already would be dropped
        requests = _requests(engine, segments[count:], "whole")
        whole = _timed("OTLP requests into every table", spans, requests)
        print(f"throughput of requests over that of ready rows: {ready / whole:.2f}")
        one = [traffic.segment(per_request, start - n * 600 * 10**9) for n in range(1, 6)]
        _timed(f"segments of {per_request} spans", per_request, _requests(engine, one, "one"))
        engine.close()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
