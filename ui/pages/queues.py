"""Annotation queues: the list, and one queue with its progress, agreement, disagreements and what fills it.

Both draw themselves in the browser from the API (assets/70_queues.js, 71_queue.js).
"""

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from storage.errors import BadInput
from ui import state
from ui.range_picker import range_picker
from ui.services import Services
from ui.state import View
from ui.wiring import in_browser


def layout(project: str = "", **_: str) -> Component:
    """Return the list of queues."""
    return html.Div(
        [
            dcc.Store(id="queues-view", data={"page": "queues", "project": project}),
            html.Div(id="queues-body", className="gw-queues"),
        ],
        id="queues-page",
        className="gw-page gw-page-queues",
    )


def queue_layout(queue_id: str = "", **query: str) -> Component:
    """Return the page of one queue; filter and range of the address are those that it is filled from."""
    try:
        view, complaint = state.parse(query), ""
    except BadInput as error:
        view, complaint = View(), f"{error}: {error.hint}"
    return html.Div(
        [
            dcc.Store(
                id="queue-view",
                data={
                    "page": "queue",
                    "queue": queue_id,
                    "query": state.to_query(view),
                    "complaint": complaint,
                },
            ),
            html.Div(id="queue-head", className="gw-queue-head"),
            html.Div(
                [
                    html.Div(id="queue-progress"),
                    html.Div(id="queue-agreement"),
                    html.Div(id="queue-disagreements"),
                    _fill(view),
                    html.Div(id="queue-items"),
                ],
                id="queue-body",
                className="gw-queue-body",
            ),
        ],
        id="queue-page",
        className="gw-page gw-page-queue",
    )


def _fill(view: View) -> Component:
    return html.Section(
        [
            html.Div([html.H2("Fill from a filter")], className="gw-queue-section-head"),
            html.Div(
                [html.Div(id="queue-filter", className="gw-filter"), range_picker(view)],
                className="gw-toolbar gw-queue-toolbar",
            ),
            html.Div(id="queue-sample", className="gw-queue-sample"),
        ],
        id="queue-fill",
        className="gw-queue-section gw-gone",
    )


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the list's callback; it runs in the browser."""
    in_browser(
        app, "start_queues", Output("queues-page", "data-started"), Input("queues-view", "data")
    )


def wire_queue(app: Dash, services: Services) -> None:  # noqa: ARG001 - as above
    """Register the callback of one queue's page; it runs in the browser."""
    in_browser(
        app, "start_queue", Output("queue-page", "data-started"), Input("queue-view", "data")
    )
