"""The projects that have ever sent anything."""

from typing import Final

from storage.client import Engine
from storage.control.access import DEFAULT
from storage.query import ask, load_across

MAX_PROJECTS: Final = 10_000


def list_projects(engine: Engine) -> list[str]:
    """Return the projects by name; `default` is always one of them."""
    query = load_across("projects")
    rows = ask(engine, query.name, query.text, {"limit": MAX_PROJECTS}).result_rows
    return sorted({DEFAULT, *(row[0] for row in rows)})
