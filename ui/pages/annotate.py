"""Work through an annotation queue: what is judged on the left, the criteria on the right, all of it by keyboard."""

from typing import Any, Final

from dash import Dash, Input, Output, dcc, html, no_update
from dash.development.base_component import Component
from starlette.concurrency import run_in_threadpool

from storage import spans
from storage.client import Engine
from storage.control.access import AccessDenied
from storage.errors import StorageError
from storage.scope import Scope
from ui.blocks import empty
from ui.data.answers import problem
from ui.detail import subject
from ui.services import Services
from ui.state import reading
from ui.wiring import attributes, in_browser

_MOST_SPANS: Final = 1_000
"""Spans of a trace that are read in full for an item; of a longer one, only those that say what was answered."""
_MOST_CHOSEN: Final = 12


def layout(queue_id: str = "", project: str = "", **_: str) -> Component:
    """Return the page; the item and the criteria come by themselves."""
    return html.Div(
        [
            dcc.Store(
                id="annotate-view",
                data={"page": "annotate", "queue": queue_id, "project": project},
            ),
            dcc.Store(id="annotate-item", data=None),
            html.Div(id="annotate-head", className="gw-annotate-head"),
            html.Div(
                [
                    html.Section(
                        html.Div([], id="annotate-subject", className="gw-subject"),
                        id="annotate-scroll",
                        className="gw-subject-scroll",
                        tabIndex="0",
                        **attributes(aria_label="What is judged"),
                    ),
                    html.Section(
                        id="annotate-form",
                        className="gw-judging",
                        **attributes(aria_label="Your judgement"),
                    ),
                ],
                className="gw-annotate-body",
            ),
        ],
        id="annotate-page",
        className="gw-page gw-page-annotate",
    )


def wire(app: Dash, services: Services) -> None:
    """Register the page's callbacks."""
    in_browser(
        app,
        "start_annotate",
        Output("annotate-page", "data-started"),
        Input("annotate-view", "data"),
    )

    @app.callback(
        Output("annotate-subject", "children"),
        Output("annotate-subject", "data-item"),
        Input("annotate-item", "data"),
    )
    async def show_item(item: dict[str, Any] | None) -> tuple[Any, Any]:
        if not item:
            return no_update, no_update
        shown = await run_in_threadpool(what_is_judged, services.engine, item)
        return shown, str(item["id"])


def what_is_judged(engine: Engine, item: dict[str, Any]) -> list[Component]:
    """Return the conversation, answer and documents of an item: {trace_id, span_id, project}."""
    try:
        scope = reading(item.get("project") or "")
        if item.get("span_id"):
            span = spans.get_span(engine, scope, item["trace_id"], item["span_id"])
            return subject.of_span(span) if span else [subject.missing()]
        found = _spans_of(engine, scope, item["trace_id"])
        return subject.of_trace(found) if found else [subject.missing()]
    except (StorageError, AccessDenied) as error:
        about = problem(error)
        return [empty(about["message"], about["hint"], kind="error")]


def _spans_of(engine: Engine, scope: Scope, trace_id: str) -> list[spans.SpanDetail]:
    trace = spans.get_trace(engine, scope, trace_id)
    if trace is None:
        return []
    if len(trace.spans) <= _MOST_SPANS:
        return spans.span_details(engine, scope, trace_id)
    telling = [
        s for s in trace.spans if s.document_count or (s.operation == "chat" and s.has_contents)
    ]
    chosen = (
        spans.get_span(engine, scope, trace_id, span.span_id)
        for span in [*trace.spans[:1], *telling[-_MOST_CHOSEN:]]
    )
    return [span for span in chosen if span is not None]
