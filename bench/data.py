"""The spans that every benchmark works on: real ones of the demo, and shifted copies of them where many are needed.

A copy differs from its original by trace and span ids (XOR with a key of the copy), times (some minutes later),
session, response and call ids, and the text of every user and assistant message and every query, which gets a word
of the copy at its end. System prompts, tool definitions and documents stay, as they do when traffic grows.

What is made is kept under the system's folder for temporary files, once a machine.
"""

import hashlib
import struct
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.decode import Encoding, decode
from collector.dialects import rewrite_traces
from collector.signals import Signal
from collector.stamp import Stamp, record
from collector.walk import spans
from demo.capture import capture
from demo.plan import DemoPlan
from storage.client import Engine
from storage.loading import insert_requests, settle
from storage.schema import bring_up_to_date

NOW: Final = datetime(2026, 3, 16, 12, tzinfo=UTC)
"""The history of the demo ends here, so that it lies in two monthly partitions."""
HISTORY: Final = timedelta(days=28)
TRACES: Final = 18_500
"""Demo questions; some 296,000 spans."""
EXPORTED: Final = 512
"""Spans a request, as the SDKs' batch processors send them."""
PROJECT: Final = "default"
_MADE: Final = 3
"""Raise it when what is made changes."""
_SEGMENT_BYTES: Final = 32 * 1024 * 1024
_WORDS: Final = (
    "amber", "basil", "cedar", "delta", "ember", "fjord", "grove", "hazel", "indigo", "jasper", "koala", "lotus",
    "maple", "nectar", "olive", "poppy", "quartz", "raven", "sable", "topaz", "umber", "violet", "willow", "yarrow",
)  # fmt: skip
_HEAD: Final = struct.Struct("<II")
_COPY_APART_NS: Final = 97 * 10**9
_IDS: Final = frozenset({
    "session.id", "gen_ai.conversation.id", "gen_ai.response.id", "gen_ai.request.id", "gen_ai.tool.call.id",
    "litellm.call_id",
})  # fmt: skip
_TEXTS: Final = frozenset({
    "input.value", "output.value", "gen_ai.retrieval.query.text", "gen_ai.prompt.variable.question", "reranker.query",
})  # fmt: skip
_MESSAGES: Final = frozenset({"gen_ai.input.messages", "gen_ai.output.messages"})


class Request(NamedTuple):
    """A serialised request and the number of its spans."""

    spans: int
    body: bytes


def folder() -> Path:
    """Return where made data is kept."""
    path = Path(tempfile.gettempdir()) / "groundwire-bench"
    path.mkdir(exist_ok=True)
    return path


# ------------------------------------------------------------------------------------------ requests


def demo_requests() -> Iterator[Request]:
    """Yield the demo's requests as it sends them; a request holds spans of one service."""
    path = folder() / f"demo-{TRACES}-v{_MADE}.requests"
    if not path.exists():
        print(f"making {TRACES:,} demo traces", flush=True)
        bodies = capture(DemoPlan(traces=TRACES, backfill=HISTORY), now=NOW)
        _write(path, (Request(count(body), body) for body in bodies))
    return read_requests(path)


def exported_requests(copies: int) -> Path:
    """Return a file of the demo's spans in requests of 512, as exporters send them, and so many copies less one."""
    path = folder() / f"exported-{TRACES}-{copies}-v{_MADE}.requests"
    if not path.exists():
        print(f"making {copies} times {TRACES:,} traces in requests of {EXPORTED}", flush=True)
        _write(path, _copied(_in_batches(demo_requests()), copies))
    return path


def read_requests(path: Path) -> Iterator[Request]:
    """Yield the requests of a file, which holds each after its length and number of spans."""
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            length, number = _HEAD.unpack(head)
            yield Request(number, file.read(length))


def _write(path: Path, requests: Iterable[Request]) -> None:
    half = path.with_suffix(".half")
    with half.open("wb") as file:
        for number, body in requests:
            file.write(_HEAD.pack(len(body), number) + body)
    half.rename(path)


def _in_batches(requests: Iterable[Request]) -> Iterator[Request]:
    """Cut requests into requests of at most 512 spans."""
    for _, body in requests:
        request = ExportTraceServiceRequest.FromString(body)
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for first in range(0, len(scope_spans.spans), EXPORTED):
                    batch = ExportTraceServiceRequest()
                    resource = batch.resource_spans.add(resource=resource_spans.resource)
                    scope = resource.scope_spans.add(scope=scope_spans.scope)
                    scope.spans.extend(scope_spans.spans[first : first + EXPORTED])
                    yield Request(len(scope.spans), batch.SerializeToString())


def received(request: Request) -> Request:
    """Return a request as the receiver puts it into the spool, without the stamp."""
    decoded = decode(Signal.TRACES, request.body, Encoding.PROTOBUF)
    changed = rewrite_traces(decoded.request, request.body) or decoded.changed
    return Request(request.spans, decoded.request.SerializeToString()) if changed else request


