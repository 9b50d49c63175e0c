"""What goes wrong in the demo, how often, and when.

Every fault that did happen in a trace is named in the attribute `demo.fault` of its
root span, so that tests know the truth. Groundwire never reads that attribute.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

ATTRIBUTE = "demo.fault"
"""Root span attribute: the kinds that struck, sorted and joined by commas."""


class Fault(StrEnum):
    """The kinds of faults."""

    UNSUPPORTED = "unsupported"  # the answer claims what no retrieved article says
    REFUSAL = "refusal"  # a harmless question is refused
    TRUNCATED = "truncated"  # the answer ends at the token limit
    PROMPT_REGRESSION = "prompt_regression"  # one of the above, under prompt version v7
    INJECTION = "injection"  # the user's text attacks the prompt
    ATTACK_WAVE = "attack_wave"  # the same, as part of a burst from one tenant
    INDIRECT_INJECTION = "indirect_injection"  # a retrieved document attacks the prompt
    PII = "pii"  # the user's text holds personal data
    COST_RUNAWAY = "cost_runaway"  # one tenant's agent loops on an expensive model
    NEW_TOPIC = "new_topic"  # about a product launched this week
    SLOW_QUEUE = "slow_queue"  # the GPU queue is long
    TOOL_ERROR = "tool_error"
    PROVIDER_RETRY = "provider_retry"  # an attempt failed, the next one worked
    PROVIDER_FALLBACK = "provider_fallback"  # a model failed, another one answered
    TIMEOUT = "timeout"  # nobody answered in time; the request failed


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a fault strikes, as a share of the questions that it can strike."""

    unsupported: float = 0.03  # of answers from articles
    refusal: float = 0.01  # of answers from articles
    truncated: float = 0.012  # of answers from articles
    injection: float = 0.012  # of questions outside an attack wave
    pii: float = 0.03  # of questions
    indirect_injection: float = 0.008  # of questions with retrieval
    tool_error: float = 0.06  # of questions that need a tool
    provider_retry: float = 0.015  # of questions that reach a model
    provider_fallback: float = 0.01  # of questions that reach a model
    timeout: float = 0.006  # of questions that reach a model


RATES = {
    "v6": Rates(),
    "v7": Rates(unsupported=0.14, refusal=0.06),
}
"""By prompt version: v7 is the worse one."""

RUNAWAY_SHARE = 0.12
"""Share of sessions that the runaway tenant takes while it runs away."""
NEW_TOPIC_SHARE = 0.14
"""Share of other sessions that ask about the new topic after its launch."""
CANARY_SHARE = 0.4
"""Share of sessions that get prompt v7 after its rollout."""
WAVE_SHARE = 0.8
"""Share of sessions in an attack wave that are attacks."""


@dataclass(slots=True)
class FaultSheet:
    """The faults planned for one question, and those that did strike."""

    planned: frozenset[Fault]
    struck: set[Fault] = field(default_factory=set)

    def strikes(self, fault: Fault) -> bool:
        """Whether this fault is due. Ask only at the place where it then happens."""
        if fault not in self.planned:
            return False
        self.struck.add(fault)
        return True

    def note(self, fault: Fault) -> None:
        """Record a fault that the time brought, not the plan of the question."""
        self.struck.add(fault)

    def label(self) -> str:
        """Return the value of the root span's label; empty if nothing went wrong."""
        return ",".join(sorted(self.struck))


def plan_faults(rates: Rates, rng: Random) -> set[Fault]:
    """Draws the faults of one question: at most one of the answer, the provider and the text."""
    answer = [
        (Fault.UNSUPPORTED, rates.unsupported),
        (Fault.REFUSAL, rates.refusal),
        (Fault.TRUNCATED, rates.truncated),
    ]
    provider = [
        (Fault.PROVIDER_RETRY, rates.provider_retry),
        (Fault.PROVIDER_FALLBACK, rates.provider_fallback),
        (Fault.TIMEOUT, rates.timeout),
    ]
    text = [(Fault.INJECTION, rates.injection), (Fault.PII, rates.pii)]
    apart = [
        [(Fault.INDIRECT_INJECTION, rates.indirect_injection)],
        [(Fault.TOOL_ERROR, rates.tool_error)],
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
    day before from 10:00; the launch was a week ago, prompt v7 came 10 days ago, and the
    runaway began 3 days ago. A shorter history has them in proportion.
    """
    slow = _clock_time(now, backfill, days_ago=1, hour=14, fraction=0.25)
    wave = _clock_time(now, backfill, days_ago=2, hour=10, fraction=0.5)
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
