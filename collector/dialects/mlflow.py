"""MLflow: every value is JSON, also a plain word, and content is in spanInputs and spanOutputs."""

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
from collector.dialects.usage import COST, number_of, usage_of
from collector.dialects.values import Json, as_list, as_object, without
from collector.dialects.vercel import offer_prompt

MARKERS = ("mlflow.spanType", "mlflow.spanInputs", "mlflow.traceRequestId")

_INPUTS = "mlflow.spanInputs"
_OUTPUTS = "mlflow.spanOutputs"
_MODEL_CALLS = frozenset({"LLM", "CHAT_MODEL"})


def rewrite(_span: Any, attributes: Attributes) -> None:
    """Take the quotes off; gather messages, documents, tools, usage, cost and prompt."""
    if not attributes.under("mlflow."):
        return
    _unquote(attributes)
    kind = attributes.text("mlflow.spanType")
    if kind in _MODEL_CALLS:
        _model_call(attributes)
    elif kind == "RETRIEVER":
        _retrieval(attributes)
    definitions = tool_definitions(attributes.get("mlflow.chat.tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        attributes.remove(("mlflow.chat.tools",))
    usage = as_object(attributes.get("mlflow.chat.tokenUsage"))
    if usage and usage_of(usage).offer(attributes):
        _drop_if_known(attributes, usage)
    cost = as_object(attributes.get("mlflow.llm.cost"))
    attributes.offer(COST, number_of(cost.get("total_cost")))
    prompts = as_list(attributes.get("mlflow.linkedPrompts"))
    offer_prompt(attributes, as_object(prompts[0]) if prompts else {})


def _unquote(attributes: Attributes) -> None:
    """Undo the outer encoding of text.

    Keys of others are undone only if the span type itself came quoted: MLflow also writes
    plainly, next to attributes of other conventions.
    """
    quoted = attributes.text("mlflow.spanType").startswith('"')
    for key in list(attributes):
        if quoted or key.startswith("mlflow."):
            text = attributes.text(key)
            plain = _unquoted(text)
            if plain != text:
                attributes.set(key, plain)


def _unquoted(text: str) -> str:
    """Return what a JSON string says, however often it was encoded; other text as it is."""
    while len(text) >= 2 and text[0] == '"' == text[-1]:
        inner = as_list(f"[{text}]")
        if len(inner) != 1 or not isinstance(inner[0], str):
            break
        text = inner[0]
    return text


def _model_call(attributes: Attributes) -> None:
    inputs = attributes.json(_INPUTS)
    if isinstance(inputs, dict):
        used = []
        for name in ("messages", "input"):
            value = inputs.get(name)
            messages = messages_of(value) if isinstance(value, list) else None
            if offer_messages(attributes, INPUT, messages):
                used.append(name)
                break
        definitions = tool_definitions(inputs.get("tools"))
        if definitions and attributes.offer(DEFINITIONS, definitions):
            used.append("tools")
        offer_parameters(attributes, inputs)
        if used:
            attributes.keep_rest(_INPUTS, without(inputs, *used))
    elif offer_messages(attributes, INPUT, messages_of(inputs)):
        attributes.remove((_INPUTS,))
    completion = completion_of(attributes.get(_OUTPUTS))
    if completion and offer_messages(attributes, OUTPUT, completion[0]):
        offer_finish_reasons(attributes, completion[0])
        attributes.keep_rest(_OUTPUTS, completion[1])


def _retrieval(attributes: Attributes) -> None:
    attributes.offer(QUERY, query_of(attributes.get(_INPUTS)))
    documents = documents_of(attributes.get(_OUTPUTS))
    if documents and attributes.offer(DOCUMENTS, documents):
        attributes.remove((_OUTPUTS,))


def _drop_if_known(attributes: Attributes, usage: dict[str, Json]) -> None:
    known = (
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation_input_tokens_above_1hr",
    )
    attributes.keep_rest("mlflow.chat.tokenUsage", without(usage, *known, "total_tokens"))
