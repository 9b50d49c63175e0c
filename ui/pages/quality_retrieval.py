"""How good retrieval is: what answers rest on, where it stands, what is repeated, empty, low or made up."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/84_quality_retrieval.js draws it."""
    return frame("retrieval", "Retrieval", query)
