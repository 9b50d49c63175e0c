"""`init`, `flush`, `shutdown`: one Groundwire for the process, beside whatever OpenTelemetry it has."""

import atexit
import functools
import inspect
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Final, TypeVar, cast

from opentelemetry import trace
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider

from groundwire import _instrumentations
from groundwire._context import TRAVEL
from groundwire._delivery import Delivery
from groundwire._encoding import SCOPE, RecordEncoding, SpanEncoding
from groundwire._feedback import OUTLET
from groundwire._masks import Mask
from groundwire._notices import LOGGER, NOTICES, never_raises
from groundwire._processor import GroundwireProcessor
from groundwire._redacted import Redacted
from groundwire._settings import Baggage, Content, Redact, Settings, settings_from
from groundwire._spans import SOURCE
from groundwire._version import VERSION
from groundwire._wire import Wire
from groundwire._withheld import Hashed, Nothing

Function = TypeVar("Function", bound=Callable[..., Any])

EXIT_TIMEOUT_S: Final = 2.0
"""How long the end of a process may wait for the server."""


@dataclass(frozen=True)
class _Running:
    """What `init` started."""

    settings: Settings
    provider: TracerProvider
    processor: GroundwireProcessor
    spans: Delivery[ReadableSpan]
    records: Delivery[LogRecord]


class _State:
    lock = threading.Lock()
    running: _Running | None = None


