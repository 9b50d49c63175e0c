"""Signing in with a real provider, through its own pages."""

import httpx
import pytest

from server.sign_in.provider import Provider
from server.sign_in.services import Admission
from storage.control import audit, members, people
from storage.control.access import Role
from storage.control.control import Control
from tests.server.sign_in.conftest import PUBLIC, House, name_of
from tests.server.sign_in.oidc.conftest import (
    RealProvider,
    agree,
    begin,
    come_back,
    known_as,
    sign_in_with_provider,
)

ADMITS = Admission(domains=frozenset({"example.com"}), role=Role.ANNOTATOR)


def audited(house: House) -> list[tuple[str, str, str | None]]:
    """Return who did what in which project, the newest first."""
    with house.control.database.reading() as session:
        return [(e.actor, e.action, e.project) for e in audit.entries(session, None)]


def people_of(control: Control) -> dict[str, dict[str, Role]]:
    """Return everybody's roles by e-mail address."""
    with control.database.reading() as session:
        return {p.email: members.roles_of(session, p.id) for p in people.list_people(session)}


def test_somebody_of_an_admitted_domain_gets_an_account(
    control: Control, provider: RealProvider
) -> None:
    """A stranger of an admitted domain is signed in, goes on where they wanted to, and has the newcomers' role."""
    house = House(control, known_as(provider), ADMITS, is_loopback=False, public_url=PUBLIC)
    browser = house.browser(PUBLIC)

    answer = sign_in_with_provider(browser, "ann@example.com")

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/traces")
    assert name_of(browser) == "ann@example.com"
    assert people_of(control) == {"ann@example.com": {"default": Role.ANNOTATOR}}


@pytest.mark.parametrize("client_id", ["groundwire", "public", "posting"])
def test_the_second_time_it_is_the_same_person(
    control: Control, provider: RealProvider, client_id: str
) -> None:
    """Signing in again makes nobody new, whichever way the client proves itself to the provider."""
    house = House(
        control, known_as(provider, client_id), ADMITS, is_loopback=False, public_url=PUBLIC
    )

    for _ in range(2):
        browser = house.browser(PUBLIC)
        assert sign_in_with_provider(browser, "bob@example.com").status_code == 303
        assert name_of(browser) == "bob@example.com"

    assert list(people_of(control)) == ["bob@example.com"]


def test_the_subject_counts_not_the_address(control: Control, provider: RealProvider) -> None:
    """Whoever has signed in before is known by the provider's subject, also after they have another address here."""
    house = House(control, known_as(provider), ADMITS, is_loopback=False, public_url=PUBLIC)
    sign_in_with_provider(house.browser(PUBLIC), "old@example.com")
    with control.database.session() as session:
        person = people.person_by_email(session, "old@example.com")
        assert person
        person.email = "new@example.com"

    browser = house.browser(PUBLIC)
    sign_in_with_provider(browser, "old@example.com")

    assert name_of(browser) == "new@example.com"


def test_a_person_who_exists_is_linked(house: House) -> None:
    """Somebody with a password may sign in with the provider too, by the address that it has verified."""
    house.person("carl@elsewhere.org")
    browser = house.browser(PUBLIC)

    assert sign_in_with_provider(browser, "carl@elsewhere.org").status_code == 303

    assert name_of(browser) == "carl@elsewhere.org"
    assert audited(house) == [("carl@elsewhere.org", "person.link", None)]


def test_an_invitation_admits(house: House) -> None:
    """Somebody who is invited may come with the provider, and gets the role of the invitation."""
    with house.control.database.session() as session:
        people.invite(
            session, "dora@elsewhere.org", created_by="x", project="default", role=Role.EDITOR
        )

    assert sign_in_with_provider(house.browser(PUBLIC), "dora@elsewhere.org").status_code == 303

    assert people_of(house.control) == {"dora@elsewhere.org": {"default": Role.EDITOR}}
    assert audited(house) == [
        ("dora@elsewhere.org", "invitation.accept", "default"),
        ("dora@elsewhere.org", "person.create", None),
    ]


def test_an_address_that_is_not_verified_links_nobody(house: House) -> None:
    """Whoever writes another's address into their profile at the provider does not become that person."""
    house.person("ellen@example.com", is_operator=True)
    browser = house.browser(PUBLIC)

    answer = sign_in_with_provider(browser, "unverified:ellen@example.com")

    assert answer.status_code == 403
    assert "not verified your e-mail address" in answer.text
    assert name_of(browser) is None


