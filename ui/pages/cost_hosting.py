"""What self-hosted models cost in GPU time, beside what an API would have charged."""

from dash.development.base_component import Component

from ui.costs_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query."""
    return frame("hosting", "Self-hosted models", query)
