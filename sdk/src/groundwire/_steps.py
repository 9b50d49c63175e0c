"""Spans whose names say what they record: model calls, retrieval, reranking, guardrails, tools, caches.

Attributes are those of the GenAI conventions; where these have none, those that Groundwire reads
(docs/reference/conventions.md).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from opentelemetry.trace import SpanKind

from groundwire._capture import json_of, text_of
from groundwire._messages import documents_of, messages_json
from groundwire._notices import never_raises
from groundwire._spans import Span

Verdict = Literal["allow", "deny", "modify", "warn", "escalate"]


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is None."""
    return {key: value for key, value in values.items() if value is not None}


class Chat(Span):
    """A call of a language model."""

    __slots__ = ()
    input_key = "gen_ai.input.messages"
    output_key = "gen_ai.output.messages"

    @never_raises
    def input(self, value: Any) -> None:
        """Record the messages sent: text, OpenAI's dictionaries, or the conventions' own."""
        self.learn({self.input_key: messages_json(value, "user")})

    @never_raises
    def output(self, value: Any) -> None:
        """Record what the model answered: text or a message."""
        self.learn({self.output_key: messages_json(value, "assistant")})

    def messages(self, input: Any = None, output: Any = None) -> None:  # noqa: A002 - the conventions' words
        """Record both."""
        if input is not None:
            self.input(input)
        if output is not None:
            self.output(output)

    @never_raises
    def usage(
        self,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        *,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cost_usd: float | None = None,
    ) -> None:
        """Record tokens. Input includes what was read from and written to a cache, output includes reasoning."""
        self.learn(
            {
                "gen_ai.usage.input_tokens": input_tokens,
                "gen_ai.usage.output_tokens": output_tokens,
                "gen_ai.usage.cache_read.input_tokens": cache_read_tokens,
                "gen_ai.usage.cache_write.input_tokens": cache_write_tokens,
                "gen_ai.usage.reasoning.output_tokens": reasoning_tokens,
                "gen_ai.usage.cost": cost_usd,
            }
        )

    @never_raises
    def response(
        self,
        *,
        id: str | None = None,  # noqa: A002 - the conventions' word
        model: str | None = None,
        finish_reason: str | None = None,
    ) -> None:
        """Record what the provider says of its answer."""
        reasons = [finish_reason] if finish_reason else None
        self.learn(
            {
                "gen_ai.response.id": id,
                "gen_ai.response.model": model,
                "gen_ai.response.finish_reasons": reasons,
            }
        )


@never_raises
def _messages_json(messages: Any) -> str:
    return messages_json(messages, "user")


def chat(
    model: str,
    messages: Any = None,
    *,
    provider: str | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    tools: Sequence[Any] | None = None,
) -> Chat:
    """Make the span of a call of a language model."""
    attributes = _given(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.provider.name": provider,
            "gen_ai.request.temperature": temperature,
            "gen_ai.request.max_tokens": max_tokens,
            "gen_ai.input.messages": None if messages is None else _messages_json(messages),
            "gen_ai.tool.definitions": None if tools is None else json_of(list(tools)),
        }
    )
    return Chat(f"chat {model}", attributes, SpanKind.CLIENT)


class Search(Span):
    """A span that finds documents."""

    __slots__ = ()

    @never_raises
    def documents(self, documents: Iterable[Any]) -> None:
        """Record what was found, in rank order.

        Each is text, a dictionary with `content`, `id`, `score` and whatever else, a library's object
        with such members, or a pair of one of these and its score.
        """
        found = documents_of(documents)
        self.learn({"gen_ai.retrieval.documents": json_of(found)})


def retrieval(query: str, *, source: str | None = None, top_k: int | None = None) -> Search:
    """Make the span of a search; `source` is the collection that is searched."""
    attributes = _given(
        {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.retrieval.query.text": query,
            "gen_ai.data_source.id": source,
            "gen_ai.retrieval.top_k": top_k,
        }
    )
    return Search(f"retrieval {source}" if source else "retrieval", attributes, SpanKind.CLIENT)


def rerank(query: str, *, model: str | None = None, top_k: int | None = None) -> Search:
    """Make the span of bringing found documents into a better order."""
    attributes = _given(
        {
            "gen_ai.operation.name": "rerank",
            "gen_ai.retrieval.query.text": query,
            "gen_ai.request.model": model,
            "gen_ai.retrieval.top_k": top_k,
        }
    )
    return Search(f"rerank {model}" if model else "rerank", attributes, SpanKind.CLIENT)


class Guardrail(Span):
    """A check of what goes in or comes out."""

    __slots__ = ()

    @never_raises
    def verdict(
        self,
        verdict: Verdict | bool,  # noqa: FBT001 - True and False are verdicts
        *,
        action: str | None = None,
        score: float | None = None,
        category: str | None = None,
        reason: str | None = None,
    ) -> None:
        """Record what the check found: True lets pass. `score` is the risk, 0 to 1; `action` what was done about it."""
        if isinstance(verdict, bool):
            verdict = "allow" if verdict else "deny"
        usual = {"allow": "allow", "deny": "block", "modify": "modify", "escalate": "escalate"}
        self.learn(
            {
                "gen_ai.guardrail.verdict.type": verdict,
                "gen_ai.guardrail.action.type": action or usual.get(verdict),
                "gen_ai.guardrail.security.risk.score": score,
                "gen_ai.guardrail.security.risk.category": category,
                "gen_ai.guardrail.verdict.reason": reason,
            }
        )


def guardrail(name: str, *, target: str | None = None) -> Guardrail:
    """Make the span of a guardrail; `target` is what it checks, such as `input` or `output`."""
    attributes = _given(
        {
            "gen_ai.operation.name": "run_guardrail",
            "gen_ai.guardrail.component.name": name,
            "gen_ai.guardrail.target.type": target,
        }
    )
    return Guardrail(f"run_guardrail {name}", attributes)


class Tool(Span):
    """A tool at work."""

    __slots__ = ()
    input_key = "gen_ai.tool.call.arguments"
    output_key = "gen_ai.tool.call.result"

    def result(self, value: Any) -> None:
        """Record what the tool returned."""
        self.output(value)


def tool(name: str, arguments: Any = None, *, call_id: str | None = None) -> Tool:
    """Make the span of a tool; `call_id` is the model's id of the call."""
    attributes = _given(
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.call.id": call_id,
            "gen_ai.tool.call.arguments": None if arguments is None else text_of(arguments),
        }
    )
    return Tool(f"execute_tool {name}", attributes)


class Cache(Span):
    """A look into a cache of answers."""

    __slots__ = ()

    @never_raises
    def hit(self) -> None:
        """Record that the answer was there."""
        self.learn({"gen_ai.cache.hit": True})

    @never_raises
    def miss(self) -> None:
        """Record that it was not."""
        self.learn({"gen_ai.cache.hit": False})


def cache(name: str, key: Any = None) -> Cache:
    """Make the span of a look into a cache; `key` is what is looked for."""
    attributes = {"gen_ai.operation.name": "cache", "groundwire.cache.name": name}
    if key is not None:
        attributes["input.value"] = text_of(key)
    return Cache(f"cache {name}", attributes)
