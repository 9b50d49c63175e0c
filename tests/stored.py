"""Put OTLP requests into the engine as the loader does, and settle their traces."""

import time
import uuid

from collector.stamp import Stamp, record
from storage.client import Engine
from storage.loading import insert_requests, settle


def store(
    engine: Engine, project: str, body: bytes, *, signal: str = "traces", accepted: int = 1
) -> None:
    """Insert one serialised OTLP request and settle what it touched."""
    stamp = Stamp(project, received_unix_nano=time.time_ns(), accepted=accepted, rejected=0)
    token = uuid.uuid4().hex
    insert_requests(engine, signal, record(body, stamp), token)
    settle(engine, [token])
