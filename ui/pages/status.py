"""Whether everything that came in is accounted for."""

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from starlette.concurrency import run_in_threadpool

from storage.counts import OUTCOMES
from ui import accounts, formats, projects
from ui.accounts import MEANING
from ui.blocks import Children, badge, empty, section, table
from ui.projects import Flows
from ui.services import Services

_REFRESH_MS = 5_000
_NOUNS = {"traces": "Spans", "logs": "Log records", "metrics": "Metric points"}


def layout(**_: str) -> Component:
    """Return the page; its figures come by themselves."""
    return html.Div(
        [
            dcc.Interval(id="status-clock", interval=_REFRESH_MS),
            html.Div([html.H1("Status")], className="gw-title"),
            html.P(
                "Every row that reached the server is stored, a duplicate, rejected, quarantined or still "
                "in the spool. "
                "The equation below holds at any moment; where it does not, something was lost.",
                className="gw-lead",
            ),
            html.Div(html.P("Counting …", className="gw-dim"), id="status-figures"),
            section(
                "More",
                html.Ul(
                    [
                        html.Li(html.A("Metrics for Prometheus", href="/metrics")),
                        html.Li(html.A("REST API", href="/api/v1/docs")),
                        html.Li(html.A("OpenAPI description", href="/api/v1/openapi.json")),
                    ],
                    className="gw-links",
                ),
            ),
        ],
        className="gw-page gw-page-status",
    )


def wire(app: Dash, services: Services) -> None:
    """Register the page's callback."""

    @app.callback(Output("status-figures", "children"), Input("status-clock", "n_intervals"))
    async def show_figures(_: int | None) -> list[Component]:
        return await run_in_threadpool(lambda: figures(projects.flows(services)))


def figures(flows: Flows) -> list[Component]:
    """Return the equation of each signal, and the counters of each project."""
    if not flows:
        return [empty("Nothing has come in yet", "Counters appear with the first request.")]
    signals = sorted({signal for signal, _ in flows}, key=list(_NOUNS).index)
    equations = [
        html.Div(
            [
                html.H3(_NOUNS[signal]),
                html.Div(
                    accounts.equation(
                        accounts.add_up(b for (s, _), b in flows.items() if s == signal)
                    ),
                    className="gw-equation",
                ),
            ],
            className="gw-card",
        )
        for signal in signals
    ]
    return [html.Div(equations, className="gw-cards"), section("Projects", _by_project(flows))]


def _by_project(flows: Flows) -> Component:
    rows: list[list[Children]] = []
    for (signal, project), balance in sorted(
        flows.items(), key=lambda item: (item[0][1], item[0][0])
    ):
        total = accounts.add_up([balance])
        sign = (
            badge("balanced", "good")
            if total.unaccounted == 0
            else badge(f"{total.unaccounted:+,}", "error")
        )
        figures_of = [formats.count(getattr(total, name)) for name in ("received", *OUTCOMES)]
        rows.append([project, _NOUNS[signal], sign, *figures_of])
    heads = [
        "Project",
        "Signal",
        "Balance",
        *(name.capitalize() for name in ("received", *OUTCOMES)),
    ]
    meanings = [
        item for name in ("received", *OUTCOMES) for item in (html.Dt(name), html.Dd(MEANING[name]))
    ]
    return html.Div(
        [
            table(heads, rows, label="Counters by project", numbers=6),
            html.Dl(meanings, className="gw-facts-small"),
        ]
    )
