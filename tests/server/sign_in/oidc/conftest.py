"""A real OpenID Connect provider on loopback, and a browser that goes through its login and consent pages."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.testclient import TestClient

from server.sign_in.provider import Provider
from storage.control.control import Control
from tests.engine import NO_TLS, free_port, wait_until
from tests.server.sign_in.conftest import PUBLIC, House

HERE: Final = Path(__file__).parent
SECRET: Final = "a-secret-of-the-tests"  # noqa: S105 - of a provider that lives for a test
CALLBACK: Final = f"{PUBLIC}/oidc/callback"
_INSTALL_LIMIT_S: Final = 240
_ACTION: Final = re.compile(r'<form[^>]*action="([^"]+)"')


@dataclass
class RealProvider:
    """The npm package oidc-provider in a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, with new signing keys, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["node", "provider.mjs", str(self.port), CALLBACK],
                cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._answers, what="the provider")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            address = f"{self.issuer}/.well-known/openid-configuration"
            return httpx.get(address, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """End it."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def provider_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the provider as its lock file says, away from the source tree."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm and node are needed to run an OIDC provider; install Node.js 20 or later")
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.mjs"):
        shutil.copy(HERE / name, folder)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder, capture_output=True, text=True, timeout=_INSTALL_LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def provider(provider_folder: Path) -> Iterator[RealProvider]:
    """Run a provider for a module's tests."""
    running = RealProvider(provider_folder)
    running.start()
    yield running
    running.stop()


def known_as(provider: RealProvider, client_id: str = "groundwire") -> Provider:
    """Return our side of a provider, as a client that is registered with it."""
    return Provider(provider.issuer, client_id, "" if client_id == "public" else SECRET)


@pytest.fixture
def house(control: Control, provider: RealProvider) -> House:
    """Return the pages of a server that people can sign in to with the provider."""
    return House(control, known_as(provider), is_loopback=False, public_url=PUBLIC)


def begin(browser: TestClient, address: str = "/ui/traces") -> str:
    """Press the provider's button; return the address at the provider."""
    answer = browser.get("/oidc/start", params={"next": address})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def agree(address: str, login: str) -> str:
    """Go through the provider's pages as a person does; return the address that it sends the browser back to."""
    with httpx.Client(timeout=20) as client:
        answer = client.get(address)
        while True:
            while answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(CALLBACK):
                    return target
                answer = client.get(target)
            assert answer.status_code == 200, answer.text
            form = _ACTION.search(answer.text)
            assert form, answer.text
            prompt = "login" if 'value="login"' in answer.text else "consent"
            answer = client.post(
                unescape(form[1]), data={"prompt": prompt, "login": login, "password": "any"}
            )


def come_back(browser: TestClient, address: str) -> Any:
    """Follow the provider's redirect back to us."""
    return browser.get(address.removeprefix(PUBLIC))


def sign_in_with_provider(browser: TestClient, login: str) -> Any:
    """Do all of it; return our last answer."""
    return come_back(browser, agree(begin(browser), login))
