"""The web side of a process: the API, the UI and the sign-in pages on one port, behind one door."""

import logging
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from clickhouse_connect.driver.exceptions import ClickHouseError
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics.worker import Worker
from collector.counters import Counters
from collector.service import Collector
from server.api import create_api, errors
from server.api.cross_origin import FeedbackFromPages
from server.bodies import limited
from server.gate import Gate
from server.ledger import LedgerCounters
from server.metrics import exposition
from server.settings import Settings
from server.sign_in import create_sign_in, is_sign_in
from server.sign_in.addresses import BehindProxy
from server.sign_in.services import Admission, SignIn
from server.sign_in.sessions import Sessions
from server.spend_counters import SpendCounters
from storage.client import Engine
from storage.control.access import Permission, Role, current
from storage.control.control import Control
from storage.control.database import ControlDatabase
from storage.control.secrets import signing_secret
from ui.app import create_ui

log = logging.getLogger(__name__)

UI_PREFIX: Final = "/ui/"


def make_api(
    engine: Engine, counters: Counters | LedgerCounters, control: Control, *, public_url: str
) -> FastAPI:
    """Make the app of port 4319 without the UI: the API and the way to the UI."""
    app = create_api(engine, counters, control, public_url=public_url)

    @app.get("/", include_in_schema=False)
    def root() -> RedirectResponse:
        return RedirectResponse(UI_PREFIX)

    return app


def add_health(
    app: FastAPI,
    engine: Engine,
    collector: Collector | None,
    database: ControlDatabase | None = None,
    worker: Worker | None = None,
) -> None:
    """Add /healthz, /readyz and /metrics, as far as the process has the parts that they speak of.

    `database` is what the process cannot do without: receivers know their keys for a while without it.
    """

    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """Whether the process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz() -> JSONResponse:
        """Whether requests are received and questions answered."""
        parts = {"engine": _answers(engine)}
        if database is not None:
            parts["control"] = database.answers()
        if collector is not None:
            parts |= {"collector": collector.started, "loader": collector.loader.away_since is None}
        if worker is not None:
            parts["worker"] = worker.is_running
        ready = all(parts.values())
        return JSONResponse(
            {"status": "ready" if ready else "not ready", **parts},
            status_code=200 if ready else 503,
        )

    if collector is not None:
        spend = SpendCounters(engine)

        @app.get("/metrics", tags=["health"])
        def metrics() -> Response:
            """Return the process's figures, and the account and spend of the projects that the caller may read."""
            caller = current()
            text = exposition(
                collector, spend, shows=lambda project: caller.may(Permission.READ, project)
            )
            return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def _answers(engine: Engine) -> bool:
    try:
        engine.client().command("SELECT 1")
    except ClickHouseError:
        log.warning("the engine does not answer")
        return False
    return True


class Dispatcher:
    """Sends paths under /ui to the UI's app, those around signing in to theirs, and all others to the API's.

    Dash answers every unknown path of the app that it runs on with its page and status 200; on an app of its own it
    does so under its prefix only.
    """

    def __init__(self, api: FastAPI, ui: ASGIApp, sign_in: ASGIApp) -> None:
        self._api = api
        self._ui = ui
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the app that it is for. Start and end go to the API's and the UI's."""
        if scope["type"] == "lifespan":
            async with self._api.router.lifespan_context(self._api):
                await self._ui(scope, receive, send)
            return
        await self._app_of(scope)(scope, limited(receive), send)

    def _app_of(self, scope: Scope) -> ASGIApp:
        path = scope.get("path", "")
        if path.startswith(UI_PREFIX) or f"{path}/" == UI_PREFIX:
            return self._ui
        return self._sign_in if is_sign_in(path) else self._api


def make_web_app(
    engine: Engine,
    collector: Collector | None,
    control: Control,
    settings: Settings,
    worker: Worker | None = None,
) -> ASGIApp:
    """Make the app of port 4319: API, UI, sign-in and health, behind the door.

    Without a collector in this process, counts come from the engine's ledger.
    """
    counters = collector.counters if collector is not None else LedgerCounters(engine)
    sign_in = _sign_in(control, settings)
    api = make_api(engine, counters, control, public_url=settings.public_url)
    add_health(api, engine, collector, control.database, worker)
    ui = create_ui(engine, counters, control, prefix=UI_PREFIX, otlp_port=settings.otlp_http_port)
    parts = Dispatcher(api, ui, create_sign_in(sign_in))
    # Outside of the door, so that a page can also read why its key is refused.
    return FeedbackFromPages(_gated(parts, control, sign_in.sessions, settings))


def make_web_server(
    engine: Engine,
    collector: Collector | None,
    control: Control,
    settings: Settings,
    worker: Worker | None = None,
) -> uvicorn.Server:
    """Make the server of port 4319."""
    return _server(make_web_app(engine, collector, control, settings, worker), settings)


def make_health_server(
    engine: Engine,
    collector: Collector | None,
    control: Control,
    settings: Settings,
    worker: Worker | None = None,
) -> uvicorn.Server:
    """Make the server of port 4319 of a process that only collects, or only works."""
    app = FastAPI(title="Groundwire", openapi_url=None)
    errors.install(app)
    add_health(app, engine, collector, worker=worker)
    sessions = Sessions(control.database, signing_secret(control.database))
    return _server(_gated(app, control, sessions, settings), settings)


def _sign_in(control: Control, settings: Settings) -> SignIn:
    secret = signing_secret(control.database)
    provider = None
    if settings.oidc_issuer:
        from server.sign_in.provider import Provider  # noqa: PLC0415 - as in create_sign_in

        provider = Provider(
            settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
        )
    return SignIn(
        control=control,
        sessions=Sessions(control.database, secret),
        secret=secret,
        provider=provider,
        provider_name=settings.oidc_name if provider else "",
        admission=Admission(
            domains=settings.admitted_domains,
            role=Role(settings.oidc_role) if settings.oidc_role else None,
        ),
        public_url=settings.public_url,
    )


def _gated(app: ASGIApp, control: Control, sessions: Sessions, settings: Settings) -> ASGIApp:
    gate = Gate(
        app,
        control,
        sessions,
        is_loopback=settings.is_loopback,
        public_host=urlsplit(settings.public_url).netloc,
    )
    return BehindProxy(gate) if settings.trust_proxy else gate


def _server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            access_log=False,
            log_config=None,
            # Else it would believe what every program on this machine says of a request: BehindProxy does that.
            proxy_headers=False,
            # A request that comes while another is answered would inherit that one's caller.
            reset_contextvars=True,
            timeout_graceful_shutdown=5,
        )
    )
