"""Exact caching: the answer to a request is kept for a while, and the same request of the same tenant gets it again.

The same request is the same model, tool definitions, instructions, messages, temperature and length limit, to the
byte. An answer is kept from when it was complete, for a set time that a hit does not prolong.
"""

import numpy as np

from analytics.savings.estimate import Saving, evidence, groups_of, over_days
from analytics.savings.traffic import Booleans, Integers, Traffic

HOW = (
    "Each call whose request was answered before, for the same tenant and within the time that answers are kept, "
    "would "
    "have cost nothing."
)


def repeats(traffic: Traffic, keep_s: int) -> Saving:
    """Return what keeping answers for `keep_s` seconds would have saved."""
    able = cacheable(traffic)
    source = sources(traffic, able, keep_s)
    hit = source >= 0
    saved = np.where(hit, traffic.costs, 0.0)
    trace_ids = traffic.texts("trace_id")
    return Saving(
        method="repeats",
        saved=saved,
        estimate=over_days(traffic, saved),
        calls=int(hit.sum()),
        how=HOW,
        assumptions=[
            (
                "Answers are kept per tenant, never across tenants. Calls that name no tenant count as those of one "
                "tenant."
            ),
            "The same request may get the same answer within that time: nothing in between made it wrong.",
            "Calls of traces in which a tool ran or was asked for are left out, as tools may do more than answer.",
            "Failed calls are neither kept nor spared; what a gateway's own cache answered costs nothing already.",
        ],
        figures={
            "able_calls": int(able.sum()),
            "hit_rate": float(hit.sum() / able.sum()) if able.any() else 0.0,
        },
        groups=groups_of(traffic, saved, hit),
        evidence=evidence(traffic, saved, lambda place: (trace_ids[source[place]], "")),
        pairs=[(trace_ids[place], trace_ids[source[place]]) for place in np.flatnonzero(hit)],
        left_out=_left_out(traffic),
    )


def cacheable(traffic: Traffic) -> Booleans:
    """Return which calls could be answered from a cache: their request is told, and no tool had a part in them."""
    able: Booleans = (
        (traffic.whole("request") != 0)
        & ~traffic.truth("failed")
        & ~traffic.truth("has_tool_calls")
        & ~traffic.having("price", "response_cache")
    )
    return able


def sources(traffic: Traffic, able: Booleans, keep_s: int) -> Integers:
    """Return, call by call, the place of the earlier call whose kept answer it would have got; -1 for none."""
    source = np.full(len(traffic), -1, np.int64)
    request, start, end = (traffic.whole(name) for name in ("request", "start_ns", "end_ns"))
    kept: dict[int, int] = {}
    for place in np.flatnonzero(able):
        before = kept.get(int(request[place]))
        if before is not None:
            if end[before] <= start[place] < end[before] + keep_s * 10**9:
                source[place] = before
                continue
            if start[place] < end[before]:
                # the first answer is not there yet, so this one is made, and the first is kept
                continue
        kept[int(request[place])] = int(place)
    return source


def _left_out(traffic: Traffic) -> list[str]:
    silent = traffic.whole("request") == 0
    if not silent.any():
        return []
    cost = traffic.costs[silent].sum()
    return [
        f"{int(silent.sum()):,} calls ({cost:.2f} USD) do not tell what was asked, so nothing can be said of them."
    ]
