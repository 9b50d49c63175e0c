"""Prompt versions and models compared from stored traces, and the verdicts of release pipelines."""

import random
from datetime import timedelta

import pytest

from analytics.comparison.compare import Measured, Sides, compare
from analytics.comparison.verdict import verdict
from analytics.outcomes import outcome_of
from storage import evaluations
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.outcomes import Where
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WHERE = Where(Window(from_unix_nano(NOON_NS), from_unix_nano(NOON_NS) + timedelta(hours=6)))
SIDES = Sides("prompt_version", "6", "7")
UNSUPPORTED = "evaluation.groundedness < 0.5"
_SECOND = 10**9


def fill(
    world: World, *, n: int = 400, rates: tuple[float, float] = (0.05, 0.3), seed: int = 1
) -> None:
    """Store traces of versions 6 and 7 by turns, with their share of unsupported answers; 7 is half as fast again."""
    rng = random.Random(seed)
    given = []
    for place in range(n):
        version = place % 2
        told = {"gen_ai.prompt.name": "answer", "gen_ai.prompt.version": str(6 + version)}
        tenant = {"tenant.id": "acme" if rng.random() < 0.3 else "globex"}
        seconds = rng.lognormvariate(0.5, 0.4) * (1.5 if version else 1)
        trace_id = world.ask(
            at_s=place, duration_ns=int(seconds * _SECOND), root={**told, **tenant}
        )
        score = 0.2 if rng.random() < rates[version] else 0.9
        given.append(Evaluation(name="groundedness", value=score, trace_id=trace_id))
    world.save()
    evaluations.write(world.engine, world.scope, given)


def compared(world: World, outcome: str, sides: Sides = SIDES, where: Where = WHERE) -> Measured:
    """Return a comparison."""
    return compare(world.engine, world.scope, where, sides, outcome_of(outcome))


def test_a_worse_version_is_told(world: World) -> None:
    """Six times as many unsupported answers: the difference, both intervals, and the verdict `worse`."""
    fill(world)
    found = compared(world, UNSUPPORTED)
    told = found.comparison
    assert (told.n_baseline, told.n_candidate, told.unit) == (200, 200, "share")
    assert told.baseline == pytest.approx(0.05, abs=0.04)
    assert told.candidate == pytest.approx(0.3, abs=0.08)
    assert told.difference is not None
    assert told.at_any_time is not None
    for interval in (told.difference, told.at_any_time):
        assert interval.low is not None
        assert 0 < interval.low < interval.value
    assert told.at_any_time.low < told.difference.low  # type: ignore[operator]
    assert {"feature", "model", "tenant_id", "day"} <= set(told.held_equal)
    assert verdict(found).status == "worse"
    assert verdict(found, 0.6).status == "not_worse"
    assert (
        verdict(compared(world, UNSUPPORTED, Sides("prompt_version", "7", "6"))).status == "better"
    )


def test_a_mean_score_is_worse_where_it_is_lower(world: World) -> None:
    """The same of the mean score: candidate less baseline is negative, and the verdict is `worse`."""
    fill(world)
    found = compared(world, "evaluation.groundedness")
    assert (found.comparison.unit, found.comparison.worse) == ("score", "lower")
    assert found.comparison.difference is not None
    assert found.comparison.difference.value == pytest.approx(-0.175, abs=0.06)
    assert found.comparison.difference.high is not None
    assert found.comparison.difference.high < 0
    assert verdict(found).status == "worse"


def test_latency_is_compared_by_ratio(world: World) -> None:
    """Half as slow again is a ratio of 1.5; a margin of 0.9 allows for it, one of 0.1 does not."""
    fill(world)
    found = compared(world, "latency")
    assert found.comparison.unit == "ratio"
    assert found.comparison.difference is not None
    assert found.comparison.difference.value == pytest.approx(1.5, abs=0.15)
    assert found.comparison.baseline == pytest.approx(1.65, abs=0.15)
    assert verdict(found, 0.1).status == "worse"
    assert verdict(found, 0.9).status == "not_worse"


