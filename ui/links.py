"""Web addresses in hostile text: found strictly, and linked only where a browser does nothing but go there."""

import re
from collections.abc import Iterator

from dash import html
from dash.development.base_component import Component

_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\{}|^\x00-\x20]{3,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?)]*_"


def linked(text: str) -> list[str | Component]:
    """Return a text with its http and https addresses as links; all else stays plain text."""
    return list(_pieces(text))


def _pieces(text: str) -> Iterator[str | Component]:
    done = 0
    for match in _ADDRESS.finditer(text):
        address = match[0].rstrip(_TRAILING)
        if match.start() > done:
            yield text[done : match.start()]
        yield external(address, address)
        done = match.start() + len(address)
    if done < len(text):
        yield text[done:]


def external(address: str, label: str) -> str | Component:
    """Return a link that tells the other side nothing; plain text unless the address is http or https."""
    if not address.lower().startswith(("http://", "https://")):
        return label
    return html.A(label, href=address, target="_blank", rel="noopener noreferrer nofollow")
