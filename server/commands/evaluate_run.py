"""Run an evaluator over a file: in batches, with a progress bar, counting what is told at the end."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from analytics.evaluators import EvaluationFailed, Evaluator, Verdict, found, settings
from analytics.evaluators.json_rows import BadRow, Row, RowReader, relabelled, written
from server.commands.evaluate_files import Line, Output, created, opened
from server.commands.evaluate_report import Report, Tally

_ROWS: Final = 64
_CHARACTERS: Final = 2_000_000
"""A batch has at most so many rows, and no more once it has so many characters."""


class CannotEvaluate(Exception):  # noqa: N818 - says what is the case
    """The command ends; the text says what to mend, and repeats no texts of rows."""


def named(name: str, files: Sequence[Path]) -> Evaluator:
    """Return the evaluator of this name, which may be in one of the files. Raises CannotEvaluate."""
    all_files = [*settings.files(), *files]
    there = found.look(all_files, only=name)
    if name in there.evaluators:
        return _ready(there.evaluators[name])
    reasons = [
        f"{broken.origin}: {broken.error}. "
        for broken in there.broken
        if broken.name == name or broken.origin.startswith("file ")
    ]
    others = ", ".join(found.names(all_files))
    raise CannotEvaluate(f"{''.join(reasons)}There is no evaluator {name}. There are: {others}.")


def _ready(evaluator: Evaluator) -> Evaluator:
    """Return an evaluator that knows its version: one whose weights are away says so before a file is read."""
    try:
        _ = evaluator.version
    except EvaluationFailed as error:
        raise CannotEvaluate(f"{error}.") from error
    return evaluator


@dataclass(slots=True)
class OfflineRun:
    """One run of an evaluator over a file."""

    evaluator: Evaluator
    expect: str
    threshold: float | None
    skips: bool
    console: Console
    """Where the progress is shown."""
    tally: Tally = field(default_factory=Tally)

    def report(self) -> Report:
        """Return what is told at the end."""
        threshold = 0.5 if self.threshold is None else self.threshold
        return Report.of(
            self.evaluator.name, self.evaluator.version, self.tally, self.expect, threshold
        )

    def judge(self, source: Path, target: Path) -> None:
        """Judge all rows. Raises OSError."""
        with (
            opened(source) as lines,
            created(target) as output,
            _progress(self.console) as progress,
        ):
            task = progress.add_task(self.evaluator.name, total=lines.size, figures="")
            started = time.monotonic()
            for rows, read in self._batches(lines):
                self._judge(rows, output)
                rate = self.tally.rows / max(time.monotonic() - started, 1e-9)
                figures = f"{self.tally.rows:,} rows, {rate:,.1f}/s"
                progress.update(task, completed=read, figures=figures)

    def _batches(self, lines: Iterable[Line]) -> Iterator[tuple[list[Row], int]]:
        """Yield rows in groups, each with how far the file was read by then."""
        reader = RowReader(self.evaluator.reads, self.expect)
        rows: list[Row] = []
        size = read = 0
        for line in lines:
            try:
                rows.append(reader.read(line.content, line.number))
            except BadRow as error:
                self._bad(line.number, error)
            size, read = size + len(line.content), line.read
            if len(rows) == _ROWS or (rows and size > _CHARACTERS):
                yield rows, read
                rows, size = [], 0
        if rows:
            yield rows, read

    def _bad(self, number: int, error: Exception) -> None:
        if not self.skips:
            raise CannotEvaluate(
                f"Line {number} {error}. Mend it, or count such lines with --skip-bad."
            )
        self.tally.skipped += 1

    def _judge(self, rows: Sequence[Row], output: Output) -> None:
        try:
            verdicts = self.evaluator.evaluate([row.sample for row in rows])
        except EvaluationFailed as error:
            raise CannotEvaluate(f"{error}{_where(error)}") from error
        if len(verdicts) != len(rows):
            raise CannotEvaluate(
                f"{self.evaluator.name} gave {len(verdicts)} verdicts of {len(rows)} rows."
            )
        for row, verdict in zip(rows, verdicts, strict=True):
            self._count(row, verdict, output)

    def _count(self, row: Row, verdict: Verdict, output: Output) -> None:
        # A score that is no number compares as false.
        if verdict.score is not None and not 0 <= verdict.score <= 1:
            raise CannotEvaluate(
                f"{self.evaluator.name} gave a score that is no probability from 0 to 1."
            )
        label = verdict.label if self.threshold is None else relabelled(verdict, self.threshold)
        output.write(written(row, verdict, label))
        tally = self.tally
        tally.rows += 1
        tally.labels[label] += 1
        tally.cost_usd += verdict.cost_usd
        tally.without_contexts += "answer" in self.evaluator.reads and not row.sample.contexts
        if self.expect:
            tally.expect(row.truth, verdict.score, label, row.group)


def _where(error: Exception) -> str:
    """Return where in an author's own file a function failed: its name and line, none of the texts."""
    trace = error.__cause__.__traceback__ if error.__cause__ else None
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
        console=console,
    )
