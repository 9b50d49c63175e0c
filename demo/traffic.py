"""Who asks what and when: sessions over weeks with a daily and weekly rhythm, then live."""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from demo import faults
from demo.faults import Episodes, Fault
from demo.knowledge import NEW_TOPIC
from demo.plan import DemoPlan
from demo.questions import (
    Kind,
    Wording,
    apply_text_fault,
    is_new_topic,
    pick_kind,
    pick_topic,
    word_correction,
    word_follow_up,
    word_question,
)
from demo.rollouts import CANARY_FEATURE, CANARY_SHARE, SEARCH_PROMPT, gets_economy, rates_of
from demo.tenants import ATTACKER, RUNAWAY, TENANT_BY_ID, pick_tenant, pick_user

SECOND = 1_000_000_000  # nanoseconds

_TURNS = (1, 2, 3, 4, 6)
_TURN_WEIGHTS = (52, 22, 13, 8, 5)
_MEAN_TURNS = sum(n * w for n, w in zip(_TURNS, _TURN_WEIGHTS, strict=True)) / sum(_TURN_WEIGHTS)
_SLOT_S = 600  # the rhythm is even within 10 minutes
_HOURLY = (2, 1, 1, 1, 2, 4, 9, 18, 34, 48, 55, 54, 44, 50, 60, 58, 50, 38, 24, 16, 11, 8, 5, 3)
_WEEKEND = 0.25
_WAVE_TRAFFIC = 8  # an attack brings this many times the usual traffic

_CORRECTABLE = frozenset({Fault.UNSUPPORTED, Fault.WRONG_LANGUAGE})
_CORRECTED = 0.5
"""Share of such answers to which the user's next turn objects; and of good ones."""
_CORRECTED_WRONGLY = 0.006

