"""Retrieval of the demo's traffic, against what is known of its citations and topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analytics.evaluation_runs.samples import samples_of
from analytics.evaluators.context_relevance import relevance
from analytics.evaluators.contract import Claim, Sample
from analytics.retrieval.report import report
from collector.signals import Signal
from collector.structured import flatten
from demo.capture import Truth, capture, truth
from demo.plan import DemoPlan
from storage import retrieval
from storage.client import Engine
from storage.evaluators.texts import texts_of_traces
from storage.outcomes import Where
from storage.scope import Scope
from storage.window import Window
from tests.analytics.retrieval.retrievals import claim, judge_all
from tests.analytics.savings.stored import NOW, store_all
from tests.world import World

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PLAN = DemoPlan(seed=11, traces=250, backfill=timedelta(hours=8))
WHERE = Where(Window(NOW - timedelta(days=29), NOW + timedelta(hours=1)))


@dataclass(frozen=True)
class Stored:
    """The stored history, and by trace what is true and what evaluators are given."""

    world: World
    truths: Mapping[str, Truth]
    samples: Mapping[str, Sample]

    def ids(self, trace_id: str) -> list[str]:
        """Return what the contexts of a trace are called; '' for the result of a tool."""
        return list(self.samples[trace_id].facts["context_ids"])


@pytest.fixture(scope="module")
def stored(engine: Engine) -> Stored:
    """Return the demo's history, in which each citation was judged by its truth."""
    project = "retrieval-of-the-demo"
    bodies = []
    for body in capture(PLAN, now=NOW):
        request = ExportTraceServiceRequest.FromString(body)
        flatten(Signal.TRACES, request)
        bodies.append(request.SerializeToString())
    store_all(engine, project, bodies)
    rows = list(truth(PLAN, now=NOW))
    samples: dict[str, Sample] = {}
    for hour, some in groupby(rows, lambda row: _hour(row.asked_at)):
        texts = texts_of_traces(engine, Scope(project), [hour], [one.trace_id for one in some])
        for trace_id, text in texts.items():
            if judged := samples_of(text, ["answer"]):
                samples[trace_id] = judged[0].sample
    stored = Stored(World(engine, project), {one.trace_id: one for one in rows}, samples)
    judge_all(stored.world, {trace_id: _claims(stored, trace_id) for trace_id in _cited(stored)})
    return stored


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _cited(stored: Stored) -> list[str]:
    """Return the traces whose answer cites documents that were retrieved."""
    found = []
    for trace_id, one in stored.truths.items():
        if one.answer and trace_id in stored.samples:
            known = set(stored.ids(trace_id))
            if any(c.document in known for c in one.answer.citations if c.document):
                found.append(trace_id)
    return found


def _claims(stored: Stored, trace_id: str) -> list[Claim]:
    """Return what an evaluator that is always right says: what a citation names supports the sentence, or does not."""
    answer, ids = stored.truths[trace_id].answer, stored.ids(trace_id)
    assert answer
    return [
        claim(0.95 if c.supports else 0.05, ids.index(c.document))
        for c in answer.citations
        if c.document in ids
    ]


def test_what_answers_cite_is_what_they_use(stored: Stored) -> None:
    """Contexts used, first ranks and made-up citations come to what the truth about citations says."""
    used = contexts = without = 0
    firsts, wrong = [], 0
    for trace_id in _cited(stored):
        answer, ids = stored.truths[trace_id].answer, stored.ids(trace_id)
        assert answer
        named = [c for c in answer.citations if c.document in ids]
        right = {ids.index(c.document) + 1 for c in named if c.supports}
        used, contexts = used + len(right), contexts + sum(1 for name in ids if name)
        without += not right
        wrong += sum(not c.supports for c in named)
        firsts += [min(right)] if right else []
    assert len(firsts) > 30

    found = report(stored.world.engine, stored.world.scope, WHERE)
    measures = {one.measure: one.value.value for one in found.measures}

    assert measures["context_used"] == pytest.approx(used / contexts)
    assert measures["position"] == pytest.approx(sum(firsts) / len(firsts))
    assert measures["without_support"] == pytest.approx(without / len(_cited(stored)))
    documents = retrieval.documents(
        stored.world.engine, stored.world.scope, WHERE, "unsupported", limit=500
    )
    assert sum(one.unsupported for one in documents) == wrong
    assert measures["redundancy"] < 0.05
    # The demo's index finds nothing where no article has a word of the question.
    (empty,) = [one for one in found.measures if one.measure == "empty"]
    judged = [trace_id for trace_id in empty.newest_noted if trace_id in stored.samples]
    assert empty.value.value < 0.05
    assert not any(name for trace_id in judged for name in stored.ids(trace_id))


def test_relevance_tells_articles_of_the_topic_from_others(stored: Stored) -> None:
    """Articles on what was asked hold more of the question than the others that were retrieved."""
    on_topic: list[float] = []
    beside: list[float] = []
    for trace_id, sample in stored.samples.items():
        topic = stored.truths[trace_id].topic
        for name, text in zip(stored.ids(trace_id), sample.contexts, strict=False):
            if not name or not (held := relevance(sample.question, [text])):
                continue
            (on_topic if name.startswith(f"{topic}-") else beside).append(held[0])
    assert len(on_topic) > 100
    assert len(beside) > 50
    wins = sum((a > b) + 0.5 * (a == b) for a in on_topic for b in beside)
    assert wins / (len(on_topic) * len(beside)) > 0.6
