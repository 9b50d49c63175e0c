"""The balance of what came in: received = stored + duplicate + rejected + quarantined + spooled."""

from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component

from storage.counts import OUTCOMES, Counts
from ui import formats

MEANING = {
    "received": "Everything that reached the server in requests that it could read",
    "stored": "In the store, once each",
    "duplicate": "Sent again although stored already; kept once",
    "rejected": "Refused singly; the sender was told why",
    "quarantined": "Accepted, but the engine refused it; set aside with the reason",
    "spooled": "Accepted and durable on disk, on the way into the store",
}


def add_up(accounts: Iterable[Counts]) -> Counts:
    """Return the sum of accounts."""
    total = Counts()
    for account in accounts:
        total.add(account)
    return total


def line(accounts: Iterable[Counts]) -> list[Component]:
    """Return the equation over several accounts, in one line."""
    return equation(add_up(accounts))


def equation(total: Counts) -> list[Component]:
    """Return the equation with its figures, and whether it holds."""
    balanced = total.unaccounted == 0
    sign = "Balanced" if balanced else f"{formats.count(abs(total.unaccounted))} unaccounted for"
    parts: list[Component] = [
        html.Span(className=f"gw-status-dot gw-status-{'ok' if balanced else 'error'}", title=sign),
        _term("received", total.received),
        html.Span("=", className="gw-dim"),
    ]
    for index, name in enumerate(OUTCOMES):
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
