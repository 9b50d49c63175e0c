"""The command `groundwire evaluate`: any evaluator over a file, and how far its scores can be trusted."""

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from server.commands.evaluate_run import OfflineRun

_MESSAGES: Final = Console(stderr=True, highlight=False, soft_wrap=True)
"""Results may go to standard output, so what is said to people does not."""
_FIGURES: Final = Console(highlight=False, soft_wrap=True)


def evaluate(
    name: Annotated[
        str,
        typer.Argument(help="groundedness, refusal, prompt_injection, pii, ... or one of yours."),
    ],
    source: Annotated[
        Path, typer.Option("--in", help="JSON lines to judge; - for standard input.")
    ],
    target: Annotated[
        Path, typer.Option("--out", help="JSON lines with the results; - for standard output.")
    ],
    expect: Annotated[
        str,
        typer.Option(
            help="The member of each line that says what is right: shows AUROC, F1 and calibration."
        ),
    ] = "",
    evaluators: Annotated[
        list[Path] | None,
        typer.Option(help="A Python file with evaluators of yours; may be given several times."),
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="The score from which a label says yes.")
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count lines that cannot be read, and go on.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Tell the figures as one JSON object.")
    ] = False,
) -> None:
    """Judge the rows of a file off line; with labels, tell how far the scores can be trusted."""
    from server.commands.evaluate_run import CannotEvaluate, OfflineRun, named  # noqa: PLC0415 - --help does not wait

    started = time.monotonic()
    try:
        evaluator = named(name, evaluators or [])
        run = OfflineRun(evaluator, expect, threshold, skip_bad, _MESSAGES)
        run.judge(source, target)
    except CannotEvaluate as error:
        _fail(str(error))
    except BrokenPipeError:
        _end_quietly()
    except OSError as error:
        _fail(f"{error.filename or target}: {error.strerror or type(error).__name__}")
    figures = _MESSAGES if str(target) == "-" else _FIGURES
    _tell(run, time.monotonic() - started, figures, as_json=as_json)


def _tell(run: "OfflineRun", took_s: float, figures: Console, *, as_json: bool) -> None:
    """Tell people what came of it."""
    with _MESSAGES.status("Working out the figures"):
        report = run.report()
    _MESSAGES.print(report.summary(took_s), markup=False)
    if as_json:
        figures.print(report.as_json(), markup=False)
    else:
        report.show(figures)
    if run.expect and report.assessment is None:
        _fail(f"No row has both a score and, in `{run.expect}`, what is expected.")


def _end_quietly() -> NoReturn:
    """End because nobody reads the output any more, as `head` does not."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(1)


def _fail(message: str) -> NoReturn:
    # Evaluators of others write their own errors: nothing in them may move the cursor.
    plain = "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in message
    )
    _MESSAGES.print(plain, style="red", markup=False)
    raise typer.Exit(1)
