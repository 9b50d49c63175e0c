"""How each route is called about a project: the values of its parameters, and what it leaves behind."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from storage.control.access import Permission
from tests.server.isolation.estate import RANGE, RECOST, WINDOW, Side, price_of

Values = Callable[[Side], Mapping[str, Any]]


def _nothing(_: Side) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Call:
    """One way to call a route about things of a project."""

    query: Values = _nothing
    body: Values | None = None
    form: Values | None = None
    is_of_cursor: bool = False
    """It goes on from where another's list stopped; a project that is not there has no such place."""
    needs: Permission | None = None
    """Which of several permissions that the route takes this way of calling it needs."""
    is_for_people: bool = True
    needs_fresh: str = ""
    """`key`, `member` or `invitation`: the call uses up one, so each takes a new one."""


def _path_values(side: Side) -> dict[str, str]:
    return {
        "project": side.project,
        "trace_id": side.trace_id,
        "span_id": side.span_id,
        "session_id": side.session_id,
        "key_id": side.key_id,
        "person_id": side.person_id,
        "invitation_id": side.invitation_id,
        "queue_id": side.queue_id,
        "item_id": side.item_id,
        "budget_id": side.budget_id,
        "price_id": side.price_id,
        "recost_id": side.recost_id,
        "backfill_id": side.backfill_id,
        "evaluator": "pii",
        "evaluation_id": side.evaluation_id,
        "field": "model",
        "cause": "timeout",
        "measure": "redundancy",
        "token": side.invitation_id,
        "page": f"traces/{side.trace_id}",
        "file": "00_tokens.css",
        "package": "dash",
    }


def path_of(route: str, side: Side) -> str:
    """Return the path of a route with a project's values in it."""
    values = _path_values(side)
    if "{package}" in route:
        values["file"] = "dcc/dash_core_components.js"
    return re.sub(r"\{(\w+)\}", lambda m: values[m[1]], route.partition(" ")[2])


def _lists(path: str) -> tuple[Call, ...]:
    """Return the ways to ask a list about another's things: words, filters, cursors."""
    return (
        Call(),
        Call(lambda s: {**WINDOW, "q": s.project}),
        Call(lambda s: {**WINDOW, "q": s.trace_id}),
        Call(lambda s: {**WINDOW, "filter": f'model = "{s.model}"'}),
        Call(lambda s: {**WINDOW, "filter": f'attr["{s.attribute}"] exists'}),
        Call(lambda s: {**WINDOW, "filter": f'evaluation."{s.evaluation_name}" exists'}),
        Call(lambda s: {**WINDOW, "filter": f'user_id = "{s.user}"'}),
        Call(lambda s: {"cursor": s.cursors.get(path, ""), "limit": 2}, is_of_cursor=True),
    )


def _views() -> tuple[Call, ...]:
    """Return the same of the pages' own endpoints."""
    return (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "q": s.project}),
        Call(lambda s: {**RANGE, "filter": f'model = "{s.model}"'}),
        Call(lambda s: {**RANGE, "cursor": s.cursors.get("traces", "")}, is_of_cursor=True),
    )


def _costs() -> tuple[Call, ...]:
    """Return the ways to ask a cost page's endpoint: about all calls, and about those of one of theirs."""
    return (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "tenant": f"{s.project}-tenant"}),
        Call(lambda s: {**RANGE, "session": s.session_id}),
    )


def _evaluation(side: Side) -> dict[str, Any]:
    judged = {
        "name": "thumbs",
        "value": True,
        "source": "human",
        "trace_id": side.trace_id,
    }
    return {"evaluations": [judged]}


_CRITERIA: Final = [{"name": "good", "kind": "boolean"}]

