"""GET /savings over HTTP, on a store with the demo's traffic."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient

from analytics.savings import desk as desk_module
from analytics.savings.report import Progress, Report, report
from collector.counters import Counters
from demo.plan import DemoPlan
from server.api import create_api
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from storage.errors import QueryTimeout
from storage.scope import Scope
from storage.window import Slice
from tests.analytics.savings.stored import NOW, store_demo
from tests.callers import asking_as
from tests.engine import wait_until

pytestmark = pytest.mark.engine

WINDOW = {"start": (NOW - timedelta(days=28)).isoformat(), "end": NOW.isoformat()}
METHODS = ["repeats", "paraphrases", "models", "batches", "prefixes", "prompts"]


@pytest.fixture(scope="module")
def demo_project(engine: Engine) -> str:
    """Return a project with a small history of side work."""
    store_demo(engine, "asked-savings", DemoPlan(seed=3, traces=300, side_share=1.0))
    return "asked-savings"


@pytest.fixture
def client(engine: Engine, control: Control) -> Iterator[TestClient]:
    """Return a client that asks as whoever is on this machine."""
    app = create_api(engine, Counters(), control)
    with asking_as(LOCAL), TestClient(app, base_url="http://test/api/v1") as client:
        yield client


def ask(client: TestClient, project: str, **more: str) -> dict[str, Any]:
    """Return an answer about a project."""
    answer = client.get("savings", params={"project": project, **WINDOW, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def finished(client: TestClient, project: str, **more: str) -> dict[str, Any]:
    """Return the report, however long it takes."""
    answer: dict[str, Any] = wait_until(
        lambda: found if (found := ask(client, project, **more))["state"] == "done" else None,
        what="the report",
    )
    return dict(answer["report"])


def test_each_way_comes_with_its_method_assumptions_and_evidence(
    client: TestClient, demo_project: str
) -> None:
    """The report names six ways, what each rests on, its interval, and traces where it saves anything."""
    found = finished(client, demo_project)
    assert [saving["method"] for saving in found["savings"]] == METHODS
    assert found["calls"] == found["all_calls"] == 300
    assert 0 < found["together_usd"]["value"] < found["cost_usd"]
    for saving in found["savings"]:
        assert saving["how"]
        assert saving["assumptions"]
        if saving["saved_usd"]["value"] > 0:
            assert saving["saved_usd"]["low"] <= saving["saved_usd"]["value"]
            assert saving["evidence"]
    trace = found["savings"][0]["evidence"][0]["trace_id"]
    assert client.get(f"traces/{trace}", params={"project": demo_project}).status_code == 200


def test_filters_of_a_report_find_its_traces(client: TestClient, demo_project: str) -> None:
    """The filter of a group lists the traces that the group counts."""
    found = finished(client, demo_project)
    batches = next(saving for saving in found["savings"] if saving["method"] == "batches")
    for group in batches["groups"]:
        listed = client.get(
            "traces",
            params={"project": demo_project, **WINDOW, "filter": group["filter"], "limit": 500},
        )
        assert len(listed.json()["traces"]) == group["calls"]


def test_answers_kept_longer_save_more(client: TestClient, demo_project: str) -> None:
    """A cache that keeps answers for a week saves more than one that does for an hour."""
    saved = [
        finished(client, demo_project, kept=kept)["savings"][0]["saved_usd"]["value"]
        for kept in ("1h", "24h", "7d")
    ]
    assert saved[0] < saved[1] < saved[2]


def test_a_project_without_calls_has_nothing_to_save(client: TestClient, project: str) -> None:
    """Every figure is 0, with no evidence and no error."""
    found = finished(client, project)
    assert (found["calls"], found["days"], found["together_usd"]["value"]) == (0, 0, 0)
    assert all(saving["saved_usd"]["value"] == 0 for saving in found["savings"])
    assert not any(saving["evidence"] for saving in found["savings"])


def test_a_long_report_tells_how_far_it_is(
    client: TestClient, demo_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request does not wait for it: it is told the step and the share done, and gets the report later."""
    go_on = Event()

    def slow(engine: Engine, scope: Scope, part: Slice, *, kept: str, progress: Progress) -> Report:
        progress("Comparing questions", 0.5)
        assert go_on.wait(60)
        return report(engine, scope, part, kept=kept)

    monkeypatch.setattr(desk_module, "report", slow)
    answer = ask(client, demo_project)
    assert (answer["state"], answer["report"]) == ("working", None)
    assert (answer["step"], answer["done"]) == ("Comparing questions", 0.5)
    go_on.set()
    assert finished(client, demo_project, start=answer["start"], end=answer["end"])["calls"] == 300


def test_one_project_does_not_keep_all_others_waiting(
    client: TestClient, demo_project: str, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few reports of a project wait at once; who asks for more is told so, while others still get theirs in turn."""
    go_on = Event()

    def slow(engine: Engine, scope: Scope, part: Slice, *, kept: str, progress: Progress) -> Report:
        assert go_on.wait(60)
        return report(engine, scope, part, kept=kept, progress=progress)

    monkeypatch.setattr(desk_module, "report", slow)
    monkeypatch.setattr("server.api.savings._WAIT_S", 0.01)
    for kept in ("1h", "24h", "7d"):
        assert ask(client, demo_project, kept=kept)["state"] == "working"
    earlier = {"start": (NOW - timedelta(days=20)).isoformat()}
    params = {"project": demo_project, **WINDOW, **earlier}
    refused = client.get("savings", params=params)
    assert refused.status_code == 400
    assert "being worked out" in refused.json()["error"]["message"]
    assert ask(client, demo_project, kept="1h")["state"] == "working"
    assert ask(client, project)["state"] == "working"
    go_on.set()
    assert finished(client, project)["calls"] == 0
    assert finished(client, demo_project, **earlier)["calls"] > 0


def test_a_report_that_fails_says_why_and_may_be_asked_again(
    client: TestClient, demo_project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is told the store's error, and the next one begins anew."""

    def failing(*_: Any, **__: Any) -> Report:
        raise QueryTimeout("the question savings/calls took too long; ask for a shorter window")

    with monkeypatch.context() as patch:
        patch.setattr(desk_module, "report", failing)
        patch.setattr(desk_module, "_FAILED_S", 0)
        refused = client.get("savings", params={"project": demo_project, **WINDOW})
        assert refused.status_code == 504
        assert "shorter window" in refused.json()["error"]["message"]
    monkeypatch.setattr(desk_module, "_FAILED_S", 0)
    assert finished(client, demo_project)["calls"] == 300


def test_a_time_that_is_no_choice_is_refused(client: TestClient, demo_project: str) -> None:
    """How long answers are kept is one of three."""
    refused = client.get("savings", params={"project": demo_project, "kept": "forever"})
    assert refused.status_code == 400
    assert "kept" in refused.text
