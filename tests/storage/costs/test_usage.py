"""What was used and spent, against sums of the same calls made one by one."""

import random
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from storage.client import Engine
from storage.costs import usage_sql
from storage.costs.coverage import coverage
from storage.costs.facts import FACTS
from storage.costs.rolling import ChangedHour, roll_up
from storage.costs.steps import cut, hour_of
from storage.costs.usage import Usage, UsageQuestion, usage
from storage.errors import BadInput
from storage.scope import Scope
from storage.window import Window
from tests.spend import Spend

pytestmark = pytest.mark.engine

FIRST = datetime(2025, 3, 28, 21, 7, tzinfo=UTC)
"""Two days before clocks go forward in Berlin."""
END = FIRST + timedelta(days=4)


@dataclass(frozen=True)
class Call:
    """A call as the test made it."""

    at: datetime
    usd: Decimal
    by: Mapping[str, str]


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


@pytest.fixture(scope="module")
def shop(engine: Engine) -> tuple[Spend, list[Call]]:
    """Return a project with calls, for tests that only ask."""
    spend = Spend(engine, f"p{uuid.uuid4().hex[:12]}")
    return spend, make(spend)


def make(spend: Spend, count: int = 150) -> list[Call]:
    """Store calls at random times over four days, of random tenants, features, users and sessions."""
    generator = random.Random(5)
    calls = []
    for _ in range(count):
        at = FIRST + timedelta(seconds=generator.randrange(4 * 86400))
        user = generator.randrange(6)
        by = {
            "tenant": f"t{user % 3}",
            "feature": generator.choice(["chat", "search", ""]),
            "user": f"u{user}",
            "session": generator.choice(["", f"s{user}-{at.day}"]),
        }
        usd = Decimal(generator.randrange(1, 10**6)) / 10**6
        calls.append(Call(at, usd, by))
        named = {"tenant__id": by["tenant"], "user__id": by["user"]}
        named |= {"feature__name": by["feature"]} if by["feature"] else {}
        named |= {"session__id": by["session"]} if by["session"] else {}
        spend.call(usd, at, **named)
    spend.save()
    return calls


def ask(spend: Spend, start: datetime = FIRST, end: datetime = END, **more: Any) -> Usage:
    """Ask about the project."""
    figures = ("cost_usd", "requests", "output_tokens")
    asked = UsageQuestion(start=start, end=end, **{"figures": figures, "limit": 500, **more})
    return usage(spend.engine, Scope(spend.project), asked)


def told(found: Usage) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Return requests and cost by values and step."""
    rows = {
        (*row.by.values(), row.time): (row.figures.requests, row.figures.cost_usd)
        for row in found.rows
        if row.figures.requests
    }
    assert sum(cost for _, cost in rows.values()) == found.totals.cost_usd
    return rows


def summed(
    calls: Sequence[Call], dimensions: Sequence[str], starts: Sequence[datetime] = ()
) -> dict[tuple[Any, ...], tuple[int, Decimal]]:
    """Return the same, one call at a time."""
    sums: dict[tuple[Any, ...], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for call in calls:
        step = max((start for start in starts if start <= call.at), default=None)
        key = (*(call.by[name] for name in dimensions), step)
        sums[key] = (sums[key][0] + 1, sums[key][1] + call.usd)
    return dict(sums)


@pytest.mark.parametrize(
    "dimensions",
    [(), ("tenant",), ("feature",), ("tenant", "user"), ("session",), ("user", "feature")],
)
def test_every_source_tells_the_same(
    shop: tuple[Spend, list[Call]], dimensions: tuple[str, ...]
) -> None:
    """Rollups of days, hours, sessions, and calls: each adds up to the last digit, with odd ends of the window."""
    spend, calls = shop
    start, end = FIRST + timedelta(minutes=31, microseconds=7), END - timedelta(minutes=400)
    inside = [call for call in calls if start <= call.at < end]

    found = ask(spend, start, end, group_by=dimensions)

    assert told(found) == summed(inside, dimensions)
    assert found.totals.requests == len(inside)
    assert found.totals.output_tokens == sum(call.usd for call in inside) * 10**6
    narrowed = ask(spend, start, end, group_by=dimensions, where={"tenant": ["t1", "t2"]})
    of_two = [call for call in inside if call.by["tenant"] != "t0"]
    assert told(narrowed) == summed(of_two, dimensions)


def test_long_windows_tell_the_same(
    shop: tuple[Spend, list[Call]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are too many hours to name, all are read but those that are read otherwise."""
    monkeypatch.setattr(usage_sql, "MOST_LISTED", 1)
    spend, calls = shop

    for step in (None, "day"):
        found = ask(spend, step=step, time_zone="Asia/Kolkata", group_by=("tenant",))
        starts = found.steps.starts if step else ()
        assert told(found) == summed(calls, ("tenant",), starts)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Chatham"])
