"""Spend by any two dimensions, and how it is spread over requests."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("breakdown", "Cost breakdown", query)
