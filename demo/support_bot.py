"""The support bot: from a question to an answer, as one trace."""

from contextlib import ExitStack
from dataclasses import dataclass

from opentelemetry.trace import SpanKind

from demo.faults import Fault
from demo.gateway import Gateway
from demo.knowledge import phrases, prompt, terms
from demo.messages import text_message, tool_result_message
from demo.models import Completion, Reply, reply_of, tool_reply
from demo.planted import Answer, Says
from demo.questions import TOOL_OF, Kind
from demo.steps import ANSWER_PROMPT, Steps, ToolError
from demo.telemetry import APP, AppError, Attributes, Fleet, Operation
from demo.turn import Turn, answer_group, close_root, note_question
from demo.writing import (
    BLOCKED,
    GREETING,
    TOOL_DOWN,
    answer_from,
    answer_from_tool,
    answer_to_attack,
    not_found,
)

_ROUTES = {
    "support-chat": "/chat",
    "agent-assist": "/assist",
    "email-reply": "/email-reply",
    "bulk-answers": "/bulk-answers",
}
_WORKFLOWS = {"email-reply": "draft_email_reply"}
_AGENT = "support-agent"


@dataclass(slots=True)
class _Conversation:
    """What an open session remembers."""

    messages: list[str]  # questions and answers so far, as JSON
    last_query: str


