"""Where webhooks may lead."""

import ipaddress
import socket
from typing import Any

import pytest

from analytics.evaluators import EvaluationFailed
from analytics.evaluators.outbound import destination, networks


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name mean these addresses."""

    def answer(_host: str, port: int, **_: Any) -> list[tuple[Any, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.1.2.3",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::",
        "64:ff9b::a00:1", "2001:0:a00:1::f5ff:fffe",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """A name that means this machine, its network or the cloud's own services is refused, however it is written."""
    resolving(monkeypatch, address)

    with pytest.raises(EvaluationFailed, match=r"hooks\.example is no public address with https"):
        destination("https://hooks.example/x")


def test_one_private_address_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public and a private address is refused: nobody knows which one would be taken."""
    resolving(monkeypatch, "8.8.8.8", "10.0.0.1")

    with pytest.raises(EvaluationFailed):
        destination("https://hooks.example/x")


def test_public_addresses_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public name is resolved once; its addresses are the ones to connect to."""
    resolving(monkeypatch, "8.8.8.8", "2606:4700::1111")

    there = destination("https://hooks.example/x")

    assert there.authority == "hooks.example"
    assert there.addresses == [
        ipaddress.ip_address("8.8.8.8"),
        ipaddress.ip_address("2606:4700::1111"),
    ]
    assert destination("https://hooks.example:8443/x").authority == "hooks.example:8443"


def test_allowed_networks_may_be_private_and_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operator allows is reached, by http too; other private addresses and plain http elsewhere are not."""
    allowed = networks("10.0.0.0/8, fd00::/8")
    resolving(monkeypatch, "10.0.0.1", "fd00::1")
    assert destination("http://hooks.example:8080/x", allowed).port == 8080

    resolving(monkeypatch, "192.168.0.1")
    with pytest.raises(EvaluationFailed):
        destination("http://hooks.example/x", allowed)
    resolving(monkeypatch, "8.8.8.8")
    with pytest.raises(EvaluationFailed):
        destination("http://hooks.example/x", allowed)


@pytest.mark.parametrize(
    "url",
    ["ftp://hooks.example/", "https://", "hooks.example", "https://ann:secret@hooks.example/", "https://h.example/#x",
     "https://h.example:99999/", "file:///etc/passwd"],
)  # fmt: skip
def test_urls_that_are_none_are_refused(url: str) -> None:
    """Only http and https URLs with a host are taken, without a user, and the error repeats no secret of them."""
    with pytest.raises(EvaluationFailed) as failed:
        destination(url)

    assert "secret" not in str(failed.value)


def test_a_name_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a name means nothing, the error says so."""

    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    with pytest.raises(EvaluationFailed, match=r"the name hooks\.example is not known"):
        destination("https://hooks.example/x")
