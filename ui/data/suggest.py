"""Completions for the filter bar."""

from dataclasses import asdict
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import Response

from storage import evaluations, suggestions
from storage.errors import BadInput
from storage.suggestions import FieldInfo
from ui import completion, scores, state
from ui.completion import Candidate, Place
from ui.data.answers import json
from ui.services import Services
from ui.state import EVALUATION, View

_MOST = 12
_ENOUGH = 3
"""Letters of a name before the names of evaluations are looked up."""


def routes(services: Services) -> APIRouter:
    """Return the endpoint of the filter bar."""
    router = APIRouter()

    @router.get("/suggest")
    def suggest(request: Request, text: str = "", caret: int = 0) -> Response:
        view = state.parse(request.query_params)
        place = completion.place_at(text, max(0, min(caret, len(text))))
        found = _candidates(services, view, place)[:_MOST]
        return json(
            {
                "want": place.want,
                "start": place.start,
                "candidates": [asdict(candidate) for candidate in found],
            }
        )

    return router


def _evaluations(services: Services, view: View, typed: str) -> list[FieldInfo]:
    """Return a field for each name that evaluations have; none where `typed` can hardly become one."""
    if not (len(typed) >= _ENOUGH or EVALUATION.startswith(typed.lower() or "-")):
        return []
    window = view.range.window(datetime.now(UTC))
    return scores.fields(evaluations.names(services.engine, view.scope, window=window, limit=_MOST))


def _candidates(services: Services, view: View, place: Place) -> list[Candidate]:
    window = view.range.window(datetime.now(UTC))
    if place.want == "field":
        fields = [*suggestions.fields(), *_evaluations(services, view, place.typed)]
        return completion.field_candidates(fields, place.typed)
    if place.want == "operator":
        fields = [*suggestions.fields(), *_evaluations(services, view, place.field)]
        return completion.operator_candidates(fields, place.field, place.typed)
    if place.want == "connective":
        return completion.connective_candidates(place.typed)
    if place.want == "attribute":
        prefix = completion.attribute_prefix(place.typed)
        keys = suggestions.attribute_keys(
            services.engine, view.scope, prefix=prefix, window=window, limit=_MOST
        )
        return completion.attribute_candidates(keys, place.typed)
    try:
        found = suggestions.values(
            services.engine,
            view.scope,
            place.field,
            prefix=completion.unquoted(place.typed),
            window=window,
            limit=_MOST,
        )
    except (
        BadInput
    ):  # half a filter names a field that does not exist (yet); there is nothing to offer
        return []
    return completion.value_candidates(found)
