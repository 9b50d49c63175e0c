"""What a span costs with the SDK, against the bare OpenTelemetry SDK doing the same: `python -m bench.sdk`.

Both record the same attributes of the same call and export to the same server on loopback, which
throws everything away; the bare one with its own batch processor and OTLP/HTTP exporter, attributes set
by hand. Each runs in a process of its own, in turns, so that whatever else the machine does meets both.
Two figures a span: the time that the app's thread takes, and the processor time of the whole process,
with encoding and sending. The goal is a ratio of at most 1.2 for each.
"""

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

_SPANS: Final = 20_000
_TURNS: Final = 7
_PAUSE_EVERY: Final = 500  # spans; lets the sender keep up, so that neither side drops any

QUESTION: Final = "Where is my order, and when will it be here? " * 4
ANSWER: Final = "It left the warehouse yesterday and will be with you on Friday. " * 8
MESSAGES: Final = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": QUESTION},
]

HISTORY: Final[list[dict[str, object]]] = [
    {"role": role, "parts": [{"type": "text", "content": text}]}
    for role, text in [
        ("system", "Be brief."),
        *[("user", QUESTION), ("assistant", ANSWER)] * 4,
        ("user", QUESTION),
    ]
]
"""A conversation in the conventions' own shape."""
TOOLS: Final[list[dict[str, object]]] = [
    *HISTORY,
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c-1", "name": "order", "arguments": {"id": 7}}],
    },
    {
        "role": "tool",
        "parts": [
            {"type": "tool_call_response", "id": "c-1", "response": {"state": "sent", "days": 2}}
        ],
    },
]
"""The same with a tool in it, as an agent has: read value by value, the dearest shape for the SDK."""

Call = Callable[[], object]


def _bare(endpoint: str) -> tuple[dict[str, Call], Call]:
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    provider = TracerProvider()
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces")
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=8192, schedule_delay_millis=1000)
    )
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("bench")
    context = {"tenant.id": "acme", "session.id": "s-1", "feature.name": "search"}

    def function() -> None:
        def answer(question: str, top_k: int) -> str:  # noqa: ARG001 - as on the other side
            return ANSWER

        with tracer.start_as_current_span("answer", attributes=context) as span:
            span.set_attribute("code.function.name", "answer")
            span.set_attribute("input.value", json.dumps({"question": QUESTION, "top_k": 3}))
            result = answer(QUESTION, 3)
            span.set_attribute("output.value", result)

    def message(role: str, content: str) -> dict[str, object]:
        return {"role": role, "parts": [{"type": "text", "content": content}]}

    def model_call() -> None:
        attributes = {
            **context,
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.provider.name": "openai",
            "gen_ai.input.messages": json.dumps([message(**one) for one in MESSAGES]),
        }
        with tracer.start_as_current_span(
            "chat gpt-4.1", kind=SpanKind.CLIENT, attributes=attributes
        ) as span:
            span.set_attribute("gen_ai.output.messages", json.dumps([message("assistant", ANSWER)]))
            span.set_attribute("gen_ai.usage.input_tokens", 120)
            span.set_attribute("gen_ai.usage.output_tokens", 40)
            span.set_attribute("gen_ai.response.id", "r-1")

    def conversation(messages: list[dict[str, object]]) -> None:
        attributes = {
            **context,
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.input.messages": json.dumps(messages),
        }
        with tracer.start_as_current_span(
            "chat gpt-4.1", kind=SpanKind.CLIENT, attributes=attributes
        ) as span:
            span.set_attribute("gen_ai.output.messages", json.dumps([message("assistant", ANSWER)]))

    def named() -> None:
        with tracer.start_as_current_span("step", attributes=context):
            pass

    calls: dict[str, Call] = {
        "observe": function,
        "chat": model_call,
        "parts": partial(conversation, HISTORY),
        "tools": partial(conversation, TOOLS),
        "span": named,
    }
    return calls, provider.force_flush


def _groundwire(endpoint: str) -> tuple[dict[str, Call], Call]:
    import groundwire  # noqa: PLC0415

    groundwire.init("bench", endpoint=endpoint, instrument=False)
    groundwire.context(tenant="acme", session="s-1", feature="search").set()

    @groundwire.observe(name="answer")
    def answer(question: str, top_k: int) -> str:  # noqa: ARG001 - they are what is recorded
        return ANSWER

    def function() -> None:
        answer(QUESTION, top_k=3)

    def model_call() -> None:
        with groundwire.chat("gpt-4.1", MESSAGES, provider="openai") as call:
            call.output(ANSWER)
            call.usage(120, 40)
            call.response(id="r-1")

    def conversation(messages: list[dict[str, object]]) -> None:
        with groundwire.chat("gpt-4.1", messages) as call:
            call.output(ANSWER)

    def named() -> None:
        with groundwire.span("step"):
            pass

    calls: dict[str, Call] = {
        "observe": function,
        "chat": model_call,
        "parts": partial(conversation, HISTORY),
        "tools": partial(conversation, TOOLS),
        "span": named,
    }
    return calls, lambda: groundwire.flush(60)


def _measure(side: str, shape: str, endpoint: str) -> None:
    """Print the microseconds a span of the app's thread, and of the process."""
    calls, flush = (_bare if side == "bare" else _groundwire)(endpoint)
    call = calls[shape]
    for _ in range(2_000):
        call()
    flush()
    thread_s, cpu = 0.0, time.process_time()
    for _ in range(_SPANS // _PAUSE_EVERY):
        begun = time.thread_time()
        for _ in range(_PAUSE_EVERY):
            call()
        thread_s += time.thread_time() - begun
        flush()
    cpu = time.process_time() - cpu
    print(json.dumps([thread_s / _SPANS * 1e6, cpu / _SPANS * 1e6]))


class _Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take anything."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _turn(side: str, shape: str, endpoint: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.sdk", side, shape, endpoint],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    figures: list[float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Run both sides in turns and print medians and their ratios."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    print(f"SDK: microseconds a span, medians of {_TURNS} turns of {_SPANS} spans")
    for shape in ("observe", "chat", "parts", "tools", "span"):
        turns = [
            (_turn("bare", shape, endpoint), _turn("groundwire", shape, endpoint))
            for _ in range(_TURNS)
        ]
        for index, what in enumerate(("the app's thread", "the whole process")):
            bare = statistics.median(turn[0][index] for turn in turns)
            ours = statistics.median(turn[1][index] for turn in turns)
            ratio = statistics.median(turn[1][index] / turn[0][index] for turn in turns)
            print(
                f"  {shape:8} {what:18} bare {bare:6.1f}  groundwire {ours:6.1f}  ratio {ratio:.2f}"
            )
    server.shutdown()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure(*sys.argv[1:])
    else:
        main()
