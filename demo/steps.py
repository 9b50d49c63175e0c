"""The steps of the support bot, each one a span in the current OpenTelemetry GenAI names."""

import hashlib
from functools import cache
from typing import Any

from opentelemetry.trace import SpanKind

from demo import tools
from demo.community import add_post, keep_posts
from demo.faults import Fault
from demo.gateway import Gateway
from demo.guardrails import Verdict, screen_injection
from demo.knowledge import phrases, prompt, tool_definitions
from demo.messages import array, text_message, text_part, to_json
from demo.models import Completion, ModelRequest, Reply, count_tokens
from demo.planted import Attack, Place
from demo.retrieval import Hit, article_index, rerank
from demo.telemetry import APP, AppError, Attributes, Fleet, Operation
from demo.turn import Turn, call_gateway

ANSWER_PROMPT = "support-answer"
_KNOWLEDGE_BASE = "kb-tidemark-help"


class ToolError(AppError):
    """The system behind a tool did not work."""

    error_type = "support_bot.tools.BackendUnavailable"
    place = 'File "/srv/support_bot/tools.py", line 57, in call'


class Steps:
    """What the bot does on the way to an answer."""

    def __init__(self, fleet: Fleet, gateway: Gateway) -> None:
        self._tracer = fleet.tracer(APP, "support_bot.pipeline", "4.12.0")
        self._openai = fleet.tracer(APP, "opentelemetry.instrumentation.genai.openai", "1.3b0")
        self._gateway = gateway

    def screen_input(self, turn: Turn) -> Verdict:
        """Look for an attack in the user's text."""
        with self._guardrail(turn, "prompt-shield", "input") as operation:
            turn.spend(0.002, 0.009)
            verdict = screen_injection(turn.text)
            operation.set(_verdict_attributes(verdict))
        return verdict

    def screen_output(self, turn: Turn, text: str) -> None:
        """Look for what must not leave: here, keys and internal addresses."""
        with self._guardrail(turn, "output-policy", "output") as operation:
            turn.spend(0.002, 0.007)
            found = "tmk_live_" in text or ".internal" in text
            operation.set(_verdict_attributes(Verdict(found, 0.9 if found else 0.01, "")))

    def _guardrail(self, turn: Turn, name: str, target: str) -> Operation:
        attributes: Attributes = {
            "gen_ai.operation.name": "run_guardrail",
            "gen_ai.guardrail.component.name": name,
            "gen_ai.guardrail.target.type": target,
        }
        return Operation(self._tracer, f"guardrail {target}", turn.clock, attributes)

    def retrieve(self, turn: Turn, query: str, top_k: int = 6) -> list[Hit]:
        """Embeds the query and finds articles for it."""
        attributes: Attributes = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "text-embedding-3-small",
            "gen_ai.response.model": "text-embedding-3-small",
            "gen_ai.usage.input_tokens": count_tokens(query),
            "gen_ai.embeddings.dimension.count": 1536,
            "server.address": "gateway.internal",
        }
        name = "embeddings text-embedding-3-small"
        with Operation(self._openai, name, turn.clock, attributes, kind=SpanKind.CLIENT):
            vector = article_index().embed(query)
            turn.spend(0.018, 0.07)
        return self._search(turn, query, vector, top_k)

    def _search(self, turn: Turn, query: str, vector: dict[str, float], top_k: int) -> list[Hit]:
        attributes: Attributes = {
            "gen_ai.operation.name": "retrieval",
            "gen_ai.data_source.id": _KNOWLEDGE_BASE,
            "gen_ai.retrieval.top_k": top_k,
            "gen_ai.retrieval.query.text": query,
        }
        name = f"retrieval {_KNOWLEDGE_BASE}"
        with Operation(
            self._tracer, name, turn.clock, attributes, kind=SpanKind.CLIENT
        ) as operation:
            hits = add_post(article_index().search(vector, top_k), turn.sheet, turn.rng)
            turn.spend(0.006, 0.03)
            operation.set({"gen_ai.retrieval.documents": documents_json(hits)})
        return hits

    def rerank(self, turn: Turn, query: str, hits: list[Hit], top_k: int = 3) -> list[Hit]:
        """Keep the best of the articles."""
        attributes: Attributes = {
            "gen_ai.operation.name": "rerank",
            "gen_ai.provider.name": "cohere",
            "gen_ai.request.model": "rerank-v3.5",
            "gen_ai.retrieval.query.text": query,
            "gen_ai.retrieval.top_k": top_k,
        }
        with Operation(
            self._tracer, "rerank rerank-v3.5", turn.clock, attributes, kind=SpanKind.CLIENT
        ) as operation:
            best = keep_posts(rerank(query, hits, top_k), hits)
            turn.spend(0.03, 0.09)
            operation.set({"gen_ai.retrieval.documents": documents_json(best)})
        return best

    def compose_prompt(self, turn: Turn, hits: list[Hit]) -> str:
        """Fill the prompt: the last user message of the request, as JSON."""
        version = turn.question.session.prompt_version
        context = "\n\n".join(_in_context(hit) for hit in hits)
        text = f"CONTEXT\n{context}\n\nQUESTION\n{turn.text}" if hits else turn.text
        attributes: Attributes = {
            "gen_ai.operation.name": "compose_prompt",
            "gen_ai.prompt.name": ANSWER_PROMPT,
            "gen_ai.prompt.version": version,
            "gen_ai.prompt.variable.question": turn.text,
            "gen_ai.prompt.variable.articles": ",".join(hit.passage.id for hit in hits),
        }
        with Operation(self._tracer, f"compose_prompt {ANSWER_PROMPT}", turn.clock, attributes):
            turn.spend(0.0003, 0.0012)
        return text_message("user", text)

    def chat(
        self, turn: Turn, group: str, messages: list[str], reply: Reply, *, cache: bool = False
    ) -> Completion:
        """Asks a model group of the gateway. Raises `ModelTimeoutError`."""
        request = self._request(turn, group, array(messages), reply, cache=cache)
        attributes = _chat_attributes(turn, request)
        with Operation(
            self._openai, f"chat {group}", turn.clock, attributes, kind=SpanKind.CLIENT
        ) as operation:
            turn.clock.advance(0.001)
            completion = call_gateway(self._gateway, turn, request)
            turn.clock.advance(0.001)
            operation.set(_completion_attributes(completion))
        return completion

    def _request(
        self, turn: Turn, group: str, messages_json: str, reply: Reply, *, cache: bool
    ) -> ModelRequest:
        session = turn.question.session
        system = system_json(session.prompt_version)
        key = hashlib.md5(f"{group}{system}{messages_json}".encode(), usedforsecurity=False)
        return ModelRequest(
            group=group,
            system_json=system,
            messages_json=messages_json,
            tools_json=tool_definitions(),
            max_tokens=160 if reply.finish_reason == "length" else 600,
            user=session.user,
            tenant=session.tenant,
            feature=session.feature,
            # A wrong answer in the cache would come again all day.
            cache_key=key.hexdigest() if cache and not reply.faults else "",
            reply=reply,
        )

    def run_tool(
        self, turn: Turn, call_id: str, name: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """Call a tool. Raises `ToolError` when its backend is down."""
        attributes: Attributes = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": call_id,
            "gen_ai.tool.call.arguments": to_json(arguments),
            "gen_ai.conversation.id": turn.question.session.id,
        }
        with Operation(self._tracer, f"execute_tool {name}", turn.clock, attributes) as operation:
            if turn.sheet.strikes(Fault.TOOL_ERROR):
                turn.spend(1.5, 5.0)
                raise ToolError(f"{name}: order service answered 503 after 3 tries")
            result = tools.call(name, arguments, turn.at)
            if "note" in result and turn.sheet.strikes(Fault.INDIRECT_INJECTION):
                result["note"] = _attacking_note(turn)
            turn.spend(0.02, 0.25)
            operation.set({"gen_ai.tool.call.result": to_json(result)})
        return result


