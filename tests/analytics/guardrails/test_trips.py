"""Trip rates: of the app's guardrails and of ours, unbiased where only a sample was judged, against the time before."""

from datetime import UTC, datetime

import pytest

from analytics.guardrails.filters import of_trips
from analytics.guardrails.trips import GuardrailRate, report
from storage import guardrails
from storage.client import Engine
from storage.evaluators.thresholds import SetThreshold, store_thresholds
from storage.traces import list_traces
from tests.analytics.guardrails.scenes import HOUR, STEP, Scene, denied
from tests.world import NOON_NS

pytestmark = pytest.mark.engine

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def scene(engine: Engine, project: str) -> Scene:
    """Return an empty project."""
    return Scene(engine, project)


def rates(scene: Scene) -> dict[str, GuardrailRate]:
    """Return the guardrails of the hour by name."""
    found = report(scene.engine, scene.scope, HOUR, step=STEP)
    return {one.now.guardrail: one for one in found.guardrails}


def test_trips_of_the_app(scene: Scene) -> None:
    """A trace counts once for each guardrail; to say no and to change the text are trips, to break is none."""
    for second, verdict in enumerate(("deny", "allow", "modify", "allow")):
        scene.ask("hello", at_s=second, check=denied(verdict=verdict))
    broken = {
        "litellm.guardrail.name": "pii",
        "litellm.guardrail.status": "guardrail_failed_to_respond",
    }
    scene.ask("hello", at_s=10, check=broken)
    scene.ask("unchecked", at_s=11)
    scene.save()

    found = rates(scene)

    shield, pii = found["prompt-shield"].now, found["pii"].now
    assert (shield.source, shield.checked, shield.trips, shield.modifications) == ("app", 4, 2, 1)
    assert shield.rate.value == 0.5
    assert (pii.checked, pii.trips, pii.errors) == (1, 0, 1)


def test_sampled_findings_count_for_what_they_stand_for(scene: Scene) -> None:
    """Of traces of which one in ten was judged, each stands for ten, so that no rate leans to where more was judged."""
    all_judged = [scene.ask("a", at_s=n, tenant="small") for n in range(20)]
    one_in_ten = [scene.ask("b", at_s=30 + n, tenant="large") for n in range(20)]
    scene.save()
    scene.judge("pii", {t: 1.0 if n < 10 else 0.0 for n, t in enumerate(all_judged)})
    scene.judge(
        "pii", {t: 1.0 if n < 2 else 0.0 for n, t in enumerate(one_in_ten)}, probability=0.1
    )

    pii = rates(scene)["pii"].now

    assert (pii.source, pii.checked, pii.trips) == ("groundwire", 40, 12)
    assert pii.rate.value == pytest.approx((10 + 2 * 10) / (20 + 20 * 10))
    assert pii.rate.low is not None
    assert pii.rate.high is not None
    assert pii.rate.low < pii.rate.value < pii.rate.high


def test_the_projects_threshold_decides(scene: Scene) -> None:
    """What a project's threshold makes of a score is a trip, whatever the label was when it was judged."""
    ids = [scene.ask("a", at_s=n) for n in range(3)]
    scene.save()
    scene.judge("prompt_injection", dict(zip(ids, (0.3, 0.6, 0.9), strict=True)))
    assert rates(scene)["prompt_injection"].now.trips == 2

    strict = SetThreshold(scene.scope.project, "prompt_injection", 0.8, NOW)
    store_thresholds(scene.engine, [strict])

    assert rates(scene)["prompt_injection"].now.trips == 1


def test_refusals_are_no_trips(scene: Scene) -> None:
    """Evaluators that are no guardrails, and verdicts that tell nothing, are left out."""
    trace = scene.ask("a")
    scene.save()
    scene.judge("refusal", {trace: 1.0})
    assert rates(scene) == {}


def test_the_window_before_is_set_beside(scene: Scene) -> None:
    """A rate stands beside that of the same length of time before, and its change has an interval."""
    for n in range(40):
        scene.ask("before", at_s=-3000 + n, check=denied(verdict="deny" if n < 2 else "allow"))
        scene.ask("now", at_s=n * 60, check=denied(verdict="deny" if n < 20 else "allow"))
    scene.ask("now", at_s=5, check=denied("topic", "allow"))
    scene.save()

    found = rates(scene)

    shield = found["prompt-shield"]
    assert shield.before is not None
    assert shield.change is not None
    assert shield.change.value == pytest.approx(0.5 - 0.05)
    assert shield.change.low is not None
    assert shield.change.low > 0
    assert (found["topic"].before, found["topic"].change) == (None, None)
    steps = [(step.trips, step.checked) for step in shield.over_time]
    assert steps == [(10, 10), (10, 10), (0, 10), (0, 10)]
    assert shield.over_time[1].start.timestamp() * 10**9 == NOON_NS + 600 * 10**9


def test_trips_are_told_apart(scene: Scene) -> None:
    """By tenant, feature and model; the filter of each figure finds the traces that it counts."""
    scene.ask("a", at_s=1, check=denied())
    scene.ask("b", at_s=2, check=denied(verdict="allow"))
    scene.ask("c", at_s=3, tenant="", model="mistral", check=denied())
    scene.save()
    expected = {
        "tenant_id": {"acme": (1, 2), "": (1, 1)},
        "feature": {"help": (2, 3)},
        "model": {"gpt-4o": (1, 2), "mistral": (1, 1)},
    }
    for by in guardrails.BY:
        found = report(scene.engine, scene.scope, HOUR, step=STEP, by=by)
        assert {one.value: (one.trips, one.checked) for one in found.by} == expected[by]
        for one in found.by:
            listed = list_traces(
                scene.engine, scene.scope, window=HOUR, filter=of_trips(one, by), limit=10
            )
            assert len(listed.rows) == one.trips


def test_filters_narrow_what_is_counted(scene: Scene) -> None:
    """A filter of the page chooses the traces."""
    scene.ask("a", at_s=1, check=denied())
    scene.ask("c", at_s=3, tenant="birch", check=denied())
    scene.save()

    found = report(scene.engine, scene.scope, HOUR, step=STEP, filter="tenant_id = birch")

    assert [one.now.checked for one in found.guardrails] == [1]
