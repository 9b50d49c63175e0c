"""A server that captures, and this process tracing to it."""

import os
from collections.abc import Callable, Iterator
from unittest.mock import patch

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
    """Return `init` for this process, without instrumentations; it ends with the test.

    So does what it tells instrumentations in the environment: programs that later tests start would
    otherwise leave out their texts because a test before asked for none.
    """

    def started(**settings: object) -> Capture:
        groundwire.shutdown()
        NOTICES.say_the_rest()  # what a test before made the log keep quiet about
        groundwire.init(endpoint=capture.url, instrument=False, **settings)  # type: ignore[arg-type]
        return capture

    with patch.dict(os.environ):
        yield started
        capture.answering.set()
        groundwire.shutdown(0.5)


@pytest.fixture
def traced(start: Start) -> Capture:
    """Trace this process to a server, with everything in plain."""
    return start()
