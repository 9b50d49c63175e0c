"""Tenant, session and the rest: on every span below, in tasks, threads and services downstream."""

import asyncio
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import groundwire
import pytest
from opentelemetry import context, propagate, trace

from tests import loops
from tests.sdk.apps import run_app
from tests.sdk.capture import Capture, attributes
from tests.sdk.conftest import Start


def sent(capture: Capture, name: str) -> dict[str, Any]:
    """Return the attributes of the only span of that name, once everything is there."""
    assert groundwire.flush(10)
    return attributes(capture.span(name))


def test_every_value_is_on_spans_that_anybody_makes(traced: Capture) -> None:
    """A span of the app's own tracer has them under the names that the server reads."""
    with (
        groundwire.tenant("acme"),
        groundwire.session("s-1"),
        groundwire.user(42, tier="pro"),
        groundwire.feature("search"),
        groundwire.prompt("answer", 3),
        groundwire.environment("staging"),
    ):
        trace.get_tracer("app").start_span("own").end()
    trace.get_tracer("app").start_span("outside").end()
    assert sent(traced, "own") == {
        "tenant.id": "acme",
        "session.id": "s-1",
        "user.id": "42",
        "user.tier": "pro",
        "feature.name": "search",
        "gen_ai.prompt.name": "answer",
        "gen_ai.prompt.version": "3",
        "deployment.environment.name": "staging",
    }
    assert sent(traced, "outside") == {}


def test_the_inner_value_wins_and_ends_with_its_block(traced: Capture) -> None:
    """Blocks nest; None and empty text leave what is outside."""
    with groundwire.context(tenant="acme", session="s-1"):
        with groundwire.tenant("other"), groundwire.session(None), groundwire.user(""):
            trace.get_tracer("app").start_span("inner").end()
        trace.get_tracer("app").start_span("outer").end()
    assert sent(traced, "inner") == {"tenant.id": "other", "session.id": "s-1"}
    assert sent(traced, "outer") == {"tenant.id": "acme", "session.id": "s-1"}


def test_a_span_that_says_so_itself_keeps_its_own_value(traced: Capture) -> None:
    """What a span is started with is nearer to the truth than the context around it."""
    with groundwire.tenant("acme"):
        trace.get_tracer("app").start_span("own", attributes={"tenant.id": "mine"}).end()
    assert sent(traced, "own") == {"tenant.id": "mine"}


def test_functions_and_coroutines_can_be_decorated(traced: Capture) -> None:
    """A decorator holds while a call runs, for each of concurrent calls by itself."""

    @groundwire.feature("summary")
    def plain() -> None:
        trace.get_tracer("app").start_span("plain").end()

    @groundwire.feature("chat")
    async def later(session: str) -> None:
        with groundwire.session(session):
            await asyncio.sleep(0)
            trace.get_tracer("app").start_span(session).end()

    async def both() -> None:
        await asyncio.gather(later("s-1"), later("s-2"))

    plain()
    loops.run(both())
    assert sent(traced, "plain") == {"feature.name": "summary"}
    assert sent(traced, "s-1") == {"feature.name": "chat", "session.id": "s-1"}
    assert sent(traced, "s-2") == {"feature.name": "chat", "session.id": "s-2"}


def test_set_holds_for_the_rest_of_a_task(traced: Capture) -> None:
    """A framework's hook that cannot wrap the request sets its context; the next task has none of it."""

    async def request(tenant: str) -> None:
        groundwire.context(tenant=tenant).set()
        await asyncio.sleep(0)
        trace.get_tracer("app").start_span(tenant).end()

    async def both() -> None:
        await asyncio.gather(request("a"), request("b"))
        trace.get_tracer("app").start_span("none").end()

    loops.run(both())
    assert sent(traced, "a") == {"tenant.id": "a"}
    assert sent(traced, "b") == {"tenant.id": "b"}
    assert sent(traced, "none") == {}


