"""Feedback: evaluations by people, sent as log records `gen_ai.evaluation.result` of the GenAI conventions.

They go out by the same rules as spans: never waiting, in batches, under the content policy.
"""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.proto.logs.v1.logs_pb2 import SEVERITY_NUMBER_INFO, LogRecord
from opentelemetry.trace import SpanContext

from groundwire._capture import json_of
from groundwire._context import attributes_of
from groundwire._delivery import Delivery
from groundwire._encoding import key_values
from groundwire._notices import NOTICES, never_raises

EVENT: Final = "gen_ai.evaluation.result"


class _Outlet:
    """Where feedback goes; None before `init`."""

    delivery: Delivery[LogRecord] | None = None


OUTLET: Final = _Outlet()


@partial(never_raises, otherwise="")
def feedback(
    name: str,
    value: bool | float | str | None = None,  # noqa: FBT001 - the value of an evaluation may be one
    *,
    trace_id: str | None = None,
    span_id: str | None = None,
    response_id: str | None = None,
    session: str | None = None,
    comment: str | None = None,
    correction: str | None = None,
    label: str | None = None,
    author: str | None = None,
    id: str | None = None,  # noqa: A002 - the API's word
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """Say what a person thinks of a trace, a span or a session; return the id, empty where nothing was sent.

    Without `trace_id`, `response_id` and `session` it is about the trace that is being made now.
    `response_id` is what the model calls its answer (`gen_ai.response.id`), for apps that keep that
    and no trace ids. `value` is True or False, a number, or one of a few words. The same `id` again
    replaces what was said before. `author` is the app's user; without it the user of the current
    context.
    """
    target = _target(trace_id, span_id, response_id, session)
    if target is None or OUTLET.delivery is None:
        why = "groundwire.init() was not called" if target else "no trace is current: give trace_id"
        NOTICES.say(f"feedback:{why}", f"{{amount}} feedback dropped: {why}")
        return ""
    context, attributes = target
    evaluation_id = id or uuid4().hex
    attributes |= {
        "gen_ai.evaluation.id": evaluation_id,
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.source": "human",
    }
    attributes |= _value(value, label) | _words(comment, correction, author, metadata)
    OUTLET.delivery.put(
        _record(context, attributes), 400 + sum(len(str(v)) for v in attributes.values())
    )
    return evaluation_id


def _target(
    trace_id: str | None, span_id: str | None, response_id: str | None, session: str | None
) -> tuple[SpanContext | None, dict[str, Any]] | None:
    """Return the span to name, if any, and what says how much of it is meant."""
    if response_id and not trace_id:
        return None, {"gen_ai.response.id": response_id}
    if session and not trace_id:
        return None, {"gen_ai.evaluation.scope": "session", "session.id": session}
    current = trace.get_current_span().get_span_context()
    if not trace_id:
        if not current.is_valid:
            return None
        return _named(current.trace_id, int(span_id, 16) if span_id else current.span_id), (
            {} if span_id else {"gen_ai.evaluation.scope": "trace"}
        )
    scope = {} if span_id else {"gen_ai.evaluation.scope": "trace"}
    return _named(int(trace_id, 16), int(span_id, 16) if span_id else 0), scope


def _named(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=True)


def _value(value: float | str | None, label: str | None) -> dict[str, Any]:
    """Take a word for the label, a number or a boolean for the score."""
    values: dict[str, Any] = {}
    if isinstance(value, str):
        label = label or value
    elif isinstance(value, bool):
        values["gen_ai.evaluation.score.value"] = value
    elif value is not None:
        values["gen_ai.evaluation.score.value"] = float(value)
    if label:
        values["gen_ai.evaluation.score.label"] = label
    return values


def _words(
    comment: str | None,
    correction: str | None,
    author: str | None,
    metadata: Mapping[str, Any] | None,
) -> dict[str, Any]:
    author = author or attributes_of(None).get("user.id")
    words = {
        "gen_ai.evaluation.explanation": comment,
        "gen_ai.evaluation.correction": correction,
        "gen_ai.evaluation.author": author,
        "gen_ai.evaluation.metadata": json_of(metadata) if metadata else None,
    }
    return {key: word for key, word in words.items() if word}


def _record(context: SpanContext | None, attributes: dict[str, Any]) -> LogRecord:
    now = time.time_ns()
    record = LogRecord(
        time_unix_nano=now,
        observed_time_unix_nano=now,
        severity_number=SEVERITY_NUMBER_INFO,
        event_name=EVENT,
        attributes=key_values(attributes),
    )
    if context is not None:
        record.trace_id = context.trace_id.to_bytes(16, "big")
        if context.span_id:
            record.span_id = context.span_id.to_bytes(8, "big")
    return record


def thumbs(up: bool, **more: Any) -> str:  # noqa: FBT001 - up or down is what it is about
    """Say whether an answer was good; `more` as for `feedback`."""
    return feedback("user_feedback", up, label="thumbs_up" if up else "thumbs_down", **more)


def correct(text: str, **more: Any) -> str:
    """Say how the answer should have been; `more` as for `feedback`."""
    return feedback("correction", correction=text, **more)


def escalate(reason: str | None = None, **more: Any) -> str:
    """Say that a person has to take over; `more` as for `feedback`."""
    return feedback("escalation", True, comment=reason, **more)
