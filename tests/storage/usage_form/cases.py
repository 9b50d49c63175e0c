"""The published table of cases: what providers report, what instrumentations make of it, and what it means.

Each case has a usage payload from a provider's documentation or a recording, the span attributes that an
instrumentation makes of it (read in the package named), and the normal form worked out by hand. `cost` is worked out
by hand too, in US dollars, from the provider's published prices at `at`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

AT: Final = "2026-10-15T12:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call as an instrumentation reports it."""

    name: str
    payload: Mapping[str, Any]
    """The usage object of the provider's response."""
    recorded: str
    """Where the payload is documented or recorded."""
    emitter: str
    """The package that makes the span, with its version."""
    scope: str
    attributes: Mapping[str, Any]
    usage: Mapping[str, Any]
    """Columns of the row, by hand; counts that are left out are 0, `usage_rule` is ''."""
    rule: str
    counts: bool = True
    kind: int = 3
    span: str = "chat"
    at: str = AT
    cost: str = ""
    """What the call costs, by hand: '2048*3.00/1e6 + ...'; '' where it has no list price."""
    note: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Other columns that the case is about: provider, model, service_tier, processing."""

    @property
    def at_ns(self) -> int:
        """When the call began, in nanoseconds since 1970."""
        moment = datetime.fromisoformat(self.at).astimezone(UTC)
        return int(moment.timestamp()) * 10**9


# ---------------------------------------------------------------- payloads
OPENAI_CHAT: Final = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
OPENAI_CHAT_SOURCE: Final = "https://platform.openai.com/docs/guides/prompt-caching"

OPENAI_RESPONSES: Final = {
    "input_tokens": 115886,
    "input_tokens_details": {"cached_tokens": 92160},
    "output_tokens": 1720,
    "output_tokens_details": {"reasoning_tokens": 1472},
    "total_tokens": 117606,
}
OPENAI_RESPONSES_SOURCE: Final = (
    "pydantic/pydantic-ai, tests/models/cassettes/test_openai_responses/"
    "test_openai_responses_model_builtin_tools_web_search.yaml"
)

OPENAI_AUDIO: Final = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 13,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}
OPENAI_AUDIO_SOURCE: Final = "https://platform.openai.com/docs/guides/realtime-costs"

AZURE: Final = {
    "completion_tokens": 1518,
    "prompt_tokens": 1566,
    "total_tokens": 3084,
    "completion_tokens_details": {"audio_tokens": None, "reasoning_tokens": 576},
    "prompt_tokens_details": {"audio_tokens": None, "cached_tokens": 1408},
}
AZURE_SOURCE: Final = (
    "https://learn.microsoft.com/en-us/azure/ai-services/openai/how-to/prompt-caching"
)

ANTHROPIC: Final = {
    "input_tokens": 2048,
    "cache_read_input_tokens": 1800,
    "cache_creation_input_tokens": 248,
    "output_tokens": 503,
    "cache_creation": {"ephemeral_5m_input_tokens": 148, "ephemeral_1h_input_tokens": 100},
}
ANTHROPIC_SOURCE: Final = (
    "https://platform.claude.com/docs/en/build-with-claude/prompt-caching#1-hour-cache-duration"
)
# 2,048 neither read nor written + 1,800 read + 248 written = 4,096 sent; 4,096 + 503 = 4,599 in all.
ANTHROPIC_USAGE: Final = {
    "input_tokens": 4096,
    "uncached_input_tokens": 2048,
    "cache_read_tokens": 1800,
    "cache_write_tokens": 248,
    "output_tokens": 503,
    "total_tokens": 4599,
}
ANTHROPIC_BY_LIFETIME: Final = {
    **ANTHROPIC_USAGE,
    "cache_write_5m_tokens": 148,
    "cache_write_1h_tokens": 100,
}
CLAUDE: Final = "claude-sonnet-4-5-20250929"

CLAUDE_CODE: Final = {
    "input_tokens": 2,
    "cache_creation_input_tokens": 10408,
    "cache_read_input_tokens": 14265,
    "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 10408},
    "output_tokens": 1,
    "service_tier": "standard",
}
BEDROCK: Final = {
    "cacheReadInputTokenCount": 1504,
    "cacheReadInputTokens": 1504,
    "cacheWriteInputTokenCount": 0,
    "cacheWriteInputTokens": 0,
    "inputTokens": 13,
    "outputTokens": 5,
    "serverToolUsage": {},
    "totalTokens": 1522,
}
BEDROCK_SOURCE: Final = (
    "pydantic/pydantic-ai, tests/models/cassettes/test_bedrock/"
    "test_bedrock_cache_usage_includes_cache_tokens.yaml"
)
# 13 neither read nor written + 1,504 read = 1,517 sent; 1,517 + 5 = 1,522, which is Bedrock's total.
BEDROCK_USAGE: Final = {
    "input_tokens": 1517,
    "uncached_input_tokens": 13,
    "cache_read_tokens": 1504,
    "output_tokens": 5,
    "total_tokens": 1522,
}
BEDROCK_CLAUDE: Final = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

GEMINI: Final = {
    "promptTokenCount": 12,
    "candidatesTokenCount": 49,
    "thoughtsTokenCount": 777,
    "cachedContentTokenCount": 0,
    "totalTokenCount": 838,
}
GEMINI_SOURCE: Final = (
    "langchain-google-genai 4.4.2, chat_models.py: usage_metadata of ChatGoogleGenerativeAI's example, "
    "with Gemini's names"
)
# 49 candidates + 777 thoughts = 826 generated; 12 + 826 = 838.
GEMINI_USAGE: Final = {
    "input_tokens": 12,
    "uncached_input_tokens": 12,
    "output_tokens": 826,
    "reasoning_tokens": 777,
    "total_tokens": 838,
}
GEMINI_PRO: Final = "gemini-3.1-pro-preview"

QWEN: Final = {
    "completion_tokens": 29,
    "completion_tokens_details": None,
    "prompt_tokens": 30,
    "prompt_tokens_details": None,
    "total_tokens": 59,
}
QWEN_SOURCE: Final = (
    "pydantic/pydantic-ai, tests/models/cassettes/test_huggingface/"
    "test_request_simple_success_with_vcr.yaml"
)

BATCH: Final = {"input_tokens": 11, "output_tokens": 36}
BATCH_SOURCE: Final = "https://platform.claude.com/docs/en/build-with-claude/batch-processing"


def _chat(provider: str, model: str) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
    }


def _answered_by(provider: str, model: str, **more: str) -> dict[str, Any]:
    return {"provider": provider, "model": model, **more}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


# The usage of LangChain's message, made of Anthropic's by langchain-anthropic 1.7.10, chat_models.py,
# _create_usage_metadata: where the lifetimes are told, cache_creation is set to 0.
LANGCHAIN_ANTHROPIC: Final = {
    "input_tokens": 4096,
    "output_tokens": 503,
    "total_tokens": 4599,
    "input_token_details": {
        "cache_read": 1800,
        "cache_creation": 0,
        "ephemeral_5m_input_tokens": 148,
        "ephemeral_1h_input_tokens": 100,
    },
}

CASES: Final = (
    # ------------------------------------------------------------ OpenAI
    Case(
        name="OpenAI chat, OTel",
        payload=OPENAI_CHAT,
        recorded=OPENAI_CHAT_SOURCE,
        emitter="opentelemetry-instrumentation-genai-openai 1.3b0",
        scope="opentelemetry.instrumentation.genai.openai",
        attributes={
            **_chat("openai", "gpt-4o-2024-08-06"),
            "gen_ai.usage.input_tokens": 2006,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.cache_read.input_tokens": 1920,
            "gen_ai.usage.reasoning.output_tokens": 0,
            "openai.response.service_tier": "default",
        },
        # 2,006 sent, of which 1,920 cached: 86 uncached.
        usage={
            "input_tokens": 2006,
            "uncached_input_tokens": 86,
            "cache_read_tokens": 1920,
            "output_tokens": 300,
            "total_tokens": 2306,
        },
        rule="cached inside: convention",
        cost="86*2.50/1e6 + 1920*1.25/1e6 + 300*10.00/1e6",
        extra=_answered_by("openai", "gpt-4o-2024-08-06", service_tier="default"),
    ),
    Case(
        name="OpenAI chat, priority, OpenLLMetry",
        payload=OPENAI_CHAT,
        recorded=OPENAI_CHAT_SOURCE,
        emitter="opentelemetry-instrumentation-openai 0.62.4",
        scope="opentelemetry.instrumentation.openai.v1",
        attributes={
            **_chat("openai", "gpt-4o-2024-08-06"),
            "gen_ai.usage.input_tokens": 2006,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.total_tokens": 2306,
            "gen_ai.usage.cache_read.input_tokens": 1920,
            "openai.request.service_tier": "auto",
            "openai.response.service_tier": "priority",
        },
        usage={
            "input_tokens": 2006,
            "uncached_input_tokens": 86,
            "cache_read_tokens": 1920,
            "output_tokens": 300,
            "total_tokens": 2306,
        },
        # 2,006 + 300 = 2,306 is the total; 2,006 + 1,920 + 300 is not.
        rule="cached inside: total",
        cost="86*4.25/1e6 + 1920*2.125/1e6 + 300*17.00/1e6",
        extra=_answered_by("openai", "gpt-4o-2024-08-06", service_tier="priority"),
    ),
    Case(
        name="OpenAI responses, OpenInference",
        payload=OPENAI_RESPONSES,
        recorded=OPENAI_RESPONSES_SOURCE,
        emitter="openinference-instrumentation-openai 0.1.66",
        scope="openinference.instrumentation.openai",
        span="Response",
        kind=1,
        attributes={
            "openinference.span.kind": "LLM",
            "llm.provider": "openai",
            "llm.system": "openai",
            "llm.model_name": "gpt-5-2025-08-07",
            "llm.token_count.prompt": 115886,
            "llm.token_count.prompt_details.cache_read": 92160,
            "llm.token_count.completion": 1720,
            "llm.token_count.completion_details.reasoning": 1472,
            "llm.token_count.total": 117606,
        },
        # 115,886 - 92,160 = 23,726 uncached; 115,886 + 1,720 = 117,606.
        usage={
            "input_tokens": 115886,
            "uncached_input_tokens": 23726,
            "cache_read_tokens": 92160,
            "output_tokens": 1720,
            "reasoning_tokens": 1472,
            "total_tokens": 117606,
        },
        rule="cached inside: total, reasoning inside: total",
        cost="23726*1.25/1e6 + 92160*0.125/1e6 + 1720*10.00/1e6",
        extra=_answered_by("openai", "gpt-5-2025-08-07"),
    ),
    Case(
        name="OpenAI audio, OTel",
        payload=OPENAI_AUDIO,
        recorded=OPENAI_AUDIO_SOURCE,
        emitter="opentelemetry-util-genai 1.3b0",
        scope="opentelemetry.instrumentation.genai.openai",
        attributes={
            **_chat("openai", "gpt-realtime"),
            "gen_ai.usage.input_tokens": 132,
            "gen_ai.usage.output_tokens": 121,
            "gen_ai.usage.cache_read.input_tokens": 64,
            "gen_ai.usage.text.input_tokens": 119,
            "gen_ai.usage.audio.input_tokens": 13,
            "gen_ai.usage.audio.cache_read.input_tokens": 0,
            "gen_ai.usage.text.output_tokens": 30,
            "gen_ai.usage.audio.output_tokens": 91,
        },
        # 119 of text + 13 of audio = 132 sent, 64 of text cached: 68 uncached, of which 13 of audio.
        usage={
            "input_tokens": 132,
            "uncached_input_tokens": 68,
            "cache_read_tokens": 64,
            "input_audio_tokens": 13,
            "output_tokens": 121,
            "output_audio_tokens": 91,
            "total_tokens": 253,
        },
        rule="cached inside: convention",
        cost="55*4.00/1e6 + 64*0.40/1e6 + 13*32.00/1e6 + 30*16.00/1e6 + 91*64.00/1e6",
        extra=_answered_by("openai", "gpt-realtime"),
    ),
    Case(
        name="Azure, OTel",
        payload=AZURE,
        recorded=AZURE_SOURCE,
        emitter="opentelemetry-instrumentation-openai-v2 2.4b0",
        scope="opentelemetry.instrumentation.openai_v2",
        attributes={
            **_chat("az.ai.openai", "o1-2024-12-17"),
            "gen_ai.usage.input_tokens": 1566,
            "gen_ai.usage.output_tokens": 1518,
            "gen_ai.usage.cache_read.input_tokens": 1408,
            "gen_ai.usage.reasoning.output_tokens": 576,
        },
        # 1,566 - 1,408 = 158 uncached.
        usage={
            "input_tokens": 1566,
            "uncached_input_tokens": 158,
            "cache_read_tokens": 1408,
            "output_tokens": 1518,
            "reasoning_tokens": 576,
            "total_tokens": 3084,
        },
        rule="cached inside: convention, reasoning inside: convention",
        cost="158*15.00/1e6 + 1408*7.50/1e6 + 1518*60.00/1e6",
        extra=_answered_by("azure.ai.openai", "o1-2024-12-17"),
    ),
    # ------------------------------------------------------------ Anthropic
    Case(
        name="Anthropic, OpenInference",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="openinference-instrumentation-anthropic 3.1.0",
        scope="openinference.instrumentation.anthropic",
        span="Messages",
        kind=1,
        attributes={
            "openinference.span.kind": "LLM",
            "llm.provider": "anthropic",
            "llm.system": "anthropic",
            "llm.model_name": CLAUDE,
            "llm.token_count.prompt": 4096,
            "llm.token_count.completion": 503,
            "llm.token_count.prompt_details.cache_read": 1800,
            "llm.token_count.prompt_details.cache_write": 248,
            "llm.token_count.total": 4599,
        },
        usage=ANTHROPIC_USAGE,
        rule="cached inside: total",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="The instrumentation does not tell lifetimes: all writes are priced as kept for 5 minutes.",
    ),
    Case(
        name="Anthropic, OpenLLMetry",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="opentelemetry-instrumentation-anthropic 0.62.4",
        scope="opentelemetry.instrumentation.anthropic",
        span="anthropic.chat",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.total_tokens": 4599,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_creation.input_tokens": 248,
        },
        usage=ANTHROPIC_USAGE,
        rule="cached inside: total",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic, OTel",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="opentelemetry-instrumentation-genai-anthropic 1.3b0",
        scope="opentelemetry.instrumentation.genai.anthropic",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_write.input_tokens": 248,
        },
        usage=ANTHROPIC_USAGE,
        rule="cached inside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic, pydantic-ai",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="pydantic-ai-slim 2.68.0",
        scope="pydantic-ai",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_creation.input_tokens": 248,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.details.cache_write_tokens": 248,
            "gen_ai.usage.details.cache_read_tokens": 1800,
            "gen_ai.usage.details.cache_creation_input_tokens": 248,
            "gen_ai.usage.details.cache_read_input_tokens": 1800,
            "gen_ai.usage.details.ephemeral_1h_input_tokens": 100,
        },
        # 248 written, 100 of them for an hour; the other 148 are not named, and priced as kept for 5 minutes.
        usage={**ANTHROPIC_USAGE, "cache_write_1h_tokens": 100},
        rule="cached inside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, Logfire",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="logfire-sdk 5.4.0",
        scope="logfire.anthropic",
        span="Message with 'claude-sonnet-4-5'",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_creation.input_tokens": 248,
            "gen_ai.usage.raw": _json(ANTHROPIC),
        },
        usage=ANTHROPIC_BY_LIFETIME,
        # The raw object's 2,048 are uncached by its shape, and 2,048 + 1,800 + 248 = 4,096.
        rule="cached inside: uncached",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, LangChain by LangSmith's exporter",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="langsmith 0.14.17, langchain-anthropic 1.7.10",
        scope="langsmith",
        span="ChatAnthropic",
        attributes={
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": CLAUDE,
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.total_tokens": 4599,
            "gen_ai.completion": _json(
                {
                    "generations": [
                        [
                            {
                                "text": "Hi",
                                "type": "ChatGeneration",
                                "message": {
                                    "lc": 1,
                                    "type": "constructor",
                                    "id": ["langchain", "schema", "messages", "AIMessage"],
                                    "kwargs": {
                                        "content": "Hi",
                                        "type": "ai",
                                        "usage_metadata": LANGCHAIN_ANTHROPIC,
                                    },
                                },
                            }
                        ]
                    ],
                    "llm_output": {},
                }
            ),
        },
        # LangChain sets cache_creation to 0 where it tells the lifetimes: 148 + 100 = 248 written.
        usage=ANTHROPIC_BY_LIFETIME,
        rule="cached inside: total",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, LangChain by Langfuse's handler",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="langfuse 5.0.4, langchain-anthropic 1.7.10",
        scope="langfuse-sdk",
        span="ChatAnthropic",
        kind=1,
        attributes={
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": CLAUDE,
            "gen_ai.provider.name": "anthropic",
            # 4,096 less each detail: the buckets exclude each other.
            "langfuse.observation.usage_details": _json(
                {
                    "input": 2048,
                    "output": 503,
                    "total": 4599,
                    "input_cache_read": 1800,
                    "input_cache_creation": 0,
                    "input_ephemeral_5m_input_tokens": 148,
                    "input_ephemeral_1h_input_tokens": 100,
                }
            ),
        },
        usage=ANTHROPIC_BY_LIFETIME,
        rule="cached inside: uncached",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, MLflow",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="mlflow-tracing 3.17.2",
        scope="mlflow.anthropic.autolog",
        span="Messages.create",
        kind=1,
        attributes={
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.llm.model": f'"{CLAUDE}"',
            "mlflow.llm.provider": '"anthropic"',
            "mlflow.chat.tokenUsage": _json(
                {
                    "input_tokens": 4096,
                    "output_tokens": 503,
                    "total_tokens": 4599,
                    "cache_read_input_tokens": 1800,
                    "cache_creation_input_tokens": 248,
                    "cache_creation_input_tokens_above_1hr": 100,
                }
            ),
        },
        usage={**ANTHROPIC_USAGE, "cache_write_1h_tokens": 100},
        rule="cached inside: total",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, OpenLIT",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="openlit 1.45.0",
        scope="openlit.otel.tracing",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 2048,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.client.token.usage": 2551,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_creation.input_tokens": 248,
        },
        usage=ANTHROPIC_USAGE,
        # 1,800 + 248 are just the 2,048 that were sent uncached: the counts alone would leave it open.
        rule="cached outside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic, Vercel AI SDK 4",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="ai 4.3.19, @ai-sdk/anthropic 1.2.12",
        scope="ai",
        span="ai.generateText.doGenerate",
        kind=1,
        attributes={
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "anthropic.messages",
            "ai.model.id": CLAUDE,
            "gen_ai.system": "anthropic.messages",
            "gen_ai.request.model": CLAUDE,
            "gen_ai.response.model": CLAUDE,
            "ai.usage.promptTokens": 2048,
            "ai.usage.completionTokens": 503,
            "gen_ai.usage.input_tokens": 2048,
            "gen_ai.usage.output_tokens": 503,
            "ai.response.providerMetadata": _json(
                {"anthropic": {"cacheCreationInputTokens": 248, "cacheReadInputTokens": 1800}}
            ),
        },
        usage=ANTHROPIC_USAGE,
        rule="cached outside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic, Vercel AI SDK 5",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="ai 5.0.277, @ai-sdk/anthropic 2.0.112",
        scope="ai",
        span="ai.streamText.doStream",
        kind=1,
        attributes={
            "ai.operationId": "ai.streamText.doStream",
            "ai.model.provider": "anthropic.messages",
            "ai.model.id": CLAUDE,
            "gen_ai.system": "anthropic.messages",
            "gen_ai.request.model": CLAUDE,
            "gen_ai.response.model": CLAUDE,
            "ai.usage.inputTokens": 2048,
            "ai.usage.outputTokens": 503,
            "ai.usage.totalTokens": 2551,
            "ai.usage.cachedInputTokens": 1800,
            "gen_ai.usage.input_tokens": 2048,
            "gen_ai.usage.output_tokens": 503,
            "ai.response.providerMetadata": _json(
                {
                    "anthropic": {
                        "usage": {**ANTHROPIC, "service_tier": "standard"},
                        "cacheCreationInputTokens": 248,
                        "stopSequence": None,
                    }
                }
            ),
        },
        # The SDK's total, 2,551, is its own sum of 2,048 and 503: it lacks the 2,048 cached.
        usage={**ANTHROPIC_BY_LIFETIME, "usage_mismatch": -2048},
        rule="cached outside: uncached",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE, service_tier="default"),
    ),
    Case(
        name="Anthropic, Vercel AI SDK 6",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="ai 6.0.326, @ai-sdk/anthropic 3.0.138",
        scope="ai",
        span="ai.generateText.doGenerate",
        kind=1,
        attributes={
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "anthropic.messages",
            "ai.model.id": CLAUDE,
            "gen_ai.system": "anthropic.messages",
            "gen_ai.request.model": CLAUDE,
            "gen_ai.response.model": CLAUDE,
            "ai.usage.inputTokens": 4096,
            "ai.usage.inputTokenDetails.noCacheTokens": 2048,
            "ai.usage.inputTokenDetails.cacheReadTokens": 1800,
            "ai.usage.inputTokenDetails.cacheWriteTokens": 248,
            "ai.usage.outputTokens": 503,
            "ai.usage.totalTokens": 4599,
            "ai.usage.cachedInputTokens": 1800,
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "ai.response.providerMetadata": _json(
                {"anthropic": {"usage": ANTHROPIC, "cacheCreationInputTokens": 248}}
            ),
        },
        usage=ANTHROPIC_BY_LIFETIME,
        rule="cached inside: uncached",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 148*3.75/1e6 + 100*6.00/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
    ),
    Case(
        name="Anthropic, Vercel AI SDK 7",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="ai 7.0.173, @ai-sdk/otel 1.0.173",
        scope="gen_ai",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_creation.input_tokens": 248,
        },
        usage=ANTHROPIC_USAGE,
        rule="cached inside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic, LiteLLM v2",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="litellm 1.109.1, LITELLM_OTEL_V2=1",
        scope="litellm",
        attributes={
            **_chat("anthropic", CLAUDE),
            "litellm.call_type": "acompletion",
            "gen_ai.usage.input_tokens": 4096,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_creation.input_tokens": 248,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "litellm.cost.total": 0.015384,
        },
        usage={**ANTHROPIC_USAGE, "reported_cost_usd": 0.015384},
        rule="cached inside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told; the cost is the gateway's, and stands beside ours.",
    ),
    Case(
        name="Anthropic, Microsoft Agent Framework",
        payload=ANTHROPIC,
        recorded=ANTHROPIC_SOURCE,
        emitter="agent-framework-core 1.23.0, agent-framework-anthropic",
        scope="agent_framework",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 2048,
            "gen_ai.usage.output_tokens": 503,
            "gen_ai.usage.cache_read.input_tokens": 1800,
            "gen_ai.usage.cache_creation.input_tokens": 248,
        },
        usage=ANTHROPIC_USAGE,
        rule="cached outside: emitter",
        cost="2048*3.00/1e6 + 1800*0.30/1e6 + 248*3.75/1e6 + 503*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Claude Code",
        payload=CLAUDE_CODE,
        recorded="https://code.claude.com/docs/en/monitoring-usage; a recorded usage object of its transcripts",
        emitter="Claude Code, span claude_code.llm_request",
        scope="com.anthropic.claude_code.tracing",
        span="claude_code.llm_request",
        kind=1,
        attributes={
            "span.type": "llm_request",
            "model": CLAUDE,
            "gen_ai.request.model": CLAUDE,
            "gen_ai.provider.name": "anthropic",
            "input_tokens": 2,
            "output_tokens": 1,
            "cache_read_tokens": 14265,
            "cache_creation_tokens": 10408,
        },
        # 2 + 14,265 + 10,408 = 24,675 sent.
        usage={
            "input_tokens": 24675,
            "uncached_input_tokens": 2,
            "cache_read_tokens": 14265,
            "cache_write_tokens": 10408,
            "output_tokens": 1,
            "total_tokens": 24676,
        },
        rule="cached outside: counts",
        cost="2*3.00/1e6 + 14265*0.30/1e6 + 10408*3.75/1e6 + 1*15.00/1e6",
        extra=_answered_by("anthropic", CLAUDE),
        note="Lifetimes are not told.",
    ),
    Case(
        name="Anthropic's batch API",
        payload=BATCH,
        recorded=BATCH_SOURCE,
        emitter="an app's own span, by the semantic conventions",
        scope="app",
        attributes={
            **_chat("anthropic", CLAUDE),
            "gen_ai.usage.input_tokens": 11,
            "gen_ai.usage.output_tokens": 36,
            "groundwire.processing": "batch",
        },
        usage={
            "input_tokens": 11,
            "uncached_input_tokens": 11,
            "output_tokens": 36,
            "total_tokens": 47,
        },
        rule="",
        cost="11*1.50/1e6 + 36*7.50/1e6",
        extra=_answered_by("anthropic", CLAUDE, processing="batch"),
    ),
    # ------------------------------------------------------------ Bedrock
    Case(
        name="Bedrock Converse, OTel",
        payload=BEDROCK,
        recorded=BEDROCK_SOURCE,
        emitter="opentelemetry-instrumentation-botocore 0.66b2",
        scope="opentelemetry.instrumentation.botocore.bedrock-runtime",
        attributes={
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "aws.bedrock",
            "gen_ai.request.model": BEDROCK_CLAUDE,
            "gen_ai.usage.input_tokens": 13,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 1504,
        },
        usage=BEDROCK_USAGE,
        rule="cached outside: counts",
        cost="13*3.30/1e6 + 1504*0.33/1e6 + 5*16.50/1e6",
        extra=_answered_by("aws.bedrock", BEDROCK_CLAUDE),
    ),
    Case(
        name="Bedrock Converse, OpenInference",
        payload=BEDROCK,
        recorded=BEDROCK_SOURCE,
        emitter="openinference-instrumentation-bedrock 0.1.61",
        scope="openinference.instrumentation.bedrock",
        kind=1,
        span="bedrock.converse",
        attributes={
            "openinference.span.kind": "LLM",
            "llm.provider": "aws",
            "llm.system": "anthropic",
            "llm.model_name": BEDROCK_CLAUDE,
            "llm.token_count.prompt": 1517,
            "llm.token_count.completion": 5,
            "llm.token_count.total": 1522,
            "llm.token_count.prompt_details.cache_read": 1504,
            "llm.token_count.prompt_details.cache_write": 0,
        },
        usage=BEDROCK_USAGE,
        rule="cached inside: total",
        cost="13*3.30/1e6 + 1504*0.33/1e6 + 5*16.50/1e6",
        extra=_answered_by("aws.bedrock", BEDROCK_CLAUDE),
    ),
    Case(
        name="Bedrock Converse, Vercel AI SDK 5",
        payload=BEDROCK,
        recorded=BEDROCK_SOURCE,
        emitter="ai 5.0.277, @ai-sdk/amazon-bedrock 3.0.137",
        scope="ai",
        span="ai.generateText.doGenerate",
        kind=1,
        attributes={
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "amazon-bedrock",
            "ai.model.id": BEDROCK_CLAUDE,
            "ai.usage.inputTokens": 13,
            "ai.usage.outputTokens": 5,
            "ai.usage.totalTokens": 18,
            "ai.usage.cachedInputTokens": 1504,
            "gen_ai.usage.input_tokens": 13,
            "gen_ai.usage.output_tokens": 5,
            "ai.response.providerMetadata": _json(
                {"bedrock": {"usage": {"cacheWriteInputTokens": 0}}}
            ),
        },
        # The SDK adds up 13 + 5 = 18 itself.
        usage={**BEDROCK_USAGE, "usage_mismatch": -1504},
        rule="cached outside: counts",
        cost="13*3.30/1e6 + 1504*0.33/1e6 + 5*16.50/1e6",
        extra=_answered_by("aws.bedrock", BEDROCK_CLAUDE),
    ),
    # ------------------------------------------------------------ Gemini
    Case(
        name="Gemini, OTel",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="opentelemetry-instrumentation-google-genai 1.3b0",
        scope="opentelemetry.instrumentation.google_genai",
        attributes={
            **_chat("gcp.gemini", GEMINI_PRO),
            "gen_ai.operation.name": "generate_content",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 826,
            "gen_ai.usage.reasoning.output_tokens": 777,
        },
        usage=GEMINI_USAGE,
        rule="reasoning inside: convention",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.gemini", GEMINI_PRO),
    ),
    Case(
        name="Gemini, OpenLLMetry",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="opentelemetry-instrumentation-google-generativeai 0.62.4",
        scope="opentelemetry.instrumentation.google_generativeai",
        attributes={
            **_chat("gcp.gen_ai", GEMINI_PRO),
            "gen_ai.operation.name": "generate_content",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 49,
            "gen_ai.usage.total_tokens": 838,
        },
        # Thoughts are not reported: 838 - 12 - 49 = 777.
        usage=GEMINI_USAGE,
        rule="reasoning outside: rest of the total",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.gen_ai", GEMINI_PRO),
    ),
    Case(
        name="Gemini, OpenInference",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="openinference-instrumentation-google-genai 1.4.14",
        scope="openinference.instrumentation.google_genai",
        kind=1,
        span="GenerateContent",
        attributes={
            "openinference.span.kind": "LLM",
            "llm.provider": "google",
            "llm.system": "vertexai",
            "llm.model_name": GEMINI_PRO,
            "llm.token_count.prompt": 12,
            "llm.token_count.completion": 826,
            "llm.token_count.completion_details.reasoning": 777,
            "llm.token_count.total": 838,
        },
        usage=GEMINI_USAGE,
        rule="reasoning inside: total",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.vertex_ai", GEMINI_PRO),
    ),
    Case(
        name="Gemini, Vercel AI SDK 5",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="ai 5.0.277, @ai-sdk/google 2.0.108",
        scope="ai",
        span="ai.generateText.doGenerate",
        kind=1,
        attributes={
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.provider": "google.generative-ai",
            "ai.model.id": GEMINI_PRO,
            "ai.usage.inputTokens": 12,
            "ai.usage.outputTokens": 49,
            "ai.usage.totalTokens": 838,
            "ai.usage.reasoningTokens": 777,
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 49,
        },
        usage=GEMINI_USAGE,
        # 777 thoughts are more than the 49 of the output.
        rule="reasoning outside: counts",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.gemini", GEMINI_PRO),
    ),
    Case(
        name="Gemini, MLflow",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="mlflow-tracing 3.17.2",
        scope="mlflow.gemini.autolog",
        span="Models.generate_content",
        kind=1,
        attributes={
            "mlflow.spanType": '"LLM"',
            "mlflow.llm.model": f'"{GEMINI_PRO}"',
            "mlflow.llm.provider": '"gemini"',
            "mlflow.chat.tokenUsage": _json(
                {"input_tokens": 12, "output_tokens": 49, "total_tokens": 838}
            ),
        },
        usage=GEMINI_USAGE,
        rule="reasoning outside: rest of the total",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.gemini", GEMINI_PRO),
    ),
    Case(
        name="Gemini, LangChain by LangSmith's exporter",
        payload=GEMINI,
        recorded=GEMINI_SOURCE,
        emitter="langsmith 0.14.17, langchain-google-genai 4.4.2",
        scope="langsmith",
        span="ChatGoogleGenerativeAI",
        attributes={
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "google_genai",
            "gen_ai.request.model": GEMINI_PRO,
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 826,
            "gen_ai.usage.total_tokens": 838,
            "gen_ai.usage.input_token_details": "{'cache_read': 0}",
            "gen_ai.usage.output_token_details": "{'reasoning': 777}",
        },
        usage=GEMINI_USAGE,
        rule="reasoning inside: total",
        cost="12*2.00/1e6 + 826*12.00/1e6",
        extra=_answered_by("gcp.gemini", GEMINI_PRO),
    ),
    # ------------------------------------------------------------ gateways and frameworks
    Case(
        name="OpenAI chat, LiteLLM v1",
        payload=OPENAI_CHAT,
        recorded=OPENAI_CHAT_SOURCE,
        emitter="litellm 1.109.1",
        scope="litellm",
        span="litellm_request",
        kind=1,
        attributes={
            **_chat("openai", "gpt-4o-2024-08-06"),
            "gen_ai.usage.input_tokens": 2006,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.total_tokens": 2306,
            "gen_ai.openai.response.service_tier": "default",
            "gen_ai.cost.total_cost": 0.005615,
        },
        usage={
            "input_tokens": 2006,
            "uncached_input_tokens": 2006,
            "output_tokens": 300,
            "total_tokens": 2306,
            "reported_cost_usd": 0.005615,
        },
        rule="",
        cost="2006*2.50/1e6 + 300*10.00/1e6",
        extra=_answered_by("openai", "gpt-4o-2024-08-06", service_tier="default"),
        note="LiteLLM v1 does not tell cached tokens: priced as uncached. Its own cost stands beside ours.",
    ),
    Case(
        name="OpenAI chat, LangChain by LangSmith's exporter, priority",
        payload=OPENAI_CHAT,
        recorded=OPENAI_CHAT_SOURCE,
        emitter="langsmith 0.14.17, langchain-openai 1.7.4",
        scope="langsmith",
        span="ChatOpenAI",
        attributes={
            "langsmith.span.kind": "llm",
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o-2024-08-06",
            "gen_ai.usage.input_tokens": 2006,
            "gen_ai.usage.output_tokens": 300,
            "gen_ai.usage.total_tokens": 2306,
            "gen_ai.usage.input_token_details": "{'priority_cache_read': 1920, 'priority': 86}",
            "gen_ai.usage.output_token_details": "{'priority_reasoning': 0, 'priority': 300}",
        },
        usage={
            "input_tokens": 2006,
            "uncached_input_tokens": 86,
            "cache_read_tokens": 1920,
            "output_tokens": 300,
            "total_tokens": 2306,
        },
        rule="cached inside: total",
        cost="86*4.25/1e6 + 1920*2.125/1e6 + 300*17.00/1e6",
        extra=_answered_by("openai", "gpt-4o-2024-08-06", service_tier="priority"),
    ),
    Case(
        name="OpenAI chat, Langfuse's wrapper",
        payload=OPENAI_CHAT,
        recorded=OPENAI_CHAT_SOURCE,
        emitter="langfuse 5.0.4",
        scope="langfuse-sdk",
        span="OpenAI-generation",
        kind=1,
        attributes={
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o-2024-08-06",
            "langfuse.observation.usage_details": _json(OPENAI_CHAT),
            "langfuse.observation.cost_details": _json({"total": 0.005615}),
        },
        usage={
            "input_tokens": 2006,
            "uncached_input_tokens": 86,
            "cache_read_tokens": 1920,
            "output_tokens": 300,
            "total_tokens": 2306,
            "reported_cost_usd": 0.005615,
        },
        rule="cached inside: total",
        cost="86*2.50/1e6 + 1920*1.25/1e6 + 300*10.00/1e6",
        extra=_answered_by("", "gpt-4o-2024-08-06"),
    ),
    Case(
        name="OpenAI responses, pydantic-ai",
        payload=OPENAI_RESPONSES,
        recorded=OPENAI_RESPONSES_SOURCE,
        emitter="pydantic-ai-slim 2.68.0",
        scope="pydantic-ai",
        attributes={
            **_chat("openai", "gpt-5-2025-08-07"),
            "gen_ai.usage.input_tokens": 115886,
            "gen_ai.usage.output_tokens": 1720,
            "gen_ai.usage.cache_read.input_tokens": 92160,
            "gen_ai.usage.details.cache_read_tokens": 92160,
            "gen_ai.usage.details.reasoning_tokens": 1472,
        },
        usage={
            "input_tokens": 115886,
            "uncached_input_tokens": 23726,
            "cache_read_tokens": 92160,
            "output_tokens": 1720,
            "reasoning_tokens": 1472,
            "total_tokens": 117606,
        },
        rule="cached inside: emitter, reasoning inside: emitter",
        cost="23726*1.25/1e6 + 92160*0.125/1e6 + 1720*10.00/1e6",
        extra=_answered_by("openai", "gpt-5-2025-08-07"),
    ),
    Case(
        name="OpenAI responses, Vercel AI SDK 7",
        payload=OPENAI_RESPONSES,
        recorded=OPENAI_RESPONSES_SOURCE,
        emitter="ai 7.0.173, @ai-sdk/otel 1.0.173",
        scope="gen_ai",
        attributes={
            **_chat("openai", "gpt-5-2025-08-07"),
            "gen_ai.usage.input_tokens": 115886,
            "gen_ai.usage.output_tokens": 1720,
            "gen_ai.usage.cache_read.input_tokens": 92160,
        },
        usage={
            "input_tokens": 115886,
            "uncached_input_tokens": 23726,
            "cache_read_tokens": 92160,
            "output_tokens": 1720,
            "total_tokens": 117606,
        },
        rule="cached inside: emitter",
        cost="23726*1.25/1e6 + 92160*0.125/1e6 + 1720*10.00/1e6",
        extra=_answered_by("openai", "gpt-5-2025-08-07"),
        note="Reasoning is told only with the SDK's detailed usage switched on; it costs what output costs.",
    ),
    # ------------------------------------------------------------ self-hosted
    Case(
        name="vLLM, the app's span",
        payload=QWEN,
        recorded=QWEN_SOURCE,
        emitter="opentelemetry-instrumentation-openai-v2 2.4b0",
        scope="opentelemetry.instrumentation.openai_v2",
        attributes={
            **_chat("openai", "Qwen/Qwen2.5-72B-Instruct"),
            "server.address": "vllm.internal",
            "gen_ai.usage.input_tokens": 30,
            "gen_ai.usage.output_tokens": 29,
        },
        usage={
            "input_tokens": 30,
            "uncached_input_tokens": 30,
            "output_tokens": 29,
            "total_tokens": 59,
        },
        rule="",
        extra=_answered_by("openai", "Qwen/Qwen2.5-72B-Instruct"),
        note="No list price: a client for OpenAI's API does not make the model OpenAI's.",
    ),
    Case(
        name="vLLM, the engine's span",
        payload=QWEN,
        recorded=QWEN_SOURCE,
        emitter="vllm 0.33.0",
        scope="vllm.tracing.otel",
        span="llm_request",
        kind=2,
        attributes={
            "gen_ai.usage.prompt_tokens": 30,
            "gen_ai.usage.completion_tokens": 29,
            "gen_ai.latency.e2e": 0.9,
            "gen_ai.latency.time_in_queue": 0.01,
            "gen_ai.request.id": "chatcmpl-1",
        },
        usage={
            "input_tokens": 30,
            "uncached_input_tokens": 30,
            "output_tokens": 29,
            "total_tokens": 59,
        },
        rule="",
        counts=False,
        extra={"operation": "serve"},
        note="Never counted: it serves the app's call.",
    ),
    Case(
        name="SGLang, the engine's span",
        payload=QWEN,
        recorded=QWEN_SOURCE,
        emitter="sglang 0.5.23",
        scope="sglang server",
        span=" Req abcd1234",
        kind=1,
        attributes={
            "rid": "abcd1234",
            "gen_ai.usage.prompt_tokens": 30,
            "gen_ai.usage.completion_tokens": 29,
            "gen_ai.usage.cached_tokens": 0,
            "gen_ai.response.model": "Qwen/Qwen2.5-72B-Instruct",
        },
        usage={
            "input_tokens": 30,
            "uncached_input_tokens": 30,
            "output_tokens": 29,
            "total_tokens": 59,
        },
        rule="",
        counts=False,
        extra={"operation": "serve"},
        note="Never counted: it serves the app's call.",
    ),
)
