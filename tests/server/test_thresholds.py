"""A project's threshold decides wherever a label does, at once and for what is stored already."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from storage import evaluations
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from storage.evaluations import Evaluation
from tests.callers import asking_as
from tests.world import NOON_NS, World
from ui.app import create_ui

pytestmark = pytest.mark.engine

WINDOW = {"start": f"{NOON_NS}", "end": f"{NOON_NS + 3600 * 10**9}"}
PAGE = {"from": f"{NOON_NS // 10**6}", "to": f"{NOON_NS // 10**6 + 3_600_000}"}
SCORES = [0.2, 0.55, 0.6, 0.65, 0.9]


@pytest.fixture
def judged(world: World) -> list[str]:
    """Store five traces that the evaluator of personal data judged, one half its threshold; return their ids."""
    ids = [world.ask(at_s=place) for place in range(len(SCORES))]
    world.save()
    given = [
        Evaluation(
            name="pii", value=score, label="found" if score >= 0.5 else "none", source="model", trace_id=one
        )
        for one, score in zip(ids, SCORES, strict=True)
    ]  # fmt: skip
    evaluations.write(world.engine, world.scope, given)
    return ids


def ask(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    """Return an answer about the window."""
    answer = client.get(path, params={**WINDOW, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def everywhere(client: TestClient) -> dict[str, int]:
    """Return how many traces are found, by each place that tells."""
    rate = ask(client, "evaluations/rates", name="pii")["rates"][0]
    outcome = ask(client, "segments", outcome="evaluation.pii = found")
    listed = ask(client, "traces", filter="evaluation.pii = found")["traces"]
    shown = ask(client, "traces", limit=50)["traces"]
    return {
        "rates": sum(one["count"] for one in rate["labels"] if one["label"] == "found"),
        "outcomes": round(outcome["overall"] * len(SCORES)),
        "filters": len(listed),
        "lists": sum(one["scores"]["pii"]["label"] == "found" for one in shown),
        "failures": ask(client, "failures")["failed"],
    }


@pytest.mark.usefixtures("judged")
def test_all_places_tell_the_same(client: TestClient) -> None:
    """Before a threshold is set, after, and after it was taken back."""
    assert set(everywhere(client).values()) == {4}
    for threshold, found in ((0.7, 1), (0.1, 5), (None, 4)):
        moved = client.put("evaluators/pii", json={"enabled": True, "threshold": threshold})
        assert moved.status_code == 200, moved.text
        assert everywhere(client) == dict.fromkeys(everywhere(client), found)


def test_the_page_previews_a_threshold(
    engine: Engine, control: Control, world: World, judged: list[str]
) -> None:
    """It says what would change, links to it, and refuses what is no threshold; a trace shows both labels."""
    pages = TestClient(create_ui(engine, Counters(), control), base_url="http://x/ui/data/")
    project = {"project": world.scope.project}
    with asking_as(LOCAL):
        preview = pages.get(
            "quality/evaluators/pii/preview", params={**project, **PAGE, "threshold": "0.7"}
        ).json()
        assert (preview["now"]["found"], preview["then"]["found"]) == (4, 1)
        assert preview["to_not_found"] == 3
        assert (
            preview["no_longer_query"]["filter"]
            == 'evaluation.pii = "found" and evaluation.pii < 0.7'
        )
        wrong = pages.get("quality/evaluators/pii/preview", params={**project, "threshold": "7"})
        assert wrong.status_code == 400
        assert "from 0 to 1" in wrong.text
        curve = pages.get("quality/evaluators/groundedness/calibration", params={**project, **PAGE})
        assert len(curve.json()["shipped"]) == 10
        shown = pages.get(f"evaluations/{judged[1]}", params=project).json()["evaluations"]
        assert [(one["label"], one["given"]) for one in shown] == [("found", "found")]
