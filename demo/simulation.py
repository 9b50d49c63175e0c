"""The whole demo in one object: traffic in, finished spans out."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from opentelemetry.sdk.trace import SpanProcessor

from demo.back_office import BackOffice
from demo.faults import FaultSheet, plan_episodes
from demo.gateway import Gateway
from demo.help_center import HelpCenterSearch
from demo.plan import DemoPlan
from demo.serving import ServingTier
from demo.side_work import FEATURES, SideWork
from demo.support_bot import SupportBot
from demo.telemetry import Clock, Fleet, SeededIds
from demo.traffic import Question, Traffic, run_key
from demo.turn import Turn


class Simulation:
    """The fleet of services and the people who use it."""

    def __init__(
        self, plan: DemoPlan, now: datetime, processor: Callable[[str], SpanProcessor]
    ) -> None:
        """`processor` makes the span processor of the service of that name."""
        if now.tzinfo is None:
            raise ValueError("now has no time zone; give an aware datetime, for example in UTC")
        self._key = run_key(plan, now.astimezone(UTC))
        episodes = plan_episodes(now, plan.backfill)
        fleet = Fleet(SeededIds(f"spans {self._key}"), processor)
        gateway = Gateway(fleet, ServingTier(fleet, episodes))
        conversations = replace(plan, traces=plan.traces - plan.side_traces)
        self._traffic = Traffic(conversations, now, episodes)
        self._side_work = SideWork(plan, now)
        self._bot = SupportBot(fleet, gateway)
        self._search = HelpCenterSearch(fleet, gateway)
        self._back_office = BackOffice(fleet, gateway)

    def backfill(self) -> Iterator[Question]:
        """Return the questions of the history, oldest first; pass each to `answer`."""
        parts = self._traffic.backfill(), self._side_work.questions()
        return heapq.merge(*parts, key=lambda question: question.asked_at)

    def live(self, begin: int) -> Iterator[Question]:
        """Questions without end from a moment in Unix nanoseconds on."""
        return self._traffic.live(begin)

    def answer(self, question: Question) -> FaultSheet:
        """Works on a question, which ends all spans of its trace, and tells what went wrong."""
        rng = Random(self._key + question.number)
        turn = Turn(question, Clock(question.asked_at), rng, FaultSheet(question.planned))
        if question.session.feature in FEATURES:
            self._back_office.handle(turn)
        elif question.session.feature == "help-search":
            self._search.handle(turn)
        else:
            self._bot.handle(turn)
        return turn.sheet
