"""A judge model behind an OpenAI-compatible endpoint, and a cascade that asks it only where that is worth it."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.evaluators import EvaluationFailed, Evaluator, Sample, Verdict
from analytics.evaluators.cascade import Budget, Cascade
from analytics.evaluators.contract import FunctionEvaluator
from analytics.evaluators.judge import Judge
from analytics.evaluators.judge_answer import MOST_QUOTED, UNPROVEN
from analytics.evaluators.judge_price import Price
from tests.analytics.evaluators.stand_in import QUICK, Answer, Asked, StandIn, standing_in

KEY = "sk-a-key-that-must-not-be-seen"
SAMPLE = Sample(
    id="1",
    question="How long is the bridge?",
    contexts=("Opened in 1932.", "The bridge is  1,149 metres\nlong, says “Ada”."),
    answer="Hello! The bridge is 1,149 metres long. It opened in 1923.",
)
Said = dict[str, Any]


def said(number: int, support: int, quote: str = "", context: int = 0, kind: str = "claim") -> Said:
    """Return what a judge says of a sentence."""
    return {"number": number, "kind": kind, "support": support, "context": context, "quote": quote}


GOOD = (
    said(1, 100, kind="no_claim"),
    said(2, 96, "The bridge is 1,149 metres long", 2),
    said(3, 3, "opened in 1932", 1),
)


def completion(content: Any, usage: Any = None) -> Answer:
    """Answer as a chat completion."""
    text = content if isinstance(content, str) else json.dumps({"sentences": list(content)})
    message = {"role": "assistant", "content": text}
    return Answer({
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": usage or {"prompt_tokens": 1000, "completion_tokens": 100},
    })  # fmt: skip


def judge(here: StandIn, **values: Any) -> Judge:
    """Return a judge at the server."""
    asked = {"model": "gpt-4o-mini", "key": KEY, "patience": QUICK, **values}
    return Judge(url=f"{here.url}/v1", **asked)


def judged(answer: Callable[[Asked], Answer], sample: Sample = SAMPLE, **values: Any) -> Verdict:
    """Return the verdict of a judge that answers so."""
    with standing_in(answer) as here:
        (verdict,) = judge(here, **values).evaluate([sample])
    return verdict


def test_each_sentence_gets_a_score_and_its_evidence() -> None:
    """Claims have the judge's support and the place of the words that it quoted, however spaced or cased."""
    verdict = judged(lambda _: completion(GOOD))

    one, two = verdict.claims
    assert (one.text, one.score) == ("The bridge is 1,149 metres long.", 0.96)
    assert SAMPLE.answer[one.start : one.end] == one.text
    assert one.evidence is not None
    there = SAMPLE.contexts[one.evidence.context][one.evidence.start : one.evidence.end]
    assert there == "The bridge is  1,149 metres\nlong"
    assert (two.score, two.evidence is not None) == (0.03, True)
    assert (verdict.score, verdict.label) == (0.03, "unsupported")
    assert verdict.explanation == "Least supported: It opened in 1923."
    assert verdict.details == {"judge": "gpt-4o-mini", "sentences": 3}


def test_what_is_asked_keeps_texts_apart_from_instructions() -> None:
    """Texts stand between marks that differ with every request, the key in the header, the form in a schema."""
    with standing_in(lambda _: completion(GOOD)) as here:
        asking = judge(here)
        asking.evaluate([SAMPLE])
        asking.evaluate([SAMPLE])
        first, second = here.asked

    assert first.path == "/v1/chat/completions"
    assert first.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in repr(asking)
    assert first.json["temperature"] == 0
    assert first.json["response_format"]["json_schema"]["strict"] is True
    system, *_, last = first.json["messages"]
    assert system["role"] == "system"
    assert "1,149" not in system["content"]
    marks = [
        re.findall(r"<<end (\w+)>>", asked.json["messages"][-1]["content"])
        for asked in (first, second)
    ]
    assert len(set(marks[0])) == 1
    assert set(marks[0]).isdisjoint(marks[1])
    assert f"<<context 2 {marks[0][0]}>>\n{SAMPLE.contexts[1]}\n<<end" in last["content"]
    assert f"<<sentence 3 {marks[0][0]}>>\nIt opened in 1923.\n<<end" in last["content"]


