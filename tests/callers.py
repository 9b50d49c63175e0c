"""Callers for tests that ask an app without its door."""

from collections.abc import Iterator
from contextlib import contextmanager

from storage.control import access
from storage.control.access import LOCAL, Caller


@contextmanager
def asking_as(caller: Caller = LOCAL) -> Iterator[Caller]:
    """Make `caller` the one who asks: in this thread, and in the test clients that it uses."""
    token = access._CALLER.set(caller)
    try:
        yield caller
    finally:
        access._CALLER.reset(token)
