"""What surrounds every page: navigation, project, theme, help, and the account of what came in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from starlette.concurrency import run_in_threadpool

from storage.control.access import Forbidden, current
from ui import accounts, projects
from ui.blocks import icon
from ui.services import Services
from ui.wiring import attributes, in_browser

_REFRESH_MS = 10_000
_ACCENT = [
    "#e6f6f4",
    "#d0ebe8",
    "#a3d8d2",
    "#72c3ba",
    "#4bb2a7",
    "#32a79b",
    "#219f93",
    "#148a7f",
    "#0f766e",
    "#0a5f58",
]
"""Mantine's ten shades of the accent colour, light to dark; --gw-accent is one of them."""
_KEYS = (
    ("/", "Search"),
    ("f", "Edit the filter"),
    ("j  k", "Next, previous row or span"),
    ("Enter", "Open the trace"),
    ("← →", "Fold, unfold a span"),
    ("z", "Zoom the time axis to the chosen span, and out"),
    ("e", "Evaluations of the trace"),
    ("+  -", "Rate the trace good, bad"),
    ("Esc", "Back to the list; close"),
    ("l", "Live tail on, off"),
    ("c", "Copy a link to this view"),
    ("?", "This help"),
)


@dataclass(frozen=True, slots=True)
class NavLink:
    """An entry of the navigation."""

    name: str
    icon: str
    path: str
    """After the app's prefix."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Builds the frame around the pages, and its callbacks."""

    services: Services
    links: Sequence[NavLink] = field(default_factory=tuple)

    def layout(self) -> Component:
        """Return the frame with room for a page in it."""
        frame: Component = dmc.MantineProvider(
            id="provider",
            theme=_theme(),
            defaultColorScheme="auto",
            children=[
                dcc.Interval(id="counters-clock", interval=_REFRESH_MS),
                dcc.Store(id="project-home", data=""),
                html.A("Skip to the content", href="#content", className="gw-skip"),
                html.Header(self._header(), className="gw-header"),
                html.Nav(self._navigation(), className="gw-nav", **attributes(aria_label="Pages")),
                html.Main(
                    dash.page_container,
                    id="content",
                    className="gw-main",
                    **attributes(data_otlp_port=str(self.services.otlp_port)),
                ),
                html.Footer(self._footer(), className="gw-footer"),
                _help(),
                html.Div(
                    id="toast",
                    className="gw-toast",
                    role="status",
                    **attributes(aria_live="polite"),
                ),
            ],
        )
        return frame

    def _header(self) -> list[Component]:
        return [
            dcc.Link(
                [html.Span(className="gw-logo"), "Groundwire"],
                href=self.services.prefix,
                className="gw-brand",
            ),
            dmc.Select(
                id="project",
                data=[{"value": "default", "label": "default"}],
                value=None,
                size="xs",
                w=180,
                allowDeselect=False,
                searchable=True,
                nothingFoundMessage="No such project of yours",
                className="gw-project gw-gone",
                **attributes(aria_label="Project"),
            ),
            html.Span(className="gw-space"),
            _icon_button("copy-link", "link", "Copy a link to this view"),
            _icon_button("help-button", "help", "Keys (?)"),
            _icon_button("theme", "theme", "Light, dark or as the system"),
            html.Div(id="user-menu", className="gw-user"),
        ]

    def _navigation(self) -> list[Component]:
        return [
            dcc.Link(
                [icon(link.icon), html.Span(link.name, className="gw-nav-name")],
                href=f"{self.services.prefix}{link.path}",
                id={"part": "nav", "path": link.path},
                className="gw-nav-link",
                title=link.name,
            )
            for link in self.links
        ]

    def _footer(self) -> list[Component]:
        return [
            html.Div(accounts.waiting(), id="counters", className="gw-counters"),
            html.Span(className="gw-space"),
            dcc.Link("Status", href=f"{self.services.prefix}status"),
            html.A("API", href="/api/v1/docs"),
            html.A("Metrics", href="/metrics"),
        ]

    def wire(self, app: Dash) -> None:
        """Register the frame's callbacks."""
        services = self.services

        @app.callback(Output("counters", "children"), Input("counters-clock", "n_intervals"))
        async def show_counters(_: int | None) -> list[Component]:
            return await run_in_threadpool(lambda: accounts.line(projects.flows(services).values()))

        @app.callback(
            Output("project", "data"),
            Output("project", "className"),
            Output("project-home", "data"),
            Input("counters-clock", "n_intervals"),
            State("project", "data"),
            State("project-home", "data"),
        )
        async def show_projects(
            _: int | None, shown: list[dict[str, str]], home_shown: str
        ) -> tuple[Any, Any, Any]:
            titles = await run_in_threadpool(lambda: projects.readable(services))
            choices, home = _choices(titles), _home()
            if choices == shown and home == home_shown:
                return no_update, no_update, no_update
            return choices, "gw-project" if len(choices) > 1 else "gw-project gw-gone", home

        in_browser(
            app,
            "page_changed",
            Input("_pages_location", "pathname"),
            Input("_pages_location", "search"),
            Input("project-home", "data"),
        )
        in_browser(
            app,
            "draw_menu",
            Input("_pages_location", "search"),
            Input("project-home", "data"),
        )
        in_browser(
            app,
            "choose_project",
            Input("project", "value"),
            at_start=False,
        )
        in_browser(
            app,
            "next_theme",
            Input("theme", "n_clicks"),
            at_start=False,
        )
        in_browser(
            app,
            "copy_link",
            Input("copy-link", "n_clicks"),
            at_start=False,
        )
        in_browser(
            app,
            "toggle_help",
            Output("help", "opened"),
            Input("help-button", "n_clicks"),
            State("help", "opened"),
            at_start=False,
        )


def _choices(titles: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the projects as the header offers them; where two have one title, the name tells them apart."""
    shared = {title for title, times in Counter(titles.values()).items() if times > 1}
    return [
        {"value": name, "label": f"{title} ({name})" if title in shared else title}
        for name, title in titles.items()
    ]


def _home() -> str:
    """Return the project that the reader sees who names none; '' for a member of none."""
    try:
        return current().home()
    except Forbidden:
        return ""


def _theme() -> dict[str, Any]:
    return {
        "primaryColor": "ground",
        "colors": {"ground": _ACCENT},
        "primaryShade": {"light": 8, "dark": 7},
        "fontFamily": "var(--gw-font)",
        "fontFamilyMonospace": "var(--gw-mono)",
        "defaultRadius": "sm",
        "cursorType": "pointer",
    }


def _icon_button(button_id: str, name: str, label: str) -> Component:
    return html.Button(
        icon(name),
        id=button_id,
        className="gw-icon-button",
        title=label,
        type="button",
        **attributes(aria_label=label),
    )


def _help() -> Component:
    rows = [
        item
        for keys, meaning in _KEYS
        for item in (html.Dt([html.Kbd(key) for key in keys.split("  ")]), html.Dd(meaning))
    ]
    window: Component = dmc.Modal(
        html.Dl(rows, className="gw-keys"), id="help", title="Keys", size="sm", opened=False
    )
    return window
