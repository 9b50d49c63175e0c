"""The Dash app, on a FastAPI of its own: Dash answers unknown paths with its page, so it must not share one."""

import inspect
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dash
from dash import Dash
from dash.development.base_component import Component
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from storage.client import Engine
from storage.control.control import Control
from storage.counts import LiveCounters
from ui import failures, range_picker
from ui.data import answers, evaluations, lists, quality, suggest
from ui.data import costs as cost_data
from ui.data import quality_comparisons as comparison_data
from ui.data import quality_evaluators as evaluator_data
from ui.data import quality_failures as failure_data
from ui.data import quality_groundedness as groundedness_data
from ui.data import quality_guardrails as guardrail_data
from ui.data import quality_retrieval as retrieval_data
from ui.data import quality_worse as worse_data
from ui.data import queues as queue_data
from ui.data import trace as trace_data
from ui.kept_files import KeptFiles
from ui.pages import (
    annotate,
    budgets,
    cost_breakdown,
    cost_hosting,
    cost_movers,
    cost_unpriced,
    costs,
    prices,
    quality_comparisons,
    quality_evaluators,
    quality_failures,
    quality_groundedness,
    quality_guardrails,
    quality_retrieval,
    quality_worse,
    queues,
    savings,
    session,
    sessions,
    settings,
    status,
    trace,
    traces,
)
from ui.pages import quality as quality_page
from ui.security import SecurityHeaders
from ui.services import Services
from ui.shell import NavLink, Shell


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: where it is, what it is called, how it is built and wired."""

    module: str
    path: str
    """After the app's prefix; `<name>` stands for a part of the URL that the layout gets."""
    title: str
    layout: Callable[..., Component]
    wire: Callable[[Dash, Services], None] | None = None


PAGES: Final[Sequence[PageEntry]] = (
    PageEntry("home", "", "Traces", traces.layout),
    PageEntry("traces", "traces", "Traces", traces.layout, traces.wire),
    PageEntry("trace", "traces/<trace_id>", "Trace", trace.layout, trace.wire),
    PageEntry("sessions", "sessions", "Sessions", sessions.layout, sessions.wire),
    PageEntry("session", "sessions/<session_id>", "Session", session.layout, session.wire),
    PageEntry("quality", "quality", "Quality", quality_page.layout, quality_page.wire),
    PageEntry(
        "quality_comparisons", "quality/comparisons", "Comparisons", quality_comparisons.layout
    ),
    PageEntry("quality_failures", "quality/failures", "Failures", quality_failures.layout),
    PageEntry(
        "quality_groundedness", "quality/groundedness", "Groundedness", quality_groundedness.layout
    ),
    PageEntry("quality_guardrails", "quality/guardrails", "Guardrails", quality_guardrails.layout),
    PageEntry("quality_retrieval", "quality/retrieval", "Retrieval", quality_retrieval.layout),
    PageEntry("quality_worse", "quality/worse", "Where it is worse", quality_worse.layout),
    PageEntry("quality_evaluators", "quality/evaluators", "Evaluators", quality_evaluators.layout),
    PageEntry(
        "quality_evaluator",
        "quality/evaluators/<name>",
        "Evaluator",
        quality_evaluators.one_layout,
    ),
    PageEntry("costs", "costs", "Costs", costs.layout, costs.wire),
    PageEntry("cost_breakdown", "costs/breakdown", "Cost breakdown", cost_breakdown.layout),
    PageEntry("cost_movers", "costs/movers", "What moved", cost_movers.layout),
    PageEntry("prices", "costs/prices", "Prices", prices.layout),
    PageEntry("cost_unpriced", "costs/unpriced", "Unpriced models", cost_unpriced.layout),
    PageEntry("cost_hosting", "costs/hosting", "Self-hosted models", cost_hosting.layout),
    PageEntry("budgets", "budgets", "Budgets", budgets.layout),
    PageEntry("savings", "savings", "Savings", savings.layout),
    PageEntry("queues", "queues", "Queues", queues.layout, queues.wire),
    PageEntry("queue", "queues/<queue_id>", "Queue", queues.queue_layout, queues.wire_queue),
    # Dash tries addresses in the alphabetical order of modules: this one, which is longer, before the queue's.
    PageEntry("annotate", "queues/<queue_id>/annotate", "Annotate", annotate.layout, annotate.wire),
    PageEntry("status", "status", "Status", status.layout, status.wire),
    PageEntry("settings", "settings", "Settings", settings.layout, settings.wire),
    PageEntry("settings_part", "settings/<part>", "Settings", settings.layout),
)
NAVIGATION: Final = (
    NavLink("Traces", "traces", "traces"),
    NavLink("Sessions", "sessions", "sessions"),
    NavLink("Quality", "quality", "quality"),
    NavLink("Costs", "costs", "costs"),
    NavLink("Queues", "queues", "queues"),
    NavLink("Status", "status", "status"),
    NavLink("Settings", "settings", "settings"),
)


