"""What can be typed into a filter: fields, the values they have, attribute keys."""

import re
from dataclasses import dataclass
from typing import Any, Final

from storage import fields as catalogue
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluation_filters import is_of_evaluation
from storage.fields import Field
from storage.filter_syntax import EVALUATION, Comparison, parse
from storage.page import check_limit
from storage.query import load, run
from storage.scope import Scope
from storage.window import Window

SAMPLE: Final = 200_000
"""The newest spans that suggestions are taken from: what is common among these is what people look for."""

_COLUMN: Final = re.compile(r"[a-z_0-9]+")


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


_OF_EVALUATIONS: Final = (
    FieldInfo(
        "evaluation", "number", "An evaluation by its name: its number, or its label.",
        "evaluation.grounded < 0.5", of_trace=True, of_span=True,
    ),
    FieldInfo("feedback", "bool", "A person judged it.", "feedback", of_trace=True, of_span=True),
)  # fmt: skip


def fields() -> list[FieldInfo]:
    """Return every field of the filter language, by name."""
    of_columns = [
        FieldInfo(
            name=field.name,
            type=field.type,
            doc=field.doc,
            example=field.example,
            of_trace=field.trace is not None,
            of_span=field.span is not None or field.call is not None,
        )
        for field in catalogue.fields().values()
    ]
    return sorted((*of_columns, *_OF_EVALUATIONS), key=lambda field: field.name)


def values(
    engine: Engine, scope: Scope, field: str, *, prefix: str = "", window: Window, limit: int = 20
) -> list[tuple[str, int]]:
    """Return the commonest values of a field within `window` that start with `prefix`, with how often each is.

    How often: in traces for a field of traces, else among the newest `SAMPLE` spans. `field` may be an attribute,
    `attr["http.route"]`, or an evaluation, `evaluation.tone`: then its labels. Fields that are no text have no
    suggestions. Raises BadInput for an unknown field.
    """
    name, place = _question(field)
    if not place:
        return []
    result = run(
        engine,
        scope,
        load(name),
        **place,
        start_ns=window.start_ns,
        end_ns=window.end_ns,
        prefix=prefix,
        limit=check_limit(limit),
    )
    return [(row[0], int(row[1])) for row in result.result_rows]


def attribute_keys(
    engine: Engine, scope: Scope, *, prefix: str = "", window: Window, limit: int = 50
) -> list[str]:
    """Return the commonest attribute keys of the newest spans within `window` that start with `prefix`."""
    result = run(
        engine,
        scope,
        load("suggestions/attribute_keys"),
        start_ns=window.start_ns,
        end_ns=window.end_ns,
        prefix=prefix,
        sample=SAMPLE // 10,
        limit=check_limit(limit),
    )
    return [row[0] for row in result.result_rows]


def _question(field: str) -> tuple[str, dict[str, Any]]:
    """Return which question answers for a field, and with which values; none for fields without suggestions."""
    asked = parse(f"{field} exists")
    if not isinstance(asked, Comparison):
        raise BadInput(f"{field!r} is not a field", hint="see /fields for all of them")
    if asked.field in ("attr", "resource") and asked.key:
        return "suggestions/of_attribute", {
            "place": asked.field,
            "key": asked.key,
            "sample": SAMPLE,
        }
    if asked.field == EVALUATION and asked.key:
        return "evaluations/labels", {"name": asked.key}
    if is_of_evaluation(asked):
        return "", {}
    known = catalogue.by_any_name().get(asked.field.lower())
    if known is None or asked.key:
        raise BadInput(f"there is no field {field}", hint="see /fields for all of them")
    return _of_field(known)


def _of_field(known: Field) -> tuple[str, dict[str, Any]]:
    if known.call and (same := catalogue.by_any_name().get(known.name.removeprefix("call_"))):
        return _of_field(same)
    column = known.trace or known.span
    # Expressions have no suggestions of their own: they are made of columns that have.
    if column is None or not _COLUMN.fullmatch(column.sql):
        return "", {}
    if column.type == "list":
        return "suggestions/of_lists_of_traces", {"column": column.sql}
    if column.type != "text":
        return "", {}
    if known.trace:
        return "suggestions/of_traces", {"column": column.sql}
    return "suggestions/of_spans", {"column": column.sql, "sample": SAMPLE}
