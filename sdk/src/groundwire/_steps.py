"""Spans whose names say what they record: model calls, retrieval, reranking, guardrails, tools, caches.

Attributes are those of the GenAI conventions; where these have none, those that Groundwire reads
(docs/reference/conventions.md).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from opentelemetry.trace import SpanKind

from groundwire._capture import json_of, text_of
from groundwire._messages import documents_of, messages_of
from groundwire._notices import never_raises
from groundwire._spans import Span

Verdict = Literal["allow", "deny", "modify", "warn", "escalate"]


def _given(**attributes: Any) -> dict[str, Any]:
    """Return attributes with `__` for a dot, without those that are None."""
    return {
        f"gen_ai.{name.replace('__', '.')}": value
        for name, value in attributes.items()
        if value is not None
    }


class Chat(Span):
    """A call of a language model."""

    __slots__ = ()
    input_key = "gen_ai.input.messages"
    output_key = "gen_ai.output.messages"

    @never_raises
    def input(self, value: Any) -> None:
        """Record the messages sent: text, OpenAI's dictionaries, or the conventions' own."""
        self.otel.set_attribute(self.input_key, json_of(messages_of(value, "user")))

    @never_raises
    def output(self, value: Any) -> None:
        """Record what the model answered: text or a message."""
        self.otel.set_attribute(self.output_key, json_of(messages_of(value, "assistant")))

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
        self.otel.set_attributes(
            _given(
                usage__input_tokens=input_tokens,
                usage__output_tokens=output_tokens,
                usage__cache_read__input_tokens=cache_read_tokens,
                usage__cache_write__input_tokens=cache_write_tokens,
                usage__reasoning__output_tokens=reasoning_tokens,
                usage__cost=cost_usd,
            )
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
        values = _given(response__id=id, response__model=model, response__finish_reasons=reasons)
        self.otel.set_attributes(values)


@never_raises
def _messages_json(messages: Any) -> str:
    return json_of(messages_of(messages, "user"))


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
        operation__name="chat",
        request__model=model,
        provider__name=provider,
        request__temperature=temperature,
        request__max_tokens=max_tokens,
        input__messages=None if messages is None else _messages_json(messages),
        tool__definitions=None if tools is None else json_of(list(tools)),
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
        self.otel.set_attribute("gen_ai.retrieval.documents", json_of(found))


def retrieval(query: str, *, source: str | None = None, top_k: int | None = None) -> Search:
    """Make the span of a search; `source` is the collection that is searched."""
    attributes = _given(
        operation__name="retrieval",
        retrieval__query__text=query,
        data_source__id=source,
        retrieval__top_k=top_k,
    )
    return Search(f"retrieval {source}" if source else "retrieval", attributes, SpanKind.CLIENT)


def rerank(query: str, *, model: str | None = None, top_k: int | None = None) -> Search:
    """Make the span of bringing found documents into a better order."""
    attributes = _given(
        operation__name="rerank",
        retrieval__query__text=query,
        request__model=model,
        retrieval__top_k=top_k,
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
        self.otel.set_attributes(
            _given(
                guardrail__verdict__type=verdict,
                guardrail__action__type=action or usual.get(verdict),
                guardrail__security__risk__score=score,
                guardrail__security__risk__category=category,
                guardrail__verdict__reason=reason,
            )
        )


def guardrail(name: str, *, target: str | None = None) -> Guardrail:
    """Make the span of a guardrail; `target` is what it checks, such as `input` or `output`."""
    attributes = _given(
        operation__name="run_guardrail",
        guardrail__component__name=name,
        guardrail__target__type=target,
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
        operation__name="execute_tool",
        tool__name=name,
        tool__call__id=call_id,
        tool__call__arguments=None if arguments is None else text_of(arguments),
    )
    return Tool(f"execute_tool {name}", attributes)


class Cache(Span):
    """A look into a cache of answers."""

    __slots__ = ()

    @never_raises
    def hit(self) -> None:
        """Record that the answer was there."""
        self.otel.set_attribute("gen_ai.cache.hit", True)

    @never_raises
    def miss(self) -> None:
        """Record that it was not."""
        self.otel.set_attribute("gen_ai.cache.hit", False)


def cache(name: str, key: Any = None) -> Cache:
    """Make the span of a look into a cache; `key` is what is looked for."""
    attributes = {"gen_ai.operation.name": "cache"}
    if key is not None:
        attributes["input.value"] = text_of(key)
    return Cache(f"cache {name}", attributes)
