"""The list of traces: search, filter, time, volume and latency, and the table."""

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from storage.control.access import NotSignedIn, current
from storage.errors import BadInput
from ui import columns, grid, state
from ui.blocks import copy_button, icon
from ui.range_picker import range_picker
from ui.services import Services
from ui.state import View
from ui.wiring import attributes, in_browser

CHIPS = (
    ("Errors", "error"),
    ("Slow", "duration > 10s"),
    ("Guardrail trips", "guardrail_trips exists"),
    ("Fallbacks", "is_fallback"),
    ("Retries", "retry_count > 0"),
    ("Cache hits", "cache_hit"),
    ("Bad feedback", "(evaluation.user_feedback < 0.5 or evaluation.review < 0.5)"),
    ("Has feedback", "feedback exists"),
)
"""Quick filters: what they are called and the condition that they add to the filter."""


def layout(**query: str) -> Component:
    """Return the page for a URL query; the rows come by themselves."""
    try:
        view, complaint = state.parse(query), ""
    except BadInput as error:
        view, complaint = View(), f"{error}: {error.hint}"
    return html.Div(
        [
            dcc.Store(id="traces-view", data=_browser_state(view, complaint)),
            html.H1("Traces", className="gw-hidden"),
            html.Div(_toolbar(view), className="gw-toolbar"),
            html.Div(
                _chips(),
                className="gw-chips",
                role="group",
                **attributes(aria_label="Quick filters"),
            ),
            html.Div(
                id="traces-chart", className="gw-chart", **attributes(aria_label="Traces over time")
            ),
            html.Div(
                [
                    grid.grid(
                        "traces-grid",
                        columns.definitions(columns.TRACES, view, shown=_shown(view)),
                        row_id="trace_id",
                    ),
                    html.Div(id="traces-message", className="gw-grid-message"),
                    html.Div(_first_steps(view), id="traces-start", className="gw-start gw-gone"),
                ],
                className="gw-grid-frame",
            ),
        ],
        id="traces-page",
        className="gw-page gw-page-traces",
    )


def _browser_state(view: View, complaint: str) -> dict[str, Any]:
    return {
        "page": "traces",
        "query": state.to_query(view),
        "sorts": columns.sort_keys(columns.TRACES),
        "usual": list(columns.USUAL),
        "shown": columns.sketch(columns.TRACES, shown=_shown(view)),
        "complaint": complaint,
    }


def _shown(view: View) -> tuple[str, ...]:
    return view.columns or columns.USUAL


def _toolbar(view: View) -> list[Component]:
    return [
        html.Div(id="traces-search", className="gw-search"),
        html.Div(id="traces-filter", className="gw-filter"),
        range_picker(view),
        dmc.Switch(
            id="traces-live", label="Live", checked=view.live, size="xs", className="gw-live"
        ),
        _column_picker(view),
    ]


def _column_picker(view: View) -> Component:
    boxes = [dmc.Checkbox(label=c.label, value=c.field, size="xs") for c in columns.TRACES]
    popover: Component = dmc.Popover(
        [
            dmc.PopoverTarget(
                html.Button(
                    [icon("columns"), "Columns"],
                    className="gw-button",
                    type="button",
                    id="columns-button",
                )
            ),
            dmc.PopoverDropdown(
                dmc.CheckboxGroup(
                    html.Div(
                        [
                            *boxes,
                            html.Div([], id="traces-score-columns", className="gw-columns-more"),
                        ],
                        className="gw-columns",
                    ),
                    id="traces-columns",
                    value=list(_shown(view)),
                )
            ),
        ],
        position="bottom-end",
        shadow="md",
    )
    return popover


def _chips() -> list[Component]:
    return [
        html.Button(
            name,
            className="gw-chip",
            type="button",
            **attributes(data_clause=clause, aria_pressed="false"),
        )
        for name, clause in CHIPS
    ]


def _first_steps(view: View) -> list[Component]:
    needs_key = _needs_key()
    return [
        html.H2("Send a first trace"),
        html.P(
            "Groundwire takes OpenTelemetry (OTLP) over HTTP and gRPC. Point any instrumented app at it:"
        ),
        _lines(_TO_HERE + (_WITH_KEY if needs_key else "")),
        *([_about_key(view)] if needs_key else []),
        html.P("Or send one by hand, with nothing but the OpenTelemetry SDK:"),
        _lines(_SNIPPET),
        html.P("It shows up here within a few seconds; this page looks by itself."),
    ]


def _needs_key() -> bool:
    """Tell whether people sign in here, so that apps need a key."""
    try:
        return current().kind != "local"
    except NotSignedIn:
        return False  # Dash lays every page out once before anybody asks.


def _about_key(view: View) -> Component:
    keys = str(dash.get_relative_path("/settings/keys"))  # type: ignore[no-untyped-call]
    query = {"project": view.project} if view.project else {}
    return html.P(
        [
            "Apps send with a key of this project that has the scope ingest. An admin of the project makes one in ",
            dcc.Link("Settings, API keys", href=state.href(keys, query)),
            ", where it is shown once, within these lines.",
        ]
    )


_TO_HERE = """export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"""
_WITH_KEY = '\nexport OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20gw_..."'

_SNIPPET = """pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
python - <<'EOF'
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
with provider.get_tracer("hello").start_as_current_span("chat gpt-4o") as span:
    span.set_attribute("gen_ai.operation.name", "chat")
    span.set_attribute("gen_ai.request.model", "gpt-4o")
    span.set_attribute("gen_ai.usage.input_tokens", 12)
    span.set_attribute("gen_ai.usage.output_tokens", 5)
provider.shutdown()
EOF"""


def _lines(text: str) -> Component:
    return html.Div(
        [
            html.Pre(text, className="gw-code", **attributes(data_copyable="true")),
            copy_button("lines"),
        ],
        className="gw-lines",
    )


def wire(app: Dash, services: Services) -> None:  # noqa: ARG001 - every page is wired alike
    """Register the page's callbacks; all of them run in the browser (assets/3*_*.js)."""
    in_browser(
        app,
        "start_list",
        Output("traces-page", "data-started"),
        Input("traces-view", "data"),
    )
    for function, field, value in (
        ("set_live", "traces-live", "checked"),
        ("set_columns", "traces-columns", "value"),
    ):
        in_browser(
            app,
            function,
            Input(field, value),
            at_start=False,
        )
    grid.wire(app, "traces")
