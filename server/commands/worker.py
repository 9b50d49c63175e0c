"""The worker by itself, for a scaled-out deployment."""

from server import settings as s
from server.commands.console import CONSOLE, configured
from server.commands.running import begin, run_web, running_control, running_engine, running_worker

_DEFAULT = s.Settings()


def worker(
    data_dir: s.DataDir = _DEFAULT.data_dir,
    host: s.Host = _DEFAULT.host,
    port: s.Port = _DEFAULT.port,
    clickhouse_url: s.ClickHouseUrl = _DEFAULT.clickhouse_url,
    clickhouse_cluster: s.ClickHouseCluster = _DEFAULT.clickhouse_cluster,
    database_url: s.DatabaseUrl = _DEFAULT.database_url,
    log_level: s.LogLevel = _DEFAULT.log_level,
) -> None:
    """Start only what works in the background: costs, evaluations and jobs, for a scaled-out deployment."""
    settings = configured(locals())
    begin()
    from server.web import make_health_server  # noqa: PLC0415 - as in running_control

    with (
        running_control(settings) as control,
        running_engine(settings) as engine,
        running_worker(engine, control) as running,
    ):
        CONSOLE.print(f"Working in the background; health on {host}:{port}")
        run_web(make_health_server(engine, None, control, settings, running), settings)
