"""Langfuse: attributes recorded from its Python SDK 5.0.4 and its OpenAI wrapper."""

import pytest

from tests.collector.dialects.otlp import dumps, loads, message, rewritten

_TYPE = "langfuse.observation.type"
_INPUT = "langfuse.observation.input"
_OUTPUT = "langfuse.observation.output"
_USAGE = "langfuse.observation.usage_details"


def test_the_openai_wrappers_generation() -> None:
    """Messages and tools of the wrapper's input, its answer, usage and parameters are lifted."""
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {}}}
    call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
    span = rewritten(
        {
            _TYPE: "generation",
            _INPUT: dumps(
                {"tools": [tool], "messages": [{"role": "user", "content": "Hi"}], "seed": 1}
            ),
            _OUTPUT: dumps({"role": "assistant", "tool_calls": [call], "content": None}),
            "langfuse.observation.model.parameters": dumps(
                {"temperature": 0.2, "max_tokens": "Infinity"}
            ),
            _USAGE: dumps(
                {
                    "completion_tokens": 5,
                    "prompt_tokens": 20,
                    "total_tokens": 25,
                    "completion_tokens_details": {"reasoning_tokens": 2},
                    "prompt_tokens_details": {"cached_tokens": 8},
                }
            ),
        }
    )
    assert loads(span["gen_ai.input.messages"]) == [message("user", "Hi")]
    assert loads(span["gen_ai.output.messages"]) == [
        message(
            "assistant",
            {"type": "tool_call", "id": "c1", "name": "get_weather", "arguments": {}},
        )
    ]
    assert [tool["name"] for tool in loads(span["gen_ai.tool.definitions"])] == ["get_weather"]
    assert loads(span[_INPUT]) == {"seed": 1}
    assert _OUTPUT not in span
    assert span["gen_ai.request.temperature"] == 0.2
    assert "gen_ai.request.max_tokens" not in span
    assert span["gen_ai.usage.input_tokens"] == 20
    assert span["gen_ai.usage.cache_read.input_tokens"] == 8
    assert span["gen_ai.usage.reasoning.output_tokens"] == 2


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"input": 10, "input_cached_tokens": 90, "output": 5}, (100, 5, 90)),
        ({"input": 100, "input_cached_tokens": 90, "output": 5, "total": 105}, (100, 5, 90)),
        ({"input": 10, "output": 5, "output_reasoning_tokens": 7, "total": 22}, (10, 12, None)),
        ({"input": 10, "cache_read_input_tokens": 90, "output": 5}, (100, 5, 90)),
        ({"input_tokens": 10, "cache_read_input_tokens": 90, "output_tokens": 5}, (10, 5, 90)),
        ({"input": 0, "output": 0}, (0, 0, None)),
        ({"input": "many", "output": True}, (None, None, None)),
    ],
)
def test_usage_includes_the_cache(
    details: dict[str, object], expected: tuple[int | None, int | None, int | None]
) -> None:
    """Exclusive buckets are summed; counts that already add up to the total are not, nor is a provider's own object."""
    span = rewritten({_TYPE: "generation", _USAGE: dumps(details)})
    assert (
        span.get("gen_ai.usage.input_tokens"),
        span.get("gen_ai.usage.output_tokens"),
        span.get("gen_ai.usage.cache_read.input_tokens"),
    ) == expected


def test_cost_is_the_total_or_the_sum() -> None:
    """cost_details.total is the cost; without one the parts are added."""
    key = "langfuse.observation.cost_details"
    assert rewritten({key: '{"total": 0.5, "input": 0.2}'})["gen_ai.usage.cost"] == 0.5
    assert rewritten({key: '{"input": 0.25, "output": 0.5}'})["gen_ai.usage.cost"] == 0.75
    assert "gen_ai.usage.cost" not in rewritten({key: '{"input": "free"}'})


def test_completion_start_is_seconds_after_the_start() -> None:
    """The moment of the first token, JSON-encoded once more, becomes seconds to it."""
    key = "langfuse.observation.completion_start_time"
    span = rewritten({key: '"2023-11-14T22:13:20.250000Z"'})
    assert span["gen_ai.response.time_to_first_chunk"] == 0.25


def test_a_retrievers_documents() -> None:
    """A retriever's output list is documents, its input tells the query."""
    span = rewritten(
        {
            _TYPE: "retriever",
            _INPUT: '{"query": "reset"}',
            _OUTPUT: dumps([{"page_content": "a", "metadata": {"source": "k"}}]),
        }
    )
    assert loads(span["gen_ai.retrieval.documents"]) == [
        {"content": "a", "metadata": {"source": "k"}}
    ]
    assert span["gen_ai.retrieval.query.text"] == "reset"
    assert _OUTPUT not in span


def test_other_payloads_stay() -> None:
    """Input and output that are no messages are the span's payload and stay untouched."""
    sent = {_TYPE: "tool", _INPUT: '{"city": "Oslo"}', _OUTPUT: '"7"'}
    assert rewritten(sent) == sent
