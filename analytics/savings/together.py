"""All ways at once, nothing saved twice.

A call is taken through the ways in order, each applied to what the ones before left of its cost: what a cache answers
is not batched as well. The two caches overlap, so the larger of the two counts. Of a cheaper model's calls the prompt
is not marked, as the gain was worked out at the other model's prices; and of the batch API and of marking, the larger
counts, as a batch may be worked on after what was kept is gone.
"""

import numpy as np

from analytics.intervals import Estimate
from analytics.savings.estimate import Saving, over_days
from analytics.savings.traffic import Floats, Traffic

ORDER = ("repeats", "paraphrases", "models", "batches", "prefixes", "prompts")


def together(traffic: Traffic, found: dict[str, Saving]) -> tuple[Floats, Estimate]:
    """Return USD saved by call, all ways at once, and in all."""
    shares = {name: _share(traffic, found[name].saved) for name in ORDER}
    left = 1 - np.maximum(shares["repeats"], shares["paraphrases"])
    left *= 1 - shares["models"]
    marking = np.where(shares["models"] > 0, 0.0, shares["prefixes"])
    left *= 1 - np.maximum(shares["batches"], marking)
    left *= 1 - shares["prompts"]
    saved = traffic.costs * (1 - left)
    return saved, over_days(traffic, saved)


def _share(traffic: Traffic, saved: Floats) -> Floats:
    shares = np.divide(saved, traffic.costs, out=np.zeros(len(traffic)), where=traffic.costs > 0)
    return np.minimum(shares, 1.0)
