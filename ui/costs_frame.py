"""What all cost pages share: their tabs, the bar with chips and range, and where each draws itself in the browser."""

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from storage.errors import BadInput
from ui import costs_question, timerange
from ui.costs_question import USUAL_RANGE, CostQuestion
from ui.range_picker import range_picker
from ui.state import View
from ui.wiring import attributes


def frame(part: str, title: str, query: Mapping[str, str], *, ranged: bool = True) -> Component:
    """Return a cost page for a URL query; assets/85_costs*.js fills it. `ranged`: its figures are of a time range."""
    asked, complaint = _asked(query)
    # A wrong address shows the usual question, of the project that it names and no other.
    own = {
        key: value for key, value in query.items() if value and (not complaint or key == "project")
    }
    shown: dict[str, Any] = {
        "page": "costs",
        "part": part,
        "query": own | costs_question.to_query(asked),
        "usualRange": USUAL_RANGE,
        "dimensions": costs_question.DIMENSIONS,
        "complaint": complaint,
    }
    bar: list[Component] = [html.Div(id="costs-chips", className="gw-costs-chips")]
    if ranged:
        bar.append(range_picker(View(range=asked.range)))
    return html.Div(
        [
            dcc.Store(id="costs-view", data=shown),
            html.Div([html.H1(title), tabs(part)], className="gw-page-head"),
            html.Div(bar, className="gw-toolbar gw-costs-bar"),
            html.Div(id="costs-body", className="gw-page-body", **attributes(aria_busy="true")),
        ],
        id="costs-page",
        className="gw-page gw-page-costs",
    )


def tabs(part: str) -> Component:
    """Return the room for the links between the pages about money; `part` is the one shown."""
    return html.Nav(
        id="costs-tabs",
        className="gw-page-tabs",
        **attributes(aria_label="Costs", data_part=part),
    )


def _asked(query: Mapping[str, str]) -> tuple[CostQuestion, str]:
    try:
        return costs_question.parse(query), ""
    except BadInput as error:
        usual = CostQuestion(range=timerange.TimeRange(last=USUAL_RANGE))
        return usual, f"{error}: {error.hint}"
