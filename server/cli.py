"""The command `groundwire`: what starts a server is here, the other commands in server/commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import typer
from clickhouse_connect.driver.exceptions import ClickHouseError

from server import settings as s
from server.commands import admin
from server.commands.console import CONSOLE, configured, fail
from server.commands.demo import demo
from server.commands.store import opened_control

if TYPE_CHECKING:
    import uvicorn

    from collector.service import Collector
    from storage.client import Engine
    from storage.control.control import Control

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Groundwire: a trace store for LLM applications.",
    pretty_exceptions_show_locals=False,
)
app.add_typer(admin.app, name="admin")
app.command()(demo)
_DEFAULT = s.Settings()


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
    from server.web import make_web_server  # noqa: PLC0415 - as in _collector

    with _control(settings) as control, _collector(settings, control) as (engine, collector):
        web = make_web_server(engine, collector, control, settings)
        _announce(settings, control)
        with _demo_beside(settings) if with_demo else nullcontext():
            _run_web(web, settings)


def _run_web(web: "uvicorn.Server", settings: s.Settings) -> None:
    """Answer on the web port until told to end."""
    try:
        web.run()
    except SystemExit:
        fail(
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


@contextmanager
def _control(settings: s.Settings) -> Iterator["Control"]:
    """Open the control database; refuse to be reached from elsewhere where nobody could sign in."""
    from server import parts  # noqa: PLC0415 - as in _collector

    with opened_control(settings) as control:
        if not settings.is_loopback and not parts.can_be_signed_in_to(control):
            fail(
                f"Others than this machine can reach {settings.host}, and nobody has been set up to sign in.\n"
                "Make the first operator, with the settings of this command, then start again:\n\n"
                f"  groundwire admin create EMAIL {_where(settings)}"
            )
        yield control


def _where(settings: s.Settings) -> str:
    if settings.database_url:
        return "--database-url $GROUNDWIRE_DATABASE_URL"
    return f"--data-dir {settings.data_dir}"


def _open_engine(settings: s.Settings) -> "Engine":
    from server import parts  # noqa: PLC0415 - as in _collector

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    # The embedded engine caches the protobuf schemas of inserts under the working directory, wherever that is.
    os.chdir(settings.data_dir)
    try:
        return parts.open_engine(settings)
    except (ClickHouseError, OSError) as error:
        fail(_why_closed(settings, error))


@contextmanager
def _collector(settings: s.Settings, control: "Control") -> Iterator[tuple["Engine", "Collector"]]:
    """Open the engine and run the collector for as long as the caller does its part."""
    from server import parts  # noqa: PLC0415 - the engine takes a second to import; --help does not wait for it

    engine = _open_engine(settings)
    try:
        collector = parts.make_collector(engine, control, settings)
    except (RuntimeError, OSError) as error:
        engine.close()
        fail(
            f"Port {settings.otlp_grpc_port} is not free ({error}). Choose another with --otlp-grpc-port."
        )
    try:
        parts.start_collector(collector)
        yield engine, collector
    except parts.PortTaken:
        fail(f"Port {settings.otlp_http_port} is not free. Choose another with --otlp-http-port.")
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
    from server.web import make_health_server  # noqa: PLC0415 - as in _collector

    with _control(settings) as control, _collector(settings, control) as (engine, running):
        CONSOLE.print(
            f"Receiving OTLP on {host}:{otlp_http_port} (HTTP) and {host}:{otlp_grpc_port} (gRPC); "
            f"health and metrics on {host}:{port}"
        )
        _run_web(make_health_server(engine, running, control, settings), settings)


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
    from server.web import make_web_server  # noqa: PLC0415 - as in _collector

    with _control(settings) as control:
        engine = _open_engine(settings)
        try:
            CONSOLE.print(f"UI on http://{settings.shown_host}:{port}/   {_sign_in_line(control)}")
            _run_web(make_web_server(engine, None, control, settings), settings)
        finally:
            engine.close()
