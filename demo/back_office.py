"""The spans of the work beside the conversations: one model call a trace, through the gateway."""

from functools import cache
from typing import Final

from opentelemetry.trace import SpanKind

from demo.faults import Fault
from demo.gateway import Gateway
from demo.knowledge import passages
from demo.messages import array, text_message, text_part, to_json
from demo.models import Completion, ModelRequest, Reply, reply_of
from demo.planted import Answer, Says
from demo.side_work import HELP_BOX, NOTES, TRIAGE, UNATTENDED, WEB_REPLY, is_small
from demo.telemetry import BACK_OFFICE, Attributes, Fleet, Operation
from demo.turn import Turn, call_gateway

MEANING: Final = "demo.meaning"
"""Root span attribute: what was asked, the same for each way to ask it. Groundwire never reads it."""

QUALITY: Final = {
    (TRIAGE, False): 0.93,
    (TRIAGE, True): 0.93,
    (NOTES, False): 0.92,
    (NOTES, True): 0.74,
}
"""Share of answers that a judge finds right, by feature and whether the small model gave them."""

_GROUPS: Final = {
    HELP_BOX: "side-help",
    TRIAGE: "side-triage",
    NOTES: "side-notes",
    WEB_REPLY: "side-reply",
}
_JUDGEMENTS: Final = {TRIAGE: "triage_correct", NOTES: "note_accurate"}
_QUEUES: Final = ("billing", "logistics", "technical", "trust")
_SYSTEMS: Final = {
    HELP_BOX: "You are the help box of Tidemark. Answer the question in two sentences, without a greeting.",
    NOTES: "You write one line for the account team: what matters about this account this week, and nothing else.",
    WEB_REPLY: "You confirm to a visitor of the website that the message has arrived, and say what happens next.",
}


class BackOffice:
    """Does the work that the support bot and the search do not do."""

    def __init__(self, fleet: Fleet, gateway: Gateway) -> None:
        self._tracer = fleet.tracer(BACK_OFFICE, "back_office.jobs", "1.8.0")
        self._client = fleet.tracer(
            BACK_OFFICE, "opentelemetry.instrumentation.genai.openai", "1.3b0"
        )
        self._gateway = gateway

    def handle(self, turn: Turn) -> None:
        """Do one piece of work."""
        feature = turn.question.session.feature
        waits = feature not in UNATTENDED
        attributes: Attributes = {
            **_identity(turn),
            MEANING: turn.question.wording.meaning,
            "input.value": turn.text,
            "input.mime_type": "text/plain",
        }
        name = f"POST /{feature}" if waits else f"job {feature}"
        kind = SpanKind.SERVER if waits else SpanKind.INTERNAL
        with Operation(self._tracer, name, turn.clock, attributes, kind=kind) as root:
            turn.clock.advance(0.001)
            completion = self._call(turn)
            turn.sheet.answer = completion.reply.answer
            root.set({"output.value": completion.reply.text, "output.mime_type": _mime(feature)})
            turn.clock.advance(0.001)

    def _call(self, turn: Turn) -> Completion:
        request = _request(turn)
        attributes = _chat_attributes(turn, request)
        name = f"chat {request.group}"
        with Operation(
            self._client, name, turn.clock, attributes, kind=SpanKind.CLIENT
        ) as operation:
            turn.clock.advance(0.001)
            completion = call_gateway(self._gateway, turn, request)
            turn.clock.advance(0.001)
            operation.set(_completion_attributes(request, completion))
            _judge(operation, turn)
        return completion


def _identity(turn: Turn) -> Attributes:
    session = turn.question.session
    known: Attributes = {"tenant.id": session.tenant, "feature.name": session.feature}
    if session.id:
        known |= {"user.id": session.user, "gen_ai.conversation.id": session.id}
    return known


