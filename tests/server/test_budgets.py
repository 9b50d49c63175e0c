"""Budgets over the API: made and changed, how they stand, where they head, and whether a call may be made."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest
from clickhouse_connect.driver.exceptions import OperationalError
from fastapi.testclient import TestClient

from analytics.budgets import checking, holds, reading, watching
from analytics.budgets.periods import period_at
from storage.control import audit
from storage.control.access import LOCAL, OF_KEY_SCOPE, OF_ROLE, Caller, KeyScope, Role
from storage.control.control import Control
from storage.control.models import now
from storage.costs import costing as costings
from tests.callers import asking_as
from tests.engine import wait_until
from tests.spend import Spend, noon_zone

pytestmark = pytest.mark.engine


def ok(answer: Any, status: int = 200) -> Any:
    """Return the JSON of an answer, its amounts as decimals, after a look at its status."""
    assert answer.status_code == status, answer.text
    return answer.json(parse_float=Decimal)


def refused(answer: Any, status: int) -> str:
    """Return what a refusal says."""
    assert answer.status_code == status, answer.text
    return f"{answer.json()['error']['message']} {answer.json()['error']['hint']}"


def make(client: TestClient, **more: Any) -> dict[str, Any]:
    """Make a budget of the day, in a zone in which it is noon."""
    sent = {"name": "All", "period": "day", "time_zone": noon_zone(), "limit_usd": 10, **more}
    return dict(ok(client.post("budgets", json=sent), 201))


def check(client: TestClient, **asked: Any) -> dict[str, Any]:
    """Ask whether a call may be made."""
    return dict(ok(client.get("budgets/check", params=asked)))


def names(verdict: dict[str, Any]) -> list[str]:
    """Return the names of the budgets that a call counts against."""
    return sorted(budget["name"] for budget in verdict["budgets"])


def test_a_budget_is_made_listed_changed_and_removed(client: TestClient) -> None:
    """It comes back as it was sent; a change leaves the rest alone; removed, it is not there."""
    made = make(client, name="Acme", dimension="tenant", value="acme", limit_usd="0.100000000001")

    (listed,) = ok(client.get("budgets"))["budgets"]
    assert (listed["id"], listed["value"]) == (made["id"], "acme")
    assert (listed["limit_usd"], listed["warn_at"]) == (Decimal("0.100000000001"), Decimal("0.8"))
    changed = ok(client.patch(f"budgets/{made['id']}", json={"limit_usd": 3, "enforce": True}))
    assert (changed["limit_usd"], changed["enforce"], changed["name"]) == (3, True, "Acme")
    ok(client.delete(f"budgets/{made['id']}"))
    assert ok(client.get("budgets"))["budgets"] == []
    refused(client.get(f"budgets/{made['id']}"), 404)
    refused(client.patch(f"budgets/{made['id']}", json={}), 404)
    refused(client.delete(f"budgets/{made['id']}"), 404)


def test_what_cannot_be_a_budget_is_refused(client: TestClient) -> None:
    """The answer says what to mend."""
    sent = {"name": "All", "period": "day", "limit_usd": 10}

    assert "limit_usd" in refused(client.post("budgets", json={"name": "x", "period": "day"}), 400)
    assert "period" in refused(client.post("budgets", json={**sent, "period": "week"}), 400)
    assert "more than 0" in refused(client.post("budgets", json={**sent, "limit_usd": 0}), 400)
    assert "Europe/Berlin" in refused(client.post("budgets", json={**sent, "time_zone": "x"}), 400)
    assert "limit" in refused(client.post("budgets", json={**sent, "limit": 3}), 400)
    for wrong in ("-1", "NaN", "Infinity", "1e-13", "1000001", "much"):
        assert "estimate_usd" in refused(
            client.get("budgets/check", params={"estimate_usd": wrong}), 400
        )


def test_every_change_is_in_the_audit_log(client: TestClient, control: Control) -> None:
    """Who made, changed and removed a budget, and what it was then."""
    budget = make(client)["id"]
    ok(client.patch(f"budgets/{budget}", json={"limit_usd": 20}))
    ok(client.delete(f"budgets/{budget}"))

    with control.database.reading() as session:
        entries = [e for e in audit.entries(session, None) if e.target == budget]
    assert [(e.action, e.actor, e.detail["limit_usd"]) for e in reversed(entries)] == [
        ("budget.create", "local", "10"),
        ("budget.change", "local", "20"),
        ("budget.remove", "local", "20"),
    ]


def test_it_tells_what_was_spent_to_the_last_digit(client: TestClient, spend: Spend) -> None:
    """Of the project, the tenant, the feature and the tier, each by itself; states go by what was spent."""
    for _ in range(3):
        spend.call("0.1", tenant__id="acme", feature__name="chat", user__tier="free")
    spend.call("0.000001", tenant__id="other", feature__name="chat")
    spend.save()
    make(client, name="All", limit_usd=10)
    make(client, name="Tenants", dimension="tenant", value="*", limit_usd="0.35")
    make(client, name="Chat", dimension="feature", value="chat", limit_usd="0.300001")
    make(client, name="Tiers", dimension="user_tier", value="*", limit_usd=1, period="month")

    found = check(client, tenant="acme", feature="chat", user_tier="free")

    by_name = {budget["name"]: budget for budget in found["budgets"]}
    told = {name: (b["spent_usd"], b["remaining_usd"], b["state"]) for name, b in by_name.items()}
    assert told == {
        "All": (Decimal("0.300001"), Decimal("9.699999"), "ok"),
        "Tenants": (Decimal("0.3"), Decimal("0.05"), "warn"),
        "Chat": (Decimal("0.300001"), 0, "exceeded"),
        "Tiers": (Decimal("0.3"), Decimal("0.7"), "ok"),
    }
    assert {name: b["value"] for name, b in by_name.items()} == {
        "All": "", "Tenants": "acme", "Chat": "chat", "Tiers": "free"
    }  # fmt: skip
    assert (found["allowed"], found["stale"]) == (True, False)
    day = period_at("day", noon_zone(), now())
    assert by_name["All"]["resets_at"].startswith(day.end.strftime("%Y-%m-%dT%H:%M:%S"))


def test_only_what_is_enforced_denies(client: TestClient, spend: Spend) -> None:
    """A limit that is spent denies, if it is enforced; so does an estimate that would go beyond, and none that fits."""
    spend.call("0.9", tenant__id="acme")
    spend.save()
    warns = make(client, name="Warns", limit_usd="0.5")
    denies = make(client, name="Denies", dimension="tenant", value="*", limit_usd=1, enforce=True)

    assert check(client, tenant="acme")["allowed"]
    assert check(client, tenant="acme", estimate_usd="0.1")["allowed"]
    beyond = check(client, tenant="acme", estimate_usd="0.100000000001")
    assert (beyond["allowed"], beyond["denied_by"]) == (False, [denies["id"]])
    assert check(client, tenant="other", estimate_usd="1")["allowed"]
    assert check(client, estimate_usd="100")["allowed"]
    ok(client.patch(f"budgets/{warns['id']}", json={"enforce": True}))
    assert check(client)["denied_by"] == [warns["id"]]


def test_a_budget_of_ones_own_takes_the_place_of_each(client: TestClient, spend: Spend) -> None:
    """For the same period; an unnamed or literally named `*` tenant has none of either."""
    spend.call("3", tenant__id="acme")
    spend.call("1", tenant__id="other")
    spend.save()
    each = make(client, name="Each", dimension="tenant", value="*", limit_usd=2, enforce=True)
    make(client, name="Each month", dimension="tenant", value="*", period="month")
    make(client, name="Acme", dimension="tenant", value="acme", limit_usd=5, enforce=True)

    acme, other = check(client, tenant="acme"), check(client, tenant="other")

    assert (names(acme), acme["allowed"]) == (["Acme", "Each month"], True)
    assert (names(other), other["allowed"]) == (["Each", "Each month"], True)
    assert names(check(client)) == []
    listed = {b["name"]: b for b in ok(client.get("budgets"))["budgets"]}
    assert [s["value"] for s in listed["Each"]["standings"]] == ["other"]
    assert [s["value"] for s in listed["Each month"]["standings"]] == ["acme", "other"]
    assert each["id"] == listed["Each"]["id"]


def test_what_is_spent_shows_within_seconds(client: TestClient, spend: Spend) -> None:
    """A budget that a stored call exceeds denies the next one, without anybody doing anything."""
    make(client, limit_usd=1, enforce=True)
    assert check(client)["allowed"]

    spend.call("1")
    spend.save()

    wait_until(lambda: not check(client)["allowed"], what="a denial")


def test_only_the_period_under_way_counts(client: TestClient, spend: Spend) -> None:
    """Yesterday's spend is not today's; the first and last moments of a day are of that day."""
    zone = noon_zone()
    today = period_at("day", zone, now())
    spend.call("1", today.start - timedelta(microseconds=1))
    spend.call("2", today.start)
    spend.save()
    make(client)

    (budget,) = check(client)["budgets"]
    assert budget["spent_usd"] == 2


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham"])
def test_a_day_may_begin_within_an_hour(client: TestClient, spend: Spend, zone: str) -> None:
    """In zones at :30 and :45, the calls of the hour that is cut count by when they began."""
    month = period_at("month", zone, now())
    assert month.start.minute in (15, 30, 45)
    spend.call("1", month.start - timedelta(seconds=1))
    spend.call("2", month.start)
    spend.call("4", month.start + timedelta(minutes=10))
    spend.call("8", month.start + timedelta(hours=1))
    spend.save()
    make(client, period="month", time_zone=zone)

    (budget,) = check(client)["budgets"]
    assert budget["spent_usd"] == 14


def test_a_re_costing_counts_once_it_is_published(client: TestClient, spend: Spend) -> None:
    """Not before, and then all of it: in rollups, and in the hour that midnight cuts."""
    month = period_at("month", "Asia/Kolkata", now())
    spend.call("1", month.start + timedelta(minutes=10))
    spend.call("1")
    spend.save()
    make(client, period="month", time_zone="Asia/Kolkata")
    assert check(client)["budgets"][0]["spent_usd"] == 2

    spend.price(times=3)
    start, end = month.start - timedelta(hours=1), now() + timedelta(hours=1)
    costing = costings.Costing(spend.project, 7, start, end, "prices")
    costings.begin(spend.engine, costing)
    for portion in costings.portions(spend.engine, costing):
        costings.cost(spend.engine, costing, portion)
    listed = ok(client.get("budgets"))["budgets"][0]["standings"][0]
    assert listed["spent_usd"] == 2

    costings.publish(spend.engine, costing)
    listed = ok(client.get("budgets"))["budgets"][0]["standings"][0]
    assert listed["spent_usd"] == 6


def test_many_at_once_hold_no_more_than_there_is(client: TestClient, spend: Spend) -> None:
    """Of many checks at the same time that hold, exactly as many pass as the limit has room for."""
    spend.call("0.25", tenant__id="acme")
    spend.save()
    make(client, dimension="tenant", value="*", limit_usd="1.02", enforce=True)
    asked = {"tenant": "acme", "estimate_usd": "0.03", "hold": True}

    def ask(_: int) -> bool:
        with asking_as(LOCAL):
            return bool(check(client, **asked)["allowed"])

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, range(200)))

    assert found.count(True) == 25  # floor((1.02 - 0.25) / 0.03)
    after = check(client, tenant="acme")
    assert (after["budgets"][0]["held_usd"], after["budgets"][0]["remaining_usd"]) == (
        Decimal("0.75"),
        Decimal("0.02"),
    )
    assert after["budgets"][0]["state"] == "ok"
    assert check(client, tenant="other", estimate_usd=1)["allowed"]


def test_a_hold_ends_when_its_call_shows_up(client: TestClient, spend: Spend) -> None:
    """What the call really cost takes its place: nothing is counted twice."""
    make(client, limit_usd=10, enforce=True)
    for _ in range(3):
        check(client, estimate_usd=2, hold=True)

    spend.call("0.5")
    spend.call("0.5")
    spend.save()

    def settled() -> bool:
        (budget,) = check(client)["budgets"]
        return bool(budget["spent_usd"])

    wait_until(settled, what="the spend")
    (budget,) = check(client)["budgets"]
    assert (budget["spent_usd"], budget["held_usd"], budget["remaining_usd"]) == (1, 2, 7)


def test_a_hold_ends_after_two_minutes(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that never comes gives its money back."""
    make(client, limit_usd=10, enforce=True)
    check(client, estimate_usd=9, hold=True)
    assert not check(client, estimate_usd=9)["allowed"]

    monkeypatch.setattr(checking, "monotonic", lambda: time.monotonic() + holds.HOLD_S)

    assert check(client, estimate_usd=9)["allowed"]


