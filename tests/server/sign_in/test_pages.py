"""Sign in, sign out, take up an invitation, set up the first operator, change a password: as a browser sees it."""

import re
from typing import Any

import pytest

from storage.control import audit, invitations, members, people
from storage.control.access import Role
from storage.control.attempts import PER_EMAIL
from tests.server.sign_in.conftest import PASSWORD, PUBLIC, House, name_of, sign_in

NEW = "another sentence that is long"


def text_of(answer: Any, status: int) -> str:
    """Return the words of a page, after a look at what every page of ours has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "<script>" not in answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_password_begins_a_session(house: House) -> None:
    """With the right password the browser goes on where it wanted to, signed in, by a cookie that no script reads."""
    house.person("Ann@Example.com")
    browser = house.browser()

    assert "Sign in" in text_of(browser.get("/sign-in"), 200)
    answer = sign_in(browser, "ann@example.COM ", next="/ui/traces?q=a&live=1")

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/traces?q=a&live=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert name_of(browser) == "ann@example.com"


def test_the_cookie_is_secure_over_https(house: House) -> None:
    """A browser that came by https never sends the session's cookie otherwise."""
    house.person("ann@example.com")

    answer = sign_in(house.browser(PUBLIC), "ann@example.com")

    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("email", ["ann@example.com", "nobody@example.com", "", "x" * 5000])
def test_a_wrong_password_is_refused_alike(house: House, email: str) -> None:
    """Whether the address or the password was wrong is not told; what was typed stays, the password does not."""
    house.person("ann@example.com")
    browser = house.browser()

    answer = sign_in(browser, email, "a wrong password")

    assert "the e-mail address or the password is wrong" in text_of(answer, 403)
    assert "a wrong password" not in answer.text
    assert "set-cookie" not in answer.headers
    assert name_of(browser) is None


def test_too_many_attempts_are_refused(house: House) -> None:
    """After ten wrong passwords even the right one has to wait, and the page says how long."""
    house.person("ann@example.com")
    with house.control.database.session() as session:
        people.create_person(session, "bob@example.com", password=PASSWORD)
    browser = house.browser()
    for _ in range(PER_EMAIL):
        assert sign_in(browser, "ann@example.com", "wrong").status_code == 403

    answer = sign_in(browser, "ann@example.com")

    assert "too many attempts to sign in: wait 15 minutes" in text_of(answer, 429)
    assert 0 < int(answer.headers["retry-after"]) <= 901
    assert sign_in(browser, "bob@example.com").status_code == 303


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "/\t/evil.example",
        "/\n/evil.example", " //evil.example", "javascript:alert(1)", "evil.example", "", "/sign-out", "/oidc/start",
        "///evil.example", "/\x00/evil",
    ],
)  # fmt: skip
def test_the_way_on_is_ours(house: House, address: str) -> None:
    """Whatever a link to the sign-in page says, the browser is sent nowhere else."""
    house.person("ann@example.com")

    answer = sign_in(house.browser(), "ann@example.com", next=address)

    assert answer.headers["location"] == "/"
    shown = house.browser().get("/sign-in", params={"next": address})
    assert 'name="next" value="/"' in shown.text


def test_hostile_text_is_shown_as_text(house: House) -> None:
    """What somebody typed comes back as text, never as markup."""
    house.person("ann@example.com")

    answer = sign_in(house.browser(), '"><script>alert(1)</script>@x', "wrong")

    assert "<script>alert" not in answer.text


