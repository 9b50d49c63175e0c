"""Dialects of LLM telemetry, rewritten into the GenAI message shape before requests are spooled.

The normalising view maps plain keys to columns. What SQL cannot say plainly is rewritten here, in
the parsed message: lists spread over numbered attributes, JSON in JSON, content and usage in
events. Content ends up as JSON text in `gen_ai.input.messages`, `gen_ai.output.messages`,
`gen_ai.system_instructions`, `gen_ai.tool.definitions` and `gen_ai.retrieval.documents`; figures
as plain GenAI attributes. Keys that were fully rewritten are removed. What is not understood
stays as it came, and a canonical attribute with a value of its own is never overwritten.

Which dialect a span speaks is told by its keys. Scopes and schema URLs say little: one span may
carry three dialects, and instrumentations announce schemas they do not follow.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from collector.dialects import (
    events,
    first_token,
    langfuse,
    langsmith,
    mlflow,
    openinference,
    openllmetry,
    others,
    pydantic_ai,
    serving,
    usage_details,
    vercel,
)
from collector.dialects.attributes import Attributes
from collector.dialects.markers import KeyMarkers
from collector.places import spans_at

__all__ = ["rewrite_logs", "rewrite_traces"]


class Dialect(NamedTuple):
    """A way to tell content, and what rewrites it.

    `markers` are beginnings of attribute keys, `events` names of span events; a request with
    none of either is not looked at. `rewrite` must tell by the keys of the span whether it
    applies, and must not raise whatever the attributes hold.
    """

    name: str
    markers: tuple[str, ...]
    rewrite: Callable[[Any, Attributes], None]
    events: frozenset[str] = frozenset()


# In order of trust: on a span with several dialects the first to tell a canonical attribute wins.
DIALECTS = (
    Dialect("langfuse", langfuse.MARKERS, langfuse.rewrite),
    Dialect("openinference", openinference.MARKERS, openinference.rewrite),
    Dialect("openllmetry", openllmetry.MARKERS, openllmetry.rewrite, openllmetry.EVENTS),
    Dialect("vercel", vercel.MARKERS, vercel.rewrite),
    Dialect("langsmith", langsmith.MARKERS, langsmith.rewrite),
    Dialect("events", events.MARKERS, events.rewrite, events.EVENTS),
    Dialect("pydantic_ai", pydantic_ai.MARKERS, pydantic_ai.rewrite),
    Dialect("google_adk", others.GOOGLE_ADK_MARKERS, others.rewrite_google_adk),
    Dialect("laminar", others.LAMINAR_MARKERS, others.rewrite_laminar),
    Dialect("langwatch", others.LANGWATCH_MARKERS, others.rewrite_langwatch),
    Dialect("genkit", others.GENKIT_MARKERS, others.rewrite_genkit),
    Dialect("mlflow", mlflow.MARKERS, mlflow.rewrite),
    Dialect("usage_details", usage_details.MARKERS, usage_details.rewrite),
    Dialect("tgi", serving.TGI_MARKERS, serving.rewrite_tgi),
    Dialect("first_token", (), first_token.rewrite, first_token.EVENTS),
)
_TRITON = "triton"

_MARKERS = KeyMarkers(
    [(marker.encode(), dialect.name) for dialect in DIALECTS for marker in dialect.markers]
    + [(marker.encode(), _TRITON) for marker in serving.TRITON_MARKERS]
)
_EVENT_DIALECTS = {name: dialect.name for dialect in DIALECTS for name in dialect.events}
# A message event as a log record has its name in `event_name` or in this attribute.
_EVENT_NAME = "event.name"
_RECORD_MARKER = b"gen_ai."


def rewrite_traces(request: Any, body: bytes) -> bool:
    """Rewrite the spans of an `ExportTraceServiceRequest` in place; True if anything changed.

    `body` is the same request as protobuf bytes, spans in the same order; it is only searched for
    signs of a dialect. Never raises on what spans hold.
    """
    found = _MARKERS.places_in(body)
    in_events = _found_in_events(request)
    dialects = [dialect for dialect in DIALECTS if dialect.name in found.keys() | in_events]
    changed = False
    for span in _spans_with_signs(request, body, found, everywhere=bool(in_events)):
        changed |= _rewrite_span(span, dialects)
    if _TRITON in found:
        changed |= serving.settle_triton(_spans(request))
    return changed


def rewrite_logs(request: Any, body: bytes) -> bool:
    """Rewrite the message events of an `ExportLogsServiceRequest`; True if anything changed.

    A record named gen_ai.user.message and the like gets its one message as an attribute, for
    the loader joins records to spans by their ids.
    """
    if _RECORD_MARKER not in body:
        return False
    changed = False
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                changed |= _rewrite_record(record)
    return changed


def _spans(request: Any) -> Iterable[Any]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            yield from scope.spans


def _spans_with_signs(
    request: Any, body: bytes, found: Mapping[str, list[int]], *, everywhere: bool
) -> Iterable[Any]:
    if everywhere:
        return _spans(request)
    places = sorted(place for name, some in found.items() if name != _TRITON for place in some)
    among = spans_at(request, body, places) if places else []
    return _spans(request) if among is None else among


def _found_in_events(request: Any) -> set[str]:
    names = {event.name for span in _spans(request) if span.events for event in span.events}
    return {_EVENT_DIALECTS[name] for name in names & _EVENT_DIALECTS.keys()}


def _rewrite_span(span: Any, dialects: list[Dialect]) -> bool:
    attributes = Attributes(span.attributes)
    for dialect in dialects:
        dialect.rewrite(span, attributes)
    attributes.flush()
    return attributes.changed


def _rewrite_record(record: Any) -> bool:
    name = record.event_name
    if name and name not in events.RECORDS:
        return False
    attributes = Attributes(record.attributes)
    name = name or attributes.text(_EVENT_NAME)
    if name not in events.RECORDS:
        return False
    events.rewrite_record(record, name, attributes)
    attributes.flush()
    return attributes.changed
