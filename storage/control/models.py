"""The tables of the control database."""

import enum
import secrets
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from storage.control.access import KeyScope, Role

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints, so that a migration can name them alike on both databases."""


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)


def now() -> datetime:
    """Return the time as the database keeps it: UTC, with its zone."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id for a row: 16 hexadecimal digits. Not a secret."""
    return secrets.token_hex(8)


class UtcTime(TypeDecorator[datetime]):
    """A moment. Comes back in UTC with its zone, which SQLite would lose."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Turn a moment into UTC. Raises ValueError for one without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        """Give a moment in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class KeyScopes(TypeDecorator[frozenset[KeyScope]]):
    """The scopes of a key, as their names in alphabetical order."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: frozenset[KeyScope] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        """Write the names."""
        return None if value is None else " ".join(sorted(value))

    def process_result_value(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - as above
    ) -> frozenset[KeyScope] | None:
        """Read the names."""
        return None if value is None else frozenset(KeyScope(name) for name in value.split())


def _names(of: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in of]


_ROLE: Final = Enum(Role, native_enum=False, length=16, values_callable=_names)

MAX_EMAIL: Final = 254
"""Characters: RFC 5321 (4.5.3.1.3) allows a path of 256 octets, its brackets included."""

_ID = String(16)
_SHA256 = String(64)
_PROJECT = String(63)


class Project(Base):
    """An application whose traces belong together."""

    __tablename__ = "projects"

    name: Mapped[str] = mapped_column(_PROJECT, primary_key=True)
    """A slug; never changes, because spans carry it."""
    title: Mapped[str] = mapped_column(String(200))
    """As people see it; empty: the name."""
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class Person(Base):
    """Somebody who signs in."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(MAX_EMAIL), unique=True)
    """In small letters (`checks.folded`), so that an address has one person whatever its case."""
    name: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2id. None: signs in by OIDC, or has not accepted an invitation yet."""
    is_operator: Mapped[bool] = mapped_column(default=False)
    is_disabled: Mapped[bool] = mapped_column(default=False)
    session_epoch: Mapped[int] = mapped_column(default=0)
    """A session carries the one that it began in, and ends when this is raised."""
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Identity(Base):
    """A person as an OIDC provider knows them. `subject` is unique within `issuer` (OpenID Connect Core, 5.7)."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(500), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class Member(Base):
    """What a person is in a project."""

    __tablename__ = "members"

    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), primary_key=True)
    person_id: Mapped[str] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[Role] = mapped_column(_ROLE)
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class ApiKey(Base):
    """A key of a project. Only the hash of its secret is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=new_id)
    project: Mapped[str] = mapped_column(ForeignKey("projects.name"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scopes: Mapped[frozenset[KeyScope]] = mapped_column(KeyScopes)
    secret_hash: Mapped[str] = mapped_column(_SHA256)
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    """Name of the caller, as an author is written down."""
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """To the minute; late by a minute."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    replaced_by: Mapped[str | None] = mapped_column(_ID)
    """Id of the key that a rotation made in its place."""

    @property
    def state(self) -> str:
        """`active`, `expired` or `revoked`, as of now."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= now() else "active"


class Invitation(Base):
    """A link that makes somebody a person, or gives a person a new password. Only the hash of its token is kept."""

    __tablename__ = "invitations"

    token_hash: Mapped[str] = mapped_column(_SHA256, primary_key=True)
    email: Mapped[str] = mapped_column(String(MAX_EMAIL), index=True)
    project: Mapped[str | None] = mapped_column(ForeignKey("projects.name"), index=True)
    role: Mapped[Role | None] = mapped_column(_ROLE)
    is_operator: Mapped[bool] = mapped_column(default=False)
    resets_password: Mapped[bool] = mapped_column(default=False)
    """For a person who exists. Only operators may make one: whoever holds it can sign in as that person."""
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(MAX_EMAIL))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)


class SignInAttempt(Base):
    """An attempt to sign in by password, kept for as long as it counts towards a limit."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("ix_sign_in_attempts_subject_at", "subject", "at"),
        Index("ix_sign_in_attempts_address_at", "address", "at"),
        Index("ix_sign_in_attempts_at", "at"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    subject: Mapped[str] = mapped_column(_SHA256)
    """Hash of the address that was typed, because people type passwords there."""
    address: Mapped[str] = mapped_column(String(64))
    """Network that it came from."""
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    succeeded: Mapped[bool] = mapped_column(default=False)


class AuditEntry(Base):
    """Who did what. Outlives what it is about, so it refers to nothing."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_project_id", "project", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UtcTime, default=now)
    project: Mapped[str | None] = mapped_column(_PROJECT)
    """None: about the whole server."""
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(MAX_EMAIL))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(500))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ServerSecret(Base):
    """A secret of this installation, shared by its processes."""

    __tablename__ = "server_secrets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=now)
