"""Which tenant, feature or model explains how spend changed."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("movers", "What moved", query)
