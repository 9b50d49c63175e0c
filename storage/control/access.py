"""Who may do what: every access rule of Groundwire.

A request's caller is found out once, at the door (server/gate.py, collector/receive.py). Whatever reads or writes
then asks the caller for the `Scope` of a project, naming the permission that it needs; without one there is no scope,
and without a scope there is no query. docs/reference/access.md shows these tables, and a test keeps it in step.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from storage.scope import Scope

DEFAULT: Final = "default"
"""The project of those who name none, if it is theirs."""


class Permission(StrEnum):
    """A thing that can be done within a project."""

    INGEST = "ingest"
    """Send spans, logs, metrics and evaluations by code or model."""
    FEEDBACK = "feedback"
    """Give an end user's feedback; it cannot be read back."""
    READ = "read"
    """See everything of the project: traces, texts, evaluations, figures."""
    ANNOTATE = "annotate"
    """Judge: write evaluations in one's own name, work through annotation queues."""
    EDIT = "edit"
    """Change what the project's members share: annotation queues and their criteria."""
    MANAGE = "manage"
    """Change members, roles and keys; see the project's audit log."""


class Role(StrEnum):
    """What a member is in a project. Each may do what the one before may."""

    VIEWER = "viewer"
    ANNOTATOR = "annotator"
    EDITOR = "editor"
    ADMIN = "admin"


class KeyScope(StrEnum):
    """What an API key is for. A key has one or several."""

    INGEST = "ingest"
    FEEDBACK = "feedback"
    READ = "read"
    MANAGE = "manage"


_VIEWER: Final = frozenset({Permission.READ})
_ANNOTATOR: Final = _VIEWER | {Permission.ANNOTATE}
_EDITOR: Final = _ANNOTATOR | {Permission.EDIT}

OF_ROLE: Final[Mapping[Role, frozenset[Permission]]] = {
    Role.VIEWER: _VIEWER,
    Role.ANNOTATOR: _ANNOTATOR,
    Role.EDITOR: _EDITOR,
    Role.ADMIN: _EDITOR | {Permission.MANAGE},
}

OF_KEY_SCOPE: Final[Mapping[KeyScope, frozenset[Permission]]] = {
    KeyScope.INGEST: frozenset({Permission.INGEST, Permission.FEEDBACK}),
    KeyScope.FEEDBACK: frozenset({Permission.FEEDBACK}),
    KeyScope.READ: frozenset({Permission.READ}),
    KeyScope.MANAGE: frozenset({Permission.EDIT, Permission.MANAGE}),
}

EVERYTHING: Final = frozenset(Permission)

OF_OPERATOR: Final = OF_ROLE[Role.ADMIN]
"""What an operator may do in every project, besides making projects and people."""


class AccessDenied(Exception):  # noqa: N818 - it reads as what happened
    """The caller may not do this."""


class NotSignedIn(AccessDenied):
    """Nobody is known to ask: HTTP 401."""


class Forbidden(AccessDenied):
    """The caller is known and may not do this: HTTP 403. Says the same whether or not a project exists."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they may do. Made from a session, a key or, without sign-in, from the loopback address."""

    kind: Literal["local", "person", "key", "page"]
    """`local`: somebody on this machine while nobody has been set up. `page`: a browser with a publishable key."""
    id: str
    """Id of the person or key; of a publishable key, of the key that it was made with."""
    name: str
    """As it is shown and written down as an author: the e-mail address of a person, the name of a key."""
    grants: Mapping[str, frozenset[Permission]] = field(default_factory=dict)
    """Permissions by project."""
    is_operator: bool = False
    """May do what an admin may in every project, and make projects and people."""
    trace_id: str = ""
    """Of a `page`: the one trace that it may give feedback on; empty: any."""

    def may(self, permission: Permission, project: str) -> bool:
        """Tell whether the caller may do this in a project."""
        return permission in self.permissions(project)

    def permissions(self, project: str) -> frozenset[Permission]:
        """Return all that the caller may do in a project; nothing, for one that is not there or not theirs."""
        if self.kind == "local":
            return EVERYTHING
        granted = self.grants.get(project, frozenset[Permission]())
        return granted | OF_OPERATOR if self.is_operator else granted

    def scope(self, permission: Permission, project: str) -> Scope:
        """Return the scope to do this in a project. Raises Forbidden."""
        if not self.may(permission, project):
            raise Forbidden(f"no right to {permission} in a project {project}")
        return Scope(project)

    def home(self) -> str:
        """Return the project that the caller means who names none. Raises Forbidden if there is none.

        A key's own; else `default` where it is theirs, else the first of theirs by name.
        """
        if self.kind == "local" or self.is_operator or DEFAULT in self.grants:
            return DEFAULT
        if not self.grants:
            raise Forbidden("you are not a member of any project yet")
        return min(self.grants)

    def grant(self, permissions: frozenset[Permission], project: str) -> None:
        """Return if the caller may give these permissions to a key or a member. Raises Forbidden.

        Whoever manages a project gives away what they have themselves, and what only lets data in: so a key that may
        manage and not read makes none that reads.
        """
        self.scope(Permission.MANAGE, project)
        for permission in permissions - OF_KEY_SCOPE[KeyScope.INGEST]:
            if not self.may(permission, project):
                raise Forbidden(
                    f"no right to {permission} in a project {project}, so none to grant it"
                )

    def operate(self) -> None:
        """Return if the caller may make projects and people. Raises Forbidden."""
        if self.kind != "local" and not self.is_operator:
            raise Forbidden("only operators may do this")


LOCAL: Final = Caller("local", "", "local", is_operator=True)
"""Whoever is on this machine, for as long as nobody has been set up."""

_CALLER: ContextVar[Caller] = ContextVar("caller")


def current() -> Caller:
    """Return the caller of the request in hand. Raises NotSignedIn where the door found none."""
    caller = _CALLER.get(None)
    if caller is None:
        raise NotSignedIn("sign in, or send an API key")
    return caller


def enter(caller: Caller) -> None:
    """Make `caller` the one of this request: of the context that runs now and of those it starts."""
    _CALLER.set(caller)
