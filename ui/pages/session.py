"""One session: the conversation turn by turn, each with its facts and a link to its trace."""

from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, Patch, State, dcc, html, no_update
from dash.development.base_component import Component
from starlette.concurrency import run_in_threadpool

from storage import evaluations, sessions
from storage.control.access import AccessDenied
from storage.errors import StorageError
from storage.page import Page
from storage.sessions import Turn
from ui import formats, header, scores, state
from ui.blocks import MOST_SHOWN, badge, copy_button, empty, icon, time
from ui.data.answers import problem
from ui.detail.messages import prose
from ui.services import Services
from ui.state import View, reading
from ui.wiring import in_browser

_PAGE = 30


def layout(session_id: str = "", project: str = "", **_: str) -> Component:
    """Return the page of a session; its turns come page by page. `session_id` is as it stands in the address."""
    session_id = unquote(session_id)
    return html.Div(
        [
            dcc.Store(
                id="session-view",
                data={"page": "session", "session": session_id, "project": project},
            ),
            dcc.Store(id="session-next", data={"cursor": "", "turns": 0}),
            html.Div(
                [
                    html.Div(
                        [
                            icon("sessions"),
                            html.H1(session_id, className="gw-mono"),
                            copy_button("session id", text=session_id),
                        ],
                        className="gw-title",
                    ),
                    html.Span("", id="session-count", className="gw-dim"),
                    html.Span([], id="session-marks", className="gw-session-marks"),
                ],
                className="gw-session-head",
            ),
            html.Div(
                [
                    html.Div([], id="session-turns", className="gw-turns"),
                    html.Button(
                        "Loading …",
                        id="session-more",
                        className="gw-button gw-more-turns",
                        type="button",
                    ),
                ],
                className="gw-session",
                id="session-scroll",
            ),
        ],
        id="session-page",
        className="gw-page gw-page-session",
    )


def wire(app: Dash, services: Services) -> None:
    """Register the page's callbacks."""
    in_browser(
        app,
        "start_session",
        Output("session-page", "data-started"),
        Input("session-view", "data"),
    )

    @app.callback(
        Output("session-turns", "children"),
        Output("session-next", "data"),
        Output("session-count", "children"),
        Output("session-more", "children"),
        Output("session-more", "className"),
        Input("session-more", "n_clicks"),
        State("session-view", "data"),
        State("session-next", "data"),
    )
    async def show_turns(
        _: int | None, view: dict[str, str], place: dict[str, Any]
    ) -> tuple[Any, ...]:
        return await run_in_threadpool(more_turns, services, view, place)

    @app.callback(Output("session-marks", "children"), Input("session-view", "data"))
    async def show_marks(view: dict[str, str]) -> list[Component]:
        return await run_in_threadpool(marks, services, view)


def marks(services: Services, view: dict[str, str]) -> list[Component]:
    """Return the judgements of the session as a whole; what is wrong with the question, the turns say."""
    try:
        scope = reading(view.get("project") or "")
        found = evaluations.of_sessions(services.engine, scope, [view["session"]])
    except (StorageError, AccessDenied) as error:
        return [badge("no evaluations", "warn", problem(error)["message"])]
    return [
        badge(judged["text"], judged["kind"], judged["title"])
        for judged in header.evaluation_badges(found)
    ]


def more_turns(services: Services, view: dict[str, str], place: dict[str, Any]) -> tuple[Any, ...]:
    """Return the next turns to append, the place after them, the count, and what the button says."""
    if place["cursor"] is None:
        return (no_update,) * 5
    project = view.get("project") or ""
    try:
        page = sessions.session_turns(
            services.engine, reading(project), view["session"], limit=_PAGE, cursor=place["cursor"]
        )
    except (StorageError, AccessDenied) as error:
        about = problem(error)
        return (
            no_update,
            no_update,
            f"{about['message']}. {about['hint']}",
            "Try again",
            "gw-button gw-more-turns",
        )
    turns = int(place["turns"]) + len(page.rows)
    return (
        _appended(services, project, page, first=turns == len(page.rows)),
        {"cursor": page.next_cursor, "turns": turns},
        _count(turns, more=page.next_cursor is not None),
        "Load more" if page.next_cursor else "",
        "gw-button gw-more-turns" if page.next_cursor else "gw-gone",
    )


def _appended(services: Services, project: str, page: Page[Turn], *, first: bool) -> Any:
    query = state.to_query(View(project=project))
    drawn = [
        turn_block(turn, state.href(f"{services.prefix}traces/{turn.trace_id}", query))
        for turn in page.rows
    ]
    if first:
        return drawn or [
            empty("No such session", "No trace of this project carries this session id.")
        ]
    patch = Patch()
    patch.extend(drawn)
    return patch


def _count(turns: int, *, more: bool) -> str:
    if more:
        return f"the first {formats.count(turns)} turns"
    return "1 turn" if turns == 1 else f"{formats.count(turns)} turns"


def turn_block(turn: Turn, link: str) -> Component:
    """Return one turn: the question, the answer, and the facts of the trace between them."""
    failed = turn.status == "error"
    facts = [
        time(turn.start_time_unix_nano),
        html.Span(formats.duration(turn.duration_ns)),
        html.Span(f"{formats.short_count(turn.total_tokens)} tokens"),
        html.Span("" if turn.cost_usd is None else formats.cost(turn.cost_usd)),
        html.Span(", ".join(model.rpartition("/")[2] for model in turn.models)),
        *[badge(tool) for tool in turn.tools],
        *([badge(turn.error_type or "error", "error")] if failed else []),
        *[scores.mark(name, found) for name, found in turn.scores.items()],
        dcc.Link("Trace", href=link, className="gw-turn-link", title=turn.name),
    ]
    return html.Article(
        [
            _said("user", turn.input, "(no input kept)"),
            _said("assistant", turn.output, "(no answer)" if failed else "(no output kept)"),
            html.Div(facts, className="gw-turn-facts"),
        ],
        className="gw-turn",
    )


def _said(role: str, text: str, missing: str) -> Component:
    body = prose(text) if text else html.P(missing, className="gw-dim")
    head = html.Div(
        [html.Span(role, className="gw-role"), copy_button("text", text=text[:MOST_SHOWN])],
        className="gw-bubble-head",
    )
    return html.Div([head, body], className=f"gw-bubble gw-bubble-{role}")
