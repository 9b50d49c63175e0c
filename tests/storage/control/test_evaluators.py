"""How projects want evaluators to run and how these are doing, on SQLite and on PostgreSQL."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest

from storage.control.database import ControlDatabase
from storage.control.evaluators import (
    EvaluatorSpec,
    Known,
    all_settings,
    all_states,
    change_settings,
    note_error,
    note_held,
    note_known,
    settings_of,
    spec_of,
    states_of,
    unasked,
)
from storage.control.models import now
from storage.control.projects import ensure_project
from storage.errors import BadInput
from storage.evaluators.work import Override, Sampling, Uncertain

FULL: Final = EvaluatorSpec(
    enabled=True,
    sampling=Sampling(0.02, (Override("tenant", "acme", 0.5),), Uncertain("pii", 0.3, 0.7, 1.0)),
    daily_cap_usd=Decimal("2.50"),
    threshold=0.4,
)


def change(database: ControlDatabase, name: str, spec: EvaluatorSpec) -> None:
    """Say how an evaluator is to run in the default project."""
    with database.session() as session:
        change_settings(session, "default", name, spec, changed_by="ann")


def test_settings_come_back_as_they_were_put(database: ControlDatabase) -> None:
    """Shares, overrides, money to the cent; the last change counts."""
    change(database, "judge", unasked("judge"))
    change(database, "judge", FULL)
    with database.reading() as session:
        setting = settings_of(session, "default")["judge"]
        assert list(all_settings(session)) == [("default", "judge")]
    assert spec_of(setting) == FULL
    assert setting.changed_by == "ann"


def test_since_is_when_an_evaluator_was_switched_on(database: ControlDatabase) -> None:
    """One that runs unasked was never off; later changes do not move it."""
    before = now()
    change(database, "pii", EvaluatorSpec(enabled=True))
    change(database, "judge", FULL)
    with database.reading() as session:
        settings = settings_of(session, "default")
    assert settings["pii"].since is None
    since = settings["judge"].since
    assert since is not None
    assert since >= before
    change(database, "judge", EvaluatorSpec(enabled=True))
    with database.reading() as session:
        assert settings_of(session, "default")["judge"].since == since


@pytest.mark.parametrize(
    "spec",
    [
        EvaluatorSpec(enabled=True, sampling=Sampling(1.5)),
        EvaluatorSpec(enabled=True, sampling=Sampling(1, (Override("user", "x", 1),))),
        EvaluatorSpec(enabled=True, sampling=Sampling(1, (Override("tenant", "x", 1),) * 101)),
        EvaluatorSpec(enabled=True, sampling=Sampling(1, (), Uncertain("judge", 0, 1, 1))),
        EvaluatorSpec(enabled=True, daily_cap_usd=Decimal(-1)),
        EvaluatorSpec(enabled=True, threshold=1.1),
    ],
)
def test_what_cannot_be_is_refused(database: ControlDatabase, spec: EvaluatorSpec) -> None:
    """Nothing of it is kept."""
    with pytest.raises(BadInput):
        change(database, "judge", spec)
    with database.reading() as session:
        assert settings_of(session, "default") == {}


def test_how_evaluators_are_doing_is_told_by_project(database: ControlDatabase) -> None:
    """Version, errors counted, and until when one rests; another project knows nothing of it."""
    ensure_project(database, "other")
    until = now() + timedelta(minutes=1)
    with database.session() as session:
        note_known(session, "default", [Known("pii", "1", ("input",)), Known("judge", "a", ())])
        note_error(session, "default", "judge", "no answer", until)
        note_error(session, "default", "judge", "no answer again", until)
        note_held(session, "default", "pii", "its cap is spent", until)
        note_known(session, "default", [Known("pii", "2", ("input", "output"))])
    with database.reading() as session:
        states = states_of(session, "default")
        assert set(all_states(session)) == {("default", "pii"), ("default", "judge")}
        assert states_of(session, "other") == {}
    assert (states["pii"].version, states["pii"].reads) == ("2", ["input", "output"])
    assert (states["pii"].held_because, states["pii"].errors) == ("its cap is spent", 0)
    assert (states["judge"].errors, states["judge"].error) == (2, "no answer again")
    assert states["judge"].held_until == until
