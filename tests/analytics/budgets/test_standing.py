"""Which budgets a call counts against, how they stand, and what is held of them."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.budgets import checking
from analytics.budgets import holds as held
from analytics.budgets.checking import Desk
from analytics.budgets.holds import HOLD_S, Holds
from analytics.budgets.periods import period_at
from analytics.budgets.spending import Spent
from analytics.budgets.standing import Book, Standing, State, Terms

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = period_at("day", "UTC", NOON)


def terms(name: str = "b", **more: Any) -> Terms:
    """Return an enforced budget of 10 USD a day."""
    usual: dict[str, Any] = {
        "id": name,
        "name": name,
        "dimension": "project",
        "value": "",
        "period": "day",
        "time_zone": "UTC",
        "limit_usd": Decimal(10),
        "warn_at": Decimal("0.8"),
        "enforce": True,
    }
    return Terms(**{**usual, **more})


def standing(spent: str, held: str = "0", **more: Any) -> Standing:
    """Return how a budget stands of which so much is spent and held."""
    return Standing(terms(**more), "", DAY, Spent(Decimal(spent), 1), Decimal(held))


def against(book: Book, **call: str) -> list[tuple[str, str]]:
    """Return the names of the budgets that a call counts against, with whose they are."""
    return [(found.name, value) for found, value in book.against(call)]


@pytest.mark.parametrize(
    ("spent", "state"),
    [
        ("0", State.OK),
        ("7.999999999999", State.OK),
        ("8", State.WARN),
        ("9.999999999999", State.WARN),
        ("10", State.EXCEEDED),
        ("12", State.EXCEEDED),
    ],
)
def test_states_begin_exactly_at_their_share(spent: str, state: State) -> None:
    """Of the limit: not a digit earlier."""
    assert standing(spent).state is state


@pytest.mark.parametrize(
    ("spent", "held", "estimate", "allowed"),
    [
        ("9", "0", "1", True),
        ("9", "0", "1.000000000001", False),
        ("9", "0.5", "0.5", True),
        ("9", "0.5", "0.6", False),
        ("9", "1", "0", False),
        ("10", "0", "0", False),
        ("9.99", "0", "0", True),
    ],
)
def test_a_call_is_allowed_while_it_fits(
    *, spent: str, held: str, estimate: str, allowed: bool
) -> None:
    """What is spent, held and expected may reach the limit and not pass it; once it is reached, nothing more."""
    assert standing(spent, held).allows(Decimal(estimate)) is allowed
    assert standing(spent, held, enforce=False).allows(Decimal(estimate))


def test_what_remains_is_never_less_than_nothing() -> None:
    """Also where more was spent than the limit."""
    assert standing("9", "0.25").remaining_usd == Decimal("0.75")
    assert standing("12").remaining_usd == 0


def test_a_call_counts_against_its_project_tenant_feature_and_tier() -> None:
    """Named budgets and those of each; a tenant of ones own takes the place of each for the same period only."""
    book = Book(
        NOON,
        (
            terms("all"),
            terms("each", dimension="tenant", value="*"),
            terms("each month", dimension="tenant", value="*", period="month"),
            terms("acme", dimension="tenant", value="acme"),
            terms("chat", dimension="feature", value="chat"),
            terms("tiers", dimension="user_tier", value="*"),
        ),
        {},
    )

    assert against(book) == [("all", "")]
    assert against(book, tenant="acme") == [("all", ""), ("acme", "acme"), ("each month", "acme")]
    assert against(book, tenant="b") == [("all", ""), ("each", "b"), ("each month", "b")]
    assert against(book, feature="chat", user_tier="free") == [
        ("all", ""),
        ("chat", "chat"),
        ("tiers", "free"),
    ]
    assert against(book, feature="other") == [("all", "")]
    # A tenant that is really called so is one of each, not the budget of each itself.
    assert against(book, tenant="*") == [("all", ""), ("each", "*"), ("each month", "*")]


def test_what_was_spent_yesterday_is_not_todays() -> None:
    """A book of the last minute before midnight says nothing was spent in the day that has begun since."""
    found = terms()
    book = Book(
        DAY.end - timedelta(minutes=1), (found,), {("project", DAY): {"": Spent(Decimal(4), 2)}}
    )
    tomorrow = period_at("day", "UTC", DAY.end)

    assert book.spent(found, "", DAY).usd == 4
    assert book.spent(found, "", tomorrow).usd == 0
    assert [s.spent.usd for s in book.standings(found, DAY.end)] == [0]


def test_holds_end_in_the_order_in_which_they_began() -> None:
    """By time, or as many as calls have shown up; other budgets' holds stay."""
    holds = Holds()
    holds.hold([("a", ""), ("b", "x")], Decimal(1), at=0)
    holds.hold([("a", "")], Decimal(2), at=10)
    holds.hold([("a", "")], Decimal(4), at=20)

    assert holds.held(("a", ""), at=20) == 7
    holds.release(("a", ""), 1)
    assert holds.held(("a", ""), at=20) == 6
    assert holds.held(("a", ""), at=10 + HOLD_S) == 4
    assert holds.held(("b", "x"), at=HOLD_S - 1) == 1
    holds.release(("a", ""), 100)
    assert holds.held(("a", ""), at=11 + HOLD_S) == 0
    assert holds.keys(at=HOLD_S) == []