@pytest.mark.parametrize("step", ["hour", "day", "week", "month", 3600, 86400, 420 * 60])
def test_steps_have_the_calls_that_began_in_them(
    shop: tuple[Spend, list[Call]], step: Any, zone: str
) -> None:
    """Of calendars in any time zone, over a change of the clock, and of any length."""
    spend, calls = shop

    found = ask(spend, step=step, time_zone=zone, group_by=("tenant",))

    assert told(found) == summed(calls, ("tenant",), found.steps.starts)
    series = ask(spend, step=step, time_zone=zone)
    assert [row.time for row in series.rows] == list(found.steps.starts)
    assert told(series) == summed(calls, (), found.steps.starts)


def test_steps_of_calendars_begin_at_local_midnight() -> None:
    """A day of 23 hours, weeks on Monday, months on their first day."""
    zone = ZoneInfo("Europe/Berlin")
    window = Window(FIRST, END)

    days = [start.astimezone(zone) for start in cut(window, "day", zone.key).starts]
    assert [(day.day, day.hour) for day in days] == [(d, 0) for d in (28, 29, 30, 31)] + [(1, 0)]
    lengths = [b.timestamp() - a.timestamp() for a, b in pairwise(days)]
    assert lengths == [86400, 86400, 23 * 3600, 86400]
    (week, _) = cut(window, "week", zone.key).starts
    assert week.astimezone(zone).isoformat() == "2025-03-24T00:00:00+01:00"
    months = [start.astimezone(zone) for start in cut(window, "month", zone.key).starts]
    assert [(month.month, month.day, month.hour) for month in months] == [(3, 1, 0), (4, 1, 0)]


def test_days_that_are_over_are_read_as_days(spend: Spend) -> None:
    """Whole days come from their own rollup; one that changed since from its hours, until it is rolled up again."""
    calls = make(spend)
    scope, steps = Scope(spend.project), cut(Window(FIRST, END), None)

    def days() -> list[int]:
        return [day.day for day in coverage(spend.engine, scope, "usage_by_hour", steps).days]

    assert days() == [29, 30, 31]
    total = sum(call.usd for call in calls)
    assert ask(spend).totals.cost_usd == total
    spend.call("5", datetime(2025, 3, 30, 12, 1, tzinfo=UTC))
    spend.save(rolled_up=False)
    assert days() == [29, 31]
    before = ask(spend)
    assert before.totals.cost_usd == total
    assert before.as_of < datetime.now(UTC) - timedelta(microseconds=1)
    spend.roll_up()
    assert days() == [29, 30, 31]
    assert ask(spend).totals.cost_usd == total + 5


def test_quantiles_are_within_one_percent(spend: Spend) -> None:
    """Of what requests cost, from rollups and from calls; exact ranks, those without a price left out."""
    costs = sorted(Decimal(1 + number**3) / 10**6 for number in range(80))
    for number, cost in enumerate(costs):
        spend.call(cost, FIRST + timedelta(minutes=37 * number), user__id=f"u{number % 2}")
    spend.call("9", FIRST, gen_ai__response__model="nobody-knows")
    spend.save()
    names = tuple(f"cost_per_request_p{level}_usd" for level in (50, 95, 99))

    totals = ask(spend, figures=names).totals
    by_user = ask(spend, figures=names, group_by=("user", "model")).totals

    assert totals.as_dict() == by_user.as_dict()
    for name, rank in zip(names, (40, 76, 80), strict=True):
        assert getattr(totals, name) == pytest.approx(float(costs[rank - 1]), rel=0.01)
    assert totals.unpriced_requests == 1
    assert totals.cost_per_request_usd == pytest.approx(float(sum(costs)) / 80)


