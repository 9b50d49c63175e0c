"""Which costing is under way: what rolls up asks, so that its figures come along beside those that count."""

from storage.client import Engine
from storage.statements import statement


def running_costing(engine: Engine, project: str) -> int:
    """Return the id of the costing that is under way in a project, 0 for none.

    Ask after the version of what is rolled up is known: a costing that begins later then makes newer rows.
    """
    rows = (
        engine.client()
        .query(statement("running_costing"), parameters={"project": project})
        .result_rows
    )
    return int(rows[0][0])
