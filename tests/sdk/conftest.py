"""A server that captures, and this process tracing to it."""

from collections.abc import Callable, Iterator

import groundwire
import pytest
from groundwire._notices import NOTICES

from tests.sdk.capture import Capture, capturing

Start = Callable[..., Capture]


@pytest.fixture
def capture() -> Iterator[Capture]:
    """Run a server that takes whatever is sent to it."""
    with capturing() as server:
        yield server


@pytest.fixture
def start(capture: Capture) -> Iterator[Start]:
    """Return `init` for this process, without instrumentations; it ends with the test."""

    def started(**settings: object) -> Capture:
        groundwire.shutdown()
        NOTICES.say_the_rest()  # what a test before made the log keep quiet about
        groundwire.init(endpoint=capture.url, instrument=False, **settings)  # type: ignore[arg-type]
        return capture

    yield started
    capture.answering.set()
    groundwire.shutdown(0.5)


@pytest.fixture
def traced(start: Start) -> Capture:
    """Trace this process to a server, with everything in plain."""
    return start()