def test_who_is_signed_in_is_not_asked_again(house: House) -> None:
    """The sign-in page sends on those who have a session."""
    house.person("ann@example.com")

    answer = house.signed_in("ann@example.com").get("/sign-in", params={"next": "/ui/sessions"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/sessions")


def test_signing_out_ends_the_session_here(house: House) -> None:
    """After signing out the browser is nobody's; the person's other browser stays signed in."""
    house.person("ann@example.com")
    here, elsewhere = house.browser(), house.signed_in("ann@example.com")
    sign_in(here, "ann@example.com")
    assert name_of(here) == "ann@example.com"

    assert here.post("/sign-out").status_code == 303

    assert name_of(here) is None
    assert name_of(elsewhere) == "ann@example.com"


def audited(house: House) -> list[tuple[str, str, str | None]]:
    """Return who did what in which project, the newest first."""
    with house.control.database.reading() as session:
        return [(e.actor, e.action, e.project) for e in audit.entries(session, None)]


def test_signing_out_everywhere_ends_all(house: House) -> None:
    """With `everywhere`, every browser of the person is signed out at once."""
    house.person("ann@example.com")
    here, elsewhere = house.signed_in("ann@example.com"), house.signed_in("ann@example.com")
    assert name_of(elsewhere) == "ann@example.com"

    here.post("/sign-out", data={"everywhere": "1"})

    assert name_of(elsewhere) is None
    assert audited(house) == [("ann@example.com", "person.end_sessions", None)]


def test_an_invitation_makes_an_account_once(house: House) -> None:
    """The link asks for name and password, signs in with the role that was meant, and works no more after that."""
    house.person("op@example.com", is_operator=True)
    with house.control.database.session() as session:
        token = people.invite(
            session, "new@example.com", created_by="op", project="default", role=Role.VIEWER
        )
    browser = house.browser()
    shown = text_of(browser.get(f"/invite/{token}"), 200)
    assert "new@example.com" in shown
    assert "to be viewer of the project default" in shown

    differing = browser.post(f"/invite/{token}", data={"password": NEW, "again": "x", "name": "N"})
    assert "the two passwords differ" in text_of(differing, 400)
    assert 'value="N"' in differing.text
    short = browser.post(f"/invite/{token}", data={"password": "short", "again": "short"})
    assert "the password is too short" in text_of(short, 400)
    done = browser.post(f"/invite/{token}", data={"password": NEW, "again": NEW, "name": "Nina"})

    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert name_of(browser) == "new@example.com"
    with house.control.database.reading() as session:
        person = people.person_by_email(session, "new@example.com")
        assert person
        assert person.name == "Nina"
        assert members.roles_of(session, person.id) == {"default": Role.VIEWER}
    assert "does not work any more" in text_of(house.browser().get(f"/invite/{token}"), 410)


def test_a_project_sees_who_took_up_its_invitation(house: House) -> None:
    """That somebody has become a member stands in the audit log of the project, with the role."""
    with house.control.database.session() as session:
        token = people.invite(
            session, "new@example.com", created_by="op", project="default", role=Role.VIEWER
        )

    house.browser().post(f"/invite/{token}", data={"password": NEW, "again": NEW, "name": "N"})

    with house.control.database.reading() as session:
        (entry,) = audit.entries(session, "default")
    assert (entry.actor, entry.action) == ("new@example.com", "invitation.accept")
    assert entry.detail["role"] == Role.VIEWER


def test_an_invitation_that_never_was(house: House) -> None:
    """A made-up link says that it does not work, to read and to post."""
    browser = house.browser()

    assert "does not work any more" in text_of(browser.get("/invite/made-up"), 410)
    answer = browser.post("/invite/made-up", data={"password": NEW, "again": NEW})
    assert "does not work any more" in text_of(answer, 410)


def test_a_link_to_a_new_password_ends_the_old_sessions(house: House) -> None:
    """Whoever uses it is signed in with the new password, and signed out everywhere else."""
    person = house.person("ann@example.com")
    elsewhere = house.signed_in("ann@example.com")
    with house.control.database.session() as session:
        token = people.invite_to_reset(session, person.id, created_by="op")
    browser = house.browser()
    assert "Choose a new password" in text_of(browser.get(f"/invite/{token}"), 200)

    browser.post(f"/invite/{token}", data={"password": NEW, "again": NEW})

    assert name_of(browser) == "ann@example.com"
    assert name_of(elsewhere) is None
    assert sign_in(house.browser(), "ann@example.com", PASSWORD).status_code == 403
    assert sign_in(house.browser(), "ann@example.com", NEW).status_code == 303


def test_the_first_operator_closes_the_door(house: House) -> None:
    """Set-up, from this machine, makes an operator who is signed in; at once nobody else gets in without signing in."""
    browser, other = house.browser(), house.browser()
    assert name_of(other) == "local"
    assert "You become its first operator" in text_of(browser.get("/set-up"), 200)
    fields = {"email": "op@example.com", "name": "Olga", "password": NEW, "again": NEW}

    bad = browser.post("/set-up", data={**fields, "email": "no address"})
    assert "this is no e-mail address" in text_of(bad, 400)
    assert name_of(other) == "local"
    assert browser.post("/set-up", data=fields).status_code == 303

    assert name_of(browser) == "op@example.com"
    assert name_of(other) is None
    with house.control.database.reading() as session:
        person = people.person_by_email(session, "op@example.com")
        assert person
        assert person.is_operator


def test_set_up_happens_once(house: House) -> None:
    """Once somebody is set up the page sends on, and posting to it makes nobody."""
    house.person("op@example.com", is_operator=True)
    house.person("ann@example.com")
    fields = {"email": "mallory@example.com", "password": NEW, "again": NEW}

    stranger = house.browser().post("/set-up", data=fields)
    member = house.signed_in("ann@example.com")

    assert stranger.headers["location"].startswith("/sign-in")
    assert member.get("/set-up").headers["location"] == "/"
    assert "may not be done" in text_of(member.post("/set-up", data=fields), 403)
    with house.control.database.reading() as session:
        assert people.person_by_email(session, "mallory@example.com") is None


def test_a_changed_password_keeps_this_browser_alone(house: House) -> None:
    """The current password is asked for; with it the new one counts, and other browsers are signed out."""
    house.person("ann@example.com")
    here, elsewhere = house.signed_in("ann@example.com"), house.signed_in("ann@example.com")
    assert "ann@example.com" in text_of(here.get("/account/password"), 200)

    wrong = here.post("/account/password", data={"current": "x", "password": NEW, "again": NEW})
    assert "the current password is wrong" in text_of(wrong, 403)
    assert name_of(elsewhere) == "ann@example.com"
    fields = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert here.post("/account/password", data=fields).status_code == 303

    assert name_of(here) == "ann@example.com"
    assert name_of(elsewhere) is None
    assert sign_in(house.browser(), "ann@example.com", NEW).status_code == 303


def test_an_account_is_for_people(house: House) -> None:
    """Without sign-in there is no password to change."""
    assert "may not be done" in text_of(house.browser().get("/account/password"), 403)


def test_only_forms_are_taken(house: House) -> None:
    """JSON, files and very long bodies are refused in words."""
    browser = house.browser()

    assert "this is not a form" in text_of(browser.post("/sign-in", json={"email": "x"}), 400)
    long = browser.post("/sign-in", data={"email": "x" * 20_000})
    assert "the form is too long" in text_of(long, 400)
    torn = browser.post(
        "/sign-in",
        content=b"email=%ff",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert "the form cannot be read" in text_of(torn, 400)


def test_pages_that_are_not_there(house: House) -> None:
    """An unknown address below ours is a page, too."""
    assert "No such page" in text_of(house.browser().get("/invite/a/b"), 404)
    assert "No such page" in text_of(house.browser().get("/oidc/start"), 404)


def test_what_the_pages_need_is_anybodys(house: House) -> None:
    """Style and theme come without a session, and with the right types."""
    house.person("ann@example.com")

    style = house.browser().get("/sign-in/style.css")
    theme = house.browser().get("/sign-in/theme.js")

    assert style.headers["content-type"].startswith("text/css")
    assert "--gw-accent" in style.text
    assert theme.headers["content-type"].startswith("text/javascript")


def test_an_expired_invitation_is_withdrawn(house: House) -> None:
    """A newer invitation to the same project ends the one before."""
    house.person("op@example.com", is_operator=True)
    with house.control.database.session() as session:
        first = people.invite(session, "new@example.com", created_by="op", is_operator=True)
        second = people.invite(session, "new@example.com", created_by="op", is_operator=True)
        assert len(invitations.list_invitations(session)) == 1

    assert house.browser().get(f"/invite/{first}").status_code == 410
    assert "to operate this server" in text_of(house.browser().get(f"/invite/{second}"), 200)
