"""Attributes, events, logs, payloads and the raw span."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from storage.spans import LogRow, SpanDetail
from ui import formats
from ui.blocks import MOST_SHOWN, badge, copy_button, long_text, pretty, section, table, time
from ui.wiring import attributes

_STACK = "exception.stacktrace"
_NAMED = frozenset({_STACK, "exception.type", "exception.message"})


def payloads(span: SpanDetail) -> list[Component]:
    """Return what went in and came out of a step that is no conversation: a tool call, a chain, an HTTP call."""
    parts = [
        ("Input", span.input),
        ("Output", span.output),
        ("Prompt template", span.prompt_template),
    ]
    parts.append(("Prompt variables", span.prompt_variables))
    return [
        section(
            title,
            long_text(pretty(text), code=True),
            action=copy_button(title.lower(), text=pretty(text)[:MOST_SHOWN]),
        )
        for title, text in parts
        if text
    ]


def attribute_tables(span: SpanDetail) -> list[Component]:
    """Return all attributes as a table that a word narrows down."""
    groups = (
        ("Span", span.attributes),
        ("Resource", span.resource_attributes),
        ("Scope", span.scope_attributes),
    )
    search = dcc.Input(
        type="search", placeholder="Find an attribute", className="gw-input", debounce=False
    )
    tables = [_attribute_table(name, values) for name, values in groups if values]
    box = html.Label(
        [html.Span("Find an attribute", className="gw-hidden"), search],
        className="gw-search gw-narrow",
        **attributes(data_narrow="gw-attributes"),
    )
    return [box, html.Div(tables, id="gw-attributes")]


def _attribute_table(name: str, values: Mapping[str, Any]) -> Component:
    rows = [
        [
            html.Span(key, className="gw-mono"),
            _value(values[key]),
            copy_button(key, text=_text(values[key])),
        ]
        for key in sorted(values)
    ]
    return section(
        name, table(["Name", "Value", ""], rows, label=f"{name} attributes"), note=str(len(rows))
    )


def _value(value: Any) -> Component:
    if isinstance(value, bool | int | float):
        return html.Span(_text(value), className="gw-mono gw-figure")
    return long_text(_text(value), code=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def events(span: SpanDetail) -> list[Component]:
    """Return the error of a span, then its events in order; exceptions with their stack trace."""
    parts: list[Component] = []
    if span.status == "error" or span.error_type:
        message = span.error_message or span.status_message or "The sender gave no message."
        parts.append(_error(span.error_type or "error", message))
    parts += [_event(event, span.start_time_unix_nano) for event in span.events]
    if span.links:
        rows = [
            [
                html.Span(str(link["trace_id"]), className="gw-mono"),
                html.Span(str(link["span_id"]), className="gw-mono"),
            ]
            for link in span.links
        ]
        parts.append(section("Links", table(["Trace", "Span"], rows, label="Links to other spans")))
    return parts


def _error(kind: str, message: str) -> Component:
    head = html.Div([badge(kind, "error"), copy_button("message")], className="gw-block-head")
    return html.Div([head, long_text(message, code=True)], className="gw-block gw-block-error")


def _event(event: Mapping[str, Any], begin: int) -> Component:
    values: Mapping[str, Any] = event.get("attributes") or {}
    after = formats.duration(max(0, int(event.get("time_unix_nano", begin)) - begin))
    head = [
        html.B(str(event.get("name") or "event")),
        html.Span(f"after {after}", className="gw-dim"),
    ]
    parts: list[Component] = [html.Div(head, className="gw-block-head")]
    if kind := values.get("exception.type"):
        message = html.Span(str(values.get("exception.message", "")))
        parts.append(html.Div([badge(str(kind), "error"), message], className="gw-event-line"))
    if stack := values.get(_STACK):
        parts += [
            html.Div(
                [copy_button("stack trace"), long_text(str(stack), code=True)], className="gw-stack"
            )
        ]
    if rest := {key: value for key, value in values.items() if key not in _NAMED}:
        rows = [
            item
            for key in sorted(rest)
            for item in (html.Dt(key), html.Dd(_detail(_text(rest[key]))))
        ]
        parts.append(html.Dl(rows, className="gw-facts-small"))
    return html.Article(parts, className="gw-event")


def _detail(text: str) -> Component:
    is_short = len(text) < 160 and "\n" not in text
    return html.Span(text, className="gw-mono") if is_short else long_text(text, code=True)


def logs(rows: list[LogRow]) -> list[Component]:
    """Return log records in order of time."""
    return [
        html.Article(
            [
                html.Div(
                    [
                        badge(row.severity_text or "log", _severity(row.severity_number)),
                        time(row.time_unix_nano),
                        html.Span(row.event_name or row.service_name, className="gw-dim"),
                    ],
                    className="gw-block-head",
                ),
                long_text(row.body, code=True) if row.body else html.Span(),
            ],
            className="gw-event",
        )
        for row in rows
    ]


def _severity(number: int) -> str:
    if number >= 17:  # OTLP severity numbers: 17 to 24 are errors, 13 to 16 warnings
        return "error"
    return "warn" if number >= 13 else "plain"


def raw(span: SpanDetail) -> list[Component]:
    """Return the span as it is stored."""
    text = json.dumps(asdict(span), indent=2, ensure_ascii=False, default=str)
    return [section("Raw JSON", long_text(text, code=True), action=copy_button("JSON"))]
