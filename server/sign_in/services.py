"""What the sign-in pages need, and what more than one of them does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from server.sign_in.pages import go
from server.sign_in.sessions import Sessions
from storage.control.access import Role
from storage.control.control import Control
from storage.control.models import Person

if TYPE_CHECKING:
    from server.sign_in.provider import Provider

_Result = TypeVar("_Result")

_AT_ONCE: Final = 4
"""Threads that these pages may take: each may compute a hash that is slow on purpose, and the API needs threads too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whom an OIDC provider's word gets in, besides those who are known or invited."""

    domains: frozenset[str] = frozenset()
    """Of e-mail addresses, in lower case."""
    role: Role | None = None
    """What they become in the project `default`; None: nothing, somebody makes them members."""

    def admits(self, email: str) -> bool:
        """Whether somebody with this address gets an account."""
        return email.rpartition("@")[2].strip().lower() in self.domains


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The parts that the pages work with."""

    control: Control
    sessions: Sessions
    secret: str
    """Signs what is kept in cookies."""
    provider: "Provider | None" = None
    provider_name: str = ""
    """As the button shows it; empty without a provider."""
    admission: Admission = field(default_factory=Admission)
    public_url: str = ""
    """Where browsers reach this server, without a slash at the end; empty: as the request says."""
    _threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_AT_ONCE))

    async def in_thread(self, work: Callable[[], _Result]) -> _Result:
        """Do what may take a while in one of a few threads, and return its result."""
        return await to_thread.run_sync(work, limiter=self._threads)

    def let_in(self, request: Request, person: Person, address: str) -> Response:
        """Begin a person's session and send the browser on."""
        response = go(address)
        ticket = self.sessions.begin(person)
        response.headers.append(
            "set-cookie", self.sessions.cookie(ticket, secure=by_https(request))
        )
        return response

    def base_url(self, request: Request) -> str:
        """Return where browsers reach this server, without a slash at the end."""
        return self.public_url or str(request.base_url).rstrip("/")


def by_https(request: Request) -> bool:
    """Whether the browser came by https: then its cookies never travel otherwise."""
    return request.url.scheme == "https"