@pytest.mark.parametrize("login", ["fay@elsewhere.org", "gus@notexample.com", "nameless:x"])
def test_a_stranger_is_not_admitted(control: Control, provider: RealProvider, login: str) -> None:
    """Who is of no admitted domain, or tells no address, gets no account and is told so."""
    house = House(control, known_as(provider), ADMITS, is_loopback=False, public_url=PUBLIC)
    browser = house.browser(PUBLIC)

    answer = sign_in_with_provider(browser, login)

    assert answer.status_code == 403
    assert "You are not signed in" in answer.text
    assert name_of(browser) is None
    assert people_of(control) == {}


def test_a_disabled_person_stays_out(house: House) -> None:
    """The provider's word does not let somebody in who was disabled here."""
    person = house.person("hans@example.com")
    with house.control.database.session() as session:
        people.disable(session, person.id)
    browser = house.browser(PUBLIC)

    assert sign_in_with_provider(browser, "hans@example.com").status_code == 403
    assert name_of(browser) is None


def test_another_browsers_answer_signs_nobody_in(house: House) -> None:
    """An address back to us that another browser earned is refused: nobody is signed in as an attacker."""
    house.person("ida@example.com")
    earned = agree(begin(house.browser(PUBLIC)), "ida@example.com")

    stranger = house.browser(PUBLIC)
    assert come_back(stranger, earned).status_code == 400
    begin(stranger)
    assert come_back(stranger, earned).status_code == 400
    assert name_of(stranger) is None


def test_an_answer_counts_once(house: House) -> None:
    """The same answer, brought again, begins no second session."""
    house.person("jan@example.com")
    browser = house.browser(PUBLIC)
    earned = agree(begin(browser), "jan@example.com")
    assert come_back(browser, earned).status_code == 303

    browser.cookies.delete("groundwire_session")

    assert come_back(browser, earned).status_code == 400
    assert name_of(browser) is None


def test_a_token_for_another_attempt_is_refused(house: House) -> None:
    """A code that was earned with another nonce proves nothing, even with the right state."""
    house.person("kim@example.com")
    browser = house.browser(PUBLIC)
    address = httpx.URL(begin(browser))
    changed = address.copy_set_param("nonce", "of-somebody-else")

    answer = come_back(browser, agree(str(changed), "kim@example.com"))

    assert answer.status_code == 400
    assert "identity token is not valid" in answer.text
    assert name_of(browser) is None


def test_a_code_without_its_verifier_is_refused(house: House) -> None:
    """A code that was asked for with another challenge is of no use to us: the provider checks PKCE."""
    house.person("lea@example.com")
    browser = house.browser(PUBLIC)
    changed = httpx.URL(begin(browser)).copy_set_param("code_challenge", "A" * 43)

    answer = come_back(browser, agree(str(changed), "lea@example.com"))

    assert answer.status_code == 403
    assert name_of(browser) is None


def test_another_issuers_answer_is_refused(house: House) -> None:
    """An answer that says it is from another provider is refused before the code goes anywhere (RFC 9207)."""
    browser = house.browser(PUBLIC)
    earned = httpx.URL(agree(begin(browser), "mia@example.com"))

    answer = come_back(browser, str(earned.copy_set_param("iss", "https://evil.example")))

    assert answer.status_code == 400
    assert "another provider" in answer.text


def test_who_says_no_at_the_provider_is_told_so(house: House) -> None:
    """An error that the provider sends back becomes a page that offers to try again."""
    browser = house.browser(PUBLIC)
    state = httpx.URL(begin(browser)).params["state"]

    answer = browser.get("/oidc/callback", params={"error": "access_denied", "state": state})

    assert answer.status_code == 403
    assert "access_denied" in answer.text
    assert 'href="/oidc/start"' in answer.text


def test_new_signing_keys_are_right_at_once(house: House, provider: RealProvider) -> None:
    """A provider that has changed its keys since the last sign-in is still believed."""
    house.person("nora@example.com")
    assert sign_in_with_provider(house.browser(PUBLIC), "nora@example.com").status_code == 303
    provider.stop()
    provider.start()

    browser = house.browser(PUBLIC)
    assert sign_in_with_provider(browser, "nora@example.com").status_code == 303
    assert name_of(browser) == "nora@example.com"


def test_a_provider_that_is_away_is_said(control: Control, provider: RealProvider) -> None:
    """Without an answer of the provider there is a page that says so; so for one that calls itself otherwise."""
    for issuer in ("http://127.0.0.1:9", f"{provider.issuer}/"):
        house = House(control, Provider(issuer, "groundwire"), is_loopback=False, public_url=PUBLIC)

        answer = house.browser(PUBLIC).get("/oidc/start")

        assert answer.status_code == 502
        assert "Example ID does not answer as it should" in answer.text
