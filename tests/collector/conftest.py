import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from hypothesis import HealthCheck, settings

from collector.door import Door
from collector.grpc_server import grpc_server
from collector.http_server import http_app
from collector.receive import Receiver
from storage.control.control import Control
from tests.collector.otlp import HttpClient, MemorySpool

LIMIT = 1024 * 1024

# Times say nothing on a shared machine, and examples that fail are printed with their seed.
settings.register_profile(
    "collector", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("collector")


@pytest.fixture
def spool() -> MemorySpool:
    """Keep what the receiver accepts in memory."""
    return MemorySpool()


@pytest.fixture
def http(spool: MemorySpool, control: Control) -> HttpClient:
    """Speak to the HTTP application; failures of it are raised."""
    app = http_app(
        Receiver(spool), Door(control, is_loopback=True), max_body_bytes=LIMIT, cors_origins=[]
    )
    return HttpClient(app)


@pytest.fixture
def http_url(spool: MemorySpool, control: Control) -> Iterator[str]:
    """Serve the HTTP application on a free port."""
    app = http_app(
        Receiver(spool), Door(control, is_loopback=True), max_body_bytes=LIMIT, cors_origins=[]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def grpc_address(spool: MemorySpool, control: Control) -> Iterator[str]:
    """Serve gRPC on a free port."""
    server, port = grpc_server(
        Receiver(spool),
        Door(control, is_loopback=True),
        host="127.0.0.1",
        port=0,
        max_body_bytes=LIMIT,
    )
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()
