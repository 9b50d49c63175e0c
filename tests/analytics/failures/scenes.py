"""Traces in which one thing went wrong, and others in which nothing did, by name."""

from collections.abc import Callable
from typing import Any, Final

from opentelemetry.proto.trace.v1.trace_pb2 import Status

from storage import evaluations
from storage.evaluations import Evaluation
from tests.samples import message, set_attributes
from tests.world import NOON_NS, World

QUESTION: Final = "How do I return the broken label roll that you sent to my warehouse?"
ANSWER: Final = (
    "You can return it within thirty days. Open the order, choose the roll that is broken, print the label and give "
    "the parcel to the carrier. We pay the money back when it is in our warehouse."
)
_SECOND: Final = 10**9
Scene = Callable[[World], str]


def _call(**call: Any) -> Scene:
    return lambda world: world.ask(
        QUESTION, ANSWER, call={key.replace("__", "."): value for key, value in call.items()}
    )


def _failing(error: str, text: str = "") -> Scene:
    """Return a trace whose one call failed."""
    call = {"error__type": error, "gen_ai__output__messages": []}
    return _call(**call, **({"error__message": text} if text else {}))


def _answer(text: str, question: str = QUESTION, **call: Any) -> Scene:
    given = {key.replace("__", "."): value for key, value in call.items()}
    return lambda world: world.ask(question, text, call=given)


def _judged(name: str, value: Any, **more: Any) -> Scene:
    def scene(world: World) -> str:
        trace_id = world.ask(QUESTION, ANSWER)
        evaluation = Evaluation(name=name, value=value, trace_id=trace_id, **more)
        evaluations.write(world.engine, world.scope, [evaluation])
        return trace_id

    return scene


def _tools(*runs: tuple[str, str, bool], answer: str = ANSWER) -> Scene:
    """Return a trace that runs tools: name, arguments, and whether each worked."""

    def scene(world: World) -> str:
        top = world.traces.span("POST /chat", start_ns=NOON_NS, duration_ns=60 * _SECOND)
        for place, (name, arguments, worked) in enumerate(runs):
            tool = world.traces.span(
                f"execute_tool {name}", parent=top, start_ns=NOON_NS + place * _SECOND
            )
            given = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
            set_attributes(tool, {**given, "gen_ai.tool.call.arguments": arguments})
            if not worked:
                set_attributes(tool, {"error.type": "BackendUnavailable"})
        chat = world.traces.span("chat", parent=top, start_ns=NOON_NS + 50 * _SECOND)
        told = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 10,
            "gen_ai.usage.output_tokens": 5,
            "gen_ai.input.messages": [message("user", QUESTION)],
            "gen_ai.output.messages": [message("assistant", answer)],
        }
        set_attributes(chat, told)
        return str(top.trace_id.hex())

    return scene


def _retried(world: World) -> str:
    """Return a trace in which a call fails, and the next one answers."""
    top = world.traces.span("POST /chat", start_ns=NOON_NS, duration_ns=60 * _SECOND)
    for place, error in enumerate(("RateLimitError", "")):
        chat = world.traces.span("chat", parent=top, start_ns=NOON_NS + place * 10 * _SECOND)
        told: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
        if error:
            told["error.type"] = error
        else:
            told["gen_ai.output.messages"] = [message("assistant", ANSWER)]
        set_attributes(chat, told)
    return str(top.trace_id.hex())


def _app_error(world: World) -> str:
    top = world.traces.span("POST /chat", start_ns=NOON_NS)
    top.status.code = Status.StatusCode.STATUS_CODE_ERROR
    set_attributes(top, {"error.type": "KeyError"})
    return str(top.trace_id.hex())


def _corrected(world: World) -> str:
    """Return a trace after which the user says that the answer is wrong."""
    told = {"session.id": f"{world.scope.project}-corrected"}
    first = world.ask(QUESTION, ANSWER, root=told)
    world.ask("No, that is wrong. I asked about label rolls.", ANSWER, at_s=60, root=told)
    return first


_SCHEMA: Final = {
    "type": "json_schema",
    "json_schema": {"schema": {"type": "object", "required": ["state", "carrier"]}},
}
_LOOP: Final = " ".join(["please wait while I look at this order"] * 12)
_GERMAN: Final = (
    "Sie können die Rolle innerhalb von dreißig Tagen zurückgeben, und wir zahlen das Geld mit der nächsten Rechnung "
    "zurück. Bitte legen Sie den Lieferschein dazu."
)
_IN_GERMAN: Final = "Wie kann ich die Rolle zurückgeben, und wann ist das Geld auf dem Konto?"

