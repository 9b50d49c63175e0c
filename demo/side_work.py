"""Work beside the conversations: when it is done, for whom, and with which model. It holds what could be saved.

- `help-box`: short questions of signed-in users, answered without any cache. Many were asked before by the same tenant
  within hours, in the same words or in others.
- `ticket-triage`: tickets sorted at night, one call a ticket, in bursts. All prompts begin with the same handbook. Most
  go to a large model; a small one, which gets every fourth, sorts as well.
- `account-notes`: notes written at night by a large model; a small one, which gets every fourth, is worse at it.
- `web-reply`: answers that a website waits for, though it says neither for whom nor in which session.
"""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final

from demo.faults import Fault
from demo.plan import DemoPlan
from demo.questions import Kind, Wording
from demo.side_questions import HelpBox
from demo.slots import fill
from demo.tenants import TENANT_BY_ID, TENANTS, pick_user
from demo.traffic import SECOND, Question, Session, run_key

HELP_BOX: Final = "help-box"
TRIAGE: Final = "ticket-triage"
NOTES: Final = "account-notes"
WEB_REPLY: Final = "web-reply"
FEATURES: Final = (HELP_BOX, TRIAGE, NOTES, WEB_REPLY)
UNATTENDED: Final = frozenset({TRIAGE, NOTES})
"""Features whose answers nobody waits for."""

_SHARES: Final = (0.5, 0.25, 0.15, 0.1)
_NIGHTLY_AT: Final = {TRIAGE: 2, NOTES: 4}
"""Hours of the day, UTC."""
_PAUSE_S: Final = {TRIAGE: 45, NOTES: 30}
_HELP_TENANTS: Final = ("brightline-wholesale", "harbor-and-sons", "oakmere-supplies")
_HELP_WEIGHTS: Final = (0.6, 0.9, 1.0)
_BROKEN_JSON_SHARE: Final = 0.03
"""Share of tickets whose JSON does not parse."""
_FIRST_NUMBER: Final = 1_000_000_000
"""Side work has numbers of its own, so that it changes nothing in the conversations."""
_TICKETS: Final = (
    "{company} writes: order {order} came with {quantity} items too few.",
    "{company} cannot sign in since {weekday}, the second factor is refused.",
    "Invoice {invoice} of {company} is for {amount} instead of what was agreed.",
    "The scanner in {warehouse} reads {sku} as another item, says {person}.",
    "{company} wants to return {quantity} {product}s of {order}: {reason}.",
    "{carrier} has not picked up {quantity} parcels in {warehouse} on {weekday}.",
    "{person} of {company} asks for a call on {weekday} about {topic}.",
    "Import of {quantity} orders failed for {company}, file of {weekday}.",
)
_ACCOUNTS: Final = (
    "{company}: {n} users, plan {plan}, {quantity} open orders, last call with {person} about {topic}.",
    "{company}: {quantity} returns in {month}, warehouse {warehouse}, {n} shipments late, plan {plan}.",
    "{company}: renewal in {month}, {amount} due, {n} tickets about {topic}, contact {person}.",
)


@dataclass(frozen=True, slots=True)
class _Slot:
    at: int
    feature: str


class SideWork:
    """The side work of a run, oldest first."""

    def __init__(self, plan: DemoPlan, now: datetime) -> None:
        self._plan = plan
        self._end = int(now.timestamp() * SECOND)
        self._begin = self._end - int(plan.backfill.total_seconds()) * SECOND
        self._rng = Random(f"side work {plan.seed}")
        self._ids = Random(f"side sessions {run_key(plan, now)}")
        self._faults = Random(f"side faults {plan.seed}")

    def questions(self) -> Iterator[Question]:
        """Exactly the planned number, all begun before now."""
        help_box = HelpBox(self._rng)
        for number, slot in enumerate(sorted(self._slots(), key=lambda s: (s.at, s.feature))):
            session, wording = self._work(slot, number, help_box)
            planned = self._plan_faults(slot)
            yield Question(_FIRST_NUMBER + number, slot.at, session, True, wording, planned)

    def _plan_faults(self, slot: _Slot) -> frozenset[Fault]:
        breaks = slot.feature == TRIAGE and self._faults.random() < _BROKEN_JSON_SHARE
        return frozenset({Fault.BROKEN_JSON} if breaks else ())

    def _slots(self) -> Iterator[_Slot]:
        counts = self._counts()
        for feature, count in zip(FEATURES, counts, strict=True):
            times = self._nights(feature, count) if feature in _NIGHTLY_AT else self._days(count)
            yield from (_Slot(at, feature) for at in times)

    def _counts(self) -> list[int]:
        total = self._plan.side_traces
        counts = [int(total * share) for share in _SHARES]
        counts[0] += total - sum(counts)
        return counts

    def _days(self, count: int) -> Iterator[int]:
        """Moments in working hours; anywhere in a history that is too short to have enough of them."""
        hours = [h for h in self._hours() if _is_working_hour(h)] or self._hours()
        for _ in range(count):
            begin = self._rng.choice(hours)
            yield min(begin + self._rng.randrange(3600 * SECOND), self._end - 60 * SECOND)

    def _nights(self, feature: str, count: int) -> Iterator[int]:
        """Bursts that begin at the same hour of each day."""
        starts = [h for h in self._hours() if _hour(h) == _NIGHTLY_AT[feature]] or [self._begin]
        share, more = divmod(count, len(starts))
        for night, start in enumerate(starts):
            at = start
            for _ in range(share + (night < more)):
                at += int(self._rng.expovariate(1 / _PAUSE_S[feature]) * SECOND)
                yield min(at, self._end - 60 * SECOND)

    def _hours(self) -> list[int]:
        """Return the whole hours of the history; its beginning, where it has none."""
        hour = 3600 * SECOND
        first = -(-self._begin // hour) * hour
        return list(range(first, self._end - hour, hour)) or [self._begin]

    def _work(self, slot: _Slot, number: int, help_box: HelpBox) -> tuple[Session, Wording]:
        rng = self._rng
        if slot.feature == HELP_BOX:
            tenant = TENANT_BY_ID[_HELP_TENANTS[bisect(_HELP_WEIGHTS, rng.random())]]
            asked = help_box.ask(tenant.id, slot.at)
            wording = Wording(
                Kind.ARTICLE, slot.feature, asked.text, {"answer": asked.answer}, asked.meaning
            )
            session = f"help_{self._ids.getrandbits(80):020x}"
            return self._session(slot, session, tenant.id, pick_user(tenant, rng)), wording
        templates = _ACCOUNTS if slot.feature == NOTES else _TICKETS
        text = f"Case {number}. {fill(rng.choice(templates), rng)}"
        wording = Wording(Kind.ARTICLE, slot.feature, text, {}, text)
        return self._session(slot, "", rng.choice(TENANTS).id, ""), wording

    def _session(self, slot: _Slot, session_id: str, tenant: str, user: str) -> Session:
        return Session(session_id, tenant, user, slot.feature, slot.feature, "n1", attack=False)


def is_small(question: Question) -> bool:
    """Whether the small model gets a piece of nightly work: every fourth, by its number."""
    return question.number % 4 == 0


def _hour(moment: int) -> int:
    return datetime.fromtimestamp(moment / SECOND, UTC).hour


def _is_working_hour(moment: int) -> bool:
    when = datetime.fromtimestamp(moment / SECOND, UTC)
    return when.weekday() < 5 and 8 <= when.hour < 18
