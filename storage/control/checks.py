"""What may be kept as an e-mail address, a person's name, a title. Errors say what to mend."""

import re
from typing import Final

from storage.control.models import MAX_EMAIL
from storage.errors import BadInput

MAX_NAME: Final = 200
"""Characters of a person's name or a project's title."""

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def checked_email(email: str) -> str:
    """Return an e-mail address as it is kept. Raises BadInput for what cannot be one.

    Whether it receives mail only a mail would tell; this catches slips, and what would break a page or a log.
    """
    address = folded(email)
    name, _, domain = address.rpartition("@")
    if not (name and domain) or len(address) > MAX_EMAIL or not _is_plain(address):
        raise BadInput("this is no e-mail address", hint="write it as name@example.com")
    return address


def folded(email: str) -> str:
    """Return the one form in which an address is kept and compared."""
    return email.strip().lower()


def checked_name(name: str, *, most: int = MAX_NAME, what: str = "name") -> str:
    """Return a text that people see as it is kept. Raises BadInput for one that is too long or not printable."""
    name = name.strip()
    if len(name) > most or not name.isprintable():
        raise BadInput(
            f"this {what} cannot be kept", hint=f"take at most {most} printable characters"
        )
    return name


def checked_project(name: str) -> str:
    """Return the name of a project. Raises BadInput for one that is no slug."""
    if not _SLUG.fullmatch(name):
        raise BadInput(
            "this is no name of a project",
            hint="take 1 to 63 characters of a-z, 0-9, '-' and '_', beginning with a letter or a digit",
        )
    return name


def _is_plain(address: str) -> bool:
    return address.isprintable() and not any(c.isspace() or c in '"<>(),:;[]\\' for c in address)
