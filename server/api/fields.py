"""GET /fields and /fields/{field}/values: what can be typed into a filter."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from server.api.deps import EngineDep, Limit, ScopeDep, WindowDep
from server.api.encode import encode, respond
from server.api.models import FieldOut, answer_of, documented
from storage import evaluations, suggestions
from storage.window import Window

router = APIRouter(tags=["fields"])

_VALUE: Final = answer_of("ValueOfField", value=str, count=int)
Prefix = Annotated[str, Query(description="What they start with, whatever the case.")]


@router.get(
    "/fields",
    responses=documented(
        answer_of(
            "FieldsAnswer",
            fields=list[FieldOut],  # type: ignore[valid-type]
            attributes=list[str],
            evaluations=list[str],
        )
    ),
)
def list_fields(
    *, engine: EngineDep, scope: ScopeDep, window: WindowDep, prefix: Prefix = "", limit: Limit = 50
) -> Response:
    """Return every field of the filter language, the commonest attributes and names of evaluations."""
    keys = suggestions.attribute_keys(
        engine, scope, prefix=prefix, window=window or _recent(), limit=limit
    )
    names = evaluations.names(engine, scope, window=window or _recent(), prefix=prefix, limit=limit)
    known = [f for f in suggestions.fields() if f.name.startswith(prefix.lower())]
    return respond(
        {
            "fields": [encode(field) for field in known],
            "attributes": keys,
            "evaluations": [row.name for row in names],
        }
    )


@router.get(
    "/fields/{field:path}/values",
    responses=documented(answer_of("ValuesAnswer", values=list[_VALUE])),  # type: ignore[valid-type]
)
def list_values(
    *,
    engine: EngineDep,
    scope: ScopeDep,
    window: WindowDep,
    field: Annotated[str, Path(description='A field, or an attribute like `attr["http.route"]`.')],
    prefix: Prefix = "",
    limit: Limit = 20,
) -> Response:
    """Return the commonest values of a field, and in how many traces or spans each is."""
    found = suggestions.values(
        engine, scope, field, prefix=prefix, window=window or _recent(), limit=limit
    )
    return respond({"values": [{"value": value, "count": count} for value, count in found]})


def _recent() -> Window:
    """Return the window of suggestions where none is asked for: the last thirty days."""
    now = datetime.now(UTC)
    return Window(now - timedelta(days=30), now + timedelta(days=1))