def _request(turn: Turn) -> ModelRequest:
    session = turn.question.session
    group = _GROUPS[session.feature]
    is_nightly = session.feature in UNATTENDED
    return ModelRequest(
        group=f"{group}-small" if is_nightly and is_small(turn.question) else group,
        system_json=_system_json(session.feature),
        messages_json=array([text_message("user", turn.text)]),
        tools_json="",
        max_tokens=300,
        user=session.user,
        tenant=session.tenant,
        feature=session.feature,
        cache_key="",
        reply=_reply(turn),
        streamed=session.feature == HELP_BOX,
    )


def _reply(turn: Turn) -> Reply:
    feature = turn.question.session.feature
    if feature == HELP_BOX:
        return reply_of(Answer(turn.question.wording.arguments["answer"], Says.FACTS))
    if feature == TRIAGE:
        return _sorted(turn)
    if feature == NOTES:
        return reply_of(Answer(f"Worth a look: {turn.text.partition(': ')[2]}"))
    return reply_of(
        Answer("Thank you, your message has arrived. A colleague answers within one working day.")
    )


def _sorted(turn: Turn) -> Reply:
    """Return the queue and urgency of a ticket as JSON, at times such that it does not parse."""
    queue, urgency = turn.rng.choice(_QUEUES), turn.rng.randrange(1, 4)
    text = to_json({"queue": queue, "urgency": urgency})
    if Fault.BROKEN_JSON not in turn.sheet.planned:
        return reply_of(Answer(text))
    broken = text[:-1], text.replace('"', "'"), f"Sure, here is the JSON:\n{text}"
    return reply_of(Answer(turn.rng.choice(broken)), faults=frozenset({Fault.BROKEN_JSON}))


def _mime(feature: str) -> str:
    return "application/json" if feature == TRIAGE else "text/plain"


@cache
def _system_json(feature: str) -> str:
    return array([text_part(_SYSTEMS.get(feature) or _handbook())])


def _handbook() -> str:
    """Return the prompt of the triage: what each help article is about, so that tickets find their queue."""
    articles = "\n".join(f"- {p.id} {p.title}: {p.sentences[0]}" for p in passages())
    return (
        "You sort the tickets of Tidemark. Name the queue (billing, logistics, technical or trust) and the urgency "
        f'from 1 to 3, as JSON: {{"queue": ..., "urgency": ...}}. The handbook says what belongs where.\n{articles}'
    )


def _chat_attributes(turn: Turn, request: ModelRequest) -> Attributes:
    is_json = turn.question.session.feature == TRIAGE
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": request.group,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.stream": request.streamed,
        "gen_ai.output.type": "json" if is_json else "text",
        "gen_ai.prompt.name": turn.question.session.feature,
        "gen_ai.prompt.version": "n1",
        "gen_ai.system_instructions": request.system_json,
        "gen_ai.input.messages": request.messages_json,
        "server.address": "gateway.internal",
        **_identity(turn),
    }


def _completion_attributes(request: ModelRequest, completion: Completion) -> Attributes:
    attributes: Attributes = {
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": completion.model,
        "gen_ai.response.finish_reasons": [completion.reply.finish_reason],
        "gen_ai.usage.input_tokens": completion.input_tokens,
        "gen_ai.usage.output_tokens": completion.output_tokens,
        "gen_ai.output.messages": completion.reply.output_json,
    }
    if request.streamed:
        attributes["gen_ai.response.time_to_first_chunk"] = completion.first_chunk_s + 0.002
    return attributes


def _judge(operation: Operation, turn: Turn) -> None:
    """Let a judge say whether the answer of a nightly job is right."""
    feature = turn.question.session.feature
    if feature not in UNATTENDED:
        return
    is_right = turn.rng.random() < QUALITY[feature, is_small(turn.question)]
    attributes: Attributes = {
        "gen_ai.evaluation.name": _JUDGEMENTS[feature],
        "gen_ai.evaluation.score.value": is_right,
        "gen_ai.evaluation.source": "model",
        "gen_ai.evaluation.author": "nightly-judge",
    }
    operation.span.add_event("gen_ai.evaluation.result", attributes, timestamp=turn.clock.now)
