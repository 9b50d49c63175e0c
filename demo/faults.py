"""What goes wrong in the demo, and when. How often, says `demo.rollouts`.

What did go wrong in a trace is told beside the spans, by `demo.capture.truth`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from demo.planted import Answer, Attack
from demo.rollouts import Rates


class Fault(StrEnum):
    """The kinds of faults."""

    UNSUPPORTED = "unsupported"  # the answer claims what no retrieved article says
    REFUSAL = "refusal"  # a harmless question is refused
    TRUNCATED = "truncated"  # the answer ends at the token limit
    EMPTY = "empty"  # the answer has no text
    WRONG_LANGUAGE = "wrong_language"  # the answer is in another language than the question
    REPETITION = "repetition"  # the answer says the same again and again, up to the token limit
    WRONG_CITATION = "wrong_citation"  # a label names a document that does not say it, or none
    BROKEN_JSON = "broken_json"  # JSON was asked for, and what came does not parse
    PROMPT_REGRESSION = "prompt_regression"  # one of the above, under prompt version v7
    INJECTION = "injection"  # the user's text attacks the prompt
    ATTACK_WAVE = "attack_wave"  # the same, as part of a burst from one tenant
    INDIRECT_INJECTION = "indirect_injection"  # a retrieved document or a tool's result does
    PII = "pii"  # the user's text holds personal data
    SECRET = "secret"  # noqa: S105 - a kind, no password; the user's text holds a key or a password
    COST_RUNAWAY = "cost_runaway"  # one tenant's agent loops on an expensive model
    NEW_TOPIC = "new_topic"  # about a product launched this week
    SLOW_QUEUE = "slow_queue"  # the GPU queue is long
    TOOL_ERROR = "tool_error"
    TOOL_LOOP = "tool_loop"  # the same tool is called with the same arguments again and again
    PROVIDER_RETRY = "provider_retry"  # an attempt failed, the next one worked
    PROVIDER_FALLBACK = "provider_fallback"  # a model failed, another one answered
    TIMEOUT = "timeout"  # nobody answered in time; the request failed


RUNAWAY_SHARE = 0.12
"""Share of sessions that the runaway tenant takes while it runs away."""
NEW_TOPIC_SHARE = 0.14
"""Share of other sessions that ask about the new topic after its launch."""
WAVE_SHARE = 0.8
"""Share of sessions in an attack wave that are attacks."""


@dataclass(slots=True)
class FaultSheet:
    """The faults planned for one question, those that did strike, and what came of it."""

    planned: frozenset[Fault]
    struck: set[Fault] = field(default_factory=set)
    attacks: list[Attack] = field(default_factory=list)
    answer: Answer | None = None  # none where the request failed

    def strikes(self, fault: Fault) -> bool:
        """Whether this fault is due. Ask only at the place where it then happens."""
        if fault not in self.planned:
            return False
        self.struck.add(fault)
        return True

    def note(self, fault: Fault) -> None:
        """Record a fault that the time brought, not the plan of the question."""
        self.struck.add(fault)


def plan_faults(rates: Rates, rng: Random) -> set[Fault]:
    """Draws the faults of one question: at most one of the answer, the provider and the text."""
    answer = [
        (Fault.UNSUPPORTED, rates.unsupported),
        (Fault.REFUSAL, rates.refusal),
        (Fault.TRUNCATED, rates.truncated),
        (Fault.EMPTY, rates.empty),
        (Fault.WRONG_LANGUAGE, rates.wrong_language),
        (Fault.REPETITION, rates.repetition),
        (Fault.WRONG_CITATION, rates.wrong_citation),
    ]
    provider = [
        (Fault.PROVIDER_RETRY, rates.provider_retry),
        (Fault.PROVIDER_FALLBACK, rates.provider_fallback),
        (Fault.TIMEOUT, rates.timeout),
    ]
    text = [
        (Fault.INJECTION, rates.injection),
        (Fault.PII, rates.pii),
        (Fault.SECRET, rates.secret),
    ]
    apart = [
        [(Fault.INDIRECT_INJECTION, rates.indirect_injection)],
        [(Fault.TOOL_ERROR, rates.tool_error), (Fault.TOOL_LOOP, rates.tool_loop)],
    ]
    drawn = (_draw(options, rng) for options in (answer, provider, text, *apart))
    return {fault for fault in drawn if fault is not None}


def _draw(options: list[tuple[Fault, float]], rng: Random) -> Fault | None:
    point = rng.random()
    for fault, rate in options:
        if point < rate:
            return fault
        point -= rate
    return None


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, in Unix nanoseconds, its end not included."""

    begin: int
    end: int

    def holds(self, moment: int) -> bool:
        """Whether the moment lies inside."""
        return self.begin <= moment < self.end


@dataclass(frozen=True, slots=True)
class Episodes:
    """When the faults happen that belong to a time rather than to a question."""

    slow_queue: Window
    attack_wave: Window
    runaway_from: int
    new_topic_from: int
    canary_from: int
    live_from: int

    def is_slow(self, moment: int) -> bool:
        """Whether the GPU queue is long. While live: 2 minutes in every 15."""
        return self.slow_queue.holds(moment) or self._in_live_minutes(moment, 4, 6)

    def is_wave(self, moment: int) -> bool:
        """Whether an attack is on. While live: 2 minutes in every 15."""
        return self.attack_wave.holds(moment) or self._in_live_minutes(moment, 9, 11)

    def _in_live_minutes(self, moment: int, begin: int, end: int) -> bool:
        minute = (moment - self.live_from) // 60_000_000_000
        return minute >= 0 and begin <= minute % 15 < end


def plan_episodes(now: datetime, backfill: timedelta) -> Episodes:
    """Places the episodes in a history that ends now, whatever its length.

    In a history of weeks: the slow queue was yesterday from 14:00 UTC, the attack the
    day before from 13:00; the launch was a week ago, prompt v7 came 10 days ago, and the
    runaway began 3 days ago. A shorter history has them in proportion.
    """
    slow = _clock_time(now, backfill, days_ago=1, hour=14, fraction=0.25)
    wave = _clock_time(now, backfill, days_ago=2, hour=13, fraction=0.5)
    return Episodes(
        slow_queue=Window(_ns(slow), _ns(slow + min(timedelta(hours=2.5), backfill / 16))),
        attack_wave=Window(_ns(wave), _ns(wave + min(timedelta(minutes=40), backfill / 24))),
        runaway_from=_ns(now - min(timedelta(days=3), backfill / 8)),
        new_topic_from=_ns(now - min(timedelta(days=7), backfill / 4)),
        canary_from=_ns(now - min(timedelta(days=10), backfill / 3)),
        live_from=_ns(now),
    )


def _clock_time(
    now: datetime, backfill: timedelta, *, days_ago: int, hour: int, fraction: float
) -> datetime:
    """Return an hour of a day before now, or if the history is too short, a fraction of it ago."""
    if backfill < timedelta(days=days_ago + 2):
        return now - backfill * fraction
    day = now.astimezone(UTC) - timedelta(days=days_ago)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000
