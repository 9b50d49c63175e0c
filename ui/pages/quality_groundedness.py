"""How often answers are not supported by what was retrieved, who says so, and which are the worst."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("groundedness", "Groundedness", query)
