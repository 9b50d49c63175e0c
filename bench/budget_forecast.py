"""How often the truth lies within a forecast's interval: on simulated series of many kinds, and on the demo's.

`python -m bench.budget_forecast` simulates; `python -m bench.budget_forecast demo` takes the demo's spend by hour, as
the whole program works it out from its spans.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import numpy as np
from numpy.typing import NDArray

from analytics.budgets.forecast import COVERAGE, HISTORY_DAYS, Past, forecast, lacking
from analytics.budgets.spending import by_hour, spent
from bench import program
from demo.capture import capture
from demo.plan import DemoPlan
from storage.client import Engine
from storage.scope import Scope
from storage.window import Window
from tests.engine import Server

Floats = NDArray[np.float64]
_SHARES = " ".join(f"{name:>6}" for name in ("within", "below", "above"))
_HEAD = f"{'series':28} {'period':6} {'days':>4} {_SHARES} {'miss':>8} {'width':>8} {'runs':>6}"
_HOURLY = (2, 1, 1, 1, 2, 4, 9, 18, 34, 48, 55, 54, 44, 50, 60, 58, 50, 38, 24, 16, 11, 8, 5, 3)


@dataclass(frozen=True)
class World:
    """A kind of series: how many calls an average hour has, and what disturbs them."""

    name: str
    calls_per_hour: float
    weekend: float = 0.3
    drift: float = 0.0
    """Of the level, a day: a random walk of its logarithm."""
    growth: float = 0.0
    """Of the level, a day."""
    spikes: float = 0.0
    """How many hours a day cost ten times as much."""
    jump: float = 0.0
    """Chance a day that the level changes for good, by up to a half or two."""
    heavy: float = 1.0
    """Standard deviation of the logarithm of a call's cost."""


WORLDS = (
    World("steady, 500 calls an hour", 500),
    World("steady, 20 calls an hour", 20),
    World("sparse, 1 call an hour", 1),
    World("no weekend", 100, weekend=1.0),
    World("drifting level", 100, drift=0.06),
    World("growing 1 % a day", 100, growth=0.01),
    World("spikes", 100, spikes=0.3),
    World("jumps", 100, jump=0.02),
    World("heavy-tailed costs", 20, heavy=1.8),
)


