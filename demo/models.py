"""The models behind the gateway: prices, speed, and what a request to them holds."""

from dataclasses import dataclass
from typing import Any

from demo.faults import Fault
from demo.messages import output_message, text_message, tool_call_message
from demo.planted import Answer


@dataclass(frozen=True, slots=True)
class Model:
    """A model deployment. Prices are US dollars for a million tokens."""

    name: str  # as requested from the provider
    served_name: str  # as the provider calls what it served
    provider: str
    host: str
    input_price: float
    cached_price: float  # of input tokens found in the provider's prompt cache
    output_price: float
    first_token_s: float  # 0 for our own serving tier, which works it out
    tokens_per_s: float
    caches_by_itself: bool = True  # the provider finds repeated beginnings of prompts unasked


LLAMA = Model(
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Llama-3.3-70B-Instruct",
    "hosted_vllm",
    "vllm.internal",
    *(0.35, 0.35, 0.40, 0.0, 0.0),
)
GPT_MINI = Model(
    "gpt-4.1-mini",
    "gpt-4.1-mini-2025-04-14",
    "openai",
    "api.openai.com",
    *(0.40, 0.10, 1.60, 0.38, 92.0),
)
GPT = Model(
    "gpt-4.1",
    "gpt-4.1-2025-04-14",
    "openai",
    "api.openai.com",
    *(2.00, 0.50, 8.00, 0.52, 71.0),
)
GPT_NANO = Model(
    "gpt-4.1-nano",
    "gpt-4.1-nano-2025-04-14",
    "openai",
    "api.openai.com",
    *(0.10, 0.025, 0.40, 0.29, 145.0),
)
HAIKU = Model(
    "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
    "anthropic",
    "api.anthropic.com",
    *(1.00, 0.10, 5.00, 0.45, 118.0),
    caches_by_itself=False,
)
SONNET = Model(
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
    "anthropic",
    "api.anthropic.com",
    *(3.00, 0.30, 15.00, 0.62, 74.0),
    caches_by_itself=False,
)

GROUPS: dict[str, tuple[Model, Model]] = {
    "tide-answers": (LLAMA, HAIKU),
    "tide-answers-economy": (GPT_NANO, HAIKU),
    "tide-tools": (GPT_MINI, HAIKU),
    "tide-bulk": (GPT, HAIKU),
    "side-help": (GPT_MINI, HAIKU),
    "side-triage": (SONNET, HAIKU),
    "side-triage-small": (HAIKU, SONNET),
    "side-notes": (GPT, HAIKU),
    "side-notes-small": (GPT_MINI, HAIKU),
    "side-reply": (GPT_MINI, HAIKU),
}
"""What the apps ask for: the model that serves it, and the one to fall back on."""


TOOL_CALL = "tool_call"
"""Why the model stopped when it wants a tool to be called."""


def count_tokens(*texts: str) -> int:
    """Tokens of some text by the usual rule of thumb of four characters each."""
    return max(1, sum(map(len, texts)) // 4)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model answers to a request."""

    answer: Answer  # its text is empty for a tool call
    message: str  # as a JSON message
    finish_reason: str
    faults: frozenset[Fault] = frozenset()  # what is wrong with this answer

    @property
    def text(self) -> str:
        """What the user reads."""
        return self.answer.text

    @property
    def output_json(self) -> str:
        """The value of `gen_ai.output.messages`."""
        return output_message(self.message, self.finish_reason)


def reply_of(
    answer: Answer, *, finish_reason: str = "stop", faults: frozenset[Fault] = frozenset()
) -> Reply:
    """Return a reply in words."""
    return Reply(answer, text_message("assistant", answer.text), finish_reason, faults)


def tool_reply(call_id: str, name: str, arguments: dict[str, Any]) -> Reply:
    """Return a reply that asks for a tool."""
    message = tool_call_message(call_id, name, arguments)
    return Reply(Answer(""), message, TOOL_CALL)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A chat request to the gateway, with the reply that the model will give to it."""

    group: str
    system_json: str  # `gen_ai.system_instructions`
    messages_json: str  # `gen_ai.input.messages`
    tools_json: str  # `gen_ai.tool.definitions`; empty without tools
    max_tokens: int
    user: str
    tenant: str
    feature: str
    cache_key: str  # empty: the response is not to be cached
    reply: Reply
    streamed: bool = True

    @property
    def input_tokens(self) -> int:
        """Tokens of everything that the model reads."""
        return count_tokens(self.system_json, self.messages_json, self.tools_json)

    @property
    def output_tokens(self) -> int:
        """Tokens of what it writes."""
        written = self.reply.message if self.reply.finish_reason == TOOL_CALL else self.reply.text
        return count_tokens(written)


@dataclass(frozen=True, slots=True)
class Completion:
    """What comes back from the gateway."""

    id: str
    model: str
    reply: Reply
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    first_chunk_s: float  # after the request was sent on
    cost: float  # US dollars


def cost_of(model: Model, input_tokens: int, cached: int, output_tokens: int) -> dict[str, float]:
    """US dollars by the gateway's price list, in LiteLLM's attribute names."""
    spent_in = ((input_tokens - cached) * model.input_price + cached * model.cached_price) / 1e6
    spent_out = output_tokens * model.output_price / 1e6
    return {
        "litellm.cost.input": round(spent_in, 9),
        "litellm.cost.output": round(spent_out, 9),
        "litellm.cost.total": round(spent_in + spent_out, 9),
    }
