"""The parts of a process and how they are made: engine and collector. server/web.py makes the rest."""

import time
from typing import Final

from collector.service import Collector, CollectorOptions
from collector.spool import SpoolLimits
from server.settings import Settings
from storage.client import Engine
from storage.control.control import Control
from storage.control.invitations import list_invitations
from storage.control.people import any_person
from storage.schema import bring_up_to_date

_START_LIMIT_S: Final = 30.0


class PortTaken(Exception):  # noqa: N818 - says what is the case
    """A port that the server should listen on is not free."""


def can_be_signed_in_to(control: Control) -> bool:
    """Tell whether there is anybody who could sign in, or an operator's invitation that waits to be taken up."""
    with control.database.reading() as session:
        return any_person(session) or any(i.is_operator for i in list_invitations(session))


def open_engine(settings: Settings) -> Engine:
    """Open the engine that the settings name and bring its tables up to date."""
    if settings.clickhouse_url:
        engine = Engine(url=settings.clickhouse_url, cluster=settings.clickhouse_cluster)
    else:
        engine = Engine(directory=settings.data_dir / "clickhouse")
    bring_up_to_date(engine)
    return engine


def make_collector(engine: Engine, control: Control, settings: Settings) -> Collector:
    """Make the collector; it does not run yet."""
    return Collector(
        engine,
        control,
        CollectorOptions(
            data_dir=settings.data_dir,
            host=settings.host,
            http_port=settings.otlp_http_port,
            grpc_port=settings.otlp_grpc_port,
            max_request_bytes=settings.max_request_bytes,
            cors_origins=settings.allowed_origins,
            is_loopback=settings.is_loopback,
            limits=SpoolLimits(
                segment_bytes=settings.segment_mib * 1024**2,
                segment_age_s=settings.segment_seconds,
                total_bytes=int(settings.spool_gib * 1024**3),
                free_bytes=settings.free_mib * 1024**2,
            ),
        ),
    )


def start_collector(collector: Collector) -> None:
    """Start the collector and wait until it answers. Raises PortTaken."""
    collector.start()
    deadline = time.monotonic() + _START_LIMIT_S
    while not collector.started:
        if collector.failed or time.monotonic() > deadline:
            raise PortTaken("the OTLP/HTTP port is not free")
        time.sleep(0.01)
