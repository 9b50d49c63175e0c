"""The engine's price rows: which ways of naming a model have none yet, and putting them in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from storage.client import Engine
from storage.costs.facts import QUANTITIES
from storage.statements import statement

UNITS: Final = tuple(QUANTITIES)
"""What has a rate: US dollars a token, a request, a second of the GPUs that serve a model; as the engine has them."""


@dataclass(frozen=True, slots=True)
class PriceKey:
    """How calls name what they are to be priced as, as their spans say it; '' where they say nothing."""

    provider: str = ""
    """In the values of `gen_ai.provider.name`."""
    request_model: str = ""
    response_model: str = ""
    service_tier: str = ""
    processing: str = ""
    """`batch`, or nothing."""

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the model, the answering one first."""
        return tuple(
            dict.fromkeys(name for name in (self.response_model, self.request_model) if name)
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """What holds from a time on, within a daily window where the two seconds differ, from a length of input on.

    Of the rates of a model the last that fits a call counts, so they are in order of (since, least_input_tokens), and
    one without a window before those with one. Each `since` begins with one that fits every length.
    """

    since: datetime
    kind: str
    """`list`, `own`, `gpu`, or '' where there is no price from then on."""
    name: str
    """As people are told what was applied."""
    units: Mapping[str, Decimal]
    """USD by unit, of UNITS; what is left out costs nothing."""
    least_input_tokens: int = 0
    from_second: int = 0
    to_second: int = 0


@dataclass(frozen=True, slots=True)
class PriceRow:
    """All rates of a key: those that count, and the API's list price beside them."""

    key: PriceKey
    periods: Sequence[Rate]
    list_periods: Sequence[Rate]


MAX_KEYS: Final = 20_000
"""Price rows of a project: whatever is settled is joined with all of them. Models are few; names that senders make up
for each request are not."""
MAX_UNPRICED_KEYS: Final = 10_000
"""Above so many rows only those are added that have a price, so that made-up names leave room for models."""


def unresolved_keys(
    engine: Engine, project: str, hours: Sequence[datetime], *, limit: int = MAX_KEYS
) -> list[PriceKey]:
    """Return the keys of calls in these hours for which no price row is there, those of most calls first."""
    values = {"project": project, "hours": list(hours), "limit": limit}
    rows = engine.client().query(statement("unresolved_keys"), parameters=values)
    return [PriceKey(*row) for row in rows.result_rows]


def known_keys(engine: Engine, project: str) -> list[PriceKey]:
    """Return every key of a project that has a price row."""
    rows = engine.client().query(statement("known_keys"), parameters={"project": project})
    return [PriceKey(*row) for row in rows.result_rows]


def count_keys(engine: Engine, project: str) -> int:
    """Return how many keys of a project have a price row."""
    rows = engine.client().query(statement("count_prices"), parameters={"project": project})
    return int(rows.result_rows[0][0])


def store_prices(engine: Engine, project: str, rows: Sequence[PriceRow]) -> None:
    """Put price rows in; the newest of a key counts, for calls that are settled from now on."""
    if not rows:
        return
    now = datetime.now(UTC)
    engine.client().insert(
        "prices",
        [
            [
                project,
                row.key.provider,
                row.key.request_model,
                row.key.response_model,
                row.key.service_tier,
                row.key.processing,
                now,
                [_as_tuple(rate) for rate in row.periods],
                [_as_tuple(rate) for rate in row.list_periods],
            ]
            for row in rows
        ],
        column_names=[
            "project_id",
            "provider",
            "request_model",
            "response_model",
            "service_tier",
            "processing",
            "resolved_at",
            "periods",
            "list_periods",
        ],
    )


def _as_tuple(rate: Rate) -> tuple[Any, ...]:
    return (
        rate.since,
        rate.from_second,
        rate.to_second,
        rate.least_input_tokens,
        rate.kind,
        rate.name,
        [rate.units.get(unit, Decimal(0)) for unit in UNITS],
    )
