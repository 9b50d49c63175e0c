"""The panel of one span: its head and its tabs. A tab without anything to show is left out."""

from collections.abc import Callable
from typing import Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from storage.costs.call_rows import CallRow
from storage.spans import SpanDetail
from ui import formats
from ui.blocks import badge, copy_button, empty, time
from ui.detail import cost, documents, facts, messages, timings
from ui.wiring import attributes

_Tab = tuple[str, str, int | None, Callable[[SpanDetail], list[Component]]]
_BEST_FIRST: Final = ("messages", "documents", "payloads", "events", "logs", "tokens", "attributes")
"""Which tab opens when the reader has not chosen one that this span has."""


def tabs(span: SpanDetail, call: CallRow | None = None, prices_page: str = "") -> list[_Tab]:
    """Return (value, label, count, builder) of each tab that has something to show.

    `call`: what the span's call cost, if it is one; `prices_page`: where its model can be given a price.
    """

    def figures(shown: SpanDetail) -> list[Component]:
        return [*cost.panel(call, prices_page), *timings.panel(shown)]

    every: list[tuple[bool, _Tab]] = [
        (messages.count(span) > 0, ("messages", "Messages", messages.count(span), messages.panel)),
        (bool(span.documents), ("documents", "Documents", len(span.documents), documents.panel)),
        (_has_payload(span), ("payloads", "Input / Output", None, facts.payloads)),
        (_has_figures(span) or call is not None, ("tokens", "Tokens & timings", None, figures)),
        (_has_events(span), ("events", "Events & errors", len(span.events) or None, facts.events)),
        (bool(span.logs), ("logs", "Logs", len(span.logs), lambda s: facts.logs(s.logs))),
        (True, ("evaluations", "Evaluations", len(span.evaluations), evaluations)),
        (True, ("attributes", "Attributes", len(span.attributes), facts.attribute_tables)),
        (True, ("raw", "Raw JSON", None, facts.raw)),
    ]
    return [tab for shown, tab in every if shown]


def _has_payload(span: SpanDetail) -> bool:
    return bool(span.input or span.output or span.prompt_template or span.prompt_variables)


def _has_figures(span: SpanDetail) -> bool:
    times = (span.time_to_first_token_s, span.queue_s, span.prefill_s, span.decode_s)
    return bool(span.total_tokens or any(times))


def _has_events(span: SpanDetail) -> bool:
    return bool(span.events or span.links or span.status == "error" or span.error_type)


def chosen(span: SpanDetail, wanted: str | None) -> str:
    """Return the tab to open: the one the reader was on, else an error, else the most telling."""
    there = [value for value, _, _, _ in tabs(span)]
    if wanted in there:
        return str(wanted)
    if span.status == "error" and "events" in there:
        return "events"
    return next((value for value in _BEST_FIRST if value in there), there[0])


def tab_components(
    span: SpanDetail, call: CallRow | None = None, prices_page: str = ""
) -> list[Component]:
    """Return the list of tabs and their panels."""
    shown = tabs(span, call, prices_page)
    heads = [
        dmc.TabsTab(
            [label, html.Span(str(n or ""), className="gw-tab-count", id=f"count-{value}")],
            value=value,
        )
        for value, label, n, _ in shown
    ]
    panels = [
        dmc.TabsPanel(html.Div(build(span), className="gw-panel"), value=value)
        for value, _, _, build in shown
    ]
    return [dmc.TabsList(heads), *panels]


def evaluations(span: SpanDetail) -> list[Component]:
    """Return the room that assets/82_evaluations.js fills: evaluations change while one looks at them."""
    room = html.Div(
        key=f"{span.trace_id}/{span.span_id}",
        className="gw-evaluations",
        **attributes(data_span=span.span_id),
    )
    return [room]


def head(span: SpanDetail, call: CallRow | None = None) -> list[Component]:
    """Return the name and the facts of a span, and what its call cost."""
    subject = (
        span.model or span.tool_name or span.agent_name or span.data_source or span.guardrail_name
    )
    line = [
        badge(span.operation, "plain") if span.operation else html.Span(),
        html.Span(subject, className="gw-mono") if subject else html.Span(),
        html.Span(formats.duration(span.duration_ns), className="gw-figure"),
        cost.mark(call) or html.Span(),
        html.Span(span.service_name, className="gw-dim"),
        time(span.start_time_unix_nano),
    ]
    return [
        html.Div(
            [html.H2(span.name, title=span.name), copy_button("span id", text=span.span_id)],
            className="gw-span-title",
        ),
        html.Div([*line, *badges(span)], className="gw-span-line"),
    ]


def badges(span: SpanDetail) -> list[Component]:
    """Return what was out of the ordinary about a span."""
    found = []
    if span.status == "error":
        found.append(
            badge(span.error_type or "error", "error", span.error_message or span.status_message)
        )
    if span.guardrail_verdict:
        kind = {"pass": "good", "fail": "error", "modified": "warn"}.get(
            span.guardrail_verdict, "plain"
        )
        about = " · ".join(
            p for p in (span.guardrail_name, span.guardrail_category, span.guardrail_action) if p
        )
        found.append(badge(f"guardrail: {span.guardrail_verdict}", kind, about))
    if span.is_fallback:
        found.append(badge("fallback", "warn", "A fallback model or route answered"))
    if span.retry_count:
        found.append(badge(f"retry {span.retry_count}", "warn", "Tried again so many times"))
    if span.cache_hit:
        found.append(badge("cache hit", "good", "Answered from a cache"))
    if span.streamed:
        found.append(badge("streamed", "plain"))
    if span.time_issue:
        found.append(
            badge(
                f"clock: {span.time_issue}", "info", "The sent times could not be kept as they were"
            )
        )
    return found


def nothing_chosen() -> Component:
    """Return what the panel says before a span is chosen."""
    return empty("Choose a span", "Click it in the tree, or move with the arrow keys.")


def missing() -> Component:
    """Return what the panel says when the span is not there."""
    return empty("This span is not stored", "It may not have come yet, or its retention has ended.")
