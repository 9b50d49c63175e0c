"""Projects: the applications whose traces belong together."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.control.access import Caller
from storage.control.checks import checked_name, checked_project
from storage.control.database import ControlDatabase, touch
from storage.control.models import Project, now
from storage.errors import BadInput


def create_project(session: Session, name: str, *, title: str = "") -> Project:
    """Make a project. Raises BadInput for a name that is no slug or is taken."""
    checked_project(name)
    if not _insert(session, name, checked_name(title, what="title")):
        raise BadInput(f"there is a project {name} already")
    return get_project(session, name)


def set_title(session: Session, name: str, title: str) -> Project:
    """Change how a project is shown. Its name stays: spans carry it."""
    project = get_project(session, name)
    project.title = checked_name(title, what="title")
    touch(session, f"project:{name}")
    return project


def get_project(session: Session, name: str) -> Project:
    """Return a project. Raises BadInput where there is none of this name."""
    project = session.get(Project, name)
    if project is None:
        raise BadInput(f"there is no project {name}")
    return project


def list_projects(session: Session) -> list[Project]:
    """Return all projects, by name. Who may see which is the caller's to say (`access.Caller.may`)."""
    return list(session.scalars(select(Project).order_by(Project.name)))


def known_to(session: Session, caller: Caller) -> list[Project]:
    """Return the projects that a caller may do anything in, by name: no others exist for them."""
    return [project for project in list_projects(session) if caller.permissions(project.name)]


def ensure_project(database: ControlDatabase, name: str) -> None:
    """See to it that there is a project of this name. A look-up in memory once this process has seen it.

    Raises BadInput for a name that is no slug, ControlUnavailable.
    """
    if name in database.projects_seen:
        return
    checked_project(name)
    with database.session() as session:
        _insert(session, name, "")
    database.projects_seen.add(name)


def _insert(session: Session, name: str, title: str) -> bool:
    """Add a project unless it is there, whoever else does the same at this moment; tell whether it was added."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Project).values(name=name, title=title, created_at=now())
    added = session.scalar(statement.on_conflict_do_nothing().returning(Project.name))
    touch(session, f"project:{name}")
    return added is not None
