"""What traces retrieved and what was made of it: sums for rates, ranks of evidence, retrievers, documents, traces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

import orjson

from storage.client import Engine
from storage.errors import BadInput
from storage.outcomes import Where
from storage.page import Page, Position, check_limit, decode_cursor, encode_cursor
from storage.query import Predicate, load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.traces import MAX_BUCKETS, where_of
from storage.window import Slice, Window

Measure = Literal[
    "context_used", "position", "relevance", "redundancy", "empty", "low_score", "without_support"
]
MEASURES: Final[tuple[Measure, ...]] = (
    "relevance", "context_used", "position", "redundancy", "empty", "low_score", "without_support",
)  # fmt: skip
"""What is measured of retrieval, see docs/retrieval.md."""

By = Literal["data_source", "feature", "tenant_id", "model", "prompt_version", "environment"]
BY: Final[tuple[By, ...]] = (
    "data_source", "feature", "tenant_id", "model", "prompt_version", "environment",
)  # fmt: skip
"""What measures can be told apart by."""

Order = Literal["retrieved", "unused", "unsupported"]
ORDERS: Final[tuple[Order, ...]] = ("unused", "unsupported", "retrieved")
"""Which documents come first."""

SUPPORTED: Final = 0.5
"""Probability from which a claim counts as supported: it is likelier than not."""
ALIKE: Final = 0.5
"""Overlap of two texts' runs of three words from which they are nearly the same."""
IRRELEVANT: Final = 0.2
"""Relevance below which a retrieval is worth a look."""
USUAL: Final = timedelta(days=28)
"""How far before the window a retriever's scores are looked at, to know what is usual."""
ENOUGH: Final = 100
"""Retrievals with scores without which nothing is said to be usual."""

MAX_VALUES: Final = 200
"""Values of a dimension that are told, those with the most traces."""
MAX_NOTED: Final = 100
"""Traces worth a look that are told with a measure; the others are on pages of `noted`."""
MAX_RANKS: Final = 50
MAX_RETRIEVERS: Final = 100
_MAX_ROWS: Final = 100_000
_LAST: Final = Position(2**62, "")
_SORT: Final = "-start_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What a share or mean of a measure and its interval need, as in `storage.evaluation_rates.Tally`."""

    votes: int
    """What was looked at: contexts, retrievals, answers."""
    weight: float
    clusters: int
    total: float
    nn: float
    ss: float
    sn: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSums(Sums):
    """Sums of one measure: of all traces (`part` 'all'), of a step (its number) or of a value of a dimension."""

    measure: Measure
    part: Literal["all", "step", "value"]
    value: str
    traces: int
    noted: int
    """Traces that are worth a look."""
    newest_noted: list[str]
    """The newest of these, of all traces alone: up to `MAX_NOTED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankSums(Sums):
    """Sums of the contexts at one rank, from 1 on, of answers that were judged: `total` of them were used."""

    rank: int
    first: float
    """Weight of the answers whose first used context stands here."""
    traces: list[str]
    """The newest of those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriever:
    """A retriever: an operation on a collection by a model."""

    operation: str
    data_source: str
    model: str
    asked: int
    """Times that it was asked and did not fail."""
    told: int
    """Of these, of how many it is known what they found: 0 where it never tells."""
    empties: int
    scored: int
    """Of these, how many have scores that can be compared with what is usual."""
    low: int
    mean_found: float | None
    of_distances: bool
    """Less is better."""
    of_window: bool
    """What is usual is of the window itself, as there is not enough before it."""
    usual_least: float | None
    """The best score of a retrieval is worse than this in 5 of 100 cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document that traces were given, and what became of it in answers that were judged."""

    hash: str
    """Of its text, 32 hex digits."""
    name: str
    """Its id, as the retriever gave it; '' for none."""
    title: str
    traces: int
    judged: int
    judged_weight: float
    used: int
    used_weight: float
    mean_rank: float
    unsupported: int
    """Claims that nothing supports and that come nearest to this document."""
    unsupported_weight: float
    conflicting: int
    """Those of them that say a number, name or date that it does not say, or deny what it says."""
    tokens: int
    """About so many, by its length."""
    wasted_tokens: float
    """Sent in vain: in answers that did not rest on it."""
    wasted_usd: float
    """What these cost, where a price is known."""
    unpriced: int
    """Of the answers that did not rest on it, those whose calls have no price."""
    unused_in: list[str]
    """The newest traces that did not rest on it."""
    unsupported_in: list[str]
    """The newest traces with such a claim."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A trace that is worth a look in one measure: `count` of `n`, the rank of the first used context, or the score."""

    measure: Measure
    trace_id: str
    start_time_unix_nano: int
    tenant_id: str
    feature: str
    model: str
    data_source: str
    count: float
    n: float