@never_raises
def init(
    service_name: str | None = None,
    *,
    endpoint: str | None = None,
    api_key: str | None = None,
    project: str | None = None,
    environment: str | None = None,
    content: Content | None = None,
    redact: Redact | None = None,
    hash_key: str | None = None,
    baggage: Baggage | None = None,
    instrument: bool | None = None,
    api_url: str | None = None,
) -> None:
    """Send this process's spans to Groundwire, beside whatever else they go to.

    What is not given comes from the environment: GROUNDWIRE_ENDPOINT, GROUNDWIRE_API_KEY and so on
    (docs/sdk.md has them all), OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_TRACES_SAMPLER.
    A provider of the OpenTelemetry SDK that is there already gets one more span processor, and its
    resource and sampler hold; else one is made. So call it after the app's own set-up of
    OpenTelemetry. The first call counts; later ones change nothing.
    """
    given = {
        "service_name": service_name, "endpoint": endpoint, "api_key": api_key, "project": project,
        "environment": environment, "content": content, "redact": redact, "hash_key": hash_key,
        "baggage": baggage, "instrument": instrument, "api_url": api_url,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return
    with _State.lock:
        if _State.running is not None:
            if given:
                NOTICES.say(
                    "init", "init was called again with settings; those of the first call stay"
                )
            return
        settings, problems = settings_from(given)
        for problem in problems:
            LOGGER.error("groundwire: %s", problem)
        _State.running = _start(settings)


def _start(settings: Settings) -> _Running:
    # Before any instrumentation reads it.
    _instrumentations.ask_for_content(settings.content)
    TRAVEL.baggage = settings.baggage
    mask = _mask(settings)
    provider = _provider(settings)
    SOURCE.tracer = provider.get_tracer(SCOPE, VERSION)
    spans: Delivery[ReadableSpan] = Delivery(
        "span",
        Wire(f"{settings.endpoint}/v1/traces", settings.headers, ExportTraceServiceResponse),
        SpanEncoding(mask),
        max_items=settings.max_queue_items,
        max_bytes=settings.max_queue_bytes,
    )
    records: Delivery[LogRecord] = Delivery(
        "evaluation",
        Wire(f"{settings.endpoint}/v1/logs", settings.headers, ExportLogsServiceResponse),
        RecordEncoding(mask, dict(provider.resource.attributes), VERSION),
        max_items=settings.max_queue_items,
        max_bytes=settings.max_queue_bytes,
    )
    processor = GroundwireProcessor(spans, EXIT_TIMEOUT_S)
    provider.add_span_processor(processor)
    OUTLET.delivery = records
    atexit.register(shutdown)
    _end_with_multiprocessing()
    if settings.instrument:
        _instrumentations.switch_on()
    return _Running(settings, provider, processor, spans, records)


def _mask(settings: Settings) -> Mask | None:
    """Return the content policy; None sends everything."""
    if settings.content == "redacted":
        return Redacted(settings.redact)
    if settings.content == "hashed":
        return Hashed(settings.hash_key)
    return Nothing() if settings.content == "none" else None


def _provider(settings: Settings) -> TracerProvider:
    """Return the app's provider, or make one and set it."""
    existing = trace.get_tracer_provider()
    if isinstance(existing, TracerProvider):
        if (
            settings.service_name
            and existing.resource.attributes.get("service.name") != settings.service_name
        ):
            NOTICES.say(
                "provider",
                "the app's own tracer provider says the service's name; init's is not used",
            )
        return existing
    provider = TracerProvider(resource=_resource(settings), span_limits=_limits())
    if isinstance(existing, trace.ProxyTracerProvider):
        trace.set_tracer_provider(provider)
    else:
        NOTICES.say(
            "provider",
            f"the app's tracer provider ({type(existing).__name__}) takes no span processor; only spans "
            "made with groundwire itself are sent",
        )
    return provider


def _resource(settings: Settings) -> Resource:
    attributes: dict[str, Any] = {
        "telemetry.distro.name": "groundwire",
        "telemetry.distro.version": VERSION,
    }
    if settings.service_name:
        attributes["service.name"] = settings.service_name
    if settings.environment:
        attributes["deployment.environment.name"] = settings.environment
    return Resource.create(attributes)


def _limits() -> SpanLimits:
    """Allow many attributes: some instrumentations spread a chat over one each, and the SDK drops the oldest."""
    named = {"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"} & set(os.environ)
    return SpanLimits() if named else SpanLimits(max_span_attributes=10_000)


@partial(never_raises, otherwise=False)
def flush(timeout_s: float = EXIT_TIMEOUT_S) -> bool:
    """Send what waits now; say whether the server has all of it within the time."""
    running = _State.running
    if running is None:
        return True
    deadline = time.monotonic() + timeout_s
    spans = running.spans.flush(timeout_s)
    return running.records.flush(max(deadline - time.monotonic(), 0.0)) and spans


@never_raises
def shutdown(timeout_s: float = EXIT_TIMEOUT_S) -> None:
    """Send what waits and stop; a later `init` starts anew. Runs by itself at the end of a process."""
    with _State.lock:
        running, _State.running = _State.running, None
        OUTLET.delivery = None
    if running is None:
        return
    atexit.unregister(shutdown)
    deadline = time.monotonic() + timeout_s
    running.processor.stop(timeout_s)
    running.records.close(max(deadline - time.monotonic(), 0.0))
    NOTICES.say_the_rest()


def _end_with_multiprocessing() -> None:
    """Send what waits at the end of a process of `multiprocessing`: it ends without running `atexit`."""
    util = sys.modules.get("multiprocessing.util")
    if util is None:
        return

    def at_end(_: object = None) -> None:
        util.Finalize(None, shutdown, exitpriority=-100)

    if sys.modules["multiprocessing"].parent_process() is not None:
        at_end()
    # Its work begins by forgetting all finalizers, and then does what was registered.
    util.register_after_fork(_State, at_end)


def _after_fork() -> None:
    _State.lock = threading.Lock()  # a thread of the parent may have held it
    _end_with_multiprocessing()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class flushing:  # noqa: N801 - reads as a statement: `with groundwire.flushing():`
    """Flush as the block or the function ends: for functions whose process is frozen or killed after they return."""

    def __init__(self, timeout_s: float = EXIT_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        flush(self._timeout_s)

    def __call__(self, function: Function) -> Function:
        """Decorate a handler."""

        @functools.wraps(function)
        async def waited(*args: object, **kwargs: object) -> object:
            with self:
                return await function(*args, **kwargs)

        @functools.wraps(function)
        def called(*args: object, **kwargs: object) -> object:
            with self:
                return function(*args, **kwargs)

        return cast("Function", waited if inspect.iscoroutinefunction(function) else called)


def current_trace_id() -> str | None:
    """Return the id of the trace that is being made, 32 hexadecimal digits."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def trace_url(trace_id: str | None = None) -> str | None:
    """Return the address of a trace's page, of the current trace unless another is named."""
    trace_id = trace_id or current_trace_id()
    running = _State.running
    settings = running.settings if running is not None else settings_from({})[0]
    return f"{settings.api_url}/ui/traces/{trace_id}" if trace_id else None
