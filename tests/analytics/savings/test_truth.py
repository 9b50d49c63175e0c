"""Savings on the demo's traffic against what was planted in it, over several seeds, each within a stated bound."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from analytics.savings.estimate import Saving
from analytics.savings.report import Report, report
from demo.capture import Truth, capture, truth
from demo.plan import DemoPlan
from demo.side_work import HELP_BOX, TRIAGE
from storage.client import Engine
from storage.window import Slice
from tests.analytics.savings.stored import NOW, scope_of, store_demo
from tests.demo.seen import SeenSpan, decode
from tests.thoroughness import times

SEEDS: Final = range(1, times(2, 5) + 1)
DAY: Final = timedelta(days=1)
PART: Final = Slice(0, int(NOW.timestamp()) * 10**9)

REPEATS: Final = 0.01
"""How far the saving of exact caching may be from what was planted, as a share of it; and so on."""
BATCHES: Final = 0.001
PREFIXES: Final = 0.05
PARAPHRASES: Final = 0.1
"""Of what rightly found paraphrases cost."""
WRONG: Final = 0.07
"""Share of hits in other words that may be wrong: 1 - the precision that is told."""


@dataclass(frozen=True)
class Planted:
    """One history: the truth about it, what its calls cost, and what the page says."""

    truths: list[Truth]
    spans: list[SeenSpan]
    cost_of: dict[str, float]
    """USD by trace, as the gateway counted them."""
    report: Report

    def saving(self, method: str) -> Saving:
        """Return what a method says."""
        return next(saving for saving in self.report.savings if saving.method == method)

    def of(self, feature: str) -> list[Truth]:
        """Return the traces of a feature, oldest first."""
        return [row for row in self.truths if row.feature == feature]

    def kept(self, of: str) -> float:
        """Return what the help box would have cost less, had it kept answers a day by this column."""
        asked: dict[tuple[str, str], Truth] = {}
        saved = 0.0
        for row in self.of(HELP_BOX):
            key = (row.tenant, getattr(row, of))
            before = asked.get(key)
            if before is not None and row.asked_at - before.asked_at < DAY:
                saved += self.cost_of[row.trace_id]
            else:
                asked[key] = row
        return saved


@pytest.fixture(scope="module", params=SEEDS)
def planted(engine: Engine, request: pytest.FixtureRequest) -> Planted:
    """Store a history of side work and work out its savings."""
    plan = DemoPlan(seed=request.param, traces=2_000, side_share=1.0)
    project = f"planted-{request.param}"
    store_demo(engine, project, plan)
    spans = decode(capture(plan, now=NOW))
    cost_of: dict[str, float] = {}
    for span in spans:
        cost = float(span.attributes.get("litellm.cost.total", 0.0))
        cost_of[span.trace_id] = cost_of.get(span.trace_id, 0.0) + cost
    return Planted(
        list(truth(plan, now=NOW)), spans, cost_of, report(engine, scope_of(project), PART)
    )


def test_everything_is_looked_at(planted: Planted) -> None:
    """All calls of the window are, and they cost what the gateway says."""
    assert planted.report.examined.is_all
    assert planted.report.examined.calls == len(planted.truths)
    assert planted.report.examined.cost_usd == pytest.approx(sum(planted.cost_of.values()), 1e-4)


def test_exact_caching_finds_the_planted_repeats(planted: Planted) -> None:
    """It saves what repeats of a question by the same tenant within a day cost, give or take a hundredth."""
    found = planted.saving("repeats")
    assert found.estimate.value == pytest.approx(planted.kept("question"), rel=REPEATS)
    assert found.estimate.low is not None
    assert found.estimate.high is not None
    assert found.estimate.low < found.estimate.value < found.estimate.high


def test_repeats_are_shown_with_the_trace_that_had_the_answer(planted: Planted) -> None:
    """Each piece of evidence names two traces of one tenant with the same question, less than a day apart."""
    rows = {row.trace_id: row for row in planted.truths}
    evidence = planted.saving("repeats").evidence
    assert evidence
    for piece in evidence:
        after, before = rows[piece.trace_id], rows[piece.other_trace_id]
        assert (after.tenant, after.question) == (before.tenant, before.question)
        assert timedelta() < after.asked_at - before.asked_at <= DAY


def test_semantic_caching_says_what_right_answers_save(planted: Planted) -> None:
    """Its net figure is what the hits on the same meaning cost, give or take a tenth, and lies in its interval."""
    found = planted.saving("paraphrases")
    right = sum(planted.cost_of[t] for t, is_right in _hits(planted) if is_right)
    assert found.estimate.value == pytest.approx(right, rel=PARAPHRASES)
    assert found.estimate.low is not None
    assert found.estimate.high is not None
    assert found.estimate.low <= right <= found.estimate.high


def test_semantic_caching_is_rarely_wrong(planted: Planted) -> None:
    """No more hits are on another meaning than its precision says."""
    hits = _hits(planted)
    assert sum(not is_right for _, is_right in hits) <= WRONG * len(hits)


def test_semantic_caching_finds_part_of_the_paraphrases(planted: Planted) -> None:
    """Words find more than repeats do, and a fair part of, never more than, all that was asked before."""
    found = planted.saving("paraphrases").estimate.value
    word_for_word, in_any_words = planted.kept("question"), planted.kept("meaning")
    assert word_for_word + 0.15 * (in_any_words - word_for_word) < found < in_any_words


def _hits(planted: Planted) -> list[tuple[str, bool]]:
    """Return the traces whose question would have got an answer from the cache, and whether it was the right one."""
    meaning = {row.trace_id: (row.tenant, row.meaning) for row in planted.truths}
    pairs = planted.saving("paraphrases").pairs
    return [(one, meaning[one] == meaning[other]) for one, other in pairs]


def test_the_batch_api_is_for_what_nobody_waits_for(planted: Planted) -> None:
    """It saves half of what unattended traces cost, and is claimed for no other."""
    alone = {row.trace_id for row in planted.truths if not row.is_awaited}
    found = planted.saving("batches")
    expected = sum(planted.cost_of[trace_id] for trace_id in alone) / 2
    assert found.estimate.value == pytest.approx(expected, rel=BATCHES)
    assert found.calls == len(alone)
    assert {piece.trace_id for piece in found.evidence} <= alone


def test_shared_prompts_are_found(planted: Planted) -> None:
    """Marking the handbook saves what reading it again costs less than writing it costs more."""
    calls = sorted(
        (s for s in planted.spans if s.name == "chat claude-sonnet-4-5"), key=lambda s: s.begin
    )
    found = planted.saving("prefixes")
    best = max(_marked(calls, 300, 0.25), _marked(calls, 3_600, 1.0))
    assert found.estimate.value == pytest.approx(best, rel=PREFIXES)
    (group,) = found.groups
    assert group.name == f"{TRIAGE} · claude-sonnet-4-5-20250929"
    assert group.note.startswith("mark the instructions, for ")


def _marked(calls: list[SeenSpan], keep_s: int, premium: float) -> float:
    """Return what marking the instructions would have saved, at 3 USD a million tokens and a tenth of it to read."""
    saved, until = 0.0, 0
    for call in calls:
        system = str(call.attributes["gen_ai.system_instructions"])
        every = len(system) + len(str(call.attributes["gen_ai.input.messages"]))
        tokens = float(call.attributes["gen_ai.usage.input_tokens"]) * len(system) / every
        saved += tokens * 3e-6 * (0.9 if call.begin < until else -premium)
        until = call.begin + keep_s * 10**9
    return saved


def test_no_worse_model_is_recommended(planted: Planted) -> None:
    """Of the model that is worse at notes nothing is claimed, whatever was judged."""
    models = planted.saving("models")
    notes = [group for group in models.groups if group.name.startswith("account-notes")]
    assert notes
    assert all(group.saved_usd == 0 for group in notes)


def test_nothing_is_saved_twice(planted: Planted) -> None:
    """All ways together save less than their sum, no less than the best alone, and less than was spent."""
    alone = [saving.estimate.value for saving in planted.report.savings]
    together = planted.report.together.value
    assert max(alone) <= together < sum(alone)
    assert together < planted.report.examined.cost_usd
