"""What evaluators, segments and comparisons find of what the demo plants, and how often they cry wolf, over seeds.

A history of each seed is stored, and each evaluator judges all of its traces as in the worker. `perfect` stands for an
evaluator of answers that is always right: with it the statistics are measured alone.
"""

import argparse
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np

from analytics.comparison.compare import Sides, compare
from analytics.comparison.verdict import verdict
from analytics.evaluation_runs.asking import Asking
from analytics.evaluation_runs.plans import Plan
from analytics.evaluation_runs.portions import Portions
from analytics.evaluation_runs.samples import KeyedSample, samples_of
from analytics.evaluators.contract import (
    EvaluationFailed,
    Evaluator,
    FunctionEvaluator,
    Sample,
    Verdict,
)
from analytics.evaluators.found import evaluators as found_evaluators
from analytics.groundedness.learned import learned
from analytics.outcomes import outcome_of
from analytics.segments.report import report
from bench.measure import heading
from demo.capture import Truth, capture, truth
from demo.faults import Fault
from demo.models import GPT_NANO
from demo.plan import DemoPlan
from demo.planted import Place, Says
from demo.tenants import ATTACKER, ECONOMY_VICTIM, MOSTLY_ECONOMY
from storage.client import Engine
from storage.evaluators.texts import texts_of_traces
from storage.evaluators.verdicts import StoredVerdict, find_verdicts
from storage.evaluators.work import Wanted
from storage.outcomes import Where
from storage.schema import bring_up_to_date
from storage.scope import Scope
from storage.window import Window
from tests.analytics.savings.stored import store_all

METHOD: Final = """
{seeds} histories of {days} days with {traces:,} traces each. Answers: those from articles or tools. An answer counts as
found where its label is `unsupported`, a sentence where a claim that counts as unsupported covers planted words.
Attacks, personal data, secrets, refusals and leaks: found where the text of a trace that holds them is labelled so.
Segments: false discoveries are to be 5 % of what is told; one that names nothing planted, or the tenant that seems
worse, is false.
"""
NOW: Final = datetime(2026, 11, 20, 15, tzinfo=UTC)
PERFECT: Final = "perfect"
_LEAST: Final = learned().part_threshold
"""Score of a claim from which on `groundedness` counts it as supported."""
_NEW_PROMPT: Final = "support-answer@v7"
_OLD_PROMPT: Final = "support-answer@v6"
_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
_TRACES_AT_ONCE: Final = 200


@dataclass(slots=True)
class Tally:
    """How many of what, and of them found."""

    found: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)

    def note(self, name: str, *, is_found: bool) -> None:
        """Count one."""
        self.all[name] += 1
        self.found[name] += is_found

    def print(self) -> None:
        """Print shares by name, in the order in which they were first noted."""
        for name, count in self.all.items():
            print(
                f"  {name:58} {self.found[name] / count:7.3f}  ({self.found[name]:,} of {count:,})"
            )


@dataclass(frozen=True, slots=True)
class Judged:
    """A trace, its truth, and what each evaluator says of its texts."""

    truth: Truth
    verdicts: Mapping[str, Sequence[tuple[KeyedSample, StoredVerdict]]]


@dataclass(slots=True)
class History:
    """The stored history of one seed."""

    engine: Engine
    project: str
    days: float
    truths: list[Truth]

    @property
    def scope(self) -> Scope:
        """The right to read it."""
        return Scope(self.project)

    @property
    def where(self) -> Where:
        """All of it."""
        return Where(Window(NOW - timedelta(days=self.days + 1), NOW + timedelta(days=1)))

    def hours(self) -> Iterator[tuple[datetime, list[Truth]]]:
        """Give the hours in which traces begin, with these."""
        for hour, rows in groupby(
            self.truths, lambda row: row.asked_at.replace(minute=0, second=0, microsecond=0)
        ):
            yield hour, list(rows)

    def judge(self, evaluators: Sequence[Evaluator]) -> Iterator[Judged]:
        """Let evaluators judge all traces, as in the worker; give what they say."""
        portions = Portions(self.engine, Asking(self.engine, threading.Event(), share=0.0))
        plans = [self._plan(one) for one in evaluators]
        for hour, rows in self.hours():
            while not all(o.complete for o in portions.deal(self.project, [hour], plans).values()):
                pass
            for first in range(0, len(rows), _TRACES_AT_ONCE):
                yield from self._read(hour, rows[first : first + _TRACES_AT_ONCE], evaluators)

    def _plan(self, one: Evaluator) -> Plan:
        wanted = Wanted(evaluator=one.name, version=one.version, since=_LONG_AGO, quiet_s=0.0)
        return Plan(self.project, one, enabled=True, wanted=wanted, daily_cap_usd=None)

    def _read(
        self, hour: datetime, rows: Sequence[Truth], evaluators: Sequence[Evaluator]
    ) -> Iterator[Judged]:
        texts = texts_of_traces(self.engine, self.scope, [hour], [row.trace_id for row in rows])
        said: dict[str, dict[str, list[tuple[KeyedSample, StoredVerdict]]]] = defaultdict(dict)
        for one in evaluators:
            samples = {t: samples_of(text, one.reads) for t, text in texts.items()}
            keys = {s.key for some in samples.values() for s in some}
            verdicts = find_verdicts(self.engine, self.scope, one.name, one.version, keys)
            for trace, some in samples.items():
                said[trace][one.name] = [(s, verdicts[s.key]) for s in some if s.key in verdicts]
        yield from (Judged(row, said[row.trace_id]) for row in rows)


