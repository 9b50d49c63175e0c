"""Trip rates of guardrails with intervals: over time, by what traces have in common, beside the window before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.intervals import Estimate, difference, share
from storage import guardrails
from storage.client import Engine
from storage.guardrails import By, Source, Trips
from storage.scope import Scope
from storage.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRate:
    """How often a guardrail tripped, among the traces that it checked."""

    start: datetime
    source: Source
    guardrail: str
    value: str
    """Of the dimension that rates are told apart by; '' where it is not known."""
    checked: int
    trips: int
    modifications: int
    """Of the trips, those that changed the text and let it pass."""
    errors: int
    """Traces in which the guardrail broke, and nothing tripped it."""
    rate: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailRate:
    """A guardrail in a window, and how its rate changed against the window before."""

    now: TripRate
    before: TripRate | None
    """None where it checked nothing then."""
    change: Estimate | None
    over_time: Sequence[TripRate]
    """A step each; steps in which it checked nothing are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailReport:
    """All guardrails of a window, those with the most trips first."""

    guardrails: Sequence[GuardrailRate]
    by: Sequence[TripRate]
    """Each guardrail by one dimension, the most trips first; empty where none was asked for."""


def report(
    engine: Engine,
    scope: Scope,
    window: Window,
    *,
    step: timedelta,
    by: By | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> GuardrailReport:
    """Return how often guardrails tripped in the traces that start within `window`.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """

    def asked(of: Window, *, by: By | None = None, step: timedelta | None = None) -> list[TripRate]:
        found = guardrails.trips(engine, scope, of, by=by, step=step, q=q, filter=filter)
        return [_rate(one) for one in found]

    before = Window(window.start - (window.end - window.start), window.start)
    then = {(one.source, one.guardrail): one for one in asked(before)}
    steps = asked(window, step=step)
    return GuardrailReport(
        guardrails=[
            _guardrail(one, then.get((one.source, one.guardrail)), steps) for one in asked(window)
        ],
        by=asked(window, by=by) if by else [],
    )


def _guardrail(now: TripRate, before: TripRate | None, steps: Sequence[TripRate]) -> GuardrailRate:
    return GuardrailRate(
        now=now,
        before=before,
        change=difference(now.rate, before.rate) if before else None,
        over_time=[
            one for one in steps if (one.source, one.guardrail) == (now.source, now.guardrail)
        ],
    )


def _rate(found: Trips) -> TripRate:
    return TripRate(
        start=found.start,
        source=found.source,
        guardrail=found.guardrail,
        value=found.value,
        checked=found.checked,
        trips=found.trips,
        modifications=found.modifications,
        errors=found.errors,
        rate=share(
            found.total, found.weight, clusters=found.clusters, cc=found.ss, cn=found.sn, nn=found.nn,
            votes=found.checked,
        ),
    )  # fmt: skip
