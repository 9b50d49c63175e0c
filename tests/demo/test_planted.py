"""What is planted is in the traffic as stated, over several seeds."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import combinations
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any

import pytest

from demo.answers import worded
from demo.capture import Truth, capture, truth
from demo.faults import Fault, plan_episodes
from demo.guardrails import screen_injection
from demo.knowledge import passages, phrases
from demo.plan import DemoPlan
from demo.planted import Lie, Place, Says
from demo.side_work import TRIAGE
from demo.slots import fill
from demo.tenants import ATTACKER, ECONOMY_VICTIM, MOSTLY_ECONOMY
from demo.tools import call, report
from demo.writing import answer_from_tool
from tests.demo.seen import History, SeenSpan, decode
from tests.thoroughness import times

SEEDS = range(1, times(1, 3) + 1)
FRAMING = ("lead", "sign_off")


@pytest.fixture(scope="module", params=SEEDS)
def seen(request: pytest.FixtureRequest, now: datetime) -> History:
    """Return a history of one seed, with its spans."""
    plan = DemoPlan(seed=request.param, traces=1_500)
    bodies = list(capture(plan, now=now))
    return History(bodies, decode(bodies), list(truth(plan, now=now)))


@pytest.fixture(scope="module", params=SEEDS)
def told(request: pytest.FixtureRequest, now: datetime) -> list[Truth]:
    """Return the truth about a longer history of one seed."""
    return list(truth(DemoPlan(seed=request.param, traces=10_000), now=now))


def documents(spans: Iterable[SeenSpan]) -> list[tuple[str, str]]:
    """Return id and text of what a trace retrieved last, in its order; of tools their results."""
    found: list[tuple[str, str]] = []
    for span in sorted(spans, key=lambda span: span.begin):
        values = span.attributes
        if "gen_ai.retrieval.documents" in values:
            rows = json.loads(values["gen_ai.retrieval.documents"])
            found = [(row["id"], row["content"]) for row in rows]
        elif "reranker.output_documents.0.document.id" in values:
            keys = [f"reranker.output_documents.{n}.document" for n in range(3)]
            found = [
                (values[f"{k}.id"], values[f"{k}.content"]) for k in keys if f"{k}.id" in values
            ]
        elif "gen_ai.tool.call.result" in values:
            found = [("", values["gen_ai.tool.call.result"])]
    return found


def answered(history: History) -> list[tuple[Truth, list[SeenSpan]]]:
    """Return the traces that answer from articles."""
    return [
        (row, history.traces[row.trace_id])
        for row in history.truths
        if row.answer
        and row.answer.says is Says.FACTS
        and any(name for name, _ in documents(history.traces[row.trace_id]))
    ]


def of_fault(rows: Iterable[Truth], fault: Fault) -> list[Truth]:
    """Return the traces in which a fault struck."""
    return [row for row in rows if fault in row.faults]


def test_the_truth_quotes_the_answer_that_the_spans_hold(seen: History) -> None:
    """Word for word, for every trace that has one."""
    for row in seen.truths:
        spans = seen.traces[row.trace_id]
        (root,) = (span for span in spans if not span.parent_id)
        agent = [s for s in spans if s.name.startswith("invoke_agent")]
        if row.answer is None:
            assert root.status == 2
        elif agent:
            (message,) = json.loads(agent[0].attributes["gen_ai.output.messages"])
            assert message["parts"][0]["content"] == row.answer.text
        else:
            assert root.attributes["output.value"] == row.answer.text


def test_all_but_the_planted_words_is_supported(seen: History) -> None:
    """What is left of an answer without framing, labels and unsupported sentences is what its documents say."""
    framing = [line for section in FRAMING for line in phrases()[section]]
    checked = 0
    for row, spans in answered(seen):
        if row.faults & {Fault.TRUNCATED, Fault.REPETITION, Fault.WRONG_LANGUAGE}:
            continue
        retrieved = {name for name, _ in documents(spans)}
        known = [s for p in passages() if p.id in retrieved for s in p.sentences]
        known += [s for p in retrieved & worded().keys() for s in worded()[p].sentences]
        for sentence in _sentences(row):
            assert sentence in known or sentence in framing
            checked += 1
    assert checked > 1_000


def _sentences(row: Truth) -> list[str]:
    """Return the supported sentences of an answer, without labels."""
    assert row.answer is not None
    text, marks = row.answer.text, []
    lead = next((line for line in phrases()["lead"] if text.startswith(f"{line} ")), "")
    for wrong in row.answer.unsupported:
        begin = max(text.rfind(". ", 0, wrong.start) + 2, len(lead) + bool(lead))
        end = re.compile(r"\.(?= |$)").search(text, wrong.end)
        assert end is not None
        marks.append((begin if begin > 1 else 0, end.end()))
    for begin, stop in reversed(marks):
        text = text[:begin] + text[stop:]
    text = text.removeprefix(lead)
    text = re.sub(r" \[[\w-]+\]", "", text)
    return [part for part in re.split(r"(?<=[.!?]) +", text.strip()) if part]


def test_planted_words_are_in_no_document(seen: History) -> None:
    """Neither a changed figure, time or name, nor an added or opposite sentence is in what was retrieved."""
    for row, spans in answered(seen):
        assert row.answer is not None
        texts = " ".join(text for _, text in documents(spans))
        for wrong in row.answer.unsupported:
            words = row.answer.text[wrong.start : wrong.end]
            if wrong.kind not in {Lie.ADDED, Lie.CONTRADICTION}:
                words = rf"(?<![\w.,]){re.escape(words)}(?![\w]|[.,]\d)"
                assert not re.search(words, texts)
            else:
                assert words not in texts


def test_an_answer_of_a_tool_says_its_result_but_for_planted_words(told: list[Truth]) -> None:
    """Some of them have a figure, time or name wrong."""
    kinds = Counter(
        wrong.kind
        for row in told
        if row.topic in {"order_status", "refund_quote", "calendar"} and row.answer
        for wrong in row.answer.unsupported
    )
    assert set(kinds) == {Lie.NUMBER, Lie.DATE, Lie.NAME}


@pytest.mark.parametrize("name", ["get_order_status", "quote_refund", "find_calendar_slots"])
def test_a_wrong_word_about_a_tool_result_is_not_in_it(name: str, now: datetime) -> None:
    """Whatever is changed of the report, the result does not hold it."""
    rng, made = Random(4), 0
    for _ in range(100):
        order = fill("{order}", rng)
        result = call(name, _arguments(name, order), now)
        answer = answer_from_tool(name, result, "v6", lies=True, rng=rng).answer
        (wrong,) = answer.unsupported
        words = re.escape(answer.text[wrong.start : wrong.end])
        assert not re.search(rf"(?<![\w.,]){words}(?![\w]|[.,]\d)", json.dumps(result))
        made += answer.text != report(name, result)
    assert made == 100


def _arguments(name: str, order: str) -> dict[str, Any]:
    if name == "quote_refund":
        return {"order_id": order, "quantity": 12, "reason": "unwanted"}
    calendar = {"team": "billing", "weekday": "Tuesday"}
    return calendar if name == "find_calendar_slots" else {"order_id": order}


def test_a_label_names_the_document_that_the_truth_says(seen: History) -> None:
    """By its id or by its place in the last retrieval, or none; it supports its sentence unless planted otherwise."""
    styles: Counter[str] = Counter()
    for row, spans in answered(seen):
        assert row.answer is not None
        ids = [name for name, _ in documents(spans)]
        for citation in row.answer.citations:
            label = row.answer.text[citation.start : citation.end].strip("[]")
            styles["number" if label.isdigit() else "id"] += 1
            by_place = ids[int(label) - 1] if label.isdigit() and int(label) <= len(ids) else ""
            assert citation.document == (label if label in ids else by_place)
        wrong = sum(not citation.supports for citation in row.answer.citations)
        if Fault.WRONG_CITATION in row.faults:
            assert wrong == 1
        elif Fault.UNSUPPORTED not in row.faults:
            assert wrong == 0
    assert min(styles["number"], styles["id"]) > 100


def test_an_answer_has_planted_words_if_and_only_if_it_is_labelled(told: list[Truth]) -> None:
    """All five kinds occur, and answers are unsupported at about the planned rate."""
    kinds: Counter[Lie] = Counter()
    for row in told:
        words = row.answer.unsupported if row.answer else ()
        assert bool(words) == (Fault.UNSUPPORTED in row.faults)
        kinds.update(word.kind for word in words)
    assert set(kinds) == set(Lie)
    assert min(kinds.values()) > 15


# ------------------------------------------------------------------------------------------ segments


def unsupported_share(rows: Iterable[Truth], key: Callable[[Truth], object]) -> dict[object, float]:
    """Return the share of unsupported answers among those from articles, by a key."""
    counted: dict[object, list[bool]] = defaultdict(list)
    for row in rows:
        if row.answer and row.answer.says is Says.FACTS and row.topic in _topics():
            counted[key(row)].append(Fault.UNSUPPORTED in row.faults)
    return {name: sum(found) / len(found) for name, found in counted.items()}


def _topics() -> set[str]:
    return {passage.topic for passage in passages()}


def test_the_new_prompt_is_worse_beside_the_old_one(told: list[Truth], now: datetime) -> None:
    """Since its rollout some sessions of one feature have it; its answers are 3 to 7 times as often unsupported."""
    fresh = [row for row in told if row.prompt_version == "v7"]
    assert {row.feature for row in fresh} == {"support-chat"}
    first = min(row.asked_at for row in fresh)
    assert now - timedelta(days=10, minutes=1) <= first < now - timedelta(days=9)
    beside = [r for r in told if r.asked_at >= first and r.feature == "support-chat"]
    assert 0.3 < len(fresh) / len(beside) < 0.5
    share = unsupported_share([r for r in beside if not r.economy], lambda row: row.prompt_version)
    assert 3 < share["v7"] / share["v6"] < 7


def test_the_new_prompt_writes_more_for_less(told: list[Truth]) -> None:
    """Its answers are longer than those of the old one, and its prompt is shorter."""
    length: dict[str, list[int]] = {"v6": [], "v7": []}
    for row in told:
        if row.feature == "support-chat" and row.answer and row.answer.says is Says.FACTS:
            length[row.prompt_version].append(len(row.answer.text))
    mean = {version: sum(found) / len(found) for version, found in length.items()}
    assert mean["v7"] > 1.1 * mean["v6"]


def test_one_tenant_is_worse_with_one_model_and_another_only_seems_so(told: list[Truth]) -> None:
    """The confounded tenant is worse than others in total, and as good as they are on each model."""
    like = [row for row in told if row.prompt_version != "v7"]
    cell = unsupported_share(like, lambda row: (_group(row), row.economy))
    assert cell["victim", True] > 2 * cell["others", True]
    assert cell["others", True] > 1.8 * cell["others", False]
    assert cell["victim", False] < 2 * cell["others", False]
    total = unsupported_share(like, _group)
    assert total["misleading"] > 1.4 * total["others"]
    for economy in (True, False):
        expected = cell["others", economy]
        n = sum((_group(row), row.economy) == ("misleading", economy) for row in like)
        # Not all of the n are answers from articles; about two thirds are.
        error = sqrt(expected * (1 - expected) / (0.6 * n))
        assert abs(cell["misleading", economy] - expected) < 3 * error


def _group(row: Truth) -> str:
    return {ECONOMY_VICTIM: "victim", MOSTLY_ECONOMY: "misleading"}.get(row.tenant, "others")


def test_spans_say_which_model_answered(seen: History) -> None:
    """Sessions of the economy model ask for its group and are served by it, but for fallbacks."""
    for row in seen.truths:
        groups = {
            span.attributes.get("gen_ai.request.model") or span.attributes.get("llm.model_name")
            for span in seen.traces[row.trace_id]
        }
        assert ("tide-answers-economy" in groups) <= row.economy
        assert not (row.economy and "tide-answers" in groups)


# ------------------------------------------------------------------------------------------- attacks


def test_the_wave_is_one_text_with_a_few_words_changed(told: list[Truth], now: datetime) -> None:
    """Its attacks come from one tenant in one afternoon, most words in common; the app's screen stops about half."""
    wave = of_fault(told, Fault.ATTACK_WAVE)
    assert len(wave) > 30
    assert {row.tenant for row in wave} == {ATTACKER}
    window = plan_episodes(now, timedelta(days=28)).attack_wave
    assert datetime.fromtimestamp(window.begin / 1e9, now.tzinfo).hour == 13
    texts = sorted({row.question for row in wave})
    words = [set(re.findall(r"\w+", text.lower())) for text in texts]
    alike = [len(a & b) / len(a | b) for a, b in combinations(words, 2)]
    assert sum(alike) / len(alike) > 0.5
    stopped = sum(screen_injection(row.question).blocked for row in wave) / len(wave)
    assert 0.2 < stopped < 0.8


