"""Models that nobody has named a price for: their calls are counted, and cost nothing until then."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("unpriced", "Unpriced models", query)
