"""A demo run: weeks of history as fast as the server takes it, then live traffic."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from demo.capture import REQUEST_SPANS
from demo.delivery import Delivery
from demo.outbox import Outbox
from demo.plan import DemoPlan, Progress, Summary
from demo.simulation import Simulation
from demo.traffic import Question

_REPORT_S = 0.25
_LIVE_TICK_S = 0.5

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def run(
    plan: DemoPlan,
    endpoint: str,
    *,
    headers: Mapping[str, str] = NO_HEADERS,
    progress: Callable[[Progress], None],
    stop: threading.Event,
    now: datetime | None = None,
) -> Summary:
    """Send the history, then live traffic if the plan says so, until done or stopped.

    `endpoint` is the OTLP/HTTP address, such as `http://127.0.0.1:4318`; `headers` go
    with each request. `progress` is called from this thread, at most four times a
    second. `stop` ends the run soon; spans already made are sent first if the server
    takes them. Raises `DemoError` when the server refuses or cannot be reached.
    """
    outbox = Outbox()
    simulation = Simulation(plan, now or datetime.now(UTC), outbox.processor)
    with Delivery(endpoint, headers, stop) as delivery:
        sending = _Run(plan, outbox, simulation, delivery, progress, stop)
        sending.backfill()
        if plan.live and not stop.is_set():
            sending.live()
    return sending.finish()


@dataclass(slots=True)
class _Run:
    """The state of a run."""

    plan: DemoPlan
    outbox: Outbox
    simulation: Simulation
    delivery: Delivery
    progress: Callable[[Progress], None]
    stop: threading.Event
    traces: int = 0
    is_live: bool = False
    reported: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def backfill(self) -> None:
        """Make and send the history."""
        for question in self.simulation.backfill():
            if self.stop.is_set():
                break
            self._answer(question)
            if self.outbox.waiting >= REQUEST_SPANS:
                self._send()
            self._report()
        self._send()

    def live(self) -> None:
        """Make questions as their time comes and send spans as theirs ends."""
        self.is_live = True
        questions = self.simulation.live(time.time_ns())
        question = next(questions)
        while not self.stop.wait(_LIVE_TICK_S):
            question = self._answer_due(question, questions)
            self._send(ended_by=time.time_ns())
            self._report()
        self._send()

    def finish(self) -> Summary:
        """Report for the last time, when everything is delivered."""
        self.progress(self._state())
        delivery = self.delivery
        return Summary(
            traces=self.traces,
            spans=delivery.spans,
            requests=delivery.requests,
            bytes=delivery.bytes,
            retries=delivery.retries,
            rejected_spans=delivery.rejected,
            unsent_spans=delivery.unsent,
            elapsed_s=time.monotonic() - self.began,
            stopped=self.traces < self.plan.traces,
        )

    def _answer_due(self, question: Question, questions: Iterator[Question]) -> Question:
        while question.asked_at <= time.time_ns():
            self._answer(question)
            question = next(questions)
        return question

    def _answer(self, question: Question) -> None:
        self.simulation.answer(question)
        self.traces += 1

    def _send(self, ended_by: int | None = None) -> None:
        for body, spans in self.outbox.take(ended_by):
            self.delivery.put(body, spans)

    def _report(self) -> None:
        moment = time.monotonic()
        if moment - self.reported >= _REPORT_S:
            self.reported = moment
            self.progress(self._state())

    def _state(self) -> Progress:
        return Progress(
            phase="live" if self.is_live else "backfill",
            traces=self.traces,
            traces_planned=None if self.is_live else self.plan.traces,
            spans=self.delivery.spans,
            bytes=self.delivery.bytes,
            retries=self.delivery.retries,
            elapsed_s=time.monotonic() - self.began,
        )
