"""Take up an invitation, or a link to a new password."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.sign_in.forms import fields_of
from server.sign_in.pages import message, page
from server.sign_in.services import SignIn
from storage.control import audit, invitations, people
from storage.control.models import Invitation, Person
from storage.errors import BadInput


class DeadLink(BadInput):
    """An invitation that is unknown, used or over."""


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """The page /invite/{token}."""

    parts: SignIn

    def routes(self) -> Sequence[Route]:
        """Return the page's routes."""
        return [
            Route("/invite/{token}", self.show),
            Route("/invite/{token}", self.take, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Ask for a name and a password."""
        try:
            return self._page(await self._read(request))
        except DeadLink as error:
            return _dead(error)

    async def take(self, request: Request) -> Response:
        """Make the account, or set the password, and begin a session."""
        try:
            invitation = await self._read(request)
        except DeadLink as error:
            return _dead(error)
        fields = await fields_of(request)
        try:
            password = new_password(fields)
            token, name = request.path_params["token"], fields.get("name", "")
            person = await self.parts.in_thread(lambda: self._accept(token, name, password))
        except BadInput as error:
            return self._page(invitation, error, name=fields.get("name", ""))
        return self.parts.let_in(request, person, "/")

    async def _read(self, request: Request) -> Invitation:
        token = request.path_params["token"]

        def read() -> Invitation:
            with self.parts.control.database.reading() as session:
                return invitations.read_invitation(session, token)

        try:
            return await self.parts.in_thread(read)
        except BadInput as error:
            raise DeadLink(str(error), hint=error.hint) from error

    def _accept(self, token: str, name: str, password: str) -> Person:
        with self.parts.control.database.session() as session:
            taken = invitations.read_invitation(session, token)
            person = people.accept(session, token, name, password)
            audit.record(
                session,
                people.caller_of(session, person),
                "invitation.accept",
                person.email,
                taken.project,
                role=taken.role,
                resets_password=taken.resets_password,
            )
            return person

    def _page(
        self, invitation: Invitation, problem: BadInput | None = None, *, name: str = ""
    ) -> Response:
        return page(
            "invite.html",
            400 if problem else 200,
            problem=problem,
            email=invitation.email,
            project=invitation.project,
            role=invitation.role,
            is_operator=invitation.is_operator,
            resets=invitation.resets_password,
            name=name,
            provider=self.parts.provider_name,
        )


def new_password(fields: Mapping[str, str]) -> str:
    """Return the password that was typed twice. Raises BadInput where the two differ."""
    if fields.get("password", "") != fields.get("again", ""):
        raise BadInput("the two passwords differ", hint="type the same one twice")
    return fields.get("password", "")


def _dead(problem: DeadLink) -> Response:
    return message("This link does not work", problem, 410, {"/sign-in": "Sign in"})