def series(world: World, days: int, random: np.random.Generator) -> Floats:
    """Return USD by day and hour (days x 24); day 0 is a Monday."""
    hourly = np.array(_HOURLY) / np.mean(_HOURLY)
    week = np.array([1, 1, 1, 1, 1, world.weekend, world.weekend])[np.arange(days) % 7]
    steps = random.normal(0, world.drift, days) + world.growth
    jumps = random.random(days) < world.jump
    steps = steps + jumps * random.uniform(-0.7, 0.7, days)
    level = np.exp(np.cumsum(steps) - steps.sum() / 2)
    rate = world.calls_per_hour * level[:, None] * week[:, None] * hourly[None, :]
    rate = rate * np.where(random.random((days, 24)) < world.spikes / 24, 10, 1)
    calls = random.poisson(rate)
    # The sum of n log-normal costs, by its mean and variance: exact enough from a few calls on.
    mean, second = np.exp(world.heavy**2 / 2), np.exp(2 * world.heavy**2)
    sd = np.sqrt(np.maximum(calls, 1) * (second - mean**2))
    shape = (calls * mean / sd) ** 2
    costs = np.where(calls > 0, random.gamma(np.maximum(shape, 1e-9), 1) * sd**2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        costs = np.where(calls > 0, costs / (calls * mean), 0)
    return 0.002 * costs


@dataclass
class Tally:
    """Forecasts against what came."""

    within: int = 0
    below: int = 0
    above: int = 0
    widths: list[float] = field(default_factory=list)
    misses: list[float] = field(default_factory=list)

    def add(self, truth: float, past: Past, days_ahead: int, so_far: float) -> None:
        """Count one forecast."""
        found = forecast(past, days_ahead)
        self.within += found.low_usd <= truth <= found.high_usd
        self.below += truth < found.low_usd
        self.above += truth > found.high_usd
        total = max(truth + so_far, 1e-12)
        self.widths.append((found.high_usd - found.low_usd) / total)
        self.misses.append(abs(found.usd - truth) / total)

    @property
    def count(self) -> int:
        """How many there were."""
        return self.within + self.below + self.above

    def line(self) -> str:
        """Return them as a line of the table."""
        n = max(self.count, 1)
        return (
            f"{self.within / n:6.0%} {self.below / n:6.0%} {self.above / n:6.0%}"
            f" {np.median(self.misses):8.1%} {np.median(self.widths):8.1%} {self.count:6}"
        )


def past_of(usd: Floats, day: int, hour: int, history: int, monday: int = 0) -> Past:
    """Return what is known at an hour of a day; day `monday` is one."""
    first = max(0, day - history)
    elapsed = (np.arange(24) < hour).astype(float)
    return Past(
        days=usd[first:day],
        weekdays=(np.arange(first, day) - monday) % 7,
        today=usd[day] * elapsed,
        elapsed=elapsed,
        weekday=(day - monday) % 7,
    )


def truth_of(usd: Floats, day: int, hour: int, ahead: int) -> float:
    """Return what the rest of a day and so many after it cost."""
    return float(usd[day, hour:].sum() + usd[day + 1 : day + 1 + ahead].sum())


def tally(
    make: Callable[[np.random.Generator], Floats],
    period: str,
    history: int,
    runs: int,
    seed: int = 1,
) -> Tally:
    """Forecast each of many series once, at a random hour of a random day of the period."""
    random = np.random.default_rng(seed)
    found = Tally()
    while found.count < runs:
        usd = make(random)
        length = 30 if period == "month" else 1
        first = history + int(random.integers(0, 7))
        passed = int(random.integers(0, length))
        day, hour = first + passed, int(random.integers(1, 24))
        past = past_of(usd, day, hour, history)
        if lacking(past):
            continue
        ahead = length - 1 - passed
        truth = truth_of(usd, day, hour, ahead)
        so_far = usd[first:day].sum() + usd[day, :hour].sum()
        found.add(truth, past, ahead, so_far)
    return found


def lines(runs: int = 300) -> Iterator[str]:
    """Give the table of coverage."""
    yield f"Coverage of the {COVERAGE:.0%} interval; miss and width as shares of the period's whole spend (medians)"
    yield _HEAD
    everything: dict[str, list[int]] = {}
    for world in WORLDS:
        for period in ("day", "month"):
            for history in (14, 28, 56):
                found = tally(lambda random, w=world: series(w, 110, random), period, history, runs)  # type: ignore[misc]
                whole = everything.setdefault(period, [0, 0])
                whole[0] += found.within
                whole[1] += found.count
                yield f"{world.name:28} {period:6} {history:4} {found.line()}"
    for period, (within, count) in everything.items():
        yield f"all, {period}: {within / count:.1%} of {count}"


_DEMO_DAYS = 98
_INCIDENT_DAYS = 3
_LEAST_KNOWN_DAYS = 42
_DEMO_TRACES = 9_000
_QUIET_S = 30.0


def demo_series() -> tuple[dict[str, Floats], int]:
    """Return the demo's USD by day and hour of the project, each tenant and feature; and which day is a Monday."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    window = Window(end - timedelta(days=_DEMO_DAYS), end)
    with program.program() as server:
        _play(server, end)
        server.stop()
        engine = Engine(directory=server.data_dir / "data" / "clickhouse")
        found: dict[str, Floats] = {}
        for dimension in ("project", "tenant", "feature"):
            values = list(spent(engine, Scope("default"), dimension, window))
            hourly = by_hour(engine, Scope("default"), dimension, window, values)
            found |= {f"{dimension} {name}": usd.reshape(-1, 24) for name, usd in hourly.items()}
        engine.close()
    return found, -window.start.weekday() % 7


def _play(server: Server, end: datetime) -> None:
    """Send the demo's history and wait until its cost does not change any more."""
    plan = DemoPlan(traces=_DEMO_TRACES, backfill=timedelta(days=_DEMO_DAYS))
    headers = {"content-type": "application/x-protobuf"}
    with httpx.Client(timeout=120) as client:
        for body in capture(plan, now=end):
            client.post(
                f"{server.otlp}/v1/traces", content=body, headers=headers
            ).raise_for_status()
    server.wait_loaded(timeout_s=600)
    told, since = None, time.monotonic()
    while time.monotonic() - since < _QUIET_S:
        asked = {"start": f"-{_DEMO_DAYS + 10}d"}
        now = httpx.get(f"{server.url}/api/v1/usage", params=asked, timeout=120).json()["rows"]
        if now != told:
            told, since = now, time.monotonic()
        time.sleep(2)


def demo_lines(runs: int = 300) -> Iterator[str]:
    """Give the tables of the demo: with the incidents that it plants in its last days, and without these days."""
    series_of, monday = demo_series()
    for days in (_DEMO_DAYS, _DEMO_DAYS - _INCIDENT_DAYS):
        yield f"The demo, {days} of {_DEMO_DAYS} days, {len(series_of)} series of project, tenants and features"
        yield _HEAD
        for group in ("project", "tenant", "feature"):
            chosen = [usd[:days] for name, usd in series_of.items() if name.startswith(group)]
            for period, length in (("day", 1), ("month", 30)):
                found = _drawn(chosen, length, monday, runs)
                yield f"{group:28} {period:6} {HISTORY_DAYS:4} {found.line()}"


def _drawn(chosen: list[Floats], length: int, monday: int, runs: int) -> Tally:
    """Forecast from origins drawn at random from days and series."""
    random, found = np.random.default_rng(7), Tally()
    for _ in range(20 * runs):
        usd = chosen[int(random.integers(len(chosen)))]
        first = int(random.integers(_LEAST_KNOWN_DAYS, len(usd) - length + 1))
        day, hour = first + int(random.integers(length)), int(random.integers(1, 24))
        past = past_of(usd, day, hour, HISTORY_DAYS, monday)
        if lacking(past):
            continue
        ahead = first + length - 1 - day
        so_far = usd[first:day].sum() + usd[day, :hour].sum()
        found.add(truth_of(usd, day, hour, ahead), past, ahead, so_far)
        if found.count == runs:
            break
    return found


if __name__ == "__main__":
    for line in demo_lines() if "demo" in sys.argv[1:] else lines():
        print(line, flush=True)