SCENES: Final[dict[str, tuple[str, Scene]]] = {
    "a refused call": ("rate_limit", _failing("openai.RateLimitError")),
    "a status code": ("rate_limit", _failing("429")),
    "a wrong key": ("auth", _failing("AuthenticationError")),
    "no answer in time": ("timeout", _failing("openai.APITimeoutError")),
    "too long a request": (
        "context_overflow",
        _failing("BadRequestError", "This model's maximum context length is 8192 tokens."),
    ),
    "a filtered request": (
        "content_filter",
        _failing("BadRequestError", "The response was filtered by our content management policy"),
    ),
    "a filtered answer": ("content_filter", _call(gen_ai__response__finish_reasons='["content_filter"]')),
    "a failing provider": ("provider_error", _failing("InternalServerError")),
    "a failing tool": ("tool_error", _tools(("get_order", '{"id": 1}', False))),
    "a failing application": ("app_error", _app_error),
    "a tool again and again": ("tool_loop", _tools(*[("get_order", '{"id": 1}', True)] * 3)),
    "an empty answer": ("empty", _answer("")),
    "an answer without parts": (
        "empty",
        _call(gen_ai__output__messages=[{"role": "assistant", "parts": []}]),
    ),
    "a cut answer": ("truncated", _call(gen_ai__response__finish_reasons='["length"]')),
    "broken JSON": ("invalid_json", _answer('{"state": "shipped"', gen_ai__output__type="json")),
    "missing members": (
        "invalid_json",
        _answer('{"state": "shipped"}', gen_ai__openai__request__response_format=_SCHEMA),
    ),
    "an attack": ("prompt_injection", _judged("prompt_injection", 0.97, source="model")),
    "a leaked prompt": ("prompt_leak", _judged("prompt_leak", 1.0)),
    "a key in a text": ("secrets", _judged("secrets", 0.9)),
    "personal data": ("pii", _judged("pii", 0.99)),
    "a refusal": ("refusal", _judged("refusal", 0.8, source="model")),
    "an answer that does not know": ("no_answer", _judged("refusal", 0.1, label="no_answer")),
    "an unsupported answer": ("unsupported", _judged("groundedness", 0.21, source="model")),
    "an answer that repeats itself": ("repeated", _answer(_LOOP)),
    "another language": ("wrong_language", _answer(_GERMAN)),
    "another script": ("wrong_language", _answer("Вы можете вернуть товар в течение тридцати дней.")),
    "little that is found": ("pii", _judged("pii", 0.4, label="found")),
    "off the topic": ("off_topic", _judged("off_topic", True)),
    "three words": ("too_short", _answer("Sure, no problem.")),
    "a correction in the next turn": ("user_corrected", _corrected),
    "a corrected answer": ("user_corrected", _judged("correction", None, correction="In forty days.")),
    "a hand-over": ("escalated", _tools(("transfer_to_human", "{}", True))),
    "a reported hand-over": ("escalated", _judged("escalation", True, source="human")),
    # ------------------------------------------------------------ nothing went wrong
    "an ordinary answer": ("", _answer(ANSWER)),
    "a call tried again": ("", _retried),
    "a tool tried again": (
        "",
        _tools(("get_order", '{"id": 1}', False), ("get_order", '{"id": 2}', True)),
    ),
    "a tool for three orders": ("", _tools(*[("get_order", f'{{"id": {n}}}', True) for n in range(3)])),
    "good JSON": ("", _answer('```json\n{"state": "shipped"}\n```', gen_ai__output__type="json")),
    "all members": (
        "",
        _answer(
            '{"state": "shipped", "carrier": "UPS"}',
            gen_ai__openai__request__response_format=_SCHEMA,
        ),
    ),
    "a supported answer": ("", _judged("groundedness", 0.93, source="model")),
    "supported, if only just": ("", _judged("groundedness", 0.45, label="supported")),
    "nothing to rest on": ("", _judged("groundedness", 0.1, label="no_contexts")),
    "no attack": ("", _judged("prompt_injection", 0.02, source="model")),
    "a question in German": ("", _answer(_GERMAN, _IN_GERMAN)),
    "a name for a question": ("", _answer(_GERMAN, "Order 4711")),
    "a question about a wrong label": (
        "",
        _answer(ANSWER, "Nothing is wrong with the roll, but how do I return it to you?"),
    ),
}  # fmt: skip
"""By what happens: the cause that it is to have, and what makes the trace."""


def play(world: World) -> dict[str, str]:
    """Store every scene, and a hundred ordinary answers beside them; return trace ids by scene."""
    for number in range(110):
        world.ask(QUESTION, f"{ANSWER} Your order is number {number}.", at_s=200 + number)
    ids = {name: scene(world) for name, (_, scene) in SCENES.items()}
    world.save()
    return ids
