"""What the pages need from the process around them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from storage.client import Engine
from storage.control.control import Control


class Balance(Protocol):
    """What became of the rows (spans, log records, metric points) of one project and signal."""

    received: int
    stored: int
    duplicate: int
    rejected: int
    quarantined: int
    spooled: int
    """Accepted and durable, but not loaded yet."""


class LiveCounters(Protocol):
    """The account of received rows, the spool included."""

    def by_project(self) -> Mapping[tuple[Any, str], Balance]:
        """Return the counters since the beginning by signal and project, of all of them: show none unasked."""


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every page and endpoint by `create_ui`."""

    engine: Engine
    live: LiveCounters
    control: Control
    prefix: str
    """Path of the pages, with a slash at both ends."""
    otlp_port: int
    """Where apps send OTLP over HTTP: shown to people who set one up."""
