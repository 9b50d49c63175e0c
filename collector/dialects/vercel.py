"""The AI SDK up to version 6 (scope `ai`): content as JSON in `ai.prompt.*` and `ai.response.*`.

Both `ai.generateText` and its `.doGenerate` child carry usage; which of them counts is settled
where whole traces are seen. `ai.prompt`, `ai.value(s)`, `ai.toolCall.args` and `.result` and all
scalars are left to the normalising view. Version 7 speaks GenAI itself.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.messages import INPUT, OUTPUT, Message, messages_of, offer_messages
from collector.dialects.parts import Part, text_part, tool_call_of
from collector.dialects.tools import DEFINITIONS, tool_definitions
from collector.dialects.usage import number_of, usage_of
from collector.dialects.values import Json, Object, as_object, decoded

TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
PROMPT_NAME = "gen_ai.prompt.name"
PROMPT_VERSION = "gen_ai.prompt.version"

MARKERS = ("ai.operationId",)

# The newer name of each part of an answer, and the one before AI SDK 4.
_TEXT = ("ai.response.text", "ai.result.text")
_CALLS = ("ai.response.toolCalls", "ai.result.toolCalls")
_OBJECT = ("ai.response.object", "ai.result.object")
_REASONING = ("ai.response.reasoning",)
_CACHE_COUNTS = (
    "ai.usage.inputTokenDetails.noCacheTokens",
    "ai.usage.inputTokenDetails.cacheReadTokens",
    "ai.usage.inputTokenDetails.cacheWriteTokens",
)


def rewrite(_span: Any, attributes: Attributes) -> None:
    """Gather messages and tools; lift what stands in nested JSON or in milliseconds."""
    if "ai.operationId" not in attributes:
        return
    if offer_messages(attributes, INPUT, messages_of(attributes.get("ai.prompt.messages"))):
        attributes.remove(("ai.prompt.messages",))
    definitions = tool_definitions(attributes.get("ai.prompt.tools"))
    if definitions and attributes.offer(DEFINITIONS, definitions):
        attributes.remove(("ai.prompt.tools",))
    _answer(attributes)
    _first_chunk(attributes)
    _provider_metadata(attributes)
    _prompt(attributes)


def _answer(attributes: Attributes) -> None:
    parts: list[Part] = []
    used: list[str] = []
    for names, read in _READERS:
        name = next((name for name in names if not attributes.is_empty(name)), None)
        found = read(attributes.get(name)) if name else []
        if name and found:
            parts += found
            used.append(name)
    if not parts:
        return
    message: Message = {"role": "assistant", "parts": list(parts)}
    reason = attributes.text("ai.response.finishReason") or attributes.text("ai.finishReason")
    if reason:
        message["finish_reason"] = reason
    if offer_messages(attributes, OUTPUT, [message]):
        attributes.remove(used)


def _reasoning_parts(value: Json) -> list[Part]:
    return [{"type": "reasoning", "content": value}] if isinstance(value, str) else []


def _text_parts(value: Json) -> list[Part]:
    return [text_part(value)] if isinstance(value, str) else []


def _call_parts(value: Json) -> list[Part]:
    calls = decoded(value)
    known = isinstance(calls, list) and all(isinstance(call, dict) for call in calls)
    return [tool_call_of(call) for call in calls] if known and isinstance(calls, list) else []


_READERS = (
    (_REASONING, _reasoning_parts),
    (_TEXT, _text_parts),
    # A generated object is the text of the answer, which the SDK parsed.
    (_OBJECT, _text_parts),
    (_CALLS, _call_parts),
)


def _first_chunk(attributes: Attributes) -> None:
    for key in ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"):
        milliseconds = number_of(attributes.get(key))
        if milliseconds is not None and milliseconds >= 0:
            attributes.offer(TIME_TO_FIRST_CHUNK, milliseconds / 1000)


def _provider_metadata(attributes: Attributes) -> None:
    """Lift cache counts, parts and tiers: {openai: {cachedPromptTokens}}, {anthropic: {usage: {...}}} and others."""
    for provider in as_object(attributes.get("ai.response.providerMetadata")).values():
        if isinstance(provider, dict):
            _provider_usage(attributes, provider)


def _provider_usage(attributes: Attributes, provider: Object) -> None:
    """Lift what one provider tells; input, output and total are the span's own, and so are its cache counts."""
    flat = dict(provider)
    for name in ("usage", "usageMetadata"):
        nested = provider.get(name)
        if isinstance(nested, dict):
            flat = {**nested, **flat}
    usage = usage_of(flat)
    usage.input = usage.output = usage.total = None
    if any(key in attributes for key in _CACHE_COUNTS):
        usage.cache_read = usage.cache_write = usage.uncached = None
    usage.offer(attributes)


def _prompt(attributes: Attributes) -> None:
    prompt = as_object(attributes.get("ai.telemetry.metadata.langfusePrompt"))
    offer_prompt(attributes, prompt)


def offer_prompt(attributes: Attributes, prompt: Object) -> None:
    """Set the identity of a prompt template given as {name, version}."""
    name, version = prompt.get("name"), prompt.get("version")
    if isinstance(name, str) and name:
        attributes.offer(PROMPT_NAME, name)
        if isinstance(version, (str, int)) and not isinstance(version, bool):
            attributes.offer(PROMPT_VERSION, str(version))
