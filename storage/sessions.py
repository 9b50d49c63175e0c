"""Sessions: the traces that share a session id, as a list and turn by turn."""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Engine
from storage.page import Page
from storage.scope import Scope
from storage.window import Window, from_unix_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """What the traces of one session come to, of those within the window."""

    session_id: str
    user_id: str
    tenant_id: str
    traces: int
    errors: int
    """Traces that ended in an error."""
    first_time_unix_nano: int
    last_time_unix_nano: int
    """Start of the first and of the last trace."""
    total_tokens: int
    cost_usd: float | None

    @property
    def first_time(self) -> datetime:
        """Start of the first trace, UTC."""
        return from_unix_nano(self.first_time_unix_nano)

    @property
    def last_time(self) -> datetime:
        """Start of the last trace, UTC."""
        return from_unix_nano(self.last_time_unix_nano)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One trace of a session: what was asked and what was answered."""

    trace_id: str
    start_time_unix_nano: int
    duration_ns: int
    name: str
    status: str
    error_type: str
    input: str
    """Full text."""
    output: str
    """Full text."""
    models: list[str]
    tools: list[str]
    total_tokens: int
    cost_usd: float | None

    @property
    def time(self) -> datetime:
        """Start in UTC."""
        return from_unix_nano(self.start_time_unix_nano)


def list_sessions(
    engine: Engine,
    scope: Scope,
    *,
    window: Window | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
    limit: int = 50,
    cursor: str = "",
) -> Page[SessionRow]:
    """Return a page of sessions, the one with the latest trace first."""
    raise NotImplementedError


def session_turns(
    engine: Engine, scope: Scope, session_id: str, *, limit: int = 50, cursor: str = ""
) -> Page[Turn]:
    """Return a page of a session's traces in time order; an empty page where there is no such session."""
    raise NotImplementedError
