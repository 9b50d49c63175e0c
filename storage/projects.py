"""The projects that have ever sent anything."""

from storage.client import Engine


def list_projects(engine: Engine) -> list[str]:
    """Return the projects by name; `default` is always one of them."""
    raise NotImplementedError
