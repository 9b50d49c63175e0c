"""One question on its way through an app, and how it calls the gateway."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from opentelemetry.trace import Span

from demo.faults import Fault, FaultSheet
from demo.gateway import Gateway, GatewayTimeoutError
from demo.knowledge import phrases
from demo.models import Completion, ModelRequest
from demo.planted import Attack, Place
from demo.telemetry import AppError, Attributes, Clock, outgoing_headers
from demo.traffic import Question, Session

_FEEDBACK_SHARE = 0.14
_OF_QUESTION = frozenset(
    {Fault.INJECTION, Fault.ATTACK_WAVE, Fault.PII, Fault.SECRET, Fault.NEW_TOPIC}
)


class ModelTimeoutError(AppError):
    """The gateway answered with status 504."""

    error_type = "openai.APITimeoutError"
    place = 'File "/srv/support_bot/model_client.py", line 88, in complete'


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with the time, chance and faults of its trace."""

    question: Question
    clock: Clock
    rng: Random
    sheet: FaultSheet

    @property
    def text(self) -> str:
        """What the user wrote."""
        return self.question.wording.text

    @property
    def at(self) -> datetime:
        """The simulated time."""
        return datetime.fromtimestamp(self.clock.now / 1e9, UTC)

    def spend(self, shortest_s: float, longest_s: float) -> None:
        """Lets some time between the two pass."""
        self.clock.advance(self.rng.uniform(shortest_s, longest_s))

    def identity(self) -> Attributes:
        """Who asks, and through which feature."""
        session = self.question.session
        return {
            "user.id": session.user,
            "tenant.id": session.tenant,
            "feature.name": session.feature,
            "gen_ai.conversation.id": session.id,
        }


def answer_group(session: Session) -> str:
    """Return the model group that answers a session's questions."""
    return "tide-answers-economy" if session.economy else "tide-answers"


def note_question(turn: Turn) -> None:
    """Note what is wrong with the question itself."""
    sheet = turn.sheet
    sheet.struck.update(_OF_QUESTION & sheet.planned)
    if turn.question.wording.attack:
        sheet.attacks.append(Attack(Place.QUESTION, turn.question.wording.attack))


def call_gateway(gateway: Gateway, turn: Turn, request: ModelRequest) -> Completion:
    """Send a request on with the current span's context.

    Faults of the answer are noted, also where it comes from the gateway's cache.
    Raises `ModelTimeoutError`.
    """
    try:
        completion = gateway.complete(
            outgoing_headers(), request, sheet=turn.sheet, clock=turn.clock, rng=turn.rng
        )
    except GatewayTimeoutError as error:
        raise ModelTimeoutError("Request timed out: 504 from gateway.internal") from error
    turn.sheet.struck.update(completion.reply.faults)
    return completion


def close_root(root: Span, turn: Turn, status_code: int) -> None:
    """Put the status and, at times, the user's verdict on the root."""
    root.set_attribute("http.response.status_code", status_code)
    if turn.rng.random() < _FEEDBACK_SHARE:
        share = 0.25 if turn.sheet.struck else 0.88
        _add_feedback(root, turn, pleased=turn.rng.random() < share)


def _add_feedback(root: Span, turn: Turn, *, pleased: bool) -> None:
    attributes: Attributes = {
        "gen_ai.evaluation.name": "user_feedback",
        "gen_ai.evaluation.score.value": 1.0 if pleased else 0.0,
        "gen_ai.evaluation.score.label": "thumbs_up" if pleased else "thumbs_down",
        "gen_ai.evaluation.source": "human",
        "gen_ai.evaluation.author": turn.question.session.user,
    }
    if turn.rng.random() < 0.4:
        remarks = phrases()["feedback_good" if pleased else "feedback_bad"]
        attributes["gen_ai.evaluation.explanation"] = turn.rng.choice(remarks)
    root.add_event("gen_ai.evaluation.result", attributes, timestamp=turn.clock.now)
