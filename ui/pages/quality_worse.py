"""Where an outcome is worse: a search over segments of the traffic."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/84_quality_worse.js draws it."""
    return frame("worse", "Where it is worse", query)