def test_attacks_are_where_the_truth_says(seen: History) -> None:
    """In the question, in a document that reached the prompt, or in a tool's result; nowhere without a label."""
    labelled = {Fault.INJECTION, Fault.INDIRECT_INJECTION}
    places: Counter[Place] = Counter()
    for row in seen.truths:
        assert bool(row.attacks) == bool(labelled & row.faults)
        for attack in row.attacks:
            places[attack.place] += 1
            if attack.place is Place.QUESTION:
                assert attack.text in row.question
            else:
                texts = [text for _, text in documents(seen.traces[row.trace_id])]
                assert any(attack.text in text.replace('\\"', '"') for text in texts)
    assert places[Place.QUESTION] > 20
    assert places[Place.DOCUMENT] >= 3


def test_tool_results_attack_too(told: list[Truth]) -> None:
    """An order's note can hold an instruction to the model."""
    assert any(a.place is Place.TOOL_RESULT for row in told for a in row.attacks)


def test_look_alikes_come_all_the_time_and_attack_nothing(told: list[Truth]) -> None:
    """Harmless questions that sound like attacks are asked every week."""
    alike = [row for row in told if row.is_look_alike and not row.attacks]
    assert {row.question.split(" ")[0] for row in alike}
    weeks = Counter(row.asked_at.isocalendar().week for row in alike)
    assert min(list(weeks.values())[1:-1]) >= 5


