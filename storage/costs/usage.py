"""What was used and spent: by any dimensions and steps of time, from the rollups wherever they can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from storage.client import Engine
from storage.costs.coverage import Coverage, coverage
from storage.costs.dimensions import DIMENSIONS, Condition, Where, condition, grouping, source_of
from storage.costs.steps import Step, Steps, cut
from storage.costs.usage_figures import (
    FIGURES,
    Figures,
    column_sql,
    columns_of,
    inner_sql,
    measures_of,
    outer_sql,
    zero,
)
from storage.costs.usage_questions import question
from storage.costs.usage_sql import NOTHING, SUMS, rows_of, values_of
from storage.errors import BadInput
from storage.query import Query, run
from storage.scope import Scope
from storage.window import Window, from_unix_nano

MAX_GROUPS: Final = 10_000
"""Groups of one answer."""

MAX_ROWS: Final = 100_000
"""Rows of one answer: groups times steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageQuestion:
    """What is asked of calls that started in [start, end)."""

    start: datetime
    end: datetime
    group_by: Sequence[str] = ()
    """Of `dimensions.DIMENSIONS`."""
    step: Step = None
    time_zone: str = "UTC"
    """In which days, weeks and months begin, by its IANA name."""
    where: Where = field(default_factory=dict)
    figures: Sequence[str] = FIGURES
    """Those that are wanted: the fewer, the less is read. Requests and cost always come along."""
    with_conversations: bool = False
    """Also what conversations cost. Reads calls, unless it is by tenant, user or session alone."""
    order: str = "-cost_usd"
    """A sum or a dimension; `-` in front begins with the largest. Of groups over all steps."""
    limit: int = 1000
    """Groups that come back; `totals` are of all."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One group, in one step where there are steps."""

    by: Mapping[str, str]
    """Value by dimension, '' where a call has none."""
    time: datetime | None
    """Start of the step, which may lie before the window's; None without steps."""
    figures: Figures


@dataclass(frozen=True, slots=True)
class Usage:
    """An answer, all of it of one state of the store."""

    rows: list[UsageRow]
    """In the order asked for; of each group its steps in order of time, those without calls left out.

    Without dimensions there is a row for every step, and one where there are none.
    """
    groups: list[UsageRow]
    """Each group over all steps."""
    totals: Figures
    """Of all groups, also of those beyond the limit."""
    has_more: bool
    """There are groups beyond the limit."""
    as_of: datetime
    """Every call that was settled before is in the figures."""
    steps: Steps


def usage(engine: Engine, scope: Scope, asked: UsageQuestion) -> Usage:
    """Return what a project used and spent.

    Whole hours come from the rollups, hours that a step or the window begins within from their calls. Raises BadInput,
    QueryTimeout, TooMuchData, StoreUnavailable.
    """
    plan = Plan.of(asked)
    covered = coverage(engine, scope, plan.source, plan.steps)
    query = plan.query(covered)
    # One group more than asked for tells whether there are more.
    values = values_of(query, covered, plan.where)
    result = run(engine, scope, query, limit=asked.limit + 1, **values)
    return plan.answer([list(row) for row in result.result_rows], covered.as_of)