_FEATURES = ("support-chat", "agent-assist", "email-reply", "help-search")
# The last two come in sessions of one turn only, about half of all.
_FEATURE_WEIGHTS = (30, 12, 28, 30)
SINGLE_TURN = frozenset({"email-reply", "help-search", "bulk-answers"})
"""Features that know no conversation."""


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation of one user."""

    id: str
    tenant: str
    user: str
    feature: str
    topic: str
    prompt_version: str  # of the feature's prompt
    attack: bool
    economy: bool = False  # answered by the economy model


@dataclass(frozen=True, slots=True)
class Question:
    """One turn of a session: one trace."""

    number: int  # from 0, in order of time
    asked_at: int  # Unix nanoseconds
    session: Session
    last: bool  # no further turn follows
    wording: Wording
    planned: frozenset[Fault]


def run_key(plan: DemoPlan, now: datetime) -> int:
    """Return the seed of everything that must never repeat in another run, such as ids."""
    text = f"{plan.seed}|{now.astimezone(UTC).isoformat()}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


class Traffic:
    """The questions of a run, oldest first."""

    def __init__(self, plan: DemoPlan, now: datetime, episodes: Episodes) -> None:
        self._plan = plan
        self._episodes = episodes
        self._end = int(now.timestamp() * SECOND)
        self._begin = self._end - int(plan.backfill.total_seconds()) * SECOND
        self._rng = Random(plan.seed)
        self._ids = Random(f"sessions {run_key(plan, now)}")
        self._number = 0

    def backfill(self) -> Iterator[Question]:
        """Exactly the planned number of questions, all asked before now."""
        turns = self._turn_counts()
        sessions = zip(self._start_times(len(turns)), turns, strict=True)
        return self._questions(sessions)

    def live(self, begin: int) -> Iterator[Question]:
        """Questions without end from a moment (Unix nanoseconds) on, at the planned rate."""
        return self._questions(self._live_sessions(begin))

    def _turn_counts(self) -> list[int]:
        left, counts = self._plan.traces, []
        while left > 0:
            counts.append(min(left, self._draw_turns()))
            left -= counts[-1]
        return counts

    def _draw_turns(self) -> int:
        return self._rng.choices(_TURNS, _TURN_WEIGHTS)[0]

    def _live_sessions(self, begin: int) -> Iterator[tuple[int, int]]:
        moment = begin
        while True:
            pause = self._rng.expovariate(self._plan.live_rate / _MEAN_TURNS)
            moment += int(pause * SECOND)
            yield moment, self._draw_turns()

    def _start_times(self, count: int) -> Iterator[int]:
        """Moments spread by the rhythm: one in each of `count` equal shares of the traffic."""
        slot = _SLOT_S * SECOND
        begins = range(self._begin, self._end, slot)
        weights = [self._weight(begin) for begin in begins]
        share = sum(weights) / count if count else 0.0
        place, passed = 0, 0.0
        for number in range(count):
            target = (number + self._rng.random()) * share
            while passed + weights[place] < target and place < len(weights) - 1:
                passed += weights[place]
                place += 1
            inside = min((target - passed) / weights[place], 1.0)
            yield min(begins[place] + int(inside * slot), self._end - SECOND)

    def _weight(self, moment: int) -> float:
        when = datetime.fromtimestamp(moment // SECOND, UTC)
        rhythm = _HOURLY[when.hour] * (_WEEKEND if when.weekday() >= 5 else 1.0)
        # The wave is asked at the slot's middle: it need not begin on a slot.
        return rhythm * (_WAVE_TRAFFIC if self._episodes.is_wave(moment + 300 * SECOND) else 1)

    def _questions(self, starts: Iterator[tuple[int, int]]) -> Iterator[Question]:
        """Interleaves the turns of all sessions by time."""
        waiting: list[_OpenSession] = []
        for begin, turns in starts:
            while waiting and waiting[0].next_at <= begin:
                yield self._ask_next(waiting)
            heapq.heappush(waiting, _OpenSession(begin, self._session(begin, turns), turns))
        while waiting:
            yield self._ask_next(waiting)

    def _ask_next(self, waiting: list["_OpenSession"]) -> Question:
        opened = heapq.heappop(waiting)
        opened.turns_left -= 1
        wording, planned = self._word(opened)
        question = Question(
            number=self._number,
            asked_at=opened.next_at,
            session=opened.session,
            last=opened.turns_left == 0,
            wording=wording,
            planned=frozenset(planned),
        )
        self._number += 1
        if opened.turns_left:
            opened.turns_asked += 1
            opened.next_at += self._pause(opened)
            heapq.heappush(waiting, opened)
        return question

    def _pause(self, opened: "_OpenSession") -> int:
        """Time to read and type; shorter where the history would end before the session."""
        pause = int(self._rng.uniform(20, 150) * SECOND)
        if opened.next_at < self._end:
            pause = min(pause, (self._end - opened.next_at) // (opened.turns_left + 1))
        return pause

    def _session(self, begin: int, turns: int) -> Session:
        rng, episodes = self._rng, self._episodes
        tenant, feature, attack = pick_tenant(rng), self._feature(turns), False
        if episodes.is_wave(begin) and rng.random() < faults.WAVE_SHARE:
            tenant, feature, attack = TENANT_BY_ID[ATTACKER], "support-chat", True
        elif begin >= episodes.runaway_from and rng.random() < faults.RUNAWAY_SHARE:
            tenant, feature = TENANT_BY_ID[RUNAWAY], "bulk-answers"
        launched = begin >= episodes.new_topic_from and rng.random() < faults.NEW_TOPIC_SHARE
        return Session(
            id=f"conv_{self._ids.getrandbits(80):020x}",
            tenant=tenant.id,
            user=pick_user(tenant, rng),
            feature=feature,
            topic=NEW_TOPIC if launched else pick_topic(rng),
            prompt_version=self._prompt_version(feature, begin),
            attack=attack,
            economy=feature != "bulk-answers" and gets_economy(tenant.id, rng),
        )

    def _prompt_version(self, feature: str, begin: int) -> str:
        if feature == "help-search":
            return SEARCH_PROMPT
        rolled_out = feature == CANARY_FEATURE and begin >= self._episodes.canary_from
        return "v7" if rolled_out and self._rng.random() < CANARY_SHARE else "v6"

    def _feature(self, turns: int) -> str:
        feature = self._rng.choices(_FEATURES, _FEATURE_WEIGHTS)[0]
        return "support-chat" if turns > 1 and feature in SINGLE_TURN else feature

    def _word(self, opened: "_OpenSession") -> tuple[Wording, set[Fault]]:
        rng, session = self._rng, opened.session
        rates = rates_of(session.prompt_version, session.tenant, economy=session.economy)
        planned = faults.plan_faults(rates, rng)
        if session.attack:
            planned = {Fault.INJECTION, Fault.ATTACK_WAVE}
        if session.feature == "bulk-answers":
            planned.add(Fault.COST_RUNAWAY)
        asked = self._ask(opened)
        if is_new_topic(asked):
            planned.add(Fault.NEW_TOPIC)
        opened.answered = frozenset(planned) if asked.kind is Kind.ARTICLE else None
        return apply_text_fault(asked, planned, rng), planned

    def _ask(self, opened: "_OpenSession") -> Wording:
        rng, session = self._rng, opened.session
        if session.feature in SINGLE_TURN:
            # These answer from articles only and call no tools.
            return word_question(Kind.ARTICLE, session.topic, rng)
        if opened.answered is not None and rng.random() < _corrected_share(opened.answered):
            return word_correction(session.topic, opened.answered, rng)
        if opened.turns_asked and rng.random() < 0.5:
            return word_follow_up(session.topic, rng)
        kind = Kind.ARTICLE if session.topic == NEW_TOPIC else pick_kind(rng)
        return word_question(kind, session.topic, rng)


@dataclass(slots=True, order=True)
class _OpenSession:
    """A session with turns to come; the one whose turn is next comes first."""

    next_at: int
    session: Session = field(compare=False)
    turns_left: int = field(compare=False)
    turns_asked: int = field(default=0, compare=False)
    answered: frozenset[Fault] | None = field(default=None, compare=False)
    """The faults planned for the last answer, where that was one from articles."""


def _corrected_share(planned: frozenset[Fault]) -> float:
    """Return how often users object to an answer with these faults. Some object to good ones."""
    if planned & {Fault.INJECTION, Fault.TIMEOUT}:
        return 0.0
    return _CORRECTED if planned & _CORRECTABLE else _CORRECTED_WRONGLY