class SupportBot:
    """Answers questions of every feature but the help center's search."""

    def __init__(self, fleet: Fleet, gateway: Gateway) -> None:
        self._server = fleet.tracer(APP, "opentelemetry.instrumentation.fastapi", "0.66b2")
        self._tracer = fleet.tracer(APP, "support_bot.agent", "4.12.0")
        self._steps = Steps(fleet, gateway)
        self._conversations: dict[str, _Conversation] = {}

    def handle(self, turn: Turn) -> None:
        """Serve one request. What goes wrong is on its spans, not raised."""
        route = _ROUTES[turn.question.session.feature]
        attributes: Attributes = {
            "http.request.method": "POST",
            "http.route": route,
            "url.path": route,
            "server.address": "support.tidemark.example",
            **turn.identity(),
        }
        name = f"POST {route}"
        try:
            with Operation(
                self._server, name, turn.clock, attributes, kind=SpanKind.SERVER
            ) as root:
                status = 504
                try:
                    self._answer(turn)
                    status = 200
                finally:
                    turn.clock.advance(0.001)
                    close_root(root.span, turn, status)
        except AppError:
            return
        finally:
            if turn.question.last:
                self._conversations.pop(turn.question.session.id, None)

    def _answer(self, turn: Turn) -> None:
        feature = turn.question.session.feature
        with ExitStack() as stack:
            if feature in _WORKFLOWS:
                stack.enter_context(self._workflow(turn, _WORKFLOWS[feature]))
            agent = stack.enter_context(self._agent(turn))
            conversation = self._conversations.setdefault(
                turn.question.session.id, _Conversation([], "")
            )
            output = self._work(turn, conversation, agent)
            turn.sheet.answer = output.answer
            agent.set({"gen_ai.output.messages": output.output_json})
            conversation.messages += [text_message("user", turn.text), output.message]

    def _workflow(self, turn: Turn, name: str) -> Operation:
        attributes: Attributes = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": name,
            "gen_ai.conversation.id": turn.question.session.id,
        }
        return Operation(self._tracer, f"invoke_workflow {name}", turn.clock, attributes)

    def _agent(self, turn: Turn) -> Operation:
        attributes: Attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": _AGENT,
            "gen_ai.input.messages": f"[{text_message('user', turn.text)}]",
            "gen_ai.conversation.id": turn.question.session.id,
        }
        turn.clock.advance(0.001)
        return Operation(self._tracer, f"invoke_agent {_AGENT}", turn.clock, attributes)

    def _work(self, turn: Turn, conversation: _Conversation, agent: Operation) -> Reply:
        note_question(turn)
        if self._steps.screen_input(turn).blocked:
            return reply_of(Answer(BLOCKED, Says.REFUSAL))
        completions = self._complete(turn, conversation)
        # The agent repeats the sum of what its calls used, as frameworks do.
        agent.set(
            {
                "gen_ai.usage.input_tokens": sum(c.input_tokens for c in completions),
                "gen_ai.usage.output_tokens": sum(c.output_tokens for c in completions),
            }
        )
        reply = completions[-1].reply
        self._steps.screen_output(turn, reply.text)
        return reply

    def _complete(self, turn: Turn, conversation: _Conversation) -> list[Completion]:
        kind = turn.question.wording.kind
        if Fault.COST_RUNAWAY in turn.sheet.planned:
            return self._run_away(turn)
        if Fault.INJECTION not in turn.sheet.planned:
            if kind in TOOL_OF:
                return self._use_tool(turn, conversation)
            if kind is not Kind.ARTICLE:
                return self._talk(turn, conversation)
        return self._answer_from_articles(turn, conversation)

    def _answer_from_articles(self, turn: Turn, conversation: _Conversation) -> list[Completion]:
        query = self._query(turn, conversation)
        hits = self._steps.rerank(turn, query, self._steps.retrieve(turn, query))
        if Fault.INJECTION in turn.sheet.planned:
            told = prompt(ANSWER_PROMPT, turn.question.session.prompt_version)
            reply = answer_to_attack(told, turn.rng)
        else:
            version = turn.question.session.prompt_version
            reply = answer_from(query, hits, turn.sheet.planned, version, turn.rng)
        message = self._steps.compose_prompt(turn, hits)
        messages = [*conversation.messages, message]
        group = answer_group(turn.question.session)
        return [self._steps.chat(turn, group, messages, reply, cache=True)]

    def _query(self, turn: Turn, conversation: _Conversation) -> str:
        """Return the text to search with: a short follow-up takes the question before it along."""
        query = turn.text
        if turn.question.wording.is_correction and conversation.last_query:
            query = conversation.last_query
        elif conversation.last_query and len(terms(query)) < 5:
            query = f"{conversation.last_query} {query}"
        else:
            conversation.last_query = query
        return query

    def _use_tool(self, turn: Turn, conversation: _Conversation) -> list[Completion]:
        wording = turn.question.wording
        name = TOOL_OF[wording.kind]
        messages = [*conversation.messages, self._steps.compose_prompt(turn, [])]
        completions, reply = [], reply_of(Answer(TOOL_DOWN, Says.NO_ANSWER))
        lies = Fault.UNSUPPORTED in turn.sheet.planned
        calls = turn.rng.randrange(4, 7) if turn.sheet.strikes(Fault.TOOL_LOOP) else 1
        for _ in range(calls):
            call_id = f"call_{turn.rng.getrandbits(96):024x}"
            request = tool_reply(call_id, name, wording.arguments)
            completions.append(self._steps.chat(turn, "tide-tools", messages, request))
            try:
                result = self._steps.run_tool(turn, call_id, name, wording.arguments)
                version = turn.question.session.prompt_version
                reply = answer_from_tool(name, result, version, lies=lies, rng=turn.rng)
            except ToolError:
                result = {"error": "backend unavailable"}
            messages += [request.message, tool_result_message(call_id, result)]
        group = answer_group(turn.question.session)
        return [*completions, self._steps.chat(turn, group, messages, reply)]

    def _talk(self, turn: Turn, conversation: _Conversation) -> list[Completion]:
        messages = [*conversation.messages, self._steps.compose_prompt(turn, [])]
        group = answer_group(turn.question.session)
        return [self._steps.chat(turn, group, messages, _small_talk(turn), cache=True)]

    def _run_away(self, turn: Turn) -> list[Completion]:
        """Draft an answer over and over on the expensive model, all drafts in the prompt."""
        turn.sheet.strikes(Fault.COST_RUNAWAY)
        hits = self._steps.retrieve(turn, turn.text, top_k=8)
        messages = [self._steps.compose_prompt(turn, hits)]
        completions = []
        for _ in range(turn.rng.randrange(4, 9)):
            version = turn.question.session.prompt_version
            reply = answer_from(turn.text, hits, turn.sheet.planned, version, turn.rng)
            completions.append(self._steps.chat(turn, "tide-bulk", messages, reply))
            messages += [reply.message, text_message("user", "Improve the answer.")]
        return completions


def _small_talk(turn: Turn) -> Reply:
    """Return the answer to what needs neither article nor tool."""
    kind = turn.question.wording.kind
    if kind is Kind.SMALL_TALK:
        return reply_of(Answer(GREETING))
    if kind is Kind.IMPROPER:
        return reply_of(Answer(turn.rng.choice(phrases()["refusal_right"]), Says.REFUSAL))
    return not_found(turn.rng)
