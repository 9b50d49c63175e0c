"""Semantic caching: a question gets the kept answer to a question that means the same, in whatever words.

Looked at are whole traces: what the user asked, before anything was retrieved or composed. A hit saves all that the
trace cost. Whether two questions mean the same is judged by a `Measure`; it is wrong at times, and what wrong hits
would have saved is taken off: nobody is served by a wrong answer.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.savings.estimate import Evidence, Saving, evidence, groups_of, net_of
from analytics.savings.likeness import (
    Measure,
    Particulars,
    Vectors,
    Words,
    particulars,
    plain,
)
from analytics.savings.traffic import Floats, Integers, Reader, Traffic
from storage import contents

MOST_QUESTIONS: Final = 10_000
"""Questions that are compared: the latest."""
MOST_KEPT: Final = 2_000
"""Questions that a question is compared with: the latest of its tenant and feature whose answers are kept."""
LONGEST: Final = 600
"""Characters of a question; what is longer is a document."""
_BLOCK: Final = 256

Progress = Callable[[float], None]

HOW = (
    "Each question that means the same as an earlier one of the same tenant, feature and prompt, asked within the "
    "time "
    "that answers are kept, would have cost nothing. What wrong answers would have saved is taken off."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the first turn of a trace that used no tool."""

    group: tuple[str, ...]
    text: str
    start_ns: int
    end_ns: int
    place: int
    """Of its first call."""


@dataclass(frozen=True, slots=True)
class Found:
    """What questions would have got: the place of the question whose answer, and how many that was chosen among."""

    source: Integers
    likeness: Floats
    kept: Integers


def paraphrases(
    traffic: Traffic,
    reader: Reader,
    keep_s: int,
    *,
    measure: Measure | None = None,
    progress: Progress = lambda _: None,
) -> Saving:
    """Return what answering questions by meaning, for `keep_s` seconds, would have saved net of wrong answers."""
    judge = measure or Words()
    questions, trace_of = _questions(traffic, reader)
    left_out = []
    if len(questions) > MOST_QUESTIONS:
        left_out.append(
            f"Of {len(questions):,} questions the latest {MOST_QUESTIONS:,} are compared; the others are taken to "
            "save nothing."
        )
        questions = questions[-MOST_QUESTIONS:]
    found = compare(questions, judge, keep_s, progress)
    answered = _Answered(traffic, judge, questions, found, trace_of)
    return answered.saving(left_out)


