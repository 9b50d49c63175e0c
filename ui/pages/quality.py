"""Quality: the rate or mean of an evaluation over time, and by what its traces have in common."""

from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from storage.errors import BadInput
from ui import state
from ui.quality_frame import tabs
from ui.range_picker import range_picker
from ui.services import Services
from ui.state import View
from ui.wiring import attributes, in_browser


def layout(name: str = "", label: str = "", by: str = "", **query: str) -> Component:
    """Return the page for a URL query: the name of an evaluation, a label of it, and up to two dimensions."""
    try:
        view, complaint = state.parse(query), ""
    except BadInput as error:
        view, complaint = View(), f"{error}: {error.hint}"
    asked = {"name": name, "label": label, "by": by}
    shown: dict[str, Any] = {
        "page": "quality",
        "query": state.to_query(view) | {key: value for key, value in asked.items() if value},
        "complaint": complaint,
    }
    return html.Div(
        [
            dcc.Store(id="quality-view", data=shown),
            html.Div([html.H1("Quality"), tabs("rates")], className="gw-page-head"),
            html.Div(
                [html.Div(id="quality-filter", className="gw-filter"), range_picker(view)],
                className="gw-toolbar",
            ),
            html.Div(id="quality-choices", className="gw-quality-choices"),
            html.Div(
                id="quality-body",
                className="gw-quality-body",
                **attributes(aria_busy="true", aria_live="polite"),
            ),
        ],
        id="quality-page",
        className="gw-page gw-page-quality",
    )


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the callbacks of all pages about quality; they run in the browser (assets/84_quality*.js)."""
    in_browser(
        app,
        "start_quality_part",
        Output("quality-part-page", "data-started"),
        Input("quality-part-view", "data"),
    )
    in_browser(
        app,
        "start_quality",
        Output("quality-page", "data-started"),
        Input("quality-view", "data"),
    )
