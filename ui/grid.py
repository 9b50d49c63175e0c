"""The table that traces and sessions share: AG Grid with pages by cursor from an endpoint."""

from typing import Any, Final

import dash_ag_grid as dag
from dash import Dash, Input, Output
from dash.development.base_component import Component

from ui.wiring import in_browser

_THEME: Final = """themeQuartz.withParams({
    accentColor: 'var(--gw-accent)', backgroundColor: 'var(--gw-surface)', foregroundColor: 'var(--gw-text)',
    headerTextColor: 'var(--gw-dim)', headerBackgroundColor: 'var(--gw-surface)', borderColor: 'var(--gw-line)',
    rowHoverColor: 'var(--gw-hover)', selectedRowBackgroundColor: 'var(--gw-selected)',
    fontFamily: 'var(--gw-font)', fontSize: 13, headerFontSize: 12, headerFontWeight: 500, headerHeight: 30,
    rowHeight: 31, cellHorizontalPadding: 10, wrapperBorder: false, wrapperBorderRadius: 0,
    headerColumnResizeHandleColor: 'var(--gw-line)', spacing: 6, rowBorder: true, columnBorder: false
})"""


def grid(grid_id: str, columns: list[dict[str, Any]], *, row_id: str) -> Component:
    """Return an empty table; assets/22_grid.js gives it its rows."""
    table: Component = dag.AgGrid(
        id=grid_id,
        columnDefs=columns,
        rowModelType="infinite",
        getRowId=f"params.data.{row_id}",
        defaultColDef={
            "resizable": True,
            "suppressHeaderMenuButton": True,
            "suppressMovable": False,
        },
        className="gw-grid",
        style={"height": "100%", "width": "100%"},
        dashGridOptions={
            "theme": {"function": _THEME},
            "cacheBlockSize": 100,
            # Pages follow each other by cursor, so each one needs the page before it.
            "maxConcurrentDatasourceRequests": 1,
            "maxBlocksInCache": 30,
            "cacheOverflowSize": 1,
            "infiniteInitialRowCount": 1,
            "blockLoadDebounceMillis": 0,
            "rowSelection": {
                "mode": "singleRow",
                "checkboxes": False,
                "enableClickSelection": True,
            },
            "suppressCellFocus": True,
            "animateRows": True,
            "enableCellTextSelection": False,
            "alwaysMultiSort": False,
            "suppressMultiSort": True,
            "rowClassRules": {"gw-row-new": {"function": "gwIsNew(params)"}},
        },
    )
    return table


def wire(app: Dash, page: str) -> None:
    """Let the table of a page get its rows: a function in the browser asks the page's endpoint for them."""
    in_browser(
        app,
        f"rows_of_{page}",
        Output(f"{page}-grid", "getRowsResponse"),
        Input(f"{page}-grid", "getRowsRequest"),
        at_start=False,
    )
