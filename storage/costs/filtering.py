"""From a figure to the traces behind it: the filter of the trace list that finds them."""

import json
from collections.abc import Sequence
from typing import Final

from storage.costs.dimensions import Where, known
from storage.costs.facts import NOT_PRICED

_PRICED: Final = ("own", "gpu", "list", "reported", "response_cache")


def traces_filter(
    where: Where,
    *,
    cost: tuple[float, float] | None = None,
    is_priced: bool | None = None,
    failed: bool = False,
    retried: bool = False,
) -> str:
    """Return the filter for traces with a call that counts and has these values, as the filter bar takes it.

    `cost`: a call that cost more than the first and at most the second, in USD; twice 0, one that is known to cost
    nothing. `is_priced`: one with or without a known price. All of it holds of one and the same call. Raises BadInput
    for a dimension that is not known.
    """
    known(list(where), what="the filter")
    parts = [_one_of(f"call_{name}", values) for name, values in where.items()]
    if cost == (0, 0):
        parts += ["call_cost = 0", _one_of("call_price", _PRICED)]
    elif cost:
        parts += [f"call_cost > {cost[0]!r}", f"call_cost <= {cost[1]!r}"]
    if is_priced is not None:
        parts.append(_one_of("call_price", _PRICED if is_priced else NOT_PRICED))
    parts += [name for name, asked in (("call_failed", failed), ("call_retried", retried)) if asked]
    return " and ".join(parts) or "call_rule in (only, innermost)"


def _one_of(name: str, values: Sequence[str]) -> str:
    texts = [_quoted(value) for value in values]
    return f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} in ({', '.join(texts)})"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
