"""GET /failures, /segments and /comparisons over HTTP."""

import random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from storage import evaluations
from storage.client import Engine
from storage.evaluations import Evaluation
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WINDOW = {"start": f"{NOON_NS}", "end": f"{NOON_NS + 12 * 3600 * 10**9}"}
SIDES = {"by": "prompt_version", "baseline": "6", "candidate": "7"}


def ask(client: TestClient, path: str, **params: Any) -> dict[str, Any]:
    """Return an answer about the window."""
    answer = client.get(path, params={**WINDOW, **params})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.fixture
def traffic(world: World) -> World:
    """Return a project in which one tenant has worse answers with one model, and version 7 is worse."""
    rng = random.Random(11)
    given = []
    for place in range(900):
        tenant = rng.choice(["acme", "globex", "initech"])
        model = rng.choice(["gpt-4o", "gpt-4o-mini"])
        version = rng.choice(["6", "7"])
        is_worse = tenant == "acme" and model == "gpt-4o-mini"
        bad = rng.random() < (0.45 if is_worse else 0.05) + (0.15 if version == "7" else 0)
        told = {
            "tenant.id": tenant,
            "gen_ai.prompt.name": "answer",
            "gen_ai.prompt.version": version,
        }
        call: dict[str, Any] = {"gen_ai.request.model": model}
        if place % 100 == 0:
            call["gen_ai.response.finish_reasons"] = '["length"]'
        trace_id = world.ask(at_s=place * 40, root=told, call=call)
        score = 0.2 if bad else 0.9
        given.append(Evaluation(name="groundedness", value=score, trace_id=trace_id))
    world.save()
    evaluations.write(world.engine, world.scope, given)
    return world


@pytest.mark.usefixtures("traffic")
def test_failures_lead_to_their_traces(client: TestClient) -> None:
    """Causes are counted, each lists its traces, and each trace shows where the evidence is."""
    found = ask(client, "failures", by="tenant_id")
    assert found["traces"] == 900
    causes = {cause["cause"]: cause for cause in found["causes"]}
    assert set(causes) == {"unsupported", "truncated"}
    assert causes["truncated"]["traces"] == 9
    assert found["failed"] == sum(cause["traces"] for cause in causes.values())
    assert causes["unsupported"]["by"][0]["value"] == "acme"
    listed = ask(client, "failures/truncated/traces", limit=5)
    assert len(listed["traces"]) == 5
    more = ask(client, "failures/truncated/traces", limit=5, cursor=listed["next_cursor"])
    assert len(more["traces"]) == 4
    assert more["next_cursor"] is None
    trace = listed["traces"][0]
    assert trace["causes"][0]["field"] == "finish_reasons"
    span = f"traces/{trace['trace_id']}/spans/{trace['causes'][0]['span_id']}"
    assert ask(client, span)["finish_reasons"] == "length"


@pytest.mark.usefixtures("traffic")
def test_segments_lead_to_their_traces(client: TestClient) -> None:
    """The planted pair is the surest, with its effect in shares, and its filter finds exactly its traces."""
    found = ask(client, "segments", outcome="evaluation.groundedness < 0.5")
    assert (found["unit"], found["looked_at"], found["traces"]) == ("share", 900, 900)
    pairs = [one["segment"] for one in found["segments"]]
    assert {"tenant_id": "acme", "model": "gpt-4o-mini"} in pairs
    assert {"prompt_version": "answer@7"} in pairs
    pair = found["segments"][pairs.index({"tenant_id": "acme", "model": "gpt-4o-mini"})]
    assert pair["effect"]["difference"]["low"] > 0.2
    assert "prompt_version" in pair["held_equal"]
    for one in (pair, found["segments"][pairs.index({"prompt_version": "answer@7"})]):
        listed = ask(client, "traces", filter=one["filter"], limit=1000)
        assert len(listed["traces"]) == one["traces"]
        ids = {trace["trace_id"] for trace in listed["traces"]}
        assert set(one["examples"]) <= ids


@pytest.mark.usefixtures("traffic")
def test_segments_of_every_outcome(client: TestClient) -> None:
    """Failures, latency, cost and mean scores are searched too; a score is worse where it is lower."""
    assert ask(client, "segments")["outcome"] == "failures"
    for outcome, unit in (("latency", "ratio"), ("cost", "ratio")):
        assert ask(client, "segments", outcome=outcome)["unit"] == unit
    scores = ask(client, "segments", outcome="evaluation.groundedness")
    assert (scores["unit"], scores["worse"]) == ("score", "lower")
    assert scores["segments"][0]["effect"]["difference"]["high"] < 0
    turned = ask(client, "segments", outcome="evaluation.groundedness", worse="higher")
    assert {"tenant_id": "acme", "model": "gpt-4o-mini"} not in [
        s["segment"] for s in turned["segments"]
    ]


