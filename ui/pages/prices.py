"""Prices: the project's own, the list prices in use, and re-costing what is stored."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("prices", "Prices", query, ranged=False)
