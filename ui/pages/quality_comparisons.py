"""How two prompt versions or models compare, and how far a model's own confidence can be trusted."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("comparisons", "Comparisons", query)
