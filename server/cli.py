"""The command `groundwire`."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from demo import DemoError, DemoPlan
from demo import Progress as DemoProgress
from demo import run as run_demo
from server import settings as s

if TYPE_CHECKING:
    import uvicorn

    from collector.service import Collector
    from storage.client import Engine

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Groundwire: a trace store for LLM applications.",
    pretty_exceptions_show_locals=False,
)
_DEFAULT = s.Settings()
_console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Run the command line."""
    app()


@app.callback()
def _groundwire() -> None:
    """Receive OTLP traces of LLM applications, keep them in ClickHouse, and show them."""


@app.command()
def serve(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    host: s.Host = _DEFAULT.host,
    port: s.Port = _DEFAULT.port,
    otlp_http_port: s.OtlpHttpPort = _DEFAULT.otlp_http_port,
    otlp_grpc_port: s.OtlpGrpcPort = _DEFAULT.otlp_grpc_port,
    clickhouse_url: s.ClickHouseUrl = _DEFAULT.clickhouse_url,
    clickhouse_cluster: s.ClickHouseCluster = _DEFAULT.clickhouse_cluster,
    max_request_mib: s.MaxRequestMib = _DEFAULT.max_request_mib,
    cors_origins: s.CorsOrigins = _DEFAULT.cors_origins,
    segment_seconds: s.SegmentSeconds = _DEFAULT.segment_seconds,
    segment_mib: s.SegmentMib = _DEFAULT.segment_mib,
    spool_gib: s.SpoolGib = _DEFAULT.spool_gib,
    free_mib: s.FreeMib = _DEFAULT.free_mib,
    log_level: s.LogLevel = _DEFAULT.log_level,
    with_demo: s.WithDemo = False,
) -> None:
    """Start Groundwire: OTLP receivers, store, API and UI in one process."""
    settings = _configured(locals())
    from server.web import make_web_server  # noqa: PLC0415 - as in _collector

    with _collector(settings) as (engine, collector):
        web = make_web_server(engine, collector, settings)
        _announce(settings)
        with _demo_beside(settings) if with_demo else nullcontext():
            _run_web(web, settings)


def _run_web(web: "uvicorn.Server", settings: s.Settings) -> None:
    """Answer on the web port until told to end."""
    try:
        web.run()
    except SystemExit:
        _fail(
            f"Port {settings.port} is not free. Is another Groundwire running? Choose another with --port."
        )


@contextmanager
def _demo_beside(settings: s.Settings) -> Iterator[None]:
    """Run the demo in a process of its own, as an app would."""
    endpoint = f"http://{settings.shown_host}:{settings.otlp_http_port}"
    process = subprocess.Popen([sys.executable, "-m", "server", "demo", "--endpoint", endpoint])  # noqa: S603 - our own command
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _open_engine(settings: s.Settings) -> "Engine":
    from server import parts  # noqa: PLC0415 - as in _collector

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    # The embedded engine caches the protobuf schemas of inserts under the working directory, wherever that is.
    os.chdir(settings.data_dir)
    try:
        return parts.open_engine(settings)
    except (ClickHouseError, OSError) as error:
        _fail(_why_closed(settings, error))


@contextmanager
def _collector(settings: s.Settings) -> Iterator[tuple["Engine", "Collector"]]:
    """Open the engine and run the collector for as long as the caller does its part."""
    from server import parts  # noqa: PLC0415 - the engine takes a second to import; --help does not wait for it

    engine = _open_engine(settings)
    try:
        collector = parts.make_collector(engine, settings)
    except (RuntimeError, OSError) as error:
        engine.close()
        _fail(
            f"Port {settings.otlp_grpc_port} is not free ({error}). Choose another with --otlp-grpc-port."
        )
    try:
        parts.start_collector(collector)
        yield engine, collector
    except parts.PortTaken:
        _fail(f"Port {settings.otlp_http_port} is not free. Choose another with --otlp-http-port.")
    finally:
        collector.stop()
        engine.close()


def _why_closed(settings: s.Settings, error: Exception) -> str:
    if settings.clickhouse_url:
        return f"ClickHouse at the URL given: {str(error).splitlines()[0]}\nCheck GROUNDWIRE_CLICKHOUSE_URL."
    return (
        f"The data directory {settings.data_dir} cannot be opened: {str(error).splitlines()[0]}\n"
        "One process at a time can hold it. Is another Groundwire running on it?"
    )


def _announce(settings: s.Settings) -> None:
    shown = settings.shown_host
    base = f"http://{shown}"
    _console.print(
        f"""
[bold]Groundwire is running.[/bold] Data in {settings.data_dir}

  UI         {base}:{settings.port}/
  API        {base}:{settings.port}/api/v1/docs
  OTLP       {base}:{settings.otlp_http_port} (HTTP)   {shown}:{settings.otlp_grpc_port} (gRPC)

Point any OpenTelemetry SDK at it:

  export OTEL_EXPORTER_OTLP_ENDPOINT={base}:{settings.otlp_http_port}
  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf

No app at hand? In another shell: groundwire demo --endpoint {base}:{settings.otlp_http_port}
"""
    )
    if not settings.is_loopback:
        _console.print(
            f"[yellow]Anyone who can reach {settings.host} can read and send data: there is no sign-in yet.[/yellow]\n"
        )


