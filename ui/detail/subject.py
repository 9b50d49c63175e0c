"""What an annotator judges: the conversation, the answer, and the documents that it rests on.

Nothing of what others said about it: no evaluations, no figures that hint at a verdict.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from storage.spans import SpanDetail
from ui import formats
from ui.blocks import empty, section
from ui.detail import documents, facts
from ui.detail.messages import bubble

_MOST_RETRIEVALS: Final = 6
"""Lists of documents that are shown: the last ones, which the answer rests on."""

Message = Mapping[str, Any]


def of_trace(spans: Sequence[SpanDetail]) -> list[Component]:
    """Return a whole trace to be judged: its last model call, what was retrieved, and else what went in and out."""
    answering = answer_of(spans)
    told = of_call(answering) if answering else _payloads_of(spans)
    retrieved = [span for span in spans if span.documents][-_MOST_RETRIEVALS:]
    return [*told, *_documents(retrieved)] or [_nothing()]


def of_span(span: SpanDetail) -> list[Component]:
    """Return one span to be judged."""
    told = of_call(span) if _has_messages(span) else facts.payloads(span)
    return [*told, *_documents([span] if span.documents else [])] or [_nothing()]


def answer_of(spans: Sequence[SpanDetail]) -> SpanDetail | None:
    """Return the span that gave the answer: the model call that ended last, one that said something if there is any."""
    calls = [span for span in spans if _has_messages(span)]
    answered = [span for span in calls if span.output_messages]
    ends = {span.span_id: span.start_time_unix_nano + span.duration_ns for span in calls}
    return max(answered or calls, key=lambda span: ends[span.span_id], default=None)


def _has_messages(span: SpanDetail) -> bool:
    return bool(span.input_messages or span.output_messages)


def of_call(span: SpanDetail) -> list[Component]:
    """Return a model call: instructions and earlier turns folded, then the last question, and the answer."""
    system, told = _split(span)
    earlier, last = _from_last_question(told)
    parts: list[Component] = [bubble(message) for message in system]
    if earlier:
        parts.append(_earlier(earlier))
    parts += [bubble(message) for message in last]
    answer = [bubble(message) for message in span.output_messages]
    missing = html.P("The model gave no answer, or it was not kept.", className="gw-dim")
    return [
        section("Conversation", parts) if parts else html.Div(),
        html.Div(section("Answer", answer or missing), className="gw-answer"),
    ]


def _split(span: SpanDetail) -> tuple[list[Message], list[Message]]:
    """Return what the app told the model to be, and what was said."""
    instructions = [{"role": "system", **m, "finish_reason": ""} for m in span.system_instructions]
    roles = {"system", "developer"}
    system = [m for m in span.input_messages if m.get("role") in roles]
    return [*instructions, *system], [m for m in span.input_messages if m.get("role") not in roles]


def _from_last_question(messages: list[Message]) -> tuple[list[Message], list[Message]]:
    """Return the messages before the user's last one, and those from it on."""
    asked = [i for i, message in enumerate(messages) if message.get("role") == "user"]
    start = asked[-1] if asked else 0
    return messages[:start], messages[start:]


def _earlier(messages: Sequence[Message]) -> Component:
    count = "1 message" if len(messages) == 1 else f"{formats.count(len(messages))} messages"
    summary = html.Summary(["Earlier in the conversation", html.Span(count, className="gw-dim")])
    return html.Details([summary, *map(bubble, messages)], className="gw-collapse")


def _payloads_of(spans: Sequence[SpanDetail]) -> list[Component]:
    """Return what went into and came out of the first span that says: the top of the trace, as a rule."""
    return next((told for span in spans if (told := facts.payloads(span))), [])


def _documents(spans: Sequence[SpanDetail]) -> list[Component]:
    if not spans:
        return []
    *before, last = spans
    folded = [
        html.Details(
            [
                html.Summary(
                    [span.name, html.Span(f"{len(span.documents)} documents", className="gw-dim")]
                ),
                *documents.panel(span),
            ],
            className="gw-collapse",
        )
        for span in before
    ]
    return [*documents.panel(last), *folded]


def _nothing() -> Component:
    return empty(
        "Nothing to read",
        "The sender kept the texts to itself, or their retention has ended. Skip this item.",
    )


def missing() -> Component:
    """Return what stands where the trace or span is not stored any more."""
    return empty("This item is not stored any more", "Its retention has ended. Skip it.")
