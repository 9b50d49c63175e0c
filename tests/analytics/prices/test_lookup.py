"""Whose price of which model a call gets."""

import pytest

from analytics.prices.catalogue import list_periods
from analytics.prices.lookup import find
from storage.conventions import PROVIDERS
from storage.costs.prices import PriceKey


def found(*key: str) -> str:
    """Return the catalogue's entry for a key."""
    entry = find(PriceKey(*key))
    return f"{entry.provider.id}/{entry.model.id}" if entry else ""


@pytest.mark.parametrize(
    ("provider", "model", "entry"),
    [
        ("openai", "gpt-4o", "openai/gpt-4o"),
        ("openai", "openai/gpt-4o", "openai/gpt-4o"),
        ("openai", "gpt-5.2-20251211", "openai/gpt-5.2"),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::x", "openai/ft:gpt-4o-mini"),
        ("anthropic", "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("azure.ai.openai", "azure/gpt-4o", "azure/gpt-4o"),
        ("azure.ai.inference", "gpt-4o", "azure/gpt-4o"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
         "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("aws.bedrock", "bedrock/meta.llama3-1-70b-instruct-v1:0", "aws/meta.llama3-1-70b-instruct-v1:0"),
        ("gcp.gemini", "models/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.gen_ai", "gemini/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.vertex_ai", "vertex_ai/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash", "google/gemini-2.5-flash"),
        ("gcp.vertex_ai", "projects/p/locations/eu/publishers/google/models/gemini-2.5-flash",
         "google/gemini-2.5-flash"),
        ("gcp.vertex_ai", "claude-sonnet-4@20250514", "google/claude-4-sonnet"),
        ("fireworks_ai", "accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"),
        ("fireworks", "fireworks_ai/accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"),
        ("together_ai", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
         "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        ("groq", "groq/llama-3.1-8b-instant", "groq/llama-3.1-8b-instant"),
        ("mistral_ai", "mistral/mistral-large-latest", "mistral/mistral-large"),
        ("x_ai", "xai/grok-4", "x-ai/grok-4-0709"),
        ("openrouter", "openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o"),
        ("openrouter", "openai/gpt-4o", "openrouter/openai/gpt-4o"),
        ("moonshot_ai", "kimi-k2.6", "moonshotai/kimi-k2.6"),
        ("perplexity", "sonar", "perplexity/sonar"),
    ],
)  # fmt: skip
def test_models_are_found_as_spans_name_them(provider: str, model: str, entry: str) -> None:
    """Bare names, and those with a prefix that names their own provider, are the provider's model."""
    assert found(provider, model) == entry


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "meta-llama/Llama-3.3-70B-Instruct"),
        ("openai", "accounts/fireworks/models/deepseek-v3p2"),
        ("openai", "deepseek-chat"),
        ("openai", "anthropic/claude-sonnet-4-5"),
        ("openai", "openai/gpt-oss-20b"),
        ("groq", "gpt-4o"),
        ("anthropic", "my-own-model"),
    ],
)
def test_what_a_provider_does_not_sell_has_no_price(provider: str, model: str) -> None:
    """A model of a known provider is never priced as somebody else's: an OpenAI client may talk to any server."""
    assert list_periods(PriceKey(provider, model)) == ()


@pytest.mark.parametrize(
    "provider", ["vllm", "sglang", "ollama", "huggingface", "deepinfra", "ibm.watsonx.ai"]
)
def test_other_sellers_and_ones_own_servers_have_no_list_price(provider: str) -> None:
    """Who serves an open model at a price of their own is not paid what its maker's API asks."""
    assert list_periods(PriceKey(provider, "deepseek-chat")) == ()


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        ("gpt-4o", "openai/gpt-4o"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("openai/gpt-4o", "openai/gpt-4o"),
        ("azure/gpt-4o", "azure/gpt-4o"),
        ("gemini/gemini-2.5-pro", "google/gemini-2.5-pro"),
        ("openrouter/openai/gpt-4o", "openrouter/openai/gpt-4o"),
        ("accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"),
        ("meta-llama/Llama-3.3-70B-Instruct", ""),
        ("mistralai/Mistral-Small-24B-Instruct-2501", ""),
        ("deepseek-ai/DeepSeek-R1", ""),
        ("openai/gpt-oss-120b", ""),
        ("my-own-model", ""),
        ("", ""),
    ],
)
def test_without_a_known_provider_the_name_decides(model: str, entry: str) -> None:
    """Where no provider is named, or a gateway, a model has the provider that its name implies, or none."""
    assert found("", model) == entry
    assert found("litellm", model) == entry
    assert found("acme-gateway", model) == entry


def test_the_answering_model_comes_first() -> None:
    """A deployment's name is looked up only where the answer does not say which model it was."""
    assert found("azure.ai.openai", "gpt-4o-mini", "gpt-4o-2024-08-06") == "azure/gpt-4o"
    assert found("azure.ai.openai", "my-deployment", "gpt-4o-2024-08-06") == "azure/gpt-4o"
    assert found("openai", "gpt-4o", "my-own-name-for-it") == "openai/gpt-4o"


def test_a_resellers_price_tells_whose_it_is() -> None:
    """Where Azure has no price of its own, the name says that it is OpenAI's."""
    (rate,) = list_periods(PriceKey("azure.ai.openai", "gpt-4.1", service_tier="flex"))
    assert rate.name == "azure/gpt-4.1 at openai's price, standard price (no flex price is listed)"


def test_every_provider_of_the_conventions_is_known_or_left_out_on_purpose() -> None:
    """No name that our mapping of conventions makes of a provider falls through to guessing by the model's name."""
    models = {"aws": "amazon.nova-lite-v1:0", "mistral": "mistral-large-latest", "x-ai": "grok-4"}
    known = {"openai": "gpt-4o", "azure": "gpt-4o", "google": "gemini-2.5-pro", **models}
    for provider in set(PROVIDERS.values()) - {"ibm.watsonx.ai"}:
        entries = {found(provider, model).partition("/")[0] for model in known.values()} - {""}
        assert len(entries) == 1, provider


def test_a_very_long_name_is_soon_given_up() -> None:
    """A name of prefixes without end is looked up a few times only."""
    assert found("openai", "openai/" * 100_000 + "gpt-4o") == ""
