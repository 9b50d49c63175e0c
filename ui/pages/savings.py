"""What the project's own traffic would have saved: each way with its method, assumptions, evidence and interval."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/86_savings.js fills it from the API."""
    return frame("savings", "Savings", query)
