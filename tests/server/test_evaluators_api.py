"""Evaluators over the API: how they are to run, how they are doing, backfills, and verdicts in full."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from analytics.evaluators.contract import Claim, Evidence, Sample, Verdict, evaluator
from storage.control.access import OF_ROLE, Caller, Role
from storage.control.control import Control
from tests.analytics.evaluation_runs.runs import Counting, enable, run_all
from tests.callers import asking_as
from tests.server.test_prices_api import ok, refused
from tests.world import World

pytestmark = pytest.mark.engine

DAY = {"start": "2025-06-01T00:00:00Z", "end": "2025-06-02T00:00:00Z"}


def named(client: TestClient, name: str) -> dict[str, Any]:
    """Return an evaluator of the list."""
    listed = ok(client.get("evaluators"))["evaluators"]
    (found,) = [one for one in listed if one["name"] == name]
    return dict(found)


def test_evaluators_that_cost_nothing_run_unasked(client: TestClient) -> None:
    """A project that never said anything has them on, for all of its traces."""
    listed = ok(client.get("evaluators"))["evaluators"]
    assert [one["name"] for one in listed] == [
        "context_relevance", "groundedness", "pii", "prompt_injection", "refusal", "secrets",
    ]  # fmt: skip
    assert all(one["settings"]["enabled"] for one in listed)
    assert {one["settings"]["sampling"]["rate"] for one in listed} == {1.0}


def test_settings_are_what_was_sent(client: TestClient) -> None:
    """Sampling, cap and threshold come back as they were put, and the change is in the audit log."""
    sent = {
        "enabled": True,
        "sampling": {
            "rate": 0.02,
            "overrides": [{"dimension": "tenant", "value": "acme", "rate": 0.5}],
            "uncertain": {"of": "groundedness", "low": 0.3, "high": 0.7, "rate": 1.0},
        },
        "daily_cap_usd": "2.50",
        "threshold": 0.4,
    }
    put = ok(client.put("evaluators/groundedness_judge", json=sent))
    assert put == named(client, "groundedness_judge")
    assert put["settings"] == sent
    (entry, *_) = ok(client.get("audit"))["entries"]
    assert (entry["action"], entry["target"]) == ("evaluator.change", "groundedness_judge")
    assert entry["detail"]["daily_cap_usd"] == "2.50"


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({}, "enabled"),
        ({"enabled": True, "sampling": {"rate": 1.5}}, "rate"),
        ({"enabled": True, "sampling": {"overrides": [{"dimension": "user", "value": "x", "rate": 1}]}}, "dimension"),
        ({"enabled": True, "sampling": {"overrides": [{"dimension": "tenant", "value": "", "rate": 1}]}}, "override"),
        ({"enabled": True, "sampling": {"uncertain": {"of": "pii", "low": 0, "high": 1, "rate": 1}}}, "another"),
        ({"enabled": True, "sampling": {"uncertain": {"of": "x", "low": 1, "high": 0, "rate": 1}}}, "range"),
        ({"enabled": True, "daily_cap_usd": -1}, "daily_cap_usd"),
        ({"enabled": True, "threshold": 2}, "threshold"),
        ({"enabled": True, "on": True}, "on"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(
    client: TestClient, wrong: dict[str, Any], about: str
) -> None:
    """The answer says which member is wrong, and nothing is changed."""
    before = named(client, "pii")["settings"]
    assert about in refused(client.put("evaluators/pii", json=wrong), 400)
    assert named(client, "pii")["settings"] == before


def test_an_evaluator_tells_how_it_is_doing(
    client: TestClient, world: World, control: Control
) -> None:
    """What waits for it, then what it did, what that cost today, and why it failed the last time."""
    project = world.scope.project
    enable(control, project, "length")
    world.ask("a", "1")
    world.ask("b", "2")
    world.save()
    broken = Counting(fails=lambda _: True)
    run_all(world.engine, control, project, broken)
    state = named(client, "length")["state"]
    assert state["waiting"] == {"hours": 1, "traces": 2, "lag_s": state["waiting"]["lag_s"]}
    assert state["waiting"]["lag_s"] > 0
    assert (state["errors"], state["error"]) == (1, "the judge does not answer")
    assert datetime.fromisoformat(state["held_until"]) > datetime.now(UTC)

    run_all(world.engine, control, project, Counting(cost_usd=0.25))
    told = named(client, "length")
    assert (told["version"], told["reads"]) == ("1", ["answer"])
    assert told["state"]["waiting"] == {"hours": 0, "traces": 0, "lag_s": 0}
    assert (told["state"]["verdicts_today"], told["state"]["cost_today_usd"]) == (2, 0.5)


def test_a_backfill_is_asked_for_watched_and_cancelled(client: TestClient) -> None:
    """It waits in the queue; a cancelled one is not run."""
    job = ok(client.post("evaluators/pii/backfills", json=DAY), 202)
    assert (job["evaluator"], job["state"], job["start"]) == ("pii", "queued", DAY["start"])
    assert ok(client.get("backfills"))["backfills"] == [job]
    assert ok(client.get(f"backfills/{job['id']}")) == job
    assert ok(client.post(f"backfills/{job['id']}/cancel"))["state"] == "cancelled"
    actions = [entry["action"] for entry in ok(client.get("audit"))["entries"]]
    assert actions[:2] == ["evaluator.cancel_backfill", "evaluator.backfill"]


def test_a_backfill_without_a_range_is_refused(client: TestClient) -> None:
    """A range has to end after it begins."""
    assert "ends before" in refused(
        client.post("evaluators/pii/backfills", json={**DAY, "end": DAY["start"]}), 400
    )


def test_whoever_only_reads_changes_nothing(client: TestClient, project: str) -> None:
    """Viewers see evaluators and backfills; settings and backfills need the right to edit."""
    viewer = Caller("person", "1", "ann", {project: OF_ROLE[Role.VIEWER]})
    with asking_as(viewer):
        assert client.get("evaluators").status_code == 200
        assert client.put("evaluators/pii", json={"enabled": False}).status_code == 403
        assert client.post("evaluators/pii/backfills", json=DAY).status_code == 403


def test_verdicts_come_with_the_texts_that_they_are_about(
    client: TestClient, world: World, control: Control
) -> None:
    """Places in a claim and its evidence are places in the answer and the context beside them."""

    @evaluator("grounded")
    def grounded(sample: Sample) -> Verdict:
        claim = Claim(sample.answer, 0, len(sample.answer), 0.25, Evidence(0, 0, 3), ["number 42"])
        return Verdict(score=0.25, explanation="one claim", claims=[claim], details={"words": 3})

    enable(control, world.scope.project, "grounded")
    documents = [{"id": "d", "content": "the document", "score": 1.0}]
    root = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents}
    trace_id = world.ask("how many?", "there are 42", root=root)
    world.save()
    assert ok(client.get(f"traces/{trace_id}/verdicts"))["verdicts"] == []
    run_all(world.engine, control, world.scope.project, grounded)
    (verdict,) = ok(client.get(f"traces/{trace_id}/verdicts"))["verdicts"]
    told = {name: verdict[name] for name in ("evaluator", "version", "reads", "score", "details")}
    assert told == {
        "evaluator": "grounded", "version": "1", "reads": "answer", "score": 0.25, "details": {"words": 3},
    }  # fmt: skip
    assert (verdict["question"], verdict["contexts"], verdict["answer"]) == (
        "how many?", ["the document"], "there are 42",
    )  # fmt: skip
    (claim,) = verdict["claims"]
    assert claim["evidence"] == {"context": 0, "start": 0, "end": 3}
    assert claim["conflicts"] == ["number 42"]


def test_a_trace_that_is_not_there_has_no_verdicts(client: TestClient) -> None:
    """It is told as such."""
    assert client.get(f"traces/{'ab' * 16}/verdicts").status_code == 404
