import json
from collections import Counter
from dataclasses import fields
from datetime import datetime, timedelta
from math import sqrt

import pytest

from demo.capture import truth
from demo.faults import Fault, plan_episodes
from demo.knowledge import NEW_TOPIC
from demo.plan import DemoPlan
from demo.planted import Place
from demo.questions import Kind
from demo.rollouts import Rates, rates_of
from demo.tenants import ATTACKER, RUNAWAY
from demo.traffic import Question, Traffic
from tests.demo.seen import History, SeenSpan


def labelled(history: History, fault: Fault) -> list[tuple[SeenSpan, list[SeenSpan]]]:
    """Return the traces in which the fault struck, each as its root and all its spans."""
    ids = {t.trace_id for t in history.truths if fault in t.faults}
    found = [spans for trace, spans in history.traces.items() if trace in ids]
    return [(next(s for s in spans if not s.parent_id), spans) for spans in found]


def answer_of(spans: list[SeenSpan]) -> str:
    """Return the last answer of the agent, or of the help center."""
    agent = next((s for s in spans if s.name.startswith("invoke_agent")), None)
    if agent is None:
        return str(next(s for s in spans if not s.parent_id).attributes["output.value"])
    (message,) = json.loads(agent.attributes["gen_ai.output.messages"])
    return str(message["parts"][0]["content"])


def test_every_kind_of_fault_strikes_and_no_span_tells(history: History) -> None:
    """The truth is complete, and it is beside the spans only."""
    assert {f for t in history.truths for f in t.faults} == set(Fault)
    keys = {key for span in history.spans for key in span.attributes if key.startswith("demo.")}
    assert keys == {"demo.meaning"}


@pytest.fixture(scope="module")
def asked(now: datetime) -> list[Question]:
    """Return many questions."""
    plan = DemoPlan(seed=1, traces=20_000)
    return list(Traffic(plan, now, plan_episodes(now, plan.backfill)).backfill())


@pytest.mark.parametrize("fault", [field.name for field in fields(Rates)])
@pytest.mark.parametrize("version", ["v3", "v6", "v7"])
def test_faults_are_planned_at_their_rates(fault: str, version: str, asked: list[Question]) -> None:
    """Over many questions each fault is drawn as often as the rates of the sessions say."""
    expected = drawn = 0.0
    for question in asked:
        session = question.session
        if session.prompt_version == version and not session.attack:
            rates = rates_of(version, session.tenant, economy=session.economy)
            expected += getattr(rates, fault)
            drawn += Fault(fault) in question.planned
    assert abs(drawn - expected) < 4 * sqrt(expected)


def test_planned_faults_do_strike(history: History) -> None:
    """What is planned happens: answers from articles fail at about the planned rate."""
    others = {str(kind) for kind in Kind if kind is not Kind.ARTICLE}
    plain = [
        t
        for t in history.truths
        if t.prompt_version == "v6"
        and not t.economy
        and not t.faults & {Fault.INJECTION, Fault.COST_RUNAWAY, Fault.TIMEOUT}
        and t.topic not in others
    ]
    rates = Counter(f for t in plain for f in t.faults)
    of_v6 = rates_of("v6", "", economy=False)
    for fault in (Fault.UNSUPPORTED, Fault.REFUSAL, Fault.TRUNCATED, Fault.PII):
        expected = len(plain) * getattr(of_v6, fault)
        assert abs(rates[fault] - expected) < 3.5 * sqrt(expected)


def test_the_new_prompt_version_is_worse(history: History) -> None:
    """Version v7 gives several times more unsupported and refused answers than v6 beside it."""
    share = {}
    for version in ("v6", "v7"):
        traces = [
            t
            for t in history.truths
            if (t.feature, t.prompt_version, t.economy) == ("support-chat", version, False)
        ]
        bad = sum(bool(t.faults & {Fault.UNSUPPORTED, Fault.REFUSAL}) for t in traces)
        share[version] = bad / len(traces)
    assert share["v7"] > 3 * share["v6"]


def test_a_truncated_answer_ends_at_the_token_limit(history: History) -> None:
    """Its finish reason is `length`, on every level that reports one."""
    for _, spans in labelled(history, Fault.TRUNCATED):
        reasons = [s.attributes.get("gen_ai.response.finish_reasons") for s in spans]
        openinference = [s.attributes.get("llm.finish_reason") for s in spans]
        assert ["length"] in reasons or "length" in openinference


def test_injections_are_in_the_users_text_and_the_blatant_ones_are_blocked(
    history: History,
) -> None:
    """A blocked attack reaches no model; a subtle one gets past the screen."""
    blocked = passed = 0
    for root, spans in labelled(history, Fault.INJECTION):
        if root.name == "GET /search":
            continue
        screen = next(s for s in spans if s.name == "guardrail input")
        verdict = screen.attributes["gen_ai.guardrail.verdict.type"]
        reached = any(s.name.startswith("chat") for s in spans)
        blocked += verdict == "deny"
        passed += reached
        assert (verdict == "deny") != reached
    assert blocked > 10
    assert passed > 5


def test_an_indirect_injection_comes_in_a_document_or_a_tool_result(history: History) -> None:
    """The attack is in what was retrieved or looked up, not in the user's words."""
    for root, spans in labelled(history, Fault.INDIRECT_INJECTION):
        asked = next(t for t in history.truths if t.trace_id == root.trace_id)
        (attack,) = [a for a in asked.attacks if a.place is not Place.QUESTION]
        key = "gen_ai.tool.call.result" if attack.place is Place.TOOL_RESULT else "documents"
        values = [str(v) for s in spans for k, v in s.attributes.items() if key in k]
        assert any(attack.text in _unquoted(value) for value in values)
        assert attack.text not in asked.question


