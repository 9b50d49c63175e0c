"""Columns of the tables: which there are, which show at first, how each is drawn.

`cellRenderer` and the functions in `valueFormatter` are in assets/20_cells.js; all of them draw text as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ui.state import View


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of traces, or of sessions."""

    field: str
    label: str
    width: int
    sort: str = ""
    """Key of `ui.state.SORTS`, where the store can sort by it."""
    renderer: str = ""
    formatter: str = ""
    usual: bool = True
    """Shown unless the reader chose otherwise."""
    flex: int = 0
    tip: str = ""


TRACES: Final = (
    Column("time", "Time", 128, sort="time", renderer="GwTime", tip="Start, in your time zone"),
    Column("name", "Name", 180, renderer="GwTrace"),
    Column("input", "Input", 220, flex=3, renderer="GwPreview"),
    Column("output", "Output", 220, flex=3, renderer="GwPreview"),
    Column("duration_ns", "Duration", 98, sort="duration", formatter="gwDuration"),
    Column(
        "time_to_first_token_s",
        "First token",
        98,
        formatter="gwSeconds",
        tip="Time to the first token",
    ),
    Column("total_tokens", "Tokens", 84, sort="tokens", formatter="gwTokens"),
    Column(
        "cost_usd",
        "Cost",
        88,
        sort="cost",
        formatter="gwCost",
        tip="US dollars, where the price is known",
    ),
    Column("models", "Model", 168, renderer="GwModels"),
    Column("tenant_id", "Tenant", 130, renderer="GwText"),
    Column("session_id", "Session", 140, renderer="GwSession", usual=False),
    Column("user_id", "User", 108, renderer="GwText", usual=False),
    Column("feature", "Feature", 110, renderer="GwText", usual=False),
    Column("error_count", "Errors", 78, sort="errors", formatter="gwCount", usual=False),
    Column("span_count", "Spans", 78, sort="spans", formatter="gwCount", usual=False),
    Column(
        "queue_s",
        "Queue",
        90,
        formatter="gwSeconds",
        usual=False,
        tip="Wait for a place in a batch",
    ),
    Column("input_tokens", "Input tokens", 104, formatter="gwTokens", usual=False),
    Column("output_tokens", "Output tokens", 108, formatter="gwTokens", usual=False),
    Column("cache_read_tokens", "Cached tokens", 112, formatter="gwTokens", usual=False),
    Column("model_calls", "Model calls", 100, formatter="gwCount", usual=False),
    Column("tool_calls", "Tool calls", 94, formatter="gwCount", usual=False),
    Column("tools", "Tools", 140, renderer="GwList", usual=False),
    Column("guardrail_trips", "Guardrails", 120, renderer="GwList", usual=False),
    Column("error_type", "Error", 140, renderer="GwText", usual=False),
    Column("service_name", "Service", 120, renderer="GwText", usual=False),
    Column("environment", "Environment", 110, renderer="GwText", usual=False),
    Column("user_tier", "User tier", 96, renderer="GwText", usual=False),
    Column("prompt_name", "Prompt", 120, renderer="GwText", usual=False),
    Column("prompt_version", "Prompt version", 110, renderer="GwText", usual=False),
    Column("trace_id", "Trace id", 250, renderer="GwText", usual=False),
)

SESSIONS: Final = (
    Column("session_id", "Session", 260, flex=2, renderer="GwSession"),
    Column("time", "Latest trace", 150, sort="time", renderer="GwTime"),
    Column("first", "First trace", 150, renderer="GwTime"),
    Column("traces", "Traces", 90, formatter="gwCount"),
    Column("errors", "Errors", 90, formatter="gwCount"),
    Column("total_tokens", "Tokens", 100, formatter="gwTokens"),
    Column("cost_usd", "Cost", 100, formatter="gwCost"),
    Column("user_id", "User", 160, flex=1, renderer="GwText"),
    Column("tenant_id", "Tenant", 140, flex=1, renderer="GwText"),
)

USUAL: Final = tuple(column.field for column in TRACES if column.usual)


def definitions(
    columns: Sequence[Column], view: View, *, shown: Sequence[str]
) -> list[dict[str, Any]]:
    """Return AG Grid's column definitions for a view."""
    return [_definition(column, view, hidden=column.field not in shown) for column in columns]


def _definition(column: Column, view: View, *, hidden: bool) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "field": column.field,
        "headerName": column.label,
        "headerTooltip": column.tip or column.label,
        "width": column.width,
        "minWidth": min(column.width, 72),
        "hide": hidden,
        "sortable": bool(column.sort),
        "sortingOrder": ["desc", "asc"],
    }
    if column.flex:
        definition |= {"flex": column.flex, "minWidth": 140}
    if column.renderer:
        definition["cellRenderer"] = column.renderer
    if column.formatter:
        definition |= {
            "valueFormatter": {"function": f"{column.formatter}(params.value)"},
            "type": "rightAligned",
            "cellClass": ["ag-right-aligned-cell", "gw-cell-number"],
        }
    if column.sort and view.sort.removeprefix("-") == column.sort:
        definition["sort"] = "desc" if view.sort.startswith("-") else "asc"
    return definition


def sketch(columns: Sequence[Column], *, shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the browser needs to draw the first rows before the grid is there."""
    return [
        {
            "field": c.field,
            "label": c.label,
            "width": c.width,
            "flex": c.flex,
            "formatter": c.formatter,
        }
        for c in columns
        if c.field in shown
    ]


def sort_keys(columns: Sequence[Column]) -> dict[str, str]:
    """Return the sort key of each column that has one, for the browser."""
    return {column.field: column.sort for column in columns if column.sort}
