"""The projects that the reader may see: none of the others is named or counted on a page."""

from collections.abc import Mapping

from storage.control import projects
from storage.control.access import Permission, current
from storage.counts import Counts
from ui.services import Services

Flows = Mapping[tuple[str, str], Counts]
"""What became of the rows of each (signal, project) that anything came in for."""


def readable(services: Services) -> dict[str, str]:
    """Return the projects that the reader may see, in order of their names: the title of each, or else its name."""
    caller = current()
    with services.control.database.reading() as session:
        known = projects.known_to(session, caller)
    return {p.name: p.title or p.name for p in known if caller.may(Permission.READ, p.name)}


def flows(services: Services) -> Flows:
    """Return the counters of the projects that the reader may see."""
    theirs = frozenset(readable(services))
    return {
        (str(signal), project): balance
        for (signal, project), balance in services.live.by_project().items()
        if project in theirs and balance.received
    }
