"""Figures of a group of calls: sums, averages, quantiles and shares, and the SQL that works them out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from storage.costs.facts import BUCKET_WIDTH, NO_COST_BUCKET
from storage.costs.usage_sql import BUCKETS, SUMS

QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

REQUEST_QUANTILES: Final = tuple(f"cost_per_request_{name}_usd" for name in QUANTILES)
"""Of what priced requests cost; read from buckets, so off by 1 % at most."""

OF_CONVERSATIONS: Final = (
    "conversations",
    "priced_conversations",
    "conversation_cost_usd",
    *(f"cost_per_conversation_{name}_usd" for name in QUANTILES),
)

FIGURES: Final = (*SUMS, *REQUEST_QUANTILES)
"""What can be asked for by name, beside what is about conversations."""

_ALWAYS: Final = ("requests", "unpriced_requests", "cost_usd")
_LEVELS: Final = ", ".join(str(level) for level in QUANTILES.values())


class Figures:
    """What a group of calls used and cost. Sums of money are exact; a figure that was not asked for is not there."""

    requests: int
    """Calls of models, each counted once."""
    unpriced_requests: int
    """Those of them that no price is known of: they add nothing to any cost."""
    failed_requests: int
    retried_requests: int
    input_tokens: int
    """Everything sent in, cached tokens too."""
    uncached_input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    output_tokens: int
    """Reasoning, audio and images too."""
    reasoning_tokens: int
    input_audio_tokens: int
    output_audio_tokens: int
    input_image_tokens: int
    output_image_tokens: int
    cost_usd: Decimal
    input_cost_usd: Decimal
    cache_read_cost_usd: Decimal
    cache_write_cost_usd: Decimal
    output_cost_usd: Decimal
    request_cost_usd: Decimal
    failed_cost_usd: Decimal
    retried_cost_usd: Decimal
    list_cost_usd: Decimal
    """What an API would have charged by its list."""
    cache_savings_usd: Decimal
    gpu_seconds: float
    cost_per_request_p50_usd: float | None
    cost_per_request_p95_usd: float | None
    cost_per_request_p99_usd: float | None
    conversations: int
    """Sessions that any of the calls belongs to."""
    priced_conversations: int
    """Those of them with a call that a price is known of."""
    conversation_cost_usd: Decimal
    """What their calls cost; calls of no session cost the rest."""
    cost_per_conversation_p50_usd: float | None
    cost_per_conversation_p95_usd: float | None
    cost_per_conversation_p99_usd: float | None

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} was not asked for")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Figures) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(tuple(self.__dict__.items()))

    def __repr__(self) -> str:
        return f"Figures({self.__dict__})"

    def as_dict(self) -> dict[str, Any]:
        """Return every figure that was asked for by its name, and the averages and shares that follow from them."""
        derived = {
            name: getattr(self, name) for name, of in _DERIVED.items() if of <= vars(self).keys()
        }
        return {**vars(self), **derived}

    @property
    def cost_per_request_usd(self) -> float | None:
        """Mean cost of the requests that a price is known of."""
        return _share(self.cost_usd, self.requests - self.unpriced_requests)

    @property
    def cost_per_conversation_usd(self) -> float | None:
        """Mean cost of the conversations with a call that a price is known of."""
        return _share(self.conversation_cost_usd, self.priced_conversations)

    @property
    def cache_hit_share(self) -> float | None:
        """Share of the input tokens that came from a provider's cache."""
        return _share(self.cache_read_tokens, self.input_tokens)

    @property
    def failed_cost_share(self) -> float | None:
        """Share of the cost that failed calls have."""
        return _share(self.failed_cost_usd, self.cost_usd)

    @property
    def retried_cost_share(self) -> float | None:
        """Share of the cost that calls have which tried again what had failed."""
        return _share(self.retried_cost_usd, self.cost_usd)


_DERIVED: Final[Mapping[str, set[str]]] = {
    "cost_per_request_usd": {"cost_usd", "requests", "unpriced_requests"},
    "cost_per_conversation_usd": {"conversation_cost_usd", "priced_conversations"},
    "cache_hit_share": {"cache_read_tokens", "input_tokens"},
    "failed_cost_share": {"failed_cost_usd", "cost_usd"},
    "retried_cost_share": {"retried_cost_usd", "cost_usd"},
}


def _share(part: Decimal | float, whole: Decimal | float) -> float | None:
    return float(part) / float(whole) if whole else None


def columns_of(figures: Sequence[str], *, with_conversations: bool) -> tuple[str, ...]:
    """Return which figures an answer has, in their order: those asked for, and those that the others need."""
    asked = {*figures, *_ALWAYS}
    of_conversations = OF_CONVERSATIONS if with_conversations else ()
    return (*(name for name in FIGURES if name in asked), *of_conversations)


def measures_of(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the measures that these figures are worked out from."""
    sums = tuple(name for name in columns if name in SUMS)
    return (*sums, BUCKETS) if set(columns) & set(REQUEST_QUANTILES) else sums


def zero(columns: Sequence[str]) -> Figures:
    """Return the figures of no calls."""
    return Figures({name: _zero(name) for name in columns})


def _zero(name: str) -> Decimal | float | None:
    if (name in SUMS and name.endswith("_usd")) or name == "conversation_cost_usd":
        return Decimal(0)
    if name.endswith("_usd"):
        return None
    return 0.0 if name == "gpu_seconds" else 0


def inner_sql(measures: Sequence[str]) -> str:
    """Return SQL of the sums of each conversation in a group."""
    sums = [f"sum({name}) AS of_{name}" for name in measures if name != BUCKETS]
    if BUCKETS in measures:
        sums.append(
            f"quantilesExactWeightedArrayState({_LEVELS})({BUCKETS}.1, {BUCKETS}.2) AS of_{BUCKETS}"
        )
    return ", ".join(sums)


def outer_sql(measures: Sequence[str], *, with_conversations: bool) -> str:
    """Return SQL of a group's figures from its conversations."""
    parts = [f"sum(of_{name}) AS {name}" for name in measures if name != BUCKETS]
    if BUCKETS in measures:
        parts.append(f"quantilesExactWeightedArrayMerge({_LEVELS})(of_{BUCKETS}) AS levels")
    if with_conversations:
        priced = "conversation != 0 AND of_requests > of_unpriced_requests"
        parts += [
            "countIf(conversation != 0) AS conversations",
            f"countIf({priced}) AS priced_conversations",
            "sumIf(of_cost_usd, conversation != 0) AS conversation_cost_usd",
            f"quantilesExactWeightedIf({_LEVELS})(toFloat64(of_cost_usd), 1, {priced}) AS conversation_levels",
        ]
    return ", ".join(parts)


def column_sql(column: str) -> str:
    """Return SQL of a figure as an answer has it, under its name."""
    if column in REQUEST_QUANTILES:
        place = REQUEST_QUANTILES.index(column) + 1
        middle = f"exp((levels[{place}] - 0.5) * log({BUCKET_WIDTH}))"
        cost = f"if(levels[{place}] = {NO_COST_BUCKET}, 0, {middle})"
        return f"if(requests > unpriced_requests, {cost}, NULL) AS {column}"
    if column in OF_CONVERSATIONS[3:]:
        place = OF_CONVERSATIONS.index(column) - 2
        return f"if(priced_conversations > 0, conversation_levels[{place}], NULL) AS {column}"
    return column
