"""Feedback from a real browser, on a page of an app that is another origin than Groundwire."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route

from tests.e2e.spans import provider_for, trace_id_of
from tests.engine import ROOT, Server, running_server, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.browser]

MODULE: Final = ROOT / "sdk" / "browser" / "groundwire-feedback.js"

PAGE: Final = """<!doctype html><meta charset="utf-8"><title>Shop</title>
<button id="up">Helpful</button> <button id="edit">Correct it</button> <a id="away" href="/bye">Leave</a>
<output id="said"></output>
<script type="module">
  import { sendFeedback } from "/groundwire-feedback.js";
  const permit = await (await fetch("/feedback-key", { method: "POST" })).json();
  const said = document.querySelector("#said");
  const send = (what) =>
    sendFeedback({ ...permit, ...what })
      .then((id) => { said.textContent = `sent ${id}`; })
      .catch((error) => { said.textContent = `refused ${error.status}: ${error.message}`; });
  document.querySelector("#up").onclick = () => send({ value: true, comment: "Genau, danke! 🙂" });
  document.querySelector("#edit").onclick = () => send({ correction: "It arrives on Friday." });
  document.querySelector("#away").onclick = () => { send({ value: false, name: "left" }); };
  window.send = send;
  said.textContent = "ready";
</script>"""


class _App(BaseHTTPRequestHandler):
    """The app: a page, the module as a file, and a backend that alone knows the secret key."""

    def do_GET(self) -> None:
        module = self.path == "/groundwire-feedback.js"
        body = MODULE.read_bytes() if module else PAGE.encode() if self.path == "/" else b"bye"
        self._send(body, "text/javascript" if module else "text/html; charset=utf-8")

    def do_POST(self) -> None:
        server: Any = self.server
        self._send(json.dumps(server.permit()).encode(), "application/json")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


class Shop:
    """A running Groundwire, a project with two traces, and a key of an app that may send."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.trace_id, self.other_trace_id = (_trace(server) for _ in range(2))
        server.wait_loaded()
        self.secret = self.key()

    def key(self) -> str:
        """Make a secret key for an app."""
        made = httpx.post(
            f"{self.server.url}/api/v1/keys", json={"name": "shop", "scopes": ["ingest"]}
        )
        assert made.status_code == 201, made.text
        return str(made.json()["secret"])

    def publishable(self, trace_id: str, *, ttl_minutes: float = 5, secret: str = "") -> str:
        """Ask for a key for a browser, as an app's backend does."""
        made = httpx.post(
            f"{self.server.url}/api/v1/keys/publishable",
            json={"ttl_minutes": ttl_minutes, "trace_id": trace_id},
            headers={"authorization": f"Bearer {secret or self.secret}"},
        )
        assert made.status_code == 201, made.text
        return str(made.json()["key"])

    def permit(self) -> dict[str, str]:
        """Return what the app's page is given."""
        return {
            "endpoint": self.server.url,
            "key": self.publishable(self.trace_id),
            "traceId": self.trace_id,
        }

    def evaluations(self, name: str) -> list[dict[str, Any]]:
        """Return the trace's evaluations of a name."""
        found = self.server.get("/evaluations", trace_id=self.trace_id, name=name)["evaluations"]
        return list(found)

    def post(self, key: str, **evaluation: Any) -> httpx.Response:
        """Send an evaluation with a key, from wherever."""
        body = {"evaluations": [{"name": "n", "value": True, "source": "human"} | evaluation]}
        return httpx.post(
            f"{self.server.url}/api/v1/evaluations",
            json=body,
            headers={"authorization": f"Bearer {key}"},
        )


def _trace(server: Server) -> str:
    provider = provider_for(server.otlp)
    with provider.get_tracer("shop").start_as_current_span("answer") as span:
        pass
    assert provider.force_flush()
    provider.shutdown()
    return trace_id_of(span)


