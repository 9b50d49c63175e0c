"""The page of savings in one object: each way alone, all together, and what was looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from analytics.intervals import Estimate
from analytics.savings import traffic as traffic_
from analytics.savings.batches import batches
from analytics.savings.estimate import Saving
from analytics.savings.models import models
from analytics.savings.paraphrases import paraphrases
from analytics.savings.prefixes import prefixes
from analytics.savings.prompts import prompts
from analytics.savings.repeats import repeats
from analytics.savings.together import together
from storage.client import Engine
from storage.savings import Examined
from storage.scope import Scope
from storage.window import Slice

KEPT: Final = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
}
"""How long the two caches keep an answer."""
USUAL: Final = "24h"

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What would have been saved in a part of time."""

    examined: Examined
    kept: str
    days: int
    savings: list[Saving]
    """In the order in which they are applied together."""
    together: Estimate


def report(
    engine: Engine,
    scope: Scope,
    part: Slice,
    *,
    kept: str = USUAL,
    progress: Progress = lambda _step, _done: None,
) -> Report:
    """Return what a part of time would have cost less. `progress` is told the step and the share done, 0 to 1.

    Takes seconds on 100,000 calls, which is the most that it looks at.
    """
    progress("Reading calls", 0.0)
    calls, reader = traffic_.read(engine, scope, part)
    keep_s = KEPT[kept] // timedelta(seconds=1)
    progress("Looking for repeats", 0.2)
    found = [repeats(calls, keep_s)]
    found.append(
        paraphrases(
            calls,
            reader,
            keep_s,
            progress=lambda done: progress("Comparing questions", 0.25 + 0.4 * done),
        )
    )
    progress("Comparing models", 0.65)
    found.append(models(calls, reader))
    progress("Looking for unattended work", 0.75)
    found.append(batches(calls))
    progress("Looking for shared prompts", 0.8)
    found.append(prefixes(calls, reader))
    progress("Looking for idle tools", 0.9)
    found.append(prompts(calls, reader))
    _, all_of_them = together(calls, {saving.method: saving for saving in found})
    return Report(calls.examined, kept, calls.day_count, found, all_of_them)
