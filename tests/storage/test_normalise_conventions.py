"""Spans of every convention, through the real path: what the columns say of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from storage.client import Engine
from tests.samples import Traces, set_attributes
from tests.storage.landed import land, spans

# Name of the case: attributes of the span, and what its row says. With @: scope, kind, events, error.
CASES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "otel genai today": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.finish_reasons": '["stop","tool_call"]',
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 20,
            "gen_ai.usage.cache_read.input_tokens": 60,
            "gen_ai.usage.cache_write.input_tokens": 10,
            "gen_ai.usage.reasoning.output_tokens": 5,
            "gen_ai.response.time_to_first_chunk": 0.25,
            "gen_ai.request.temperature": 0.0,
            "gen_ai.request.max_tokens": 512,
            "gen_ai.conversation.id": "c1",
            "gen_ai.prompt.name": "support",
            "gen_ai.prompt.version": "3",
        },
        {
            "operation": "chat",
            "provider": "openai",
            "model": "gpt-4o-2024-08-06",
            "request_model": "gpt-4o",
            "response_id": "chatcmpl-1",
            "finish_reasons": "stop,tool_calls",
            "input_tokens": 100,
            "uncached_input_tokens": 30,
            "cache_read_tokens": 60,
            "cache_write_tokens": 10,
            "output_tokens": 20,
            "reasoning_tokens": 5,
            "total_tokens": 120,
            "tokens_exclusive": False,
            "counts_usage": True,
            "time_to_first_token_s": 0.25,
            "streamed": True,
            "temperature": 0.0,
            "max_tokens": 512,
            "session_id": "c1",
            "prompt_name": "support",
            "prompt_version": "3",
            "reported_cost_usd": None,
        },
    ),
    "otel genai before 1.37": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "az.ai.openai",
            "gen_ai.request.model": "gpt-4",
            "gen_ai.usage.prompt_tokens": 7,
            "gen_ai.usage.completion_tokens": 3,
            "gen_ai.response.finish_reason": "max_tokens",
        },
        {
            "provider": "azure.ai.openai",
            "model": "gpt-4",
            "input_tokens": 7,
            "output_tokens": 3,
            "finish_reasons": "length",
            "counts_usage": True,
        },
    ),
    "otel genai 1.40 cache": (
        {
            "gen_ai.operation.name": "generate_content",
            "gen_ai.provider.name": "gcp.vertex_ai",
            "gen_ai.usage.input_tokens": 50,
            "gen_ai.usage.cache_creation.input_tokens": 8,
        },
        {
            "operation": "chat",
            "provider": "gcp.vertex_ai",
            "cache_write_tokens": 8,
            "uncached_input_tokens": 42,
        },
    ),
    "embeddings": (
        {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.request.model": "e5",
            "gen_ai.usage.input_tokens": 9,
        },
        {"operation": "embeddings", "model": "e5", "counts_usage": True, "total_tokens": 9},
    ),
    "retrieval": (
        {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.data_source.id": "kb",
            "gen_ai.retrieval.top_k": 4,
        },
        {"operation": "retrieve", "data_source": "kb", "retrieval_top_k": 4, "counts_usage": False},
    ),
    "tool": (
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "order",
            "gen_ai.tool.call.id": "call_1",
        },
        {"operation": "execute_tool", "tool_name": "order", "tool_call_id": "call_1"},
    ),
    "agent with the tokens of its calls": (
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "helper",
            "gen_ai.usage.input_tokens": 500,
        },
        {
            "operation": "invoke_agent",
            "agent_name": "helper",
            "counts_usage": True,
            "input_tokens": 500,
        },
    ),
    "fetch of a stored response": (
        {"gen_ai.operation.name": "fetch_response", "gen_ai.usage.output_tokens": 9},
        {"operation": "fetch_response", "counts_usage": False},
    ),
    "custom operation": ({"gen_ai.operation.name": "Transcribe"}, {"operation": "transcribe"}),
    "mcp tool call": (
        {"mcp.method.name": "tools/call", "mcp.session.id": "m1"},
        {"operation": "execute_tool", "session_id": ""},
    ),
    "mcp listing": ({"mcp.method.name": "tools/list"}, {"operation": ""}),
    "openinference": (
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "anthropic",
            "llm.system": "bedrock",
            "llm.model_name": "claude",
            "llm.token_count.prompt": 40,
            "llm.token_count.completion": 12,
            "llm.token_count.prompt_details.cache_read": 30,
            "llm.cost.total": 0.002,
            "llm.prompt_template.version": "7",
            "session.id": "s1",
            "user.id": "u1",
        },
        {
            "operation": "chat",
            "provider": "anthropic",
            "model": "claude",
            "input_tokens": 40,
            "cache_read_tokens": 30,
            "output_tokens": 12,
            "reported_cost_usd": 0.002,
            "prompt_version": "7",
            "session_id": "s1",
            "user_id": "u1",
        },
    ),
    "openinference embedding": (
        {"embedding.model_name": "e5", "llm.token_count.prompt": 3},
        {"operation": "embeddings", "model": "e5"},
    ),
    "openinference reranker": (
        {"openinference.span.kind": "RERANKER", "reranker.model_name": "rr", "reranker.top_k": 5},
        {"operation": "rerank", "model": "rr", "retrieval_top_k": 5},
    ),
    "openinference guardrail": (
        {"openinference.span.kind": "GUARDRAIL"},
        {"operation": "guardrail", "guardrail_name": "openinference guardrail"},
    ),
    "openinference unknown kind": (
        {"openinference.span.kind": "UNKNOWN", "gen_ai.operation.name": "chat"},
        {"operation": "chat"},
    ),
    "openllmetry": (
        {
            "llm.request.type": "chat",
            "gen_ai.system": "Anthropic",
            "gen_ai.request.model": "claude",
            "gen_ai.usage.cache_read_input_tokens": 4,
            "gen_ai.usage.input_tokens": 10,
            "llm.usage.total_tokens": 10,
            "llm.is_streaming": True,
            "traceloop.association.properties.session_id": "s2",
            "traceloop.association.properties.customer_id": "acme",
            "traceloop.workflow.name": "ask",
            "traceloop.prompt.key": "k",
        },
        {
            "operation": "chat",
            "provider": "anthropic",
            "cache_read_tokens": 4,
            "streamed": True,
            "session_id": "s2",
            "tenant_id": "acme",
            "feature": "ask",
            "prompt_name": "k",
        },
    ),
    "openllmetry task": ({"traceloop.span.kind": "task"}, {"operation": "invoke_workflow"}),
    "vercel inner": (
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.model.provider": "openai.chat",
            "ai.model.id": "gpt-4o",
            "ai.usage.promptTokens": 11,
            "ai.usage.completionTokens": 4,
            "ai.response.finishReason": "tool-calls",
            "ai.response.msToFirstChunk": 320.0,
            "ai.telemetry.functionId": "ask",
            "ai.telemetry.metadata.userId": "u9",
        },
        {
            "operation": "chat",
            "provider": "openai",
            "model": "gpt-4o",
            "input_tokens": 11,
            "output_tokens": 4,
            "finish_reasons": "tool_calls",
            "time_to_first_token_s": 0.32,
            "feature": "ask",
            "user_id": "u9",
            "counts_usage": True,
        },
    ),
    "vercel outer": (
        {"ai.operationId": "ai.streamText", "ai.usage.promptTokens": 11, "ai.model.id": "gpt-4o"},
        {"operation": "invoke_workflow", "counts_usage": True},
    ),
    "vercel embedding": (
        {"ai.operationId": "ai.embed.doEmbed", "ai.usage.tokens": 6},
        {"operation": "embeddings", "input_tokens": 6},
    ),
    "langfuse generation": (
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.prompt.name": "greet",
            "langfuse.observation.prompt.version": 2,
            "langfuse.environment": "staging",
            "langfuse.user.id": "u5",
            "user.id": "other",
        },
        {
            "operation": "chat",
            "model": "gpt-4o",
            "prompt_name": "greet",
            "prompt_version": "2",
            "environment": "staging",
            "user_id": "u5",
        },
    ),
    "langfuse span says nothing": (
        {"langfuse.observation.type": "span", "gen_ai.operation.name": "invoke_agent"},
        {"operation": "invoke_agent"},
    ),
    "langsmith retriever": (
        {
            "langsmith.span.kind": "retriever",
            "gen_ai.operation.name": "embeddings",
            "langsmith.metadata.thread_id": "t1",
            "langsmith.trace.session_id": "a project",
        },
        {"operation": "retrieve", "session_id": "t1"},
    ),
    "langsmith roll-up": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 9,
            "langsmith.metadata.usage_scope": "agent_total",
        },
        {"counts_usage": False},
    ),
    "logfire pending span": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 9,
            "logfire.span_type": "pending_span",
        },
        {"counts_usage": False},
    ),
    "mlflow with quotes": (
        {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.trace.session": "s", "mlflow.llm.model": "m"},
        {"operation": "chat", "session_id": "s", "model": "m"},
    ),
    "litellm": (
        {
            "gen_ai.operation.name": "chat",
            "litellm.call_id": "c",
            "litellm.cost.total": 0.5,
            "litellm.team.id": "team",
            "litellm.end_user.id": "end",
            "litellm.cache_hit": True,
            "litellm.provider.model": "served",
            "custom_llm_provider": "xai",
        },
        {
            "serving_request_id": "c",
            "reported_cost_usd": 0.5,
            "tenant_id": "team",
            "user_id": "end",
            "cache_hit": True,
            "model": "served",
            "provider": "x_ai",
            "counts_usage": True,
        },
    ),
    "litellm guardrail": (
        {
            "litellm.guardrail.name": "pii",
            "litellm.guardrail.status": "guardrail_intervened",
            "litellm.guardrail.action": "block",
            "litellm.guardrail.risk_score": 0.9,
            "litellm.guardrail.violation_categories": "email",
        },
        {
            "operation": "guardrail",
            "guardrail_name": "pii",
            "guardrail_verdict": "fail",
            "guardrail_action": "block",
            "guardrail_score": 0.9,
            "guardrail_category": "email",
        },
    ),
    "litellm guardrail that stops a request ends in an error": (
        {
            "@error": "blocked",
            "litellm.guardrail.name": "lakera",
            "litellm.guardrail.status": "guardrail_intervened",
            "error.type": "guardrail_intervened",
        },
        {
            "guardrail_verdict": "fail",
            "guardrail_action": "block",
            "error_type": "guardrail_intervened",
        },
    ),
    "litellm guardrail that masks": (
        {
            "litellm.guardrail.name": "presidio",
            "litellm.guardrail.status": "success",
            "litellm.guardrail.masked_entity_count": 2,
        },
        {"guardrail_verdict": "modified", "guardrail_action": "modify"},
    ),
    "litellm guardrail that found nothing to mask": (
        {
            "litellm.guardrail.name": "presidio",
            "litellm.guardrail.status": "success",
            "litellm.guardrail.action": "none",
            "litellm.guardrail.masked_entity_count": 0,
        },
        {"guardrail_verdict": "pass", "guardrail_action": "allow"},
    ),
    "litellm guardrail that did not answer": (
        {
            "@error": "away",
            "litellm.guardrail.name": "lakera",
            "litellm.guardrail.status": "guardrail_failed_to_respond",
        },
        {"guardrail_verdict": "error", "guardrail_action": ""},
    ),
    "litellm guardrail before v2": (
        {"guardrail_name": "presidio", "masked_entity_count": '{"EMAIL_ADDRESS": 1}'},
        {
            "operation": "guardrail",
            "guardrail_name": "presidio",
            "guardrail_verdict": "modified",
            "guardrail_action": "modify",
        },
    ),
    "litellm guardrail before v2 with its answer": (
        {
            "guardrail_name": "bedrock-pre",
            "masked_entity_count": "{}",
            "guardrail_response": '{"action": "GUARDRAIL_INTERVENED", "outputs": []}',
        },
        {"operation": "guardrail", "guardrail_verdict": "fail"},
    ),
    "litellm guardrail before v2 with its status": (
        {"guardrail_name": "aim", "guardrail_status": "success"},
        {"guardrail_verdict": "pass", "guardrail_action": "allow"},
    ),
    "traceloop guard": (
        {
            "gen_ai.operation.name": "guard",
            "gen_ai.guardrail.name": "pii_guard",
            "gen_ai.guardrail.status": "FAILED",
        },
        {"operation": "guardrail", "guardrail_name": "pii_guard", "guardrail_verdict": "fail"},
    ),
    "traceloop guard that passes": (
        {"gen_ai.guardrail.name": "toxicity", "gen_ai.guardrail.status": "PASSED"},
        {"guardrail_verdict": "pass", "guardrail_action": "allow"},
    ),
    "traceloop guard that broke": (
        {
            "gen_ai.operation.name": "guardrail.run",
            "gen_ai.guardrail.name": "toxicity",
            "gen_ai.guardrail.status": "FAILED",
            "gen_ai.guardrail.error.type": "Timeout",
        },
        {"operation": "guardrail", "guardrail_verdict": "error", "error_type": "Timeout"},
    ),
    "proposed guardrail": (
        {"gen_ai.operation.name": "run_guardrail", "gen_ai.guardrail.verdict.type": "modify"},
        {
            "operation": "guardrail",
            "guardrail_verdict": "modified",
            "guardrail_action": "modify",
            "guardrail_name": "proposed guardrail",
        },
    ),
    "proposed guardrail that denies": (
        {
            "gen_ai.operation.name": "run_guardrail",
            "gen_ai.guardrail.component.name": "prompt-shield",
            "gen_ai.guardrail.verdict.type": "deny",
            "gen_ai.guardrail.verdict.reason": "jailbreak",
            "gen_ai.guardrail.security.risk.score": 0.98,
        },
        {
            "guardrail_name": "prompt-shield",
            "guardrail_verdict": "fail",
            "guardrail_action": "block",
            "guardrail_category": "jailbreak",
            "guardrail_score": 0.98,
        },
    ),
    "proposed guardrail that warns": (
        {
            "gen_ai.guardrail.component.name": "topic",
            "gen_ai.guardrail.verdict.type": "warn",
            "gen_ai.guardrail.action.type": "allow",
        },
        {"guardrail_verdict": "fail", "guardrail_action": "allow"},
    ),
    "proposed guardrail that escalates": (
        {"gen_ai.guardrail.component.name": "hr", "gen_ai.guardrail.verdict.type": "escalate"},
        {"guardrail_verdict": "fail", "guardrail_action": "escalate"},
    ),
    "guardrail with a word of its own": (
        {
            "gen_ai.guardrail.component.name": "mood",
            "gen_ai.guardrail.verdict.type": "gloomy",
            "gen_ai.guardrail.action.type": "Sigh",
        },
        {"guardrail_verdict": "", "guardrail_action": "sigh"},
    ),
    "openlit guard": (
        {"guard.name": "pii", "guard.action": "redact", "guard.score": 0.7},
        {
            "operation": "guardrail",
            "guardrail_verdict": "modified",
            "guardrail_action": "modify",
            "guardrail_score": 0.7,
        },
    ),
    "openlit guards in events of a chat": (
        {
            "gen_ai.operation.name": "chat",
            "@events": [
                {"guard.name": "pii", "guard.action": "allow", "guard.score": 0.1},
                {
                    "guard.name": "injection",
                    "guard.action": "deny",
                    "guard.score": 0.9,
                    "guard.classification": "jailbreak",
                },
            ],
        },
        {
            "operation": "chat",
            "guardrail_name": "injection",
            "guardrail_verdict": "fail",
            "guardrail_action": "block",
            "guardrail_category": "jailbreak",
            "guardrail_score": 0.9,
        },
    ),
    "bedrock chat that a guardrail stopped": (
        {
            "gen_ai.operation.name": "chat",
            "aws.bedrock.guardrail.id": "sgi5gkybzqak",
            "gen_ai.response.finish_reasons": '["guardrail_intervened"]',
        },
        {
            "operation": "chat",
            "guardrail_name": "sgi5gkybzqak",
            "guardrail_verdict": "fail",
            "guardrail_action": "block",
        },
    ),
    "bedrock chat that a guardrail let pass": (
        {
            "gen_ai.operation.name": "chat",
            "aws.bedrock.guardrail.id": "sgi5gkybzqak",
            "gen_ai.response.finish_reasons": '["end_turn"]',
        },
        {"operation": "chat", "guardrail_name": "sgi5gkybzqak", "guardrail_verdict": "pass"},
    ),
    "bedrock chat that names no guardrail": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.response.finish_reasons": '["guardrail_intervened"]',
        },
        {"operation": "chat", "guardrail_name": "bedrock", "guardrail_verdict": "fail"},
    ),
    "bedrock's guardrail asked by itself": (
        {
            "rpc.system": "aws-api",
            "aws.bedrock.guardrail.id": "sgi5gkybzqak",
            "output.value": '{"action": "NONE"}',
        },
        {
            "operation": "guardrail",
            "guardrail_name": "sgi5gkybzqak",
            "guardrail_verdict": "pass",
        },
    ),
    "openinference guardrail that says so": (
        {"openinference.span.kind": "GUARDRAIL", "output.value": '"fail"'},
        {"operation": "guardrail", "guardrail_verdict": "fail"},
    ),
    "openinference guardrail with an answer of its own": (
        {"openinference.span.kind": "GUARDRAIL", "output.value": "Dear customer, no."},
        {"operation": "guardrail", "guardrail_verdict": ""},
    ),
    "openinference guardrail that broke": (
        {"openinference.span.kind": "GUARDRAIL", "@error": "no route"},
        {"operation": "guardrail", "guardrail_verdict": "error"},
    ),
    "openinference guardrail that raises what it refuses": (
        {
            "openinference.span.kind": "GUARDRAIL",
            "@error": "Validation failed",
            "@events": [{"exception.type": "guardrails.errors.ValidationError"}],
        },
        {"operation": "guardrail", "guardrail_verdict": "fail"},
    ),
    "openinference validator": (
        {"validator_name": "toxic_language", "output.value": "pass"},
        {
            "operation": "guardrail",
            "guardrail_name": "toxic_language",
            "guardrail_verdict": "pass",
        },
    ),
    "langfuse guardrail": (
        {"langfuse.observation.type": "guardrail", "langfuse.observation.output": "blocked"},
        {"operation": "guardrail", "guardrail_verdict": "fail"},
    ),
    "openlit": (
        {
            "gen_ai.operation.name": "vectordb",
            "gen_ai.environment": "prod",
            "gen_ai.application_name": "shop",
            "gen_ai.usage.cost": 0.1,
            "guard.verdict": "passed",
            "db.system": "chroma",
        },
        {
            "operation": "retrieve",
            "environment": "prod",
            "service_name": "shop",
            "reported_cost_usd": 0.1,
            "guardrail_verdict": "pass",
            "data_source": "chroma",
        },
    ),
    "vllm": (
        {
            "@scope": "vllm.tracing.otel",
            "@kind": 2,
            "gen_ai.latency.time_to_first_token": 0.1,
            "gen_ai.latency.e2e": 1.1,
            "gen_ai.latency.time_in_queue": 0.02,
            "gen_ai.latency.time_in_model_prefill": 0.08,
            "gen_ai.latency.time_in_model_decode": 1.0,
            "gen_ai.latency.time_in_model_inference": 1.08,
            "gen_ai.usage.prompt_tokens": 10,
            "gen_ai.usage.completion_tokens": 11,
            "gen_ai.request.id": "chatcmpl-1",
        },
        {
            "operation": "serve",
            "serving_engine": "vllm",
            "serving_request_id": "chatcmpl-1",
            "queue_s": 0.02,
            "prefill_s": 0.08,
            "decode_s": 1.0,
            "inference_s": 1.08,
            "server_duration_s": 1.1,
            "time_to_first_token_s": 0.1,
            "time_per_output_token_s": 0.1,
            "input_tokens": 10,
            "counts_usage": False,
            "streamed": False,
        },
    ),
    "sglang": (
        {
            "@scope": "sglang server",
            "rid": "r1",
            "gen_ai.usage.cached_tokens": 5,
            "gen_ai.usage.prompt_tokens": 20,
            "gen_ai.response.finish_reasons": '["stop"]',
        },
        {
            "operation": "serve",
            "serving_engine": "sglang",
            "serving_request_id": "r1",
            "cache_read_tokens": 5,
            "finish_reasons": "stop",
        },
    ),
    "triton": (
        {"triton.model_name": "llama", "triton.request_id": "t9"},
        {
            "operation": "serve",
            "serving_engine": "triton",
            "model": "llama",
            "serving_request_id": "t9",
        },
    ),
    "serving engine that tells its pace": (
        {"gen_ai.latency.time_per_output_token": 0.03},
        {"operation": "serve", "serving_engine": "other", "time_per_output_token_s": 0.03},
    ),
    "database": (
        {"db.system.name": "postgresql"},
        {"operation": "db", "data_source": "postgresql"},
    ),
    "vector database": (
        {"db.system": "milvus", "db.vector.query.top_k": 3},
        {"operation": "retrieve", "retrieval_top_k": 3},
    ),
    "http": ({"http.request.method": "GET", "url.full": "http://x"}, {"operation": "http"}),
    "rpc": ({"rpc.system": "grpc"}, {"operation": "rpc"}),
    "plain": (
        {},
        {
            "operation": "",
            "model": "",
            "counts_usage": False,
            "temperature": None,
            "input_tokens": 0,
        },
    ),
    "model and tokens make a chat": (
        {"gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1},
        {"operation": "chat", "counts_usage": True},
    ),
    "best source wins whatever the order": (
        {"user.id": "second", "langfuse.user.id": "first", "enduser.id": "third"},
        {"user_id": "first"},
    ),
    "an empty source is passed over": (
        {"langfuse.user.id": "", "user.id": "second"},
        {"user_id": "second"},
    ),
    "a present 0 wins": (
        {
            "gen_ai.usage.cache_read.input_tokens": 0,
            "gen_ai.usage.cached_tokens": 9,
            "gen_ai.usage.input_tokens": 20,
        },
        {"cache_read_tokens": 0, "input_tokens": 20},
    ),
    "cached tokens reported apart": (
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.cache_read.input_tokens": 100,
            "gen_ai.usage.cache_write.input_tokens": 5,
        },
        {
            "tokens_exclusive": True,
            "input_tokens": 115,
            "uncached_input_tokens": 10,
            "usage_rule": "cached outside: counts",
        },
    ),
    "cache writes by lifetime": (
        {
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.cache_write_5m.input_tokens": 7,
            "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens": 3,
        },
        {
            "cache_write_tokens": 10,
            "cache_write_5m_tokens": 7,
            "cache_write_1h_tokens": 3,
            "uncached_input_tokens": 90,
        },
    ),
    "numbers as text": (
        {
            "gen_ai.usage.input_tokens": "12",
            "gen_ai.usage.cost": "0.25",
            "gen_ai.request.max_tokens": 7.0,
        },
        {"input_tokens": 12, "reported_cost_usd": 0.25, "max_tokens": 7},
    ),
    "numbers that cannot be": (
        {
            "gen_ai.usage.input_tokens": float("nan"),
            "gen_ai.usage.output_tokens": -5,
            "gen_ai.usage.total_tokens": 1e300,
            "gen_ai.usage.cost": float("inf"),
            "gen_ai.request.temperature": "warm",
            "gen_ai.usage.reasoning_tokens": "many",
        },
        {
            "input_tokens": 0,
            "output_tokens": 0,
            "total_tokens": 10**12,
            "reported_cost_usd": None,
            "temperature": None,
            "reasoning_tokens": 0,
        },
    ),
    "retried": (
        {"http.request.resend_count": 2, "gen_ai.fallback": True},
        {"retry_count": 2, "is_fallback": True},
    ),
    "tells its error": (
        {"error.type": "RateLimit", "error.message": "slow down"},
        {"error_type": "RateLimit", "error_message": "slow down"},
    ),
}


@pytest.fixture(scope="module")
def landed(engine: Engine) -> dict[str, dict[str, Any]]:
    """Land a span a case in one segment."""
    traces = Traces()
    request = traces.request.resource_spans[0]
    for name, (attributes, _) in CASES.items():
        span = traces.span(name)
        span.kind = attributes.get("@kind", 1)
        set_attributes(
            span, {key: value for key, value in attributes.items() if not key.startswith("@")}
        )
        if "@error" in attributes:
            span.status.code, span.status.message = 2, attributes["@error"]
        for event in attributes.get("@events", ()):
            added = span.events.add(
                name="exception" if "exception.type" in event else "guard.evaluation"
            )
            set_attributes(added, event)
        if "@scope" in attributes:
            scope_spans = request.scope_spans.add()
            scope_spans.scope.name = attributes["@scope"]
            scope_spans.spans.append(request.scope_spans[0].spans.pop())
    land(engine, "conventions", traces.body(), accepted=len(CASES))
    return spans(engine, "conventions")


@pytest.mark.parametrize("case", CASES)
def test_span_of_convention(landed: dict[str, dict[str, Any]], case: str) -> None:
    """The columns of a span say the same whatever convention its attributes follow."""
    expected = CASES[case][1]
    assert {column: landed[case][column] for column in expected} == pytest.approx(dict(expected))


def test_attributes_are_kept_as_sent(landed: dict[str, dict[str, Any]]) -> None:
    """Whatever a column was read from stays an attribute, with its type."""
    row = landed["openllmetry"]
    assert row["attributes_string"]["llm.request.type"] == "chat"
    assert row["attributes_int"]["llm.usage.total_tokens"] == 10
    assert row["attributes_bool"]["llm.is_streaming"] is True
    assert landed["openinference"]["attributes_double"]["llm.cost.total"] == 0.002