@pytest.mark.usefixtures("traffic")
def test_a_pipeline_reads_the_status(client: TestClient) -> None:
    """The verdict says `worse` of version 7 with the numbers, and `undecided` where nothing can be said."""
    outcome = "evaluation.groundedness < 0.5"
    told = ask(client, "comparisons/verdict", **SIDES, outcome=outcome, margin=0.02)
    assert told["status"] == "worse"
    assert told["comparison"]["at_any_time"]["low"] > 0.02
    assert told["alpha"] == 0.05
    none = ask(client, "comparisons/verdict", **{**SIDES, "candidate": "9"}, outcome=outcome)
    assert none["status"] == "undecided"
    assert none["comparison"]["n_candidate"] == 0


@pytest.mark.usefixtures("traffic")
def test_outcomes_are_compared_side_by_side(client: TestClient) -> None:
    """One answer has failures, latency and cost; or those that are asked for."""
    found = ask(client, "comparisons", **SIDES)
    assert [one["outcome"] for one in found["comparisons"]] == ["failures", "latency", "cost"]
    failures = found["comparisons"][0]
    assert failures["difference"]["low"] > 0
    latency = found["comparisons"][1]
    assert latency["difference"]["low"] <= 1 <= latency["difference"]["high"]
    asked = ask(client, "comparisons", **SIDES, outcome=["evaluation.groundedness", "latency"])
    assert [one["outcome"] for one in asked["comparisons"]] == [
        "evaluation.groundedness",
        "latency",
    ]


@pytest.mark.parametrize(
    ("path", "params", "said"),
    [
        ("failures", {"by": "user"}, "by tenant_id"),
        ("segments", {"outcome": "speed"}, "evaluation"),
        ("comparisons", {**SIDES, "candidate": "6"}, "differ"),
        ("comparisons/verdict", {**SIDES, "outcome": "latency", "margin": -1}, "margin"),
        ("segments", {"false_discoveries": 2}, "false_discoveries"),
    ],
)
def test_what_makes_no_sense_is_refused(
    client: TestClient, path: str, params: dict[str, Any], said: str
) -> None:
    """The error says what to mend."""
    answer = client.get(path, params={**WINDOW, **params})
    assert answer.status_code == 400
    assert said in answer.text


def test_a_verdict_needs_a_start_that_stays(client: TestClient) -> None:
    """A window that moves with each question would break its promise."""
    answer = client.get("comparisons/verdict", params={**SIDES, "outcome": "latency"})
    assert answer.status_code == 400
    assert "start" in answer.text


def test_thresholds_of_the_project_decide(client: TestClient, world: World) -> None:
    """Where somebody moves an evaluator's threshold, failures and segments follow, whatever its label says."""
    for place in range(10):
        trace_id = world.ask(at_s=place)
        judged = Evaluation(name="groundedness", value=0.6, label="supported", trace_id=trace_id)
        evaluations.write(world.engine, world.scope, [judged])
    world.save()
    assert ask(client, "failures")["failed"] == 0
    moved = client.put("evaluators/groundedness", json={"enabled": True, "threshold": 0.7})
    assert moved.status_code == 200, moved.text
    assert [c["cause"] for c in ask(client, "failures")["causes"]] == ["unsupported"]
    assert len(ask(client, "failures/unsupported/traces")["traces"]) == 10
    assert ask(client, "segments")["overall"] == 1.0


def test_a_cause_that_is_none_is_not_found(client: TestClient) -> None:
    """Its error lists those that there are."""
    answer = client.get("failures/gremlins/traces", params=WINDOW)
    assert answer.status_code == 404
    assert "rate_limit" in answer.text


def test_a_project_without_traces_has_nothing(client: TestClient) -> None:
    """Every question has an empty answer, and none an error."""
    assert ask(client, "failures")["causes"] == []
    assert ask(client, "segments", outcome="evaluation.groundedness")["segments"] == []
    assert ask(client, "comparisons", **SIDES)["comparisons"][0]["difference"] is None


def test_sampled_evaluations_stand_for_the_others(
    engine: Engine, client: TestClient, world: World
) -> None:
    """A trace that was evaluated with a chance of one in four counts for four."""
    rows = []
    for place in range(120):
        trace_id = world.ask(at_s=place)
        probability, score = (1.0, 0.1) if place < 60 else (0.25, 0.9)
        rows.append(
            (world.scope.project, trace_id, "groundedness", f"e{place}", score, probability)
        )
    world.save()
    names = ["project_id", "trace_id", "name", "id", "score", "probability"]
    engine.client().insert("evaluation_versions", rows, column_names=names)
    found = ask(client, "segments", outcome="evaluation.groundedness < 0.5")
    assert found["overall"] == pytest.approx(60 / (60 + 240))


def test_confidence_is_told(client: TestClient, world: World) -> None:
    """How many traces send log-probabilities, how sure they were, and how those came out."""
    for place in range(20):
        world.ask(at_s=place, call={"gen_ai.response.mean_logprob": -0.2} if place < 5 else {})
    world.save()
    found = ask(client, "confidence")
    assert (found["traces"], found["with_confidence"], found["auroc"]) == (20, 5, None)
    step = next(step for step in found["steps"] if step["traces"])
    assert (step["low"], step["traces"], step["bad"]["value"]) == (0.8, 5, 0.0)
