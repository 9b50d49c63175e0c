"""LangSmith's OTel exporter: a run's inputs and outputs as JSON in gen_ai.prompt and .completion.

For a chain or a tool these are the payload and stay. For a model run they hold LangChain's or
the provider's messages, for a retriever the query and the documents.
"""

import re
from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.documents import DOCUMENTS, QUERY, documents_of, query_of
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    completion_of,
    messages_of,
    offer_finish_reasons,
    offer_messages,
)
from collector.dialects.requested import offer_parameters
from collector.dialects.tools import DEFINITIONS, tool_definitions
from collector.dialects.usage import details_of, usage_of
from collector.dialects.values import Json, Object, as_object, without

MARKERS = ("langsmith.span.kind", "langsmith.trace.", "langsmith.usage_metadata")

_PROMPT = "gen_ai.prompt"
_COMPLETION = "gen_ai.completion"
_SIDES = ("input", "output")
_PRINTED_COUNT = re.compile(r"'(\w{1,40})': (\d{1,15})\b")


def rewrite(_span: Any, attributes: Attributes) -> None:
    """Gather a model run's messages or a retriever's documents, and nested token counts."""
    kind = attributes.text("langsmith.span.kind")
    if kind == "llm":
        usage_of(_generated_usage(attributes.json(_COMPLETION))).offer(attributes)
        _prompt(attributes)
        _completion(attributes)
    elif kind == "retriever":
        _retrieval(attributes)
    if kind or "langsmith.usage_metadata" in attributes:
        _usage(attributes)


def _prompt(attributes: Attributes) -> None:
    inputs = as_object(attributes.get(_PROMPT))
    used = []
    if offer_messages(attributes, INPUT, messages_of(inputs.get("messages"))):
        used.append("messages")
    definitions = tool_definitions(inputs.get("tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        used.append("tools")
    if used:
        offer_parameters(attributes, inputs)
        attributes.keep_rest(_PROMPT, without(inputs, *used))


def _completion(attributes: Attributes) -> None:
    completion = completion_of(attributes.get(_COMPLETION))
    if completion and offer_messages(attributes, OUTPUT, completion[0]):
        offer_finish_reasons(attributes, completion[0])
        attributes.keep_rest(_COMPLETION, completion[1])


def _retrieval(attributes: Attributes) -> None:
    attributes.offer(QUERY, query_of(attributes.get(_PROMPT)))
    outputs = as_object(attributes.get(_COMPLETION))
    name = "documents" if "documents" in outputs else "output"
    documents = documents_of(outputs.get(name))
    if documents and attributes.offer(DOCUMENTS, documents):
        attributes.keep_rest(_COMPLETION, without(outputs, name))


def _usage(attributes: Attributes) -> None:
    usage = as_object(attributes.get("langsmith.usage_metadata"))
    if usage:
        usage_of(usage).offer(attributes)
    given, made = (
        _details(attributes.get(f"gen_ai.usage.{side}_token_details")) for side in _SIDES
    )
    details_of({}, given, made).offer(attributes)


def _generated_usage(outputs: Json) -> Object:
    """Return the usage that LangChain keeps with the first message that it generated: the exporter lifts no details."""
    found = outputs
    for step in ("generations", 0, 0, "message"):
        found = _within(found, step)
    return as_object(_within(_within(found, "kwargs"), "usage_metadata"))


def _within(value: Json, step: str | int) -> Json:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and len(value) > step:
        return value[step]
    return None


def _details(value: Json) -> Object:
    """Return details given as JSON, or as Python prints a dictionary: that is what the exporter writes."""
    printed = _PRINTED_COUNT.findall(value) if isinstance(value, str) else []
    return as_object(value) or {name: int(count) for name, count in printed}
