"""Calls of known cost, stored as real ones are: spans, settled, priced, rolled up."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from storage.client import Engine
from storage.control.models import now
from storage.costs.prices import PriceKey, PriceRow, Rate, store_prices
from storage.costs.rolling import changed_hours, portions, roll_up
from storage.window import unix_nano
from tests.samples import Traces, set_attributes
from tests.stored import store

MODEL = "spend-model"
PROVIDER = "openai"
MICRO = Decimal("0.000001")
"""USD a token of output: a call of so many tokens costs so many millionths."""


class Spend:
    """One project whose calls cost what they are said to. `save` stores those made since the last time."""

    def __init__(self, engine: Engine, project: str) -> None:
        self.engine = engine
        self.project = project
        self._traces = Traces(hash(project))
        self._are_priced = False

    def call(self, usd: str | Decimal, at: datetime | None = None, **attributes: Any) -> str:
        """Add a call at a moment (now, if none is said); return its trace's id. Dots in names as two underscores."""
        span = self._traces.span(
            "chat", start_ns=unix_nano(at or now()), duration_ns=10**6, **attributes
        )
        tokens = {"input_tokens": 0, "output_tokens": int(Decimal(usd) / MICRO)}
        usage = {f"gen_ai.usage.{name}": count for name, count in tokens.items()}
        named = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": MODEL,
        }
        set_attributes(span, {**named, **usage})
        return str(span.trace_id.hex())

    def save(self, *, rolled_up: bool = True) -> None:
        """Store the calls; `rolled_up` as the worker does it a moment later."""
        if not self._are_priced:
            self.price()
        store(self.engine, self.project, self._traces.body(), accepted=self._traces.count)
        self._traces = Traces(self._traces.random.randrange(2**62))
        if rolled_up:
            self.roll_up()

    def roll_up(self) -> None:
        """Roll up the hours that have changed."""
        changed = changed_hours(self.engine, limit=100_000)
        mine = [hour for hour in changed if hour.project == self.project]
        for portion in portions(self.engine, self.project, mine):
            roll_up(self.engine, self.project, portion)

    def price(self, times: int = 1) -> None:
        """Have calls cost so many times what they are said to, those stored already when they are re-costed."""
        units = {"output": MICRO * times}
        rate = Rate(datetime(2000, 1, 1, tzinfo=UTC), "own", "of the test", units)
        row = PriceRow(PriceKey(PROVIDER, MODEL, ""), [rate], [])
        store_prices(self.engine, self.project, [row])
        self._are_priced = True


def noon_zone() -> str:
    """Return a time zone in which it is around noon, so that no day ends while a test runs."""
    # The signs of these names are the wrong way round: Etc/GMT-3 is three hours ahead.
    ahead = 12 - now().hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
