"""Token usage out of JSON, in the OTel GenAI meaning: input includes what the cache gave.

Every emitter has its own reading of "input tokens". OpenAI and Gemini include cached tokens,
Anthropic and Langfuse's buckets leave them out; `TokenUsage` is always inclusive.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from collector.dialects.attributes import Attributes
from collector.dialects.values import Json, Object

_KEYS = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_write.input_tokens",
    "cache_write_5m": "gen_ai.usage.cache_write_5m.input_tokens",
    "cache_write_1h": "gen_ai.usage.cache_write_1h.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}
COST = "gen_ai.usage.cost"

_CACHE_READ = (
    "cache_read",
    "cache_read_input_tokens",
    "cached_tokens",
    "input_cache_read",
    "input_cached_tokens",
    "cached_content_token_count",
    "cacheReadInputTokens",
    "cachedPromptTokens",
    "cachedContentTokenCount",
)
_CACHE_WRITE = (
    "cache_write",
    "cache_creation",
    "cache_creation_input_tokens",
    "input_cache_creation",
    "cacheWriteInputTokens",
    "cacheCreationInputTokens",
)
_CACHE_WRITE_5M = ("ephemeral_5m_input_tokens", "input_cache_creation_5m")
_CACHE_WRITE_1H = ("ephemeral_1h_input_tokens", "input_cache_creation_1h")
_REASONING = ("reasoning", "reasoning_tokens", "output_reasoning_tokens", "thoughts_token_count")
_INPUT = ("input_tokens", "prompt_tokens", "promptTokens", "prompt_token_count", "inputTokens")
_OUTPUT = ("output_tokens", "completion_tokens", "completionTokens", "outputTokens")
_DETAILS = (
    "prompt_tokens_details",
    "completion_tokens_details",
    "input_tokens_details",
    "output_tokens_details",
    "input_token_details",
    "output_token_details",
    "cache_creation",
)


@dataclass(slots=True)
class TokenUsage:
    """Tokens of one model call; None is not told, 0 is told."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None

    def offer(self, attributes: Attributes) -> bool:
        """Set what is told on the span where it tells nothing itself; True if anything was."""
        told = False
        for field in fields(self):
            count = getattr(self, field.name)
            if count is not None:
                attributes.offer(_KEYS[field.name], count)
                told = True
        return told


def usage_of(source: Object) -> TokenUsage:
    """Read a provider's usage object: OpenAI's, Anthropic's, Gemini's or LangChain's.

    Cached tokens below a `..._details` object are part of the input; beside `input_tokens`, as
    Anthropic has them, they are added to it. MLflow writes Anthropic's counts under the same
    names whatever the provider, so those are added only if the input cannot include them.
    """
    flat: Object = dict(source)
    for name in _DETAILS:
        details = source.get(name)
        if isinstance(details, dict):
            flat |= details
    usage = cache_details(flat)
    usage.input = tokens(flat, _INPUT)
    usage.output = tokens(flat, _OUTPUT)
    if usage.output is None and (candidates := tokens(flat, ("candidates_token_count",))):
        # Gemini counts thoughts beside the candidates.
        usage.output = candidates + (usage.reasoning or 0)
    cached = (usage.cache_read or 0) + (usage.cache_write or 0)
    exclusive = "cache_read_input_tokens" in source and not _counts_cache(source, usage, cached)
    if usage.input is not None and (exclusive or cached > usage.input):
        usage.input += cached
    return usage


def cache_details(source: Object) -> TokenUsage:
    """Read only the cache and reasoning counts of a flat object."""
    usage = TokenUsage(
        cache_read=tokens(source, _CACHE_READ),
        cache_write=tokens(source, _CACHE_WRITE),
        cache_write_5m=tokens(source, _CACHE_WRITE_5M),
        cache_write_1h=tokens(source, _CACHE_WRITE_1H),
        reasoning=tokens(source, _REASONING),
    )
    split = (usage.cache_write_5m or 0) + (usage.cache_write_1h or 0)
    if split and not usage.cache_write:
        usage.cache_write = split
    return usage


def tokens(source: Object, names: Iterable[str]) -> int | None:
    """Return the first count among `names`; 0 counts as told."""
    return next((c for name in names if (c := count_of(source.get(name))) is not None), None)


def count_of(value: Json) -> int | None:
    """Return a token count; None for what is no whole number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value < 1 << 53 and value == int(value) else None


def number_of(value: Json) -> float | None:
    """Return a number, also one written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, (int, float)) or not abs(value) < float("inf"):
        return None
    return float(value)


def _counts_cache(source: Object, usage: TokenUsage, cached: int) -> bool:
    """Say whether a total shows that the input already includes the cached tokens."""
    total = count_of(source.get("total_tokens"))
    if total is None or usage.input is None or not cached:
        return False
    return total == usage.input + (usage.output or 0)
