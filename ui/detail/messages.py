"""Messages as a conversation: roles, text, tool calls and their results, reasoning, media by name."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from storage.spans import SpanDetail
from ui import formats
from ui.blocks import MOST_SHOWN, badge, copy_button, long_text, pretty, section

_FENCE: Final = re.compile(r"```([\w+.-]*)[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool"})

Message = Mapping[str, Any]


def panel(span: SpanDetail) -> list[Component]:
    """Return the conversation of a model call: instructions, history, answer, and the tools it could call."""
    parts: list[Component] = []
    if span.system_instructions:
        parts.append(_collapsed("System instructions", span.system_instructions))
    if span.input_messages:
        parts.append(_conversation("Input", span.input_messages))
    if span.output_messages:
        parts.append(_conversation("Output", span.output_messages))
    if span.tool_definitions:
        parts.append(_tool_definitions(span.tool_definitions))
    return parts


def count(span: SpanDetail) -> int:
    """Return how many messages a span holds."""
    return len(span.system_instructions) + len(span.input_messages) + len(span.output_messages)


def _conversation(title: str, messages: Sequence[Message]) -> Component:
    note = f"{len(messages)} messages" if len(messages) > 1 else ""
    return section(title, [bubble(message) for message in messages], note=note)


def _collapsed(title: str, messages: Sequence[Message]) -> Component:
    text = "\n\n".join(map(_text_of, messages))
    copy = copy_button(title.lower(), text=text[:MOST_SHOWN])
    size = html.Span(formats.size(len(text)), className="gw-dim")
    parts = [_part(part) for message in messages for part in parts_of(message)]
    return html.Details([html.Summary([title, size, copy]), *parts], className="gw-collapse")


def bubble(message: Message) -> Component:
    """Return one message."""
    role = str(message.get("role") or "message")
    look = role if role in _ROLES else "other"
    head: list[Component] = [html.Span(role, className="gw-role")]
    if name := message.get("name"):
        head.append(html.Span(str(name), className="gw-dim"))
    if reason := message.get("finish_reason"):
        head.append(badge(str(reason), "plain", "Why the model stopped"))
    head.append(copy_button("message", text=_text_of(message)[:MOST_SHOWN]))
    body = [_part(part) for part in parts_of(message)]
    content = [
        html.Div(head, className="gw-bubble-head"),
        *(body or [html.P("(empty)", className="gw-dim")]),
    ]
    if role in {"system", "developer"}:
        return _folded_system(role, message, body)
    return html.Article(content, className=f"gw-bubble gw-bubble-{look}")


def _folded_system(role: str, message: Message, body: list[Component]) -> Component:
    size = formats.size(len(_text_of(message)))
    copy = copy_button("message", text=_text_of(message)[:MOST_SHOWN])
    summary = html.Summary(
        [html.Span(role, className="gw-role"), html.Span(size, className="gw-dim"), copy]
    )
    return html.Details([summary, *body], className="gw-bubble gw-bubble-system")


def parts_of(message: Message) -> list[Mapping[str, Any]]:
    """Return the parts of a message; a bare `content` counts as one text part."""
    parts = message.get("parts")
    if isinstance(parts, list):
        return [p if isinstance(p, dict) else {"type": "text", "content": p} for p in parts]
    content = message.get("content")
    if isinstance(content, list):
        return [p if isinstance(p, dict) else {"type": "text", "content": p} for p in content]
    return [] if content in (None, "") else [{"type": "text", "content": content}]


def _part(part: Mapping[str, Any]) -> Component:
    kind = part.get("type")
    if kind == "text":
        return prose(_as_text(part.get("content", part.get("text", ""))))
    if kind in {"reasoning", "thinking"}:
        return _reasoning(_as_text(part.get("content", part.get("thinking", ""))))
    if kind == "tool_call":
        return _tool_call(part)
    if kind == "tool_call_response":
        return _tool_result(part)
    if kind in {"uri", "blob", "file"}:
        return _media(part)
    return _block(str(kind or "part"), "", pretty(dict(part)))


def prose(text: str) -> Component:
    """Return written text, its ``` fences as code."""
    pieces: list[Component] = []
    done = 0
    for fence in _FENCE.finditer(text):
        if before := text[done : fence.start()].strip("\n"):
            pieces.append(long_text(before))
        pieces.append(_block(fence[1] or "code", "", fence[2]))
        done = fence.end()
    if rest := text[done:].strip("\n"):
        pieces.append(long_text(rest))
    return pieces[0] if len(pieces) == 1 else html.Div(pieces)


def _reasoning(text: str) -> Component:
    summary = html.Summary(["Reasoning", html.Span(formats.size(len(text)), className="gw-dim")])
    return html.Details([summary, long_text(text)], className="gw-collapse gw-reasoning")


def _tool_call(part: Mapping[str, Any]) -> Component:
    name = str(part.get("name") or "tool")
    return _block(
        f"call {name}", str(part.get("id") or ""), pretty(part.get("arguments")), look="call"
    )


def _tool_result(part: Mapping[str, Any]) -> Component:
    result = part.get("response", part.get("result"))
    return _block("result", str(part.get("id") or ""), pretty(result), look="result")


def _media(part: Mapping[str, Any]) -> Component:
    """Name a picture, sound or file; fetching what a span points to would tell its sender who reads it."""
    kind = str(part.get("mime_type") or part.get("modality") or part.get("type"))
    where = str(part.get("uri") or part.get("file_id") or "")
    size = len(str(part.get("content", part.get("data", ""))))
    return _block(kind, "not loaded", where or f"{formats.size(size)} of encoded data")


def _block(title: str, note: str, text: str, *, look: str = "code") -> Component:
    head: list[Component] = [
        html.Span(title, className="gw-block-title"),
        html.Span(note, className="gw-dim"),
    ]
    head.append(copy_button(title))
    return html.Div(
        [html.Div(head, className="gw-block-head"), long_text(text, code=True)],
        className=f"gw-block gw-block-{look}",
    )


def _tool_definitions(definitions: Sequence[Mapping[str, Any]]) -> Component:
    names = [str(d.get("name") or d.get("function", {}).get("name") or "tool") for d in definitions]
    summary = html.Summary(["Tools offered", html.Span(", ".join(names), className="gw-dim")])
    blocks = [
        _block(name, "", pretty(dict(definition)))
        for name, definition in zip(names, definitions, strict=True)
    ]
    return html.Details([summary, *blocks], className="gw-collapse")


def written(message: Message) -> str:
    """Return the written text of a message, without reasoning, tool calls and media."""
    parts = (part for part in parts_of(message) if part.get("type") == "text")
    return "\n\n".join(_as_text(part.get("content", part.get("text", ""))) for part in parts)


def _text_of(message: Message) -> str:
    """Return what copying a message copies: its text, and anything else as JSON."""
    return "\n\n".join(
        _as_text(part.get("content", ""))
        if part.get("type") in {"text", "reasoning"}
        else pretty(dict(part))
        for part in parts_of(message)
    )


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else pretty(value)
