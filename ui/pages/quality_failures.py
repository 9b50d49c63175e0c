"""Why traces failed: causes ranked by how many traces and what they cost."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/84_quality_failures.js draws it."""
    return frame("failures", "Failures", query)
