"""The commands `groundwire admin`: people, by whoever can open the control database. A server may run meanwhile."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.table import Table

from server import settings as s
from server.commands.console import CONSOLE, configured, fail
from server.commands.store import opened_control
from storage.errors import BadInput, StorageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(no_args_is_help=True, help="Make operators, let people back in, list everybody.")
_DEFAULT = s.Settings()

Email = Annotated[str, typer.Argument(help="E-mail address, by which the person signs in.")]
_PUBLIC_URL: Final = f"http://127.0.0.1:{_DEFAULT.port}"


@app.command()
def create(
    email: Email,
    name: Annotated[str, typer.Option(help="Name, as others see it.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    invite: Annotated[
        bool, typer.Option("--invite", help="Print a link where the person chooses the password.")
    ] = False,
    data_dir: s.DataDir = _DEFAULT.data_dir,
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    public_url: s.PublicUrl = _DEFAULT.public_url,
    log_level: s.LogLevel = "warning",
) -> None:
    """Make an operator, who may do everything. From the first one on, people sign in and apps need keys."""
    settings = configured(locals())
    from storage.control import people  # noqa: PLC0415 - --help does not wait for the database's library

    if invite:
        with _changing(settings) as session:
            token = people.invite(session, email, created_by=_ACTOR, is_operator=True)
            _record(session, "invitation.create", email, is_operator=True)
        _show_link(settings, token, f"For {email}, to become an operator. Works once, for 7 days:")
        return
    password = _read_password(from_stdin=password_stdin)
    with _changing(settings) as session:
        person = people.create_person(
            session, email, name=name, password=password, is_operator=True
        )
        _record(session, "person.create", person.email, is_operator=True)
    CONSOLE.print(f"{person.email} is an operator. Sign-in is on.", markup=False)


@app.command()
def reset(
    email: Email,
    data_dir: s.DataDir = _DEFAULT.data_dir,
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    public_url: s.PublicUrl = _DEFAULT.public_url,
    log_level: s.LogLevel = "warning",
) -> None:
    """Print a link where a person chooses a new password."""
    settings = configured(locals())
    from storage.control import people  # noqa: PLC0415 - as in create

    with _changing(settings) as session:
        person = people.person_by_email(session, email)
        if person is None:
            fail(f"{email} has no account. `groundwire admin list` shows who has.")
        token = people.invite_to_reset(session, person.id, created_by=_ACTOR)
        _record(session, "person.reset", person.email, is_operator=person.is_operator)
    _show_link(settings, token, f"For {email}, to choose a new password. Works once, for a day:")


@app.command("list")
def list_people(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    log_level: s.LogLevel = "warning",
) -> None:
    """List everybody who has an account."""
    settings = configured(locals())
    from storage.control import members, people  # noqa: PLC0415 - as in create

    table = Table("e-mail address", "name", "", "projects", "last sign-in (UTC)", box=None)
    with opened_control(settings) as control, control.database.reading() as session:
        for person in people.list_people(session):
            roles = members.roles_of(session, person.id)
            state = "disabled" if person.is_disabled else "operator" if person.is_operator else ""
            last = person.last_sign_in_at
            table.add_row(
                person.email,
                person.name,
                state,
                ", ".join(f"{project}: {role}" for project, role in roles.items()),
                f"{last:%Y-%m-%d %H:%M}" if last else "never",
            )
    CONSOLE.print(table if table.row_count else "Nobody: sign-in is off.", markup=False)


_ACTOR: Final = "command line"


@contextmanager
def _changing(settings: s.Settings) -> Iterator["Session"]:
    """Give a session that changes the control database; say what to mend where it refuses."""
    with opened_control(settings) as control:
        try:
            with control.database.session() as session:
                yield session
        except BadInput as error:
            fail(f"{error}. {error.hint}".strip(". ") + ".")
        except StorageError as error:
            fail(f"The control database: {error}.")


def _record(session: "Session", action: str, target: str, *, is_operator: bool) -> None:
    from storage.control import audit  # noqa: PLC0415 - as in create
    from storage.control.access import Caller  # noqa: PLC0415 - as in create

    audit.record(session, Caller("local", "", _ACTOR), action, target, is_operator=is_operator)


def _read_password(*, from_stdin: bool) -> str:
    """Return the password, from a file or pipe or typed twice."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        fail("There is nobody to ask for a password: use --password-stdin or --invite.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _show_link(settings: s.Settings, token: str, what: str) -> None:
    CONSOLE.print(f"{what}\n\n  {settings.public_url or _PUBLIC_URL}/invite/{token}", markup=False)
    if not settings.public_url:
        CONSOLE.print(
            "\nPut the server's own address in front where it has another (--public-url)."
        )
