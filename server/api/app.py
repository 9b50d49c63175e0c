"""Put the API together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.concurrency import run_in_threadpool

from analytics.budgets.watching import Watch
from analytics.savings.desk import Desk
from server.api import (
    annotation,
    audit,
    budgets,
    comparisons,
    confidence,
    errors,
    evaluations,
    evaluators,
    failures,
    fields,
    groundedness,
    guardrails,
    keys,
    people,
    prices,
    projects,
    queues,
    recosting,
    retrieval,
    savings,
    segments,
    sessions,
    spans,
    stats,
    traces,
    usage,
    usage_reports,
)
from server.api.deps import known_caller
from server.api.docs_page import add_docs_page
from storage.client import Engine
from storage.control.control import Control
from storage.counts import LiveCounters

PREFIX: Final = "/api/v1"

_DESCRIPTION: Final = """
Traces of LLM applications: spans, sessions, figures. Every answer is about one project, chosen by the header
`x-groundwire-project` or the parameter `project`.

Lists come in pages: pass `next_cursor` of one page as `cursor` for the next. Errors are
`{"error": {"code", "message", "hint"}}`. Times are RFC 3339 in UTC with nanoseconds, and beside them integers
`*_unix_nano`; read those as 64-bit integers.
"""


def create_api(
    engine: Engine, counters: LiveCounters, control: Control, *, public_url: str = ""
) -> FastAPI:
    """Return the app that answers under /api/v1. `counters` tell what was received and what became of it.

    `public_url` is where browsers reach this server, for links; empty: as the request says.
    Enter its lifespan: at its end, what reads the engine by itself is over.
    """
    watch = Watch(engine, control.database)
    desk = Desk(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(watch.close)
        await run_in_threadpool(desk.close)

    app = FastAPI(
        title="Groundwire",
        version="1",
        description=_DESCRIPTION,
        docs_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redoc_url=None,
        lifespan=lifespan,
    )
    add_docs_page(app, f"{PREFIX}/docs")
    app.state.engine = engine
    app.state.counters = counters
    app.state.control = control
    app.state.budgets = watch
    app.state.savings = desk
    app.state.public_url = public_url
    app.include_router(create_router(), prefix=PREFIX, responses=errors.DOCUMENTED)
    errors.install(app)
    return app


def create_router() -> APIRouter:
    """Return the routes, without a prefix."""
    router = APIRouter(dependencies=[Depends(known_caller)])
    for part in (
        traces,
        spans,
        sessions,
        evaluations,
        fields,
        stats,
        projects,
        keys,
        people,
        audit,
        queues,
        annotation,
        budgets,
        prices,
        recosting,
        evaluators,
        savings,
        failures,
        segments,
        comparisons,
        confidence,
        groundedness,
        guardrails,
        retrieval,
        usage,
        usage_reports,
    ):
        router.include_router(part.router)
    return router