def test_carry_takes_span_and_context_into_threads(traced: Capture) -> None:
    """Work in a pool is below the span that asked for it, many at once."""

    def work(number: int) -> None:
        trace.get_tracer("app").start_span(f"work {number}").end()

    with ThreadPoolExecutor(4) as pool, groundwire.tenant("acme"), groundwire.span("asks"):
        list(pool.map(groundwire.carry(work), range(8)))
        thread = threading.Thread(target=work, args=(99,))
        thread.start()
        thread.join()
    assert groundwire.flush(10)
    asks = traced.span("asks").span_id
    for number in range(8):
        span = traced.span(f"work {number}")
        assert span.parent_span_id == asks
        assert attributes(span) == {"tenant.id": "acme"}
    assert traced.span("work 99").parent_span_id == b""


def test_a_value_too_long_is_cut_and_does_not_travel(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """A session id of a megabyte costs 256 characters, and the log says so."""
    headers: dict[str, str] = {}
    with groundwire.session("s" * 1_000_000), groundwire.tenant("ü" * 250):
        propagate.inject(headers)
        trace.get_tracer("app").start_span("own").end()
    assert sent(traced, "own")["session.id"] == "s" * 256
    assert len(headers.get("baggage", "")) < 8192
    assert sent(traced, "own")["tenant.id"] == "ü" * 250
    assert "groundwire.tenant" not in headers["baggage"]
    assert "was cut" in caplog.text


DOWNSTREAM = """
    import sys, groundwire
    from opentelemetry import context, propagate, trace
    groundwire.init("downstream")
    context.attach(propagate.extract(dict(line.rstrip("\\n").split(": ", 1) for line in sys.argv[1:])))
    trace.get_tracer("other").start_span("below").end()
"""

UPSTREAM = """
    import groundwire, subprocess, sys
    from opentelemetry import baggage, context, propagate, trace
    groundwire.init("upstream")
    context.attach(baggage.set_baggage("theirs", "kept"))
    with groundwire.context(tenant="Ærø & co, ltd", session="s=1;2", user="u-9", user_tier="pro"):
        with groundwire.prompt("answer", 2), groundwire.span("above"):
            headers = {}
            propagate.inject(headers)
            assert "theirs=kept" in headers["baggage"]
            lines = [f"{name}: {value}" for name, value in headers.items()]
            subprocess.run([sys.executable, "-c", sys.argv[1], *lines], check=True)
"""


@pytest.mark.parametrize("baggage", ["no_user", "all", "off"])
def test_context_travels_to_a_service_downstream(capture: Capture, baggage: str) -> None:
    """Another process's spans have tenant and session; the user only where `init` was told so."""
    code = textwrap.dedent(UPSTREAM).replace("sys.argv[1]", repr(textwrap.dedent(DOWNSTREAM)))
    run_app(code, endpoint=capture.url, GROUNDWIRE_BAGGAGE=baggage)
    expected = {
        "tenant.id": "Ærø & co, ltd",
        "session.id": "s=1;2",
        "gen_ai.prompt.name": "answer",
        "gen_ai.prompt.version": "2",
    }
    if baggage == "all":
        expected |= {"user.id": "u-9", "user.tier": "pro"}
    below, above = capture.span("below"), capture.span("above")
    assert attributes(below) == ({} if baggage == "off" else expected)
    assert attributes(above)["user.id"] == "u-9"
    assert below.parent_span_id == above.span_id


def test_an_incoming_request_does_not_hide_what_is_set_here(start: Start) -> None:
    """Values set in this service win over those that came with the request."""
    capture = start()
    header = {"baggage": "groundwire.tenant=theirs,groundwire.session=s-1,other=1"}
    token = context.attach(propagate.extract(header))
    with groundwire.tenant("ours"):
        trace.get_tracer("app").start_span("own").end()
    context.detach(token)
    assert sent(capture, "own") == {"tenant.id": "ours", "session.id": "s-1"}
