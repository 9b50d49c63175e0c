"""What workers remember of costs, on SQLite and on PostgreSQL."""

from datetime import timedelta

from storage.control.cost_states import (
    LEASE,
    cost_states,
    free_lease,
    hold_lease,
    note_prices,
    note_rules,
)
from storage.control.database import ControlDatabase
from storage.control.models import now


def test_the_prices_of_the_last_time_are_remembered(database: ControlDatabase) -> None:
    """A project is unknown until its prices were noted; the last note counts."""
    with database.reading() as session:
        assert cost_states(session) == {}
    for changes in (3, 5):
        with database.session() as session:
            note_prices(session, "default", own_changes=changes, catalogue="v1")
    with database.reading() as session:
        state = cost_states(session)["default"]
    assert (state.own_changes, state.catalogue, state.rules) == (5, "v1", "")


def test_the_rules_of_before_are_told_once(database: ControlDatabase) -> None:
    """The first who notes new rules is told which held before, the next that they hold already."""
    told = []
    for rules in ("a", "a", "b", "b", "a"):
        with database.session() as session:
            told.append(note_rules(session, "default", rules))
    assert told == ["", "a", "a", "b", "b"]


def test_a_lease_has_one_holder(database: ControlDatabase) -> None:
    """Another one gets it when it has been given back, or has run out; renewing keeps it."""
    at = now()

    def held(holder: str, after: timedelta) -> bool:
        with database.session() as session:
            return hold_lease(session, "costs", holder, at + after)

    moment = timedelta(seconds=1)
    assert held("a", 0 * moment)
    assert not held("b", moment)
    assert held("a", LEASE - moment)
    assert not held("b", LEASE + moment)
    assert held("b", 2 * LEASE)
    with database.session() as session:
        free_lease(session, "costs", "a")
    assert not held("a", 2 * LEASE + moment)
    with database.session() as session:
        free_lease(session, "costs", "b")
    assert held("a", 2 * LEASE + moment)
