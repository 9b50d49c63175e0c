"""Budgets in the control database: what can be one, and what is kept of it."""

from decimal import Decimal
from typing import Any

import pytest

from storage.control.budget_models import Budget
from storage.control.budgets import (
    MAX_BUDGETS,
    BudgetSpec,
    create_budget,
    edit_budget,
    get_budget,
    list_budgets,
    remove_budget,
)
from storage.control.control import Control
from storage.control.database import ControlDatabase
from storage.errors import BadInput

PROJECT = "default"


def spec(**more: Any) -> BudgetSpec:
    """Return the description of a budget of the whole project."""
    return BudgetSpec(**{"name": "All", "period": "day", "limit_usd": Decimal(5), **more})


def make(control: Control, **more: Any) -> str:
    """Make a budget; return its id."""
    with control.database.session() as session:
        return create_budget(session, PROJECT, spec(**more), created_by="eda").id


def names(control: Control) -> list[str]:
    """Return the names of the budgets, in the order of the list."""
    with control.database.reading() as session:
        return [budget.name for budget in list_budgets(session, PROJECT)]


def the(session: Any, budget_id: str) -> Budget:
    """Return a budget that is there."""
    budget = get_budget(session, PROJECT, budget_id)
    assert budget is not None
    return budget


def test_a_budget_comes_back_as_it_was_made(control: Control) -> None:
    """Every field, and its amounts digit for digit."""
    budget_id = make(
        control,
        name=" Acme ",
        dimension="tenant",
        value="acme ",
        period="month",
        time_zone="Asia/Kolkata",
        limit_usd=Decimal("0.100000000001"),
        warn_at=Decimal("0.75"),
        enforce=True,
    )

    with control.database.reading() as session:
        kept = the(session, budget_id)
    assert (kept.name, kept.dimension, kept.value) == ("Acme", "tenant", "acme ")
    assert (kept.period, kept.time_zone) == ("month", "Asia/Kolkata")
    assert (kept.limit_usd, kept.warn_at) == (Decimal("0.100000000001"), Decimal("0.75"))
    assert (kept.enforce, kept.created_by) == (True, "eda")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 101}, "cannot be kept"),
        ({"dimension": "user"}, "project, tenant, feature, user_tier"),
        ({"period": "week"}, "day, month"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
        ({"time_zone": "../../etc/passwd"}, "no time zone"),
        ({"time_zone": ""}, "no time zone"),
        ({"time_zone": "Europe"}, "no time zone"),
        ({"limit_usd": Decimal(0)}, "more than 0"),
        ({"limit_usd": Decimal("NaN")}, "amount of money"),
        ({"limit_usd": Decimal("1e13")}, "at most"),
        ({"limit_usd": Decimal("0.0000000000001")}, "too many decimals"),
        ({"warn_at": Decimal(0)}, "share"),
        ({"warn_at": Decimal("1.1")}, "share"),
        ({"value": "acme"}, "leave it empty"),
        ({"dimension": "tenant"}, "write * for each"),
        ({"dimension": "tenant", "value": "a\nb"}, "printable"),
        ({"dimension": "tenant", "value": "x" * 257}, "at most 256"),
    ],
)
def test_what_cannot_be_a_budget_is_refused(
    control: Control, wrong: dict[str, Any], said: str
) -> None:
    """The refusal says what to mend, and nothing is kept."""
    with pytest.raises(BadInput) as refusal:
        make(control, **wrong)

    assert said in f"{refusal.value} {refusal.value.hint}"
    assert names(control) == []


def test_one_thing_has_one_budget_a_period(control: Control) -> None:
    """Names, and what a budget is of, are unique in a project; another period or tenant is another budget."""
    make(control, name="A", dimension="tenant", value="*")
    make(control, name="B", dimension="tenant", value="*", period="month")
    make(control, name="C", dimension="tenant", value="acme")

    with pytest.raises(BadInput, match="a budget 'A' already"):
        make(control, name="A")
    with pytest.raises(BadInput, match="'C' is a budget of the same thing for a day"):
        make(control, name="D", dimension="tenant", value="acme")
    assert names(control) == ["A", "B", "C"]


def test_a_budget_is_changed_and_removed(control: Control) -> None:
    """A change may keep the name that it has, and not take another's."""
    first, second = make(control), make(control, name="Other", period="month")

    with control.database.session() as session:
        edit_budget(session, the(session, first), spec(limit_usd=Decimal("7.50"), enforce=True))
    with pytest.raises(BadInput), control.database.session() as session:
        edit_budget(session, the(session, first), spec(name="Other"))
    with control.database.session() as session:
        remove_budget(session, the(session, second))

    with control.database.reading() as session:
        assert the(session, first).limit_usd == Decimal("7.50")
        assert get_budget(session, PROJECT, second) is None
    assert names(control) == ["All"]


def test_a_budget_belongs_to_its_project(control: Control, database: ControlDatabase) -> None:
    """Another project's budget is not there."""
    budget_id = make(control)

    with database.reading() as session:
        assert get_budget(session, "another", budget_id) is None
        assert list_budgets(session, "another") == []


def test_every_change_is_heard_of(control: Control, database: ControlDatabase) -> None:
    """What keeps budgets in memory hears of each change in this process, once it is committed."""
    heard: list[frozenset[str]] = []
    database.subscribe(heard.append)

    budget_id = make(control)
    with database.session() as session:
        edit_budget(session, the(session, budget_id), spec(name="Renamed"))
    with database.session() as session:
        remove_budget(session, the(session, budget_id))

    assert heard == [frozenset({"budgets:default"})] * 3


def test_a_project_has_so_many_budgets(control: Control) -> None:
    """Each check looks at them, so their number has an end, and the refusal names the way out."""
    with control.database.session() as session:
        for number in range(MAX_BUDGETS):
            tenant = f"tenant {number}"
            made = spec(name=tenant, dimension="tenant", value=tenant)
            create_budget(session, PROJECT, made, created_by="eda")

    with pytest.raises(BadInput, match="at most 200") as refusal:
        make(control)
    assert "*" in refusal.value.hint
