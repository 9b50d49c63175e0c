"""Protection against requests that another site makes in a person's name.

The algorithm is that of `http.CrossOriginProtection` of Go 1.25 (https://go.dev/src/net/http/csrf.go), which needs no
tokens: browsers say with every request whether it comes from the site itself (Fetch Metadata, W3C), and those from
before 2023, or on plain http, at least from which origin.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from storage.control.access import Forbidden

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing, here as everywhere (RFC 9110, 9.2.1)."""


class CrossOrigin(Forbidden):
    """Another site's page sent a request that would change something."""

    hint = (
        "go on from Groundwire's own pages; behind a proxy that tells another Host than browsers see, set "
        "GROUNDWIRE_PUBLIC_URL"
    )


def refuse_cross_origin(connection: HTTPConnection, public_host: str = "") -> None:
    """Return if a request may act in the name of the person at the browser. Raises CrossOrigin.

    `public_host` is the host and port that browsers see where a proxy tells us another one. What is no browser's
    request says nothing of its origin and passes: it can hold no cookie but by its user's will.
    """
    if connection.scope["method"] in _SAFE:
        return
    site = connection.headers.get("sec-fetch-site", "")
    if site in ("same-origin", "none"):
        return
    origin = connection.headers.get("origin", "")
    if not site and (not origin or _is_of(origin, connection.headers.get("host", ""), public_host)):
        return
    raise CrossOrigin("another site's page sent this request")


def _is_of(origin: str, *hosts: str) -> bool:
    """Tell whether an origin has one of the hosts. The origin `null` has none."""
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(host) and host in hosts
