"""The collector as a whole: receivers, spool and loader over one engine."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import grpc
import uvicorn

from collector.counters import Counters
from collector.door import Door
from collector.grpc_server import grpc_server
from collector.http_server import http_app
from collector.loader import Loader
from collector.receive import Receiver
from collector.signals import Signal
from collector.spool import Spool, SpoolLimits
from storage.client import Engine
from storage.control.control import Control
from storage.control.projects import ensure_project
from storage.counts import Counts
from storage.loading import carried_over
from storage.projects import list_projects

log = logging.getLogger(__name__)

_GRACE_S: Final = 5


@dataclass(frozen=True)
class CollectorOptions:
    """Where the collector listens and what it takes."""

    data_dir: Path
    host: str
    http_port: int
    grpc_port: int
    max_request_bytes: int
    cors_origins: Sequence[str] = ()
    is_loopback: bool = False
    """Whether only this machine reaches `host`: then no keys are needed while nobody has been set up."""
    limits: SpoolLimits = field(default_factory=SpoolLimits)


class Collector:
    """Receives OTLP over HTTP and gRPC and keeps what it acknowledges."""

    def __init__(self, engine: Engine, control: Control, options: CollectorOptions) -> None:
        self.counters = Counters()
        self.spool = Spool(options.data_dir / "spool", self.counters, options.limits)
        self._carry_over(engine)
        _register_projects(engine, control)
        self.loader = Loader(engine, self.spool, self.counters, options.data_dir / "quarantine")
        receiver, door = Receiver(self.spool), Door(control, is_loopback=options.is_loopback)
        app = http_app(
            receiver,
            door,
            max_body_bytes=options.max_request_bytes,
            cors_origins=options.cors_origins,
        )
        self._http = uvicorn.Server(
            uvicorn.Config(
                app,
                host=options.host,
                port=options.http_port,
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._grpc: grpc.Server
        self._grpc, self.grpc_port = grpc_server(
            receiver,
            door,
            host=options.host,
            port=options.grpc_port,
            max_body_bytes=options.max_request_bytes,
        )
        self._http_thread = threading.Thread(target=self._http.run, name="otlp-http", daemon=True)

    def start(self) -> None:
        """Load what an earlier process left, and begin to receive."""
        self.spool.start()
        self.loader.start()
        self._grpc.start()
        self._http_thread.start()

    @property
    def started(self) -> bool:
        """Whether the HTTP receiver answers. Its thread ends at once when the port is taken."""
        return self._http.started

    @property
    def failed(self) -> bool:
        """Whether the HTTP receiver ended before it answered."""
        return not self._http.started and not self._http_thread.is_alive()

    def stop(self) -> None:
        """Take nothing more, make durable what is in hand, load what can be loaded."""
        self._grpc.stop(_GRACE_S).wait()
        self._http.should_exit = True
        self._http_thread.join()
        self.spool.close()
        self.loader.stop()

    def _carry_over(self, engine: Engine) -> None:
        """Start the account where earlier processes left it; segments still in the spool are counted there."""
        pending = [segment.id for segment in self.spool.pending()]
        for total in carried_over(engine, pending):
            self.counters.carried_over(Signal(total.signal), total.project, Counts.of_ledger(total))


def _register_projects(engine: Engine, control: Control) -> None:
    """Let the control database know the projects of data that is older than itself."""
    for project in list_projects(engine):
        ensure_project(control.database, project)
