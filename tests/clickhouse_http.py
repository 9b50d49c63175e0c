"""ClickHouse's HTTP interface over chDB, for tests of the scaled-out configuration without a ClickHouse server.

`python -m tests.clickhouse_http DIRECTORY PORT` serves until it is ended. It does what clickhouse-connect's HTTP client
asks for: statement in the URL or in the body, `param_*`, settings in the URL, inserts of any format, multipart forms,
compressed requests, and the X-ClickHouse headers. It is the engine itself that answers; only the transport is ours.
"""

import email.policy
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any, Final

import chdb
import lz4.frame  # type: ignore[import-untyped]
import uvicorn
import zstandard
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# Parameters that HTTP itself consumes; every other one is a setting of the query.
_TRANSPORT: Final = frozenset({
    "query", "database", "wait_end_of_query", "session_id", "query_id", "client_protocol_version", "compress",
    "decompress", "enable_http_compression", "send_progress_in_http_headers", "http_headers_progress_interval_ms",
    "cancel_http_readonly_queries_on_client_close", "user", "password", "role", "quota_key", "buffer_size",
})  # fmt: skip
_INSERT: Final = re.compile(
    rb"\s*(INSERT\s+INTO\s+.+?)\s+FORMAT\s+(\w+)[ \t]*(?:\n|$)", re.IGNORECASE | re.DOTALL
)
_FORMAT: Final = re.compile(r"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE: Final = re.compile(r"Code: (\d+)\.")


@dataclass
class Answer:
    """What a statement gave."""

    body: bytes
    format: str = ""
    read_rows: int = 0


@dataclass
class Interface:
    """One chDB directory behind HTTP."""

    directory: str
    refuse_inserts_with: int = 0
    """An error code of ClickHouse's; inserts are refused with it while it is not 0."""
    unavailable: bool = False
    """Answer 503 to everything, as a load balancer without a server does."""
    refused: int = 0
    _keep_open: Any = field(init=False)

    def __post_init__(self) -> None:
        self._keep_open = self._connect()

    async def answer(self, request: Request) -> Response:
        """Answer one request of a client."""
        if self.unavailable:
            self.refused += 1
            return Response("no server is available", status_code=503)
        parameters = dict(request.query_params)
        body = _decompressed(await request.body(), request.headers.get("content-encoding", ""))
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            parameters |= _form(body, request.headers["content-type"])
            body = b""
        try:
            answer = await run_in_threadpool(self._run, parameters, body)
        except (RuntimeError, ValueError) as error:
            return _refusal(str(error))
        headers = {
            "X-ClickHouse-Summary": json.dumps(
                {"read_rows": str(answer.read_rows), "written_rows": "0"}
            ),
            "X-ClickHouse-Query-Id": parameters.get("query_id", ""),
            "X-ClickHouse-Timezone": "UTC",
        }
        if answer.format:
            headers["X-ClickHouse-Format"] = answer.format
        if parameters.get("enable_http_compression") == "1" and "zstd" in request.headers.get(
            "accept-encoding", ""
        ):
            answer.body = zstandard.compress(answer.body)
            headers["Content-Encoding"] = "zstd"
        return Response(answer.body, headers=headers)

    async def ping(self, _: Request) -> Response:
        """Answer as a server that lives."""
        return Response("Ok.\n", status_code=503 if self.unavailable else 200)

    async def control(self, request: Request) -> Response:
        """Set what is out of order; return how many requests were refused."""
        self.refuse_inserts_with = int(request.query_params.get("refuse_inserts_with", "0"))
        self.unavailable = request.query_params.get("unavailable") == "1"
        return Response(str(self.refused))

    def _connect(self) -> Any:
        return chdb.connect(self.directory)  # type: ignore[no-untyped-call]

    def _run(self, parameters: dict[str, str], body: bytes) -> Answer:
        """Run a statement on a connection of its own, as a server does without a session."""
        statement = parameters.get("query", "").encode()
        statement, data = (statement, body) if statement else (body, b"")
        connection = self._connect()
        try:
            if database := parameters.get("database"):
                connection.query(f"USE `{database}`")
            for name, value in parameters.items():
                if name not in _TRANSPORT and not name.startswith("param_"):
                    connection.query(f"SET {name} = {_quoted(value)}")
            if insert := _INSERT.match(statement):
                return self._insert(connection, insert, data or statement[insert.end() :])
            bound = {
                name.removeprefix("param_"): v
                for name, v in parameters.items()
                if name.startswith("param_")
            }
            return _select(connection, statement.decode(), bound)
        finally:
            connection.close()

    def _insert(self, connection: Any, insert: re.Match[bytes], data: bytes) -> Answer:
        if self.refuse_inserts_with:
            self.refused += 1
            raise ValueError(
                f"Code: {self.refuse_inserts_with}. DB::Exception: refused by the test. (REFUSED)"
            )
        with tempfile.NamedTemporaryFile(suffix=".insert", delete=False) as file:
            file.write(data)
        try:
            into, fmt = insert[1].decode(), insert[2].decode()
            connection.query(
                f"{into} FROM INFILE {_quoted(file.name)} FORMAT {fmt}", "TabSeparated"
            )
        finally:
            os.unlink(file.name)  # noqa: PTH108 - as it was made
        return Answer(b"")


def _select(connection: Any, statement: str, bound: dict[str, str]) -> Answer:
    if named := _FORMAT.search(statement):
        result = connection.query(statement, named[1], params=bound)
        return Answer(result.bytes() or b"", named[1], result.rows_read())
    # A statement that gives rows prints their names at least; one that gives none prints nothing.
    result = connection.query(statement, "TabSeparatedWithNames", params=bound)
    body = result.bytes() or b""
    return Answer(body.partition(b"\n")[2], "TabSeparated" if body else "", result.rows_read())


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _refusal(message: str) -> Response:
    code = _CODE.search(message)
    return Response(
        message,
        status_code=500,
        headers={"X-ClickHouse-Exception-Code": code[1] if code else "1002"},
    )


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding == "lz4":
        return bytes(lz4.frame.decompress(body))
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    if encoding:
        raise ValueError(f"Code: 73. DB::Exception: the tests' ClickHouse does not read {encoding}")
    return body


def _form(body: bytes, content_type: str) -> dict[str, str]:
    head = f"content-type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    found: dict[str, str] = {}
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return found


def make_app(interface: Interface) -> Starlette:
    """Return the ASGI app of an interface."""
    return Starlette(
        routes=[
            Route("/", interface.answer, methods=["GET", "POST"]),
            Route("/ping", interface.ping),
            Route("/control", interface.control, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())  # the engine caches schemas under the working directory
    uvicorn.run(
        make_app(Interface(sys.argv[1])),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        log_level="warning",
        access_log=False,
    )
