"""Guardrails: how often they trip, and the attacks that they found."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the page for a URL query; assets/84_quality_guardrails.js draws it."""
    return frame("guardrails", "Guardrails", query)
