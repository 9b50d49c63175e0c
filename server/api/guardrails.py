"""GET /guardrails: how often guardrails trip; GET /guardrails/patterns: the attacks, a wave of like texts as one."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from analytics.guardrails import filters
from analytics.guardrails.patterns import patterns
from analytics.guardrails.trips import GuardrailRate, TripRate, report
from server.api.deps import EngineDep, Filter, ScopeDep, Search
from server.api.encode import encode, respond
from server.api.failures import QualityWindow
from server.api.guardrail_models import GuardrailsAnswer, PatternsAnswer
from server.api.models import documented
from storage import literals
from storage.errors import BadInput
from storage.guardrails import BY, By
from storage.window import Window

router = APIRouter(tags=["quality"])

_STEPS: Final = 50
"""Of a window, where no step is asked for."""

Step = Annotated[
    str, Query(description="Length of a step over time, like 1h or 1d; a fiftieth of the window.")
]


@router.get("/guardrails", responses=documented(GuardrailsAnswer))
def get_guardrails(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    by: Annotated[
        str, Query(description=f"Also tells rates apart by one of {', '.join(BY)}.")
    ] = "",
    step: Step = "",
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return how often guardrails tripped in the traces that start within the window, beside the window before.

    Guardrails are the app's own, as its spans report them, and detectors of ours. A trace counts once for each
    guardrail that checked it. Without a window, of the last seven days.
    """
    dimension = _by(by)
    found = report(
        engine, scope, window, step=_step(step, window), by=dimension, q=q, filter=filter_
    )
    return respond(
        {
            "guardrails": [_guardrail(one) for one in found.guardrails],
            "by": [_rate(one, dimension) for one in found.by],
        }
    )


@router.get("/guardrails/patterns", responses=documented(PatternsAnswer))
def get_patterns(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: QualityWindow,
    step: Step = "",
    q: Search = "",
    filter_: Filter = "",
) -> Response:
    """Return the attacks in the traces that start within the window, those with like texts as one pattern.

    A pattern is new where nothing like it was seen in the 30 days before the window. Without a window, of the last
    seven days.
    """
    found = patterns(engine, scope, window, step=_step(step, window), q=q, filter=filter_)
    listed = [{**encode(one), "filter": filters.of_pattern(one)} for one in found.patterns]
    return respond({"patterns": listed, "is_cut": found.is_cut})


def _by(text: str) -> By | None:
    for known in BY:
        if text == known:
            return known
    if text:
        raise BadInput(f"there are no trips by {text[:40]!r}", hint=f"by {', '.join(BY)}")
    return None


def _step(text: str, window: Window) -> timedelta:
    if not text:
        return max((window.end - window.start) / _STEPS, timedelta(microseconds=1))
    nanoseconds = literals.duration_ns(text)
    if nanoseconds is None:
        raise BadInput(f"step is {text[:40]!r}", hint="write a number with a unit, like 1h or 1d")
    return timedelta(microseconds=nanoseconds // 1000)


def _rate(found: TripRate, by: By | None = None) -> dict[str, Any]:
    told = encode(found)
    del told["start"]
    return {**told, "filter": filters.of_trips(found, by)}


def _guardrail(found: GuardrailRate) -> dict[str, Any]:
    return {
        **_rate(found.now),
        "before": found.before.rate if found.before else None,
        "change": found.change,
        "over_time": [
            {"start": one.start, "checked": one.checked, "trips": one.trips, "rate": one.rate}
            for one in found.over_time
        ],
    }