def measures(
    engine: Engine,
    scope: Scope,
    where: Where,
    *,
    by: By | None = None,
    step: timedelta | None = None,
) -> list[MeasureSums]:
    """Return the sums of all measures: of all traces, by steps of time, and by the values of a dimension.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable, as all of these.
    """
    result = _ask(
        engine, scope, where, "rates", by=by or "", step_ns=_step_ns(where.window, step),
        irrelevant=IRRELEVANT, each=max(MAX_VALUES, MAX_BUCKETS), limit=_MAX_ROWS,
    )  # fmt: skip
    return [MeasureSums(**row) for row in result]


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


def ranks(engine: Engine, scope: Scope, where: Where) -> list[RankSums]:
    """Return by rank how many contexts were there and used, of answers that were judged."""
    return [RankSums(**row) for row in _ask(engine, scope, where, "ranks", limit=MAX_RANKS)]


def retrievers(engine: Engine, scope: Scope, where: Where) -> list[Retriever]:
    """Return the retrievers that were asked, the most asked first."""
    result = _ask(engine, scope, where, "retrievers", limit=MAX_RETRIEVERS)
    return [Retriever(**row) for row in result]


def documents(
    engine: Engine, scope: Scope, where: Where, order: Order, *, limit: int = 50
) -> list[Document]:
    """Return documents that traces were given.

    `unused`: those that no answer rests on, the most judged first; `unsupported`: those that claims nothing supports
    come nearest to, the most claims first; `retrieved`: all, the most retrieved first.
    """
    check_limit(limit)
    result = _ask(engine, scope, where, "documents", ordered=order, limit=limit)
    return [_document(row) for row in result]


def _document(row: dict[str, Any]) -> Document:
    known = row.pop("known")
    row["hash"] = f"{row['hash']:032x}"
    return Document(**row, title=title_of(known))


def title_of(known: str) -> str:
    """Return what a document is titled, from what its retriever tells beside text and score; '' for nothing."""
    try:
        told = orjson.loads(known) if known else {}
    except ValueError:
        # The engine reads JSON that is not quite valid.
        return ""
    metadata = told.get("metadata") if isinstance(told, dict) else None
    if isinstance(metadata, str):
        return title_of(metadata) or _named(told)
    return _named(metadata) or _named(told)


def _named(told: object) -> str:
    if not isinstance(told, dict):
        return ""
    found = (told.get(key) for key in ("title", "name", "source", "url"))
    return next((text for text in found if isinstance(text, str) and text), "")


def noted(
    engine: Engine,
    scope: Scope,
    where: Where,
    measure: Measure,
    *,
    limit: int = 50,
    cursor: str = "",
) -> Page[Noted]:
    """Return the traces that are worth a look in a measure, the newest first."""
    check_limit(limit)
    before = decode_cursor(cursor, _SORT) or _LAST
    result = _ask(
        engine, scope, where, "traces", measure=measure, irrelevant=IRRELEVANT,
        before_ns=int(before.value), before_id=before.id, limit=limit + 1,
    )  # fmt: skip
    rows = [Noted(**row) for row in result]
    if len(rows) <= limit:
        return Page(rows, None)
    last = rows[limit - 1]
    return Page(
        rows[:limit], encode_cursor(_SORT, Position(last.start_time_unix_nano, last.trace_id))
    )


def _ask(
    engine: Engine, scope: Scope, where: Where, name: str, **values: Any
) -> Sequence[dict[str, Any]]:
    part = Slice(where.window.start_ns, where.window.end_ns)
    reach = run(engine, scope, load("traces/reach"), start_ns=part.start_ns, end_ns=part.end_ns)
    query = load(f"retrieval/{name}")
    given = {
        "start_ns": part.start_ns,
        "end_ns": part.end_ns,
        # Without a trace nothing has to be reached.
        "reach_ns": max(int(reach.result_rows[0][0]), part.start_ns),
        "usual_start_ns": max(part.start_ns - USUAL // timedelta(microseconds=1) * 1000, 0),
        "supported": SUPPORTED,
        "alike": ALIKE,
        "enough": ENOUGH,
        **values,
    }
    predicate: Predicate = where_of(engine, scope, part, where.q, where.filter)
    asked = {key: value for key, value in given.items() if key in query.parameters}
    return list(named_rows(run(engine, scope, query, where=predicate, **asked)))
