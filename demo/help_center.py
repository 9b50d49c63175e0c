"""The older search of the help center, instrumented by hand in OpenInference attributes.

It keeps the SDK's limit of 128 attributes a span: flattened documents and messages
fill it quickly, and what does not fit is dropped, as in the field.
"""

from functools import cache

from opentelemetry.trace import SpanKind

from demo.community import add_post, keep_posts
from demo.faults import Fault
from demo.gateway import Gateway
from demo.knowledge import prompt
from demo.messages import array, text_message, text_part, to_json
from demo.models import Completion, ModelRequest
from demo.retrieval import Hit, article_index, rerank
from demo.rollouts import SEARCH_PROMPT
from demo.telemetry import HELP_CENTER, AppError, Attributes, Fleet, Operation
from demo.turn import Turn, answer_group, call_gateway, close_root, note_question
from demo.writing import answer_from, answer_to_attack

_PROMPT = "help-center-summary"
_VERSION = SEARCH_PROMPT
_TOP_K = 8


class HelpCenterSearch:
    """Finds articles for a search and writes the short answer above them."""

    def __init__(self, fleet: Fleet, gateway: Gateway) -> None:
        scope = "openinference.instrumentation.help_center"
        self._tracer = fleet.tracer(HELP_CENTER, scope, "2.3.1")
        self._openai = fleet.tracer(HELP_CENTER, "openinference.instrumentation.openai", "0.1.72")
        self._gateway = gateway

    def handle(self, turn: Turn) -> None:
        """Serve one search. What goes wrong is on its spans, not raised."""
        session = turn.question.session
        attributes: Attributes = {
            "openinference.span.kind": "CHAIN",
            "http.request.method": "GET",
            "http.route": "/search",
            "input.value": turn.text,
            "input.mime_type": "text/plain",
            "session.id": session.id,
            "user.id": session.user,
            "tenant.id": session.tenant,
            "feature.name": session.feature,
            "metadata": to_json({"tenant": session.tenant, "index": "help-2026-06"}),
            "tag.tags": ["help-center", "legacy"],
        }
        try:
            with Operation(
                self._tracer, "GET /search", turn.clock, attributes, kind=SpanKind.SERVER
            ) as root:
                status = 504
                try:
                    text = self._answer(turn)
                    root.set({"output.value": text, "output.mime_type": "text/plain"})
                    status = 200
                finally:
                    close_root(root.span, turn, status)
        except AppError:
            return

    def _answer(self, turn: Turn) -> str:
        note_question(turn)
        hits = self._rerank(turn, self._retrieve(turn))
        turn.sheet.answer = self._summarise(turn, hits).reply.answer
        return turn.sheet.answer.text

    def _retrieve(self, turn: Turn) -> list[Hit]:
        attributes: Attributes = {"openinference.span.kind": "RETRIEVER", "input.value": turn.text}
        with Operation(self._tracer, "retrieve", turn.clock, attributes) as operation:
            hits = article_index().search(article_index().embed(turn.text), _TOP_K)
            hits = add_post(hits, turn.sheet, turn.rng)
            turn.spend(0.02, 0.09)
            operation.set(_documents("retrieval.documents", hits))
        return hits

    def _rerank(self, turn: Turn, hits: list[Hit]) -> list[Hit]:
        attributes: Attributes = {
            "openinference.span.kind": "RERANKER",
            "reranker.query": turn.text,
            "reranker.model_name": "bge-reranker-base",
            "reranker.top_k": 3,
            **_documents("reranker.input_documents", hits),
        }
        with Operation(self._tracer, "rerank", turn.clock, attributes) as operation:
            best = keep_posts(rerank(turn.text, hits, 3), hits)
            turn.spend(0.03, 0.12)
            operation.set(_documents("reranker.output_documents", best))
        return best

    def _summarise(self, turn: Turn, hits: list[Hit]) -> Completion:
        passages = "\n\n".join(f"[{hit.passage.id}] {hit.passage.text}" for hit in hits)
        user_text = f"PASSAGES\n{passages}\n\nSEARCH\n{turn.text}"
        request = _request(turn, user_text, hits)
        attributes = _llm_attributes(turn, user_text)
        with Operation(self._openai, "ChatCompletion", turn.clock, attributes) as operation:
            turn.clock.advance(0.001)
            completion = call_gateway(self._gateway, turn, request)
            operation.set(_llm_result(completion))
        return completion


def _request(turn: Turn, user_text: str, hits: list[Hit]) -> ModelRequest:
    session = turn.question.session
    if Fault.INJECTION in turn.sheet.planned:
        reply = answer_to_attack(prompt(_PROMPT, _VERSION), turn.rng)
    else:
        reply = answer_from(turn.text, hits, turn.sheet.planned, _VERSION, turn.rng)
    group = answer_group(session)
    return ModelRequest(
        group=group,
        system_json=_system_json(),
        messages_json=array([text_message("user", user_text)]),
        tools_json="",
        max_tokens=120,
        user=session.user,
        tenant=session.tenant,
        feature=session.feature,
        # A wrong answer in the cache would come again all day.
        cache_key="" if reply.faults else f"search {group} {user_text}",
        reply=reply,
    )


@cache
def _system_json() -> str:
    return array([text_part(prompt(_PROMPT, _VERSION))])


def _documents(prefix: str, hits: list[Hit]) -> Attributes:
    attributes: Attributes = {}
    for number, hit in enumerate(hits):
        document = f"{prefix}.{number}.document"
        attributes[f"{document}.id"] = hit.passage.id
        attributes[f"{document}.score"] = hit.score
        attributes[f"{document}.content"] = hit.passage.text
        attributes[f"{document}.metadata"] = f'{{"topic":"{hit.passage.topic}"}}'
    return attributes


def _llm_attributes(turn: Turn, user_text: str) -> Attributes:
    session = turn.question.session
    return {
        "openinference.span.kind": "LLM",
        "llm.system": "openai",
        "llm.model_name": answer_group(session),
        "llm.invocation_parameters": '{"temperature":0.0,"max_tokens":120}',
        "llm.prompt_template.version": _VERSION,
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": prompt(_PROMPT, _VERSION),
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": user_text,
        "session.id": session.id,
        "user.id": session.user,
    }


def _llm_result(completion: Completion) -> Attributes:
    return {
        "llm.response.model_name": completion.model,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": completion.reply.text,
        "llm.finish_reason": completion.reply.finish_reason,
        "llm.token_count.prompt": completion.input_tokens,
        "llm.token_count.completion": completion.output_tokens,
        "llm.token_count.total": completion.input_tokens + completion.output_tokens,
    }
