"""Questions of storage/queries/usage, which are put together from parts."""

from importlib.resources import files
from string import Template

from storage.query import Query, placeholders


def question(name: str, **parts: str) -> Query:
    """Return storage/queries/usage/<name>.sql with its parts in place: SQL of ours, never a caller's text."""
    text = files("storage").joinpath("queries", "usage", f"{name}.sql").read_text()
    filled = Template(text).substitute(parts)
    if "{project:String}" not in filled:
        raise ValueError(f"usage/{name}.sql reads without its project")
    return Query(f"usage/{name}", filled, placeholders(filled))
