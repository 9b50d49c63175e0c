"""The instrumentation of the demo's services: providers, ids, simulated time, spans."""

from collections.abc import Callable, Mapping
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, Self

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.version import __version__ as sdk_version
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from demo.plan import DemoError

if TYPE_CHECKING:
    from contextvars import Token

Attributes = dict[str, AttributeValue]

APP = "support-bot"
GATEWAY = "model-gateway"
SERVING = "vllm"
HELP_CENTER = "help-center-search"
BACK_OFFICE = "back-office"
SERVICES = {
    APP: "4.12.0",
    GATEWAY: "1.109.1",
    SERVING: "0.33.0",
    HELP_CENTER: "2.3.1",
    BACK_OFFICE: "1.8.0",
}
"""The services of the fleet and their versions."""

_PROPAGATOR = TraceContextTextMapPropagator()


class SeededIds(IdGenerator):
    """Random ids that repeat for the same seed."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def generate_span_id(self) -> int:
        """Return a non-zero 64-bit id."""
        return self._random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        """Return a non-zero 128-bit id."""
        return self._random.getrandbits(128) or 1

    def is_trace_id_random(self) -> bool:
        """All bits are evenly spread."""
        return True


class Clock:
    """Simulated time: services move it on by as long as their work takes."""

    def __init__(self, now: int) -> None:
        self.now = now  # Unix nanoseconds

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.now += int(seconds * 1e9)


class Fleet:
    """One tracer provider for each service, as separate processes would have them."""

    def __init__(self, ids: IdGenerator, processor: Callable[[str], SpanProcessor]) -> None:
        """`processor` makes the span processor of the service of that name."""
        self._providers = {
            service: _provider(service, version, ids, processor(service))
            for service, version in SERVICES.items()
        }

    def tracer(self, service: str, scope: str, version: str | None = None) -> Tracer:
        """Return a tracer of one of the services for an instrumentation scope."""
        return self._providers[service].get_tracer(scope, version)


def _provider(
    service: str, version: str, ids: IdGenerator, processor: SpanProcessor
) -> TracerProvider:
    provider = TracerProvider(
        sampler=ALWAYS_ON,
        resource=_resource(service, version),
        shutdown_on_exit=False,
        id_generator=ids,
        # The defaults, said here so that the environment cannot change what a seed gives.
        span_limits=SpanLimits(max_attributes=128, max_span_attributes=128, max_events=128),
    )
    if not provider.get_tracer("check").start_span("check").is_recording():
        raise DemoError("The OpenTelemetry SDK is switched off; unset OTEL_SDK_DISABLED.")
    provider.add_span_processor(processor)
    return provider


def _resource(service: str, version: str) -> Resource:
    return Resource(
        {
            "service.name": service,
            "service.version": version,
            "service.instance.id": f"{service}-0",
            "deployment.environment.name": "production",
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.version": sdk_version,
        }
    )


class AppError(Exception):
    """An error of the simulated application, with the trace that its own code would leave."""

    error_type = "app.errors.AppError"
    place = 'File "/srv/app/main.py", line 1, in main'

    def stacktrace(self) -> str:
        """As `exception.stacktrace` wants it. The demo's own frames would tell nothing."""
        return (
            f"Traceback (most recent call last):\n  {self.place}\n    raise error from None\n"
            f"{self.error_type}: {self}\n"
        )


class Operation:
    """A span around a piece of work on simulated time; it becomes the current span.

    An `AppError` that leaves the block marks the span as failed and goes on.
    """

    __slots__ = ("_clock", "_token", "span")

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        clock: Clock,
        attributes: Attributes,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        parent: Context | None = None,
    ) -> None:
        self._clock = clock
        self.span = tracer.start_span(
            name, parent, kind=kind, attributes=attributes, start_time=clock.now
        )
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        self._token = otel_context.attach(set_span_in_context(self.span))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._token is not None:
            otel_context.detach(self._token)
        if isinstance(error, AppError):
            mark_failed(self.span, error, self._clock)
        self.span.end(self._clock.now)

    def set(self, attributes: Attributes) -> None:
        """Add what is known only now."""
        self.span.set_attributes(attributes)


def mark_failed(span: Span, error: AppError, clock: Clock) -> None:
    """Record the error as the SDK does, at simulated time."""
    span.set_attribute("error.type", error.error_type)
    span.set_status(StatusCode.ERROR, str(error))
    span.add_event(
        "exception",
        {
            "exception.type": error.error_type,
            "exception.message": str(error),
            "exception.stacktrace": error.stacktrace(),
            "exception.escaped": "False",
        },
        timestamp=clock.now,
    )


def outgoing_headers() -> dict[str, str]:
    """Return the headers that carry the current span to the next service."""
    headers: dict[str, str] = {}
    _PROPAGATOR.inject(headers)
    return headers


def incoming_context(headers: Mapping[str, str]) -> Context:
    """Return the caller's span, as read from the headers of a request."""
    return _PROPAGATOR.extract(headers, Context())
