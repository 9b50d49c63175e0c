"""What the endpoints that change projects, people and keys share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from storage.control import audit
from storage.control.access import Caller, current
from storage.control.control import Control


def _control(request: Request) -> Control:
    control: Control = request.app.state.control
    return control


ControlDep = Annotated[Control, Depends(_control)]


class Change:
    """A change in the hands of a caller: one transaction, with its entry in the audit log."""

    def __init__(self, session: Session, caller: Caller) -> None:
        self.session = session
        self.caller = caller

    def record(self, action: str, target: str, project: str | None = None, **detail: Any) -> None:
        """Write down what is done; it stands or falls with the change itself. No secrets."""
        audit.record(self.session, self.caller, action, target, project, **detail)


@contextmanager
def changing(control: Control) -> Iterator[Change]:
    """Give the change that the current caller makes: committed at the end, undone by an error."""
    with control.database.session() as session:
        yield Change(session, current())
