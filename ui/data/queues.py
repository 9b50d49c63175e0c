"""How many traces or spans a queue would be filled from, while its filter is being written."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage import queue_samples
from storage.control.queue_models import UNITS
from storage.errors import BadInput
from ui import state
from ui.data.answers import json
from ui.services import Services


def routes(services: Services) -> APIRouter:
    """Return the endpoint of the page of a queue."""
    router = APIRouter()

    @router.get("/queue-matches")
    def matches(request: Request, unit: str = "trace") -> Response:
        view = state.parse(request.query_params)
        found = next((known for known in UNITS if known == unit), None)
        if found is None:
            raise BadInput(f"a queue of {unit[:20]!r}", hint="it holds either traces or spans")
        window = view.range.window(datetime.now(UTC))
        count = queue_samples.matching(
            services.engine, view.scope, found, window=window, filter=view.filter
        )
        ends = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        return json({"matched": count, **ends})

    return router