def main() -> None:
    """Store, judge, count, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--days", type=float, default=2.0)
    parser.add_argument("--traces", type=int, default=4_000)
    parser.add_argument("--only", nargs="*", help="evaluators; all where it is left out")
    asked = parser.parse_args()
    heading("What is found of what the demo plants", METHOD.format(**vars(asked)))
    chosen = [one for one in _usable() if not asked.only or one.name in asked.only]
    texts = Tally()
    segments: dict[str, Tally] = defaultdict(Tally)
    comparisons: dict[str, Counter[str]] = defaultdict(Counter)
    scores: list[tuple[bool, float]] = []
    with tempfile.TemporaryDirectory(prefix="groundwire-bench-") as path:
        engine = Engine(directory=Path(path))
        bring_up_to_date(engine)
        for seed in range(1, asked.seeds + 1):
            started = time.perf_counter()
            history = _stored(engine, seed, asked.days, asked.traces)
            for judged in history.judge([*chosen, _perfect(history.truths)]):
                _note_answer(judged, texts, scores)
                _note_texts(judged, texts)
            for name in (PERFECT, *(one.name for one in chosen if one.name == "groundedness")):
                _note_segments(history, name, segments[name])
                comparisons[name][_compared(history, name)] += 1
            print(f"seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
        engine.close()
    _print(texts, scores, segments, comparisons)


def _usable() -> Iterator[Evaluator]:
    """Give the built-in evaluators that can judge here, and say which cannot."""
    for name, one in found_evaluators().items():
        try:
            one.evaluate(
                [Sample(id="1", question="a?", contexts=["a b"], answer="A b.", text="a b")]
            )
        except EvaluationFailed as error:
            print(f"{name} is left out: {error}")
        else:
            yield one


def _stored(engine: Engine, seed: int, days: float, traces: int) -> History:
    plan = DemoPlan(seed=seed, traces=traces, backfill=timedelta(days=days))
    project = f"planted-{seed}"
    store_all(engine, project, capture(plan, now=NOW))
    return History(engine, project, days, list(truth(plan, now=NOW)))


def _perfect(truths: Iterable[Truth]) -> Evaluator:
    unsupported = {row.trace_id for row in truths if Fault.UNSUPPORTED in row.faults}

    def judge(sample: Sample) -> Verdict:
        if not sample.contexts:
            return Verdict(label="no_contexts")
        is_bad = sample.id in unsupported
        return Verdict(score=1.0 - is_bad, label="unsupported" if is_bad else "supported")

    return FunctionEvaluator(PERFECT, "1", ("answer",), judge)


# --------------------------------------------------------------------------------------- single traces


def _note_answer(judged: Judged, tally: Tally, scores: list[tuple[bool, float]]) -> None:
    row = judged.truth
    for sample, said in judged.verdicts.get("groundedness", ()):
        if row.answer is None or said.score is None or not sample.sample.contexts:
            continue
        is_flagged = said.label == "unsupported"
        if row.answer.unsupported:
            tally.note("unsupported answers found", is_found=is_flagged)
            scores.append((True, 1 - said.score))
            for wrong in row.answer.unsupported:
                tally.note(f"unsupported by {wrong.kind}, answer found", is_found=is_flagged)
                hit = any(
                    c["score"] < _LEAST and c["start"] < wrong.end and wrong.start < c["end"]
                    for c in said.details.get("claims", ())
                )
                tally.note(f"unsupported by {wrong.kind}, sentence found", is_found=hit)
        elif row.answer.says is Says.FACTS:
            kind = " in another language" if Fault.WRONG_LANGUAGE in row.faults else ""
            tally.note(f"supported answers{kind} called unsupported", is_found=is_flagged)
            scores.append((False, 1 - said.score))


def _is_found(judged: Judged, name: str, text: str = "") -> bool:
    return any(
        said.label == "found" and text in (sample.sample.text or sample.sample.answer)
        for sample, said in judged.verdicts.get(name, ())
    )


def _note_texts(judged: Judged, tally: Tally) -> None:
    row = judged.truth
    if judged.verdicts.get("prompt_injection"):
        _note_attacks(judged, tally)
    answer = row.answer
    for name, fault in (("pii", Fault.PII), ("secrets", Fault.SECRET)):
        if judged.verdicts.get(name):
            has = _is_found(judged, name, row.question)
            kind = (
                f"questions with {name} found"
                if fault in row.faults
                else f"questions without {name} called so"
            )
            tally.note(kind, is_found=has)
    if answer is not None and answer.text and judged.verdicts.get("refusal"):
        kind = "refusals found" if answer.says is Says.REFUSAL else "other answers called refusals"
        tally.note(kind, is_found=_is_found(judged, "refusal"))
    if answer is not None and answer.text and judged.verdicts.get("prompt_leak"):
        kind = (
            "leaks of the prompt found"
            if answer.says is Says.LEAK
            else "other answers called leaks"
        )
        tally.note(kind, is_found=_is_found(judged, "prompt_leak"))


def _note_attacks(judged: Judged, tally: Tally) -> None:
    row = judged.truth
    for attack in row.attacks:
        kind = f"attacks in a {attack.place} found".replace("_", " ")
        if Fault.ATTACK_WAVE in row.faults:
            kind = "attacks of the wave found"
        # What is stored of a tool's result is JSON.
        text = attack.text if attack.place is not Place.TOOL_RESULT else ""
        tally.note(kind, is_found=_is_found(judged, "prompt_injection", text))
    if row.attacks:
        return
    for sample, said in judged.verdicts["prompt_injection"]:
        kind = "look-alikes" if row.is_look_alike else "other questions"
        if sample.reads == "retrieved":
            kind = "harmless documents and results of tools"
        tally.note(f"{kind} called an attack", is_found=said.label == "found")


# ------------------------------------------------------------------------------------------ statistics


def _note_segments(history: History, name: str, tally: Tally) -> None:
    told = report(
        history.engine, history.scope, history.where, outcome_of(f"evaluation.{name} < 0.5")
    )
    segments = [dict(one.segment) for one in told.segments]
    for what, is_of in _PLANTED.items():
        tally.note(f"histories in which {what} is told", is_found=any(map(is_of, segments)))
    for segment in segments:
        is_false = not (
            _is_hour_of_wave(history, segment) or any(is_of(segment) for is_of in _TRUE)
        )
        tally.note("segments told that are false", is_found=is_false)
        if is_false:
            print(f"  false, by {name}: {segment}")


def _is_new_prompt(segment: Mapping[str, str]) -> bool:
    return segment.get("prompt_version") == _NEW_PROMPT


def _is_economy(segment: Mapping[str, str]) -> bool:
    return GPT_NANO.served_name in segment.get("model", "")


def _is_victim(segment: Mapping[str, str]) -> bool:
    return segment.get("tenant_id") == ECONOMY_VICTIM


def _is_attacker(segment: Mapping[str, str]) -> bool:
    """Tell whether it is the tenant of the wave: what is said to attacks rests on no document."""
    return segment.get("tenant_id") == ATTACKER


def _is_hour_of_wave(history: History, segment: Mapping[str, str]) -> bool:
    """Tell whether it is the time of the wave: prompts that leaked then rest on no document."""
    hours = {
        f"{row.asked_at.hour:02d}" for row in history.truths if Fault.ATTACK_WAVE in row.faults
    }
    return segment.get("hour") in hours


def _is_misleading(segment: Mapping[str, str]) -> bool:
    return segment.get("tenant_id") == MOSTLY_ECONOMY and not (
        _is_new_prompt(segment) or _is_economy(segment)
    )


_TRUE: Final[Sequence[Callable[[Mapping[str, str]], bool]]] = (
    _is_new_prompt,
    _is_economy,
    _is_victim,
    _is_attacker,
)
_PLANTED: Final[Mapping[str, Callable[[Mapping[str, str]], bool]]] = {
    "the new prompt version": _is_new_prompt,
    "the economy model": _is_economy,
    "the tenant that it is worst for": _is_victim,
    "that tenant with that model": lambda segment: _is_victim(segment) and _is_economy(segment),
    "the tenant that only seems worse": _is_misleading,
}


def _compared(history: History, name: str) -> str:
    sides = Sides("prompt_version", _OLD_PROMPT, _NEW_PROMPT)
    outcome = outcome_of(f"evaluation.{name} < 0.5")
    return verdict(compare(history.engine, history.scope, history.where, sides, outcome)).status


def _print(
    texts: Tally,
    scores: Sequence[tuple[bool, float]],
    segments: Mapping[str, Tally],
    comparisons: Mapping[str, Counter[str]],
) -> None:
    print("\nsingle traces")
    texts.print()
    if scores:
        print(f"  {'groundedness of answers, AUROC':58} {_auroc(scores):7.3f}")
    for name, tally in segments.items():
        print(f"\nsegments and versions, by {name}")
        tally.print()
        print(f"  the new prompt against the old one: {dict(comparisons[name])}")


def _auroc(scores: Sequence[tuple[bool, float]]) -> float:
    """Return the chance that a bad answer has a higher score than a good one; ties count for half."""
    bad = np.sort([score for is_bad, score in scores if is_bad])
    good = np.sort([score for is_bad, score in scores if not is_bad])
    below, up_to = np.searchsorted(good, bad, "left"), np.searchsorted(good, bad, "right")
    return float((below + up_to).mean() / 2 / good.size)


if __name__ == "__main__":
    main()
