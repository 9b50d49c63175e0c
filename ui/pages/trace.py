"""One trace: its facts, the tree with the waterfall, and the panel of the chosen span."""

from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from starlette.concurrency import run_in_threadpool

from storage import spans
from storage.control.access import AccessDenied
from storage.costs.call_rows import CallRow, calls_of_trace
from storage.errors import StorageError
from storage.scope import Scope
from storage.spans import SpanDetail
from ui.blocks import empty
from ui.data.answers import problem
from ui.detail import cost, panel
from ui.services import Services
from ui.state import reading
from ui.wiring import attributes, in_browser

Shown = tuple[Any, Any, Any]


def layout(trace_id: str = "", span: str = "", project: str = "", **_: str) -> Component:
    """Return the page of a trace; `span` is the chosen span."""
    chosen = {"page": "trace", "trace": trace_id.lower(), "span": span.lower(), "project": project}
    return html.Div(
        [
            dcc.Store(id="trace-view", data=chosen),
            dcc.Store(id="span-chosen", data=None),
            html.Div(id="trace-header", className="gw-trace-header"),
            html.Div(
                [
                    html.Div(id="trace-waterfall", className="gw-waterfall"),
                    html.Div(
                        className="gw-splitter",
                        id="trace-splitter",
                        role="separator",
                        **attributes(aria_orientation="vertical", aria_label="Width of the panel"),
                    ),
                    html.Aside(
                        _panel(), className="gw-span", **attributes(aria_label="Chosen span")
                    ),
                ],
                className="gw-trace-body",
                id="trace-body",
            ),
        ],
        id="trace-page",
        className="gw-page gw-page-trace",
    )


def _panel() -> list[Component]:
    return [
        html.Div(panel.nothing_chosen(), id="span-head", className="gw-span-head"),
        dmc.Tabs([], id="span-tabs", value=None, keepMounted=False, className="gw-tabs"),
    ]


def wire(app: Dash, services: Services) -> None:
    """Register the page's callbacks."""
    in_browser(
        app,
        "start_trace",
        Output("trace-page", "data-started"),
        Input("trace-view", "data"),
    )

    @app.callback(
        Output("span-head", "children"),
        Output("span-tabs", "children"),
        Output("span-tabs", "value"),
        Input("span-chosen", "data"),
        State("span-tabs", "value"),
        at_start=False,
    )
    async def show_span(chosen: dict[str, str] | None, tab: str | None) -> Shown:
        if not chosen:
            return no_update, no_update, no_update
        return await run_in_threadpool(span_panel, services, chosen, tab)


def span_panel(services: Services, chosen: dict[str, str], tab: str | None) -> Shown:
    """Return head, tabs and open tab of the panel of a chosen span."""
    try:
        scope = reading(chosen.get("project") or "")
        span = spans.get_span(services.engine, scope, chosen["trace"], chosen["span"])
        call = _call_of(services, scope, span) if span else None
    except (StorageError, AccessDenied) as error:
        about = problem(error)
        return empty(about["message"], about["hint"], kind="error"), [], tab
    if span is None:
        return panel.missing(), [], tab
    page = cost.prices_page(services.prefix, chosen.get("project") or "", call)
    tabs = panel.tab_components(span, call, page)
    return panel.head(span, call), tabs, panel.chosen(span, tab)


def _call_of(services: Services, scope: Scope, span: SpanDetail) -> CallRow | None:
    """Return what the call cost that a span reports; None for other spans, and until the trace is settled."""
    if not span.counts_usage:
        return None
    calls = calls_of_trace(services.engine, scope, span.trace_id)
    return next((call for call in calls if call.span_id == span.span_id), None)
