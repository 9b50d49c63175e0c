import json
from collections import Counter

from tests.demo.seen import History, SeenSpan

SERVER, CLIENT = 2, 3


def of_feature(history: History, feature: str, *, fault_free: bool = True) -> list[list[SeenSpan]]:
    """Return the traces of a feature, each as a dict of its spans by id."""
    wanted = {
        t.trace_id for t in history.truths if t.feature == feature and not (fault_free and t.faults)
    }
    return [spans for trace, spans in history.traces.items() if trace in wanted]


def path(span: SeenSpan, by_id: dict[str, SeenSpan]) -> list[str]:
    """Return the names from the root down to the span."""
    names = [span.name]
    while span.parent_id:
        span = by_id[span.parent_id]
        names.append(span.name)
    return names[::-1]


def test_every_trace_has_one_root_and_no_orphan(history: History) -> None:
    """Each parent id names a span of the same trace; one span a trace has none."""
    for spans in history.traces.values():
        ids = {span.span_id for span in spans}
        assert sum(not span.parent_id for span in spans) == 1
        assert all(span.parent_id in ids for span in spans if span.parent_id)


def test_children_lie_inside_their_parents(history: History) -> None:
    """Times nest across services, as on hosts with good clocks."""
    for spans in history.traces.values():
        by_id = {span.span_id: span for span in spans}
        for span in spans:
            parent = by_id.get(span.parent_id, span)
            assert parent.begin <= span.begin <= span.end <= parent.end


def test_a_question_from_articles_takes_all_steps(history: History) -> None:
    """The agent screens, embeds, retrieves, reranks, composes, asks and screens again."""
    traces = [t for t in of_feature(history, "support-chat") if any("rerank" in s.name for s in t)]
    spans = traces[0]
    agent = next(s for s in spans if s.name.startswith("invoke_agent"))
    steps = [s.name for s in sorted(spans, key=lambda s: s.begin) if s.parent_id == agent.span_id]
    assert steps == [
        "guardrail input",
        "embeddings text-embedding-3-small",
        "retrieval kb-tidemark-help",
        "rerank rerank-v3.5",
        "compose_prompt support-answer",
        "chat tide-answers",
        "guardrail output",
    ]


def test_one_trace_runs_through_three_services(history: History) -> None:
    """The app's call goes on in the gateway, and the gateway's attempt in the serving tier."""
    spans = next(
        t for t in of_feature(history, "support-chat") if any(s.service == "vllm" for s in t)
    )
    by_id = {span.span_id: span for span in spans}
    served = next(span for span in spans if span.service == "vllm")
    names = path(served, by_id)
    assert names[0] == "POST /chat"
    assert names[-4:] == [
        "chat tide-answers",
        "POST /v1/chat/completions",
        "chat meta-llama/Llama-3.3-70B-Instruct",
        "llm_request",
    ]
    attempt = by_id[served.parent_id]
    assert (attempt.service, attempt.kind, served.kind) == ("model-gateway", CLIENT, SERVER)


def test_serving_spans_speak_the_dialect_of_vllm(history: History) -> None:
    """They carry latencies and a request id, which joins them to the app, but no model name."""
    served = [span for span in history.spans if span.service == "vllm"]
    by_id = {span.span_id: span for span in history.spans}
    assert {span.scope for span in served} == {"vllm.tracing.otel"}
    for span in served:
        values = span.attributes
        assert not any("model" in key and "in_model" not in key for key in values)
        assert values["gen_ai.latency.e2e"] * 1e9 <= span.end - span.begin + 10
        attempt = by_id[span.parent_id].attributes
        assert values["gen_ai.request.id"] == attempt["gen_ai.response.id"]
        assert values["gen_ai.usage.prompt_tokens"] == attempt["gen_ai.usage.input_tokens"]


def test_tools_are_called_between_two_model_calls(history: History) -> None:
    """The model asks for a tool, the tool answers, and its result is in the second request."""
    (tool, *_) = (
        span
        for spans in of_feature(history, "support-chat")
        for span in spans
        if span.name == "execute_tool quote_refund"
    )
    siblings = [s for s in history.spans if s.parent_id == tool.parent_id]
    before, after = sorted(
        (s for s in siblings if s.name.startswith("chat")), key=lambda s: s.begin
    )
    assert before.end <= tool.begin < tool.end <= after.begin
    assert before.attributes["gen_ai.response.finish_reasons"] == ["tool_call"]
    called = json.loads(before.attributes["gen_ai.output.messages"])[0]["parts"][0]
    assert called["id"] == tool.attributes["gen_ai.tool.call.id"]
    assert called["arguments"] == json.loads(tool.attributes["gen_ai.tool.call.arguments"])
    sent = json.loads(after.attributes["gen_ai.input.messages"])[-1]["parts"][0]
    assert sent["response"] == json.loads(tool.attributes["gen_ai.tool.call.result"])