def count(body: bytes) -> int:
    """Return how many spans a request holds."""
    return sum(1 for _ in spans(ExportTraceServiceRequest.FromString(body)))


def segment(requests: Iterable[Request], received_unix_nano: int) -> bytes:
    """Return a segment of the spool that holds these requests."""
    return b"".join(
        record(body, Stamp(PROJECT, received_unix_nano, number, 0)) for number, body in requests
    )


# -------------------------------------------------------------------------------------------- copies


def _copied(requests: Iterable[Request], copies: int) -> Iterator[Request]:
    """Yield every request followed by its copies, so that time still goes on from request to request."""
    for request in requests:
        for number in range(copies):
            yield shifted(request, number)


@cache
def _keys(number: int) -> tuple[int, int]:
    digest = hashlib.sha256(f"copy {number}".encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])


def shifted(request: Request, number: int) -> Request:
    """Return copy `number` of a request; number 0 is the request itself."""
    if not number:
        return request
    parsed = ExportTraceServiceRequest.FromString(request.body)
    for span in spans(parsed):
        _shift(span, number)
    return Request(request.spans, parsed.SerializeToString())


def _shift(span: Any, number: int) -> None:
    trace_key, span_key = _keys(number)
    span.trace_id = (int.from_bytes(span.trace_id) ^ trace_key).to_bytes(16)
    span.span_id = (int.from_bytes(span.span_id) ^ span_key).to_bytes(8)
    if span.parent_span_id:
        span.parent_span_id = (int.from_bytes(span.parent_span_id) ^ span_key).to_bytes(8)
    later = number * _COPY_APART_NS
    span.start_time_unix_nano += later
    span.end_time_unix_nano += later
    for event in span.events:
        event.time_unix_nano += later
    word = _WORDS[number % len(_WORDS)]
    for attribute in span.attributes:
        key = attribute.key
        if key in _MESSAGES:
            attribute.value.string_value = _reworded(attribute.value.string_value, word)
        elif key in _TEXTS:
            attribute.value.string_value += f" {word}"
        elif key in _IDS:
            attribute.value.string_value += f"-{word}"


def _reworded(messages: str, word: str) -> str:
    """Put a word at the end of what users and assistants say in a JSON list of messages."""
    parsed = orjson.loads(messages)
    for message in parsed:
        if message["role"] in ("user", "assistant"):
            for part in message.get("parts", ()):
                if "content" in part:
                    part["content"] = f"{part['content']} {word}"
    return orjson.dumps(parsed).decode()


# --------------------------------------------------------------------------------------------- store


class Piece(NamedTuple):
    """A segment as the spool hands it to the loader, and the number of its spans."""

    spans: int
    segment: bytes


def demo_pieces(limit: int = 10**9) -> Iterator[Piece]:
    """Yield the spans of the demo in segments of full size, received when they ended."""
    return islice(_pieces(map(received, _in_batches(demo_requests()))), limit)


def store(millions: int) -> Path:
    """Return an engine's directory that holds so many million spans of the demo, loaded as the loader does it."""
    digest = hashlib.sha256(_tables()).hexdigest()[:10]
    path = folder() / f"store-{millions}m-v{_MADE}-{digest}"
    if not (path / "complete").exists():
        _fill(path / "engine", millions * 1_000_000)
        (path / "complete").touch()
    return path / "engine"


def _tables() -> bytes:
    """Return what the tables are made from: a store of other tables is made anew."""
    migrations = files("storage").joinpath("migrations").iterdir()
    return b"".join(file.read_bytes() for file in sorted(migrations, key=lambda f: f.name))


def _fill(path: Path, wanted: int) -> None:
    engine = Engine(directory=path)
    bring_up_to_date(engine)
    requests = _copied(map(received, demo_requests()), -(-wanted // 300_000))
    begun, held = time.monotonic(), 0
    for number, piece in enumerate(_pieces(requests)):
        insert_requests(engine, "traces", piece.segment, f"bench-{number}")
        settle(engine, [f"bench-{number}"])
        held += piece.spans
        if number % 10 == 0:
            rate = held / (time.monotonic() - begun)
            print(f"{held:>9,} of {wanted:,} spans, {rate:,.0f} a second", flush=True)
        if held >= wanted:
            break
    engine.close()


def _pieces(requests: Iterable[Request]) -> Iterator[Piece]:
    group: list[Request] = []
    for request in requests:
        group.append(request)
        if sum(len(body) for _, body in group) >= _SEGMENT_BYTES:
            yield _piece(group)
            group = []
    if group:
        yield _piece(group)


def _piece(group: list[Request]) -> Piece:
    parsed = ExportTraceServiceRequest.FromString(group[-1].body)
    latest = max(span.end_time_unix_nano for span in spans(parsed))
    return Piece(sum(number for number, _ in group), segment(group, latest))
