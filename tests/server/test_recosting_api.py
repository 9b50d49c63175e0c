"""Re-costing over the API: asked for, watched while a worker does it, cancelled."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from storage.control import jobs
from storage.control.access import OF_ROLE, Caller, Role
from storage.control.control import Control
from tests.callers import asking_as
from tests.server.test_prices_api import ok, refused

pytestmark = pytest.mark.engine

MAY = {"start": "2026-05-01T00:00:00Z", "end": "2026-06-01T02:00:00+02:00"}


def start(client: TestClient, **more: Any) -> dict[str, Any]:
    """Ask for a re-costing; return it."""
    return dict(ok(client.post("recosts", json={**MAY, **more}), 202))


def claim(control: Control, worker: str = "ann") -> int:
    """Claim the next job as a worker does; return its id."""
    with control.database.session() as session:
        job = jobs.claim(session, worker)
        assert job is not None
        return job.id


def test_a_recost_is_watched_until_its_report(client: TestClient, control: Control) -> None:
    """Queued, running with progress, done with what the worker reports."""
    asked = start(client, **{"from": "spans"})
    path = f"recosts/{asked['id']}"
    assert (asked["state"], asked["from"], asked["created_by"]) == ("queued", "spans", "local")
    assert (asked["start"], asked["end"]) == ("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")
    assert asked["progress"] == {"done": 0, "total": None, "unit": ""}

    job_id = claim(control)
    with control.database.session() as session:
        jobs.beat(session, job_id, "ann", done=31, total=744, unit="hours")
    running = ok(client.get(path))
    assert (running["state"], running["report"], running["finished_at"]) == ("running", None, None)
    assert running["progress"] == {"done": 31, "total": 744, "unit": "hours"}
    report = {"changed_calls": 2, "models": [{"model": "gpt-4o", "before_usd": "0.3"}]}
    with control.database.session() as session:
        jobs.finish(session, job_id, "ann", report)

    done = ok(client.get(path))
    assert (done["state"], done["report"], done["progress"]["done"]) == ("done", report, 744)
    assert done["started_at"] <= done["finished_at"]


def test_what_a_worker_gets_is_what_was_asked(client: TestClient, control: Control) -> None:
    """The range in UTC, and what to work out anew: prices, unless spans are said."""
    start(client)
    with control.database.session() as session:
        job = jobs.claim(session, "ann")
    assert job is not None
    assert job.arguments == {
        "start": "2026-05-01T00:00:00+00:00",
        "end": "2026-06-01T00:00:00+00:00",
        "from": "prices",
    }


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"end": MAY["start"]}, "ends before it begins"),
        ({"start": "2026-05-01"}, "start"),
        ({"start": "2026-05-01T00:00:00"}, "start"),
        ({"from": "memory"}, "from"),
        ({"models": ["gpt-4o"]}, "models"),
    ],
)
def test_what_cannot_be_recosted_is_refused(
    client: TestClient, wrong: dict[str, Any], about: str
) -> None:
    """What to mend is said, and nothing waits."""
    assert about in refused(client.post("recosts", json={**MAY, **wrong}), 400)
    assert ok(client.get("recosts"))["recosts"] == []


def test_recosts_are_listed_the_newest_first(client: TestClient) -> None:
    """By pages; each once."""
    made = [start(client)["id"] for _ in range(3)]

    page = ok(client.get("recosts", params={"limit": 2}))
    rest = ok(client.get("recosts", params={"limit": 2, "cursor": page["next_cursor"]}))

    assert [r["id"] for r in [*page["recosts"], *rest["recosts"]]] == made[::-1]
    assert rest["next_cursor"] is None


def test_a_waiting_recost_is_cancelled_at_once(client: TestClient) -> None:
    """It has ended then: a second time there is nothing to cancel."""
    path = f"recosts/{start(client)['id']}"

    assert ok(client.post(f"{path}/cancel"))["state"] == "cancelled"
    assert "nothing to cancel" in refused(client.post(f"{path}/cancel"), 400)
    actions = [entry["action"] for entry in ok(client.get("audit"))["entries"]]
    assert actions[:2] == ["recost.cancel", "recost.start"]


def test_a_running_recost_is_asked_to_stop(client: TestClient, control: Control) -> None:
    """It still runs until its worker has seen it, and says that it is to stop."""
    path = f"recosts/{start(client)['id']}"
    job_id = claim(control)

    asked = ok(client.post(f"{path}/cancel"))
    assert (asked["state"], asked["cancel_asked"]) == ("running", True)
    with control.database.session() as session:
        assert not jobs.beat(session, job_id, "ann", done=1, total=2, unit="hours")
        jobs.stop(session, job_id, "ann")

    assert ok(client.get(path))["state"] == "cancelled"


def test_a_failed_recost_says_why(client: TestClient, control: Control) -> None:
    """The error is the worker's."""
    path = f"recosts/{start(client)['id']}"
    job_id = claim(control)
    with control.database.session() as session:
        jobs.fail(session, job_id, "ann", "the store was away for an hour")

    failed = ok(client.get(path))
    assert (failed["state"], failed["error"]) == ("failed", "the store was away for an hour")


def test_another_projects_recost_is_not_there(client: TestClient, project: str) -> None:
    """Neither to see nor to cancel; nor is one that never was."""
    made = start(client)["id"]
    elsewhere = {"x-groundwire-project": f"{project}-other"}

    refused(client.get(f"recosts/{made}", headers=elsewhere), 404)
    refused(client.post(f"recosts/{made}/cancel", headers=elsewhere), 404)
    refused(client.get("recosts/987654321"), 404)
    assert refused(client.get(f"recosts/{10**30}"), 400)
    assert ok(client.get(f"recosts/{made}"))["state"] == "queued"


def test_who_reads_watches_and_starts_none(client: TestClient, project: str) -> None:
    """A viewer sees progress and reports; an editor starts and cancels."""
    path = f"recosts/{start(client)['id']}"
    viewer = Caller("person", "1", "vi@example.com", {project: OF_ROLE[Role.VIEWER]})
    editor = Caller("person", "2", "ed@example.com", {project: OF_ROLE[Role.EDITOR]})

    with asking_as(viewer):
        assert ok(client.get(path))["state"] == "queued"
        refused(client.post("recosts", json=MAY), 403)
        refused(client.post(f"{path}/cancel"), 403)
    with asking_as(editor):
        assert start(client)["created_by"] == "ed@example.com"
        assert ok(client.post(f"{path}/cancel"))["state"] == "cancelled"


def test_a_range_may_be_all_of_time(client: TestClient) -> None:
    """Years that nothing can be stored of are cut off, whatever the zone; of a range of them alone nothing is left."""
    ever = {"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-14:00"}
    asked = start(client, **ever)
    assert (asked["start"], asked["end"]) == ("1970-01-01T00:00:00Z", "2106-01-01T00:00:00Z")
    never = {"start": "0001-01-01T00:00:00+14:00", "end": "1969-12-31T23:59:59Z"}
    assert "nothing can be stored" in refused(client.post("recosts", json=never), 400)
