"""The web side of a process: the API and the UI on one port."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.service import Collector
from server.api import create_api
from server.metrics import exposition
from server.settings import Settings
from storage.client import Engine
from ui.app import create_ui

log = logging.getLogger(__name__)

UI_PREFIX: Final = "/ui/"


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
