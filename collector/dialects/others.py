"""Small dialects: LangWatch, Laminar, Google ADK, Genkit."""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.documents import DOCUMENTS, documents_of
from collector.dialects.messages import (
    INPUT,
    OUTPUT,
    SYSTEM,
    completion_of,
    message_of,
    messages_of,
    offer_finish_reasons,
    offer_messages,
)
from collector.dialects.parts import parts_of
from collector.dialects.requested import offer_parameters
from collector.dialects.tools import DEFINITIONS, tool_definitions
from collector.dialects.usage import COST, count_of, number_of, usage_of
from collector.dialects.values import Json, Object, as_object, decoded, first, without
from collector.dialects.vercel import TIME_TO_FIRST_CHUNK

LANGWATCH_MARKERS = (
    "langwatch.span.",
    "langwatch.input",
    "langwatch.output",
    "langwatch.rag.contexts",
    "langwatch.metrics",
    "langwatch.timestamps",
)
LAMINAR_MARKERS = ("lmnr.span.input", "lmnr.span.output", "lmnr.span.type")
GOOGLE_ADK_MARKERS = ("gcp.vertex.agent.",)
GENKIT_MARKERS = ("genkit:metadata:subtype",)


def rewrite_langwatch(_span: Any, attributes: Attributes) -> None:
    """Unwrap {type, value} payloads; gather contexts, metrics and timestamps."""
    for key, target in (("langwatch.input", INPUT), ("langwatch.output", OUTPUT)):
        _typed_value(attributes, key, target)
    contexts = documents_of(attributes.get("langwatch.rag.contexts"))
    if contexts and attributes.offer(DOCUMENTS, contexts):
        attributes.remove(("langwatch.rag.contexts",))
    metrics = as_object(attributes.get("langwatch.metrics"))
    if metrics:
        usage_of(metrics).offer(attributes)
        attributes.offer(COST, number_of(metrics.get("cost")))
    _first_token(attributes)


def _typed_value(attributes: Attributes, key: str, target: str) -> None:
    payload = as_object(attributes.get(key))
    if set(payload) != {"type", "value"}:
        return
    value = payload["value"]
    if payload["type"] == "chat_messages":
        if offer_messages(attributes, target, messages_of(value)):
            attributes.remove((key,))
    elif payload["type"] in ("text", "raw", "json") and value is not None:
        attributes.set(key, value)


def _first_token(attributes: Attributes) -> None:
    """LangWatch tells moments in milliseconds since 1970."""
    moments = as_object(attributes.get("langwatch.timestamps"))
    start, token = count_of(moments.get("started_at")), count_of(moments.get("first_token_at"))
    if start is not None and token is not None and token >= start:
        attributes.offer(TIME_TO_FIRST_CHUNK, (token - start) / 1000)


def rewrite_laminar(_span: Any, attributes: Attributes) -> None:
    """Read the payloads of model calls as messages; other payloads stay."""
    if attributes.text("lmnr.span.type") not in ("LLM", "CACHED"):
        return
    if offer_messages(attributes, INPUT, messages_of(attributes.get("lmnr.span.input"))):
        attributes.remove(("lmnr.span.input",))
    completion = completion_of(attributes.get("lmnr.span.output"))
    if completion and offer_messages(attributes, OUTPUT, completion[0]):
        attributes.keep_rest("lmnr.span.output", completion[1])


def rewrite_google_adk(_span: Any, attributes: Attributes) -> None:
    """Read Gemini's request and response objects; on tool spans they are `{}` and stay."""
    _adk_request(attributes)
    response = as_object(attributes.get("gcp.vertex.agent.llm_response"))
    content = response.get("content")
    message = message_of(content, "assistant")
    if message is None:
        return
    reason = first(response, "finish_reason", "finishReason")
    if reason:
        message["finish_reason"] = reason
    if not offer_messages(attributes, OUTPUT, [message]):
        return
    offer_finish_reasons(attributes, [message])
    usage = response.get("usage_metadata")
    if isinstance(usage, dict):
        usage_of(usage).offer(attributes)
    rest = without(response, "content", "finish_reason", "finishReason")
    attributes.keep_rest("gcp.vertex.agent.llm_response", rest)


def _adk_request(attributes: Attributes) -> None:
    key = "gcp.vertex.agent.llm_request"
    request = as_object(attributes.get(key))
    rest: Object = dict(request)
    if offer_messages(attributes, INPUT, messages_of(request.get("contents"), "user")):
        rest.pop("contents")
    config = request.get("config")
    if isinstance(config, dict):
        rest["config"] = _adk_config(attributes, config)
    if request:
        offer_parameters(attributes, request)
    if rest != request:
        attributes.keep_rest(key, without(rest))


def _adk_config(attributes: Attributes, config: Object) -> Json:
    offer_parameters(attributes, config)
    used = []
    instruction = config.get("system_instruction")
    content = instruction.get("parts") if isinstance(instruction, dict) else instruction
    if attributes.offer(SYSTEM, list(parts_of(content)) or None):
        used.append("system_instruction")
    definitions = tool_definitions(config.get("tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        used.append("tools")
    return without(config, *used) if used else config


def rewrite_genkit(_span: Any, attributes: Attributes) -> None:
    """Read the request and response of Genkit's model actions, whose parts are Gemini-like."""
    if attributes.text("genkit:metadata:subtype") != "model":
        return
    request = as_object(attributes.get("genkit:input"))
    if offer_messages(attributes, INPUT, messages_of(request.get("messages"))):
        offer_parameters(attributes, as_object(request.get("config")))
        attributes.keep_rest("genkit:input", without(request, "messages"))
    completion = completion_of(decoded(attributes.get("genkit:output")))
    if completion and offer_messages(attributes, OUTPUT, completion[0]):
        usage = as_object(attributes.get("genkit:output")).get("usage")
        if isinstance(usage, dict):
            usage_of(usage).offer(attributes)
        attributes.keep_rest("genkit:output", completion[1])
