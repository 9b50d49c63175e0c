"""Budgets: what was spent of each, how fast, what it will come to; made, changed and removed here."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/87_budgets.js fills it from the API."""
    return frame("budgets", "Budgets", query, ranged=False)