def test_content_is_json_in_the_shape_of_the_conventions(history: History) -> None:
    """Messages, instructions, tools and documents parse, and documents have text and score."""
    span = next(s for s in history.spans if s.name == "chat tide-answers")
    instructions = json.loads(span.attributes["gen_ai.system_instructions"])
    assert 1_500 < len(instructions[0]["content"]) < 4_500
    names = {tool["name"] for tool in json.loads(span.attributes["gen_ai.tool.definitions"])}
    assert {"get_order_status", "quote_refund", "find_calendar_slots"} <= names
    found = next(s for s in history.spans if s.name.startswith("retrieval"))
    documents = json.loads(found.attributes["gen_ai.retrieval.documents"])
    assert all({"id", "score", "title", "content"} <= set(document) for document in documents)
    assert [d["score"] for d in documents] == sorted((d["score"] for d in documents), reverse=True)


def test_a_repeated_question_is_answered_from_the_gateway_cache(history: History) -> None:
    """A hit makes no attempt at a model, costs nothing and gives the stored answer."""
    hits = [s for s in history.spans if s.attributes.get("litellm.saved_cache_cost")]
    assert len(hits) > 20
    for hit in hits:
        children = [s.name for s in history.traces[hit.trace_id] if s.parent_id == hit.span_id]
        assert hit.attributes["litellm.cost.total"] == 0.0
        assert children[-1] == "cache.get llm_response"


def test_costs_follow_the_price_list(history: History) -> None:
    """An attempt's cost is its tokens at the model's price."""
    attempt = next(
        s
        for s in history.spans
        if s.name == "chat gpt-4.1-mini"
        and s.attributes.get("gen_ai.usage.cache_read.input_tokens") == 1024
    ).attributes
    uncached = attempt["gen_ai.usage.input_tokens"] - 1024
    dollars = (uncached * 0.40 + 1024 * 0.10 + attempt["gen_ai.usage.output_tokens"] * 1.60) / 1e6
    assert abs(attempt["litellm.cost.total"] - dollars) < 1e-8


def test_the_help_center_speaks_openinference(history: History) -> None:
    """The older service sends flattened attributes and no GenAI names of its own."""
    spans = [s for s in history.spans if s.service == "help-center-search"]
    kinds = Counter(s.attributes["openinference.span.kind"] for s in spans)
    assert set(kinds) == {"CHAIN", "RETRIEVER", "RERANKER", "LLM"}
    assert not any(key.startswith("gen_ai.") for s in spans for key in s.attributes)
    retrievers = [s for s in spans if s.name == "retrieve"]
    assert any("retrieval.documents.7.document.content" in s.attributes for s in retrievers)
    assert all(s.dropped == 0 and len(s.attributes) <= 128 for s in spans)
    assert max(len(s.attributes) for s in spans) > 40


def test_features_differ_in_their_orchestration(history: History) -> None:
    """E-mail drafts are a workflow around the agent."""
    names = [s.name for s in of_feature(history, "email-reply")[0]]
    assert {"POST /email-reply", "invoke_workflow draft_email_reply"} <= set(names)


def test_some_users_leave_feedback_on_the_root(history: History) -> None:
    """Thumbs arrive as evaluation events, more of them down where something went wrong."""
    faulty = {t.trace_id for t in history.truths if t.faults}
    votes = [
        (span.trace_id in faulty, values["gen_ai.evaluation.score.label"])
        for span in history.spans
        if not span.parent_id
        for name, values in span.events
        if name == "gen_ai.evaluation.result"
    ]
    counted = Counter(votes)
    assert 0.10 < len(votes) / len(history.truths) < 0.18
    assert counted[True, "thumbs_down"] > counted[True, "thumbs_up"]
    assert counted[False, "thumbs_up"] > 4 * counted[False, "thumbs_down"]
