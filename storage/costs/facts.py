"""The SQL that is shared by what settles, rolls up and reads calls: names, prices applied, which figures count."""

import re
from collections.abc import Sequence
from typing import Final

from storage.query import load

TOKENS: Final = (
    "input_tokens",
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "input_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "output_image_tokens",
)
"""Counts of tokens, of calls and of rollups alike."""

COMPONENTS: Final = (
    "input_cost_usd",
    "cache_read_cost_usd",
    "cache_write_cost_usd",
    "output_cost_usd",
    "request_cost_usd",
)
"""What a call's cost is the sum of. Each is rounded once, so that sums are exact in any order."""

COSTS: Final = ("cost_usd", *COMPONENTS, "list_cost_usd", "cache_savings_usd")

FACTS: Final = (
    "counted",
    "rule",
    *TOKENS,
    "usage_mismatch",
    "uncovered_tokens",
    "price",
    "price_name",
    *COSTS,
    "gpu_seconds",
)
"""The figures of a call, in the order of the tuples `now` and `next` of table `calls`."""

NOT_PRICED: Final = ("unpriced", "unresolved")
"""What column `price` says of a call that adds nothing to any cost because no price is known for it."""

BUCKET_WIDTH: Final = 1.02
"""How many times as much the dearest call of a bucket costs as the cheapest: a quantile read from the middle of one is
off by 1 % at most."""
NO_COST_BUCKET: Final = -32768
"""The bucket of calls that cost nothing."""
COST_BUCKET: Final = (
    f"if(cost_usd > 0, toInt16(ceil(log(toFloat64(cost_usd)) / log({BUCKET_WIDTH}))), "
    f"toInt16({NO_COST_BUCKET}))"
)
"""SQL of the bucket that a call's cost is in: n holds what costs over WIDTH to the n-1 and up to WIDTH to the n."""

_MEASURES: Final = {
    "requests": "countIf(counted)",
    "unpriced_requests": f"countIf(counted AND price IN {NOT_PRICED})",
    "failed_requests": "countIf(counted AND failed)",
    "retried_requests": "countIf(counted AND retried)",
    **{name: f"sumIf({name}, counted)" for name in TOKENS},
    "cost_usd": "sumIf(cost_usd, counted)",
    **{name: f"sumIf({name}, counted)" for name in COMPONENTS},
    "failed_cost_usd": "sumIf(cost_usd, counted AND failed)",
    "retried_cost_usd": "sumIf(cost_usd, counted AND retried)",
    "list_cost_usd": "sumIf(list_cost_usd, counted)",
    "cache_savings_usd": "sumIf(cache_savings_usd, counted)",
    "gpu_seconds": "sumIf(gpu_seconds, counted)",
    "cost_buckets": (
        f"sumMapIf([{COST_BUCKET}], [1::UInt64], counted AND price NOT IN {NOT_PRICED})"
    ),
}

MEASURES: Final = tuple(_MEASURES)
"""The figures of a rollup's row, in the order of its tuples `now` and `next`."""


def measured(prefix: str = "") -> str:
    """Return SQL of all measures as one tuple, over calls whose facts have this prefix (`next_` or none)."""
    fact = re.compile(rf"\b({'|'.join(FACTS)})\b")
    expressions = (fact.sub(rf"{prefix}\1", text) for text in _MEASURES.values())
    return f"tuple({', '.join(expressions)})"


PUBLISHED: Final = (
    f"(next_costing != 0 AND next_costing IN ({load('calls/published_costings').text}))"
)
"""SQL of whether a row's `next` figures are the ones that count."""


def visible(names: Sequence[str]) -> str:
    """Return SQL of the figures that count, each under its own name; asks for a column `is_next` beside them.

    `is_next` is PUBLISHED, worked out in a subquery.
    """
    return ", ".join(f"if(is_next, next.{name}, now.{name}) AS {name}" for name in names)


def pending(names: Sequence[str]) -> str:
    """Return SQL of the figures as a costing will leave them, as `next_<name>`; asks for `is_pending` and `is_next`."""
    return ", ".join(
        f"if(is_pending OR is_next, next.{name}, now.{name}) AS next_{name}" for name in names
    )


def nothing(prefix: str = "") -> str:
    """Return SQL of the facts of a call that is not there."""
    texts = {"rule", "price", "price_name"}
    values = {
        **dict.fromkeys(FACTS, "toUInt64(0)"),
        **dict.fromkeys(texts, "''"),
        **dict.fromkeys(COSTS, "toDecimal128(0, 12)"),
        "counted": "false",
        "usage_mismatch": "toInt64(0)",
        "gpu_seconds": "toFloat64(0)",
    }
    return ", ".join(f"{values[name]} AS {prefix}{name}" for name in FACTS)


