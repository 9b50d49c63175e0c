"""API keys of a project: list, make, rotate, revoke; and publishable ones for browsers."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, status

from server.api.deps import ProjectDep
from server.api.errors import NotFound
from server.api.management import Change, ControlDep, changing
from server.api.people_models import (
    KeyAndSecret,
    KeyOut,
    NewKey,
    NewPublishable,
    Publishable,
    Rotation,
)
from storage.control import keys
from storage.control.access import OF_KEY_SCOPE, Caller, KeyScope, Permission, current
from storage.control.key_callers import caller_of_key
from storage.control.models import ApiKey, now
from storage.errors import BadInput

router = APIRouter(tags=["keys"])

KeyId = Annotated[
    str, Path(description="Id of the key: what stands between `gw_` and the second `_`.")
]


@router.get("/keys")
def list_keys(control: ControlDep, project: ProjectDep) -> dict[str, list[KeyOut]]:
    """List a project's keys, the newest first, without secrets; those that have ended too."""
    current().scope(Permission.MANAGE, project)
    with control.database.reading() as session:
        return {"keys": [KeyOut.model_validate(key) for key in keys.list_keys(session, project)]}


@router.post("/keys", status_code=status.HTTP_201_CREATED)
def create_key(control: ControlDep, project: ProjectDep, new: NewKey) -> KeyAndSecret:
    """Make a key. Its secret is in this answer and nowhere else. Nobody grants more than they have."""
    _grant(new.scopes, project)
    with changing(control) as change:
        key, secret = keys.create_key(
            change.session,
            project,
            new.name,
            new.scopes,
            created_by=change.caller.name,
            expires_at=new.expires_at,
        )
        change.record("key.create", key.id, project, name=key.name, scopes=sorted(key.scopes))
    return KeyAndSecret(key=KeyOut.model_validate(key), secret=secret)


@router.post("/keys/publishable", status_code=status.HTTP_201_CREATED)
def create_publishable(
    control: ControlDep, project: ProjectDep, new: NewPublishable
) -> Publishable:
    """Make a publishable key: for a browser, good for feedback alone, for a short time, at most as long as its parent.

    A key that may give feedback makes one of itself. Whoever manages the project may name another key as the parent.
    """
    ttl = timedelta(minutes=new.ttl_minutes)
    caller = current()
    parent = _parent(control, project, new.key_id) if caller.kind != "key" or new.key_id else caller
    parent.scope(Permission.FEEDBACK, project)
    text = control.keys.publishable(parent, ttl=ttl, trace_id=new.trace_id.lower())
    return Publishable(key=text, expires_at=now() + ttl)


@router.post("/keys/{key_id}/rotate", status_code=status.HTTP_201_CREATED)
def rotate_key(
    control: ControlDep, project: ProjectDep, key_id: KeyId, rotation: Rotation
) -> KeyAndSecret:
    """Make a successor of a key, with the same name, scopes and end; the old one works on for the grace period."""
    with changing(control) as change:
        old = _key_of(change, project, key_id)
        _grant(old.scopes, project)
        key, secret = keys.rotate_key(
            change.session,
            key_id,
            grace=timedelta(hours=rotation.grace_hours),
            created_by=change.caller.name,
        )
        change.record(
            "key.rotate",
            key_id,
            project,
            name=key.name,
            replaced_by=key.id,
            grace_hours=rotation.grace_hours,
        )
    return KeyAndSecret(key=KeyOut.model_validate(key), secret=secret)


@router.delete("/keys/{key_id}")
def revoke_key(control: ControlDep, project: ProjectDep, key_id: KeyId) -> KeyOut:
    """End a key: at once in this process, within five seconds in others. What it sent stays."""
    with changing(control) as change:
        _key_of(change, project, key_id)
        key = keys.revoke_key(change.session, key_id)
        change.record("key.revoke", key_id, project, name=key.name)
    return KeyOut.model_validate(key)


def _grant(scopes: frozenset[KeyScope] | list[KeyScope], project: str) -> None:
    """Return if the caller may give a key these scopes. Raises Forbidden."""
    given = frozenset[Permission]().union(*(OF_KEY_SCOPE[scope] for scope in scopes))
    current().grant(given, project)


def _key_of(change: Change, project: str, key_id: str) -> ApiKey:
    """Return a key of a project that the caller manages. Another project's key is not there."""
    change.caller.scope(Permission.MANAGE, project)
    key = change.session.get(ApiKey, key_id)
    if key is None or key.project != project:
        raise NotFound(f"there is no key {key_id[:40]!r} in this project")
    return key


def _parent(control: ControlDep, project: str, key_id: str) -> Caller:
    """Return the caller that a key of a project is which the current caller manages.

    Raises Forbidden, NotFound and BadInput.
    """
    current().scope(Permission.MANAGE, project)
    if not key_id:
        raise BadInput(
            "a publishable key needs a parent", hint="name a key of the project as key_id"
        )
    with changing(control) as change:
        key = _key_of(change, project, key_id)
        if key.state != "active":
            raise BadInput("this key does not work any more", hint="name one that does")
        change.record("key.publish", key_id, project)
        return caller_of_key(key)