def test_so_much_is_held_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up tenants cannot fill the memory; what ends leaves room for others."""
    monkeypatch.setattr(held, "MAX_HOLDS", 3)
    holds = Holds()
    for number in range(10):
        holds.hold([("each", f"tenant {number}")], Decimal(1), at=number)
    assert len(holds.keys(at=10)) == 3

    holds.release(("each", "tenant 0"), 1)
    holds.hold([("each", "a"), ("all", "")], Decimal(1), at=11)
    assert len(holds.keys(at=11)) == 2
    assert holds.keys(at=1 + HOLD_S) == [("each", "tenant 2")]
    holds.hold([("each", "a"), ("all", "")], Decimal(1), at=1 + HOLD_S)
    assert len(holds.keys(at=1 + HOLD_S)) == 3


def spent_book(at: datetime, calls: int, **more: Any) -> Book:
    """Return a book of one budget of which so many calls of a dollar were made."""
    found = terms("all", **more)
    spent = {(found.dimension, found.window(at)): {"": Spent(Decimal(calls), calls)}}
    return Book(at, (found,), spent)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it noon of the day that the books here are of."""
    monkeypatch.setattr(checking, "now", lambda: NOON)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Let threads take turns as often as they can, so that what is not guarded goes wrong."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("today", "hasty")
def test_threads_hold_no_more_than_there_is() -> None:
    """Exactly as many pass as the limit has room for, also while the book is renewed; forty times over."""
    for _ in range(40):
        desk = Desk()
        desk.renew(spent_book(NOON, 3))

        def ask(number: int, desk: Desk = desk) -> bool:
            if number % 20 == 0:
                desk.renew(spent_book(NOON, 3))
            return desk.check({}, estimate_usd=Decimal("0.3"), hold=True).allowed

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(ask, range(100)))

        assert found.count(True) == 23  # floor((10 - 3) / 0.3)
        assert desk.check({}).standings[0].held_usd == Decimal("6.9")


@pytest.mark.usefixtures("today")
def test_each_call_that_shows_up_ends_one_hold() -> None:
    """Whatever it cost: a hold is for one call; what was there before does not end any."""
    desk = Desk()
    desk.renew(spent_book(NOON, 3))
    for _ in range(3):
        assert desk.check({}, estimate_usd=Decimal(2), hold=True).allowed
    assert desk.check({}).standings[0].held_usd == 6
    assert not desk.check({}, estimate_usd=Decimal(2)).allowed

    desk.renew(spent_book(NOON, 3))
    assert desk.check({}).standings[0].held_usd == 6
    desk.renew(spent_book(NOON, 5))

    (after,) = desk.check({}).standings
    assert after.spent.usd == 5
    assert after.held_usd == 2


@pytest.mark.usefixtures("today")
def test_figures_of_another_budget_end_no_hold() -> None:
    """A budget that is changed into one of another thing, or was not there, has no calls that have just shown up."""
    desk = Desk()
    desk.renew(spent_book(NOON, 0))
    desk.check({}, estimate_usd=Decimal(2), hold=True)

    desk.renew(Book(NOON, (), {}))
    desk.renew(spent_book(NOON, 5))

    assert desk.check({}).standings[0].held_usd == 2


@pytest.mark.usefixtures("today")
def test_figures_that_shrink_end_no_hold() -> None:
    """Calls are counted anew when it turns out that two reports were of one."""
    desk = Desk()
    desk.renew(spent_book(NOON, 5))
    desk.check({}, estimate_usd=Decimal(2), hold=True)

    desk.renew(spent_book(NOON, 4))

    assert desk.check({}).standings[0].held_usd == 2
