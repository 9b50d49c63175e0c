"""The mapping from trace conventions to canonical columns, read from conventions.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Kind = Literal["text", "count", "number", "content"]


@dataclass(frozen=True)
class Field:
    """One canonical field of a span and the attribute keys that it is read from, best first."""

    column: str
    kind: Kind
    doc: str
    sources: tuple[str, ...]
    resource: bool = False
    """Also looked up in the resource's attributes, after the span's own."""
    hidden: bool = False
    """Feeds other columns and is not one itself."""


@cache
def fields() -> tuple[Field, ...]:
    """Return every canonical field in the order of the table.

    Raises ValueError when an attribute key is claimed by two fields: the generated SQL maps a key to one.
    """
    table = tomllib.loads(files("storage").joinpath("conventions.toml").read_text())
    loaded = tuple(
        Field(**{**entry, "sources": tuple(entry["sources"])}) for entry in table["field"]
    )
    claimed: dict[str, str] = {}
    for field in loaded:
        for source in field.sources:
            if source in claimed:
                raise ValueError(
                    f"{source} is a source of both {claimed[source]} and {field.column}"
                )
            claimed[source] = field.column
    return loaded


# What the emitter calls an operation, in our vocabulary (design, "Words"). Unknown names are kept as they are.
OPERATIONS: Final[Mapping[str, str]] = {
    "chat": "chat", "generate_content": "chat", "text_completion": "chat", "completion": "chat",
    "generate": "chat", "response": "chat", "generate_text": "chat",
    "ai.generatetext.dogenerate": "chat", "ai.streamtext.dostream": "chat",
    "ai.generateobject.dogenerate": "chat", "ai.streamobject.dostream": "chat",
    "embeddings": "embeddings", "embedding": "embeddings",
    "ai.embed.doembed": "embeddings", "ai.embedmany.doembed": "embeddings",
    "retrieval": "retrieve", "retrieve": "retrieve", "vectordb": "retrieve", "vector_db_retrieve": "retrieve",
    "rerank": "rerank",
    "compose_prompt": "compose_prompt",
    "invoke_agent": "invoke_agent", "create_agent": "invoke_agent", "agent_step": "invoke_agent",
    "agent": "invoke_agent", "plan": "plan",
    "invoke_workflow": "invoke_workflow", "workflow": "invoke_workflow", "execute_task": "invoke_workflow",
    "task": "invoke_workflow", "framework": "invoke_workflow",
    "ai.generatetext": "invoke_workflow", "ai.streamtext": "invoke_workflow",
    "ai.generateobject": "invoke_workflow", "ai.streamobject": "invoke_workflow",
    "ai.embed": "invoke_workflow", "ai.embedmany": "invoke_workflow",
    "execute_tool": "execute_tool", "tool": "execute_tool", "ai.toolcall": "execute_tool",
    "run_guardrail": "guardrail", "execute_guardrail": "guardrail", "apply_guardrail": "guardrail",
    "guardrail": "guardrail", "guardrail.run": "guardrail", "guard": "guardrail", "litellm.moderation": "guardrail",
    "evaluate": "evaluate", "evaluation": "evaluate", "fetch_response": "fetch_response",
    "create_memory_store": "memory", "delete_memory_store": "memory", "search_memory": "memory",
    "create_memory": "memory", "update_memory": "memory", "upsert_memory": "memory", "delete_memory": "memory",
}  # fmt: skip

# What span-kind attributes of the SDKs say (conventions: `kind_hint`). `span`, `event`, `unknown` say nothing.
HINTS: Final[Mapping[str, str]] = {
    "generation": "chat", "llm": "chat", "chat_model": "chat", "decision": "chat",
    "embedding": "embeddings",
    "retriever": "retrieve", "rag": "retrieve",
    "reranker": "rerank",
    "prompt": "compose_prompt",
    "agent": "invoke_agent",
    "chain": "invoke_workflow", "workflow": "invoke_workflow", "task": "invoke_workflow", "pipeline": "invoke_workflow",
    "tool": "execute_tool",
    "guardrail": "guardrail",
    "evaluator": "evaluate", "evaluation": "evaluate", "human_evaluator": "evaluate",
    "memory": "memory", "parser": "parse",
}  # fmt: skip

# Keys that tell the operation of a span that names none, whatever their value; the first operation that has one wins.
# `triton` is a serving span, of that engine.
EVIDENCE: Final[Mapping[str, tuple[str, ...]]] = {
    "serve": (
        "gen_ai.latency.time_to_first_token", "gen_ai.latency.e2e", "gen_ai.latency.time_in_queue",
        "gen_ai.latency.time_in_model_prefill", "gen_ai.latency.time_in_model_decode",
        "gen_ai.latency.time_in_model_inference", "gen_ai.latency.time_in_scheduler",
        "gen_ai.latency.time_in_model_forward", "gen_ai.latency.time_in_model_execute",
        "gen_ai.latency.kv_cache_transfer_time", "gen_ai.latency.time_per_output_token",
        "gen_ai.latency.time_in_validation",
    ),
    "triton": ("triton.model_name",),
    "retrieve": ("db.vector.query.top_k",),
    "embeddings": ("embedding.model_name",),
    "db": ("db.system.name", "db.system"),
    "http": ("http.request.method", "http.method", "url.full"),
    "rpc": ("rpc.system",),
}  # fmt: skip

# Values of `gen_ai.provider.name` for the names that emitters use instead.
PROVIDERS: Final[Mapping[str, str]] = {
    "az.ai.openai": "azure.ai.openai", "azure": "azure.ai.openai", "azure_openai": "azure.ai.openai",
    "azure.ai.openai": "azure.ai.openai", "az.ai.inference": "azure.ai.inference",
    "azure.ai.inference": "azure.ai.inference",
    "vertex_ai": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "google": "gcp.vertex_ai",
    "gcp.vertex_ai": "gcp.vertex_ai", "gemini": "gcp.gemini", "gcp.gemini": "gcp.gemini", "gcp.gen_ai": "gcp.gen_ai",
    "xai": "x_ai", "mistralai": "mistral_ai", "mistral": "mistral_ai",
    "google.generative-ai": "gcp.gemini", "google-gla": "gcp.gemini", "google-vertex": "gcp.vertex_ai",
    "vertex": "gcp.vertex_ai", "azure-openai": "azure.ai.openai",
    "aws": "aws.bedrock", "bedrock": "aws.bedrock", "amazon": "aws.bedrock", "aws.bedrock": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock", "amazon_bedrock": "aws.bedrock", "bedrock_converse": "aws.bedrock",
    "google_genai": "gcp.gemini", "google_vertexai": "gcp.vertex_ai", "google_anthropic_vertex": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai", "ibm.watsonx.ai": "ibm.watsonx.ai",
}  # fmt: skip

FINISH_REASONS: Final[Mapping[str, str]] = {
    "tool_call": "tool_calls", "tool-calls": "tool_calls", "tool_use": "tool_calls", "function_call": "tool_calls",
    "end_turn": "stop", "stop_sequence": "stop", "STOP": "stop",
    "max_tokens": "length", "MAX_TOKENS": "length", "max_output_tokens": "length",
    "SAFETY": "content_filter", "content-filter": "content_filter",
}  # fmt: skip

# What came of a guardrail's check: pass, modified, fail (a trip), error (it could not say). Other words say nothing.
VERDICTS: Final[Mapping[str, str]] = {
    "success": "pass", "passed": "pass", "pass": "pass", "allow": "pass", "allowed": "pass", "ok": "pass",
    "not_run": "pass", "safe": "pass", "none": "pass",
    "modify": "modified", "modified": "modified", "masked": "modified", "redact": "modified", "redacted": "modified",
    "anonymized": "modified", "transform": "modified", "transformed": "modified",
    "guardrail_intervened": "fail", "intervened": "fail", "blocked": "fail", "block": "fail", "deny": "fail",
    "denied": "fail", "fail": "fail", "failed": "fail", "failure": "fail", "triggered": "fail", "unsafe": "fail",
    "flagged": "fail", "escalate": "fail", "warn": "fail", "audit": "fail",
    "guardrail_failed_to_respond": "error", "error": "error", "errored": "error", "timeout": "error",
}  # fmt: skip

# What a guardrail did: allow, flag (let pass with a mark), modify, block, escalate.
ACTIONS: Final[Mapping[str, str]] = {
    "allow": "allow", "allowed": "allow", "none": "allow", "pass": "allow", "passed": "allow", "success": "allow",
    "continue": "allow", "no_action": "allow",
    "flag": "flag", "flagged": "flag", "warn": "flag", "audit": "flag",
    "modify": "modify", "modified": "modify", "mask": "modify", "masked": "modify", "redact": "modify",
    "redacted": "modify", "anonymize": "modify", "anonymized": "modify", "transform": "modify", "sanitize": "modify",
    "fix": "modify", "filter": "modify",
    "block": "block", "blocked": "block", "deny": "block", "denied": "block", "reject": "block", "rejected": "block",
    "intervened": "block", "guardrail_intervened": "block",
    "escalate": "escalate", "escalated": "escalate",
}  # fmt: skip

ACTION_VERDICTS: Final[Mapping[str, str]] = {
    "allow": "pass", "flag": "fail", "modify": "modified", "block": "fail", "escalate": "fail",
}  # fmt: skip
"""What a guardrail's check came to, by what it did."""

VERDICT_RANKS: Final = ("pass", "modified", "fail", "error")
"""Of several words about one check the last of these counts: a check that passed and masked has modified."""
