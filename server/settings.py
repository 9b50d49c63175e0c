"""Every setting of the server, its flag and its environment variable. docs/reference/settings.md is made from this."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from storage.control.access import Role

_MIB = 1024 * 1024
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class BadSetting(Exception):  # noqa: N818 - it reads as what is the case
    """A setting cannot be; the text says what to mend."""


DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="GROUNDWIRE_DATA_DIR",
        help="Where everything is kept: spans, spool, quarantine, people and keys.",
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
DatabaseUrl = Annotated[
    str,
    typer.Option(
        "--database-url",
        envvar="GROUNDWIRE_DATABASE_URL",
        help="PostgreSQL (postgresql://user:password@host/name) for people and keys, in place of a file.",
    ),
]
PublicUrl = Annotated[
    str,
    typer.Option(
        "--public-url",
        envvar="GROUNDWIRE_PUBLIC_URL",
        help="Where browsers reach the UI (https://traces.example.com), for links and sign-in.",
    ),
]
TrustProxy = Annotated[
    bool,
    typer.Option(
        "--trust-proxy",
        envvar="GROUNDWIRE_TRUST_PROXY",
        help="Believe X-Forwarded-Proto and X-Forwarded-For: only behind a proxy that sets both.",
    ),
]
OidcIssuer = Annotated[
    str,
    typer.Option(
        "--oidc-issuer",
        envvar="GROUNDWIRE_OIDC_ISSUER",
        help="The OpenID Connect provider to sign in with, as it calls itself (https://accounts.example.com).",
    ),
]
OidcClientId = Annotated[
    str,
    typer.Option(
        "--oidc-client-id",
        envvar="GROUNDWIRE_OIDC_CLIENT_ID",
        help="What the provider calls this server.",
    ),
]
OidcClientSecret = Annotated[
    str,
    typer.Option(
        "--oidc-client-secret",
        envvar="GROUNDWIRE_OIDC_CLIENT_SECRET",
        help="The secret that the provider gave; better set in the environment than as a flag. Empty: PKCE alone.",
    ),
]
OidcName = Annotated[
    str,
    typer.Option(
        "--oidc-name",
        envvar="GROUNDWIRE_OIDC_NAME",
        help="The provider's name on the sign-in page.",
    ),
]
OidcAdmits = Annotated[
    str,
    typer.Option(
        "--oidc-admits",
        envvar="GROUNDWIRE_OIDC_ADMITS",
        help="Domains of e-mail addresses, comma-separated, whose people get an account. Empty: those invited.",
    ),
]
OidcRole = Annotated[
    str,
    typer.Option(
        "--oidc-role",
        envvar="GROUNDWIRE_OIDC_ROLE",
        help="What they become in the project default: viewer, annotator, editor or admin. Empty: nothing.",
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
    database_url: str = ""
    public_url: str = ""
    trust_proxy: bool = False
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = "your organisation"
    oidc_admits: str = ""
    oidc_role: str = ""

    def resolved(self) -> "Settings":
        """Return the same with absolute paths: the embedded engine wants the process in its data directory.

        Raises BadSetting for what cannot be.
        """
        checked = replace(
            self,
            data_dir=self.data_dir.resolve(),
            database_url=_absolute(self.database_url),
            public_url=self.public_url.rstrip("/"),
        )
        if checked.public_url:
            _check_url("--public-url", checked.public_url, ("https", "http"))
        checked.check_oidc()
        return checked

    def check_oidc(self) -> None:
        """Return if the settings of the provider fit together. Raises BadSetting."""
        if not self.oidc_issuer:
            if self.oidc_client_id or self.oidc_admits or self.oidc_role:
                raise BadSetting(
                    "--oidc-issuer is missing: the other settings of the provider need it"
                )
            return
        # What the provider says goes over this connection, so plain http is for tries on one machine.
        is_here = urlsplit(self.oidc_issuer).hostname in _LOOPBACK
        _check_url("--oidc-issuer", self.oidc_issuer, ("https", "http") if is_here else ("https",))
        if not self.oidc_client_id:
            raise BadSetting(
                "--oidc-client-id is missing: the provider gives it when this server is registered"
            )
        if self.oidc_role and self.oidc_role not in tuple(Role):
            raise BadSetting(f"--oidc-role is {self.oidc_role}; give one of {', '.join(Role)}")

    @property
    def admitted_domains(self) -> frozenset[str]:
        """Domains of e-mail addresses whose people get an account."""
        names = (name.strip().lower().removeprefix("@") for name in self.oidc_admits.split(","))
        return frozenset(name for name in names if name)

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the ports."""
        return self.host in _LOOPBACK

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


def _absolute(database_url: str) -> str:
    """Return the URL of a SQLite file with its path made absolute; any other as it is."""
    kind, _, path = database_url.partition(":///")
    if kind != "sqlite" or not path:
        return database_url
    return f"sqlite:///{Path(path).resolve()}"


def _check_url(flag: str, url: str, schemes: tuple[str, ...]) -> None:
    """Return if browsers can be sent to a URL. Raises BadSetting."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment:
        raise BadSetting(f"{flag} is {url}; write {' or '.join(f'{s}://HOST' for s in schemes)}")
