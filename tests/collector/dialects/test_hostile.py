"""What strangers send: nothing raises, nothing unrelated is lost."""

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.dialects import DIALECTS, rewrite_traces
from collector.dialects.unflatten import MAX_SLOTS
from tests.collector.dialects.otlp import (
    add_span,
    dumps,
    fill,
    loads,
    read,
    rewritten,
    rewritten_record,
    rewritten_span,
)

_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "role",
                    "content",
                    "parts",
                    "type",
                    "text",
                    "messages",
                    "tool_calls",
                    "function",
                    "name",
                    "id",
                    "kwargs",
                    "lc",
                    "data",
                    "message",
                    "choices",
                    "generations",
                    "output",
                    "input",
                    "usage",
                    "total",
                    "documents",
                    "arguments",
                    "query",
                    "event.name",
                    "value",
                    "config",
                    "tools",
                    "image_url",
                    "url",
                    "source",
                    "finish_reason",
                ]
            ),
            inner | st.sampled_from(["user", "tool", "text", "tool_use", "image", "file", "7"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)
_values = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | _json.filter(lambda v: isinstance(v, (list, dict)) and _in_64_bits(v))
    | _json.map(lambda v: orjson.dumps(_clipped(v)).decode())
    | _json.map(lambda v: dumps(orjson.dumps(_clipped(v)).decode()))
)


