"""The button that says the time range of a list, and the panel to choose another."""

from typing import Final

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, State, html
from dash.development.base_component import Component

from ui import timerange
from ui.blocks import icon
from ui.state import View
from ui.wiring import in_browser

_RANGE_NAMES: Final = {
    "15m": "15 minutes",
    "1h": "1 hour",
    "3h": "3 hours",
    "6h": "6 hours",
    "24h": "24 hours",
    "2d": "2 days",
    "7d": "7 days",
    "30d": "30 days",
}


def range_picker(view: View) -> Component:
    """Return the button that says the time range, and the panel to choose another."""
    presets = [
        html.Button(
            f"Last {_RANGE_NAMES[preset]}",
            id={"part": "range", "value": preset},
            className="gw-menu-item",
            type="button",
        )
        for preset in timerange.PRESETS
    ]
    custom = [
        dmc.TextInput(
            id="range-last",
            label="The last …",
            placeholder="45m, 12h, 10d",
            size="xs",
            debounce=True,
        ),
        dmc.DateTimePicker(
            id="range-from",
            label="From",
            size="xs",
            withSeconds=True,
            clearable=True,
            valueFormat="YYYY-MM-DD HH:mm:ss",
        ),
        dmc.DateTimePicker(
            id="range-to",
            label="To",
            size="xs",
            withSeconds=True,
            clearable=True,
            valueFormat="YYYY-MM-DD HH:mm:ss",
            placeholder="now",
        ),
        dmc.Button("Apply", id="range-apply", size="xs", fullWidth=True),
        html.P("Times are in your time zone.", className="gw-dim"),
    ]
    popover: Component = dmc.Popover(
        [
            dmc.PopoverTarget(
                html.Button(
                    [icon("clock"), html.Span(range_label(view), id="range-label")],
                    id="range-button",
                    className="gw-button",
                    type="button",
                )
            ),
            dmc.PopoverDropdown(
                html.Div(
                    [
                        html.Div(presets, className="gw-menu"),
                        html.Div(custom, className="gw-custom"),
                    ],
                    className="gw-range",
                )
            ),
        ],
        id="range-popover",
        position="bottom-end",
        shadow="md",
        opened=False,
    )
    return popover


def range_label(view: View) -> str:
    """Return what the range button says; the browser rewrites fixed ends in the reader's zone."""
    if view.range.start is None:
        return f"Last {_RANGE_NAMES.get(view.range.last, view.range.last)}"
    return "Chosen time"


def wire(app: Dash) -> None:
    """Register the picker's callbacks; they run in the browser (assets/32_range.js)."""
    for function, inputs in (
        ("set_preset", [Input({"part": "range", "value": ALL}, "n_clicks")]),
        ("set_last", [Input("range-last", "value")]),
        (
            "set_ends",
            [
                Input("range-apply", "n_clicks"),
                State("range-from", "value"),
                State("range-to", "value"),
            ],
        ),
    ):
        in_browser(app, function, *inputs, at_start=False)