@contextmanager
def _running_app(shop: Shop) -> Iterator[str]:
    app: Any = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    app.permit = shop.permit
    thread = threading.Thread(target=app.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{app.server_port}"
    finally:
        app.shutdown()
        app.server_close()
        thread.join()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Run a Groundwire that a shop sends to."""
    with running_server(tmp_path_factory.mktemp("shop"), "--segment-seconds", "0.3") as server:
        yield Shop(server)


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    """Open the shop's page."""
    context = browser.new_context()
    context.set_default_timeout(20_000)
    with _running_app(shop) as address:
        page = context.new_page()
        page.goto(address)
        page.wait_for_function("document.querySelector('#said').textContent === 'ready'")
        yield page
        context.close()


def _said(page: Page) -> str:
    page.wait_for_function("document.querySelector('#said').textContent !== 'ready'")
    return str(page.text_content("#said"))


def test_thumbs_up(page: Page, shop: Shop) -> None:
    """A click on an app's page becomes an evaluation by a human of the answer's trace."""
    page.click("#up")
    said = _said(page)

    [evaluation] = shop.evaluations("user_feedback")
    assert said == f"sent {evaluation['id']}"
    assert (evaluation["kind"], evaluation["score"]) == ("boolean", 1)
    assert (evaluation["source"], evaluation["author"]) == ("human", "")
    assert evaluation["explanation"] == "Genau, danke! 🙂"


def test_a_correction(page: Page, shop: Shop) -> None:
    """A reader can give the answer as it should have been."""
    page.click("#edit")
    said = _said(page)

    assert said.startswith("sent")
    [evaluation] = shop.evaluations("correction")
    assert evaluation["correction"] == "It arrives on Friday."


def test_feedback_outlives_its_page(page: Page, shop: Shop) -> None:
    """What is sent while the page is left arrives."""
    page.click("#away")
    page.wait_for_url("**/bye")

    [evaluation] = wait_until(lambda: shop.evaluations("left"), what="the feedback")
    assert (evaluation["kind"], evaluation["score"]) == ("boolean", 0)


def test_a_server_that_was_away(page: Page, shop: Shop) -> None:
    """Feedback whose first sending failed is sent once more, and is there once."""
    tries: list[str] = []

    def first_fails(route: Route) -> None:
        if route.request.method == "POST":
            tries.append(str(route.request.post_data))
        if len(tries) == 1:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/evaluations", first_fails)
    page.evaluate("send({ value: 0.75, name: 'stars' })")
    said = _said(page)

    assert said.startswith("sent"), said
    assert len(tries) == 2
    assert tries[0] == tries[1]
    assert [e["score"] for e in shop.evaluations("stars")] == [0.75]


def test_a_long_comment(page: Page, shop: Shop) -> None:
    """A text that is too long to outlive the page is sent all the same."""
    page.evaluate("send({ correction: 'ä'.repeat(50_000), name: 'long' })")
    said = _said(page)

    assert said.startswith("sent"), said
    [evaluation] = shop.evaluations("long")
    assert evaluation["correction"] == "ä" * 50_000


def test_a_refusal_says_why(page: Page) -> None:
    """A page whose feedback is refused is told the status and the server's sentence."""
    page.evaluate("send({ value: true, key: 'gwp_forged' })")

    assert _said(page).startswith("refused 401: ")


def test_the_page_can_read_nothing(page: Page, shop: Shop) -> None:
    """With its key a page of another origin gets no answer to any question."""
    asked = """key => Promise.all(["traces", "evaluations", "me", "keys", "projects"].map(path =>
        fetch(`ENDPOINT/api/v1/${path}`, { headers: { authorization: `Bearer ${key}` } })
            .then(answer => answer.status, () => "blocked")))""".replace(
        "ENDPOINT", shop.server.url
    )

    assert page.evaluate(asked, shop.publishable(shop.trace_id)) == ["blocked"] * 5


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/traces"), ("GET", "/spans"), ("GET", "/evaluations"), ("GET", "/stats"),
     ("GET", "/keys"), ("POST", "/keys/publishable"), ("GET", "/fields")],
)  # fmt: skip
def test_the_key_does_nothing_else(shop: Shop, method: str, path: str) -> None:
    """A publishable key opens no route but the one for feedback, whoever holds it."""
    answer = httpx.request(
        method,
        f"{shop.server.url}/api/v1{path}",
        headers={"authorization": f"Bearer {shop.publishable(shop.trace_id)}"},
        json={} if method == "POST" else None,
    )

    assert answer.status_code == 403, answer.text


def test_the_key_is_for_one_trace(shop: Shop) -> None:
    """A key that was made for a trace judges no other, no session, and not as a model."""
    key = shop.publishable(shop.trace_id)

    assert shop.post(key, trace_id=shop.trace_id).status_code == 200
    assert shop.post(key, trace_id=shop.other_trace_id).status_code == 403
    assert shop.post(key, session_id="s-1").status_code == 403
    assert shop.post(key, trace_id=shop.trace_id, source="model").status_code == 403


def test_the_key_sends_no_spans(shop: Shop) -> None:
    """OTLP refuses a publishable key."""
    answer = httpx.post(
        f"{shop.server.otlp}/v1/traces",
        content=b"",
        headers={
            "authorization": f"Bearer {shop.publishable('')}",
            "content-type": "application/x-protobuf",
        },
    )

    assert answer.status_code == 403, answer.text


def test_an_expired_key(shop: Shop) -> None:
    """A key whose time is over is like none."""
    key = shop.publishable(shop.trace_id, ttl_minutes=0.02)

    answer = wait_until(
        lambda: (a := shop.post(key, trace_id=shop.trace_id)).status_code != 200 and a,
        what="the key's end",
    )

    assert answer.status_code == 401


def test_a_revoked_parent(shop: Shop) -> None:
    """A key ends with the secret key that it was made with."""
    secret = shop.key()
    key = shop.publishable(shop.trace_id, secret=secret)
    before = shop.post(key, trace_id=shop.trace_id).status_code

    httpx.delete(f"{shop.server.url}/api/v1/keys/{secret.split('_')[1]}").raise_for_status()

    assert (before, shop.post(key, trace_id=shop.trace_id).status_code) == (200, 401)