CASES: Final[Mapping[str, tuple[Call, ...]]] = {
    "GET /api/v1/traces": _lists("traces"),
    "GET /api/v1/traces/{trace_id}": (Call(), Call(lambda _: {"contents": True})),
    "GET /api/v1/traces/{trace_id}/spans/{span_id}": (Call(),),
    "GET /api/v1/traces/{trace_id}/verdicts": (Call(),),
    "GET /api/v1/spans": _lists("spans"),
    "GET /api/v1/sessions": _lists("traces"),
    "GET /api/v1/sessions/{session_id}": (
        Call(),
        Call(lambda s: {"cursor": s.cursors.get("turns", "")}, is_of_cursor=True),
    ),
    "GET /api/v1/histogram": _lists("traces")[:-1],
    "GET /api/v1/fields": (Call(lambda _: WINDOW), Call(lambda s: {**WINDOW, "prefix": s.project})),
    "GET /api/v1/fields/{field}/values": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "prefix": s.model}),
    ),
    "GET /api/v1/stats": (Call(),),
    "GET /api/v1/evaluations": (
        Call(),
        Call(lambda s: {"trace_id": s.trace_id}),
        Call(lambda s: {"session_id": s.session_id}),
        Call(lambda s: {"name": s.evaluation_name, "history": True}),
        Call(lambda s: {"id": s.evaluation_id}),
        Call(lambda s: {"cursor": s.cursors.get("evaluations", "")}, is_of_cursor=True),
    ),
    "POST /api/v1/evaluations": (Call(body=_evaluation),),
    "GET /api/v1/evaluations/names": (Call(), Call(lambda s: {"prefix": s.project})),
    "GET /api/v1/evaluations/rates": (
        Call(lambda s: {**WINDOW, "name": s.evaluation_name, "by": "model"}),
    ),
    "DELETE /api/v1/evaluations/{evaluation_id}": (Call(),),
    "GET /api/v1/queues": (Call(), Call(lambda _: {"archived": True})),
    "POST /api/v1/queues": (
        Call(body=lambda _: {"name": secrets.token_hex(8), "criteria": _CRITERIA}),
    ),
    "GET /api/v1/queues/{queue_id}": (Call(),),
    "PATCH /api/v1/queues/{queue_id}": (Call(body=lambda _: {"description": "Changed"}),),
    "DELETE /api/v1/queues/{queue_id}": (Call(needs_fresh="queue"),),
    "GET /api/v1/queues/{queue_id}/items": (
        Call(),
        Call(lambda s: {"cursor": s.cursors.get("queues", 0)}, is_of_cursor=True),
    ),
    "POST /api/v1/queues/{queue_id}/items": (
        Call(body=lambda s: {"items": [{"trace_id": s.trace_id}]}),
    ),
    "GET /api/v1/queues/{queue_id}/items/{item_id}": (Call(),),
    "DELETE /api/v1/queues/{queue_id}/items/{item_id}": (Call(needs_fresh="item"),),
    "POST /api/v1/queues/{queue_id}/items/{item_id}/assign": (
        Call(body=lambda s: {"people": [s.email.replace("viewer", "annotator")]}),
    ),
    "POST /api/v1/queues/{queue_id}/items/{item_id}/put-back": (Call(),),
    "POST /api/v1/queues/{queue_id}/items/{item_id}/judgement": (
        Call(
            body=lambda s: {"judgements": [{"criterion": f"{s.project}-criterion", "value": True}]}
        ),
    ),
    "POST /api/v1/queues/{queue_id}/items/{item_id}/skip": (Call(body=lambda _: {"reason": "no"}),),
    "POST /api/v1/queues/{queue_id}/next": (Call(),),
    "GET /api/v1/queues/{queue_id}/previous": (Call(), Call(lambda s: {"before": s.item_id})),
    "GET /api/v1/queues/{queue_id}/fills": (Call(),),
    "GET /api/v1/queues/{queue_id}/progress": (Call(),),
    "GET /api/v1/queues/{queue_id}/agreement": (Call(),),
    "GET /api/v1/queues/{queue_id}/disagreements": (Call(),),
    "GET /api/v1/usage": (
        Call(lambda _: WINDOW),
        Call(lambda _: {**WINDOW, "group_by": "tenant,user,session,model"}),
        Call(lambda s: {**WINDOW, "tenant": f"{s.project}-tenant", "step": "day"}),
        Call(lambda _: {**WINDOW, "group_by": "model", "format": "csv"}),
    ),
    "GET /api/v1/usage/movers": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "dimension": "user,session", "tenant": f"{s.project}-tenant"}),
    ),
    "GET /api/v1/usage/distribution": (Call(lambda s: {**WINDOW, "user": s.user}),),
    "GET /api/v1/usage/unpriced": (Call(lambda _: WINDOW),),
    "GET /api/v1/usage/mismatches": (Call(lambda _: WINDOW),),
    "GET /api/v1/savings": (Call(lambda _: WINDOW), Call(lambda _: {**WINDOW, "kept": "1h"})),
    "GET /api/v1/failures": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "by": "tenant_id", "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/failures/{cause}/traces": (
        Call(lambda _: {**WINDOW, "tagged": True}),
        Call(lambda s: {**WINDOW, "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/guardrails": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "by": "tenant_id", "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/guardrails/patterns": (Call(lambda _: WINDOW),),
    "GET /api/v1/retrieval": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "by": "model", "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/retrieval/documents": (Call(lambda _: {**WINDOW, "order": "retrieved"}),),
    "GET /api/v1/retrieval/{measure}/traces": (Call(lambda _: WINDOW),),
    "GET /api/v1/segments": (
        Call(lambda _: {**WINDOW, "outcome": "latency", "least": 10}),
        Call(lambda s: {**WINDOW, "outcome": f'evaluation."{s.evaluation_name}"'}),
    ),
    "GET /api/v1/comparisons": (
        Call(lambda s: {**WINDOW, "by": "model", "baseline": s.model, "candidate": "other"}),
    ),
    "GET /api/v1/comparisons/verdict": (
        Call(
            lambda s: {
                **WINDOW,
                "by": "model",
                "baseline": "other",
                "candidate": s.model,
                "outcome": f'evaluation."{s.evaluation_name}"',
            }
        ),
    ),
    "GET /api/v1/confidence": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/groundedness": (
        Call(lambda _: WINDOW),
        Call(lambda s: {**WINDOW, "judge": f"{s.evaluation_name}:model"}),
        Call(lambda s: {**WINDOW, "filter": f'model = "{s.model}"'}),
    ),
    "GET /api/v1/prices": (Call(),),
    "POST /api/v1/prices": (Call(body=lambda _: price_of("new")),),
    "GET /api/v1/prices/catalogue": (Call(lambda s: {"search": s.model}),),
    "PUT /api/v1/prices/{price_id}": (Call(body=lambda s: price_of(s.project)),),
    "DELETE /api/v1/prices/{price_id}": (Call(needs_fresh="price"),),
    "POST /api/v1/recosts": (Call(body=lambda _: RECOST),),
    "GET /api/v1/recosts": (Call(), Call(lambda s: {"cursor": s.recost_id}, is_of_cursor=True)),
    "GET /api/v1/recosts/{recost_id}": (Call(),),
    "POST /api/v1/recosts/{recost_id}/cancel": (Call(),),
    "GET /api/v1/evaluators": (Call(),),
    "PUT /api/v1/evaluators/{evaluator}": (Call(body=lambda _: {"enabled": True}),),
    "POST /api/v1/evaluators/{evaluator}/backfills": (Call(body=lambda _: RECOST),),
    "GET /api/v1/backfills": (
        Call(),
        Call(lambda s: {"cursor": s.backfill_id}, is_of_cursor=True),
    ),
    "GET /api/v1/backfills/{backfill_id}": (Call(),),
    "POST /api/v1/backfills/{backfill_id}/cancel": (Call(),),
    "GET /api/v1/budgets": (Call(),),
    "POST /api/v1/budgets": (
        Call(
            body=lambda _: {
                "name": secrets.token_hex(8),
                "dimension": "tenant",
                "value": secrets.token_hex(8),
                "period": "day",
                "limit_usd": 5,
            }
        ),
    ),
    "GET /api/v1/budgets/check": (
        Call(lambda s: {"tenant": f"{s.project}-tenant"}),
        Call(
            lambda s: {"tenant": f"{s.project}-tenant", "estimate_usd": "0.01", "hold": True},
            needs=Permission.INGEST,
        ),
    ),
    "GET /api/v1/budgets/{budget_id}": (Call(),),
    "PATCH /api/v1/budgets/{budget_id}": (Call(body=lambda _: {"limit_usd": 7}),),
    "DELETE /api/v1/budgets/{budget_id}": (Call(needs_fresh="budget"),),
    "GET /api/v1/me": (Call(),),
    "PATCH /api/v1/me": (Call(body=lambda _: {"full_name": "Somebody"}),),
    "GET /api/v1/projects": (Call(),),
    "POST /api/v1/projects": (Call(body=lambda s: {"name": s.project}),),
    "PATCH /api/v1/projects/{project}": (
        Call(body=lambda s: {"title": f"The {s.project} project"}),
    ),
    "GET /api/v1/projects/{project}/members": (Call(),),
    # A person is nobody's in particular: docs/reference/access.md says what an admin can learn of one.
    "PUT /api/v1/projects/{project}/members": (
        Call(
            body=lambda _: {"email": "newcomer@example.com", "role": "viewer"},
            needs_fresh="outsider",
        ),
    ),
    "DELETE /api/v1/projects/{project}/members/{person_id}": (Call(needs_fresh="member"),),
    "GET /api/v1/projects/{project}/invitations": (Call(),),
    "POST /api/v1/projects/{project}/invitations": (
        Call(body=lambda _: {"email": "new@example.com", "role": "viewer"}),
    ),
    "DELETE /api/v1/projects/{project}/invitations/{invitation_id}": (
        Call(needs_fresh="invitation"),
    ),
    "GET /api/v1/keys": (Call(),),
    "POST /api/v1/keys": (Call(body=lambda _: {"name": "new", "scopes": ["ingest"]}),),
    "POST /api/v1/keys/publishable": (
        Call(body=lambda s: {"key_id": s.key_id}, needs=Permission.MANAGE),
        Call(
            body=lambda s: {"key_id": "", "trace_id": s.trace_id},
            needs=Permission.FEEDBACK,
            is_for_people=False,
        ),
    ),
    "POST /api/v1/keys/{key_id}/rotate": (Call(body=lambda _: {}, needs_fresh="key"),),
    "DELETE /api/v1/keys/{key_id}": (Call(needs_fresh="key"),),
    "GET /api/v1/audit": (Call(), Call(lambda _: {"everything": False})),
    "GET /api/v1/people": (Call(),),
    "POST /api/v1/people": (Call(body=lambda _: {"email": "somebody@example.com"}),),
    "PATCH /api/v1/people/{person_id}": (Call(body=lambda _: {}),),
    "POST /api/v1/people/{person_id}/reset-link": (Call(),),
    "GET /api/v1/people/invitations": (Call(),),
    "DELETE /api/v1/people/invitations/{invitation_id}": (Call(needs_fresh="invitation"),),
    "GET /api/v1/docs": (Call(),),
    "GET /api/v1/openapi.json": (Call(),),
    "GET /metrics": (Call(),),
    "GET /healthz": (Call(),),
    "GET /readyz": (Call(),),
    "GET /": (Call(),),
    "GET /ui/": (Call(),),
    "GET /ui/{page}": (Call(),),
    "GET /ui/assets/{file}": (Call(),),
    "GET /ui/data/traces": _views(),
    "GET /ui/data/histogram": _views(),
    "GET /ui/data/sessions": _views(),
    "GET /ui/data/trace/{trace_id}": (Call(),),
    "GET /ui/data/trace/{trace_id}/{span_id}": (Call(),),
    "GET /ui/data/suggest": (
        Call(lambda s: {**RANGE, "text": f'model = "{s.project[:3]}', "caret": 12}),
        Call(lambda s: {**RANGE, "text": f'attr["{s.project}', "caret": 6 + len(s.project)}),
        Call(lambda _: {**RANGE, "text": "evaluation.", "caret": 11}),
    ),
    "GET /ui/data/evaluation-names": (Call(lambda _: RANGE),),
    "GET /ui/data/evaluations/{trace_id}": (Call(), Call(lambda s: {"session": s.session_id})),
    "GET /ui/data/evaluation-history": (Call(lambda s: {"id": s.evaluation_id}),),
    "GET /ui/data/answer/{trace_id}": (Call(),),
    "GET /ui/data/quality": (
        Call(lambda s: {**RANGE, "name": s.evaluation_name}),
        Call(lambda s: {**RANGE, "evaluation": s.evaluation_name}),
    ),
    "GET /ui/data/quality/groundedness": (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "judges": f"{s.evaluation_name}:human"}),
    ),
    "GET /ui/data/quality/comparisons": (
        Call(lambda s: {**RANGE, "by": "model", "baseline": s.model, "candidate": "other"}),
        Call(lambda s: {**RANGE, "outcome": f'evaluation."{s.evaluation_name}"'}),
    ),
    "GET /ui/data/quality/confidence": (
        Call(lambda s: {**RANGE, "filter": f'model = "{s.model}"'}),
        Call(lambda s: {**RANGE, "told": f'evaluation."{s.evaluation_name}" < 0.5'}),
    ),
    "GET /ui/data/quality/evaluators/behind": (Call(lambda _: RANGE),),
    "GET /ui/data/quality/evaluators/{evaluator}/preview": (
        Call(lambda _: {**RANGE, "threshold": 0.7}),
        Call(lambda s: {**RANGE, "filter": f'user_id = "{s.user}"'}),
    ),
    "GET /ui/data/quality/evaluators/{evaluator}/calibration": (Call(lambda _: RANGE),),
    "GET /ui/data/quality/failures": (
        Call(lambda _: {**RANGE, "by": "model"}),
        Call(lambda s: {**RANGE, "filter": f'user_id = "{s.user}"'}),
    ),
    "GET /ui/data/quality/failures/over-time": (Call(lambda _: {**RANGE, "cause": "timeout"}),),
    "GET /ui/data/quality/failures/traces": (Call(lambda _: {**RANGE, "cause": "any"}),),
    "GET /ui/data/quality/guardrails": (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "by": "model", "filter": f'user_id = "{s.user}"'}),
    ),
    "GET /ui/data/quality/guardrails/patterns": (Call(lambda _: RANGE),),
    "GET /ui/data/quality/retrieval": (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "by": "tenant_id", "filter": f'user_id = "{s.user}"'}),
    ),
    "GET /ui/data/quality/worse": (
        Call(lambda _: RANGE),
        Call(lambda s: {**RANGE, "outcome": f'evaluation."{s.evaluation_name}"'}),
    ),
    "GET /ui/data/quality/worse/outcomes": (Call(lambda s: {**RANGE, "name": s.evaluation_name}),),
    "GET /ui/data/quality/worse/traces": (
        Call(lambda s: {**RANGE, "outcome": "cost", "segment": f"model={s.model}"}),
    ),
    "GET /ui/data/queue-matches": (Call(lambda _: RANGE),),
    "GET /ui/data/costs/overview": _costs(),
    "GET /ui/data/costs/breakdown": (
        *_costs(),
        Call(lambda _: {**RANGE, "by": "user,session"}),
        Call(lambda s: {**RANGE, "model": s.model, "by": "prompt_name"}),
    ),
    "GET /ui/data/costs/movers": (*_costs(), Call(lambda _: {**RANGE, "by": "tenant,user,model"})),
    "GET /ui/data/costs/hosting": _costs(),
    "GET /ui/data/costs/unpriced": _costs(),
    "GET /ui/data/costs/prices": (Call(),),
    "GET /ui/_dash-component-suites/{package}/{file}": (Call(),),
    "GET /ui/_dash-layout": (Call(),),
    "GET /ui/_dash-dependencies": (Call(),),
    "POST /ui/_dash-update-component": (),  # test_callbacks.py
    "GET /ui/_reload-hash": (Call(),),
    "GET /ui/_favicon.ico": (Call(),),
    "GET /sign-in": (Call(lambda s: {"next": f"/ui/traces/{s.trace_id}"}),),
    "POST /sign-in": (Call(form=lambda s: {"email": s.email, "password": "wrong wrong wrong"}),),
    "POST /sign-out": (Call(),),
    "GET /sign-in/style.css": (Call(),),
    "GET /sign-in/theme.js": (Call(),),
    "GET /invite/{token}": (Call(),),
    "POST /invite/{token}": (Call(form=lambda _: {"name": "x", "password": "long enough to do"}),),
    "GET /set-up": (Call(),),
    "POST /set-up": (
        Call(form=lambda _: {"email": "a@example.com", "password": "long enough to do"}),
    ),
    "GET /account/password": (Call(),),
    "POST /account/password": (
        Call(form=lambda _: {"current": "wrong wrong wrong", "password": "long enough to do"}),
    ),
}
"""A route without a case fails a test: say how it is called, or who may call it is not known."""
