"""How much a request may bring along."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.testclient import TestClient

from server.api import errors
from server.bodies import MAX_BODY
from server.web import Dispatcher


class Anything(BaseModel):
    """A body that the framework gathers before the route sees it."""

    text: str = ""


@pytest.fixture
def browser() -> TestClient:
    """Return a client of an app with a route of each kind, behind the dispatcher."""
    app = FastAPI()
    errors.install(app)

    @app.post("/model")
    def model(sent: Anything) -> int:
        return len(sent.text)

    @app.post("/raw")
    async def raw(request: Request) -> int:
        return len(await request.body())

    return TestClient(Dispatcher(app, app, app))


def pieces(size: int, end: bytes = b"") -> Iterator[bytes]:
    """Give so many bytes, as a sender does who does not say how many will come."""
    while size > 0:
        yield b" " * min(size, 1024 * 1024)
        size -= 1024 * 1024
    yield end


@pytest.mark.parametrize("path", ["/model", "/raw"])
def test_a_body_that_is_too_large_is_refused(browser: TestClient, path: str) -> None:
    """Over the limit the answer is 413 in the API's form, announced or not."""
    headers = {"content-type": "application/json"}
    for content in (b" " * (MAX_BODY + 1), pieces(MAX_BODY + 1)):
        answer = browser.post(path, content=content, headers=headers)
        assert answer.status_code == 413, answer.text
        assert str(MAX_BODY) in answer.json()["error"]["message"]


def test_a_body_within_the_limit_arrives(browser: TestClient) -> None:
    """At the limit nothing is lost."""
    headers = {"content-type": "application/json"}

    assert browser.post("/raw", content=pieces(MAX_BODY)).json() == MAX_BODY
    spaced = pieces(MAX_BODY - 16, b'{"text": "abc"}')
    assert browser.post("/model", content=spaced, headers=headers).json() == 3