@pytest.mark.parametrize("dimensions", [(), ("tenant",), ("feature",)])
def test_what_conversations_cost(
    shop: tuple[Spend, list[Call]], dimensions: tuple[str, ...]
) -> None:
    """A session is one conversation in every group and step that it has a call in; other calls are of none."""
    spend, calls = shop

    found = ask(spend, group_by=dimensions, with_conversations=True)

    costs: dict[tuple[str, ...], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for call in calls:
        if session := call.by["session"]:
            costs[tuple(call.by[name] for name in dimensions)][session] += call.usd
    for row in found.rows:
        of_sessions = sorted(costs[tuple(row.by.values())].values())
        assert row.figures.conversations == len(of_sessions)
        assert row.figures.conversation_cost_usd == sum(of_sessions)
        middle = float(of_sessions[-(-len(of_sessions) // 2) - 1])
        assert row.figures.cost_per_conversation_p50_usd == pytest.approx(middle)
    assert found.totals.conversations == len({call.by["session"] for call in calls} - {""})


def test_a_costing_is_seen_by_all_at_once(spend: Spend) -> None:
    """Until it is published the figures of before count in every table, from then on its own; cancelled, never."""
    calls = make(spend)
    double(spend, costing=7)
    total = sum(call.usd for call in calls)
    every = [(), ("tenant",), ("session",), ("user", "feature")]

    def totals() -> set[Decimal]:
        found = [ask(spend, FIRST + timedelta(minutes=1), group_by=by) for by in every]
        return {answer.totals.cost_usd for answer in found}

    assert totals() == {total}
    state(spend, 7, "abandoned")
    assert totals() == {total}
    state(spend, 7, "published")
    assert totals() == {2 * total}


def state(spend: Spend, costing: int, name: str) -> None:
    """Say how far a costing is."""
    spend.engine.client().insert(
        "costings", [[spend.project, costing, name]], column_names=["project_id", "id", "state"]
    )


def double(spend: Spend, costing: int) -> None:
    """Leave twice the cost beside every call's, as a costing does, and roll that up."""
    state(spend, costing, "running")
    client = spend.engine.client()
    doubled = ", ".join(f"now.{n} * 2" if n == "cost_usd" else f"now.{n}" for n in FACTS)
    client.command(
        f"INSERT INTO calls SELECT * REPLACE (settled_at + 1 AS settled_at, tuple({doubled}) AS next, "  # noqa: S608
        f"{costing} AS next_costing) FROM calls FINAL WHERE project_id = '{spend.project}'"
    )
    hours = client.query(
        f"SELECT DISTINCT hour FROM calls WHERE project_id = '{spend.project}'"  # noqa: S608
    ).result_rows
    found = sorted(hour_of(row[0].replace(tzinfo=UTC)) for row in hours)
    for month in (3, 4):
        changed = [ChangedHour(spend.project, hour, 0) for hour in found if hour.month == month]
        if changed:
            roll_up(spend.engine, spend.project, changed)


def test_groups_come_in_the_order_asked_for(spend: Spend) -> None:
    """The dearest first unless said; beyond the limit there are more, and totals have them."""
    for number, usd in enumerate(("1", "3", "2")):
        spend.call(usd, FIRST, tenant__id=f"t{number}")
        spend.call("0.1", FIRST + timedelta(days=1), tenant__id=f"t{number}")
    spend.save()

    def tenants(**more: Any) -> list[str]:
        return [row.by["tenant"] for row in ask(spend, group_by=("tenant",), **more).rows]

    assert tenants() == ["t1", "t2", "t0"]
    assert tenants(order="cost_usd") == ["t0", "t2", "t1"]
    assert tenants(order="-tenant") == ["t2", "t1", "t0"]
    assert tenants(limit=2, step="day") == ["t1", "t1", "t2", "t2"]
    found = ask(spend, group_by=("tenant",), limit=2, step="day")
    assert (found.has_more, [g.by["tenant"] for g in found.groups]) == (True, ["t1", "t2"])
    assert found.totals.cost_usd == Decimal("6.3")
    assert not ask(spend, group_by=("tenant",), limit=3).has_more


def test_a_figure_that_was_not_asked_for_is_not_there(spend: Spend) -> None:
    """Rather than 0."""
    make(spend, 1)

    with pytest.raises(AttributeError, match="input_tokens was not asked for"):
        _ = ask(spend).totals.input_tokens
    with pytest.raises(BadInput, match="no figure"):
        ask(spend, figures=("money",))


def test_nothing_was_used(spend: Spend) -> None:
    """An empty project has no groups, zero totals, and a row for every step."""
    found = ask(spend, group_by=("tenant",))
    assert (found.rows, found.totals.requests) == ([], 0)
    assert found.totals.cost_per_request_usd is None
    assert [row.figures.requests for row in ask(spend, step="day").rows] == [0] * 5
