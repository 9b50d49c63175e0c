"""The command `groundwire`: what starts a server is here, the other commands in server/commands."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from server import settings as s
from server.commands import admin
from server.commands.console import CONSOLE, configured, fail
from server.commands.demo import demo
from server.commands.evaluate import evaluate
from server.commands.running import begin, run_web, running_control, running_engine, running_worker
from server.commands.worker import worker

if TYPE_CHECKING:
    from collector.service import Collector
    from storage.client import Engine
    from storage.control.control import Control

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Groundwire: observability and evaluation of LLM applications.",
    pretty_exceptions_show_locals=False,
)
app.add_typer(admin.app, name="admin")
app.command()(demo)
app.command()(evaluate)
app.command()(worker)
_DEFAULT = s.Settings()


def main() -> None:
    """Run the command line."""
    app()


def _say_version(is_asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    if is_asked:
        typer.echo(f"groundwire {version('groundwire-server')}")
        raise typer.Exit


@app.callback()
def _groundwire(
    is_version_asked: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say the version and end."
        ),
    ] = False,
) -> None:
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
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    public_url: s.PublicUrl = _DEFAULT.public_url,
    trust_proxy: s.TrustProxy = _DEFAULT.trust_proxy,
    oidc_issuer: s.OidcIssuer = _DEFAULT.oidc_issuer,
    oidc_client_id: s.OidcClientId = _DEFAULT.oidc_client_id,
    oidc_client_secret: s.OidcClientSecret = _DEFAULT.oidc_client_secret,
    oidc_name: s.OidcName = _DEFAULT.oidc_name,
    oidc_admits: s.OidcAdmits = _DEFAULT.oidc_admits,
    oidc_role: s.OidcRole = _DEFAULT.oidc_role,
    log_level: s.LogLevel = _DEFAULT.log_level,
    with_demo: s.WithDemo = False,
) -> None:
    """Start Groundwire: OTLP receivers, store, API and UI in one process."""
    settings = configured(locals())
    begin()
    from server.web import make_web_server  # noqa: PLC0415 - as in running_control

    with (
        running_control(settings) as control,
        _collector(settings, control) as (engine, collector),
        running_worker(engine, control) as working,
    ):
        web = make_web_server(engine, collector, control, settings, working)
        _announce(settings, control)
        with _demo_beside(settings) if with_demo else nullcontext():
            run_web(web, settings)


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


@contextmanager
def _collector(settings: s.Settings, control: "Control") -> Iterator[tuple["Engine", "Collector"]]:
    """Open the engine and run the collector for as long as the caller does its part."""
    from server import parts  # noqa: PLC0415 - as in running_control

    with running_engine(settings) as engine:
        try:
            collector = parts.make_collector(engine, control, settings)
        except (RuntimeError, OSError) as error:
            fail(
                f"Port {settings.otlp_grpc_port} is not free ({error}). Choose another with --otlp-grpc-port."
            )
        try:
            parts.start_collector(collector)
            yield engine, collector
        except parts.PortTaken:
            fail(
                f"Port {settings.otlp_http_port} is not free. Choose another with --otlp-http-port."
            )
        finally:
            collector.stop()


def _announce(settings: s.Settings, control: "Control") -> None:
    shown = settings.shown_host
    base = f"http://{shown}"
    CONSOLE.print(
        f"""
[bold]Groundwire is running.[/bold] Data in {settings.data_dir}

  UI         {base}:{settings.port}/
  API        {base}:{settings.port}/api/v1/docs
  OTLP       {base}:{settings.otlp_http_port} (HTTP)   {shown}:{settings.otlp_grpc_port} (gRPC)
  Sign-in    {_sign_in_line(control)}

Point any OpenTelemetry SDK at it:

  export OTEL_EXPORTER_OTLP_ENDPOINT={base}:{settings.otlp_http_port}
  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf{_key_line(control)}

No app at hand? In another shell: groundwire demo --endpoint {base}:{settings.otlp_http_port}
"""
    )


def _sign_in_line(control: "Control") -> str:
    if control.is_open():
        return "off: whoever is on this machine may do everything; `groundwire admin create EMAIL` turns it on"
    return "on: people sign in, apps send with an API key"


def _key_line(control: "Control") -> str:
    return (
        ""
        if control.is_open()
        else '\n  export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20KEY"'
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
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    log_level: s.LogLevel = _DEFAULT.log_level,
) -> None:
    """Start only the OTLP receivers and the loader, for a scaled-out deployment."""
    settings = configured(locals())
    begin()
    from server.web import make_health_server  # noqa: PLC0415 - as in running_control

    with running_control(settings) as control, _collector(settings, control) as (engine, running):
        CONSOLE.print(
            f"Receiving OTLP on {host}:{otlp_http_port} (HTTP) and {host}:{otlp_grpc_port} (gRPC); "
            f"health and metrics on {host}:{port}"
        )
        run_web(make_health_server(engine, running, control, settings), settings)


@app.command()
def ui(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    host: s.Host = _DEFAULT.host,
    port: s.Port = _DEFAULT.port,
    clickhouse_url: s.ClickHouseUrl = _DEFAULT.clickhouse_url,
    clickhouse_cluster: s.ClickHouseCluster = _DEFAULT.clickhouse_cluster,
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    public_url: s.PublicUrl = _DEFAULT.public_url,
    trust_proxy: s.TrustProxy = _DEFAULT.trust_proxy,
    oidc_issuer: s.OidcIssuer = _DEFAULT.oidc_issuer,
    oidc_client_id: s.OidcClientId = _DEFAULT.oidc_client_id,
    oidc_client_secret: s.OidcClientSecret = _DEFAULT.oidc_client_secret,
    oidc_name: s.OidcName = _DEFAULT.oidc_name,
    oidc_admits: s.OidcAdmits = _DEFAULT.oidc_admits,
    oidc_role: s.OidcRole = _DEFAULT.oidc_role,
    log_level: s.LogLevel = _DEFAULT.log_level,
) -> None:
    """Start only the API and the UI, for a scaled-out deployment."""
    settings = configured(locals())
    begin()
    from server.web import make_web_server  # noqa: PLC0415 - as in running_control

    with running_control(settings) as control, running_engine(settings) as engine:
        CONSOLE.print(f"UI on http://{settings.shown_host}:{port}/   {_sign_in_line(control)}")
        run_web(make_web_server(engine, None, control, settings), settings)
