"""OTLP over HTTP: POST /v1/traces, /v1/logs and /v1/metrics, in protobuf and JSON.

opentelemetry-proto `docs/specification.md`, "OTLP/HTTP". Every answer is written the way its
request was; every error is a google.rpc.Status.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from google.rpc import code_pb2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from collector.compression import content_encoding, decompress
from collector.decode import Encoding
from collector.door import Door
from collector.errors import ComeBack, Refused, SpoolFull, TooLarge, Unauthenticated, Unsupported
from collector.receive import Receipt, Receiver
from collector.signals import Signal
from collector.status import (
    encode,
    plain_status,
    refused_status,
    retry_after,
    unavailable_status,
)

logger = logging.getLogger(__name__)

# Bodies beyond these sizes are worked on in a thread, so that they do not hold up the others.
_LARGE_COMPRESSED_BYTES = 32 * 1024
_LARGE_BYTES = 256 * 1024

# How soon to come back after the disk failed under a request.
_AFTER_FAILURE_S = 1.0

_CORS_MAX_AGE_S = 3600


def http_app(
    receiver: Receiver, door: Door, *, max_body_bytes: int, cors_origins: Sequence[str]
) -> Starlette:
    """Make the OTLP/HTTP application.

    `max_body_bytes` bounds a body both before and after decompression. `cors_origins` are the
    origins whose pages may send spans from a browser; cookies are never asked for, so `*` is
    allowed and safe.
    """
    routes = [
        Route(path, _endpoint(_Export(receiver, door, signal, max_body_bytes)), methods=["POST"])
        for signal in Signal
        for path in (f"/v1/{signal}", f"/v1/{signal}/")
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=cors_origins,
        allow_methods=["POST"],
        allow_headers=["*"],
        allow_credentials=False,
        expose_headers=["Retry-After"],
        max_age=_CORS_MAX_AGE_S,
    )
    app = Starlette(
        routes=routes,
        middleware=[cors] if cors_origins else [],
        exception_handlers={HTTPException: _not_served, Exception: _failed},
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Export:
    """The endpoint of one signal."""

    receiver: Receiver
    door: Door
    signal: Signal
    max_body_bytes: int

    async def answer(self, request: Request) -> Response:
        """Take one request and answer it once it is durable."""
        encoding = _request_encoding(request)
        try:
            receipt = await self._take(request, encoding)
            # Shielded, for the spool resolves the future whether or not the client has gone.
            await asyncio.shield(asyncio.wrap_future(receipt.stored))
        except Refused as error:
            self.receiver.note_refusal(self.signal, error)
            return _refused(error, encoding)
        except ComeBack as error:
            self.receiver.note_refusal(self.signal, error)
            return _unavailable(error, encoding)
        except OSError:
            logger.exception("A %s request could not be made durable.", self.signal)
            return _unavailable(SpoolFull(_AFTER_FAILURE_S), encoding)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        return _response(200, receipt.response, encoding)

    async def _take(self, request: Request, encoding: Encoding | None) -> Receipt:
        """Read, decompress and receive, refusing as early as each fault can be known."""
        project = await self._project(request)
        if encoding is None:
            raise Unsupported(f"The Content-Type must be {Encoding.PROTOBUF} or {Encoding.JSON}.")
        compression = content_encoding(request.headers.get("content-encoding", ""))
        self.receiver.admit()
        raw = await self._read(request)
        inflate = partial(decompress, raw, compression, self.max_body_bytes)
        heavy = compression != "identity" and len(raw) > _LARGE_COMPRESSED_BYTES
        body = await run_in_threadpool(inflate) if heavy else inflate()
        receive = partial(self.receiver.receive, self.signal, project, body, encoding)
        return await run_in_threadpool(receive) if len(body) > _LARGE_BYTES else receive()

    async def _project(self, request: Request) -> str:
        """Ask the door whose the request is; in a thread if it must look that up."""
        project = self.door.project_at_once(request.headers)
        if project is None:
            project = await run_in_threadpool(self.door.project, request.headers)
        return project

    async def _read(self, request: Request) -> bytes:
        """Read the body, still compressed; raises TooLarge as soon as it is."""
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self.max_body_bytes:
            raise TooLarge(self.max_body_bytes)
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self.max_body_bytes:
                raise TooLarge(self.max_body_bytes)
            chunks.append(chunk)
        return b"".join(chunks)


def _endpoint(export: _Export) -> Callable[[Request], Awaitable[Response]]:
    """Make a route's endpoint, which Starlette knows by being a plain function."""

    async def endpoint(request: Request) -> Response:
        return await export.answer(request)

    return endpoint


def _request_encoding(request: Request) -> Encoding | None:
    """Read the Content-Type as a media type; None when it is missing or not ours."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Encoding(media_type) if media_type in list(Encoding) else None


def _response(
    status_code: int,
    message: object,
    encoding: Encoding | None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer in the request's encoding; in JSON when that is not known."""
    encoding = encoding or Encoding.JSON
    return Response(
        encode(message, encoding), status_code, headers=headers, media_type=encoding.value
    )


def _refused(error: Refused, encoding: Encoding | None) -> Response:
    # RFC 9110 section 11.6.1: a 401 says which credentials would do.
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthenticated) else None
    return _response(error.http_status, refused_status(error), encoding, headers)


def _unavailable(error: ComeBack, encoding: Encoding | None) -> Response:
    headers = {"Retry-After": retry_after(error)}
    return _response(503, unavailable_status(error), encoding, headers)


async def _not_served(request: Request, error: Exception) -> Response:
    """Answer a path or method that is not served."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        status = plain_status(code_pb2.UNIMPLEMENTED, "Send OTLP with POST.")
        return _response(405, status, _request_encoding(request), {"Allow": "POST"})
    paths = ", ".join(f"/v1/{signal}" for signal in Signal)
    status = plain_status(code_pb2.NOT_FOUND, f"Send OTLP to one of {paths}.")
    return _response(404, status, _request_encoding(request))


async def _failed(request: Request, _error: Exception) -> Response:
    """Answer when we are at fault; Starlette raises the error again, for the server to log."""
    status = plain_status(code_pb2.INTERNAL, "The server failed; its log says why.")
    return _response(500, status, _request_encoding(request))
