"""Sign in by e-mail address and password; sign out."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.sign_in import sessions
from server.sign_in.addresses import client_of, own_path
from server.sign_in.forms import fields_of
from server.sign_in.pages import go, page
from server.sign_in.services import SignIn
from storage.control import audit, people
from storage.control.access import Caller, NotSignedIn
from storage.control.attempts import TooManyAttempts
from storage.control.people import WrongPassword
from storage.errors import StorageError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PasswordPages:
    """The pages /sign-in and /sign-out."""

    parts: SignIn

    def routes(self) -> Sequence[Route]:
        """Return the pages' routes."""
        return [
            Route("/sign-in", self.show),
            Route("/sign-in", self.take, methods=["POST"]),
            Route("/sign-out", self.leave, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Ask for e-mail address and password, unless it is known who asks."""
        address = own_path(request.query_params.get("next", ""))
        if await self._known(request):
            return go(address)
        return self._page(200, next=address)

    async def take(self, request: Request) -> Response:
        """Begin a session for those whose password is right."""
        fields = await fields_of(request)
        email, address = fields.get("email", "").strip(), own_path(fields.get("next", ""))
        parts, client = self.parts, client_of(request)
        try:
            person = await parts.in_thread(
                lambda: people.authenticate(
                    parts.control.database, email, fields.get("password", ""), client
                )
            )
        except TooManyAttempts as error:
            log.warning("too many attempts to sign in from %s", client)
            refusal = self._page(429, error, next=address, email=email)
            refusal.headers["Retry-After"] = str(error.retry_after_s)
            return refusal
        except WrongPassword as error:
            return self._page(403, error, next=address, email=email)
        return parts.let_in(request, person, address)

    async def leave(self, request: Request) -> Response:
        """End the session in this browser; with the field `everywhere`, all sessions of the person."""
        fields = await fields_of(request)
        caller = await self._known(request)
        if caller and fields.get("everywhere"):
            await self.parts.in_thread(lambda: self._end_all(caller))
        response = go("/")
        sessions.end(response)
        return response

    async def _known(self, request: Request) -> Caller | None:
        ticket = self.parts.sessions.read(request)
        if ticket is None:
            return None
        try:
            return await self.parts.in_thread(lambda: self.parts.sessions.caller(ticket))
        except NotSignedIn:
            return None

    def _end_all(self, caller: Caller) -> None:
        with self.parts.control.database.session() as session:
            person = people.end_sessions(session, caller.id)
            audit.record(session, caller, "person.end_sessions", person.email)

    def _page(
        self,
        status: int,
        problem: StorageError | None = None,
        *,
        next: str,  # noqa: A002 - the field's name
        email: str = "",
    ) -> Response:
        return page(
            "sign_in.html",
            status,
            problem=problem,
            next=next,
            email=email,
            provider=self.parts.provider_name,
        )
