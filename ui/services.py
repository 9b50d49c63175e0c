"""What the pages need from the process around them."""

from dataclasses import dataclass

from storage.client import Engine
from storage.control.control import Control
from storage.counts import LiveCounters


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
