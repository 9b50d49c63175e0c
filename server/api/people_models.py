"""The shapes of projects, members, keys, people and the audit log, as they are sent and taken."""

import json
from datetime import datetime
from typing import Annotated, Any, Final, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from storage.control.access import Caller, KeyScope, Permission, Role
from storage.control.members import Membership
from storage.control.models import AuditEntry

_MOST: Final = 1_000_000
"""Of hours and minutes that are taken as a time at all; which are too many says who is asked to wait so long."""


class Sent(BaseModel):
    """What a client sends. Members that are not known are refused: a slip in a name must not pass for a default."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _refuse_half_characters(cls, sent: Any) -> Any:
        """Refuse text that JSON can write and UTF-8 cannot (RFC 8259, 8.2): it could be kept and never shown again."""
        try:
            json.dumps(sent, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise ValueError("a text has half a character in it, a lone surrogate") from None
        return sent


class Shown(BaseModel):
    """What is answered, read from a row of the control database."""

    model_config = ConfigDict(from_attributes=True)


class ProjectAccess(BaseModel):
    """A project that the caller knows of, and what they may do in it."""

    name: str
    title: str
    permissions: list[Permission]


class Me(BaseModel):
    """Who asks. `kind`: local (nobody has been set up), person, key or page."""

    kind: str
    id: str
    name: str
    """As it is written down as an author: the e-mail address of a person, the name of a key."""
    full_name: str
    """What a person wants to be called; empty for others, and for who has not said."""
    is_operator: bool
    home: str | None
    """The project that is meant where none is named; null for a person without one."""
    projects: list[ProjectAccess]

    @classmethod
    def of(cls, caller: Caller, projects: list[ProjectAccess], full_name: str = "") -> Self:
        """Return what a caller is told of themselves."""
        home = caller.home() if projects else None
        return cls(
            kind=caller.kind,
            id=caller.id,
            name=caller.name,
            full_name=full_name,
            is_operator=caller.is_operator,
            home=home,
            projects=projects,
        )


class NewName(Sent):
    """What a person changes of themselves."""

    full_name: str


class ProjectOut(Shown):
    """A project. `title` is how people see it; where it is empty, the name."""

    name: str
    title: str
    created_at: datetime


class NewProject(Sent):
    """A project to make. The name is for good: spans carry it."""

    name: str
    title: str = ""


class NewTitle(Sent):
    """What is to change of a project."""

    title: str


class MemberOut(BaseModel):
    """A person and what they are in the project."""

    id: str
    email: str
    name: str
    role: Role
    is_disabled: bool
    last_sign_in_at: datetime | None

    @classmethod
    def of(cls, member: Membership) -> Self:
        """Return a member as they are shown."""
        person = member.person
        return cls(
            id=person.id,
            email=person.email,
            name=person.name,
            role=member.role,
            is_disabled=person.is_disabled,
            last_sign_in_at=person.last_sign_in_at,
        )


class NewMember(Sent):
    """Who becomes what in a project."""

    email: str
    role: Role


class InvitationOut(Shown):
    """An invitation that waits. `id` is good for withdrawing it and for nothing else."""

    id: Annotated[str, Field(validation_alias="token_hash")]
    email: str
    project: str | None
    role: Role | None
    is_operator: bool
    resets_password: bool
    expires_at: datetime
    created_by: str
    created_at: datetime


class Link(BaseModel):
    """A link to give to somebody. It is shown this once."""

    email: str
    link: str


class KeyOut(Shown):
    """An API key, without its secret. `state`: active, expired or revoked."""

    id: str
    project: str
    name: str
    scopes: Annotated[list[KeyScope], BeforeValidator(sorted)]
    state: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """To the minute."""
    revoked_at: datetime | None
    replaced_by: str | None


class NewKey(Sent):
    """A key to make."""

    name: str
    scopes: list[KeyScope]
    expires_at: AwareDatetime | None = None


class Rotation(Sent):
    """How long the old key works on beside its successor."""

    grace_hours: Annotated[float, Field(ge=0, le=_MOST)] = 24


class KeyAndSecret(BaseModel):
    """A new key. `secret` is shown this once: `Authorization: Bearer <secret>`."""

    key: KeyOut
    secret: str


class NewPublishable(Sent):
    """A publishable key to make: what a browser may hold to give feedback."""

    ttl_minutes: Annotated[float, Field(gt=0, le=_MOST)] = 60
    trace_id: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{32})?$")] = ""
    """Only feedback on this trace; empty: on any of the project."""
    key_id: str = ""
    """The key whose end is its end too; needed from people, who are no key themselves."""


class Publishable(BaseModel):
    """A publishable key."""

    key: str
    expires_at: datetime


class PersonOut(Shown):
    """Somebody who signs in."""

    id: str
    email: str
    name: str
    is_operator: bool
    is_disabled: bool
    created_at: datetime
    last_sign_in_at: datetime | None


class PersonAndRoles(PersonOut):
    """Somebody who signs in, and what they are in which project."""

    projects: dict[str, Role]


class PersonChange(Sent):
    """What is to change of a person; what is left out stays."""

    is_operator: bool | None = None
    is_disabled: bool | None = None
    end_sessions: bool = False
    """Sign them out everywhere."""


class NewPerson(Sent):
    """Somebody to invite, into no project."""

    email: str
    is_operator: bool = False


class AuditOut(Shown):
    """Something that was done. `target` names what it was done to."""

    id: int
    at: datetime
    project: str | None
    actor_kind: str
    actor: str
    action: str
    target: str
    detail: dict[str, Any]


class AuditPage(BaseModel):
    """Entries, the newest first."""

    entries: list[AuditOut]
    next_before: int | None
    """Pass it as `before` for the next page; null after the last."""

    @classmethod
    def of(cls, entries: list[AuditEntry], limit: int) -> Self:
        """Return a page of up to `limit` entries."""
        more = len(entries) == limit
        return cls(
            entries=[AuditOut.model_validate(entry) for entry in entries],
            next_before=entries[-1].id if more else None,
        )
