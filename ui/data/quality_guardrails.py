"""The page of guardrails: how often they trip, over time and by what traces have in common, and the attacks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.guardrails import filters
from analytics.guardrails.patterns import Pattern, patterns
from analytics.guardrails.trips import GuardrailRate, TripRate, report
from analytics.intervals import Estimate
from storage.client import Engine
from storage.errors import BadInput
from storage.guardrails import BY, By
from storage.window import Window, from_unix_nano
from ui import quality_frame, state
from ui.data.answers import json
from ui.data.quality import step_of
from ui.services import Services
from ui.state import View

DIMENSIONS: Final[Mapping[By, str]] = {
    "tenant_id": "Tenant",
    "feature": "Feature",
    "model": "Model",
}
"""What trip rates are told apart by, and how the page calls it."""

MOST_VALUES: Final = 10
"""Values of a dimension, those with the most trips."""
MOST_PATTERNS: Final = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: which traces, and what rates are told apart by."""

    view: View
    by: By


def parse(query: Mapping[str, str]) -> Question:
    """Read the question of a URL query. Raises BadInput."""
    asked = query.get("by", "") or BY[0]
    for by in BY:
        if asked == by:
            return Question(quality_frame.asked(query), by)
    raise BadInput(f"there are no trips by {asked[:40]!r}", hint=f"by {', '.join(BY)}")


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the page."""
    router = APIRouter(prefix="/quality/guardrails")

    @router.get("")
    def rates(request: Request) -> Response:
        asked = parse(request.query_params)
        return json(tripped(services.engine, asked, asked.view.range.window(datetime.now(UTC))))

    @router.get("/patterns")
    def attacks(request: Request) -> Response:
        view = quality_frame.asked(request.query_params)
        return json(attacked(services.engine, view, view.range.window(datetime.now(UTC))))

    return router


def tripped(engine: Engine, asked: Question, window: Window) -> dict[str, Any]:
    """Return how often each guardrail tripped in a window: in all, over time, by one dimension, against before."""
    view, step = asked.view, step_of(window)
    found = report(engine, view.scope, window, step=step, by=asked.by, filter=view.filter)
    values = _by_guardrail(found.by)
    return {
        "window": [window.start_ns // 1_000_000, window.end_ns // 1_000_000],
        "step": round(step.total_seconds() * 1000),
        "by": asked.by,
        "dimensions": [{"key": key, "label": label} for key, label in DIMENSIONS.items()],
        "guardrails": [
            _guardrail(one, asked, values[one.now.source, one.now.guardrail])
            for one in found.guardrails
        ],
    }


def attacked(engine: Engine, view: View, window: Window) -> dict[str, Any]:
    """Return the attacks of a window, like ones as one pattern."""
    step = step_of(window)
    found = patterns(engine, view.scope, window, step=step, filter=view.filter)
    return {
        "window": [window.start_ns // 1_000_000, window.end_ns // 1_000_000],
        "step": round(step.total_seconds() * 1000),
        "patterns": [_pattern(one, view) for one in found.patterns[:MOST_PATTERNS]],
        "left_out": max(0, len(found.patterns) - MOST_PATTERNS),
        "is_cut": found.is_cut,
    }


def _by_guardrail(found: Sequence[TripRate]) -> dict[tuple[str, str], list[TripRate]]:
    values: dict[tuple[str, str], list[TripRate]] = {}
    for one in found:
        values.setdefault((one.source, one.guardrail), []).append(one)
    return values


def _guardrail(found: GuardrailRate, asked: Question, values: Sequence[TripRate]) -> dict[str, Any]:
    return {
        **_rate(found.now, asked.view),
        "before": _value(found.before.rate) if found.before else None,
        "change": _value(found.change) if found.change else None,
        "series": [
            {"time": _ms(one), "n": one.checked, "trips": one.trips, **_value(one.rate)}
            for one in found.over_time
        ],
        "values": [_rate(one, asked.view, asked.by) for one in values[:MOST_VALUES]],
        "left_out": max(0, len(values) - MOST_VALUES),
    }


def _rate(found: TripRate, view: View, by: By | None = None) -> dict[str, Any]:
    return {
        "source": found.source,
        "guardrail": found.guardrail,
        "key": found.value,
        "n": found.checked,
        "trips": found.trips,
        "modifications": found.modifications,
        "errors": found.errors,
        **_value(found.rate),
        "query": state.narrowed(view, filters.of_trips(found, by)),
    }


def _value(found: Estimate) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high}


def _ms(found: TripRate) -> int:
    return round(found.start.timestamp() * 1000)


def _pattern(found: Pattern, view: View) -> dict[str, Any]:
    return {
        **asdict(found),
        "first_seen": from_unix_nano(found.first_seen_unix_nano).isoformat(),
        "last_seen": from_unix_nano(found.last_seen_unix_nano).isoformat(),
        "newest": len(found.newest),
        "query": state.narrowed(view, filters.of_pattern(found)),
    }