@app.command()
def collector(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    host: s.Host = _DEFAULT.host,
    port: s.Port = _DEFAULT.port,
    otlp_http_port: s.OtlpHttpPort = _DEFAULT.otlp_http_port,
    otlp_grpc_port: s.OtlpGrpcPort = _DEFAULT.otlp_grpc_port,
    clickhouse_url: s.ClickHouseUrl = _DEFAULT.clickhouse_url,
    clickhouse_cluster: s.ClickHouseCluster = _DEFAULT.clickhouse_cluster,
    max_request_mib: s.MaxRequestMib = _DEFAULT.max_request_mib,
    cors_origins: s.CorsOrigins = _DEFAULT.cors_origins,
    segment_seconds: s.SegmentSeconds = _DEFAULT.segment_seconds,
    segment_mib: s.SegmentMib = _DEFAULT.segment_mib,
    spool_gib: s.SpoolGib = _DEFAULT.spool_gib,
    free_mib: s.FreeMib = _DEFAULT.free_mib,
    log_level: s.LogLevel = _DEFAULT.log_level,
) -> None:
    """Start only the OTLP receivers and the loader, for a scaled-out deployment."""
    settings = _configured(locals())
    from server.web import make_health_server  # noqa: PLC0415 - as in _collector

    with _collector(settings) as (engine, running):
        _console.print(
            f"Receiving OTLP on {host}:{otlp_http_port} (HTTP) and {host}:{otlp_grpc_port} (gRPC); "
            f"health and metrics on {host}:{port}"
        )
        _run_web(make_health_server(engine, running, settings), settings)


@app.command()
def ui(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    host: s.Host = _DEFAULT.host,
    port: s.Port = _DEFAULT.port,
    clickhouse_url: s.ClickHouseUrl = _DEFAULT.clickhouse_url,
    clickhouse_cluster: s.ClickHouseCluster = _DEFAULT.clickhouse_cluster,
    log_level: s.LogLevel = _DEFAULT.log_level,
) -> None:
    """Start only the API and the UI, for a scaled-out deployment."""
    settings = _configured(locals())
    from server.web import make_web_server  # noqa: PLC0415 - as in _collector

    engine = _open_engine(settings)
    try:
        _console.print(f"UI on http://{settings.shown_host}:{port}/")
        _run_web(make_web_server(engine, None, settings), settings)
    finally:
        engine.close()


@app.command()
def demo(
    endpoint: Annotated[
        str,
        typer.Option(envvar="GROUNDWIRE_DEMO_ENDPOINT", help="OTLP/HTTP endpoint to send to."),
    ] = f"http://127.0.0.1:{_DEFAULT.otlp_http_port}",
    days: Annotated[float, typer.Option(min=0.01, help="Days of history to send first.")] = 14.0,
    traces: Annotated[int, typer.Option(min=0, help="Questions in that history.")] = 5000,
    live: Annotated[bool, typer.Option(help="Go on in real time until interrupted.")] = True,
    rate: Annotated[float, typer.Option(min=0.01, help="Questions a second while live.")] = 0.5,
    seed: Annotated[
        int, typer.Option(help="The same seed asks the same questions with the same faults.")
    ] = 7,
    project: Annotated[str, typer.Option(help="Project to send to.")] = "default",
) -> None:
    """Run a small instrumented LLM application that sends its traces to Groundwire."""
    plan = DemoPlan(
        seed=seed, backfill=timedelta(days=days), traces=traces, live=live, live_rate=rate
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _DemoProgress() as (bar, show):
        try:
            summary = run_demo(
                plan, endpoint, headers={"x-groundwire-project": project}, progress=show, stop=stop
            )
        except DemoError as error:
            bar.stop()
            _fail(str(error))
    _console.print(
        f"Sent {summary.spans:,} spans of {summary.traces:,} traces in {summary.elapsed_s:,.0f} s"
        + (f"; {summary.retries} requests were sent again" if summary.retries else "")
    )


class _DemoProgress:
    """A progress bar for the history, then a counter while live."""

    def __enter__(self) -> tuple[Progress, Callable[[DemoProgress], None]]:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=_console,
        )
        self._task = self._bar.add_task("History", total=None, figures="")
        self._bar.start()
        return self._bar, self._show

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _show(self, progress: DemoProgress) -> None:
        self._bar.update(
            self._task,
            description="History" if progress.phase == "backfill" else "Live",
            total=progress.traces_planned,
            completed=progress.traces,
            figures=f"{progress.spans:,} spans, {progress.spans_per_s:,.0f}/s",
        )


def _configured(flags: Mapping[str, Any]) -> s.Settings:
    """Return the settings that a command's flags make, and log as they say."""
    names = {field.name for field in fields(s.Settings)}
    settings = s.Settings(**{name: value for name, value in flags.items() if name in names})
    settings = replace(settings, data_dir=settings.data_dir.resolve())
    _configure_logging(settings.log_level)
    return settings


def _configure_logging(level: str) -> None:
    names = ("debug", "info", "warning", "error")
    if level not in names:
        _fail(f"--log-level is {level}; give one of {', '.join(names)}")
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        stream=sys.stderr,
    )
    for noisy in ("clickhouse_connect", "httpx", "uvicorn.error", "dash"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    # It logs the address of each request that it tries again, and with it the texts that people search for.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def _fail(message: str) -> NoReturn:
    _console.print(message, style="red")
    raise typer.Exit(1)
