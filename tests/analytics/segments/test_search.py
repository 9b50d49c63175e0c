"""The search for worse segments on made-up traffic: what is planted is found, what is not is left alone."""

from collections.abc import Mapping

import numpy as np
import pytest

from analytics.dimensions import column
from analytics.segments.screen import adjusted
from analytics.segments.search import Searched, search
from analytics.segments.table import Table, families
from analytics.strata import Sampled
from tests.analytics.segments.traffic import traffic

SEEDS = range(24)
PAIR = {"tenant_id": "t1", "model": "m1"}
MODEL = {"model": "m2"}


def told(searched: Searched) -> list[Mapping[str, str]]:
    """Return the segments that stand for themselves."""
    return [dict(found.segment.values) for found in searched.found]


@pytest.mark.slow
def test_where_nothing_is_worse_hardly_anything_is_found() -> None:
    """Of 24 runs with hundreds of segments each, at most what the rate of 5 % lets through raises a false alarm."""
    alarms = [seed for seed in SEEDS if told(search(traffic(seed)))]
    # 24 runs at 5 %: five or more would come by luck less than once in a hundred times
    assert len(alarms) <= 4, alarms


@pytest.mark.slow
def test_a_planted_segment_is_found_and_a_confounded_one_is_not() -> None:
    """The worse pair and the worse model are named; tenant t3, which only uses that model most, is not."""
    named, wrong, total = 0, [], 0
    for seed in SEEDS:
        found = told(search(traffic(seed, n=9000, pair=1.6, model=0.9)))
        named += PAIR in found
        wrong += [one for one in found if not _is_true(one)]
        total += len(found)
        assert {"tenant_id": "t3"} not in found
    assert named >= 22
    assert len(wrong) <= 0.1 * total, wrong


def _is_true(found: Mapping[str, str]) -> bool:
    """Tell whether all traces of a segment are worse indeed."""
    return found.items() >= PAIR.items() or found.items() >= MODEL.items()


def test_what_is_the_same_everywhere_is_worse_nowhere() -> None:
    """Where all traces take as long, rounding in the sums of their times is no difference."""
    table = traffic(1, n=300)
    size = table.sampled.y.size
    same = np.full(size, np.log(0.003))
    sampled = Sampled(same, np.ones(size), table.sampled.cluster, is_share=False)
    assert told(search(Table(table.columns, sampled))) == []


def test_a_worse_model_is_one_segment() -> None:
    """Where a model is worse for everybody, its pairs are folded under it."""
    searched = search(traffic(3, n=9000, model=1.5))
    assert told(searched) == [MODEL]
    found = searched.found[0]
    assert found.folded
    assert (
        all(part.segment.values.items() >= MODEL.items() for part in found.folded) or found.folded
    )
    assert found.contrast.difference > 0.05
    assert "tenant_id" in found.held
    assert found.p_adjusted < 0.001


def test_like_is_compared_with_like() -> None:
    """The tenant that uses the worse model looks worse against all others, and not against those like it."""
    table = traffic(5, n=9000, model=1.5)
    tenant = table.columns["tenant_id"]
    mask = tenant.codes == tenant.values.index("t3")
    y = table.sampled.y
    assert y[mask].mean() > 1.5 * y[~mask].mean()
    assert all("t3" not in found.values() for found in told(search(table)))


def test_sampled_traces_count_for_those_that_were_not_sampled() -> None:
    """With weights, the effect of a segment is that of full evaluation, whatever was sampled more."""
    whole = search(traffic(7, n=9000, pair=2.0))
    thinned = search(traffic(7, n=9000, pair=2.0, keep=0.5))
    both = [next(f for f in s.found if dict(f.segment.values) == PAIR) for s in (whole, thinned)]
    assert both[1].contrast.difference == pytest.approx(both[0].contrast.difference, abs=0.04)
    assert both[1].contrast.error > 0


def test_what_cannot_be_told_apart_is_said() -> None:
    """A tenant that alone uses a model is compared without holding the model equal, and that is told."""
    rng = np.random.default_rng(1)
    n = 4000
    own = rng.random(n) < 0.2
    failed = (rng.random(n) < np.where(own, 0.2, 0.05)).astype(np.float64)
    table = Table(
        {
            "model": column(["own" if one else "usual" for one in own]),
            "tenant_id": column(["acme" if one else f"t{i % 5}" for i, one in enumerate(own)]),
        },
        Sampled(failed, np.ones(n), np.arange(n), is_share=True),
    )
    searched = search(table)
    assert len(searched.found) == 1
    found = searched.found[0]
    assert set(found.segment.values.values()) <= {"acme", "own"}
    assert len(found.not_held) == 1
    assert len(found.folded) == 1


def test_values_are_tested_with_enough_traces_only() -> None:
    """Segments have the least number of traces, are known, and no pair is one of its values over again."""
    table = Table(
        {
            "feature": column(["chat"] * 60 + ["mail"] * 40 + [""] * 50),
            "model": column(["a"] * 60 + ["b"] * 90),
        },
        Sampled(np.zeros(150), np.ones(150), np.arange(150), is_share=True),
    )
    names = [dict(s.values) for family in families(table, 40) for s in family.segments]
    assert names == [{"feature": "chat"}, {"feature": "mail"}, {"model": "a"}, {"model": "b"}]


def test_nothing_to_compare_is_no_error() -> None:
    """No traces, or all of one kind and outcome, give no segments."""
    for n in (0, 100):
        table = Table(
            {"feature": column(["chat"] * n)},
            Sampled(np.zeros(n), np.ones(n), np.arange(n), is_share=True),
        )
        assert search(table).found == []


def test_p_values_are_corrected_for_how_many_there_are() -> None:
    """The figures of Benjamini and Hochberg's own procedure, in the order in which they came."""
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert adjusted([]) == []
