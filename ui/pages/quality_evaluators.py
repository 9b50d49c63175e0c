"""Evaluators: which there are and how they are doing; and one of them, with its settings, threshold and backfills."""

from dash.development.base_component import Component

from ui.quality_frame import frame


def layout(**query: str) -> Component:
    """Return the list for a URL query; assets/84_quality_evaluators.js draws it."""
    return frame("evaluators", "Evaluators", query, filtered=False, ranged=False)


def one_layout(name: str = "", **query: str) -> Component:
    """Return the page of one evaluator; assets/84_quality_evaluators_one.js draws it, by its name in the address."""
    return frame("evaluators", name, query)