# ---------------------------------------------------------------------------------- texts of the users


def test_personal_data_is_where_the_truth_says(told: list[Truth]) -> None:
    """Each kind has its shape: cards pass the Luhn check and IBANs that of ISO 13616."""
    kinds: Counter[str] = Counter()
    for row in told:
        assert bool(row.sensitive) == bool(row.faults & {Fault.PII, Fault.SECRET})
        for part in row.sensitive:
            kinds[part.kind] += 1
            _check_shape(part.kind, row.question[part.start : part.end])
    assert {"email", "phone", "card", "iban", "ssn", "name", "address"} <= kinds.keys()
    assert {"aws_key_id", "database_url", "github_token", "jwt", "tidemark_key"} <= kinds.keys()


def _check_shape(kind: str, text: str) -> None:
    if kind == "card":
        digits = [int(digit) for digit in text.replace(" ", "")][::-1]
        total = sum(d if n % 2 == 0 else d * 2 - 9 * (d > 4) for n, d in enumerate(digits))
        assert total % 10 == 0
    elif kind == "iban":
        compact = text.replace(" ", "")
        assert len(compact) == 22
        moved = compact[4:] + compact[:4]
        assert int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
    else:
        assert {"email": "@", "phone": "+", "github_token": "ghp_", "jwt": "eyJ"}.get(
            kind, ""
        ) in text


