"""The page of failures: causes ranked, how they are spread, over time, and the traces of one cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from analytics.failures.report import CauseOut, ValueCount, report, share_of
from analytics.failures.rules import BY_NAME, RULES, Cause
from analytics.failures.trend import Step, trend
from analytics.intervals import Estimate, difference
from storage import failures
from storage.client import Engine
from storage.errors import BadInput
from storage.failures import BY, By, Evidence, Example, FailedTrace, Rules
from storage.window import Window
from ui import quality_frame, state
from ui.completion import quoted
from ui.data.answers import json
from ui.data.quality import step_of
from ui.services import Services
from ui.state import View

DIMENSIONS: Final[Mapping[By, str]] = {
    "tenant_id": "Tenant",
    "feature": "Feature",
    "model": "Model",
    "prompt_name": "Prompt",
    "prompt_version": "Prompt version",
    "environment": "Environment",
}
"""What the traces of a cause can be told apart by, and how the page calls it."""

ANY: Final = "any"
"""In place of a cause, where a list is of all traces that failed."""

_USUAL: Final = "feature"
_ALL: Final = Cause(
    ANY, "All failed traces", "What decided stands first, what else went wrong after it."
)
_PAGE: Final = 50
_MODEL: Final = "chat_model"
_TOGETHER: Final = " + "
"""Between the models of a trace that several answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the page asks: which traces, what causes are told apart by, and which cause alone."""

    view: View
    by: By
    cause: str = ""
    """'' for all together."""
    tagged: bool = False
    """Also traces that failed for another cause, in which this went wrong too."""


def parse(query: Mapping[str, str]) -> Question:
    """Read the question of a URL query. Raises BadInput."""
    by = query.get("by", "") or _USUAL
    if by not in BY:
        raise BadInput(f"there are no failures by {by[:40]!r}", hint=f"by {', '.join(BY)}")
    cause = query.get("cause", "")
    if cause not in {"", ANY, *BY_NAME}:
        hint = f"causes are {', '.join(BY_NAME)}"
        raise BadInput(f"there is no cause {cause[:40]!r}", hint=hint)
    return Question(quality_frame.asked(query), by, cause, query.get("tagged", "") == "1")


def routes(services: Services) -> APIRouter:
    """Return the endpoints of the page."""
    router = APIRouter(prefix="/quality/failures")

    def of(request: Request) -> tuple[Question, Rules, Window]:
        asked = parse(request.query_params)
        rules = RULES
        return asked, rules, asked.view.range.window(datetime.now(UTC))

    @router.get("")
    def ranked(request: Request) -> Response:
        asked, rules, window = of(request)
        return json(causes(services.engine, asked, rules, window))

    @router.get("/over-time")
    def over_time(request: Request) -> Response:
        asked, rules, window = of(request)
        return json(steps(services.engine, asked, rules, window))

    @router.get("/traces")
    def failed(request: Request, cursor: str = "") -> Response:
        asked, rules, window = of(request)
        return json(listed(services.engine, asked, rules, window, cursor))

    return router


def causes(engine: Engine, asked: Question, rules: Rules, window: Window) -> dict[str, Any]:
    """Return the causes of a window, with what they cost, how they changed, and whom they struck."""
    view = asked.view
    found = report(engine, view.scope, window, rules=rules, by=asked.by, filter=view.filter)
    before = share_of(found.failed_before, found.traces_before) if found.traces_before else None
    return {
        "traces": found.traces,
        "failed": found.failed,
        "share": _estimate(found.share),
        "cost_usd": found.cost_usd,
        "traces_before": found.traces_before,
        "change": _estimate(difference(found.share, before) if found.share and before else None),
        "window": _ends(window),
        "by": asked.by,
        "dimensions": [{"key": key, "label": label} for key, label in DIMENSIONS.items()],
        "causes": [_cause(one, asked) for one in found.causes],
        "query": state.narrowed(view),
    }


def steps(engine: Engine, asked: Question, rules: Rules, window: Window) -> dict[str, Any]:
    """Return the share of traces that failed in each step of a window, or failed for one cause."""
    view, step = asked.view, step_of(window)
    found = trend(
        engine, view.scope, window, step, cause=_of_one(asked), rules=rules, filter=view.filter
    )
    return {
        "window": _ends(window),
        "step": round(step.total_seconds() * 1000),
        "series": [_step(one) for one in found],
    }


def listed(
    engine: Engine, asked: Question, rules: Rules, window: Window, cursor: str
) -> dict[str, Any]:
    """Return a page of the traces of a cause, or of all that failed, the newest first."""
    view, known = asked.view, BY_NAME.get(asked.cause, _ALL)
    page = failures.traces_of(
        engine,
        view.scope,
        window,
        rules,
        _of_one(asked),
        with_tags=asked.tagged,
        filter=view.filter,
        limit=_PAGE,
        cursor=cursor,
    )
    return {
        "cause": known.name,
        "title": known.title,
        "meaning": known.meaning,
        "tagged": asked.tagged,
        "rows": [_row(row) for row in page.rows],
        "cursor": page.next_cursor or "",
    }


def _of_one(asked: Question) -> str:
    return "" if asked.cause == ANY else asked.cause


def _cause(found: CauseOut, asked: Question) -> dict[str, Any]:
    values = [one.value for one in found.by]
    return {
        "cause": found.cause,
        "title": found.title,
        "meaning": found.meaning,
        "traces": found.traces,
        "share": _estimate(found.share),
        "cost_usd": found.cost_usd,
        "before": found.before,
        "change": _estimate(found.change),
        "tagged": found.tagged,
        "first_seen": found.first_seen_unix_nano // 1_000_000,
        "last_seen": found.last_seen_unix_nano // 1_000_000,
        "by": [_value(one, values, asked) for one in found.by],
        "examples": [_example(one) for one in found.examples],
    }


def _value(one: ValueCount, values: Sequence[str], asked: Question) -> dict[str, Any]:
    return {
        "value": one.value,
        "traces": one.traces,
        "of": one.of,
        "cost_usd": one.cost_usd,
        "share": _estimate(share_of(one.traces, one.of)),
        "filter": state.narrowed(asked.view, _condition(asked.by, one.value, values))["filter"],
    }


def _condition(by: By, value: str, values: Sequence[str]) -> str:
    """Return the filter of the traces with a value; `values` are all that there are."""
    if by == "model":
        return _answered_by(value, values)
    return f"{by} = {quoted(value)}" if value else f"not {by} exists"


def _answered_by(value: str, values: Sequence[str]) -> str:
    """Return the filter of traces that these models answered, and none that answered beside them elsewhere."""
    if not value:
        return f"not {_MODEL} exists"
    models = value.split(_TOGETHER)
    more = {one for other in values for one in _beside(models, other.split(_TOGETHER))}
    parts = [f"{_MODEL} = {quoted(model)}" for model in models]
    if more:
        parts.append(f"{_MODEL} not in ({', '.join(quoted(model) for model in sorted(more))})")
    return " and ".join(parts)


def _beside(models: Sequence[str], others: Sequence[str]) -> set[str]:
    return {*others} - {*models} if {*models} <= {*others} else set()


def _example(one: Example) -> dict[str, Any]:
    return {
        "trace_id": one.trace_id,
        "time": one.start_time_unix_nano // 1_000_000,
        "evidence": _evidence(one.evidence),
    }


def _evidence(one: Evidence) -> dict[str, str]:
    return {
        "cause": one.cause,
        "title": BY_NAME[one.cause].title,
        "span_id": one.span_id,
        "field": one.field,
        "reason": one.reason,
    }


def _row(row: FailedTrace) -> dict[str, Any]:
    return {
        "trace_id": row.trace_id,
        "time": row.start_time_unix_nano // 1_000_000,
        "tenant": row.tenant_id,
        "feature": row.feature,
        "prompt": f"{row.prompt_name}@{row.prompt_version}" if row.prompt_version else "",
        "model": row.model,
        "cost_usd": row.cost_usd,
        "duration_ns": row.duration_ns,
        "causes": [_evidence(one) for one in row.causes],
    }


def _step(one: Step) -> dict[str, Any]:
    return {"time": one.start_unix_nano // 1_000_000, "n": one.traces, **_estimate(one.share)} | {
        "causes": one.causes
    }


def _estimate(found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {"value": None, "low": None, "high": None, "note": ""}
    return {"value": found.value, "low": found.low, "high": found.high, "note": found.note}


def _ends(window: Window) -> list[int]:
    return [window.start_ns // 1_000_000, window.end_ns // 1_000_000]