def test_support_without_words_that_are_there_is_unproven() -> None:
    """A judge that was talked into full support, and quotes what no context says, is not believed."""
    talked_into = (GOOD[0], GOOD[1], said(3, 100, "It opened in 1923", 1))

    verdict = judged(lambda _: completion(talked_into))

    assert verdict.claims[1].score == UNPROVEN
    assert verdict.claims[1].evidence is None
    assert verdict.label == "unsupported"


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('says "Ada"', "says “Ada"),
        ("“The bridge ... 1,149 metres long”", "1,149 metres\nlong"),
        ("THE BRIDGE", "The bridge"),
        ("opened IN 1932.", "Opened in 1932."),
        ("bridge.*", None),
        ("", None),
        ("…", None),
        ("x " * MOST_QUOTED, None),
    ],
)
def test_quotes_are_looked_up(quote: str, found: str | None) -> None:
    """Space, case and the form of quotation marks may differ, words may be left out; nothing else matches."""
    verdict = judged(lambda _: completion((GOOD[0], said(2, 30, quote, 2), GOOD[2])))

    evidence = verdict.claims[0].evidence
    assert found == (evidence and SAMPLE.contexts[evidence.context][evidence.start : evidence.end])


@pytest.mark.parametrize(
    "content",
    [
        "Everything is supported.",
        "[1]",
        '{"sentences": 3}',
        GOOD[:2],
        (*GOOD, GOOD[2]),
        (*GOOD[:2], said(4, 100)),
        (*GOOD[:2], said(3, 101)),
        (*GOOD[:2], said(3, 50, kind="obeyed")),
        (*GOOD[:2], {"number": 3}),
        (*GOOD[:2], {**said(3, 1), "support": "all"}),
        (*GOOD[:2], {**said(3, 1), "quote": 5}),
    ],
)
def test_an_answer_of_another_form_is_no_verdict(content: Any) -> None:
    """A judge that says anything else than asked for is asked once more, then nothing is made up; both are paid."""
    calls = []

    def answer(asked: Asked) -> Answer:
        calls.append(asked)
        return completion(content)

    verdict = judged(answer, price=Price(1.0, 10.0))

    assert (verdict.score, verdict.label) == (None, "no_verdict")
    assert len(calls) == 2
    assert verdict.cost_usd == pytest.approx(2 * (1000 * 1 + 100 * 10) / 1e6)


def test_a_second_try_may_be_right() -> None:
    """An answer in a fence of code counts, and so does one after a wrong one."""
    turns = iter(
        [completion("Sure!"), completion("```json\n" + json.dumps({"sentences": GOOD}) + "\n```")]
    )

    assert judged(lambda _: next(turns)).score == 0.03


def test_endpoints_without_schema_are_asked_plainly() -> None:
    """A server that knows no `response_format` is asked without, and from then on at once."""

    def answer(asked: Asked) -> Answer:
        if "response_format" in asked.json:
            return Answer({"error": {"code": "unsupported_value"}}, 400)
        return completion(GOOD)

    with standing_in(answer) as here:
        asking = judge(here)
        verdicts = [*asking.evaluate([SAMPLE]), *asking.evaluate([SAMPLE])]

    assert [verdict.score for verdict in verdicts] == [0.03, 0.03]
    assert ["response_format" in asked.json for asked in here.asked] == [True, False, False]


