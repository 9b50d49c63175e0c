"""GET /audit: who did what."""

from typing import Annotated

from fastapi import APIRouter, Query

from server.api.deps import ProjectDep
from server.api.management import ControlDep
from server.api.people_models import AuditPage
from storage.control import audit
from storage.control.access import Permission, current

router = APIRouter(tags=["audit"])


@router.get("/audit")
def list_entries(
    control: ControlDep,
    project: ProjectDep,
    *,
    everything: Annotated[
        bool, Query(description="Of all projects and of the server itself. Operators only.")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=audit.MOST, description="Entries of a page.")] = 50,
    before: Annotated[int | None, Query(description="`next_before` of the page before.")] = None,
) -> AuditPage:
    """List changes of members, roles, keys and queues in a project, the newest first."""
    caller = current()
    if everything:
        caller.operate()
    else:
        caller.scope(Permission.MANAGE, project)
    with control.database.reading() as session:
        found = audit.entries(session, None if everything else project, limit, before)
        return AuditPage.of(found, limit)
