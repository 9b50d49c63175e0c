"""The command `groundwire demo`."""

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from server.commands.console import CONSOLE, fail
from server.settings import Settings

if TYPE_CHECKING:
    from demo import Progress as DemoProgress


def demo(
    endpoint: Annotated[
        str,
        typer.Option(envvar="GROUNDWIRE_DEMO_ENDPOINT", help="OTLP/HTTP endpoint to send to."),
    ] = f"http://127.0.0.1:{Settings().otlp_http_port}",
    days: Annotated[float, typer.Option(min=0.01, help="Days of history to send first.")] = 14.0,
    traces: Annotated[int, typer.Option(min=0, help="Questions in that history.")] = 5000,
    live: Annotated[bool, typer.Option(help="Go on in real time until interrupted.")] = True,
    rate: Annotated[float, typer.Option(min=0.01, help="Questions a second while live.")] = 0.5,
    seed: Annotated[
        int, typer.Option(help="The same seed asks the same questions with the same faults.")
    ] = 7,
    project: Annotated[
        str, typer.Option(help="Project to send to; with a key, the key's.", show_default="default")
    ] = "",
    api_key: Annotated[
        str,
        typer.Option(
            envvar="GROUNDWIRE_API_KEY", help="Key to send with, once people sign in to the server."
        ),
    ] = "",
) -> None:
    """Run a small instrumented LLM application that sends its traces to Groundwire."""
    from demo import DemoError, DemoPlan  # noqa: PLC0415 - other commands do not wait for the application
    from demo import run as run_demo  # noqa: PLC0415 - as above

    plan = DemoPlan(
        seed=seed, backfill=timedelta(days=days), traces=traces, live=live, live_rate=rate
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _DemoProgress() as (bar, show):
        try:
            summary = run_demo(
                plan, endpoint, headers=_headers(project, api_key), progress=show, stop=stop
            )
        except DemoError as error:
            bar.stop()
            fail(str(error))
    CONSOLE.print(
        f"Sent {summary.spans:,} spans of {summary.traces:,} traces in {summary.elapsed_s:,.0f} s"
        + (f"; {summary.retries} requests were sent again" if summary.retries else "")
    )


def _headers(project: str, api_key: str) -> dict[str, str]:
    headers = {"x-groundwire-project": project} if project else {}
    return headers | ({"authorization": f"Bearer {api_key}"} if api_key else {})


class _DemoProgress:
    """A progress bar for the history, then a counter while live."""

    def __enter__(self) -> tuple[Progress, Callable[["DemoProgress"], None]]:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=CONSOLE,
        )
        self._task = self._bar.add_task("History", total=None, figures="")
        self._bar.start()
        return self._bar, self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, progress: "DemoProgress") -> None:
        self._bar.update(
            self._task,
            description="History" if progress.phase == "backfill" else "Live",
            total=progress.traces_planned,
            completed=progress.traces,
            figures=f"{progress.spans:,} spans, {progress.spans_per_s:,.0f}/s",
        )
