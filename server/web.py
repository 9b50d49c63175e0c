"""The web side of a process: the API and the UI on one port."""

import logging
from typing import Any, Final

import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import Receive, Scope, Send

from collector.counters import Counters
from collector.service import Collector
from server.api import create_api
from server.ledger import LedgerCounters
from server.metrics import exposition
from server.settings import Settings
from storage.client import Engine
from storage.control.access import LOCAL, enter
from ui.app import create_ui

log = logging.getLogger(__name__)

UI_PREFIX: Final = "/ui/"


def make_api(engine: Engine, counters: Counters | LedgerCounters) -> FastAPI:
    """Make the app of port 4319 without the UI: the API and the way to the UI."""
    app = create_api(engine, counters)

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse(UI_PREFIX)

    return app


def add_health(app: FastAPI, engine: Engine, collector: Collector | None) -> None:
    """Add /healthz, /readyz and /metrics, as far as the process has the parts that they speak of."""

    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Whether the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz() -> JSONResponse:
        """Whether requests are received and questions answered."""
        parts = {"engine": _answers(engine)}
        if collector is not None:
            parts |= {"collector": collector.started, "loader": collector.loader.away_since is None}
        ready = all(parts.values())
        return JSONResponse(
            {"status": "ready" if ready else "not ready", **parts},
            status_code=200 if ready else 503,
        )

    if collector is not None:

        @app.get("/metrics", tags=["health"])
        def metrics() -> Response:
            """Return the server's own figures, for Prometheus."""
            return Response(
                exposition(collector), media_type="text/plain; version=0.0.4; charset=utf-8"
            )


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the app that it is for. Start and end go to the UI's: the API's has nothing to do then."""
        enter(LOCAL)  # until the door finds out who asks
        path = scope.get("path", "")
        if (
            scope["type"] == "lifespan"
            or path.startswith(UI_PREFIX)
            or path == UI_PREFIX.rstrip("/")
        ):
            await self._ui(scope, receive, send)
        else:
            await self._api(scope, receive, send)


def make_web_server(
    engine: Engine, collector: Collector | None, settings: Settings
) -> uvicorn.Server:
    """Make the server of port 4319: API, UI and health.

    Without a collector in this process, counts come from the engine's ledger.
    """
    counters = collector.counters if collector is not None else LedgerCounters(engine)
    api = make_api(engine, counters)
    add_health(api, engine, collector)
    return _server(Dispatcher(api, create_ui(engine, counters, prefix=UI_PREFIX)), settings)


def make_health_server(engine: Engine, collector: Collector, settings: Settings) -> uvicorn.Server:
    """Make the server of port 4319 of a process that only collects."""
    app = FastAPI(title="Groundwire collector", openapi_url=None)
    add_health(app, engine, collector)
    return _server(app, settings)


def _server(app: Any, settings: Settings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=5,
        )
    )
