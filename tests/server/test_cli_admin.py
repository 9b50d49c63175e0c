"""The commands for people, which version it is, and what a server says at start about who may come in."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from server.cli import app
from storage.control import people
from storage.control.access import KeyScope
from storage.control.control import default_url, open_control
from storage.control.keys import create_key
from tests.engine import NO_TLS, ROOT, Server, free_port, running_server, wait_until
from tests.samples import Traces

PASSWORD = "a sentence that is long"  # noqa: S105 - of people who do not exist


def run(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT, env={**os.environ, "COLUMNS": "200"}, input=said,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_says_its_version() -> None:
    """`groundwire --version` prints the version that is installed, and starts nothing."""
    done = CliRunner().invoke(app, ["--version"])

    assert (done.exit_code, done.stdout) == (0, f"groundwire {version('groundwire-server')}\n")


def test_an_operator_is_made_and_listed(tmp_path: Path) -> None:
    """`admin create` takes a password from a pipe; `admin list` shows who is there."""
    where = ("--data-dir", str(tmp_path))
    assert "Nobody: sign-in is off." in run("admin", "list", *where).stdout

    done = run(
        "admin", "create", "Ann@Example.com", "--name", "Ann", "--password-stdin", *where,
        said=f"{PASSWORD}\n",
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ann@example.com is an operator. Sign-in is on." in done.stdout
    assert re.search(
        r"ann@example.com\s+Ann\s+operator\s+never", run("admin", "list", *where).stdout
    )
    control = open_control(default_url(tmp_path))
    assert people.authenticate(control.database, "ann@example.com", PASSWORD, "x").is_operator
    control.close()


@pytest.mark.parametrize(
    ("email", "said", "why"),
    [
        ("no address", PASSWORD, "this is no e-mail address. write it as name@example.com."),
        ("ann@example.com", "short", "the password is too short. take at least 10 characters"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, email: str, said: str, why: str) -> None:
    """A bad address or password ends the command with words, and makes nobody."""
    where = ("--data-dir", str(tmp_path))

    done = run("admin", "create", email, "--password-stdin", *where, said=f"{said}\n")

    assert done.returncode == 1
    assert why in done.stdout
    assert "Traceback" not in done.stderr
    assert "Nobody" in run("admin", "list", *where).stdout


def test_files_are_for_their_user_alone(tmp_path: Path) -> None:
    """Whatever the shell would allow others, what a command makes is closed to them."""
    where = tmp_path / "made" / "data"
    run("admin", "list", "--data-dir", str(where))

    made = [where, *where.iterdir()]
    assert len(made) > 1
    assert [f"{path.name} {path.stat().st_mode & 0o077:o}" for path in made] == [
        f"{path.name} 0" for path in made
    ]


def test_nobody_to_ask_is_said(tmp_path: Path) -> None:
    """Without a terminal the password has to come from somewhere."""
    done = run("admin", "create", "ann@example.com", "--data-dir", str(tmp_path))

    assert done.returncode == 1
    assert "use --password-stdin or --invite" in done.stdout


def test_a_reset_of_nobody_is_said(tmp_path: Path) -> None:
    """A link to a new password is for those who have an account."""
    done = run("admin", "reset", "ann@example.com", "--data-dir", str(tmp_path))

    assert done.returncode == 1
    assert "ann@example.com has no account" in done.stdout


@pytest.mark.parametrize(
    ("flags", "why"),
    [
        (("--database-url", "mysql://x:hidden@h/d"), "write sqlite:///PATH or postgresql://"),
        (("--database-url", "postgresql://x:hidden@127.0.0.1:9/d"), "Is it running"),
        (("--public-url", "traces.example.com"), "write https://HOST"),
        (("--oidc-issuer", "http://id.example.com", "--oidc-client-id", "x"), "write https://HOST"),
        (("--oidc-issuer", "https://id.example.com"), "--oidc-client-id is missing"),
        (("--oidc-client-id", "x"), "--oidc-issuer is missing"),
        (
            ("--oidc-issuer", "https://i.example.com", "--oidc-client-id", "x", "--oidc-role", "king"),
            "give one of viewer, annotator, editor, admin",
        ),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_said(tmp_path: Path, flags: tuple[str, ...], why: str) -> None:
    """A setting that is wrong ends the start with what to mend, and shows no password."""
    done = run("ui", "--data-dir", str(tmp_path), "--port", str(free_port()), *flags)

    assert done.returncode == 1, done.stdout + done.stderr
    assert why in done.stdout
    assert "hidden" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("role", ["serve", "collector", "ui"])
def test_others_are_not_let_in_before_somebody_is_set_up(tmp_path: Path, role: str) -> None:
    """Every role refuses to listen where others can reach it until an operator exists, and says the command."""
    done = run(role, "--host", "0.0.0.0", "--data-dir", str(tmp_path / "d"))  # noqa: S104 - it refuses

    assert done.returncode == 1
    assert f"groundwire admin create EMAIL --data-dir {tmp_path / 'd'}" in done.stdout


@pytest.mark.engine
def test_an_operator_by_invitation(tmp_path: Path) -> None:
    """A waiting invitation is enough to start, closed; the link makes the operator, and `list` shows the sign-in."""
    data = str(tmp_path / "data")
    invited = run("admin", "create", "op@example.com", "--invite", "--data-dir", data)
    (link,) = re.findall(r"http://127\.0\.0\.1:4319(/invite/\S+)", invited.stdout)
    with running_server(tmp_path, "--host", "0.0.0.0") as server:  # noqa: S104 - the point
        assert "Sign-in    " in server.log
        assert httpx.get(f"{server.url}/api/v1/traces").status_code == 401

        with httpx.Client(base_url=server.url) as browser:
            answer = browser.post(link, data={"password": PASSWORD, "again": PASSWORD})
            assert answer.status_code == 303, answer.text
            assert browser.get("/api/v1/me").json()["is_operator"] is True

        assert "op@example.com" in run("admin", "list", "--data-dir", data).stdout


@pytest.mark.engine
def test_a_running_server_notices(tmp_path: Path) -> None:
    """Setting up an operator beside a running server closes it within a moment; a reset link then works there."""
    with running_server(tmp_path) as server:
        assert "whoever is on this machine may do everything" in server.log
        assert httpx.get(f"{server.url}/api/v1/traces").status_code == 200
        assert httpx.get(f"{server.url}/metrics").status_code == 200
        sent = Traces()
        sent.span()
        httpx.post(
            f"{server.otlp}/v1/traces",
            content=sent.body(),
            headers={"content-type": "application/x-protobuf"},
        ).raise_for_status()
        where = ("--data-dir", str(server.data_dir / "data"))

        run("admin", "create", "op@example.com", "--password-stdin", *where, said=PASSWORD)

        wait_until(lambda: _is_closed(server), what="a closed door")
        assert httpx.get(f"{server.url}/metrics").status_code == 401
        assert httpx.post(f"{server.otlp}/v1/traces", content=b"").status_code == 401
        assert _metrics(server, KeyScope.READ).count('project="default"') > 0
        assert _metrics(server, KeyScope.INGEST).count("project=") == 0
        reset = run("admin", "reset", "op@example.com", *where, "--public-url", server.url)
        (link,) = re.findall(r"http://\S+/invite/\S+", reset.stdout)
        answer = httpx.post(link, data={"password": "a new sentence", "again": "a new sentence"})
        assert answer.status_code == 303, answer.text


def _metrics(server: Server, scope: KeyScope) -> str:
    """Return the metrics as a new key of the project default sees them."""
    control = open_control(default_url(server.data_dir / "data"))
    with control.database.session() as session:
        _, text = create_key(session, "default", "a key", [scope], created_by="op")
    control.close()
    answer = httpx.get(
        f"{server.url}/metrics", headers={"authorization": f"Bearer {text}"}, timeout=20
    )
    assert answer.status_code == 200, answer.text
    assert "groundwire_spool_bytes" in answer.text
    return answer.text


def _is_closed(server: Server) -> bool:
    return httpx.get(f"{server.url}/api/v1/traces", verify=NO_TLS).status_code == 401
