"""What explains a change of spend: values of dimensions, alone and in pairs; parts that add up to the whole."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from storage.client import Engine
from storage.costs.movers import Change, Movement, MoversQuestion, before, movers
from storage.errors import BadInput
from storage.scope import Scope
from storage.window import Window
from tests.spend import Spend

pytestmark = pytest.mark.engine

MONDAY = datetime(2025, 6, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
LAST = MONDAY - timedelta(days=5)
THIS = MONDAY + timedelta(days=2)


@pytest.fixture
def spend(engine: Engine, project: str) -> Spend:
    """Return an empty project to spend in."""
    return Spend(engine, project)


def add(spend: Spend, at: datetime, count: int, usd: str, **attributes: Any) -> None:
    """Add calls of one price at one time."""
    for number in range(count):
        spend.call(usd, at + timedelta(seconds=number), **attributes)


def ask(spend: Spend, **more: Any) -> Movement:
    """Ask about the week and the one before it."""
    asked = MoversQuestion(now=WEEK, before=before(WEEK), **more)
    return movers(spend.engine, Scope(spend.project), asked)


def parts(change: Change) -> Mapping[str, Decimal]:
    """Return what a change is made of, without what is nothing."""
    found = {
        "volume": change.volume_usd,
        "rate": change.rate_usd,
        "new": change.new_usd,
        "gone": change.gone_usd,
    }
    assert sum(found.values()) == change.change_usd
    return {name: usd for name, usd in found.items() if usd}


def test_it_finds_the_tenant_that_explains_the_change(spend: Spend) -> None:
    """A tenant that makes more calls leads; those that stayed as they were are not blamed."""
    for tenant in ("acme", "beta", "gamma"):
        add(spend, LAST, 3, "1", tenant__id=tenant, feature__name="chat")
        add(spend, THIS, 3, "1", tenant__id=tenant, feature__name="chat")
    add(spend, THIS + timedelta(hours=1), 6, "1", tenant__id="acme", feature__name="chat")
    spend.save()

    found = ask(spend)

    assert found.total.change_usd == 6
    assert [change.by for change in found.leading] == [{"tenant": "acme"}]
    assert found.leading[0].change_usd == 6
    assert parts(found.leading[0]) == {"volume": 6}


def test_it_finds_a_pair_where_no_dimension_alone_explains(spend: Spend) -> None:
    """A tenant's growth in one feature, while it shrinks in another, is told as the pair."""
    for at, chat, search in ((LAST, 4, 9), (THIS, 14, 1)):
        add(spend, at, chat, "1", tenant__id="acme", feature__name="chat")
        add(spend, at + timedelta(hours=1), search, "1", tenant__id="acme", feature__name="search")
        add(spend, at + timedelta(hours=2), 14 - chat, "1", tenant__id="b", feature__name="chat")
    spend.save()

    found = ask(spend, dimensions=("tenant", "feature"))

    told = [dict(change.by) for change in found.leading]
    assert told[0] == {"tenant": "acme", "feature": "chat"}
    assert {"tenant": "b"} in told


def test_a_change_is_split_into_volume_rate_new_and_gone(spend: Spend) -> None:
    """More calls, dearer calls, calls that are new and such as are gone."""
    add(spend, LAST, 3, "1", tenant__id="more")
    add(spend, THIS, 5, "1", tenant__id="more")
    add(spend, LAST, 3, "1", tenant__id="dearer")
    add(spend, THIS, 3, "1.5", tenant__id="dearer")
    add(spend, THIS, 2, "0.7", tenant__id="new")
    add(spend, LAST, 2, "0.3", tenant__id="gone")
    add(spend, LAST, 3, "0.1", tenant__id="both")
    add(spend, THIS, 7, "0.09", tenant__id="both")
    spend.save()

    (by_tenant,) = ask(spend, dimensions=("tenant",)).by

    told = {change.by["tenant"]: parts(change) for change in by_tenant.changes}
    assert told == {
        "more": {"volume": 2},
        "dearer": {"rate": Decimal("1.5")},
        "new": {"new": Decimal("1.4")},
        "gone": {"gone": Decimal("-0.6")},
        "both": {"volume": Decimal("0.4"), "rate": Decimal("-0.07")},
    }
    assert by_tenant.rest is None


def test_the_parts_of_every_dimension_add_up_to_the_whole(spend: Spend) -> None:
    """Exactly, what is beyond the limit taken together; thirds of a cent lose nothing."""
    for number in range(7):
        attributes = {"tenant__id": f"t{number % 5}", "feature__name": f"f{number % 2}"}
        add(spend, LAST, 1 + number % 3, f"0.{number + 1:06d}", **attributes)
        add(spend, THIS, 1 + (number + 1) % 3, f"0.{3 * number + 1:06d}", **attributes)
    spend.save()

    found = ask(spend, dimensions=("tenant", "feature", "model"), limit=2)

    assert len(found.by) == 6
    for one in found.by:
        everything = [*one.changes, *([one.rest] if one.rest else [])]
        assert len(one.changes) <= 2
        assert sum(change.change_usd for change in everything) == found.total.change_usd
        assert sum(change.before.cost_usd for change in everything) == found.total.before.cost_usd
        assert all(parts(change) is not None for change in everything)


def test_windows_may_lie_apart(spend: Spend) -> None:
    """What lies between counts for neither; both ends are exact to the second."""
    spend.call("1", WEEK.start - timedelta(days=364))
    spend.call("2", WEEK.start - timedelta(days=3))
    spend.call("4", WEEK.start + timedelta(minutes=90))
    spend.call("8", WEEK.start + timedelta(minutes=91))
    spend.save()
    now = Window(WEEK.start, WEEK.start + timedelta(minutes=91))
    year = timedelta(days=364)

    asked = MoversQuestion(now=now, before=Window(now.start - year, now.end - year))
    total = movers(spend.engine, Scope(spend.project), asked).total

    assert total.before.cost_usd == 1
    assert total.now.cost_usd == 4


def test_nothing_moved(spend: Spend) -> None:
    """A project without calls has a change of nothing, and nobody who explains it."""
    found = ask(spend)

    assert found.total.change_usd == 0
    assert found.leading == []


def test_windows_that_overlap_are_refused(spend: Spend) -> None:
    """The answer says how they have to lie."""
    with pytest.raises(BadInput, match="overlap"):
        movers(spend.engine, Scope(spend.project), MoversQuestion(now=WEEK, before=WEEK))