def test_texts_that_an_endpoint_does_not_take_hold_up_no_others() -> None:
    """A sample that the endpoint's filter refuses, or that is too long for the model, has no verdict; others have."""

    def answer(asked: Asked) -> Answer:
        asks = asked.json["messages"][-1]["content"]
        code = "content_filter" if "poison" in asks else "context_length_exceeded"
        if "poison" in asks or "too long" in asks:
            return Answer({"error": {"code": code}}, 400)
        return completion([said(1, 10)])

    texts = ("It is poison.", "It is too long.", "It is fine.")
    with standing_in(answer) as here:
        verdicts = judge(here).evaluate([Sample(id="1", answer=t, contexts=("x",)) for t in texts])

    assert [verdict.label for verdict in verdicts] == ["no_verdict", "no_verdict", "unsupported"]
    assert verdicts[0].explanation == "The endpoint does not take these texts: content_filter."
    assert len(here.asked) == 3


@pytest.mark.parametrize(
    ("sample", "label"),
    [
        (Sample(id="1", answer="It is so.", contexts=()), "no_contexts"),
        (Sample(id="1", answer="It is so.", contexts=(" ",)), "no_contexts"),
        (Sample(id="1", answer=" ", contexts=("x",)), "no_answer"),
        (Sample(id="1", answer="It is so.", contexts=("x" * 200_001,)), "too_long"),
        (Sample(id="1", answer="It is so. " * 81, contexts=("x",)), "too_long"),
    ],
)
def test_what_cannot_be_judged_is_not_asked(sample: Sample, label: str) -> None:
    """Without contexts or answer, or with more text than a model reads, nothing is asked and nothing is paid."""
    with standing_in(lambda _: completion(())) as here:
        (verdict,) = judge(here).evaluate([sample])

    assert (verdict.score, verdict.label, verdict.cost_usd) == (None, label, 0.0)
    assert here.asked == []


def test_an_answer_that_claims_nothing_has_no_score() -> None:
    """Where all sentences are greetings and the like there is nothing to support."""
    nothing = [said(number, 100, kind="no_claim") for number in (1, 2, 3)]

    verdict = judged(lambda _: completion(nothing))

    assert (verdict.score, verdict.label) == (None, "no_claims")


def test_costs_follow_the_list_price_where_there_is_one() -> None:
    """A known model costs its list price, cached tokens less; a model of one's own costs what is set, or nothing."""
    usage = {
        "prompt_tokens": 1_000_000,
        "completion_tokens": 100_000,
        "prompt_tokens_details": {"cached_tokens": 400_000},
    }

    def answer(_: Asked) -> Answer:
        return completion(GOOD, usage)

    # gpt-4o-mini: 0.15 USD per million tokens of input, 0.075 cached, 0.60 of output.
    assert judged(answer).cost_usd == pytest.approx(0.6 * 0.15 + 0.4 * 0.075 + 0.1 * 0.60)
    assert judged(answer, model="our-own").cost_usd == 0
    assert judged(answer, model="our-own", price=Price(2, 4)).cost_usd == pytest.approx(2.4)


def test_the_version_is_that_of_prompt_and_model() -> None:
    """The same model has the same version at any endpoint; another model has another."""
    one, same, other = (
        Judge(url=url, model=model) for url, model in (("a", "m"), ("b", "m"), ("a", "n"))
    )

    assert one.version == same.version != other.version
    assert isinstance(one, Evaluator)


def test_an_endpoint_that_fails_is_said_without_key_or_texts() -> None:
    """What a server says of a wrong key reaches nobody but for its short code."""
    refused = Answer(
        {"error": {"message": f"bad key {KEY}: Hello!", "code": "invalid_api_key"}}, 401
    )

    with pytest.raises(EvaluationFailed) as failed:
        judged(lambda _: refused)

    assert str(failed.value) == "the judge at 127.0.0.1 answers 401 (invalid_api_key)"