def _attacking_note(turn: Turn) -> str:
    """Return what somebody wrote on the order, the same at each look."""
    notes = phrases()["order_note_attack"]
    attack = Attack(Place.TOOL_RESULT, notes[turn.question.number % len(notes)])
    if attack not in turn.sheet.attacks:
        turn.sheet.attacks.append(attack)
    return attack.text


def documents_json(hits: list[Hit]) -> str:
    """Return the hits as `gen_ai.retrieval.documents` wants them, with title and content."""
    return array(f'{{"score":{hit.score},{hit.passage.json_tail}' for hit in hits)


@cache
def system_json(version: str) -> str:
    """Return the system prompt of a version as `gen_ai.system_instructions`."""
    return array([text_part(prompt(ANSWER_PROMPT, version))])


def _in_context(hit: Hit) -> str:
    return f"[{hit.passage.id}] {hit.passage.title}\n{hit.passage.text}"


def _verdict_attributes(verdict: Verdict) -> Attributes:
    attributes: Attributes = {
        "gen_ai.guardrail.verdict.type": "deny" if verdict.blocked else "allow",
        "gen_ai.guardrail.action.type": "block" if verdict.blocked else "allow",
        "gen_ai.guardrail.security.risk.score": verdict.risk,
    }
    if verdict.reason:
        attributes["gen_ai.guardrail.verdict.reason"] = verdict.reason
    return attributes


def _chat_attributes(turn: Turn, request: ModelRequest) -> Attributes:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": request.group,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.stream": True,
        "gen_ai.prompt.name": ANSWER_PROMPT,
        "gen_ai.prompt.version": turn.question.session.prompt_version,
        "gen_ai.system_instructions": request.system_json,
        "gen_ai.input.messages": request.messages_json,
        "gen_ai.tool.definitions": request.tools_json,
        "server.address": "gateway.internal",
        **turn.identity(),
    }


def _completion_attributes(completion: Completion) -> Attributes:
    return {
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": completion.model,
        "gen_ai.response.finish_reasons": [completion.reply.finish_reason],
        "gen_ai.response.time_to_first_chunk": completion.first_chunk_s + 0.002,
        "gen_ai.usage.input_tokens": completion.input_tokens,
        "gen_ai.usage.output_tokens": completion.output_tokens,
        "gen_ai.output.messages": completion.reply.output_json,
    }
