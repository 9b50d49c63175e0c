"""Sign in with a provider: the way to it and the way back.

What ties the way back to the way there (state, nonce, the code's verifier, where to go on) travels in a signed cookie
of ten minutes, so any process can take the browser back.
"""

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.sign_in.addresses import own_path
from server.sign_in.pages import go, message
from server.sign_in.provider import (
    Attempt,
    Identity,
    NotProven,
    Provider,
    ProviderAway,
    ProviderError,
    ProviderRefused,
)
from server.sign_in.services import SignIn, by_https
from storage.control import audit, members, people
from storage.control.access import DEFAULT
from storage.control.invitations import waiting_for
from storage.control.models import Identity as KnownIdentity
from storage.control.models import Person
from storage.control.people import NotAdmitted

log = logging.getLogger(__name__)

_COOKIE: Final = "groundwire_oidc"
_PATH: Final = "/oidc/"
_MINUTES: Final = 10
"""How long somebody may take at the provider."""
_AGAIN: Final = {"/oidc/start": "Try again", "/sign-in": "Sign in otherwise"}


@dataclass(frozen=True, slots=True)
class OidcPages:
    """The addresses /oidc/start and /oidc/callback."""

    parts: SignIn
    provider: Provider

    def routes(self) -> Sequence[Route]:
        """Return the routes."""
        return [Route("/oidc/start", self.start), Route("/oidc/callback", self.come_back)]

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider."""
        attempt = Attempt(
            redirect_uri=f"{self.parts.base_url(request)}/oidc/callback",
            state=secrets.token_urlsafe(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
        )
        try:
            response = go(await self.provider.address(attempt))
        except ProviderAway as error:
            return self._away(error)
        kept = {**asdict(attempt), "next": own_path(request.query_params.get("next", ""))}
        response.set_cookie(
            _COOKIE,
            self._serializer.dumps(kept),
            max_age=_MINUTES * 60,
            path=_PATH,
            secure=by_https(request),
            httponly=True,
            samesite="lax",
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """Begin a session for those whom the provider vouches for and who may have one. Each attempt counts once."""
        response = await self._outcome(request)
        response.delete_cookie(_COOKIE, path=_PATH, httponly=True, samesite="lax")
        return response

    async def _outcome(self, request: Request) -> Response:
        try:
            attempt, address = self._attempt(request)
            identity = await self.provider.identity(attempt, request.query_params)
            person = await self.parts.in_thread(lambda: self._person(identity))
        except ProviderAway as error:
            return self._away(error)
        except ProviderError as error:
            log.warning("signing in with %s failed: %s", self.provider.issuer, error)
            return message("You are not signed in", error, _status(error), _AGAIN)
        except NotAdmitted as error:
            return message("You are not signed in", error, 403, {"/sign-in": "Sign in otherwise"})
        return self.parts.let_in(request, person, address)

    def _attempt(self, request: Request) -> tuple[Attempt, str]:
        """Return the attempt that this browser began, and where to go on. Raises NotProven."""
        try:
            kept: dict[str, Any] = self._serializer.loads(
                request.cookies.get(_COOKIE, ""), max_age=_MINUTES * 60
            )
        except BadData as error:
            raise NotProven(
                f"this browser began no attempt to sign in within {_MINUTES} minutes, or has ended it"
            ) from error
        return Attempt(**{name: value for name, value in kept.items() if name != "next"}), kept[
            "next"
        ]

    def _person(self, identity: Identity) -> Person:
        """Return the person, who may be new. Raises NotAdmitted."""
        admission = self.parts.admission
        with self.parts.control.database.session() as session:
            is_linked = session.get(KnownIdentity, (identity.issuer, identity.subject)) is None
            is_stranger = people.person_by_email(session, identity.email) is None
            waiting = waiting_for(session, identity.email)
            person = people.person_of_identity(
                session,
                identity.issuer,
                identity.subject,
                identity.email,
                identity.email_verified,
                identity.name,
                admit=admission.admits(identity.email),
            )
            if is_linked:
                caller = people.caller_of(session, person)
                action = "person.create" if is_stranger else "person.link"
                audit.record(session, caller, action, person.email, issuer=identity.issuer)
                for taken in waiting:
                    audit.record(
                        session,
                        caller,
                        "invitation.accept",
                        person.email,
                        taken.project,
                        role=taken.role,
                    )
                if is_stranger and admission.role and not caller.grants:
                    members.set_member(session, DEFAULT, person.id, admission.role)
                    audit.record(
                        session, caller, "member.set", person.email, DEFAULT, role=admission.role
                    )
            return person

    def _away(self, error: ProviderAway) -> Response:
        log.warning("signing in with %s failed: %s", self.provider.issuer, error)
        shown = ProviderAway(f"{self.parts.provider_name} does not answer as it should")
        return message("Sign-in is not possible at the moment", shown, 502, _AGAIN)

    @property
    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self.parts.secret,
            salt="groundwire oidc attempt",
            signer_kwargs={"digest_method": hashlib.sha256},
        )


def _status(error: ProviderError) -> int:
    return 403 if isinstance(error, ProviderRefused) else 400
