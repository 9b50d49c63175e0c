"""Langfuse SDK 3 to 5: the observation as JSON in `langfuse.observation.*`.

An input or output that does not read as messages stays: it is the payload of the span. So do
all scalars, `cost_details` (its total is lifted) and `model.parameters`.
"""

from datetime import datetime
from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.documents import DOCUMENTS, QUERY, documents_of, query_of
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    completion_of,
    messages_of,
    offer_messages,
)
from collector.dialects.requested import offer_parameters
from collector.dialects.tools import DEFINITIONS, tool_definitions
from collector.dialects.usage import COST, TokenUsage, count_of, details_of, number_of, usage_of
from collector.dialects.values import Json, Object, as_object, decoded, without
from collector.dialects.vercel import TIME_TO_FIRST_CHUNK

MARKERS = ("langfuse.observation.",)

_INPUT = "langfuse.observation.input"
_OUTPUT = "langfuse.observation.output"
_USAGE = "langfuse.observation.usage_details"


def rewrite(span: Any, attributes: Attributes) -> None:
    """Gather messages, documents, tools and usage out of the observation's JSON."""
    if not attributes.under("langfuse.observation."):
        return
    _input(attributes)
    _output(attributes)
    usage = _usage(as_object(attributes.get(_USAGE)))
    if usage is not None:
        usage.offer(attributes)
    _cost(attributes)
    _first_token(span, attributes)
    parameters = as_object(attributes.get("langfuse.observation.model.parameters"))
    offer_parameters(attributes, parameters)


def _input(attributes: Attributes) -> None:
    """Read a list of messages, or what the OpenAI wrapper sends: {messages, tools, ...}."""
    value = attributes.json(_INPUT)
    if not isinstance(value, dict) or "messages" not in value:
        if offer_messages(attributes, INPUT, messages_of(value)):
            attributes.remove((_INPUT,))
        return
    used = []
    if offer_messages(attributes, INPUT, messages_of(value["messages"])):
        used.append("messages")
    definitions = tool_definitions(value.get("tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        used.append("tools")
    if used:
        attributes.keep_rest(_INPUT, without(value, *used))


def _output(attributes: Attributes) -> None:
    value = attributes.json(_OUTPUT)
    completion = completion_of(value)
    if completion and offer_messages(attributes, OUTPUT, completion[0]):
        attributes.keep_rest(_OUTPUT, completion[1])
        return
    if attributes.text("langfuse.observation.type") == "retriever":
        attributes.offer(QUERY, query_of(attributes.get(_INPUT)))
        documents = documents_of(value)
        if documents and attributes.offer(DOCUMENTS, documents):
            attributes.remove((_OUTPUT,))


def _usage(details: Object) -> TokenUsage | None:
    """Read Langfuse's buckets, or the provider's own usage object when the app passed that."""
    if not details:
        return None
    if "input" not in details and "output" not in details:
        return usage_of(details)
    usage = details_of(details, _side(details, "input_"), _side(details, "output_"))
    usage.input = _bucket(details, "input", usage.cached)
    usage.output = _bucket(details, "output", 0)
    usage.total = count_of(details.get("total"))
    if usage.input is not None and usage.input >= usage.cached:
        usage.uncached = usage.input - usage.cached
    return usage


def _side(details: Object, prefix: str) -> Object:
    return {
        name[len(prefix) :]: value for name, value in details.items() if name.startswith(prefix)
    }


def _bucket(details: Object, side: str, cached: int) -> int | None:
    """Sum one side. The buckets exclude each other, so `input` lacks `input_cached_tokens`.

    Unless the app filled them itself and `input + output` is already the total: then they are
    the provider's inclusive counts. OpenAI's priority tier is no bucket of its own: `input` holds it.
    """
    plain = count_of(details.get(side))
    if plain is None:
        return None
    other = count_of(details.get("output" if side == "input" else "input")) or 0
    if count_of(details.get("total")) == plain + other:
        return plain
    own = [
        count_of(value) or 0
        for name, value in details.items()
        if name.startswith(f"{side}_") and not name.startswith(f"{side}_priority")
    ]
    # Anthropic's own names for the cache carry no prefix `input_`.
    unprefixed = [name for name in details if name.startswith("cache_")]
    return plain + (max(sum(own), cached) if unprefixed else sum(own))


def _cost(attributes: Attributes) -> None:
    costs = as_object(attributes.get("langfuse.observation.cost_details"))
    total = number_of(costs.get("total"))
    if total is None:
        parts = [number for value in costs.values() if (number := number_of(value)) is not None]
        total = sum(parts) if parts else None
    attributes.offer(COST, total)


def _first_token(span: Any, attributes: Attributes) -> None:
    """Turn the moment the first token came, ISO text encoded once or twice, into seconds."""
    moment = decoded(attributes.get("langfuse.observation.completion_start_time"))
    nanoseconds = _nanoseconds(moment)
    if nanoseconds is not None and span.start_time_unix_nano:
        seconds = (nanoseconds - span.start_time_unix_nano) / 1e9
        if 0 <= seconds < 86_400:
            attributes.offer(TIME_TO_FIRST_CHUNK, round(seconds, 6))


def _nanoseconds(moment: Json) -> int | None:
    if not isinstance(moment, str):
        return None
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    # Without a zone it would be read in this machine's.
    return round(parsed.timestamp() * 1e9) if parsed.tzinfo else None
