"""Made-up traffic with known truth: which segment is worse, and which only looks so."""

import numpy as np

from analytics.dimensions import Column, column
from analytics.segments.table import Table
from analytics.strata import Codes, Sampled

TENANTS = 12
_SHARES = np.array([1 / (n + 1) for n in range(TENANTS)])
BASE = 0.04
"""Failure rate of ordinary traffic."""


def traffic(
    seed: int,
    *,
    n: int = 6000,
    turns: int = 3,
    pair: float = 0.0,
    model: float = 0.0,
    alike: float = 0.5,
    keep: float = 1.0,
) -> Table:
    """Return traces in sessions of `turns`, some of which failed.

    `pair` is what tenant t1 with model m1 is worse by, in log-odds, and `model` what model m2 is; tenant t3 uses m2
    most of the time and is not worse itself. Sessions differ by `alike`. Of good traces outside t1, `keep` are sampled.
    """
    rng = np.random.default_rng(seed)
    sessions = n // turns
    session = np.repeat(np.arange(sessions), turns)
    tenant = rng.choice(TENANTS, sessions, p=_SHARES / _SHARES.sum())
    mix = np.array([[0.7, 0.2, 0.1]] * TENANTS)
    mix[3] = [0.1, 0.2, 0.7]
    used = (rng.random((sessions, 1)) > mix.cumsum(axis=1)[tenant]).sum(axis=1)
    odds = np.log(BASE / (1 - BASE)) + rng.normal(0, alike, sessions)
    odds += pair * ((tenant == 1) & (used == 1)) + model * (used == 2)
    failed = rng.random(session.size) < 1 / (1 + np.exp(-odds[session]))
    columns = {
        "feature": _named("f", rng.choice(3, sessions, p=[0.6, 0.3, 0.1])[session]),
        "prompt_version": _named("v", rng.integers(0, 2, sessions)[session]),
        "model": _named("m", used[session]),
        "tenant_id": _named("t", tenant[session]),
        "input_length": _named("l", rng.choice(4, session.size, p=[0.4, 0.3, 0.2, 0.1])),
        "turn": _named("n", np.tile(np.arange(turns), sessions)),
        "hour": _named("h", rng.integers(0, 24, session.size)),
        "weekday": _named("d", rng.integers(0, 7, session.size)),
    }
    probability = np.where(tenant[session] == 1, 1.0, keep)
    chosen = rng.random(session.size) < probability
    kept = {name: Column(known.codes[chosen], known.values) for name, known in columns.items()}
    sampled = Sampled(
        failed[chosen].astype(np.float64), 1 / probability[chosen], session[chosen], is_share=True
    )
    return Table(kept, sampled)


def _named(letter: str, codes: Codes) -> Column:
    return column([f"{letter}{code}" for code in codes])
