"""Whose request it is, for ASGI apps: FastAPI, Starlette, Litestar, Quart, Django's ASGI.

app.add_middleware(groundwire.asgi.Context, tenant=lambda request: request.headers.get("x-tenant"))
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qsl

from opentelemetry import context, propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode

import groundwire
from groundwire._context import attributes_of
from groundwire._notices import failed

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TRACE_HEADER: Final = b"x-trace-id"
"""The response header that tells a page which trace its feedback is about."""


class Request:
    """What can be told of a request before its body is read."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        """As the ASGI specification describes it; also where other middlewares leave what they found."""
        self.path: str = scope.get("path", "")

    @cached_property
    def headers(self) -> "Headers":
        """The headers, whatever the case of a name."""
        return Headers(self.scope.get("headers", ()))

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of one that comes twice, the last."""
        text = self.scope.get("query_string", b"").decode("latin-1")
        return dict(parse_qsl(text, keep_blank_values=True))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies; none where they cannot be read."""
        try:
            sent = SimpleCookie(self.headers.get("cookie", ""))
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in sent.items()}


class Headers(Mapping[str, str]):
    """Headers by name, whatever its case; of one that comes twice, the first."""

    def __init__(self, sent: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in sent:
            self._values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


Find = str | Callable[[Request], str | None]
"""Where in a request something stands: in the header of that name, or where a function finds it."""


class Context:
    """ASGI middleware: every span of a request says for whom it was made.

    Where no other instrumentation has begun a span for the request, this does, so that whatever happens for it is one
    trace, to the last piece of a streamed answer; an incoming `traceparent` is continued. The response says the id of
    the trace in the header `x-trace-id`. `groundwire.init()` is called unless the app has done it, and what waits is
    flushed when the app ends.

    Each argument is the name of a header, or a function of the request. What is only in a request's body cannot be
    seen here: use `groundwire.context(...)` in the endpoint.
    """

    def __init__(
        self,
        app: App,
        *,
        tenant: Find | None = None,
        session: Find | None = None,
        user: Find | None = None,
        user_tier: Find | None = None,
        feature: Find | None = None,
    ) -> None:
        groundwire.init()
        self._app = app
        given = {
            "tenant": tenant,
            "session": session,
            "user": user,
            "user_tier": user_tier,
            "feature": feature,
        }
        self._finds = {name: find for name, find in given.items() if find is not None}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or hand on what is none."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, _flushing(send))
            return
        request = Request(scope)
        begun = _begun()
        with _incoming(request, begun), groundwire.context(**self._found(request)):
            if begun is not None:
                # It began before anybody knew for whom.
                begun.set_attributes(attributes_of(None))
                await self._app(scope, receive, _telling(send, begun))
            elif scope["type"] == "http":
                await self._serve(scope, receive, send)
            else:
                # A socket may stay open for days; whatever happens on it makes its own traces.
                await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracer = trace.get_tracer("groundwire.asgi")
        with tracer.start_as_current_span(
            scope["method"], kind=SpanKind.SERVER, attributes=_attributes(scope)
        ) as span:
            try:
                await self._app(scope, receive, _telling(_noting(send, span), span))
            finally:
                _name(span, scope)

    def _found(self, request: Request) -> dict[str, str]:
        found = {name: _find(name, find, request) for name, find in self._finds.items()}
        return {name: value for name, value in found.items() if value}


def _find(name: str, find: Find, request: Request) -> str:
    try:
        return request.headers.get(find, "") if isinstance(find, str) else str(find(request) or "")
    except Exception as error:  # noqa: BLE001 - a request must not fail because it is traced
        failed(f"finding the {name} of a request", error)
        return ""


def _begun() -> Span | None:
    """Return the span that an instrumentation has begun for the request."""
    span = trace.get_current_span()
    return span if span.get_span_context().is_valid else None


@contextmanager
def _incoming(request: Request, begun: Span | None) -> Iterator[None]:
    """Continue the trace that the request's headers name, unless an instrumentation has done so."""
    if begun is not None:
        yield
        return
    token = context.attach(propagate.extract(request.headers))
    try:
        yield
    finally:
        context.detach(token)


def _flushing(send: Send) -> Send:
    """Return what flushes once the app has ended: servers that re-raise SIGTERM, as uvicorn does, skip `atexit`."""

    async def sending(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            # Nothing is served any more, so that nobody waits for this but the end.
            groundwire.flush()
        await send(message)

    return sending


def _telling(send: Send, span: Span) -> Send:
    """Return what sends a response with the id of its trace in a header."""
    trace_id = f"{span.get_span_context().trace_id:032x}".encode()

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (TRACE_HEADER, trace_id)]
        await send(message)

    return sending


def _noting(send: Send, span: Span) -> Send:
    """Return what sends a response and writes its status on a span (OTel HTTP conventions, server spans)."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                span.set_status(StatusCode.ERROR)
        await send(message)

    return sending


def _attributes(scope: Scope) -> dict[str, str]:
    """Return what is known of a request beforehand. Not its query: that may hold what a user typed."""
    return {
        "http.request.method": scope["method"],
        "url.path": scope.get("path", ""),
        "url.scheme": scope.get("scheme", "http"),
    }


def _name(span: Span, scope: Scope) -> None:
    """Name a span after the route that served it, once that is known; Starlette and FastAPI write it down."""
    route = getattr(scope.get("route"), "path", "")
    if route:
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
