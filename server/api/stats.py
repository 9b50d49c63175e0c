"""GET /stats."""

from typing import Final

from fastapi import APIRouter, Response

from server.api.deps import CountersDep, ScopeDep
from server.api.encode import respond
from server.api.models import answer_of, documented
from storage.counts import OUTCOMES, Counts

router = APIRouter(tags=["project"])

_COUNTS: Final = ("received", *OUTCOMES)
_NAMES: Final = {"traces": "spans", "logs": "logs", "metrics": "metrics"}
_ACCOUNT: Final = answer_of("Account", **dict.fromkeys(_COUNTS, int))


@router.get(
    "/stats",
    responses=documented(answer_of("StatsAnswer", spans=_ACCOUNT, logs=_ACCOUNT, metrics=_ACCOUNT)),
)
def stats(counters: CountersDep, scope: ScopeDep) -> Response:
    """Return what the project sent and what became of it: received is always the sum of the others."""
    found = {str(signal): counts for signal, counts in counters.snapshot(scope.project).items()}
    return respond({name: _account(found.get(signal)) for signal, name in _NAMES.items()})


def _account(counts: Counts | None) -> dict[str, int]:
    return {name: getattr(counts, name) if counts else 0 for name in _COUNTS}