def _in_64_bits(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_in_64_bits(item) for item in value.values())
    if isinstance(value, list):
        return all(_in_64_bits(item) for item in value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _clipped(value: Any) -> Any:
    """Write integers that orjson refuses as floats, as JavaScript would."""
    if isinstance(value, dict):
        return {key: _clipped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clipped(item) for item in value]
    return value if _in_64_bits(value) else float(value)


_numbered = st.builds(
    lambda prefix, index, suffix: f"{prefix}{index}{suffix}",
    st.sampled_from(
        [
            "llm.input_messages.",
            "llm.output_messages.",
            "gen_ai.prompt.",
            "gen_ai.completion.",
            "retrieval.documents.",
            "llm.tools.",
            "evaluations.",
            "llm.request.functions.",
        ]
    ),
    st.sampled_from(["0", "1", "7", "007", "-1", "999999999", "9" * 5000, "٣", "x", ""]),
    st.sampled_from(
        [
            ".message.role",
            ".message.content",
            ".message.tool_calls.0.tool_call.id",
            ".message.contents.99999999.message_content.text",
            ".role",
            ".content",
            ".tool_calls.0.name",
            ".document.content",
            ".tool.json_schema",
            ".evaluation.name",
            ".__proto__",
            "",
        ]
    ),
)
_known = st.sampled_from(
    [
        "openinference.span.kind",
        "input.value",
        "metadata",
        "ai.operationId",
        "ai.prompt.messages",
        "ai.prompt.tools",
        "ai.response.toolCalls",
        "ai.response.text",
        "ai.response.providerMetadata",
        "langfuse.observation.input",
        "langfuse.observation.output",
        "langfuse.observation.usage_details",
        "langfuse.observation.cost_details",
        "langfuse.observation.completion_start_time",
        "langfuse.observation.model.parameters",
        "langsmith.span.kind",
        "langsmith.usage_metadata",
        "gen_ai.prompt",
        "gen_ai.completion",
        "events",
        "pydantic_ai.all_messages",
        "model_request_parameters",
        "request_data",
        "response_data",
        "mlflow.spanType",
        "mlflow.spanInputs",
        "mlflow.spanOutputs",
        "mlflow.chat.tokenUsage",
        "mlflow.linkedPrompts",
        "langwatch.input",
        "langwatch.metrics",
        "langwatch.timestamps",
        "lmnr.span.type",
        "lmnr.span.input",
        "gcp.vertex.agent.llm_request",
        "gcp.vertex.agent.llm_response",
        "genkit:metadata:subtype",
        "genkit:input",
        "genkit:output",
        "gen_ai.input.messages",
        "gen_ai.retrieval.documents",
        "gen_ai.usage.input_tokens",
        "inference_time",
        "total_time",
        "triton.model_name",
    ]
)
_attributes = st.dictionaries(_known | _numbered, _values, max_size=12)
_event = st.tuples(
    st.sampled_from(
        sorted({name for dialect in DIALECTS for name in dialect.events} | {"QUEUE_START"})
    ),
    st.dictionaries(
        st.sampled_from(
            ["content", "role", "message", "tool_calls", "id", "index", "db.query.result.id"]
        )
        | _known,
        _values,
        max_size=3,
    ),
)
_UNRELATED = {"http.route": "/ask", "mine.0.content": "x", "gen_ai.prompt.name": "p", "n": 7}


@settings(max_examples=600, deadline=None)
@given(attributes=_attributes, events=st.lists(_event, max_size=3))
def test_no_attributes_raise_and_unrelated_ones_survive(
    attributes: dict[str, Any], events: list[tuple[str, Any]]
) -> None:
    """Whatever the values are, rewriting returns, and foreign attributes are as before.

    Every dialect is run on every span: keys of one of each are added.
    """
    request = ExportTraceServiceRequest()
    span = add_span(request, {**attributes, **_UNRELATED}, events)
    fill(span.events.add(name="mine").attributes, {"content": "kept"})
    every = add_span(request, dict.fromkeys(m for d in DIALECTS for m in d.markers), [])
    body = request.SerializeToString()
    changed = rewrite_traces(request, body)
    assert changed or request.SerializeToString() == body
    after = read(span.attributes)
    assert {key: after.get(key) for key in _UNRELATED} == _UNRELATED
    assert "mine" in [event.name for event in span.events]
    for key in ("gen_ai.input.messages", "gen_ai.output.messages"):
        lifted = any(name.endswith("operation.details") for name, _ in events)
        if key in after and key not in attributes and not lifted:
            assert all(part["type"] for m in loads(after[key]) for part in m["parts"])
    assert every.attributes


@settings(max_examples=200, deadline=None)
@given(body=_values, name=st.sampled_from(["gen_ai.choice", "gen_ai.tool.message"]))
def test_no_log_body_raises(body: Any, name: str) -> None:
    """Whatever the body of a message record is, it is rewritten or left."""
    record = rewritten_record(body, event_name=name)
    assert record.HasField("body") or record.attributes


@settings(max_examples=300, deadline=None)
@given(attributes=_attributes)
def test_rewriting_twice_changes_nothing_more(attributes: dict[str, Any]) -> None:
    """A request that was rewritten passes a second time without a change."""
    request = ExportTraceServiceRequest()
    add_span(request, {"gen_ai.request.model": "m", **attributes}, [])
    rewrite_traces(request, request.SerializeToString())
    once = request.SerializeToString(deterministic=True)
    rewrite_traces(request, once)
    assert request.SerializeToString(deterministic=True) == once


def test_a_list_longer_than_the_cap_is_read_up_to_it() -> None:
    """Slots beyond the cap stay on the span as they came."""
    sent = {f"llm.input_messages.{i}.message.content": "x" for i in range(MAX_SLOTS + 5)}
    span = rewritten(sent)
    assert len(loads(span["gen_ai.input.messages"])) == MAX_SLOTS
    assert len([key for key in span if key.startswith("llm.input_messages.")]) == 5


def test_a_huge_index_costs_one_slot() -> None:
    """An index of a thousand million makes a list of one, not of a thousand million."""
    span = rewritten({"llm.input_messages.999999999.message.content": "x"})
    assert len(loads(span["gen_ai.input.messages"])) == 1


def test_two_spellings_of_an_index_do_not_meet() -> None:
    """`007` is no index; its key stays, and slot 7 is itself."""
    span = rewritten({"gen_ai.prompt.7.content": "seven", "gen_ai.prompt.007.content": "not seven"})
    assert span["gen_ai.prompt.007.content"] == "not seven"
    assert loads(span["gen_ai.input.messages"])[0]["parts"][0]["content"] == "seven"


def test_prototype_keys_are_names_like_others() -> None:
    """`__proto__` as a suffix stays; as a JSON member it is data."""
    span = rewritten(
        {
            "gen_ai.prompt.0.content": "x",
            "gen_ai.prompt.0.__proto__": "y",
            "gen_ai.prompt.__proto__.content": "z",
        }
    )
    assert span["gen_ai.prompt.0.__proto__"] == "y"
    assert span["gen_ai.prompt.__proto__.content"] == "z"


def test_json_nested_too_deeply_stays() -> None:
    """Content too deep to be written again is left where it is, not lost."""
    deep = "[" * 600 + "]" * 600
    key = "langfuse.observation.input"
    sent = {key: f'[{{"role": "user", "content": [{{"type": "x", "y": {deep}}}]}}]'}
    assert rewritten(sent) == sent


def test_structured_values_are_read_as_well() -> None:
    """Values that did not become JSON text before are understood all the same."""
    span = rewritten(
        {"ai.operationId": "x", "ai.prompt.messages": [{"role": "user", "content": "Hi"}]}
    )
    assert loads(span["gen_ai.input.messages"])[0]["role"] == "user"


def test_a_key_given_twice_goes_with_all_its_copies() -> None:
    """Of a numbered key sent twice no copy stays behind."""
    request = ExportTraceServiceRequest()
    span = add_span(request, {"gen_ai.prompt.0.content": "a"}, [])
    fill(span.attributes, {"gen_ai.prompt.0.content": "b"})
    rewrite_traces(request, request.SerializeToString())
    assert list(read(span.attributes)) == ["gen_ai.input.messages"]


def test_one_bad_message_leaves_the_list_untouched() -> None:
    """A list with something that is no message is not half read."""
    sent = {"langfuse.observation.input": '[{"role": "user", "content": "Hi"}, 5]'}
    assert (
        rewritten_span(sent).attributes[0].value.string_value == sent["langfuse.observation.input"]
    )