def test_a_denied_call_holds_nothing(client: TestClient) -> None:
    """Neither of the budget that denies it nor of the others."""
    make(client, name="Small", limit_usd=1, enforce=True)
    make(client, name="Large", period="month", limit_usd=100, enforce=True)

    assert not check(client, estimate_usd=2, hold=True)["allowed"]

    assert [b["held_usd"] for b in check(client)["budgets"]] == [0, 0]


def test_without_the_store_it_answers_what_it_knew(
    client: TestClient, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says that it is stale; holds work on; it recovers by itself."""
    spend.call("0.4")
    spend.save()
    make(client, limit_usd=1, enforce=True)
    before = check(client)
    assert not before["stale"]
    real = spend.engine.client

    def away() -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(spend.engine, "client", away)
    wait_until(lambda: check(client)["stale"], what="an answer that says it is stale")
    stale = check(client, estimate_usd="0.6", hold=True)
    assert (stale["allowed"], stale["budgets"][0]["spent_usd"]) == (True, Decimal("0.4"))
    assert not check(client, estimate_usd="0.1")["allowed"]
    assert stale["as_of"] >= before["as_of"]

    monkeypatch.setattr(spend.engine, "client", real)
    wait_until(lambda: not check(client)["stale"], what="a fresh answer")


def test_an_error_that_nobody_thought_of_is_survived(
    client: TestClient,
    spend: Spend,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, answers say that they are stale, and what can be read again is."""
    make(client, limit_usd=1, enforce=True)
    assert not check(client)["stale"]
    real = reading.read_book

    def broken(*_: Any) -> Any:
        raise KeyError("a time zone that was there when the budget was made")

    monkeypatch.setattr(watching, "read_book", broken)
    wait_until(lambda: check(client)["stale"], what="an answer that says it is stale")
    assert f"the budgets of {spend.project} cannot be read" in caplog.text

    monkeypatch.setattr(watching, "read_book", real)
    wait_until(lambda: not check(client)["stale"], what="a fresh answer")


def test_a_store_that_was_never_there_denies_nothing(
    client: TestClient, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app does not stand still because its spend cannot be counted; the answer says that nothing is known."""
    make(client, limit_usd=1, enforce=True)

    def away() -> Any:
        raise OperationalError("away")

    monkeypatch.setattr(spend.engine, "client", away)
    found = check(client, estimate_usd=5)

    assert found == {"allowed": True, "denied_by": [], "budgets": [], "as_of": None, "stale": True}


def test_a_project_that_nobody_asks_about_is_read_no_more(
    client: TestClient, spend: Spend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After ten minutes without a question; the next one reads it again."""
    make(client)
    check(client)
    watch = client.app.state.budgets  # type: ignore[attr-defined]
    monkeypatch.setattr(watching, "_FORGET_S", 0.0)
    wait_until(lambda: watch.seen(spend.project) is None, what="a project that is forgotten")
    monkeypatch.undo()

    assert names(check(client)) == ["All"]


@pytest.mark.parametrize(
    ("caller", "asks", "holds_too"),
    [
        ({KeyScope.INGEST}, 200, 200),
        ({KeyScope.READ}, 200, 403),
        ({KeyScope.FEEDBACK}, 403, 403),
        ({KeyScope.MANAGE}, 403, 403),
    ],
)
def test_keys_that_send_or_read_may_ask(
    client: TestClient, spend: Spend, caller: set[KeyScope], asks: int, holds_too: int
) -> None:
    """A gateway's key may; to hold money takes a key that sends, since it is what others may spend."""
    make(client)
    granted = frozenset().union(*(OF_KEY_SCOPE[scope] for scope in caller))
    with asking_as(Caller("key", "k", "gateway", {spend.project: granted})):
        assert client.get("budgets/check").status_code == asks
        held = client.get("budgets/check", params={"hold": True, "estimate_usd": 1})
        assert held.status_code == holds_too


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 201)])
def test_editors_change_budgets_and_viewers_see_them(
    client: TestClient, spend: Spend, role: Role, status: int
) -> None:
    """Who reads sees budgets; who edits makes them."""
    sent = {"name": "All", "period": "day", "limit_usd": 10}
    budget = make(client, name="There", period="month")["id"]
    with asking_as(Caller("person", "p", "p@example.com", {spend.project: OF_ROLE[role]})):
        assert client.post("budgets", json=sent).status_code == status
        assert client.get("budgets").status_code == 200
        assert client.get(f"budgets/{budget}").status_code == 200
        for method in ("PATCH", "DELETE"):
            answer = client.request(method, f"budgets/{budget}", json={})
            assert answer.status_code == (403 if status == 403 else 200)


