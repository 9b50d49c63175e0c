"""Token usage out of JSON, lifted into attributes as it was reported.

Emitters differ in what their input and output counts include. That is not settled here but where all counts of a span
are known, in the normalising view (storage/usage_form.py); an object whose shape tells uncached tokens by themselves
has them lifted as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from collector.dialects.attributes import Attributes
from collector.dialects.values import Json, Object, as_text

_KEYS = {
    "input": "gen_ai.usage.input_tokens",
    "uncached": "groundwire.usage.uncached_input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "total": "gen_ai.usage.total_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_write.input_tokens",
    "cache_write_5m": "gen_ai.usage.cache_write_5m.input_tokens",
    "cache_write_1h": "gen_ai.usage.cache_write_1h.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
    "input_audio": "gen_ai.usage.audio.input_tokens",
    "cache_read_audio": "gen_ai.usage.audio.cache_read.input_tokens",
    "input_image": "gen_ai.usage.image.input_tokens",
    "cache_read_image": "gen_ai.usage.image.cache_read.input_tokens",
    "output_audio": "gen_ai.usage.audio.output_tokens",
    "output_image": "gen_ai.usage.image.output_tokens",
    "service_tier": "gen_ai.response.service_tier",
}
COST = "gen_ai.usage.cost"

_INPUT = (
    "input_tokens",
    "prompt_tokens",
    "promptTokens",
    "prompt_token_count",
    "promptTokenCount",
    "inputTokens",
)
_OUTPUT = ("output_tokens", "completion_tokens", "completionTokens", "outputTokens")
_TOTAL = ("total_tokens", "totalTokens", "total_token_count", "totalTokenCount")
_CACHE_READ = (
    "cache_read",
    "cache_read_input_tokens",
    "cached_tokens",
    "input_cache_read",
    "input_cached_tokens",
    "cached_content_token_count",
    "cacheReadTokens",
    "cacheReadInputTokens",
    "cacheReadInputTokenCount",
    "cachedPromptTokens",
    "cachedInputTokens",
    "cachedContentTokenCount",
)
_CACHE_WRITE = (
    "cache_write",
    "cache_write_tokens",
    "cache_creation",
    "cache_creation_tokens",
    "cache_creation_input_tokens",
    "input_cache_creation",
    "cacheWriteTokens",
    "cacheWriteInputTokens",
    "cacheWriteInputTokenCount",
    "cacheCreationInputTokens",
)
_CACHE_WRITE_5M = (
    "ephemeral_5m_input_tokens",
    "cache_creation_5m",
    "input_cache_creation_5m",
    "cache_creation_ephemeral_5m_input_tokens",
)
_CACHE_WRITE_1H = (
    "ephemeral_1h_input_tokens",
    "cache_creation_1h",
    "input_cache_creation_1h",
    "cache_creation_ephemeral_1h_input_tokens",
    "cache_creation_input_tokens_above_1hr",
)
_REASONING = (
    "reasoning",
    "reasoning_tokens",
    "reasoningTokens",
    "output_reasoning_tokens",
    "thinking_tokens",
    "thoughts_token_count",
    "thoughtsTokenCount",
)
_CANDIDATES = ("candidates_token_count", "candidatesTokenCount")
_TOOL_PROMPT = ("tool_use_prompt_token_count", "toolUsePromptTokenCount")
_AUDIO = ("audio_tokens", "audio", "audioTokens", "modality_audio")
_IMAGE = ("image_tokens", "image", "imageTokens", "modality_image")

# Objects of details of one side, and Gemini's lists of {modality, token_count}.
_INPUT_DETAILS = (
    "prompt_tokens_details",
    "input_tokens_details",
    "input_token_details",
    "inputTokenDetails",
    "cache_creation",
)
_OUTPUT_DETAILS = (
    "completion_tokens_details",
    "output_tokens_details",
    "output_token_details",
    "outputTokenDetails",
)
_INPUT_MODALITIES = ("prompt_tokens_details", "promptTokensDetails")
_CACHE_MODALITIES = ("cache_tokens_details", "cacheTokensDetails")
_OUTPUT_MODALITIES = ("candidates_tokens_details", "candidatesTokensDetails")
# LangChain puts the tier before the names of OpenAI's details: `priority_cache_read`.
_TIERS = ("priority", "flex")


@dataclass(slots=True)
class TokenUsage:
    """Tokens of one model call as reported; None is not told, 0 is told."""

    input: int | None = None
    uncached: int | None = None
    """Input tokens without cached ones, where the shape tells them by themselves."""
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_5m: int | None = None
    cache_write_1h: int | None = None
    reasoning: int | None = None
    input_audio: int | None = None
    cache_read_audio: int | None = None
    input_image: int | None = None
    cache_read_image: int | None = None
    output_audio: int | None = None
    output_image: int | None = None
    service_tier: str | None = None

    @property
    def cached(self) -> int:
        """What the cache gave and took."""
        return (self.cache_read or 0) + (self.cache_write or 0)

    def offer(self, attributes: Attributes) -> bool:
        """Set what is told on the span where it tells nothing itself; True if anything was."""
        told = False
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                attributes.offer(_KEYS[field.name], value)
                told = True
        return told


def usage_of(source: Object) -> TokenUsage:
    """Read a provider's usage object: OpenAI's, Anthropic's, Bedrock's, Gemini's, or a framework's like these."""
    given, made = _details(source, _INPUT_DETAILS), _details(source, _OUTPUT_DETAILS)
    usage = details_of(source, given, made)
    usage.input = tokens(source, _INPUT)
    usage.output = tokens(source, _OUTPUT)
    usage.total = tokens(source, _TOTAL)
    candidates = tokens(source, _CANDIDATES)
    if usage.output is None and (candidates is not None or usage.reasoning):
        # Gemini counts thoughts beside the candidates.
        usage.output = (candidates or 0) + (usage.reasoning or 0)
    if usage.input is not None:
        usage.input += tokens(source, _TOOL_PROMPT) or 0
    usage.uncached = _uncached(source, given, usage)
    return usage


def details_of(source: Object, given: Object, made: Object) -> TokenUsage:
    """Read what a usage object tells beside its input, output and total.

    `given` and `made` are its details of the input and of the output.
    """
    usage = cache_details(source | given)
    usage.reasoning = tokens(source | made, _REASONING)
    usage.input_audio, usage.input_image = _parts(source, given, _INPUT_MODALITIES)
    usage.output_audio, usage.output_image = _parts(source, made, _OUTPUT_MODALITIES)
    of_cache = given.get("cached_tokens_details")
    usage.cache_read_audio, usage.cache_read_image = _parts(
        source, of_cache if isinstance(of_cache, dict) else {}, _CACHE_MODALITIES
    )
    _read_tier(usage, source, given, made)
    return usage


def cache_details(source: Object) -> TokenUsage:
    """Read only the cache and reasoning counts of a flat object."""
    usage = TokenUsage(
        cache_read=tokens(source, _CACHE_READ),
        cache_write=tokens(source, _CACHE_WRITE),
        cache_write_5m=_first_of(tokens(source, _CACHE_WRITE_5M), _ttl(source, "5m")),
        cache_write_1h=_first_of(tokens(source, _CACHE_WRITE_1H), _ttl(source, "1h")),
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


def _first_of(*counts: int | None) -> int | None:
    return next((count for count in counts if count is not None), None)


def _details(source: Object, names: Iterable[str]) -> Object:
    details: Object = {}
    for name in names:
        found = source.get(name)
        if isinstance(found, dict):
            details |= found
    return details


def _uncached(source: Object, given: Object, usage: TokenUsage) -> int | None:
    """Return the uncached input tokens of the shapes that have nothing else in their input count.

    These are Anthropic's own object, which has no total, and Bedrock's. MLflow and LiteLLM use Anthropic's names
    with a total, and mean something else by the input.
    """
    told = count_of(given.get("noCacheTokens"))
    if told is not None:
        return told
    anthropic = "input_tokens" in source and usage.total is None
    if anthropic and (
        "cache_read_input_tokens" in source or "cache_creation_input_tokens" in source
    ):
        return usage.input
    bedrock = "cacheReadInputTokens" in source and "inputTokens" in source
    return usage.input if bedrock else None


def _parts(source: Object, details: Object, lists: Iterable[str]) -> tuple[int | None, int | None]:
    """Return tokens of audio and of images."""
    by_modality: Object = {name.lower(): value for name, value in details.items()}
    for name in lists:
        found = source.get(name)
        for entry in found if isinstance(found, list) else ():
            if isinstance(entry, dict):
                count = _first_of(
                    count_of(entry.get("token_count")), count_of(entry.get("tokenCount"))
                )
                by_modality[as_text(entry.get("modality")).lower()] = count
    return tokens(by_modality, _AUDIO), tokens(by_modality, _IMAGE)


def _ttl(source: Object, ttl: str) -> int | None:
    """Return the cache writes of one lifetime in Bedrock's list of {ttl, inputTokens}; `5m` is `T5M` in some SDKs."""
    found = source.get("cacheDetails")
    counts = [
        count_of(entry.get("inputTokens")) or 0
        for entry in (found if isinstance(found, list) else ())
        if isinstance(entry, dict) and as_text(entry.get("ttl")).lower().lstrip("t") == ttl
    ]
    return sum(counts) if counts else None


def _read_tier(usage: TokenUsage, source: Object, given: Object, made: Object) -> None:
    """Read the service tier; Anthropic's fast mode is told as a speed."""
    usage.service_tier = as_text(source.get("service_tier")) or None
    if source.get("speed") == "fast":
        usage.service_tier = "fast"
    for tier in _TIERS:
        if tier in given or tier in made:
            usage.service_tier = usage.service_tier or tier
            usage.cache_read = _first_of(
                count_of(given.get(f"{tier}_cache_read")), usage.cache_read
            )
            usage.cache_write = _first_of(
                count_of(given.get(f"{tier}_cache_creation")), usage.cache_write
            )
            usage.reasoning = _first_of(count_of(made.get(f"{tier}_reasoning")), usage.reasoning)