def create_ui(
    engine: Engine,
    live: LiveCounters,
    control: Control,
    *,
    prefix: str = "/ui/",
    otlp_port: int = 4318,
) -> FastAPI:
    """Return the pages as an ASGI app that answers everything under `prefix`.

    `otlp_port` is shown to people who set up an app: where it sends OTLP over HTTP.
    Enter its lifespan: Dash adds its page for deep links there.
    """
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise ValueError(f"the prefix of the pages is {prefix!r}; it begins and ends with a slash")
    services = Services(engine, live, control, prefix, otlp_port)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await _make_ready(app)
        yield

    server = FastAPI(openapi_url=None, lifespan=lifespan)
    answers.install_errors(server)
    data = (
        lists,
        trace_data,
        suggest,
        evaluations,
        quality,
        cost_data,
        queue_data,
        comparison_data,
        failure_data,
        worse_data,
        evaluator_data,
        groundedness_data,
        guardrail_data,
        retrieval_data,
    )
    for routes in (part.routes for part in data):
        server.include_router(routes(services), prefix=f"{prefix}data")
    app = _dash(server, services)
    failures.install(server)
    # Level 4: a trace of 30,000 spans is 4 MB of JSON, and higher levels take longer than the network would.
    server.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    files = (f"{prefix}_dash-component-suites/", f"{prefix}assets/")
    server.add_middleware(KeptFiles, prefixes=files)
    server.add_middleware(SecurityHeaders, inline_scripts=app.csp_hashes)
    return server


def _dash(server: FastAPI, services: Services) -> Dash:
    app = Dash(
        "groundwire",
        server=server,  # type: ignore[arg-type]  # its annotation knows Flask alone
        use_pages=True,
        pages_folder="",
        title="Groundwire",
        update_title="",
        requests_pathname_prefix=services.prefix,
        routes_pathname_prefix=services.prefix,
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
    )
    # Otherwise every open page holds a web socket, for callbacks of a kind that we have none of.
    app.backend.websocket_capability = False
    shell = Shell(services, NAVIGATION)
    for page in PAGES:
        _register(page)
        if page.wire:
            page.wire(app, services)
    app.layout = shell.layout
    shell.wire(app)
    range_picker.wire(app)
    return app


async def _make_ready(app: Dash) -> None:
    """Run what Dash puts off until the first request of its front page: before it, a deep link has no assets."""
    for hook in app.backend._before_request_funcs:  # type: ignore[attr-defined]  # noqa: SLF001 - there is no public way
        outcome = hook()
        if inspect.isawaitable(outcome):
            await outcome


def _register(page: PageEntry) -> None:
    is_template = "<" in page.path
    dash.register_page(  # type: ignore[no-untyped-call]
        page.module,
        path=None if is_template else f"/{page.path}",
        path_template=f"/{page.path}" if is_template else None,
        name=page.title,
        title=f"{page.title} · Groundwire",
        layout=page.layout,
    )
