"""Small building blocks that several pages share. Everything takes text as text: nothing here interprets markup."""

import json
from collections.abc import Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.links import linked
from ui.wiring import attributes

Children = Sequence[str | Component] | str | Component | None

FOLD_AT: Final = 1_600
"""Characters of a text that show before it folds: about a screen of prose."""
MOST_SHOWN: Final = 60_000
"""Characters of one text that a page carries at all; the span's raw JSON has the rest."""


def icon(name: str) -> Component:
    """Return an icon of assets/10_icons.css; it is decoration and silent to screen readers."""
    return html.Span(className=f"gw-icon gw-icon-{name}", **attributes(aria_hidden="true"))


def badge(text: str, kind: str = "plain", title: str = "") -> Component:
    """Return a small label; `kind` is plain, good, info, warn or error."""
    return html.Span(text, className=f"gw-badge gw-badge-{kind}", title=title or None)


def copy_button(what: str, *, text: str | None = None) -> Component:
    """Return a button that copies `text`, or else the text of the nearest element marked `data-copyable`."""
    label = f"Copy {what}"
    data = {} if text is None else {"data_copy": text}
    return html.Button(
        icon("copy"),
        className="gw-copy",
        title=label,
        type="button",
        **attributes(aria_label=label, **data),
    )


def long_text(text: str, *, code: bool = False) -> Component:
    """Return a text that folds when it is long; addresses become links unless it is code."""
    shown = text[:MOST_SHOWN]
    body = html.Pre(
        [shown] if code else linked(shown),
        className="gw-code" if code else "gw-prose",
        **attributes(data_copyable="true"),
    )
    parts: list[Component] = [body]
    if len(text) > MOST_SHOWN:
        note = f"{formats.size(len(text) - MOST_SHOWN)} more; the raw JSON has all of it."
        parts.append(html.P(note, className="gw-dim"))
    if len(text) <= FOLD_AT and text.count("\n") < 40:
        return html.Div(parts)
    more = html.Button(
        f"Show all · {formats.size(len(text))}",
        className="gw-fold-button",
        type="button",
        **attributes(aria_expanded="false", data_fold="true"),
    )
    return html.Div([html.Div(parts, className="gw-fold-body"), more], className="gw-fold")


def pretty(value: Any) -> str:
    """Return JSON with indents; a text that holds JSON is taken for what it holds, any other stays as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
        if not isinstance(value, dict | list):
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def section(
    title: str, children: Children, *, note: str = "", action: Component | None = None
) -> Component:
    """Return a titled part of a panel."""
    head: list[Component] = [html.H3(title)]
    if note:
        head.append(html.Span(note, className="gw-dim"))
    if action is not None:
        head.append(html.Span(action, className="gw-section-action"))
    return html.Section(
        [html.Div(head, className="gw-section-head"), html.Div(children)], className="gw-section"
    )


def empty(title: str, text: Children = None, *, kind: str = "empty") -> Component:
    """Return what stands where there is nothing to show."""
    return html.Div(
        [html.P(title, className="gw-empty-title"), html.Div(text, className="gw-empty-text")],
        className=f"gw-empty gw-empty-{kind}",
        role="status",
    )


def table(
    head: Sequence[str], rows: Sequence[Sequence[Children]], *, label: str, numbers: int = 0
) -> Component:
    """Return a plain table; the last `numbers` columns are figures and stand to the right."""
    first_number = len(head) - numbers

    def style(column: int) -> str | None:
        return "gw-num" if column >= first_number else None

    return html.Table(
        [
            html.Caption(label, className="gw-hidden"),
            html.Thead(
                html.Tr([html.Th(h, scope="col", className=style(i)) for i, h in enumerate(head)])
            ),
            html.Tbody(
                [
                    html.Tr([html.Td(cell, className=style(i)) for i, cell in enumerate(row)])
                    for row in rows
                ]
            ),
        ],
        className="gw-table",
    )


def time(unix_nano: int) -> Component:
    """Return a moment; the browser rewrites it in the reader's zone, with UTC on hover."""
    milliseconds = unix_nano // 1_000_000
    seconds, rest = divmod(milliseconds, 1000)
    utc = formats.utc_of(seconds, rest)
    return html.Time(utc, className="gw-time", title=utc, **attributes(data_ms=str(milliseconds)))
