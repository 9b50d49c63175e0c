"""The list of sessions."""

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from storage.errors import BadInput
from ui import columns, grid, state
from ui.range_picker import range_picker
from ui.services import Services
from ui.state import View
from ui.wiring import in_browser


def layout(**query: str) -> Component:
    """Return the page for a URL query; the rows come by themselves."""
    try:
        view, complaint = state.parse(query), ""
    except BadInput as error:
        view, complaint = View(), f"{error}: {error.hint}"
    shown = [column.field for column in columns.SESSIONS]
    definitions = columns.definitions(columns.SESSIONS, view, shown=shown)
    return html.Div(
        [
            dcc.Store(
                id="sessions-view",
                data={
                    "page": "sessions",
                    "query": state.to_query(view),
                    "sorts": columns.sort_keys(columns.SESSIONS),
                    "shown": columns.sketch(columns.SESSIONS, shown=shown),
                    "complaint": complaint,
                },
            ),
            html.H1("Sessions", className="gw-hidden"),
            html.Div(
                [
                    html.Div(id="sessions-search", className="gw-search"),
                    html.Div(id="sessions-filter", className="gw-filter"),
                    range_picker(view),
                ],
                className="gw-toolbar",
            ),
            html.Div(
                [
                    grid.grid("sessions-grid", definitions, row_id="session_id"),
                    html.Div(id="sessions-message", className="gw-grid-message"),
                ],
                className="gw-grid-frame",
            ),
        ],
        id="sessions-page",
        className="gw-page gw-page-sessions",
    )


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the page's callback; it runs in the browser."""
    in_browser(
        app,
        "start_list",
        Output("sessions-page", "data-started"),
        Input("sessions-view", "data"),
    )
    grid.wire(app, "sessions")
