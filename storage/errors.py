"""What a question to the store can end in, other than an answer.

StorageError
├── BadInput          the question is wrong; the message says what to mend (also a ValueError)
├── QueryTimeout      it took longer than a question may
├── TooMuchData       it would read or hold more than a question may
└── StoreUnavailable  the engine could not be reached, or is closed
"""


class StorageError(Exception):
    """Base of everything that the reading side raises on purpose."""


class BadInput(StorageError, ValueError):  # noqa: N818 - a name from the callers' side: it is their input
    """The question is wrong. `hint` says what was expected, `column` (1-based) where in the text."""

    def __init__(self, message: str, *, hint: str = "", column: int | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.column = column


class QueryTimeout(StorageError):  # noqa: N818 - as BadInput
    """The engine gave up after the longest time that a question may take. A shorter window helps."""


class TooMuchData(StorageError):  # noqa: N818 - as BadInput
    """The question would read or hold more than allowed. A shorter window or a filter helps."""


class StoreUnavailable(StorageError):  # noqa: N818 - as BadInput
    """The engine cannot be reached or is closed; the same question may work a moment later."""