def test_versions_that_are_alike_stay_undecided(world: World) -> None:
    """Without a difference nothing is claimed, and it is said how many more traces a margin would take."""
    fill(world, rates=(0.1, 0.1))
    told = verdict(compared(world, UNSUPPORTED), 0.05)
    assert told.status == "undecided"
    assert told.more_traces is not None
    assert told.more_traces > 100


def test_too_little_is_never_decided(world: World) -> None:
    """Before each side has fifty sessions there is no interval for any time, however large the difference."""
    fill(world, n=60, rates=(0.0, 1.0))
    found = compared(world, UNSUPPORTED)
    assert found.comparison.at_any_time is None
    assert verdict(found).status == "undecided"
    assert "50 sessions" in verdict(found).reason


def test_sides_without_traces_are_said(world: World) -> None:
    """A version that is not there gives an undecided verdict that names it."""
    fill(world, n=20)
    found = compared(world, "latency", Sides("prompt_version", "6", "8"))
    assert (found.comparison.n_baseline, found.comparison.n_candidate) == (10, 0)
    assert found.comparison.difference is None
    assert verdict(found).status == "undecided"
    assert "8" in verdict(found).reason


def test_models_are_compared_without_traces_of_both(world: World) -> None:
    """A trace that both models answered belongs to neither side."""
    both = ("gpt-4o", "gpt-4o-mini")
    for place in range(30):
        models = (both, both[:1], both[1:])[place // 10]
        top = world.traces.span("POST /chat", start_ns=NOON_NS + place * _SECOND)
        for model in models:
            world.traces.span(
                "chat", parent=top, gen_ai__operation__name="chat", gen_ai__request__model=model
            )
    world.save()
    found = compared(world, "latency", Sides("model", "gpt-4o", "gpt-4o-mini"))
    assert (found.comparison.n_baseline, found.comparison.n_candidate) == (10, 10)


def test_the_mix_is_held_equal(world: World) -> None:
    """A candidate that gets the harder tenant more often is not blamed for it."""
    rng = random.Random(5)
    given = []
    for place in range(600):
        version = place % 2
        is_hard = rng.random() < (0.8 if version else 0.2)
        told = {
            "gen_ai.prompt.name": "answer",
            "gen_ai.prompt.version": str(6 + version),
            "tenant.id": "hard" if is_hard else "easy",
        }
        trace_id = world.ask(at_s=place, root=told)
        bad = rng.random() < (0.4 if is_hard else 0.05)
        given.append(Evaluation(name="groundedness", value=0.1 if bad else 0.9, trace_id=trace_id))
    world.save()
    evaluations.write(world.engine, world.scope, given)
    found = compared(world, UNSUPPORTED)
    assert found.comparison.difference is not None
    assert abs(found.comparison.difference.value) < 0.08
    assert "tenant_id" in found.comparison.held_equal
    assert verdict(found).status == "undecided"


def test_one_after_the_other_is_said(world: World) -> None:
    """Versions that ran on different days are compared, with a warning."""
    for place in range(200):
        told = {"gen_ai.prompt.version": "6" if place < 100 else "7"}
        world.ask(at_s=place + (86400 if place >= 100 else 0), root=told)
    world.save()
    where = Where(Window(from_unix_nano(NOON_NS), from_unix_nano(NOON_NS) + timedelta(days=2)))
    found = compared(world, "latency", where=where)
    assert "side by side" in found.comparison.note
    assert "day" in found.comparison.not_held_equal


def test_what_makes_no_sense_is_refused(world: World) -> None:
    """Two sides that are one, a dimension that is none, an outcome that is none, a margin below nothing."""
    with pytest.raises(BadInput, match="the same"):
        Sides("model", "a", "a")
    with pytest.raises(BadInput, match="compared by"):
        Sides("tenant", "a", "b")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="two sides"):
        Sides("model", "a", "")
    for outcome in ("speed", "evaluation.", "evaluation.x < high"):
        with pytest.raises(BadInput):
            outcome_of(outcome)
    with pytest.raises(BadInput, match="margin"):
        verdict(compared(world, "latency"), -0.1)
