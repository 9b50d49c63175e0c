"""Usage as a file: CSV for spreadsheets, Parquet for everything else, both written by the engine."""

from collections.abc import Iterator
from typing import Final, Literal

from storage.client import Engine
from storage.costs.coverage import coverage
from storage.costs.usage import Plan, UsageQuestion
from storage.costs.usage_questions import question
from storage.costs.usage_sql import values_of
from storage.query import stream
from storage.scope import Scope

Form = Literal["csv", "parquet"]

MAX_EXPORTED: Final = 1_000_000
"""Rows of a file."""

_ENGINE_FORM: Final = {"csv": "CSVWithNames", "parquet": "Parquet"}
_SETTINGS: Final = {
    "output_format_csv_crlf_end_of_line": 1,
    "date_time_output_format": "iso",
    "output_format_parquet_compression_method": "zstd",
    "output_format_parquet_string_as_string": 1,
}
_CHUNK: Final = 256 * 1024

# What makes a spreadsheet read a cell as a formula (OWASP, CSV injection); the wide forms do where those are typed.
_FORMULA: Final = r"'^[=+\\-@\\t\\r\\n＝＋－＠]'"  # noqa: RUF001


def export(engine: Engine, scope: Scope, asked: UsageQuestion, form: Form) -> Iterator[bytes]:
    """Return what `usage` would answer as the bytes of a file: the rows, without the totals.

    Columns are the dimensions, `time` where there are steps, and the figures. Money is exact: decimals of 12 digits in
    Parquet, all digits in CSV. In CSV, text that a spreadsheet would run as a formula has an apostrophe in front.
    Raises as `usage`, before the first byte.
    """
    plan = Plan.of(asked, most_groups=MAX_EXPORTED, most_rows=MAX_EXPORTED)
    covered = coverage(engine, scope, plan.source, plan.steps)
    query = question(
        "export",
        shown=", ".join([*_labels(plan, form), *plan.columns]),
        figures=plan.query(covered).text,
    )
    answer = stream(
        engine,
        scope,
        query,
        _ENGINE_FORM[form],
        _SETTINGS,
        limit=asked.limit,
        most_rows=MAX_EXPORTED,
        **values_of(query, covered, plan.where),
    )
    return iter(lambda: answer.read(_CHUNK), b"")


def _labels(plan: Plan, form: Form) -> Iterator[str]:
    """Yield SQL of what a row is about."""
    for name in plan.dimensions:
        yield (
            f"if(match({name}, {_FORMULA}), concat('''', {name}), {name}) AS {name}"
            if form == "csv"
            else f"toString({name}) AS {name}"
        )
    if plan.asked.step is not None:
        yield "toDateTime(step, 'UTC') AS time"