def test_what_was_paid_for_is_not_asked_again() -> None:
    """When the endpoint fails in the middle of a batch, the batch done again asks only for what is missing."""
    samples = [Sample(id=str(i), answer=f"It is {i}.", contexts=("x",)) for i in range(12)]
    fails = True

    def answer(asked: Asked) -> Answer:
        if fails and "It is 11." in asked.json["messages"][-1]["content"]:
            return Answer(status=400)
        return completion([said(1, 10)])

    with standing_in(answer) as here:
        asking = judge(here)
        with pytest.raises(EvaluationFailed):
            asking.evaluate(samples)
        paid = sum("response_format" in asked.json for asked in here.asked) - 1
        fails = False
        here.asked.clear()
        verdicts = asking.evaluate(samples)
        again = len(here.asked)
        asking.evaluate(samples)

    assert [verdict.score for verdict in verdicts] == [0.1] * 12
    assert again == 12 - paid
    assert len(here.asked) == again + 12


def fixed(name: str, *verdicts: Verdict) -> FunctionEvaluator:
    """Return an evaluator that says this of the samples 0, 1, ..., and remembers what it was asked."""
    return FunctionEvaluator(name, "1", ("answer",), lambda sample: verdicts[int(sample.id)])


SAMPLES: Sequence[Sample] = [Sample(id=str(i), answer="x") for i in range(20)]


def test_the_judge_is_asked_where_the_small_model_is_unsure() -> None:
    """Scores between the bounds are settled by the judge; `details` tell who judged, and what the first one said."""
    first = fixed(
        "small",
        *(Verdict(score=score) for score in (0.1, 0.3, 0.5, 0.7, 0.9)),
        Verdict(label="no_answer"),
    )
    second = fixed(
        "judge", *(Verdict(score=1.0, label="supported", cost_usd=0.01) for _ in range(6))
    )

    verdicts = Cascade(first=first, judge=second, budget=Budget(1.0)).evaluate(SAMPLES[:6])

    assert [verdict.score for verdict in verdicts] == [0.1, 1.0, 1.0, 1.0, 0.9, None]
    assert [v.details["judged_by"] for v in verdicts] == [
        "small",
        "judge",
        "judge",
        "judge",
        "small",
        "small",
    ]
    assert verdicts[2].details["first_score"] == 0.5
    assert sum(verdict.cost_usd for verdict in verdicts) == pytest.approx(0.03)


def test_a_budget_holds_for_a_day() -> None:
    """When the day's budget is spent the small model's word stands; the next day the judge is asked again."""
    today = date(2026, 3, 1)
    budget = Budget(0.05, today=lambda: today)
    cascade = Cascade(
        first=fixed("small", *(Verdict(score=0.5) for _ in SAMPLES)),
        judge=fixed("judge", *(Verdict(score=1.0, cost_usd=0.01) for _ in SAMPLES)),
        budget=budget,
    )

    asked = [sum(v.score == 1.0 for v in cascade.evaluate(SAMPLES)) for _ in range(2)]
    today += timedelta(days=1)
    tomorrow = sum(v.score == 1.0 for v in cascade.evaluate(SAMPLES))

    # It looks at the budget every eight samples.
    assert asked == [8, 0]
    assert tomorrow == 8


def test_a_judge_without_a_verdict_leaves_the_first_one() -> None:
    """Where the judge gives no score the small model's stands, with what the judge cost."""
    cascade = Cascade(
        first=fixed("small", Verdict(score=0.5, label="supported")),
        judge=fixed("judge", Verdict(label="no_verdict", cost_usd=0.02)),
        budget=Budget(1.0),
    )

    (verdict,) = cascade.evaluate(SAMPLES[:1])

    assert (verdict.score, verdict.label, verdict.cost_usd) == (0.5, "supported", 0.02)
    assert verdict.details["judged_by"] == "small"


def test_a_cascade_has_a_version_of_its_parts() -> None:
    """Another judge, or other bounds, make another version."""
    first, second = fixed("small"), fixed("judge")
    other = FunctionEvaluator("judge", "2", ("answer",), second.function)
    budget = Budget(1.0)

    versions = {
        Cascade(first=first, judge=second, budget=budget).version,
        Cascade(first=first, judge=other, budget=budget).version,
        Cascade(first=first, judge=second, budget=budget, low=0.4).version,
    }

    assert len(versions) == 3
