"""Every setting of the server, its flag and its environment variable. docs/reference/settings.md is made from this."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

_MIB = 1024 * 1024

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="GROUNDWIRE_DATA_DIR",
        help="Where everything is kept: spans, spool, quarantine.",
    ),
]
Host = Annotated[
    str,
    typer.Option("--host", envvar="GROUNDWIRE_HOST", help="Address that every port listens on."),
]
Port = Annotated[
    int,
    typer.Option(
        "--port", envvar="GROUNDWIRE_PORT", min=0, max=65535, help="Port of the API and the UI."
    ),
]
OtlpHttpPort = Annotated[
    int,
    typer.Option(
        "--otlp-http-port",
        envvar="GROUNDWIRE_OTLP_HTTP_PORT",
        min=1,
        max=65535,
        help="Port for OTLP over HTTP.",
    ),
]
OtlpGrpcPort = Annotated[
    int,
    typer.Option(
        "--otlp-grpc-port",
        envvar="GROUNDWIRE_OTLP_GRPC_PORT",
        min=0,
        max=65535,
        help="Port for OTLP over gRPC.",
    ),
]
ClickHouseUrl = Annotated[
    str,
    typer.Option(
        "--clickhouse-url",
        envvar="GROUNDWIRE_CLICKHOUSE_URL",
        help="A ClickHouse server (https://user:password@host:8443) in place of the embedded engine.",
    ),
]
ClickHouseCluster = Annotated[
    str,
    typer.Option(
        "--clickhouse-cluster",
        envvar="GROUNDWIRE_CLICKHOUSE_CLUSTER",
        help="Name of the ClickHouse cluster: tables are replicated and created ON CLUSTER.",
    ),
]
MaxRequestMib = Annotated[
    int,
    typer.Option(
        "--max-request-mib",
        envvar="GROUNDWIRE_MAX_REQUEST_MIB",
        min=1,
        max=1024,
        help="Largest OTLP request in MiB, before and after decompression.",
    ),
]
CorsOrigins = Annotated[
    str,
    typer.Option(
        "--cors-origins",
        envvar="GROUNDWIRE_CORS_ORIGINS",
        help="Origins, comma-separated, whose pages may send OTLP from a browser; * for all.",
    ),
]
SegmentSeconds = Annotated[
    float,
    typer.Option(
        "--segment-seconds",
        envvar="GROUNDWIRE_SEGMENT_SECONDS",
        min=0.1,
        max=60,
        help="How long requests are gathered before they go to the engine: the time to the screen.",
    ),
]
SegmentMib = Annotated[
    int,
    typer.Option(
        "--segment-mib",
        envvar="GROUNDWIRE_SEGMENT_MIB",
        min=1,
        max=512,
        help="A segment of the spool goes to the engine when it is this large, in MiB.",
    ),
]
SpoolGib = Annotated[
    float,
    typer.Option(
        "--spool-gib",
        envvar="GROUNDWIRE_SPOOL_GIB",
        min=0.01,
        help="The most that waits on disk while the engine is away, in GiB; then senders are asked to come back.",
    ),
]
FreeMib = Annotated[
    int,
    typer.Option(
        "--free-mib",
        envvar="GROUNDWIRE_FREE_MIB",
        min=0,
        help="Disk space in MiB that is left free: below it, senders are asked to come back.",
    ),
]
WithDemo = Annotated[
    bool,
    typer.Option(
        "--with-demo",
        envvar="GROUNDWIRE_WITH_DEMO",
        help="Also run the demo, which sends traces here.",
    ),
]
LogLevel = Annotated[
    str,
    typer.Option(
        "--log-level", envvar="GROUNDWIRE_LOG_LEVEL", help="debug, info, warning or error."
    ),
]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one process of Groundwire runs. Field by field as the flags say."""

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 4319
    otlp_http_port: int = 4318
    otlp_grpc_port: int = 4317
    clickhouse_url: str = ""
    clickhouse_cluster: str = ""
    max_request_mib: int = 64
    cors_origins: str = ""
    segment_seconds: float = 1.0
    segment_mib: int = 32
    spool_gib: float = 10.0
    free_mib: int = 512
    log_level: str = "info"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the ports."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @property
    def shown_host(self) -> str:
        """Where a person on this machine reaches the ports."""
        return "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - a comparison

    @property
    def max_request_bytes(self) -> int:
        """Largest OTLP request."""
        return self.max_request_mib * _MIB

    @property
    def allowed_origins(self) -> list[str]:
        """Origins whose pages may send OTLP."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
