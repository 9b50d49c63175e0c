"""Traces that failed: how many for which cause, and which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from storage.client import Engine
from storage.errors import TooMuchData
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import load, run
from storage.scope import Scope
from storage.traces import where_of
from storage.window import Slice, Window

By = Literal["tenant_id", "feature", "model", "prompt_name", "prompt_version", "environment"]
BY: Final[tuple[By, ...]] = (
    "tenant_id", "feature", "model", "prompt_name", "prompt_version", "environment",
)  # fmt: skip
"""What the traces of a cause can be told apart by."""

MAX_GROUPS: Final = 10_000
"""Causes times values that a ranking may have: of more, it would leave some out of its totals."""
_LAST: Final = Position(2**62, "")
_SORT: Final = "-start_time"
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """What of an evaluation is a failure: a score of `above` or more or lower than `below`, or a label ('*': any).

    Where the evaluation has one of the labels in `settled`, its evaluator has decided, and the score is not asked.
    """

    cause: str
    name: str
    label: str = ""
    above: float = 1e300
    below: float = -1e300
    settled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The order in which causes are decided, and which evaluations are failures."""

    order: Sequence[str]
    judged: Sequence[JudgedRule]

    def values(self) -> dict[str, Any]:
        """Return what the questions take."""
        return {
            "order_of_causes": list(self.order),
            "judged_causes": [rule.cause for rule in self.judged],
            "judged_names": [rule.name for rule in self.judged],
            "judged_labels": [rule.label for rule in self.judged],
            "judged_above": [rule.above for rule in self.judged],
            "judged_below": [rule.below for rule in self.judged],
            "judged_settled": [",".join(rule.settled) for rule in self.judged],
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a trace is said to have failed: which field of which span ('' for the trace) says so. Holds no text of it."""

    cause: str
    span_id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Example:
    """A trace that failed, and why."""

    trace_id: str
    start_time_unix_nano: int
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """The traces of one cause and value. `cause` is '' for those that did not fail."""

    cause: str
    value: str
    traces: int
    cost_usd: float
    first_seen_unix_nano: int
    last_seen_unix_nano: int
    tags: Mapping[str, int]
    """What else went wrong in how many of them."""
    newest: list[Example]


@dataclass(frozen=True, slots=True)
class StepRow:
    """The traces of one step of a window, the first of which is 0."""

    place: int
    traces: int
    failed: Mapping[str, int]
    """By cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTrace:
    """A trace that failed, with all that went wrong in it; the first is its cause."""

    trace_id: str
    start_time_unix_nano: int
    session_id: str
    tenant_id: str
    feature: str
    prompt_name: str
    prompt_version: str
    environment: str
    model: str
    """The models that answered, joined by ' + '."""
    cost_usd: float | None
    duration_ns: int
    causes: list[Evidence]


def ranking(
    engine: Engine,
    scope: Scope,
    window: Window,
    rules: Rules,
    *,
    by: By | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[CauseRow]:
    """Return how many traces that start within `window` failed for each cause, the most frequent first.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    part = Slice(window.start_ns, window.end_ns)
    result = run(
        engine,
        scope,
        load("failures/ranking"),
        where=where_of(engine, scope, part, q, filter),
        **found_values(engine, scope, part, rules, share=1.0),
        by={"model": "answered_by", None: "nothing"}.get(by, by),
        limit=MAX_GROUPS + 1,
    )
    if len(result.result_rows) > MAX_GROUPS:
        raise TooMuchData(
            f"failures by {by} have more than {MAX_GROUPS} groups; ask for a shorter window or add a filter"
        )
    return [_cause_row(row) for row in result.result_rows]


def over_time(
    engine: Engine,
    scope: Scope,
    window: Window,
    rules: Rules,
    *,
    step: timedelta,
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[StepRow]:
    """Return how many traces of each step of `window` failed, in order; steps without traces are left out.

    Raises as `ranking`.
    """
    part = Slice(window.start_ns, window.end_ns)
    result = run(
        engine,
        scope,
        load("failures/over_time"),
        where=where_of(engine, scope, part, "", filter),
        **found_values(engine, scope, part, rules, share=1.0),
        step_ns=step // _MICROSECOND * 1000,
        limit=MAX_GROUPS,
    )
    return [
        StepRow(place, traces, dict(zip(causes, counts, strict=True)))
        for place, traces, (causes, counts) in result.result_rows
    ]


def traces_of(
    engine: Engine,
    scope: Scope,
    window: Window,
    rules: Rules,
    cause: str,
    *,
    with_tags: bool = False,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
    limit: int = 50,
    cursor: str = "",
) -> Page[FailedTrace]:
    """Return the traces that failed for a cause, '' for any, the newest first; `with_tags`, also those it is a tag of.

    Raises as `ranking`.
    """
    check_limit(limit)
    before = decode_cursor(cursor, _SORT) or _LAST
    part = Slice(window.start_ns, window.end_ns)
    result = run(
        engine,
        scope,
        load("failures/traces"),
        where=where_of(engine, scope, part, q, filter),
        **found_values(engine, scope, part, rules, share=1.0),
        cause=cause,
        with_tags=with_tags,
        before_ns=int(before.value),
        before_id=before.id,
        limit=limit + 1,
    )
    rows = [_failed(row) for row in result.result_rows]
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(
        rows[:limit], encode_cursor(_SORT, Position(last.start_time_unix_nano, last.trace_id))
    )


def found_values(
    engine: Engine, scope: Scope, part: Slice, rules: Rules, *, share: float
) -> dict[str, Any]:
    """Return what a question takes that asks which traces of `part` failed."""
    reach = run(engine, scope, load("traces/reach"), start_ns=part.start_ns, end_ns=part.end_ns)
    return {
        "start_ns": part.start_ns,
        "end_ns": part.end_ns,
        "reach_ns": int(reach.result_rows[0][0]),
        "share": share,
        **rules.values(),
    }


def _cause_row(row: Sequence[Any]) -> CauseRow:
    cause, value, traces, cost, first, last, (tags, counts), newest = row
    return CauseRow(
        cause=cause,
        value=value,
        traces=traces,
        cost_usd=cost,
        first_seen_unix_nano=first,
        last_seen_unix_nano=last,
        tags=dict(zip(tags, counts, strict=True)),
        newest=[
            Example(trace_id, -before, Evidence(cause, span_id, field, reason))
            for before, trace_id, span_id, field, reason in newest
        ],
    )


def _failed(row: Sequence[Any]) -> FailedTrace:
    *facts, causes = row
    names = tuple(FailedTrace.__dataclass_fields__)[:-1]
    return FailedTrace(
        **dict(zip(names, facts, strict=True)), causes=[Evidence(*cause) for cause in causes]
    )
