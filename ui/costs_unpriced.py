"""Models without a price, and usage that does not add up: what figures leave out, and how to mend it."""

from datetime import datetime
from typing import Any, Final

from storage.client import Engine
from storage.costs.call_rows import Mismatch, UnpricedModel, mismatches, unpriced_models
from ui.costs_overview import ends
from ui.costs_question import CostQuestion, traces_query

MOST_ROWS: Final = 200


def unpriced(engine: Engine, asked: CostQuestion, at: datetime) -> dict[str, Any]:
    """Return all that the page shows, as of a moment; it is of the whole project."""
    window = asked.range.window(at)
    models = unpriced_models(engine, asked.scope, window, limit=MOST_ROWS)
    return {
        "window": ends(window),
        "models": [_model(asked, model) for model in models],
        "mismatches": [
            _mismatch(one) for one in mismatches(engine, asked.scope, window, limit=MOST_ROWS)
        ],
        "more": len(models) == MOST_ROWS,
    }


def _model(asked: CostQuestion, model: UnpricedModel) -> dict[str, Any]:
    name = model.response_model or model.request_model
    where = {"model": name, "provider": model.provider}
    whole = CostQuestion(project=asked.project, range=asked.range)
    return {
        "model": name,
        "asked_as": model.request_model if model.request_model != name else "",
        "provider": model.provider,
        "requests": model.requests,
        "unresolved": model.unresolved_requests,
        "input_tokens": model.input_tokens,
        "output_tokens": model.output_tokens,
        "first": model.first_seen_unix_nano // 1_000_000,
        "last": model.last_seen_unix_nano // 1_000_000,
        "trace": model.trace_id,
        "span": model.span_id,
        "traces": traces_query(whole, where, is_priced=False),
    }


def _mismatch(one: Mismatch) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "service": one.service_name,
        "provider": one.provider,
        "model": one.model,
        "operation": one.operation,
        "spans": one.spans,
        "more": one.spans_with_more,
        "tokens": one.differing_tokens,
        "trace": one.trace_id,
        "span": one.span_id,
    }
