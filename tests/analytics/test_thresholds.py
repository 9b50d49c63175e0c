"""What another threshold would change, and how scores are calibrated, by what people say of the same traces."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.calibration import calibration, shipped_curve
from analytics.intervals import Estimate
from analytics.thresholds import BINS, Preview, preview, read_scores
from storage import evaluations
from storage.evaluations import Evaluation
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from storage.outcomes import Where
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

NOON = from_unix_nano(NOON_NS)
WHERE = Where(Window(NOON, NOON + timedelta(hours=1)))


def judged(
    world: World,
    name: str,
    rows: Sequence[tuple[float | None, str, float]],
    people: dict[int, tuple[str, float | bool | str]] | None = None,
) -> list[str]:
    """Store a trace a row (score, label, probability of sampling) and what people say of some of them; return ids."""
    ids = [world.ask(at_s=place) for place in range(len(rows))]
    world.save()
    given = [
        EvaluatorEvaluation(
            trace_id=trace_id, score=score, label=label, explanation="", probability=probability, key=place + 1
        )
        for place, (trace_id, (score, label, probability)) in enumerate(zip(ids, rows, strict=True))
    ]  # fmt: skip
    write_evaluations(world.engine, world.scope, By(name, "1", "model"), given)
    said = [
        Evaluation(name=of, value=value, source="human", author="ann@example.com", trace_id=ids[place])
        for place, (of, value) in (people or {}).items()
    ]  # fmt: skip
    if said:
        evaluations.write(world.engine, world.scope, said)
    return ids


def value(found: Estimate | None) -> float:
    """Return a value that is there."""
    assert found is not None
    return found.value


def low(found: Estimate | None) -> float:
    """Return the lower end of an interval that is there."""
    assert found is not None
    assert found.low is not None
    return found.low


def told(world: World, name: str, present: float | None, wanted: float | None) -> Preview:
    """Return the preview of a threshold."""
    return preview(read_scores(world.engine, world.scope, WHERE, name), present, wanted)


def test_a_preview_counts_what_changes_sides(world: World) -> None:
    """A higher threshold of a detector finds less; the traces that change are those between the two."""
    ids = judged(
        world, "pii", [(0.1, "none", 1), (0.6, "found", 1), (0.75, "found", 1), (0.99, "found", 1)]
    )
    found = told(world, "pii", None, 0.8)
    assert (found.now.found, found.then.found) == (3, 1)
    assert (found.to_found, found.to_not_found) == (0, 2)
    assert [one.trace_id for one in found.no_longer_found] == [ids[2], ids[1]]
    assert not found.low_is_found
    assert found.boundary == pytest.approx(0.35)
    assert told(world, "pii", 0.8, 0.05).to_found == 3


def test_low_scores_are_what_groundedness_finds(world: World) -> None:
    """Raising its threshold calls more answers unsupported; what has no verdict is counted apart."""
    rows = [(0.2, "unsupported", 1.0), (0.7, "supported", 1.0), (0.9, "supported", 1.0)]
    judged(world, "groundedness", [*rows, (None, "no_contexts", 1.0), (0.1, "no_answer", 1.0)])
    found = told(world, "groundedness", None, 0.8)
    assert found.low_is_found
    assert (found.now.found, found.then.found, found.to_found) == (1, 2, 1)
    assert (found.judged, found.undecided) == (3, 2)
    assert found.other_labels == {"no_contexts": 1, "no_answer": 1}


def test_sampled_traces_count_for_those_they_stand_for(world: World) -> None:
    """A trace that was drawn with a chance of one in ten counts for ten, in counts, shares and histogram."""
    judged(world, "pii", [(0.9, "found", 0.1)] * 5 + [(0.1, "none", 1.0)] * 50)
    now = told(world, "pii", None, None).now
    assert now.found == 5
    assert value(now.share) == pytest.approx(0.5)
    assert value(now.traces) == pytest.approx(50)
    assert low(now.traces) < 50
    counts = told(world, "pii", None, None).histogram.counts
    assert len(counts) == BINS
    assert counts[BINS * 9 // 10] == pytest.approx(50)


def test_people_tell_precision_and_recall(world: World) -> None:
    """Of what a threshold finds the share that people find, and the reverse, with how many they labelled."""
    rows = [(0.9, "found", 1.0)] * 6 + [(0.6, "found", 1.0)] * 4 + [(0.1, "none", 1.0)] * 5
    people: dict[int, tuple[str, float | bool | str]] = {
        **dict.fromkeys(range(6), ("pii", True)),
        **dict.fromkeys(range(6, 9), ("pii", "none")),
        10: ("pii", "found"),
    }
    judged(world, "pii", rows, people)
    found = told(world, "pii", None, 0.8)
    now, then = found.now.people, found.then.people
    assert (now.n, now.positive, now.found) == (10, 7, 9)
    assert value(now.precision) == pytest.approx(6 / 9)
    assert value(then.precision) == 1.0
    assert low(then.precision) < 0.8
    assert value(then.recall) == pytest.approx(6 / 7)
    assert sum(found.histogram.found_by_people) == 7
    assert sum(found.histogram.not_found_by_people) == 3


def test_people_may_say_it_by_other_names(world: World) -> None:
    """Of groundedness, `hallucination` says the contrary and `faithfulness` the same; a tie says nothing."""
    rows = [(0.2, "unsupported", 1.0), (0.9, "supported", 1.0), (0.3, "unsupported", 1.0)]
    ids = judged(
        world, "groundedness", rows, {0: ("hallucination", True), 1: ("faithfulness", 1.0)}
    )
    tied = [
        Evaluation(name="grounded", value=value, source="human", author=author, trace_id=ids[2])
        for author, value in (("ann@example.com", True), ("bob@example.com", False))
    ]
    evaluations.write(world.engine, world.scope, tied)
    people = told(world, "groundedness", None, None).now.people
    assert (people.n, people.positive) == (2, 1)
    assert value(people.precision) == 1.0


def test_calibration_sets_scores_against_people(world: World) -> None:
    """Scores that are right show a small error, with labelled traces and an interval in every bin."""
    random = np.random.default_rng(7)
    scores = random.random(300)
    rows: list[tuple[float | None, str, float]] = [(float(s), "supported", 1.0) for s in scores]
    supported = random.random(300) < scores
    people: dict[int, tuple[str, float | bool | str]] = {
        place: ("groundedness", bool(is_so)) for place, is_so in enumerate(supported)
    }
    judged(world, "groundedness", rows, people)
    found = calibration(read_scores(world.engine, world.scope, WHERE, "groundedness"))
    assert (found.of, found.n, len(found.bins)) == ("supported", 300, 10)
    assert found.error is not None
    assert found.error_by_chance is not None
    assert found.error < 0.1
    assert sum(one.n for one in found.bins) == 300
    for one in found.bins:
        assert one.true.high is not None
        assert low(one.true) - 0.1 <= one.said <= one.true.high + 0.1


def test_few_labels_make_no_curve(world: World) -> None:
    """A handful of labels is counted and drawn as nothing."""
    judged(world, "pii", [(0.9, "found", 1.0)] * 3, {0: ("pii", True)})
    found = calibration(read_scores(world.engine, world.scope, WHERE, "pii"))
    assert (found.n, found.error, found.bins) == (1, None, [])


def test_the_shipped_curve_is_that_of_the_model_card() -> None:
    """It is there for groundedness alone, in bins of about equal mass."""
    curve = shipped_curve("groundedness")
    assert sum(one.mass for one in curve) == pytest.approx(1, abs=0.01)
    assert shipped_curve("pii") == []


def test_a_window_without_traces_has_nothing(world: World) -> None:
    """There is an empty answer and no error, also for a name that nobody knows."""
    later = datetime(2031, 1, 1, tzinfo=UTC)
    where = Where(Window(later, later + timedelta(hours=1)))
    found = preview(read_scores(world.engine, world.scope, where, "nobody"), None, 0.5)
    assert (found.judged, found.now.share, found.now.people.n) == (0, None, 0)
