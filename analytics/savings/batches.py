"""The batch API: providers answer within a day what nobody waits for, at a lower price.

Nobody waits for a trace that names no user and no session, streams nothing and was not begun by a request of somebody
else (its root is no server span). A single such trace may merely lack its labels, so a feature counts only where nearly
all its traces are like that. A trace with several model calls needs each answer for the next one; it is left out.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import numpy as np

from analytics.prices.catalogue import list_periods
from analytics.prices.periods import Rate, rate_at
from analytics.savings.estimate import Saving, evidence, groups_of, over_days
from analytics.savings.traffic import Booleans, Floats, Traffic
from storage.costs.prices import PriceKey

LEAST_SHARE: Final = 0.95
"""Share of a feature's traces that nobody waits for."""

HOW = (
    "Calls of features that nobody waits for, sent through the provider's batch API instead, at its list price for "
    "batches."
)


def batches(traffic: Traffic) -> Saving:
    """Return what sending unattended calls in batches would have saved."""
    fit, attended, several = unattended(traffic)
    shares, unpriced = _shares(traffic, fit)
    saved = traffic.costs * shares
    claimed = fit & (shares > 0)
    return Saving(
        method="batches",
        saved=saved,
        estimate=over_days(traffic, saved),
        calls=int(claimed.sum()),
        how=HOW,
        assumptions=[
            (
                "Nobody waits for a trace without user, session and streaming whose root is no server span, in a "
                "feature where "
                f"at least {LEAST_SHARE:.0%} of the traces are like that. An answer within a day is soon enough for it."
            ),
            "The price falls as the provider's list price for batches is below its standard one, now and then.",
        ],
        groups=groups_of(traffic, saved, claimed),
        evidence=evidence(traffic, saved),
        left_out=_left_out(traffic, attended, several, fit & unpriced),
    )


def unattended(traffic: Traffic) -> tuple[Booleans, Booleans, Booleans]:
    """Return three sets of calls that nobody seems to wait for.

    Those that could be batched; those of features in which people do wait; those of traces with several model calls.
    """
    features = traffic.texts("feature")
    trace_ids = traffic.texts("trace_id")
    alone = ~traffic.truth("is_awaited")
    traces: dict[str, set[str]] = defaultdict(set)
    lonely: dict[str, set[str]] = defaultdict(set)
    chats: dict[str, int] = defaultdict(int)
    is_chat = traffic.having("operation", "chat")
    for place, (feature, trace_id) in enumerate(zip(features, trace_ids, strict=True)):
        traces[feature].add(trace_id)
        chats[trace_id] += bool(is_chat[place])
        if alone[place]:
            lonely[feature].add(trace_id)
    fit = {f for f, found in traces.items() if len(lonely[f]) >= LEAST_SHARE * len(found)}
    in_fit = traffic.having("feature", *fit)
    several = np.fromiter((chats[t] > 1 for t in trace_ids), np.bool_, len(trace_ids))
    able = alone & ~traffic.truth("failed") & ~traffic.having("processing", "batch")
    return able & in_fit & ~several, able & ~in_fit, able & in_fit & several


def _shares(traffic: Traffic, fit: Booleans) -> tuple[Floats, Booleans]:
    """Return what share of its cost each call would have saved, and which calls have no batch price to tell by."""
    shares = np.zeros(len(traffic))
    unpriced = np.zeros(len(traffic), bool)
    is_list = traffic.having("price", "list")
    names = ("provider", "request_model", "response_model", "service_tier")
    columns = [traffic.texts(name) for name in names]
    for place in np.flatnonzero(fit):
        key = tuple(column[place] for column in columns)
        share = _share(traffic, int(place), key) if is_list[place] else None
        shares[place], unpriced[place] = share or 0.0, share is None
    return shares, unpriced


def _share(traffic: Traffic, place: int, key: tuple[str, ...]) -> float | None:
    at = datetime.fromtimestamp(int(traffic.whole("start_ns")[place]) / 1e9, UTC)
    tokens = int(traffic.whole("input_tokens")[place])
    standard = rate_at(list_periods(PriceKey(*key)), at, tokens)
    batch = rate_at(list_periods(replace(PriceKey(*key), processing="batch")), at, tokens)
    if standard is None or batch is None:
        return None
    before, after = (_cost(traffic, place, rate) for rate in (standard, batch))
    return 1 - after / before if 0 < after < before else None


def _cost(traffic: Traffic, place: int, rate: Rate) -> float:
    read = int(traffic.whole("cache_read_tokens")[place])
    plain = int(traffic.whole("input_tokens")[place]) - read
    output = int(traffic.whole("output_tokens")[place])
    return float(plain * rate.input + read * rate.cache_read + output * rate.output + rate.request)


def _left_out(
    traffic: Traffic, attended: Booleans, several: Booleans, unpriced: Booleans
) -> list[str]:
    reasons = (
        (attended, "name no user and no session, but are of features in which others do"),
        (several, "are of traces with several model calls, which need each answer for the next"),
        (unpriced, "have no batch price that is known, or a price of your own"),
    )
    return [
        f"{int(calls.sum()):,} calls ({traffic.costs[calls].sum():.2f} USD) {why}."
        for calls, why in reasons
        if calls.any()
    ]