@dataclass(frozen=True, slots=True)
class Plan:
    """A question as it is put to the engine."""

    asked: UsageQuestion
    dimensions: tuple[str, ...]
    columns: tuple[str, ...]
    steps: Steps
    where: Condition

    @classmethod
    def of(
        cls, asked: UsageQuestion, *, most_groups: int = MAX_GROUPS, most_rows: int = MAX_ROWS
    ) -> "Plan":
        """Return how a question is answered. Raises BadInput where it cannot be."""
        dimensions = grouping(asked.group_by)
        columns = columns_of(_figures(asked.figures), with_conversations=asked.with_conversations)
        _check_order(asked.order, (*dimensions, *columns))
        window = within_store(Window(asked.start, asked.end))
        steps = cut(window, asked.step, asked.time_zone)
        if not 1 <= asked.limit <= most_groups:
            raise BadInput(f"limit is {asked.limit}", hint=f"from 1 to {most_groups} are possible")
        if dimensions and asked.limit * len(steps.starts) > most_rows:
            raise BadInput(
                f"{asked.limit} groups in {len(steps.starts)} steps are too many rows",
                hint=f"at most {most_rows} altogether: longer steps, or a lower limit",
            )
        return cls(asked, dimensions, columns, steps, condition(asked.where))

    @property
    def source(self) -> str:
        """The table that has all dimensions that are asked about."""
        of_session = ("session",) if self.asked.with_conversations else ()
        return source_of([*self.dimensions, *self.asked.where, *of_session])

    def query(self, covered: Coverage) -> Query:
        """Return the question; its rows are what `answer` takes."""
        asked = self.asked
        measures = measures_of(self.columns)
        names = self.dimensions or (NOTHING,)
        dimensions = ", ".join(names)
        by_step = asked.step is not None
        figure = asked.order.removeprefix("-")
        keys = [f"({dimensions}, step, conversation)", f"({dimensions}, conversation)"]
        return question(
            "figures",
            dimensions=dimensions,
            first_dimension=names[0],
            is_group=f"grouping(step) = 1 AND grouping({names[0]}) = 0" if by_step else "false",
            sets=", ".join([*keys[: 2 if by_step else 1], "(conversation)"]),
            columns=", ".join(column_sql(name) for name in self.columns),
            outer_figures=outer_sql(measures, with_conversations=asked.with_conversations),
            inner_figures=inner_sql(measures),
            rows=rows_of(
                self.dimensions,
                measures,
                covered,
                self.where,
                with_conversations=asked.with_conversations,
            ),
            group_order=f"maxIf({figure}, is_group OR is_total) OVER (PARTITION BY is_total, {dimensions})"
            if by_step
            else figure,
            direction="DESC" if asked.order.startswith("-") else "ASC",
        )

    def answer(self, found: Sequence[Sequence[Any]], as_of: datetime) -> Usage:
        """Return what rows of `query` come to."""
        totals, groups, rows = zero(self.columns), [], []
        for is_total, is_group, _, *rest in found:
            row = self._row(rest)
            if is_total:
                totals = row.figures
            elif is_group:
                groups.append(row)
            else:
                rows.append(row)
        if self.asked.step is None:
            groups = rows
        kept = groups[: self.asked.limit]
        if has_more := len(groups) > len(kept):
            beyond = groups[-1].by
            rows = [row for row in rows if row.by != beyond]
        if not self.dimensions:
            rows = self._filled(rows)
        return Usage(rows, kept, totals, has_more, as_of, self.steps)

    def _row(self, values: Sequence[Any]) -> UsageRow:
        count = len(self.dimensions or (NOTHING,))
        by = dict(zip(self.dimensions, map(str, values), strict=False))
        time = None if self.asked.step is None else datetime.fromtimestamp(values[count], UTC)
        return UsageRow(
            by, time, Figures(dict(zip(self.columns, values[count + 1 :], strict=True)))
        )

    def _filled(self, rows: Sequence[UsageRow]) -> list[UsageRow]:
        """Return a row for every step, of no calls where there were none."""
        if self.asked.step is None:
            return list(rows) or [UsageRow({}, None, zero(self.columns))]
        there = {row.time: row for row in rows}
        return [
            there.get(start) or UsageRow({}, start, zero(self.columns))
            for start in self.steps.starts
        ]


def within_store(window: Window) -> Window:
    """Return the part of a window in which the store can have anything."""
    return Window(from_unix_nano(window.start_ns), from_unix_nano(window.end_ns))


def _figures(names: Sequence[str]) -> Sequence[str]:
    if unknown := [name for name in names if name not in FIGURES]:
        raise BadInput(
            f"there is no figure {unknown[0][:40]!r}", hint=f"there are {', '.join(FIGURES)}"
        )
    return names


def _check_order(order: str, names: Sequence[str]) -> None:
    possible = [name for name in names if name in SUMS or name in DIMENSIONS]
    if order.removeprefix("-") not in possible:
        raise BadInput(
            f"order is {order[:40]!r}",
            hint=f"a figure or dimension of the answer: {', '.join(possible)}",
        )
