"""What may be written as an evaluation, and as which row it is kept."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from storage.errors import BadInput
from storage.evaluation_rows import EvaluationRow

MAX_NAME: Final = 200
MAX_LABEL: Final = 200
MAX_TEXT: Final = 20_000
"""Characters of an explanation."""
MAX_CORRECTION: Final = 100_000
MAX_METADATA: Final = 8192
"""Bytes of metadata as JSON."""
MAX_ID: Final = 256
"""Characters of ids and of authors."""

SOURCES: Final = ("human", "code", "model")
_HEX: Final = re.compile(r"[0-9a-f]{1,64}")
_LATEST_NS: Final = 4_291_747_200 * 10**9
_LARGEST: Final = 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """A judgement to be written. It is of a span, a trace, a session, or of the span that has a response's id."""

    name: str
    value: float | bool | str | None = None
    """A number, true or false, or the label of a category; None where a correction or explanation says it all."""
    label: str = ""
    """What a number is called, beside it."""
    explanation: str = ""
    correction: str = ""
    """The answer as it should have been."""
    source: str = "code"
    author: str = ""
    by_member: bool = False
    """Whether `author` gives it here, signed in: for what is written on behalf of `access.current()` alone."""
    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    response_id: str = ""
    time_unix_nano: int = 0
    """When it was judged; 0: now."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    """Chosen by the writer, so that the same again is known as such; '' makes one up."""


def checked(index: int, e: Evaluation) -> EvaluationRow:
    """Return an evaluation as a row, or refuse it by its place in the batch."""

    def refuse(member: str, message: str, hint: str) -> BadInput:
        return BadInput(f"evaluations[{index}].{member} {message}", hint=hint)

    if not e.name.strip() or len(e.name) > MAX_NAME:
        raise refuse("name", "is empty or too long", f"1 to {MAX_NAME} characters")
    for member, most in _LIMITS.items():
        if len(getattr(e, member)) > most:
            raise refuse(member, "is too long", f"at most {most} characters")
    if e.source not in SOURCES:
        raise refuse("source", f"is {e.source[:40]!r}", f"one of {', '.join(SOURCES)}")
    metadata = _json(e.metadata)
    if metadata is None or len(metadata) > MAX_METADATA:
        raise refuse("metadata", "is too large", f"at most {MAX_METADATA} bytes as JSON")
    if not 0 <= e.time_unix_nano < _LATEST_NS:
        raise refuse("time", "is out of range", "from 1970 to 2106")
    if problem := _of_target(e):
        raise refuse(*problem)
    if problem := _of_value(e):
        raise refuse(*problem)
    kind, score, label = _measured(e)
    return EvaluationRow(
        id=e.id or uuid.uuid4().hex,
        trace_id=e.trace_id.lower(),
        span_id=e.span_id.lower(),
        session_id=e.session_id,
        time_unix_nano=e.time_unix_nano or time.time_ns(),
        name=e.name,
        kind=kind,
        score=score,
        label=label,
        explanation=e.explanation,
        correction=e.correction,
        source=e.source,
        author=e.author,
        by_member=e.by_member,
        response_id=e.response_id,
        metadata=dict(e.metadata),
    )


_LIMITS: Final = {
    "id": MAX_ID, "label": MAX_LABEL, "explanation": MAX_TEXT, "correction": MAX_CORRECTION, "author": MAX_ID,
    "session_id": MAX_ID, "response_id": MAX_ID,
}  # fmt: skip


def _json(metadata: Mapping[str, Any]) -> bytes | None:
    try:
        return orjson.dumps(dict(metadata)) if metadata else b""
    except TypeError:
        return None


def _of_target(e: Evaluation) -> tuple[str, str, str] | None:
    """Return what is wrong with what an evaluation judges: member, message, hint."""
    for member in ("trace_id", "span_id"):
        value = getattr(e, member)
        if value and not _HEX.fullmatch(value.lower()):
            return member, "is no id", "an id is written in hex digits"
    if e.span_id and not e.trace_id:
        return "span_id", "needs its trace_id", "a span is named by both"
    if e.session_id and e.trace_id:
        return "session_id", "stands beside a trace_id", "name a session, or a trace and its span"
    if not (e.trace_id or e.session_id or e.response_id):
        return (
            "trace_id",
            "is missing",
            "name what is judged: trace_id (and span_id), session_id or response_id",
        )
    return None


def _of_value(e: Evaluation) -> tuple[str, str, str] | None:
    """Return what is wrong with a value: member, message, hint."""
    value = e.value
    if isinstance(value, str) and (not value.strip() or len(value) > MAX_LABEL):
        return "value", "is empty or too long", f"a label has 1 to {MAX_LABEL} characters"
    if isinstance(value, str) and e.label not in ("", value):
        return "label", "contradicts the value", "give the label of a category as its value alone"
    if isinstance(value, int | float) and not abs(value) <= _LARGEST:
        return "value", "is no number that can be kept", "a finite number, at most 2^53"
    if value is None and not (e.label or e.explanation or e.correction):
        return "value", "is missing", "a number, true or false, or a label; or else a correction"
    return None


def _measured(e: Evaluation) -> tuple[str, float | None, str]:
    """Return kind, score and label."""
    if isinstance(e.value, str):
        return "category", None, e.value
    if e.value is None:
        return ("category" if e.label else "text"), None, e.label
    return ("boolean" if isinstance(e.value, bool) else "number"), float(e.value), e.label
