"""The sign-in pages behind the door, with an app behind it that says who asks."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from server.api.errors import of_access
from server.gate import Gate
from server.sign_in import create_sign_in
from server.sign_in.provider import Provider
from server.sign_in.services import Admission, SignIn
from server.sign_in.sessions import Sessions
from server.web import Dispatcher
from storage.control import passwords, people
from storage.control.access import AccessDenied, current
from storage.control.control import Control
from storage.control.models import Person
from storage.control.secrets import signing_secret

PASSWORD: Final = "a sentence that is long"  # noqa: S105 - of people who do not exist
PAGES: Final = "text/html,*/*"
LOCAL: Final = "http://127.0.0.1:4319"
PUBLIC: Final = "https://traces.example.com"


async def who_asks(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the caller that the door found."""
    try:
        caller = current()
        answer = JSONResponse({"kind": caller.kind, "name": caller.name})
    except AccessDenied as error:
        answer = await of_access(Request(scope), error)
    await answer(scope, receive, send)


@dataclass
class House:
    """The sign-in pages, and everything that is behind the door, over one control database."""

    control: Control
    provider: Provider | None = None
    admission: Admission = field(default_factory=Admission)
    is_loopback: bool = True
    public_url: str = ""
    parts: SignIn = field(init=False)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        secret = signing_secret(self.control.database)
        self.parts = SignIn(
            control=self.control,
            sessions=Sessions(self.control.database, secret),
            secret=secret,
            provider=self.provider,
            provider_name="Example ID" if self.provider else "",
            admission=self.admission,
            public_url=self.public_url,
        )
        api = FastAPI(openapi_url=None)
        api.mount("/", who_asks)
        behind = Dispatcher(api, who_asks, create_sign_in(self.parts))
        self.app = Gate(
            behind,
            self.control,
            self.parts.sessions,
            is_loopback=self.is_loopback,
            public_host=self.public_url.partition("://")[2],
        )

    def browser(self, url: str = LOCAL, *, cookie: bytes = b"", accept: str = PAGES) -> TestClient:
        """Return a browser that was never here. It does not follow redirects."""
        return TestClient(
            self.app,
            base_url=url,
            # Bytes, because a browser may send any.
            headers={b"accept": accept.encode()} | ({b"cookie": cookie} if cookie else {}),  # type: ignore[arg-type]
            follow_redirects=False,
        )

    def person(self, email: str, *, is_operator: bool = False) -> Person:
        """Make a person with the password of all people here."""
        with self.control.database.session() as session:
            person = people.create_person(session, email, is_operator=is_operator)
            person.password_hash = _hash_of_all()
            return person

    def signed_in(self, email: str, url: str = LOCAL) -> TestClient:
        """Return a browser in which a person has signed in a moment ago."""
        with self.control.database.reading() as session:
            person = people.person_by_email(session, email)
        assert person
        sessions = self.parts.sessions
        cookie = sessions.cookie(sessions.begin(person), secure=False).partition(";")[0]
        browser = self.browser(url)
        browser.cookies.set(*cookie.split("=", 1))
        return browser


@cache
def _hash_of_all() -> str:
    """Return the hash of the password: it takes a while, on purpose."""
    return passwords.hashed(PASSWORD)


def sign_in(browser: TestClient, email: str, password: str = PASSWORD, **fields: str) -> Any:
    """Post the sign-in form."""
    return browser.post("/sign-in", data={"email": email, "password": password, **fields})


def name_of(browser: TestClient) -> str | None:
    """Return who the server thinks is at a browser; None for nobody."""
    answer = browser.get("/api/v1/anything", headers={"accept": "application/json"})
    if answer.status_code == 401:
        return None
    assert answer.status_code == 200, answer.text
    return str(answer.json()["name"])


@pytest.fixture
def house(control: Control) -> House:
    """Return the pages of a server that listens on loopback; nobody is set up."""
    return House(control)
