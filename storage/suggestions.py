"""What can be typed into a filter: fields, the values they have, attribute keys."""

from dataclasses import dataclass

from storage.client import Engine
from storage.scope import Scope
from storage.window import Window


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of the filter language."""

    name: str
    type: str
    """'text', 'number', 'duration', 'bool', 'list' or 'time'."""
    doc: str
    example: str
    of_trace: bool
    """A comparison is about the trace as a whole."""
    of_span: bool
    """A comparison is about a span; on traces: some span of the trace has it."""


def fields() -> list[FieldInfo]:
    """Return every field of the filter language, by name."""
    raise NotImplementedError


def values(
    engine: Engine, scope: Scope, field: str, *, prefix: str = "", window: Window, limit: int = 20
) -> list[tuple[str, int]]:
    """Return the commonest values of a field within `window` that start with `prefix`, with how often each is."""
    raise NotImplementedError


def attribute_keys(
    engine: Engine, scope: Scope, *, prefix: str = "", window: Window, limit: int = 50
) -> list[str]:
    """Return the commonest attribute keys of spans within `window` that start with `prefix`."""
    raise NotImplementedError
