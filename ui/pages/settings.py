"""Settings: a project's keys, members, title and log; the server's projects and people; one's own account.

Its parts draw themselves in the browser from the API, which says who may do what (assets/9*_*.js).
"""

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from ui.services import Services
from ui.wiring import attributes, in_browser


def layout(part: str = "", project: str = "", **_: str) -> Component:
    """Return the frame of the settings; `part` is the one shown, empty for the first that the reader may see."""
    return html.Div(
        [
            dcc.Store(id="settings-view", data={"part": part, "project": project}),
            html.Nav(
                id="settings-parts",
                className="gw-settings-parts",
                **attributes(aria_label="Settings"),
            ),
            html.Div(
                [
                    html.Div(id="settings-handover"),
                    html.Div(id="settings-part", className="gw-settings-part"),
                ],
                className="gw-settings-body",
            ),
        ],
        id="settings-page",
        className="gw-page gw-page-settings",
    )


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the page's callback; it runs in the browser."""
    in_browser(
        app,
        "start_settings",
        Output("settings-page", "data-started"),
        Input("settings-view", "data"),
    )
