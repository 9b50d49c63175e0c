"""What the pages about quality share: their tabs, the bar with filter and range, and where each draws itself."""

from collections.abc import Mapping
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from storage.errors import BadInput
from ui import state
from ui.range_picker import range_picker
from ui.state import View
from ui.timerange import TimeRange
from ui.wiring import attributes

USUAL_RANGE: Final = "7d"
"""Quality is looked at by weeks; lists of traces by days."""


def frame(
    part: str, title: str, query: Mapping[str, str], *, filtered: bool = True, ranged: bool = True
) -> Component:
    """Return a page about quality for a URL query; assets/84_quality_*.js fills it.

    `filtered` and `ranged`: what it shows is of traces that fit a filter, and of a time range.
    """
    view, complaint = _asked(query)
    # A wrong address shows the usual question, of the project that it names and no other.
    own = {key: value for key, value in query.items() if value and not complaint}
    shown: dict[str, Any] = {
        "page": "quality-part",
        "part": part,
        "query": own | state.to_query(view),
        "usualRange": USUAL_RANGE,
        "complaint": complaint,
    }
    bar: list[Component] = []
    if filtered:
        bar.append(html.Div(id="quality-part-filter", className="gw-filter"))
    if ranged:
        bar.append(range_picker(view))
    return html.Div(
        [
            dcc.Store(id="quality-part-view", data=shown),
            html.Div([html.H1(title), tabs(part)], className="gw-page-head"),
            html.Div(bar, className="gw-toolbar") if bar else None,
            html.Div(
                id="quality-part-body", className="gw-page-body", **attributes(aria_busy="true")
            ),
        ],
        id="quality-part-page",
        className="gw-page gw-page-quality",
    )


def tabs(part: str) -> Component:
    """Return the room for the links between the pages about quality; `part` is the one shown."""
    return html.Nav(
        id="quality-tabs",
        className="gw-page-tabs",
        **attributes(aria_label="Quality", data_part=part),
    )


def asked(query: Mapping[str, str]) -> View:
    """Read the question of a page about quality. Raises BadInput."""
    ranged = any(query.get(key) for key in ("range", "from", "to"))
    return state.parse(query if ranged else {**query, "range": USUAL_RANGE})


def _asked(query: Mapping[str, str]) -> tuple[View, str]:
    try:
        return asked(query), ""
    except BadInput as error:
        usual = View(project=query.get("project", ""), range=TimeRange(last=USUAL_RANGE))
        return usual, f"{error}: {error.hint}"