def test_a_budget_says_where_it_is_heading(client: TestClient, spend: Spend) -> None:
    """Four weeks of the same every hour: the forecast is what the rest of the month will cost, the rate is even."""
    at = now().replace(minute=0, second=0, microsecond=0)
    for hours in range(24 * 28):
        spend.call("0.1", at - timedelta(hours=hours + 1))
    spend.save()
    month = period_at("month", "UTC", at)
    length = (month.end - month.start) / timedelta(hours=1)
    budget = make(client, period="month", time_zone="UTC", limit_usd=length / 10 / 2)

    (standing,) = ok(client.get(f"budgets/{budget['id']}"))["standings"]

    outlook = standing["outlook"]
    assert outlook["missing"] == ""
    assert float(outlook["forecast_usd"]) == pytest.approx(length / 10, rel=0.02)
    assert outlook["low_usd"] <= outlook["forecast_usd"] <= outlook["high_usd"]
    assert float(outlook["usd_per_hour"]) == pytest.approx(0.1, rel=0.05)
    assert float(outlook["burn_rate"]) == pytest.approx(2, rel=0.05)
    used_up = outlook["used_up_at"]
    if standing["state"] == "exceeded":
        assert used_up is None
    else:
        half = month.start + timedelta(hours=length / 2)
        told = datetime.fromisoformat(used_up[:19]).replace(tzinfo=UTC)
        assert abs(told - half) < timedelta(hours=8)


def test_too_little_history_is_said(client: TestClient, spend: Spend) -> None:
    """Instead of an interval that nothing supports; the rate is told all the same."""
    spend.call("1")
    spend.save()
    budget = make(client, dimension="tenant", value="*")
    spend.call("1", tenant__id="acme")
    spend.save()

    (standing,) = ok(client.get(f"budgets/{budget['id']}"))["standings"]

    outlook = standing["outlook"]
    assert outlook["missing"] == "needs 14 whole days of history, there are 0"
    assert (outlook["forecast_usd"], outlook["low_usd"], outlook["high_usd"]) == (None,) * 3
    assert outlook["usd_per_hour"] > 0


def test_an_answer_is_kept_nowhere(client: TestClient) -> None:
    """No cache between a gateway and the server may answer in its place."""
    assert client.get("budgets/check").headers["cache-control"] == "no-store"
    assert orjson.loads(client.get("budgets/check").content)["budgets"] == []
