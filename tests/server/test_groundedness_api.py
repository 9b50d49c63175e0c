"""GET /groundedness over HTTP."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from storage import evaluations
from storage.evaluations import Evaluation
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WINDOW = {"start": f"{NOON_NS}", "end": f"{NOON_NS + 3600 * 10**9}"}


def ask(client: TestClient, **params: Any) -> dict[str, Any]:
    """Return an answer about the window."""
    answer = client.get("groundedness", params={**WINDOW, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_tells_rates_groups_and_agreement(client: TestClient, world: World) -> None:
    """Each judge has its rate and interval, the first also by step and group; two of them how far they agree."""
    given = []
    for place in range(24):
        trace_id = world.ask(at_s=place * 120, root={"feature.name": "search"})
        score = 0.1 if place < 6 else 0.9
        given += [
            Evaluation(name="groundedness", source="model", value=score, trace_id=trace_id),
            Evaluation(name="grounded", source="human", value=place >= 8, trace_id=trace_id),
        ]
    world.save()
    evaluations.write(world.engine, world.scope, given)

    found = ask(client, step_s=3600)

    assert [one["judge"] for one in found["judges"]] == ["groundedness:model", "grounded:human"]
    own = found["judges"][0]
    assert (own["kind"], own["now"]["traces"], own["before"]) == ("own_model", 24, None)
    assert own["now"]["rate"]["value"] == 0.25
    assert own["now"]["rate"]["low"] < 0.25 < own["now"]["rate"]["high"]
    assert [step["judged"]["traces"] for step in found["steps"]] == [24]
    (feature,) = (one for one in found["groups"] if one["by"] == "feature")
    assert (feature["value"], feature["judged"]["unsupported"]) == ("search", 6)
    (pair,) = found["agreement"]
    assert (pair["both"], pair["second_only"], pair["neither"]) == (6, 2, 16)
    assert pair["kappa"]["value"] == pytest.approx(0.8)
    assert ask(client, judge="grounded:human")["main"] == "grounded:human"


def test_says_what_is_wrong(client: TestClient) -> None:
    """A judge without a source, and a step that has no end, are told as such."""
    for wrong, why in (({"judge": "grounded"}, "groundedness:model"), ({"step_s": "1"}, "step")):
        answer = client.get("groundedness", params={**WINDOW, **wrong})
        assert answer.status_code == 400
        assert why in answer.text


def test_nobody_judged(client: TestClient) -> None:
    """Then there is nothing to tell, and no error."""
    found = ask(client)
    assert (found["judges"], found["main"], found["steps"], found["agreement"]) == ([], "", [], [])