def test_users_object_to_wrong_answers(told: list[Truth]) -> None:
    """A correction follows the trace that it names, in the same session; most answers objected to are wrong."""
    by_id = {row.trace_id: row for row in told}
    objections = [row for row in told if row.corrects]
    assert len(objections) > 25
    for row in objections:
        before = by_id[row.corrects]
        assert before.session_id == row.session_id
        assert before.asked_at < row.asked_at
    wrong = {Fault.UNSUPPORTED, Fault.WRONG_LANGUAGE}
    right = sum(bool(by_id[row.corrects].faults & wrong) for row in objections)
    assert right > 0.6 * len(objections)


# -------------------------------------------------------------------------------------- broken answers


def test_tickets_ask_for_json_and_mostly_get_it(seen: History) -> None:
    """What does not parse is labelled, and only that."""
    for row in seen.truths:
        if row.feature == TRIAGE and row.answer:
            call = next(s for s in seen.traces[row.trace_id] if s.name.startswith("chat side"))
            assert call.attributes["gen_ai.output.type"] == "json"
            assert _is_json(row.answer.text) == (Fault.BROKEN_JSON not in row.faults)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return False
    return True


def test_a_tool_loop_calls_one_tool_with_the_same_arguments(seen: History) -> None:
    """Four times or more in a trace; elsewhere a tool is called once."""
    for row in seen.truths:
        calls = Counter(
            (s.attributes["gen_ai.tool.name"], s.attributes["gen_ai.tool.call.arguments"])
            for s in seen.traces[row.trace_id]
            if s.attributes.get("gen_ai.operation.name") == "execute_tool"
        )
        if Fault.TOOL_LOOP in row.faults:
            (number,) = calls.values()
            assert number >= 4 or row.answer is None
        else:
            assert all(number == 1 for number in calls.values())


