"""The account of what came in."""

from storage.counts import Counts
from tests.ui.samples import text_of
from ui import accounts
from ui.pages import status


def test_a_balanced_account_is_an_equation() -> None:
    """All parts are named, zero or not."""
    shown = text_of(
        accounts.equation(
            Counts(received=10, stored=7, duplicate=1, rejected=1, quarantined=0, spooled=1)
        )
    )

    assert " ".join(shown.split()) == (
        "10 received = 7 stored + 1 duplicate + 1 rejected + 0 quarantined + 1 spooled"
    )


def test_a_hole_in_the_account_is_said() -> None:
    """Rows that no counter accounts for are an error in plain sight."""
    assert "3 unaccounted for" in text_of(accounts.equation(Counts(received=10, stored=7)))


def test_the_status_page_keeps_signals_and_projects_apart() -> None:
    """One equation a signal, one row a project and signal."""
    flows = {
        ("traces", "a"): Counts(received=5, stored=5),
        ("traces", "b"): Counts(received=2, stored=1),
        ("logs", "a"): Counts(received=3, spooled=3),
    }

    shown = text_of(status.figures(flows))

    assert "Spans" in shown
    assert "7 received" in " ".join(shown.split())
    assert "+1" in shown
    assert shown.count("balanced") == 2


def test_before_anything_came_the_status_page_says_so() -> None:
    """An idle server is not an error."""
    assert "Nothing has come in yet" in text_of(status.figures({}))
