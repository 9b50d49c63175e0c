"""The same spans without a server: request bodies and the truth about them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from demo.faults import Fault, FaultSheet
from demo.outbox import Outbox
from demo.plan import DemoPlan
from demo.planted import Answer, Attack, Sensitive
from demo.side_work import UNATTENDED
from demo.simulation import Simulation
from demo.traffic import Question

REQUEST_SPANS = 2_000
"""So many spans of all services are collected before they go out, one request a service."""


def capture(plan: DemoPlan, *, now: datetime | None = None) -> Iterator[bytes]:
    """Yield the history as serialised `ExportTraceServiceRequest` bodies, as `run` sends them.

    The same plan and moment give the same bytes. `plan.live` is of no account.
    """
    outbox = Outbox()
    simulation = Simulation(plan, now or datetime.now(UTC), outbox.processor)
    for question in simulation.backfill():
        simulation.answer(question)
        if outbox.waiting >= REQUEST_SPANS:
            yield from (body for body, _ in outbox.take())
    yield from (body for body, _ in outbox.take())


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about one trace because the demo made it so."""

    trace_id: str  # 32 hex digits
    asked_at: datetime
    tenant: str
    user: str
    session_id: str
    feature: str
    topic: str  # of the articles; or the question's kind where it needs none
    prompt_version: str
    faults: frozenset[Fault]
    spans: int
    question: str  # as the user wrote it
    meaning: str  # the same for each way to ask it; empty where it depends on what was said before
    is_awaited: bool  # somebody waits for the answer
    economy: bool  # answered by the economy model
    answer: (
        Answer | None
    )  # as the user got it, with what nothing supports; none where the request failed
    attacks: tuple[Attack, ...]
    sensitive: tuple[Sensitive, ...]  # in the question
    is_look_alike: bool  # the question looks like an attack and is none
    corrects: str  # the id of the trace whose answer the question objects to; empty for others


def truth(plan: DemoPlan, *, now: datetime | None = None) -> Iterator[Truth]:
    """One row for each trace of `capture(plan, now=now)`, in the same order."""
    roots: deque[ReadableSpan] = deque()
    counts = [0]
    last_trace: dict[str, str] = {}  # of each open session
    simulation = Simulation(plan, now or datetime.now(UTC), lambda _: _Roots(roots, counts))
    for question in simulation.backfill():
        counts[0] = 0
        sheet = simulation.answer(question)
        context = roots.pop().get_span_context()
        if context is None:
            raise AssertionError("a span without a context")
        session, trace_id = question.session.id, f"{context.trace_id:032x}"
        yield _truth(question, sheet, trace_id, counts[0], last_trace.get(session, ""))
        last_trace[session] = trace_id
        if question.last:
            del last_trace[session]


def _truth(question: Question, sheet: FaultSheet, trace_id: str, spans: int, before: str) -> Truth:
    session, wording = question.session, question.wording
    return Truth(
        trace_id=trace_id,
        asked_at=datetime.fromtimestamp(question.asked_at / 1e9, UTC),
        tenant=session.tenant,
        user=session.user,
        session_id=session.id,
        feature=session.feature,
        topic=wording.topic,
        prompt_version=session.prompt_version,
        faults=frozenset(sheet.struck),
        spans=spans,
        question=wording.text,
        meaning=wording.meaning,
        is_awaited=session.feature not in UNATTENDED,
        economy=session.economy,
        answer=sheet.answer,
        attacks=tuple(sheet.attacks),
        sensitive=wording.sensitive,
        is_look_alike=wording.is_look_alike,
        corrects=before if wording.is_correction else "",
    )


class _Roots(SpanProcessor):
    def __init__(self, roots: deque[ReadableSpan], counts: list[int]) -> None:
        self._roots = roots
        self._counts = counts

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing is known yet."""

    def on_end(self, span: ReadableSpan) -> None:
        """Count the span, and keep it if it is a root."""
        self._counts[0] += 1
        if span.parent is None:
            self._roots.append(span)
