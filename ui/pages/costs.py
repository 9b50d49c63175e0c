"""Costs: what was spent in a range, on whom and on what, and what it will come to."""

from dash import Dash, Input, Output
from dash.development.base_component import Component

from ui.costs_frame import frame
from ui.services import Services
from ui.wiring import in_browser


def layout(**query: str) -> Component:
    """Return the overview for a URL query."""
    return frame("overview", "Costs", query)


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the callback of all cost pages; it runs in the browser (assets/85_costs.js)."""
    in_browser(
        app, "start_costs", Output("costs-page", "data-started"), Input("costs-view", "data")
    )
