"""The assembly: which parts run in a process, how they are joined, and in what order they start and stop."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.service import Collector, CollectorOptions
from collector.spool import SpoolLimits
from server.api import create_api
from server.metrics import exposition
from server.settings import Settings
from storage.client import Engine
from storage.schema import bring_up_to_date
from ui.app import create_ui

log = logging.getLogger(__name__)

UI_PREFIX: Final = "/ui/"
_START_LIMIT_S: Final = 30.0


class PortTaken(Exception):  # noqa: N818 - says what is the case
    """A port that the server should listen on is not free."""


def open_engine(settings: Settings) -> Engine:
    """Open the engine that the settings name and bring its tables up to date."""
    if settings.clickhouse_url:
        engine = Engine(url=settings.clickhouse_url, cluster=settings.clickhouse_cluster)
    else:
        engine = Engine(directory=settings.data_dir / "clickhouse")
    bring_up_to_date(engine)
    return engine


def make_collector(engine: Engine, settings: Settings) -> Collector:
    """Make the collector; it does not run yet."""
    return Collector(
        engine,
        CollectorOptions(
            data_dir=settings.data_dir,
            host=settings.host,
            http_port=settings.otlp_http_port,
            grpc_port=settings.otlp_grpc_port,
            max_request_bytes=settings.max_request_bytes,
            cors_origins=settings.allowed_origins,
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


def make_api(engine: Engine, collector: Collector) -> FastAPI:
    """Make the app of port 4319 without the UI: the API, health and metrics."""
    app = create_api(engine, collector.counters)

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse(UI_PREFIX)

    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Whether the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz() -> JSONResponse:
        """Whether requests are received and questions answered."""
        parts = {"collector": collector.started, "engine": _answers(engine), "loader": collector.loader.away_since is None}
        ready = all(parts.values())
        return JSONResponse(
            {"status": "ready" if ready else "not ready", **parts}, status_code=200 if ready else 503
        )

    @app.get("/metrics", tags=["health"])
    def metrics() -> Response:
        """The server's own figures, for Prometheus."""
        return Response(exposition(collector), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def _answers(engine: Engine) -> bool:
    try:
        engine.client().command("SELECT 1")
    except ClickHouseError:
        log.warning("the engine does not answer")
        return False
    return True


class Dispatcher:
    """Sends paths under /ui to the UI's app and all others to the API's.

    Dash answers every unknown path of the app that it runs on with its page and status 200; on an app of its own it
    does so under its prefix only.
    """

    def __init__(self, api: FastAPI, ui: FastAPI) -> None:
        self._api = api
        self._ui = ui
        self._lifespans = FastAPI(lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app: ASGIApp = self._api
        if scope["type"] == "lifespan":
            app = self._lifespans
        elif scope["path"].startswith(UI_PREFIX) or scope["path"] == UI_PREFIX.rstrip("/"):
            app = self._ui
        await app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for app in (self._api, self._ui):
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def make_web_server(engine: Engine, collector: Collector, settings: Settings) -> uvicorn.Server:
    """Make the server of port 4319: API and UI."""
    api = make_api(engine, collector)
    ui = create_ui(engine, collector.counters, prefix=UI_PREFIX)
    config = uvicorn.Config(
        Dispatcher(api, ui),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)
