"""What savings are worked out from: calls as they were made, what they were sent, who judged them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from storage.client import Engine
from storage.query import load, run
from storage.scope import Scope
from storage.window import Slice

_HOUR_NS: Final = 3600 * 10**9
_MOST_HOURS: Final = 100_000
_MOST_GROUPS: Final = 10_000

CALL_COLUMNS: Final = (
    "trace_id", "span_id", "start_ns", "end_ns", "tenant_id", "feature", "prompt_name", "prompt_version", "operation",
    "provider", "model", "request_model", "response_model", "service_tier", "processing", "price", "failed",
    "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "cost_usd", "output_cost_usd",
    "request_cost_usd", "request", "messages", "has_tool_calls", "is_awaited", "question", "input_rate",
    "cache_read_rate", "cache_write_5m_rate", "cache_write_1h_rate", "output_rate",
)  # fmt: skip
"""What is known of a call, in the order of storage/queries/savings/calls.sql."""


@dataclass(frozen=True, slots=True)
class Examined:
    """The part of a window that is looked at: all of it, or its latest hours where that is too much at once."""

    part: Slice
    calls: int
    cost_usd: float
    all_calls: int
    """Of the whole window."""
    all_cost_usd: float

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.calls == self.all_calls


@dataclass(frozen=True, slots=True)
class Prefix:
    """How the prompt of one call begins: a hash of it up to each part, and its characters up to there.

    The first part is the tool definitions and instructions, each further one a message.
    """

    chain: Sequence[int]
    chars: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What evaluations of one name come to, of one model's answers to one prompt.

    Sums as in `evaluation_rates.Tally`.
    """

    feature: str
    prompt_name: str
    prompt_version: str
    model: str
    name: str
    kind: str
    """'boolean' or 'number'."""
    votes: int
    weight: float
    """How many the votes stand for, as traces may have been sampled."""
    clusters: int
    total: float
    squares: float
    nn: float
    ss: float
    sn: float


@dataclass(frozen=True, slots=True)
class SentTool:
    """A tool definition that calls were sent."""

    hash: int
    name: str
    chars: int
    calls: int
    days: int
    """Days on which it was sent."""
    uses: int
    """How often a model asked for a tool of this name, or one ran."""


@dataclass(frozen=True, slots=True)
class UsualDocument:
    """A document that is retrieved for nearly all traces of a feature."""

    hash: int
    name: str
    """Its id, as the retriever gave it; '' for none."""
    feature: str
    traces: int
    of_traces: int
    """Of the feature, with any document."""
    days: int
    text: str


def examined(engine: Engine, scope: Scope, part: Slice, most_calls: int) -> Examined:
    """Return the latest whole hours of a window that have at most so many calls; at least the latest hour."""
    rows = run(
        engine, scope, load("savings/hours"),
        start_ns=part.start_ns, end_ns=part.end_ns, limit=_MOST_HOURS,
    ).result_rows  # fmt: skip
    calls, cost, start_ns = 0, 0.0, part.start_ns
    for place, (hour, count, usd) in enumerate(rows):
        if place and calls + count > most_calls:
            start_ns = hour * 10**9 + _HOUR_NS
            break
        calls, cost = calls + count, cost + usd
    return Examined(
        Slice(start_ns, part.end_ns),
        calls,
        cost,
        sum(row[1] for row in rows),
        sum(row[2] for row in rows),
    )


def calls(engine: Engine, scope: Scope, part: Slice, limit: int) -> dict[str, Sequence[Any]]:
    """Return the calls that count in a part of time, as columns of the same length, in order of time."""
    columns = _ask(engine, scope, "savings/calls", part, limit).result_columns
    return dict(zip(CALL_COLUMNS, columns or [()] * len(CALL_COLUMNS), strict=True))


def prefixes(
    engine: Engine, scope: Scope, part: Slice, limit: int
) -> dict[tuple[str, str], Prefix]:
    """Return how prompts begin, by trace and span, of calls whose provider has to be told what to keep of them."""
    rows = _ask(engine, scope, "savings/prefixes", part, limit).result_rows
    return {(row[0], row[1]): Prefix(row[2], row[3]) for row in rows}


def verdicts(engine: Engine, scope: Scope, part: Slice) -> list[Verdicts]:
    """Return what evaluations of calls come to, by what was asked and which model answered."""
    rows = _ask(engine, scope, "savings/verdicts", part, _MOST_GROUPS).result_rows
    names = ("feature", "prompt_name", "prompt_version", "model", "name", "kind", "votes", "weight")
    sums = ("clusters", "total", "squares", "nn", "ss", "sn")
    return [Verdicts(**dict(zip((*names, *sums), row, strict=True))) for row in rows]


def tools(engine: Engine, scope: Scope, part: Slice) -> list[SentTool]:
    """Return the tool definitions that calls were sent, the commonest first."""
    rows = _ask(engine, scope, "savings/tools", part, _MOST_GROUPS).result_rows
    return [SentTool(*row) for row in rows]


def senders(
    engine: Engine, scope: Scope, part: Slice, hashes: Iterable[int], limit: int
) -> dict[tuple[str, str], list[int]]:
    """Return which calls, by trace and span, were sent any of these tool definitions, and which of them."""
    rows = run(
        engine, scope, load("savings/senders"),
        start_ns=part.start_ns, end_ns=part.end_ns, hashes=sorted(hashes), limit=limit,
    ).result_rows  # fmt: skip
    return {(row[0], row[1]): row[2] for row in rows}


def usual_documents(
    engine: Engine,
    scope: Scope,
    part: Slice,
    *,
    least_traces: int,
    least_share: float,
    least_days: int,
    limit: int,
) -> list[UsualDocument]:
    """Return the documents that were retrieved for at least so many and such a share of a feature's traces."""
    rows = run(
        engine, scope, load("savings/documents"),
        start_ns=part.start_ns, end_ns=part.end_ns, least_traces=least_traces, least_share=least_share,
        least_days=least_days, limit=limit,
    ).result_rows  # fmt: skip
    return [UsualDocument(*row) for row in rows]


def carriers(
    engine: Engine,
    scope: Scope,
    part: Slice,
    document: UsualDocument,
    *,
    needles: Sequence[str],
    limit: int,
) -> dict[tuple[str, str], bool]:
    """Return which calls of its feature were sent a document, by trace and span, and whether the answer quotes it."""
    rows = run(
        engine, scope, load("savings/carriers"),
        start_ns=part.start_ns, end_ns=part.end_ns, feature=document.feature, text=document.text,
        needles=list(needles), limit=limit,
    ).result_rows  # fmt: skip
    return {(row[0], row[1]): bool(row[2]) for row in rows}


def tokens_per_character(engine: Engine, scope: Scope, part: Slice) -> dict[str, float]:
    """Return how many tokens a character of what was sent came to, by model: of the counts that calls reported."""
    rows = _ask(engine, scope, "savings/lengths", part, _MOST_GROUPS).result_rows
    return {model: tokens / chars for model, chars, tokens, _ in rows}


def _ask(engine: Engine, scope: Scope, name: str, part: Slice, limit: int) -> Any:
    return run(engine, scope, load(name), start_ns=part.start_ns, end_ns=part.end_ns, limit=limit)