def _unquoted(text: str) -> str:
    return text.replace('\\"', '"')


def test_personal_data_stops_at_the_gateway(history: History) -> None:
    """The app's span has it in the clear; the gateway's attempt has it masked."""
    seen = 0
    for _, spans in labelled(history, Fault.PII):
        masks = [s for s in spans if s.attributes.get("litellm.guardrail.action") == "mask"]
        attempts = [s for s in spans if s.service == "model-gateway" and s.name.startswith("chat")]
        seen += bool(masks)
        for attempt in attempts:
            assert "@" not in attempt.attributes["gen_ai.input.messages"]
    assert seen > 10


def test_the_attack_wave_is_one_tenant_in_a_short_time(
    history: History, plan: DemoPlan, now: datetime
) -> None:
    """All its attacks come from one tenant within the episode."""
    wave = plan_episodes(now, plan.backfill).attack_wave
    attacks = [t for t in history.truths if Fault.ATTACK_WAVE in t.faults]
    assert len(attacks) >= 10
    assert {t.tenant for t in attacks} == {ATTACKER}
    sessions = {t.session_id for t in attacks}
    begins = [min(t.asked_at for t in attacks if t.session_id == s) for s in sessions]
    assert all(wave.holds(int(b.timestamp() * 1e9)) for b in begins)


def test_the_gpu_queue_is_slow_only_in_its_window(
    history: History, plan: DemoPlan, now: datetime
) -> None:
    """Requests wait for seconds during the episode and for milliseconds outside it."""
    slow = {t.trace_id for t in history.truths if Fault.SLOW_QUEUE in t.faults}
    window = plan_episodes(now, plan.backfill).slow_queue
    waits: dict[bool, list[float]] = {True: [], False: []}
    for span in history.spans:
        if span.service == "vllm":
            waits[window.holds(span.begin)].append(span.attributes["gen_ai.latency.time_in_queue"])
            assert window.holds(span.begin) <= (span.trace_id in slow)
    assert min(waits[True]) >= 4.0
    assert max(waits[False]) < 0.5


def test_the_runaway_tenant_runs_away_with_the_cost(history: History) -> None:
    """Its last days cost more than the four weeks of the largest tenant."""
    spent: Counter[str] = Counter()
    tenant_of = {t.trace_id: t.tenant for t in history.truths}
    for span in history.spans:
        spent[tenant_of[span.trace_id]] += span.attributes.get("litellm.cost.total", 0.0)
    assert {t.tenant for t in history.truths if Fault.COST_RUNAWAY in t.faults} == {RUNAWAY}
    (first, most), (_, second) = spent.most_common(2)
    assert first == RUNAWAY
    assert most > 2.5 * second


def test_the_new_topic_is_new_this_week(history: History, now: datetime) -> None:
    """Nobody asks about it before its launch, many do after."""
    asked = [t.asked_at for t in history.truths if t.topic == NEW_TOPIC]
    week = sum(t.asked_at >= now - timedelta(days=7) for t in history.truths)
    assert min(asked) >= now - timedelta(days=7, minutes=1)
    assert len(asked) / week > 0.08


@pytest.mark.parametrize(
    ("fault", "models"),
    [
        (Fault.PROVIDER_RETRY, 1),
        (Fault.PROVIDER_FALLBACK, 2),
    ],
)
def test_failed_attempts_are_spans_of_their_own(
    fault: Fault, models: int, history: History
) -> None:
    """Below one gateway request, failed attempts come before the one that worked."""
    for _, spans in labelled(history, fault):
        gateways = [s for s in spans if s.name.startswith("POST /v1")]
        for gateway in gateways:
            attempts = sorted(
                (s for s in spans if s.parent_id == gateway.span_id and s.name.startswith("chat")),
                key=lambda s: s.begin,
            )
            if attempts:
                assert [a.status for a in attempts[:-1]] == [2] * (len(attempts) - 1)
                assert attempts[-1].status == 0
                assert len({a.name for a in attempts}) == models
                assert len(attempts) >= 2


def test_a_timeout_fails_the_whole_request(history: History) -> None:
    """The root has an error after 30 s, status 504 and an exception event; no GPU span."""
    for root, spans in labelled(history, Fault.TIMEOUT):
        assert root.status == 2
        assert root.end - root.begin > 30e9
        assert root.attributes["http.response.status_code"] == 504
        assert root.attributes["error.type"] == "openai.APITimeoutError"
        (stack,) = [values for name, values in root.events if name == "exception"]
        assert stack["exception.type"] == "openai.APITimeoutError"
        assert stack["exception.stacktrace"].startswith("Traceback")
        attempt = next(s for s in spans if s.name.startswith("chat") and s.service != "support-bot")
        assert not any(s.parent_id == attempt.span_id for s in spans)


def test_a_tool_error_is_told_to_the_user(history: History) -> None:
    """The tool's span has the error, the answer admits it, and the request succeeds."""
    for root, spans in labelled(history, Fault.TOOL_ERROR):
        tool = next(s for s in spans if s.name.startswith("execute_tool"))
        assert tool.status == 2
        assert tool.attributes["error.type"] == "support_bot.tools.BackendUnavailable"
        if root.status == 0:
            assert "cannot reach the system" in answer_of(spans)


@pytest.mark.parametrize("hours", [1, 6, 48])
def test_short_histories_have_the_episodes_too(hours: int, now: datetime) -> None:
    """Every kind of fault occurs in a history of hours, given enough traffic."""
    plan = DemoPlan(seed=6, traces=4_000, backfill=timedelta(hours=hours))
    assert {f for t in truth(plan, now=now) for f in t.faults} == set(Fault)
