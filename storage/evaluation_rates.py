"""Sums of the evaluations of one name, by what they were about: what rates and their intervals are worked out from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from storage.client import Engine
from storage.errors import BadInput
from storage.query import load, run
from storage.scope import Scope
from storage.traces import MAX_BUCKETS, where_of
from storage.window import Slice, Window, from_unix_nano

BY: Final = (
    "model", "feature", "prompt_name", "prompt_version", "tenant_id", "user_tier", "service_name", "environment",
    "source", "author",
)  # fmt: skip
"""What rates can be told apart by. A trace that used several models counts with each of them."""

MAX_GROUPS: Final = 10_000
"""Rows of one answer; those with the most votes in each step come first."""

_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class LabelTally:
    """How often a label was given. `cc`, `cn`: sums over clusters of its weight squared, and times all votes there."""

    votes: int
    weight: float
    cc: float
    cn: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Votes of one group and step, and the sums that a mean or share and its interval need.

    A cluster is a session, or a trace without one. In all sums a vote on a trace that was drawn by chance weighs as
    much as the traces it stands for, 1 / the probability of drawing it (D. G. Horvitz, D. J. Thompson, JASA 47, 1952).
    """

    by: Mapping[str, str]
    """Value by dimension; '' where it is not known."""
    start: datetime
    """Start of the step; of the window where there are no steps."""
    kind: str
    """'number', 'boolean' or 'category'."""
    n: int
    """Votes."""
    weight: float
    """What they weigh together; `n` where nothing was drawn by chance."""
    clusters: int
    total: float
    """Sum of the scores; of booleans, how many are true."""
    squares: float
    """Sum of the scores squared."""
    nn: float
    ss: float
    sn: float
    """Sums over clusters: weight squared, scores squared, weight times scores."""
    labels: Mapping[str, LabelTally]
    """By label, the commonest first; '' are those without."""


def rates(
    engine: Engine,
    scope: Scope,
    window: Window,
    name: str,
    *,
    by: Sequence[str] = (),
    step: timedelta | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[Tally]:
    """Return the sums of the evaluations called `name` of traces that start within `window`, in order of time.

    By up to two dimensions of `BY`; within a step, the group with the most votes first. `q` and `filter` choose the
    traces. Of one thing judged, one author has one vote, the latest. Raises BadInput, QueryTimeout, TooMuchData,
    StoreUnavailable.
    """
    first, second = _dimensions(by)
    step_ns = _step_ns(window, step)
    part = Slice(window.start_ns, window.end_ns)
    result = run(
        engine,
        scope,
        load("evaluations/rates"),
        where=where_of(engine, scope, part, q, filter),
        start_ns=part.start_ns,
        end_ns=part.end_ns,
        step_ns=step_ns,
        name=name,
        first=first,
        second=second,
        by_model="model" in by,
        limit=MAX_GROUPS,
    )
    return [_tally(row, by, part.start_ns, step_ns) for row in result.result_rows]


def _dimensions(by: Sequence[str]) -> tuple[str, str]:
    if unknown := [dimension for dimension in by if dimension not in BY]:
        raise BadInput(f"there are no rates by {unknown[0][:40]!r}", hint=f"by {', '.join(BY)}")
    if len(by) > 2 or len(set(by)) != len(by):
        raise BadInput("rates are by two different dimensions at most", hint="name one or two")
    return (*by, _NOTHING, _NOTHING)[:2]  # type: ignore[return-value]


def _step_ns(window: Window, step: timedelta | None) -> int:
    if step is None:
        return 0
    step_ns = step // timedelta(microseconds=1) * 1000
    if step_ns <= 0 or (window.end_ns - window.start_ns) > step_ns * MAX_BUCKETS:
        raise BadInput(
            "the step does not suit the window",
            hint=f"a step is longer than nothing, and a window has at most {MAX_BUCKETS} of them",
        )
    return step_ns


def _tally(row: Sequence[object], by: Sequence[str], start_ns: int, step_ns: int) -> Tally:
    step, first, second, kind, votes, weight, clusters, total, squares, nn, ss, sn, *labels = row
    values: dict[str, str] = dict(zip(by, (str(first), str(second)), strict=False))
    return Tally(
        by=values,
        start=from_unix_nano(start_ns + int(step) * step_ns),  # type: ignore[call-overload]
        kind=str(kind),
        n=int(votes),  # type: ignore[call-overload]
        weight=weight,  # type: ignore[arg-type]
        clusters=int(clusters),  # type: ignore[call-overload]
        total=total,  # type: ignore[arg-type]
        squares=squares,  # type: ignore[arg-type]
        nn=nn,  # type: ignore[arg-type]
        ss=ss,  # type: ignore[arg-type]
        sn=sn,  # type: ignore[arg-type]
        labels=_labels(*labels),
    )


def _labels(votes: object, weights: object, cc: object, cn: object) -> dict[str, LabelTally]:
    """Return the tallies by label from four maps, each a pair of arrays in the same order."""
    rows = zip(votes[0], votes[1], weights[1], cc[1], cn[1], strict=True)  # type: ignore[index]
    ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
    return {label: LabelTally(*sums) for label, *sums in ordered}
