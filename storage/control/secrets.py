"""The server's signing secret: made once, and shared by every process of an installation through its database."""

import secrets
from typing import Final

from storage.control.database import ControlDatabase, serialise
from storage.control.models import ServerSecret

_NAME: Final = "signing"


def signing_secret(database: ControlDatabase) -> str:
    """Return the secret that cookies and tokens are signed with; the first process to ask makes it.

    256 random bits, in hexadecimal. Each use takes a salt of its own. Raises ControlUnavailable.
    """
    with database.reading() as session:
        kept = session.get(ServerSecret, _NAME)
    return kept.value if kept else _made(database)


def _made(database: ControlDatabase) -> str:
    with database.session() as session:
        serialise(session, "signing secret")
        kept = session.get(ServerSecret, _NAME)
        if kept is None:
            kept = ServerSecret(name=_NAME, value=secrets.token_hex(32))
            session.add(kept)
        return kept.value