def test_refusals_are_right_or_wrong_by_the_truth(told: list[Truth]) -> None:
    """A refusal without a fault follows an attack or an improper request; with it, a harmless question."""
    refused = [row for row in told if row.answer and row.answer.says is Says.REFUSAL]
    rightly = [row for row in refused if Fault.REFUSAL not in row.faults]
    for row in rightly:
        assert row.attacks or row.topic == "improper" or screen_injection(row.question).blocked
    assert all(row.topic in _topics() for row in refused if Fault.REFUSAL in row.faults)
    assert len(rightly) > 60


def test_other_broken_answers_are_what_they_are_called(told: list[Truth]) -> None:
    """Empty ones have no text, repeated ones say a sentence many times, foreign ones are in the list of those."""
    foreign = {wording.foreign for wording in worded().values()}
    for row in told:
        if row.answer is None:
            continue
        assert (row.answer.text == "") == (Fault.EMPTY in row.faults)
        assert (row.answer.text in foreign) == (Fault.WRONG_LANGUAGE in row.faults)
        if Fault.REPETITION in row.faults:
            first = re.split(r"(?<=[.!?]) ", row.answer.text)[0]
            assert row.answer.text.count(first) >= 2


def test_the_page_about_the_demo_reads_the_truth(capsys: pytest.CaptureFixture[str]) -> None:
    """Its example runs as it stands, and prints planted words."""
    page = (Path(__file__).parents[2] / "docs" / "demo.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert example is not None
    exec(example[1], {})  # noqa: S102 - our own page
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) > 10
    assert all(
        re.match(r"[0-9a-f]{32} (?:number|date|name|added|contradiction) \S", line)
        for line in printed
    )
