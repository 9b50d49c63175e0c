"""Usage objects of providers and frameworks: what is lifted out of them."""

from dataclasses import asdict
from typing import Any

import pytest

from collector.dialects.usage import usage_of
from tests.collector.dialects.otlp import dumps, rewritten


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param(
            {
                "input_tokens": 10,
                "cache_read_input_tokens": 100,
                "cache_creation_input_tokens": 30,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 10,
                    "ephemeral_1h_input_tokens": 20,
                },
                "output_tokens": 5,
                "output_tokens_details": {"thinking_tokens": 3},
                "service_tier": "priority",
            },
            {
                "input": 10, "uncached": 10, "output": 5, "cache_read": 100, "cache_write": 30,
                "cache_write_5m": 10, "cache_write_1h": 20, "reasoning": 3, "service_tier": "priority",
            },
            id="anthropic",
        ),
        pytest.param(
            {"input_tokens": 1, "output_tokens": 2, "cache_read_input_tokens": 0, "speed": "fast",
             "service_tier": "standard"},
            {"input": 1, "uncached": 1, "output": 2, "cache_read": 0, "service_tier": "fast"},
            id="anthropic in fast mode",
        ),
        pytest.param(
            {
                "inputTokens": 4, "outputTokens": 5, "totalTokens": 109, "cacheReadInputTokens": 70,
                "cacheWriteInputTokens": 30,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 10}, {"ttl": "T5M", "inputTokens": 20}],
            },
            {
                "input": 4, "uncached": 4, "output": 5, "total": 109, "cache_read": 70, "cache_write": 30,
                "cache_write_5m": 20, "cache_write_1h": 10,
            },
            id="bedrock converse",
        ),
        pytest.param(
            {
                "prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29,
                "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 6,
                                          "cached_tokens_details": {"audio_tokens": 2}},
                "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 3},
            },
            {
                "input": 20, "output": 9, "total": 29, "cache_read": 8, "input_audio": 6, "cache_read_audio": 2,
                "reasoning": 4, "output_audio": 3,
            },
            id="openai",
        ),
        pytest.param(
            {
                "promptTokenCount": 100, "candidatesTokenCount": 20, "thoughtsTokenCount": 30,
                "toolUsePromptTokenCount": 5, "cachedContentTokenCount": 40, "totalTokenCount": 155,
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 60},
                                        {"modality": "AUDIO", "tokenCount": 40}],
                "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 10}],
                "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 15}],
            },
            {
                "input": 105, "output": 50, "total": 155, "cache_read": 40, "reasoning": 30, "input_audio": 40,
                "cache_read_audio": 10, "output_image": 15,
            },
            id="gemini",
        ),
        pytest.param(
            {
                "input_tokens": 50, "output_tokens": 10, "total_tokens": 60,
                "input_token_details": {"priority": 30, "priority_cache_read": 20},
                "output_token_details": {"priority": 6, "priority_reasoning": 4},
            },
            {"input": 50, "output": 10, "total": 60, "cache_read": 20, "reasoning": 4, "service_tier": "priority"},
            id="langchain of openai's priority tier",
        ),
        pytest.param(
            {
                "inputTokens": 50, "outputTokens": 10, "totalTokens": 60,
                "inputTokenDetails": {"noCacheTokens": 20, "cacheReadTokens": 25, "cacheWriteTokens": 5},
                "outputTokenDetails": {"reasoningTokens": 4},
            },
            {"input": 50, "uncached": 20, "output": 10, "total": 60, "cache_read": 25, "cache_write": 5,
             "reasoning": 4},
            id="ai sdk 6",
        ),
        pytest.param(
            {"input_tokens": "many", "output_tokens": -1, "total_tokens": True, "prompt_tokens_details": [5, None]},
            {},
            id="hostile",
        ),
    ],
)  # fmt: skip
def test_what_is_told_is_lifted(source: dict[str, Any], told: dict[str, Any]) -> None:
    """Counts come out as reported, each under one name; uncached ones where the shape tells them by themselves."""
    lifted = {name: value for name, value in asdict(usage_of(source)).items() if value is not None}
    assert lifted == told


