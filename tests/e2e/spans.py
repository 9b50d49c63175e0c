"""Spans of a small LLM app, some of them hostile, sent by the real OpenTelemetry SDK."""

import json
from dataclasses import dataclass
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

SCRIPT = "<script>window.hacked = 1; alert('script')</script>"
IMAGE = "<img src=x onerror=\"window.hacked = 1; alert('img')\">"
SCHEME = "javascript:window.hacked=1;alert('scheme')"
QUESTION = "How do I get a refund for a zebrafish aquarium?"
ANSWER = "Refunds take five days. See https://example.com/refunds for the form."
CHUNK = "Zebrafish aquariums can be returned within 30 days of delivery."


@dataclass(frozen=True)
class SentTraces:
    """Ids of what was sent."""

    good: str
    failed: str
    hostile: str
    wide: str
    session: str = "session-of-zebra"
    count: int = 5


def provider_for(otlp: str, project: str = "default") -> TracerProvider:
    """Return a tracer provider that sends to a server, for a project."""
    provider = TracerProvider(resource=Resource({"service.name": "shop-bot"}))
    exporter = OTLPSpanExporter(
        endpoint=f"{otlp}/v1/traces", headers={"x-groundwire-project": project}
    )
    provider.add_span_processor(
        BatchSpanProcessor(exporter, max_queue_size=100_000, max_export_batch_size=2_000)
    )
    return provider


def send_all(otlp: str, project: str = "default") -> SentTraces:
    """Send every trace of the tests and wait until the server has taken them."""
    provider = provider_for(otlp, project)
    tracer = provider.get_tracer("shop")
    good = _question(tracer, QUESTION, ANSWER)
    _question(tracer, "And without the receipt?", "Then we need the order number.")
    sent = SentTraces(
        good=good, failed=_failure(tracer), hostile=_hostile(tracer), wide=_wide(tracer)
    )
    assert provider.force_flush()
    provider.shutdown()
    return sent


def trace_id_of(span: Any) -> str:
    """Return the id of a span's trace as hex digits."""
    return f"{span.get_span_context().trace_id:032x}"


def _set(span: Any, **attributes: Any) -> None:
    for name, value in attributes.items():
        text = json.dumps(value) if isinstance(value, list | dict) else value
        span.set_attribute(name.replace("__", "."), text)


def message(role: str, text: str) -> dict[str, Any]:
    """Return a message of one text part."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _question(tracer: Any, question: str, answer: str) -> str:
    with tracer.start_as_current_span("POST /chat") as root:
        _set(
            root,
            session__id="session-of-zebra",
            user__id="user-7",
            tenant__id="acme",
            feature__name="support",
        )
        with tracer.start_as_current_span("retrieval kb") as span:
            documents = [
                {"id": "kb-12", "score": 0.92, "content": CHUNK},
                {"id": "kb-40", "score": 0.41, "content": "Shipping is free above 50 dollars."},
            ]
            _set(span, gen_ai__operation__name="retrieval", gen_ai__retrieval__documents=documents)
        with tracer.start_as_current_span("chat gpt-4o") as span:
            _chat(
                span, [message("system", "You are a shop bot."), message("user", question)], answer
            )
        with tracer.start_as_current_span("execute_tool order_status") as span:
            _set(span, gen_ai__operation__name="execute_tool", gen_ai__tool__name="order_status")
            _set(
                span,
                gen_ai__tool__call__arguments={"order": 4711},
                gen_ai__tool__call__result={"state": "sent"},
            )
    return trace_id_of(root)


def _chat(span: Span, messages: list[dict[str, Any]], answer: str) -> None:
    _set(
        span,
        gen_ai__operation__name="chat",
        gen_ai__request__model="gpt-4o",
        gen_ai__provider__name="openai",
    )
    _set(span, gen_ai__usage__input_tokens=120, gen_ai__usage__output_tokens=30)
    _set(span, gen_ai__input__messages=messages)
    _set(span, gen_ai__output__messages=[message("assistant", answer) | {"finish_reason": "stop"}])


def _failure(tracer: Any) -> str:
    with tracer.start_as_current_span("POST /export") as root:
        try:
            raise TimeoutError("the export took too long")  # noqa: TRY301 - for its stack trace
        except TimeoutError as error:
            root.record_exception(error)
            root.set_status(Status(StatusCode.ERROR, str(error)))
            root.set_attribute("error.type", "TimeoutError")
    return trace_id_of(root)


def _hostile(tracer: Any) -> str:
    with tracer.start_as_current_span(f"{IMAGE}{SCRIPT}") as root:
        _set(root, session__id=SCHEME, user__id=SCRIPT, tenant__id=IMAGE)
        with tracer.start_as_current_span("chat evil") as span:
            history = [
                message("user", f"{SCRIPT} [click]({SCHEME}) {SCHEME}"),
                message(IMAGE, IMAGE),
            ]
            _chat(span, history, f'{SCRIPT}\n```html\n{IMAGE}\n```\n<a href="{SCHEME}">x</a>')
            _set(span, custom__link=SCHEME, custom__markup=SCRIPT)
            span.add_event(IMAGE, {"exception.type": SCRIPT, "exception.stacktrace": IMAGE})
        with tracer.start_as_current_span("retrieval evil") as span:
            documents = [
                {"id": SCHEME, "score": 0.5, "content": SCRIPT, "url": SCHEME, "title": IMAGE}
            ]
            _set(span, gen_ai__operation__name="retrieval", gen_ai__retrieval__documents=documents)
    return trace_id_of(root)


def _wide(tracer: Any, spans: int = 30_000) -> str:
    """Send a trace as an agent that ran for hours leaves it."""
    with tracer.start_as_current_span("long agent run") as root:
        for step in range(spans // 100):
            with tracer.start_as_current_span(f"step {step}"):
                for call in range(99):
                    tracer.start_span(f"call {step}.{call}").end()
    return trace_id_of(root)
