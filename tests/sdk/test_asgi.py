"""Requests of ASGI apps: whose they are, and what of them is one trace."""

from collections.abc import Iterator
from typing import Any

import groundwire
import groundwire.asgi
import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests import loops
from tests.sdk.capture import Capture, attributes

PARENT_TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{PARENT_TRACE}-b7ad6b7169203331-01"


def _app(**finds: Any) -> Starlette:
    """Return an app that makes no spans of its own."""

    def order(request: Request) -> Response:
        with groundwire.span("look up"):
            return PlainTextResponse(request.path_params["order"])

    def stream(_: Request) -> Response:
        def pieces() -> Iterator[str]:
            for word in ("It ", "left ", "today."):
                with groundwire.span(f"piece {word}"):
                    yield word

        return StreamingResponse(pieces())

    async def unwell(_: Request) -> Response:
        return Response(status_code=503)

    async def broken(_: Request) -> Response:
        raise LookupError("no such shelf")

    app = Starlette(
        routes=[
            Route("/orders/{order}", order),
            Route("/stream", stream),
            Route("/unwell", unwell),
            Route("/broken", broken),
        ]
    )
    app.add_middleware(groundwire.asgi.Context, **finds)
    return app


def _get(app: Any, path: str, **headers: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get(path, headers=headers)

    answer = loops.run(asked())
    assert groundwire.flush(10)
    return answer


def test_whose_request(traced: Capture) -> None:
    """What headers, cookies and the query say is on every span of the request."""
    app = _app(
        tenant="X-Tenant",
        session=lambda request: request.cookies["sid"],
        user=lambda request: request.query["u"],
        user_tier=lambda request: request.scope.get("tier", "pro"),
        feature=lambda request: request.path.split("/")[1],
    )

    _get(app, "/orders/7?u=ann", **{"x-tenant": "acme", "cookie": "a=b; sid=s-1"})

    for name in ("GET /orders/{order}", "look up"):
        said = attributes(traced.span(name))
        whose = ("tenant.id", "session.id", "user.id", "user.tier", "feature.name")
        assert [said[key] for key in whose] == ["acme", "s-1", "ann", "pro", "orders"]


def test_the_request_is_one_trace(traced: Capture) -> None:
    """The request's span is the root, named after its route, and the response says which trace it is."""
    answer = _get(_app(), "/orders/7")

    root, inner = traced.spans()
    assert (root.name, root.kind, root.parent_span_id) == ("GET /orders/{order}", 2, b"")
    assert attributes(root)["http.response.status_code"] == 200
    assert attributes(root)["url.path"] == "/orders/7"
    assert inner.parent_span_id == root.span_id
    assert answer.headers["x-trace-id"] == root.trace_id.hex()


def test_a_streamed_answer(traced: Capture) -> None:
    """The request's span lasts until the last piece has been sent, and the pieces are made below it."""
    answer = _get(_app(tenant="x-tenant"), "/stream", **{"x-tenant": "acme"})

    root = traced.span("GET /stream")
    pieces = [span for span in traced.spans() if span.name.startswith("piece")]
    assert answer.text == "It left today."
    assert {span.parent_span_id for span in pieces} == {root.span_id}
    assert {attributes(span)["tenant.id"] for span in pieces} == {"acme"}
    assert root.end_time_unix_nano >= max(span.end_time_unix_nano for span in pieces)


def test_a_trace_goes_on(traced: Capture) -> None:
    """A trace that began upstream is continued, with the context that came as baggage."""
    _get(_app(), "/orders/7", traceparent=PARENT, baggage="groundwire.tenant=acme")

    root = traced.span("GET /orders/{order}")
    assert root.trace_id.hex() == PARENT_TRACE
    assert root.parent_span_id.hex() == PARENT[36:52]
    assert attributes(traced.span("look up"))["tenant.id"] == "acme"


def test_an_instrumentation_was_first(traced: Capture) -> None:
    """Where a span of the request is there already, as FastAPI makes one, it is used and learns whose it is."""
    app = FastAPI()
    app.add_middleware(groundwire.asgi.Context, tenant="x-tenant")

    @app.get("/orders/{order}")
    def order(order: str) -> str:
        return order

    answer = _get(app, "/orders/7", **{"x-tenant": "acme"})

    roots = [span for span in traced.spans() if not span.parent_span_id]
    assert [root.name for root in roots] == ["GET /orders/{order}"]
    assert {attributes(span)["tenant.id"] for span in traced.spans()} == {"acme"}
    assert answer.headers["x-trace-id"] == roots[0].trace_id.hex()


def test_errors(traced: Capture) -> None:
    """A request that failed is a span that failed; the app's own answer stays as it is."""
    unwell = _get(_app(), "/unwell")
    broken = _get(_app(), "/broken")

    assert (unwell.status_code, broken.status_code) == (503, 500)
    assert traced.span("GET /unwell").status.code == 2
    span = traced.span("GET /broken")
    assert span.status.code == 2
    assert span.events[0].name == "exception"


def test_what_cannot_be_found(
    traced: Capture, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    """A function that fails costs its value alone, and is told in the log without what the request held."""
    app = _app(tenant="x-tenant", session=lambda request: request.cookies["missing-sid"])

    answer = _get(app, "/orders/7", **{"x-tenant": "acme", "cookie": "sid=secret"})

    said = attributes(traced.span("look up"))
    assert answer.status_code == 200
    assert (said["tenant.id"], "session.id" in said) == ("acme", False)
    assert "finding the session of a request" in caplog.text
    assert "secret" not in caplog.text
    assert not recwarn.list


def test_the_query_is_not_recorded(traced: Capture) -> None:
    """What a user typed into an address stays out of the trace."""
    _get(_app(), "/orders/7?q=private")

    assert b"private" not in traced.wire()


def test_sockets(traced: Capture) -> None:
    """A web socket has no span of its own; what happens on it says for whom."""
    seen: list[dict[str, Any]] = []

    async def app(scope: Any, _: Any, __: Any) -> None:
        with groundwire.span("turn"):
            seen.append(scope)

    scope = {"type": "websocket", "path": "/talk", "headers": [(b"x-tenant", b"acme")]}
    loops.run(groundwire.asgi.Context(app, tenant="x-tenant")(scope, _never, _never))
    assert groundwire.flush(10)

    (span,) = traced.spans()
    assert seen == [scope]
    assert (span.name, attributes(span)["tenant.id"]) == ("turn", "acme")


def test_the_end_of_the_app(traced: Capture) -> None:
    """What is no request passes through; at the app's end everything has been sent."""
    said: list[str] = []

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})
        with groundwire.span("last work"):
            pass
        await send({"type": "lifespan.shutdown.complete"})

    async def send(message: Any) -> None:
        said.append(f"{message['type']} {[span.name for span in traced.spans()]}")

    loops.run(groundwire.asgi.Context(app)({"type": "lifespan"}, _never, send))

    assert said == ["lifespan.startup.complete []", "lifespan.shutdown.complete ['last work']"]


async def _never(*_: Any) -> Any:
    raise AssertionError("nobody reads or writes here")
