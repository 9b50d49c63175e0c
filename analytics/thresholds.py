"""What another threshold would change: how many traces would be found, which, and how often people agree.

"Found" is what an evaluator is there to find: an attack, a refusal, an answer that is not supported. What a threshold
makes of a score is said in `storage.evaluators.thresholds`, and nowhere else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.intervals import Estimate, share
from storage.client import Engine
from storage.evaluators.scores import ScoredTraces, scored_traces
from storage.evaluators.thresholds import FOUND, OF_SUPPORT, told_label
from storage.outcomes import Where
from storage.scope import Scope

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BINS: Final = 50
"""Of a histogram of scores from 0 to 1."""
_MOST_LABELS: Final = 12
EXAMPLES: Final = 5
"""Traces that are shown of those that change to one side."""

_LACK_OF_IT: Final = ("hallucination", "hallucinated")
_DECIDED: Final = frozenset({"", "found", "none", "supported", "unsupported"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How a threshold comes out where people said of the same traces whether it is found. Weighted by sampling."""

    n: int
    """Traces that people labelled, and the evaluator scored."""
    positive: int
    """Of these, found by people."""
    precision: Estimate | None
    """Of what the threshold finds, the share that people find too; None where it finds nothing of these."""
    found: int
    """Of these, found by the threshold: precision is of so many."""
    recall: Estimate | None
    """Of what people find, the share that the threshold finds; None where they find nothing."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A trace that another threshold puts on the other side."""

    trace_id: str
    start_time_unix_nano: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a threshold makes of the traces of a window."""

    threshold: float | None
    """None: the labels that the evaluator gave."""
    share: Estimate | None
    """Of the traces that were judged, those that are found; None where there are none."""
    traces: Estimate | None
    """How many of the window's traces that is, sampled ones counted for those that they stand for."""
    found: int
    """How many of those that were judged."""
    people: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Weighted counts of scores in `BINS` steps from 0 to 1: of all, and of those that people found or not."""

    counts: Sequence[float]
    found_by_people: Sequence[float]
    not_found_by_people: Sequence[float]
    outside: int
    """Scores that are not from 0 to 1; no threshold is between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A threshold beside the present one."""

    judged: int
    """Traces that have a score that a threshold decides."""
    looked_at: int
    """Of these; fewer where there are too many to look at all."""
    undecided: int
    """Traces with a label that no threshold moves, such as `no_answer` or `true`, or without a score."""
    other_labels: Mapping[str, int]
    """Of these, how many have which label, the commonest first; '' for none."""
    low_is_found: bool
    """What is found is what is below the threshold: answers that are not supported."""
    boundary: float | None
    """Where the labels that the evaluator gave change, as far as these scores tell."""
    now: Standing
    then: Standing
    to_found: int
    """Judged traces that would be found and are not now."""
    to_not_found: int
    newly_found: Sequence[Moved]
    """Some of these, the latest first."""
    no_longer_found: Sequence[Moved]
    histogram: Histogram


def people_of(name: str) -> Mapping[str, bool]:
    """Return the names under which people say what an evaluator says, and of which little is what is found."""
    if name in OF_SUPPORT:
        return {**dict.fromkeys(sorted(OF_SUPPORT), True), **dict.fromkeys(_LACK_OF_IT, False)}
    return {name: False}


@dataclass(frozen=True, slots=True)
class Scores:
    """Traces that a threshold of an evaluator decides, and what people say of them."""

    name: str
    rows: ScoredTraces
    places: npt.NDArray[np.intp]
    """Of the rows with a score and a label that a threshold moves."""
    score: Floats
    weight: Floats
    truth: Floats
    """1 where most people say that it is found, 0 where most say that it is not, else NaN."""
    clusters: npt.NDArray[np.intp]

    @property
    def low_is_found(self) -> bool:
        """What is found has low scores, as answers without support have."""
        labels = {"supported", "unsupported"}
        return self.name in OF_SUPPORT or not labels.isdisjoint(self.rows.label)

    def found(self, threshold: float | None) -> Flags:
        """Tell which traces are found by a threshold; by None, by the labels that the evaluator gave."""
        labels, sources = self.rows.label, self.rows.source
        told = (
            told_label(self.name, score, labels[place], threshold, source=sources[place]) in FOUND
            for place, score in zip(self.places.tolist(), self.score.tolist(), strict=True)
        )
        return np.fromiter(told, np.bool_, len(self.places))


def read_scores(engine: Engine, scope: Scope, where: Where, name: str) -> Scores:
    """Return the scores of a window's traces. Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable."""
    rows = scored_traces(engine, scope, where, name, people_of(name))
    decided = [
        place
        for place, (score, label) in enumerate(zip(rows.score, rows.label, strict=True))
        if score is not None and label in _DECIDED
    ]
    places = np.array(decided, np.intp)
    said = np.array([rows.found_by_people[p] for p in decided], np.float64)
    _, clusters = np.unique([rows.cluster[p] for p in decided], return_inverse=True)
    return Scores(
        name,
        rows,
        places,
        np.array([rows.score[p] for p in decided], np.float64),
        np.array([rows.weight[p] for p in decided], np.float64),
        np.where(said == 0.5, np.nan, np.round(said)),
        clusters.astype(np.intp),
    )


