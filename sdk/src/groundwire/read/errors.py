"""What can go wrong when reading. Every error says what to mend."""


class ReadError(Exception):
    """A question could not be answered; the classes below say why."""


class BadQuestion(ReadError):  # noqa: N818 - says what is the case
    """The question is wrong, or asks for too much. `column` points into a filter, counted from 1."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column


class NotAllowed(ReadError):  # noqa: N818 - says what is the case
    """There is no key, it is not valid, or it may not read this project."""


class NotFound(ReadError):  # noqa: N818 - says what is the case
    """The project has no such thing."""


class Unavailable(ReadError):  # noqa: N818 - says what is the case
    """The server does not answer, is overloaded, or needs too long; what could be tried again was."""
