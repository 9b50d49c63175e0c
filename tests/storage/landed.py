"""Land spans and log records in the engine as the loader does, and read what became of them."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from collector.stamp import Stamp, record
from storage.client import Engine
from storage.loading import insert_requests
from tests.samples import Traces, set_attributes


def land(
    engine: Engine,
    project: str,
    *bodies: bytes,
    signal: str = "traces",
    token: str = "",
    accepted: int = 1,
) -> str:
    """Insert requests as one segment; return its token. `token` names a segment to replay."""
    token = token or uuid.uuid4().hex
    stamp = Stamp(project, received_unix_nano=time.time_ns(), accepted=accepted, rejected=0)
    insert_requests(engine, signal, b"".join(record(body, stamp) for body in bodies), token)
    return token


def land_span(
    engine: Engine, project: str, attributes: Mapping[str, Any], name: str = "work"
) -> dict[str, Any]:
    """Insert one span with these attributes and return its row."""
    traces = Traces()
    set_attributes(traces.span(name), dict(attributes))
    land(engine, project, traces.body())
    return spans(engine, project)[name]


def land_logs(engine: Engine, project: str, *records: Mapping[str, Any], token: str = "") -> str:
    """Insert log records; each is a mapping of fields, `attributes` and the text of `body`."""
    body = logs_body(*records)
    return land(engine, project, body, signal="logs", token=token, accepted=len(records))


def logs_body(*records: Mapping[str, Any]) -> bytes:
    """Return a serialised request of log records."""
    request = ExportLogsServiceRequest()
    scope_logs = request.resource_logs.add().scope_logs.add()
    for fields in records:
        plain = {key: value for key, value in fields.items() if key not in ("attributes", "body")}
        log = scope_logs.log_records.add(**plain)
        set_attributes(log, dict(fields.get("attributes", {})))
        if "body" in fields:
            log.body.string_value = fields["body"]
    return request.SerializeToString()


def land_metrics(engine: Engine, project: str, request: ExportMetricsServiceRequest) -> str:
    """Insert metrics."""
    return land(engine, project, request.SerializeToString(), signal="metrics")


def rows(engine: Engine, table: str, project: str) -> list[dict[str, Any]]:
    """Return every row of a project in a table."""
    result = engine.client().query(
        f"SELECT * FROM {table} WHERE project_id = %(project)s",  # noqa: S608 - the test names it
        parameters={"project": project},
    )
    return [dict(zip(result.column_names, row, strict=True)) for row in result.result_rows]


def spans(engine: Engine, project: str) -> dict[str, dict[str, Any]]:
    """Return the spans of a project by name."""
    return {row["name"]: row for row in rows(engine, "spans", project)}


def contents(engine: Engine, project: str) -> dict[int, dict[str, Any]]:
    """Return the contents of a project by hash."""
    return {row["hash"]: row for row in rows(engine, "contents", project)}


def texts(engine: Engine, project: str, hashes: list[int]) -> list[str]:
    """Return what a person reads in these contents."""
    known = contents(engine, project)
    return [known[h]["text"] for h in hashes]


def total(engine: Engine, table: str, project: str, column: str = "") -> int:
    """Return how many rows a project has in a table, or the sum of a column."""
    measure = f"sum({column})" if column else "count()"
    answer = engine.client().query(
        f"SELECT {measure} FROM {table} WHERE project_id = %(project)s",  # noqa: S608 - as above
        parameters={"project": project},
    )
    return int(answer.result_rows[0][0])
