"""Which entry of genai-prices a call is priced by: who served it, and which of the provider's models it was.

A price is never taken from another seller: an OpenAI client in front of a server of one's own says `openai`, and that
must not become what somebody else asks for the same open model. So the provider decides first; its models, and those
that the library says it sells for others (Azure sells OpenAI's), are all that is looked at. Only where nobody is named
does the model's name tell the provider, as far as the library itself infers it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import (
    ClauseAnd,
    ClauseContains,
    ClauseEndsWith,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ClauseStartsWith,
    MatchLogic,
    ModelInfo,
    Provider,
)

from storage.conventions import PROVIDERS
from storage.costs.prices import PriceKey

# The library's ids of providers that others write differently: OpenTelemetry's `gen_ai.provider.name`, LiteLLM's and
# the Vercel AI SDK's names. Those that are the same, or that the library itself recognises, need no entry.
_IDS: Final = {
    "anthropic": "anthropic",
    "aws.bedrock": "aws", "bedrock_converse": "aws",
    "azure.ai.inference": "azure", "azure.ai.openai": "azure", "azure_ai": "azure",
    "cerebras": "cerebras",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks", "fireworks_ai": "fireworks", "fireworks-ai": "fireworks",
    "gcp.gemini": "google", "gcp.gen_ai": "google", "gcp.vertex_ai": "google", "vertex_ai_beta": "google",
    "groq": "groq",
    "mistral_ai": "mistral",
    "moonshot": "moonshotai", "moonshot_ai": "moonshotai",
    "openai": "openai", "text-completion-openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together", "together_ai": "together", "togetherai": "together",
    "voyage": "voyageai",
    "x_ai": "x-ai", "x-ai": "x-ai",
    "z_ai": "zai", "zhipu": "zhipuai", "zhipu_ai": "zhipuai",
}  # fmt: skip

# Providers in one of our names each, for those that look for a model in the catalogue.
OUR_NAMES: Final = {
    "aws": "aws.bedrock", "azure": "azure.ai.openai", "fireworks": "fireworks_ai", "google": "gcp.gemini",
    "mistral": "mistral_ai", "moonshotai": "moonshot_ai", "together": "together_ai", "x-ai": "x_ai",
}  # fmt: skip

# These serve models at prices of their own that the library does not hold, or at none: servers that one runs oneself.
# A model's name says nothing there.
_SELLS_ELSEWHERE: Final = frozenset((
    "anyscale", "deepinfra", "featherless_ai", "friendliai", "gpustack", "hosted_vllm",
    "hugging_face", "huggingface", "hyperbolic", "ibm.watsonx.ai", "lambda_ai", "llama", "llama_cpp", "llamacpp",
    "llamafile", "lm_studio", "lmstudio", "local", "localai", "mlx", "nebius", "nvidia", "nvidia_nim", "ollama",
    "ollama_chat", "oobabooga", "predibase", "ray_serve", "replicate", "sagemaker", "sambanova", "self-hosted",
    "self_hosted", "sglang", "snowflake", "tensorrt_llm", "text-generation-inference", "tgi", "triton", "vllm",
    "xinference",
))  # fmt: skip

_MOST_PREFIXES: Final = 3
_OPEN_WEIGHTS: Final = "openai/gpt-oss"
"""Names on model hubs, as servers of one's own have them, that look like a provider's prefix; OpenAI sells none."""

# Google's resource names: publishers/google/models/gemini-2.5-pro, with or without the project before it.
_RESOURCE: Final = re.compile(r"(?:.*/)?publishers/[^/]+/models/|models/")


@dataclass(frozen=True)
class Found:
    """A model of the catalogue, who sells it, and whose price it is: the seller's own, or that of who makes it."""

    provider: Provider
    model: ModelInfo
    owner: Provider


def find(key: PriceKey) -> Found | None:
    """Return the catalogue's entry for a call: by the model that answered, else by the one that was asked for."""
    provider = _provider(key.provider)
    if provider is None and _canonical(key.provider) in _SELLS_ELSEWHERE:
        return None
    for name in key.models:
        ref = name.strip().lower()
        found = _among(provider, ref) if provider else _by_name(ref)
        if found is not None:
            return found
    return None


def spelling(found: Found) -> str:
    """Return a name under which a model of its provider is found: its id, or else what its calls are named."""
    for name in (found.model.id, *_literals(found.model.match)):
        if found.provider.find_model(name) is found.model:
            return name
    return found.model.id


def _literals(clause: MatchLogic) -> Iterator[str]:
    match clause:
        case ClauseOr(or_=parts) | ClauseAnd(and_=parts):
            for part in parts:
                yield from _literals(part)
        case ClauseEquals(equals=text) | ClauseStartsWith(starts_with=text):
            yield text
        case ClauseContains(contains=text) | ClauseEndsWith(ends_with=text):
            yield text
        case ClauseRegex():
            return


def sellers(name: str) -> list[Found]:
    """Return all entries of whoever sells a model of this name, with or without its publisher before it."""
    ref = name.strip().lower()
    bare = ref.rpartition("/")[2]
    return [
        Found(provider, model, provider)
        for provider in get_snapshot().providers
        for model in provider.models
        if model.is_match(ref)
        or model.is_match(bare)
        or model.id.lower().rpartition("/")[2] == bare
    ]


def _canonical(name: str) -> str:
    """Return a provider's name as the spans' column `provider` has it."""
    name = name.strip().lower()
    family = name.partition(".")[0]
    return PROVIDERS.get(name) or (name if name in _IDS else PROVIDERS.get(family, family))


def _provider(name: str) -> Provider | None:
    name = _canonical(name)
    if not name or name in _SELLS_ELSEWHERE:
        return None
    return find_provider_by_id(get_snapshot().providers, _IDS.get(name, name))


def _among(provider: Provider, ref: str) -> Found | None:
    """Look a name up among what a provider sells; a prefix that names the provider itself is no part of the name."""
    for _ in range(_MOST_PREFIXES + 1):
        model = provider.find_model(ref, all_providers=get_snapshot().providers)
        if model is not None:
            return Found(provider, model, _owner(provider, model))
        if not (rest := _without_prefix(provider, ref)):
            return None
        ref = rest
    return None


def _owner(provider: Provider, model: ModelInfo) -> Provider:
    """Return the provider that a model was found at: the seller, or one whose prices the seller asks."""
    if any(own is model for own in provider.models):
        return provider
    return next(
        other for other in get_snapshot().providers if any(own is model for own in other.models)
    )


def _without_prefix(provider: Provider, ref: str) -> str:
    if provider.id == "google" and (resource := _RESOURCE.match(ref)):
        return ref[resource.end() :]
    prefix, _, rest = ref.partition("/")
    if ref.startswith(_OPEN_WEIGHTS):
        return ""
    return rest if rest and _provider(prefix) is provider else ""


def _by_name(ref: str) -> Found | None:
    """Look up a model of an unnamed provider: by a prefix that names one, else by what the library infers.

    Only names of providers count as prefixes, not those of publishers on model hubs: `mistralai/...` may run anywhere.
    """
    prefix, slash, rest = ref.partition("/")
    if ref.startswith(_OPEN_WEIGHTS):
        return None
    if slash and prefix in _PREFIXES and (provider := _provider(prefix)):
        return _among(provider, rest)
    for provider in get_snapshot().providers:
        if provider.model_match is not None and provider.model_match.is_match(ref):
            return _among(provider, ref)
    return None


_PREFIXES: Final = (frozenset(_IDS) | frozenset(PROVIDERS)) - {"google", "mistralai"}