class _Answered:
    """Questions and what they would have got, as money."""

    def __init__(
        self,
        traffic: Traffic,
        judge: Measure,
        questions: Sequence[Asked],
        found: Found,
        trace_of: Sequence[str],
    ) -> None:
        self._traffic, self._judge, self._questions, self._found = traffic, judge, questions, found
        self._trace_of = trace_of
        self._cost_of: dict[str, float] = defaultdict(float)
        for trace_id, cost in zip(trace_of, traffic.costs, strict=True):
            self._cost_of[trace_id] += float(cost)
        self._costs = np.array([self._cost_of[trace_of[asked.place]] for asked in questions])
        self._hit = found.source >= 0
        self._same = np.array(
            [
                source >= 0 and plain(asked.text) == plain(questions[source].text)
                for asked, source in zip(questions, found.source, strict=True)
            ],
            np.bool_,
        )

    def saving(self, left_out: list[str]) -> Saving:
        """Return what the hits would have saved, less what wrong ones would have."""
        trial = self._judge.trial
        # A question that is asked word for word misleads nobody. Of all others, as many would be answered wrongly as
        # strange questions were in the trial, more where more answers are kept.
        exposure = np.where(self._same, 0.0, self._found.kept / trial.kept)
        gross = self._per_call(np.where(self._hit, self._costs, 0.0))
        exposed = self._per_call(self._costs * exposure)
        estimate = net_of(self._traffic, gross, exposed, trial.misled, trial.strange)
        net = gross * (estimate.value / gross.sum() if gross.any() else 0.0)
        near = int((self._hit & ~self._same).sum())
        return Saving(
            method="paraphrases",
            saved=net,
            estimate=estimate,
            calls=int((gross > 0).sum()),
            how=HOW,
            assumptions=_assumptions(self._judge),
            figures={
                "questions": len(self._questions),
                "hits": int(self._hit.sum()),
                "word_for_word": int(self._same.sum()),
                "in_other_words": near,
                "expected_wrong": min(near, trial.misled / trial.strange * float(exposure.sum())),
                "precision": trial.precision,
                "recall": trial.recall,
                "threshold": self._judge.threshold,
                "measure": self._judge.name,
            },
            groups=groups_of(self._traffic, net, gross > 0, by=("feature",)),
            evidence=self._evidence(),
            pairs=self._pairs(),
            left_out=left_out,
        )

    def _per_call(self, usd: Floats) -> Floats:
        """Return USD of questions by call: each call of a trace has its share of it."""
        pairs = zip(self._questions, usd, strict=True)
        of_trace = {self._trace_of[asked.place]: float(amount) for asked, amount in pairs}
        shares = [
            of_trace.get(trace_id, 0.0) / self._cost_of[trace_id]
            if self._cost_of[trace_id]
            else 0.0
            for trace_id in self._trace_of
        ]
        return np.array(shares) * self._traffic.costs

    def _pairs(self) -> list[tuple[str, str]]:
        found = zip(self._questions, self._found.source, strict=True)
        return [
            (self._trace_of[asked.place], self._trace_of[self._questions[source].place])
            for asked, source in found
            if source >= 0
        ]

    def _evidence(self) -> list[Evidence]:
        places = [asked.place for asked in self._questions]
        numbers = {place: number for number, place in enumerate(places)}
        saved = np.zeros(len(self._traffic))
        saved[places] = np.where(self._hit, self._costs, 0.0)

        def remark(place: int) -> tuple[str, str]:
            number = numbers[place]
            other = self._questions[self._found.source[number]].place
            alike = "the same words" if self._same[number] else "in other words"
            return self._trace_of[other], f"{alike}, likeness {self._found.likeness[number]:.2f}"

        return evidence(self._traffic, saved, remark)


def _assumptions(judge: Measure) -> list[str]:
    trial = judge.trial
    return [
        (
            "Answers are kept per tenant, feature and prompt version. Questions later in a conversation are left out, "
            "as what "
            "they mean depends on what was said; so are traces in which a tool had a part."
        ),
        (
            f"Likeness by {judge.name}, from {judge.threshold:.2f} on. On {trial.data}, on intents that this threshold "
            "was not "
            f"chosen on, {trial.precision:.0%} of hits were right and {trial.recall:.0%} of repeated questions were "
            "found: a "
            "better measure would find more."
        ),
        (
            f"Of questions that nobody had asked before, {trial.misled / trial.strange:.1%} were answered wrongly "
            "there, with "
            f"{trial.kept} answers kept; as many are taken to be wrong here, in proportion to the answers kept. "
            "Questions that "
            "differ in a number, a code, a name or a negation are never taken as the same."
        ),
        "Repeats word for word are among these: this is not in addition to exact caching.",
    ]


def _questions(traffic: Traffic, reader: Reader) -> tuple[list[Asked], list[str]]:
    """Return the questions in order of time, and the trace of each call."""
    trace_of = traffic.texts("trace_id")
    first: dict[str, int] = {}
    last_end: dict[str, int] = {}
    unfit: set[str] = set()
    start, end, messages = (traffic.whole(name) for name in ("start_ns", "end_ns", "messages"))
    spoilt = traffic.truth("failed") | traffic.truth("has_tool_calls") | (messages > 1)
    for place, trace_id in enumerate(trace_of):
        first.setdefault(trace_id, place)
        last_end[trace_id] = max(last_end.get(trace_id, 0), int(end[place]))
        if spoilt[place]:
            unfit.add(trace_id)
    hashes = traffic.texts("question")
    places = [place for trace_id, place in first.items() if trace_id not in unfit and hashes[place]]
    texts = contents.texts(
        reader.engine, reader.scope, {hashes[place] for place in places}, length=LONGEST + 1
    )
    columns = [
        traffic.texts(name) for name in ("tenant_id", "feature", "prompt_name", "prompt_version")
    ]
    found = [
        Asked(
            tuple(column[place] for column in columns),
            text,
            int(start[place]),
            last_end[trace_of[place]],
            place,
        )
        for place in places
        if 0 < len(text := texts.get(hashes[place], "")) <= LONGEST
    ]
    return found, trace_of


