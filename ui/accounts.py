"""The balance of what came in: received = stored + duplicate + rejected + quarantined + spooled."""

from collections.abc import Iterable
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.services import Balance

PARTS = ("stored", "duplicate", "rejected", "quarantined", "spooled")
MEANING = {
    "received": "Everything that reached the server in requests that it could read",
    "stored": "In the store, once each",
    "duplicate": "Sent again although stored already; kept once",
    "rejected": "Refused singly; the sender was told why",
    "quarantined": "Accepted, but the engine refused it; set aside with the reason",
    "spooled": "Accepted and durable on disk, on the way into the store",
}


@dataclass(slots=True)
class Sum:
    """Several balances added up."""

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    rejected: int = 0
    quarantined: int = 0
    spooled: int = 0

    @property
    def difference(self) -> int:
        """Rows that no counter accounts for."""
        ends = (self.stored, self.duplicate, self.rejected, self.quarantined, self.spooled)
        return self.received - sum(ends)


def add_up(balances: Iterable[Balance]) -> Sum:
    """Return the sum of balances."""
    total = Sum()
    for balance in balances:
        for name in ("received", *PARTS):
            setattr(total, name, getattr(total, name) + getattr(balance, name))
    return total


def line(balances: Iterable[Balance]) -> list[Component]:
    """Return the equation over several balances, in one line."""
    return equation(add_up(balances))


def equation(total: Sum) -> list[Component]:
    """Return the equation with its figures, and whether it holds."""
    balanced = total.difference == 0
    sign = "Balanced" if balanced else f"{formats.count(abs(total.difference))} unaccounted for"
    parts: list[Component] = [
        html.Span(className=f"gw-status-dot gw-status-{'ok' if balanced else 'error'}", title=sign),
        _term("received", total.received),
        html.Span("=", className="gw-dim"),
    ]
    for index, name in enumerate(PARTS):
        if index:
            parts.append(html.Span("+", className="gw-dim"))
        parts.append(_term(name, getattr(total, name)))
    if not balanced:
        parts.append(html.Span(sign, className="gw-error-text"))
    return parts


def _term(name: str, value: int) -> Component:
    return html.Span(
        [html.B(formats.count(value)), f" {name}"], title=MEANING[name], className="gw-term"
    )


def waiting() -> list[Component]:
    """Return what stands there until the counters come."""
    return [html.Span("Counting …", className="gw-dim")]
