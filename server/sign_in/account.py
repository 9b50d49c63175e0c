"""Set up the first operator; change one's password."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.sign_in.addresses import client_of
from server.sign_in.forms import fields_of
from server.sign_in.invitation import new_password
from server.sign_in.pages import go, page
from server.sign_in.services import SignIn
from storage.control import audit, people
from storage.control.access import LOCAL, Caller, Forbidden, current
from storage.control.attempts import TooManyAttempts
from storage.control.database import serialise
from storage.control.models import Person
from storage.control.people import WrongPassword
from storage.errors import BadInput, StorageError


@dataclass(frozen=True, slots=True)
class AccountPages:
    """The pages /set-up and /account/password. The door has found out who asks."""

    parts: SignIn

    def routes(self) -> Sequence[Route]:
        """Return the pages' routes."""
        return [
            Route("/set-up", self.show_set_up),
            Route("/set-up", self.set_up, methods=["POST"]),
            Route("/account/password", self.show_password),
            Route("/account/password", self.change_password, methods=["POST"]),
        ]

    async def show_set_up(self, _: Request) -> Response:
        """Ask for the first operator, and say what that changes."""
        if current().kind != "local":
            return go("/")
        return page("set_up.html", email="", name="")

    async def set_up(self, request: Request) -> Response:
        """Make the first operator, and begin a session: from now on, everybody has to sign in."""
        if current().kind != "local":
            raise Forbidden("this server has been set up")
        fields = await fields_of(request)
        email, name = fields.get("email", ""), fields.get("name", "")
        try:
            password = new_password(fields)
            person = await self.parts.in_thread(lambda: self._make_first(email, name, password))
        except BadInput as error:
            return page("set_up.html", 400, problem=error, email=email, name=name)
        return self.parts.let_in(request, person, "/")

    def _make_first(self, email: str, name: str, password: str) -> Person:
        with self.parts.control.database.session() as session:
            serialise(session, "set-up")
            if people.any_person(session):
                raise Forbidden("somebody has set this server up meanwhile: sign in")
            person = people.create_person(
                session, email, name=name, password=password, is_operator=True
            )
            audit.record(session, LOCAL, "person.create", person.email, is_operator=True)
            return person

    async def show_password(self, _: Request) -> Response:
        """Ask for the current password and a new one."""
        person = await self.parts.in_thread(lambda: self._person(_signed_in()))
        return self._password_page(person)

    async def change_password(self, request: Request) -> Response:
        """Set the new password; end all other sessions."""
        caller = _signed_in()
        fields = await fields_of(request)
        person = await self.parts.in_thread(lambda: self._person(caller))
        try:
            password, client = new_password(fields), client_of(request)
            person = await self.parts.in_thread(
                lambda: self._change(caller, fields.get("current", ""), password, client)
            )
        except TooManyAttempts as error:
            refusal = self._password_page(person, error, 429)
            refusal.headers["Retry-After"] = str(error.retry_after_s)
            return refusal
        except WrongPassword:
            wrong = BadInput("the current password is wrong", hint="nothing was changed")
            return self._password_page(person, wrong, 403)
        except BadInput as error:
            return self._password_page(person, error, 400)
        return self.parts.let_in(request, person, "/")

    def _person(self, caller: Caller) -> Person:
        with self.parts.control.database.reading() as session:
            return people.get_person(session, caller.id)

    def _change(self, caller: Caller, current_one: str, new: str, client: str) -> Person:
        # Counts against the limits of signing in: whoever sits at an open screen may not guess on.
        people.authenticate(self.parts.control.database, caller.name, current_one, client)
        with self.parts.control.database.session() as session:
            person = people.set_password(session, caller.id, new)
            audit.record(session, caller, "person.password", person.email)
            return person

    def _password_page(
        self, person: Person, problem: StorageError | None = None, status: int = 200
    ) -> Response:
        return page(
            "password.html",
            status,
            problem=problem,
            email=person.email,
            has_password=person.password_hash is not None,
            provider=self.parts.provider_name,
            password_label="New password",  # noqa: S106 - the field's label
        )


def _signed_in() -> Caller:
    """Return the person who asks. Raises Forbidden for keys and where nobody signs in."""
    caller = current()
    if caller.kind != "person":
        raise Forbidden("only somebody who is signed in has an account")
    return caller
