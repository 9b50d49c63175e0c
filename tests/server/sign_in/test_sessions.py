"""How long a session lasts, and what ends it."""

import time
from collections.abc import Callable, Iterator

import pytest
from itsdangerous import URLSafeSerializer

from server.sign_in import sessions
from storage.control import members, people
from storage.control.access import Role
from storage.control.control import Control, open_control
from tests.server.sign_in.conftest import House, name_of


class Clock:
    """Time as the sessions see it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self.ahead

    def monotonic(self) -> float:
        """Return seconds of the clock that never goes back."""
        return time.monotonic() + self.ahead


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let seconds pass for sessions."""
    clock = Clock()
    monkeypatch.setattr(sessions, "time", clock)

    def forward(seconds: float) -> None:
        clock.ahead += seconds

    return forward


@pytest.fixture
def elsewhere(control: Control) -> Iterator[Control]:
    """Return the same control database as another process holds it."""
    other = open_control(str(control.database._url))
    yield other
    other.close()


def test_a_day_without_a_request_ends_it(house: House, pass_time: Callable[[float], None]) -> None:
    """A session that nobody used for 24 hours is over; one that was used in between goes on."""
    house.person("ann@example.com")
    idle, used = house.signed_in("ann@example.com"), house.signed_in("ann@example.com")

    pass_time(15 * 3600)
    assert name_of(used) == "ann@example.com"
    pass_time(15 * 3600)

    assert name_of(idle) is None
    assert name_of(used) == "ann@example.com"


def test_two_weeks_end_it_however_it_is_used(
    house: House, pass_time: Callable[[float], None]
) -> None:
    """After 14 days one signs in again."""
    house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")

    for _ in range(13):
        pass_time(86_000)
        assert name_of(browser) == "ann@example.com"
    pass_time(86_000)
    assert name_of(browser) == "ann@example.com"
    pass_time(86_000)

    assert name_of(browser) is None


def test_the_cookie_is_issued_again_now_and_then_only(
    house: House, pass_time: Callable[[float], None]
) -> None:
    """Requests in quick succession carry no new cookie each."""
    house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")

    assert "set-cookie" not in browser.get("/ui/").headers
    pass_time(700)
    assert "set-cookie" in browser.get("/ui/").headers
    assert "set-cookie" not in browser.get("/ui/").headers


@pytest.mark.parametrize("cookie", ["", "x", "x.y", '["a",0,0,0].x', "W10.x", "é", "a" * 5000])
def test_a_made_up_cookie_is_nobodys(house: House, cookie: str) -> None:
    """Text that we did not sign lets nobody in, and breaks nothing."""
    house.person("ann@example.com")
    browser = house.browser(cookie=f"{sessions.COOKIE}={cookie}".encode())

    assert name_of(browser) is None


def test_another_servers_cookie_is_nobodys(house: House) -> None:
    """A session that another installation signed, or that is no session, lets nobody in."""
    person = house.person("ann@example.com")
    now = int(time.time())
    said = [person.id, person.session_epoch, now, now]
    for secret, salt in (("another secret", "groundwire session"), (house.parts.secret, "x")):
        forged = str(URLSafeSerializer(secret, salt=salt).dumps(said))
        assert name_of(house.browser(cookie=f"{sessions.COOKIE}={forged}".encode())) is None


def test_who_is_disabled_is_out_at_once(house: House) -> None:
    """Disabling a person ends their sessions with the next request."""
    person = house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")
    assert name_of(browser) == "ann@example.com"

    with house.control.database.session() as session:
        people.disable(session, person.id)

    assert name_of(browser) is None


def test_another_process_notices_within_seconds(
    house: House, elsewhere: Control, pass_time: Callable[[float], None]
) -> None:
    """A session that another process ended works here for five seconds at most."""
    person = house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")
    assert name_of(browser) == "ann@example.com"

    with elsewhere.database.session() as session:
        people.end_sessions(session, person.id)
    pass_time(5.1)

    assert name_of(browser) is None


def test_a_new_role_counts_at_once(house: House) -> None:
    """What a person may do changes with the next request, without signing in again."""
    person = house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")
    ticket = house.parts.sessions.begin(person)
    assert name_of(browser) == "ann@example.com"

    with house.control.database.session() as session:
        members.set_member(session, "default", person.id, Role.EDITOR)

    assert "default" in house.parts.sessions.caller(ticket).grants


def test_any_process_of_the_installation_reads_it(house: House, elsewhere: Control) -> None:
    """A session that one process began is one in the others: they share the secret through the database."""
    house.person("ann@example.com")
    browser = house.signed_in("ann@example.com")
    other = House(elsewhere).browser()
    other.cookies = browser.cookies

    assert name_of(other) == "ann@example.com"
