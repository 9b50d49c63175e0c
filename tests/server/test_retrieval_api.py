"""GET /retrieval, its documents, and the traces of a measure over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.analytics.retrieval.retrievals import Found, claim, judge, retrieve
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WINDOW = {"start": f"{NOON_NS}", "end": f"{NOON_NS + 4 * 3600 * 10**9}"}
A = Found("a", "Refunds take five working days.", 0.9)
B = Found("b", "Parcels are sent from Rotterdam every weekday evening.", 0.5)


def ask(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    """Return an answer about the window."""
    answer = client.get(path, params={**WINDOW, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_figures_lead_to_traces_and_documents(client: TestClient, world: World) -> None:
    """Each measure has its interval; the traces and documents behind it are listed by routes of their own."""
    good = retrieve(world, [A, B], root={"tenant.id": "acme"})
    bad = retrieve(world, [B, A], at_s=3700, root={"tenant.id": "globex"})
    world.save()
    judge(world, good, claim(0.9, 0))
    judge(world, bad, claim(0.1, 1), label="unsupported")

    found = ask(client, "retrieval", by="tenant_id", step="1h")

    measures = {one["measure"]: one for one in found["measures"]}
    used = measures["context_used"]
    assert (used["n"], used["value"]["value"], used["newest_noted"]) == (4, 0.25, [bad])
    assert used["value"]["low"] < 0.25 < used["value"]["high"]
    assert "low_score" not in measures
    by_tenant = [one for one in found["by"] if one["measure"] == "context_used"]
    assert {one["of"]: one["value"]["value"] for one in by_tenant} == {"acme": 0.5, "globex": 0.0}
    steps = [one["start"] for one in found["series"] if one["measure"] == "context_used"]
    assert [step[11:16] for step in steps] == ["12:00", "13:00"]
    assert found["retrievers"][0]["data_source"] == "kb"
    listed = ask(client, "retrieval/without_support/traces")
    assert [one["trace_id"] for one in listed["traces"]] == [bad]
    assert listed["next_cursor"] is None
    near = ask(client, "retrieval/documents", order="unsupported")["documents"]
    assert [one["name"] for one in near] == ["a"]


@pytest.mark.parametrize(
    ("path", "params", "status", "said"),
    [
        ("retrieval", {"by": "user"}, 400, "data_source"),
        ("retrieval", {"step": "soon"}, 400, "1h"),
        ("retrieval/documents", {"order": "best"}, 400, "unused"),
        ("retrieval/speed/traces", {}, 404, "context_used"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, path: str, params: dict[str, str], status: int, said: str
) -> None:
    """The error says what there is."""
    answer = client.get(path, params={**WINDOW, **params})
    assert answer.status_code == status
    assert said in answer.text
