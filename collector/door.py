"""Find out into which project a request goes: asked before a body is read."""

import re
from collections.abc import Mapping
from typing import Final

from collector.errors import BadProject
from storage.control.access import DEFAULT

PROJECT_HEADER: Final = "x-groundwire-project"

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Door:
    """Decides for every request that sends data. Its methods may be called from any thread."""

    def project(self, headers: Mapping[str, str]) -> str:
        """Return the project that a request goes into, from its HTTP headers or gRPC metadata. Raises BadProject."""
        return _named(headers) or DEFAULT

    def project_at_once(self, headers: Mapping[str, str]) -> str | None:
        """Do the same without waiting for anything; None where that cannot be."""
        return self.project(headers)


def _named(headers: Mapping[str, str]) -> str:
    """Return the project that a request names, '' if it names none. Raises BadProject."""
    name = headers.get(PROJECT_HEADER)
    if name is None:
        return ""
    if not _SLUG.fullmatch(name):
        raise BadProject(
            f"The {PROJECT_HEADER} header must be 1 to 63 characters of a-z, 0-9, '-' and '_',"
            " beginning with a letter or digit."
        )
    return name