def test_details_that_python_printed() -> None:
    """LangSmith's exporter writes token details as Python prints a dictionary."""
    span = rewritten(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.usage.input_tokens": 50,
            "gen_ai.usage.input_token_details": "{'cache_read': 20, 'cache_creation': 0, "
            "'ephemeral_1h_input_tokens': 7}",
            "gen_ai.usage.output_token_details": "{'reasoning': 4, 'audio': None}",
        }
    )
    assert span["gen_ai.usage.cache_read.input_tokens"] == 20
    assert span["gen_ai.usage.cache_write.input_tokens"] == 7
    assert span["gen_ai.usage.cache_write_1h.input_tokens"] == 7
    assert span["gen_ai.usage.reasoning.output_tokens"] == 4


def test_details_that_langchain_keeps_with_the_message() -> None:
    """LangSmith's exporter lifts input and output of a chat model's run; what of them was cached is in the outputs."""
    usage = {
        "input_tokens": 50,
        "output_tokens": 9,
        "total_tokens": 59,
        "input_token_details": {"cache_read": 30, "cache_creation": 0},
    }
    run = {
        "generations": [[{"text": "Hi", "message": {"lc": 1, "kwargs": {"usage_metadata": usage}}}]]
    }
    span = rewritten(
        {
            "langsmith.span.kind": "llm",
            "gen_ai.usage.input_tokens": 50,
            "gen_ai.completion": dumps(run),
        }
    )
    assert span["gen_ai.usage.cache_read.input_tokens"] == 30
    assert span["gen_ai.usage.total_tokens"] == 59


def test_usage_objects_of_any_span() -> None:
    """The provider's object beside a span's own counts adds what those do not tell, and changes nothing."""
    raw = {
        "input_tokens": 10,
        "output_tokens": 5,
        "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_1h_input_tokens": 30},
        "service_tier": "batch",
    }
    span = rewritten({"gen_ai.usage.input_tokens": 140, "gen_ai.usage.raw": dumps(raw)})
    assert span["gen_ai.usage.input_tokens"] == 140
    assert span["groundwire.usage.uncached_input_tokens"] == 10
    assert span["gen_ai.usage.cache_write_1h.input_tokens"] == 30
    assert span["gen_ai.response.service_tier"] == "batch"
    assert span["gen_ai.usage.raw"] == dumps(raw)


def test_details_of_one_side_as_json() -> None:
    """Details of the prompt and of the completion that come as JSON are read."""
    span = rewritten(
        {
            "gen_ai.usage.prompt_tokens_details": '{"cached_tokens": 8, "audio_tokens": 2}',
            "gen_ai.usage.completion_tokens_details": '{"reasoning_tokens": 3, "audio_tokens": 4}',
        }
    )
    assert span["gen_ai.usage.cache_read.input_tokens"] == 8
    assert span["gen_ai.usage.audio.input_tokens"] == 2
    assert span["gen_ai.usage.audio.output_tokens"] == 4
    assert span["gen_ai.usage.reasoning.output_tokens"] == 3


def test_provider_metadata_does_not_replace_the_spans_own_counts() -> None:
    """The AI SDK's metadata is of the last step; the span's own cache counts are those of all steps."""
    span = rewritten(
        {
            "ai.operationId": "ai.generateText",
            "ai.usage.inputTokenDetails.cacheReadTokens": 500,
            "ai.response.providerMetadata": dumps(
                {"anthropic": {"usage": {"input_tokens": 3, "cache_read_input_tokens": 90,
                                         "cache_creation": {"ephemeral_5m_input_tokens": 4}}}}
            ),
        }
    )  # fmt: skip
    assert "gen_ai.usage.cache_read.input_tokens" not in span
    assert "groundwire.usage.uncached_input_tokens" not in span
    assert span["gen_ai.usage.cache_write_5m.input_tokens"] == 4