def compare(
    questions: Sequence[Asked], measure: Measure, keep_s: int, progress: Progress = lambda _: None
) -> Found:
    """Return which question's answer each would have got. The questions are in order of time."""
    found = Found(
        np.full(len(questions), -1, np.int64),
        np.zeros(len(questions)),
        np.zeros(len(questions), np.int64),
    )
    if not questions:
        return found
    texts = list(dict.fromkeys(plain(asked.text) for asked in questions))
    row_of = {text: row for row, text in enumerate(texts)}
    vectors = measure.vectors(texts)
    details = {asked.text: particulars(asked.text) for asked in questions}
    by_group: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, asked in enumerate(questions):
        by_group[asked.group].append(number)
    done = 0
    for numbers in by_group.values():
        rows = np.array([row_of[plain(questions[number].text)] for number in numbers])
        _Cache(questions, numbers, rows, vectors, details, measure.threshold, keep_s).fill(found)
        done += len(numbers)
        progress(done / len(questions))
    return found


@dataclass(slots=True)
class _Cache:
    """The kept answers of one tenant and feature, as time goes by."""

    questions: Sequence[Asked]
    numbers: Sequence[int]
    rows: Integers
    vectors: Vectors
    details: dict[str, Particulars]
    threshold: float
    keep_s: int

    def fill(self, found: Found) -> None:
        """Put in what each question of the group would have got."""
        kept: deque[int] = deque()  # places in `numbers`, oldest first
        for begin in range(0, len(self.numbers), _BLOCK):
            block = range(begin, min(begin + _BLOCK, len(self.numbers)))
            candidates = np.array([*kept, *block])
            rows = self.rows[candidates]
            likeness = self.vectors[self.rows[begin : block.stop]] @ self.vectors[rows].T
            for place in block:
                alike = np.where(rows == self.rows[place], 1.0, likeness[place - begin])
                near = np.flatnonzero(alike >= self.threshold)
                self._ask(place, dict(zip(candidates[near], alike[near], strict=True)), kept, found)

    def _ask(self, place: int, near: dict[int, float], kept: deque[int], found: Found) -> None:
        number = self.numbers[place]
        asked = self.questions[number]
        self._forget(kept, asked.start_ns)
        oldest = kept[0] if kept else place
        # Those found before were not kept: an answer from the cache is not put in again.
        options = [
            (alike, other)
            for other, alike in near.items()
            if oldest <= other < place
            and found.source[self.numbers[other]] < 0
            and self._may_answer(other, asked)
        ]
        found.kept[number] = len(kept)
        if options:
            alike, other = max(options)
            found.source[number], found.likeness[number] = self.numbers[other], alike
        else:
            kept.append(place)

    def _forget(self, kept: deque[int], now_ns: int) -> None:
        while kept and (len(kept) > MOST_KEPT or self._expires_ns(kept[0]) <= now_ns):
            kept.popleft()

    def _expires_ns(self, place: int) -> int:
        return self.questions[self.numbers[place]].end_ns + self.keep_s * 10**9

    def _may_answer(self, other: int, asked: Asked) -> bool:
        before = self.questions[self.numbers[other]]
        return before.end_ns <= asked.start_ns and self.details[before.text].agree(
            self.details[asked.text]
        )
