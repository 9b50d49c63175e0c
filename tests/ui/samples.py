"""Spans to show, without an engine."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar, get_type_hints

from dash.development.base_component import Component

from storage.spans import SpanDetail, SpanSummary

T = TypeVar("T")
_EMPTY = {str: "", int: 0, bool: False, datetime: datetime(2026, 3, 1, tzinfo=UTC)}


def blank(cls: type[T], **given: Any) -> T:
    """Return a row whose every field is empty but for those given."""
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    for field in fields(cls):  # type: ignore[arg-type]  # every T here is a dataclass
        hint = hints[field.name]
        container = getattr(hint, "__origin__", None)
        values[field.name] = container() if container in {list, dict} else _EMPTY.get(hint)
    return cls(**(values | given))


def summary(
    span_id: str, parent: str = "", start: int = 0, duration: int = 10, **more: Any
) -> SpanSummary:
    """Return a span of a waterfall."""
    return blank(
        SpanSummary,
        **({"name": span_id, "status": "ok"} | more),
        span_id=span_id,
        parent_span_id=parent,
        start_time_unix_nano=start,
        duration_ns=duration,
    )


def detail(**more: Any) -> SpanDetail:
    """Return a span with its texts."""
    return blank(
        SpanDetail, **({"name": "span", "status": "ok", "duration_ns": 2_000_000_000} | more)
    )


def text_of(component: Any) -> str:
    """Return the text that a reader sees in a component, in order."""
    if component is None:
        return ""
    if isinstance(component, Component):
        label = getattr(component, "label", None)
        shown = text_of(getattr(component, "children", None))
        return shown + (text_of(label) if isinstance(label, str) else "")
    if isinstance(component, list | tuple):
        return " ".join(text_of(child) for child in component)
    return str(component)


def every(component: Any) -> list[Any]:
    """Return a component and all below it."""
    if isinstance(component, list | tuple):
        return [found for child in component for found in every(child)]
    if not isinstance(component, Component):
        return []
    return [component, *every(getattr(component, "children", None))]
