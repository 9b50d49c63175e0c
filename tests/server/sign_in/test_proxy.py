"""What a trusted proxy says of a request counts; what the client says does not."""

import pytest
from starlette.testclient import TestClient

from server.sign_in.addresses import BehindProxy
from storage.control.attempts import PER_ADDRESS, PER_EMAIL
from storage.control.control import Control
from tests.server.sign_in.conftest import House, sign_in


@pytest.fixture
def house(control: Control) -> House:
    """Return a server that others can reach."""
    house = House(control, is_loopback=False)
    house.person("ann@example.com")
    return house


def through(house: House, client: str, scheme: str = "https") -> TestClient:
    """Return a browser that comes through a proxy, which adds itself to what the client claims."""
    headers = {
        "x-forwarded-for": f"198.51.100.99, {client}",
        "x-forwarded-proto": f"http, {scheme}",
    }
    return TestClient(
        BehindProxy(house.app),
        base_url="http://10.0.0.1",
        headers=headers,
        follow_redirects=False,
    )


@pytest.mark.parametrize(
    ("scheme", "is_secure"), [("https", True), ("http", False), ("gopher", False)]
)
def test_the_proxys_scheme_counts(house: House, scheme: str, is_secure: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A browser that came to the proxy by https gets a cookie for https alone."""
    answer = sign_in(through(house, "203.0.113.1", scheme), "ann@example.com")

    assert ("Secure" in answer.headers["set-cookie"]) is is_secure


def test_attempts_count_per_client_of_the_proxy(house: House) -> None:
    """Somebody who guesses through the proxy is stopped, whatever address they claim; others are not."""
    for number in range(PER_ADDRESS):
        email = f"x{number // (PER_EMAIL - 1)}@example.com"
        assert sign_in(through(house, "203.0.113.1"), email, "wrong").status_code == 403

    assert sign_in(through(house, "203.0.113.1"), "ann@example.com").status_code == 429
    assert sign_in(through(house, "203.0.113.2"), "ann@example.com").status_code == 303


def test_without_a_trusted_proxy_nothing_of_it_counts(house: House) -> None:
    """Forwarded headers of anybody else are left alone."""
    browser = house.browser("http://10.0.0.1")
    browser.headers["x-forwarded-proto"] = "https"

    assert "Secure" not in sign_in(browser, "ann@example.com").headers["set-cookie"]