def preview(scores: Scores, present: float | None, wanted: float | None) -> Preview:
    """Return what the threshold `wanted` would change against the `present` one; None is the evaluator's own."""
    before, after = scores.found(present), scores.found(wanted)
    total = scores.rows.traces
    looked_at = len(scores.rows.trace_id)
    return Preview(
        judged=round(len(scores.places) * total / looked_at) if looked_at else 0,
        looked_at=len(scores.places),
        undecided=looked_at - len(scores.places),
        other_labels=dict(_other_labels(scores).most_common(_MOST_LABELS)),
        low_is_found=scores.low_is_found,
        boundary=_boundary(scores),
        now=_standing(scores, present, before),
        then=_standing(scores, wanted, after),
        to_found=int((after & ~before).sum()),
        to_not_found=int((before & ~after).sum()),
        newly_found=_latest(scores, after & ~before),
        no_longer_found=_latest(scores, before & ~after),
        histogram=_histogram(scores),
    )


def _standing(scores: Scores, threshold: float | None, found: Flags) -> Standing:
    estimate = weighted_share(found, scores.weight, scores.clusters)
    scale = scores.rows.traces / max(1, len(scores.rows.trace_id))
    return Standing(
        threshold=threshold,
        share=estimate,
        traces=_times(estimate, float(scores.weight.sum()) * scale) if estimate else None,
        found=int(found.sum()),
        people=_agreement(scores, found),
    )


def _agreement(scores: Scores, found: Flags) -> Agreement:
    known = ~np.isnan(scores.truth)
    true = scores.truth == 1

    def of(part: Flags, hits: Flags) -> Estimate | None:
        return weighted_share(hits[part], scores.weight[part], scores.clusters[part])

    return Agreement(
        n=int(known.sum()),
        positive=int(true.sum()),
        found=int((known & found).sum()),
        precision=of(known & found, true),
        recall=of(true, found),
    )


def weighted_share(hits: Flags, weight: Floats, clusters: npt.NDArray[np.intp]) -> Estimate | None:
    """Return the share of hits among votes that weigh so much and come in clusters; None of no votes."""
    if not len(hits):
        return None
    _, place = np.unique(clusters, return_inverse=True)
    n = np.bincount(place, weight)
    c = np.bincount(place, weight * hits)
    return share(
        float(c.sum()), float(n.sum()), clusters=len(n),
        cc=float(c @ c), cn=float(c @ n), nn=float(n @ n), votes=len(hits),
    )  # fmt: skip


def _times(estimate: Estimate, factor: float) -> Estimate:
    low, high = estimate.low, estimate.high
    return Estimate(
        estimate.value * factor,
        None if low is None else low * factor,
        None if high is None else high * factor,
        estimate.note,
    )


def _boundary(scores: Scores) -> float | None:
    labels = [scores.rows.label[place] for place in scores.places]
    above = np.array([label in {"found", "supported"} for label in labels], np.bool_)
    below = np.array([label in {"none", "unsupported"} for label in labels], np.bool_)
    if not above.any() or not below.any():
        return None
    low, high = float(scores.score[below].max()), float(scores.score[above].min())
    return (low + high) / 2


def _other_labels(scores: Scores) -> Counter[str]:
    decided = set(scores.places.tolist())
    return Counter(label for place, label in enumerate(scores.rows.label) if place not in decided)


def _latest(scores: Scores, moved: Flags) -> list[Moved]:
    # Rows are in order of time.
    latest = np.flatnonzero(moved)[::-1][:EXAMPLES]
    rows = scores.rows
    return [
        Moved(rows.trace_id[p], rows.start_ns[p], float(scores.score[one]))
        for one, p in zip(latest.tolist(), scores.places[latest].tolist(), strict=True)
    ]


def _histogram(scores: Scores) -> Histogram:
    inside = (scores.score >= 0) & (scores.score <= 1)

    def counted(which: Flags, weight: Floats | None = None) -> Floats:
        part = inside & which
        place = np.minimum((scores.score[part] * BINS).astype(np.intp), BINS - 1)
        of = np.ones(len(place)) if weight is None else weight[part]
        return np.bincount(place, of, BINS).astype(np.float64)

    everything = np.ones_like(inside)
    return Histogram(
        counts=counted(everything, scores.weight).tolist(),
        found_by_people=counted(scores.truth == 1).tolist(),
        not_found_by_people=counted(scores.truth == 0).tolist(),
        outside=int((~inside).sum()),
    )
