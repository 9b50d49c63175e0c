from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from demo.back_office import QUALITY
from demo.capture import Truth, capture, truth
from demo.plan import DemoPlan
from demo.side_work import FEATURES, HELP_BOX, NOTES, TRIAGE, UNATTENDED, WEB_REPLY
from tests.demo.seen import SeenSpan, decode

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def side_plan() -> DemoPlan:
    """Return a plan of side work alone."""
    return DemoPlan(seed=5, traces=2_000, side_share=1.0)


@pytest.fixture(scope="module")
def truths(side_plan: DemoPlan, now: datetime) -> list[Truth]:
    """Return the truth about it."""
    return list(truth(side_plan, now=now))


@pytest.fixture(scope="module")
def spans(side_plan: DemoPlan, now: datetime) -> list[SeenSpan]:
    """Return its spans."""
    return decode(capture(side_plan, now=now))


def asked_before(truths: Sequence[Truth], of: str) -> int:
    """Count the help box's questions that agree in `of` with one of the same tenant less than a day before."""
    last: dict[tuple[str, str], datetime] = {}
    again = 0
    for row in truths:
        if row.feature == HELP_BOX:
            key = (row.tenant, getattr(row, of))
            again += key in last and row.asked_at - last[key] < DAY
            last[key] = row.asked_at
    return again


def test_the_planned_share_of_the_traces_is_side_work(now: datetime) -> None:
    """One trace in eight is side work, and a share of 0 leaves conversations alone."""
    rows = list(truth(DemoPlan(seed=2, traces=1_000), now=now))
    assert sum(row.feature in FEATURES for row in rows) == 120
    alone = truth(DemoPlan(seed=2, traces=200, side_share=0.0), now=now)
    assert not any(row.feature in FEATURES for row in alone)


def test_side_work_changes_nothing_in_the_conversations(now: datetime) -> None:
    """The same conversations are held with and without work beside them."""
    beside = truth(DemoPlan(seed=2, traces=250, side_share=0.2), now=now)
    alone = truth(DemoPlan(seed=2, traces=200, side_share=0.0), now=now)
    talks = [(t.asked_at, t.question, t.faults) for t in beside if t.feature not in FEATURES]
    assert talks == [(t.asked_at, t.question, t.faults) for t in alone]


def test_the_help_box_is_asked_the_same_again(truths: list[Truth]) -> None:
    """A fair share of its questions is repeated word for word, and as many again in other words."""
    asked = sum(row.feature == HELP_BOX for row in truths)
    word_for_word, in_any_words = asked_before(truths, "question"), asked_before(truths, "meaning")
    assert 0.2 < word_for_word / asked < 0.4
    assert 0.15 < (in_any_words - word_for_word) / asked < 0.4


def test_nobody_waits_for_nightly_work(spans: list[SeenSpan], truths: list[Truth]) -> None:
    """Its traces name no user and no session, and stream nothing; the website's name none either, but are requests."""
    feature_of = {row.trace_id: row.feature for row in truths}
    for span in spans:
        feature = feature_of[span.trace_id]
        if feature in UNATTENDED:
            assert not {"user.id", "gen_ai.conversation.id"} & span.attributes.keys()
            assert not span.attributes.get("gen_ai.request.stream")
        if not span.parent_id and feature == WEB_REPLY:
            assert span.name == "POST /web-reply"
            assert "user.id" not in span.attributes


def test_tickets_begin_with_the_same_handbook(spans: list[SeenSpan]) -> None:
    """It is more than a thousand tokens, and the large model caches nothing by itself."""
    calls = [s for s in spans if s.name == "chat claude-sonnet-4-5"]
    (handbook,) = {s.attributes["gen_ai.system_instructions"] for s in calls}
    assert len(handbook) / 4 > 1_500
    assert not any("gen_ai.usage.cache_read.input_tokens" in s.attributes for s in calls)
    gaps = sorted(s.begin for s in calls)
    near = sum(b - a < 300e9 for a, b in pairwise(gaps))
    assert near > 0.9 * (len(gaps) - 28)


def test_a_judge_finds_the_small_model_as_good_at_tickets_only(spans: list[SeenSpan]) -> None:
    """Its verdicts are about as often right as planned, by feature and model."""
    right: Counter[tuple[str, bool]] = Counter()
    judged: Counter[tuple[str, bool]] = Counter()
    for span in spans:
        for name, values in span.events:
            if name == "gen_ai.evaluation.result":
                key = (
                    str(span.attributes["feature.name"]),
                    str(span.attributes["gen_ai.request.model"]).endswith("-small"),
                )
                judged[key] += 1
                right[key] += values["gen_ai.evaluation.score.value"]
    assert set(judged) == set(QUALITY)
    assert {feature for feature, _ in judged} == {TRIAGE, NOTES}
    for key, quality in QUALITY.items():
        assert abs(right[key] / judged[key] - quality) < 4 * (0.25 / judged[key]) ** 0.5


@pytest.mark.parametrize("hours", [1, 6, 30])
def test_short_histories_have_side_work_too(hours: int, now: datetime) -> None:
    """All of it lies within the history, whatever its length."""
    plan = DemoPlan(seed=6, traces=200, side_share=1.0, backfill=timedelta(hours=hours))
    rows = list(truth(plan, now=now))
    assert {row.feature for row in rows} == set(FEATURES)
    assert all(now - plan.backfill <= row.asked_at <= now for row in rows)


def test_a_senseless_share_is_refused() -> None:
    """The plan says what is wrong."""
    with pytest.raises(ValueError, match="side_share"):
        DemoPlan(side_share=1.5)
