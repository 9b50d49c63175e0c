"""What a process of Groundwire holds of the control database."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from storage.control.database import ControlDatabase
from storage.control.keys import Keys
from storage.control.people import any_person

_ASK_AGAIN_S: Final = 1.0
"""How long a process may not notice that another one has set up the first person."""


@dataclass
class Control:
    """The database, and what this process remembers of it. `open_control` makes one."""

    database: ControlDatabase
    keys: Keys
    _somebody: bool = field(default=False, init=False)
    _asked_at: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self.database.subscribe(self._ask_again)

    def is_open(self) -> bool:
        """Tell whether nobody has been set up yet, so that whoever is on this machine needs no sign-in.

        From memory once somebody is: people are disabled, never deleted. Until then the database is asked once a
        second, and at once after this process has set somebody up. Raises ControlUnavailable.
        """
        known = self.known_open()
        if known is not None:
            return known
        at = time.monotonic()
        with self.database.reading() as session:
            self._somebody = any_person(session)
        self._asked_at = at
        return not self._somebody

    def known_open(self) -> bool | None:
        """Return what `is_open` would say, where it need not ask the database; None where it has to."""
        if self._somebody:
            return False
        return True if time.monotonic() - self._asked_at < _ASK_AGAIN_S else None

    def close(self) -> None:
        """Write down what waits, and close the connections."""
        self.keys.close()
        self.database.close()

    def _ask_again(self, touched: frozenset[str]) -> None:
        if any(name.startswith("person:") for name in touched):
            self._asked_at = float("-inf")


def open_control(url: str) -> Control:
    """Open the control database at a URL, bring it up to date, and return it. Raises BadInput, ControlUnavailable."""
    database = ControlDatabase(url)
    database.migrate()
    return Control(database, Keys(database))


def default_url(data_dir: Path) -> str:
    """Return where the control database is kept unless somebody says otherwise."""
    return f"sqlite:///{data_dir.absolute() / 'control.db'}"
