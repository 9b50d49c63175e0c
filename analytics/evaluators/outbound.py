"""Which addresses may be called on behalf of a project: those that anybody can reach, and what the operator allows.

Whoever may configure a webhook chooses where this server connects to, and so could reach what only this server
reaches: its own ports, the company's network, the cloud's metadata service. A name is resolved once, every address is
checked, and the connection goes to the address that was checked: a name that means something else a moment later
("DNS rebinding") gains nothing. OWASP's cheat sheet on server-side request forgery describes the attacks.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from analytics.evaluators.contract import EvaluationFailed

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""Leads to the IPv4 address in its last 32 bits (RFC 6052)."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL and the addresses that it may be asked at."""

    scheme: str
    host: str
    port: int
    addresses: Sequence[Address]

    @property
    def authority(self) -> str:
        """The `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_usual = self.port == _PORTS[self.scheme]
        return host if is_usual else f"{host}:{self.port}"


_PORTS: Final = {"http": 80, "https": 443}


def destination(url: str, allowed: Sequence[Network] = ()) -> Destination:
    """Return where a URL leads, if this server may go there. Raises EvaluationFailed.

    Addresses that are not public are refused unless one of the `allowed` networks holds them, and so is plain http to
    public ones: texts would be readable on the way.
    """
    parts = urlsplit(url)
    scheme, host = parts.scheme, parts.hostname or ""
    if scheme not in _PORTS or not host or parts.username is not None or parts.fragment:
        raise EvaluationFailed(
            "the URL of a webhook is https://HOST/PATH, without user or fragment"
        )
    try:
        port = parts.port or _PORTS[scheme]
    except ValueError as error:
        raise EvaluationFailed("the port of a webhook's URL is no number up to 65535") from error
    addresses = _resolved(host, port)
    if not all(_may_be_called(address, scheme, allowed) for address in addresses):
        raise EvaluationFailed(
            f"{host} is no public address with https: the operator can allow its network with "
            "GROUNDWIRE_WEBHOOK_NETWORKS"
        )
    return Destination(scheme, host, port, addresses)


def networks(text: str) -> tuple[Network, ...]:
    """Return networks from a list with commas (`10.0.0.0/8,::1/128`). Raises ValueError that names the wrong one."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise EvaluationFailed(f"the name {host} is not known") from error
    names = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(name) for name in names]


def _may_be_called(address: Address, scheme: str, allowed: Sequence[Network]) -> bool:
    if any(address in network for network in allowed if network.version == address.version):
        return True
    return scheme == "https" and all(
        inner.is_global and not inner.is_multicast for inner in (address, *_carried(address))
    )


def _carried(address: Address) -> list[Address]:
    """Return the IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [found for found in inside if found is not None]
