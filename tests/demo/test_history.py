from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.capture import capture, truth
from demo.plan import DemoPlan
from tests.demo.seen import History, decode

SMALL = DemoPlan(seed=3, traces=60, backfill=timedelta(days=2))


def test_the_same_seed_and_moment_give_the_same_bytes(now: datetime) -> None:
    """A captured history can be made again, byte for byte, ids and times included."""
    assert list(capture(SMALL, now=now)) == list(capture(SMALL, now=now))


@pytest.mark.parametrize("other", ["seed", "moment"])
def test_ids_never_meet_between_two_runs(other: str, now: datetime) -> None:
    """Another seed, or the same seed at another time, shares no trace, span or response id."""
    plan = DemoPlan(seed=4, traces=60, backfill=timedelta(days=2)) if other == "seed" else SMALL
    moment = now if other == "seed" else now + timedelta(minutes=1)
    first, second = decode(capture(SMALL, now=now)), decode(capture(plan, now=moment))
    for key in ("trace_id", "span_id"):
        assert not {getattr(s, key) for s in first} & {getattr(s, key) for s in second}
    for key in ("gen_ai.request.id", "litellm.call_id", "gen_ai.conversation.id"):
        ids = [{s.attributes[key] for s in run if key in s.attributes} for run in (first, second)]
        assert ids[0]
        assert not ids[0] & ids[1]


def test_no_id_is_used_twice(history: History) -> None:
    """Every span has an id of its own."""
    assert len({span.span_id for span in history.spans}) == len(history.spans)


def test_the_planned_number_of_traces_lies_in_the_planned_time(
    history: History, plan: DemoPlan, now: datetime
) -> None:
    """The history holds exactly the planned traces, oldest first, all begun before now."""
    begins = [span.begin for span in history.spans if not span.parent_id]
    assert len(begins) == plan.traces
    assert [t.asked_at for t in history.truths] == sorted(t.asked_at for t in history.truths)
    assert min(begins) >= (now - plan.backfill).timestamp() * 1e9
    assert max(begins) <= now.timestamp() * 1e9


@pytest.mark.parametrize("traces", [0, 1, 2])
def test_tiny_histories_work(traces: int, now: datetime) -> None:
    """A history may have no trace at all, or one."""
    spans = decode(capture(DemoPlan(traces=traces), now=now))
    assert sum(not span.parent_id for span in spans) == traces


def test_traffic_follows_the_working_week(history: History) -> None:
    """Nights and week-ends are quiet."""
    times = [t.asked_at for t in history.truths]
    workdays = Counter(t.weekday() < 5 for t in times)
    assert workdays[True] > 6 * workdays[False]
    assert sum(9 <= t.hour < 17 for t in times) > 3 * sum(t.hour < 7 for t in times)


def test_conversations_repeat_their_history(history: History) -> None:
    """A later turn sends the earlier questions and answers along again, as chat apps do."""
    chats = [s for s in history.spans if s.name == "chat tide-answers"]
    sessions: dict[str, list[str]] = {}
    for chat in sorted(chats, key=lambda span: span.begin):
        sessions.setdefault(chat.attributes["gen_ai.conversation.id"], []).append(
            chat.attributes["gen_ai.input.messages"]
        )
    turns = max(sessions.values(), key=len)
    assert len(turns) >= 4
    assert turns[-1].count('"role":"user"') >= 4
    assert turns[-1].count('"role":"assistant"') >= 3


def test_spans_are_of_a_realistic_size(history: History) -> None:
    """A span weighs 1.3 to 2 KB on average, and a trace has about 16 of them."""
    size = sum(map(len, history.bodies)) / len(history.spans)
    assert 1_250 < size < 2_000
    assert 12 < len(history.spans) / len(history.truths) < 20


def test_a_moment_without_time_zone_is_refused() -> None:
    """A naive datetime would shift the history by the zone of the machine."""
    naive = datetime.now(UTC).replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        next(truth(SMALL, now=naive))


@pytest.mark.parametrize(
    "wrong", [{"traces": -1}, {"backfill": timedelta(seconds=1)}, {"live_rate": 0.0}]
)
def test_a_senseless_plan_is_refused(wrong: dict[str, Any]) -> None:
    """The plan says which of its figures is wrong."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DemoPlan(**wrong)
