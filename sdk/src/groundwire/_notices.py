"""What the SDK has to say: on the logger `groundwire`, each cause at most once a minute.

Nothing that an app does may fail because of the SDK, so what goes wrong is told here and nowhere
else. A text names counts and causes, never what a span holds.
"""

import functools
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, cast

LOGGER: Final = logging.getLogger("groundwire")
_QUIET_S: Final = 60.0

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass
class _Cause:
    text: str
    level: int
    said_at: float | None = None  # monotonic seconds
    amount: int = 0  # since it was last said


class Notices:
    """Counts what happened a cause, and says it when the cause has been quiet for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # A span may end while the collector of garbage runs inside this lock: it is re-entrant.
        self._lock = threading.RLock()
        self._causes: dict[str, _Cause] = {}

    def say(self, cause: str, text: str, amount: int = 1, *, level: int = logging.WARNING) -> None:
        """Log a text in which `{amount}` stands for how often it happened since it was last said."""
        with self._lock:
            known = self._causes.setdefault(cause, _Cause(text, level))
            known.amount += amount
            now = self._clock()
            if known.said_at is not None and now - known.said_at < _QUIET_S:
                return
            total, known.amount, known.said_at = known.amount, 0, now
        _log(level, text, total)

    def say_the_rest(self) -> None:
        """Log the counts of what happened since it was last said, as nothing more will come."""
        with self._lock:
            known = self._causes.values()
            causes = [cause for cause in known if cause.amount and "{amount}" in cause.text]
            self._causes.clear()
        for cause in causes:
            _log(cause.level, cause.text, cause.amount)

    def after_fork(self) -> None:
        """Begin anew in a child: a thread of the parent may have held the lock."""
        self._lock = threading.RLock()
        self._causes = {}


def _log(level: int, text: str, amount: int) -> None:
    """Log a text; it names us, as an app that has not set up logging prints nothing else."""
    LOGGER.log(level, "groundwire: %s", text.replace("{amount}", str(amount)))


NOTICES: Final = Notices()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=NOTICES.after_fork)


def never_raises(function: Function, otherwise: object = None) -> Function:
    """Keep what goes wrong while recording away from the app: say it and return `otherwise`."""

    @functools.wraps(function)
    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - an app must not fail because it is traced
            if isinstance(error, TypeError) and _is_of_the_call(error):
                NOTICES.say(f"{function.__qualname__}:call", f"{error}; nothing was recorded")
            else:
                failed(function.__qualname__, error)
            return otherwise

    return cast("Function", guarded)


def _is_of_the_call(error: BaseException) -> bool:
    """Say whether the arguments did not fit: the function was not entered, and the text names parameters alone."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is None


def failed(what: str, error: BaseException) -> None:
    """Say that something of ours did not work; the error's text may hold content, so only its type is told."""
    kind = type(error).__name__
    NOTICES.say(
        f"{what}:{kind}", f"{what} did not work and recorded nothing ({kind}, {{amount}} times)"
    )