_SECOND: Final = "toUInt32(toUnixTimestamp(start_time) % 86400)"


def rate_at(periods: str) -> str:
    """Return SQL of the entry of a price row that holds for a call: the last that fits its time and its length.

    An entry with a window holds between two seconds of the UTC day, over midnight where the first is the later one.
    """
    in_window = (
        f"(p.from_second = p.to_second OR if(p.from_second < p.to_second, "
        f"{_SECOND} >= p.from_second AND {_SECOND} < p.to_second, "
        f"{_SECOND} >= p.from_second OR {_SECOND} < p.to_second))"
    )
    return (
        f"arrayLast(p -> p.since <= start_time AND p.least_input_tokens <= input_tokens AND {in_window}, "
        f"{periods})"
    )


def _rest(whole: str, *parts: str) -> str:
    """Return SQL of what is left of a count without its parts; none where a sender claims larger parts."""
    return f"greatest(toInt64({whole}) - {' - '.join(parts)}, 0)"


_AUDIO: Final = _rest("input_audio_tokens", "cache_read_audio_tokens")
_IMAGE: Final = _rest("input_image_tokens", "cache_read_image_tokens")

# How much of each unit a call used. What a cache keeps for an unknown time is priced as for five minutes, which is the
# providers' default.
QUANTITIES: Final = {
    "input": _rest("uncached_input_tokens", _AUDIO, _IMAGE),
    "cache_read": _rest("cache_read_tokens", "cache_read_audio_tokens", "cache_read_image_tokens"),
    "cache_write_5m": _rest("cache_write_tokens", "cache_write_1h_tokens"),
    "cache_write_1h": "toInt64(cache_write_1h_tokens)",
    "output": _rest(
        "output_tokens", "reasoning_tokens", "output_audio_tokens", "output_image_tokens"
    ),
    "reasoning": "toInt64(reasoning_tokens)",
    "input_audio": _AUDIO,
    "cache_read_audio": "toInt64(cache_read_audio_tokens)",
    "output_audio": "toInt64(output_audio_tokens)",
    "input_image": _IMAGE,
    "cache_read_image": "toInt64(cache_read_image_tokens)",
    "output_image": "toInt64(output_image_tokens)",
    "request": "1",
    "gpu_second": "0",
}

_PARTS: Final = {
    "input_cost_usd": ("input", "input_audio", "input_image"),
    "cache_read_cost_usd": ("cache_read", "cache_read_audio", "cache_read_image"),
    "cache_write_cost_usd": ("cache_write_5m", "cache_write_1h"),
    "output_cost_usd": ("output", "reasoning", "output_audio", "output_image"),
    "request_cost_usd": ("request",),
}


def _component(name: str) -> str:
    """Return SQL of a component of a call's cost, from the array `costs` of what each unit costs."""
    units = list(QUANTITIES)
    places = (units.index(unit) + 1 for unit in _PARTS[name])
    return " + ".join(f"costs[{place}]" for place in places)


def _costs(rate: str) -> str:
    """Return SQL of what each unit of a call costs at a rate, halves rounded away from zero at twelve decimals."""
    return (
        f"arrayMap((quantity, price) -> toDecimal128(round(quantity * price, 12), 12), quantities, "
        f"arrayResize({rate}.units, {len(QUANTITIES)}))"
    )


# Of one call: what counts as its price. A gateway that answers from its own cache asks no provider; a model that a
# serving tier runs below the call is never an API's.
PRICE: Final = (
    "multiIf(NOT resolved, 'unresolved', cache_hit, 'response_cache', "
    "rate.kind IN ('own', 'gpu'), rate.kind, rate.kind = 'list' AND NOT self_hosted, 'list', "
    "reported > 0, 'reported', 'unpriced')"
)


def gpu_cost(seconds: str, rate: str) -> str:
    """Return SQL of what so many seconds of the GPUs that serve a model cost at a rate."""
    return f"toDecimal128({seconds} * toFloat64({rate}.units[{len(QUANTITIES)}]), 12)"


def call_columns() -> dict[str, str]:
    """Return what the placeholders of storage/writes/settle.sql and priced_calls.sql stand for."""
    return {
        "rate": rate_at("periods"),
        "list_rate": rate_at("list_periods"),
        "price": PRICE,
        "quantities": f"[{', '.join(QUANTITIES.values())}]",
        "costs": _costs("rate"),
        "list_costs": _costs("list_rate"),
        "gpu_cost": gpu_cost("gpu_seconds", "rate"),
        "components": ", ".join(f"{_component(name)} AS {name}" for name in COMPONENTS),
        "facts": ", ".join(FACTS),
        "not_priced": str(NOT_PRICED),
    }
