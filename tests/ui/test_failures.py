"""What the pages answer when something is wrong with a request or with them."""

import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from collector.counters import Counters
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from tests.callers import asking_as
from ui import accounts
from ui.app import create_ui

pytestmark = pytest.mark.engine

UPDATE = "/ui/_dash-update-component"


@pytest.fixture
def client(engine: Engine, control: Control) -> Iterator[TestClient]:
    """Return a client of the pages, started."""
    app: FastAPI = create_ui(engine, Counters(), control)
    with asking_as(LOCAL), TestClient(app) as client:
        yield client


@pytest.mark.parametrize(
    "body",
    [
        b"garbage",
        b"[]",
        b"{}",
        b'{"output": "x.y", "inputs": []}',
        b'{"output": "counters.children", "outputs": [], "inputs": [1]}',
    ],
)
def test_a_request_that_no_page_makes_is_refused(client: TestClient, body: bytes) -> None:
    """Whatever is sent as a callback, the answer says that it is none."""
    answer = client.post(UPDATE, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["kind"] == "input"


@pytest.mark.parametrize("path", ["dash/none.js", "os/path.py"])
def test_a_file_that_is_not_there_is_missing(client: TestClient, path: str) -> None:
    """Only the files of the pages are to be had."""
    assert client.get(f"/ui/_dash-component-suites/{path}").status_code == 404


def test_a_fault_of_ours_is_written_to_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A callback that fails says so to the reader, and its traceback is for the operator."""

    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(accounts, "line", broken)
    body = {
        "output": "counters.children",
        "outputs": {"id": "counters", "property": "children"},
        "inputs": [{"id": "counters-clock", "property": "n_intervals", "value": 1}],
        "changedPropIds": ["counters-clock.n_intervals"],
    }
    with caplog.at_level(logging.ERROR):
        answer = client.post(UPDATE, json=body)
    assert (answer.status_code, answer.json()["kind"]) == (500, "error")
    assert "a bug" in caplog.text
