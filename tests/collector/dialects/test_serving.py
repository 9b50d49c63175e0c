"""Serving engines that need more than a look-up."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collector.dialects import rewrite_traces
from collector.dialects.serving import seconds
from tests.collector.dialects.otlp import START, add_span, read, rewritten


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("1.234567ms", 0.001234567),
        ("2.5s", 2.5),
        ("850.1µs", 0.0008501),
        ("12ns", 0.000000012),
        ("0ns", 0.0),
        ("", None),
        ("1e9s", None),
        ("-1s", None),
        ("1.2.3ms", None),
        ("5m", None),
    ],
)
def test_rust_durations(duration: str, expected: float | None) -> None:
    """Durations as Rust's Debug prints them are seconds; anything else is none."""
    assert seconds(duration) == expected


def test_tgi_router_spans() -> None:
    """TGI's text durations become latencies in seconds, its seed a number; the texts stay."""
    span = rewritten(
        {
            "total_time": "1.5s",
            "validation_time": "250µs",
            "queue_time": "10ms",
            "inference_time": "1.4s",
            "time_per_token": "20ms",
            "seed": "Some(42)",
        }
    )
    assert span["gen_ai.latency.e2e"] == 1.5
    assert span["gen_ai.latency.time_in_queue"] == 0.01
    assert span["gen_ai.latency.time_in_model_inference"] == 1.4
    assert span["gen_ai.latency.time_per_output_token"] == 0.02
    assert span["gen_ai.request.seed"] == 42
    assert span["queue_time"] == "10ms"


def test_triton_queue_time_lies_between_two_spans() -> None:
    """Queue time runs from the model span's event to that of its child `compute`."""
    request = ExportTraceServiceRequest()
    model = add_span(request, {"triton.model_name": "llama"}, [])
    compute = add_span(request, {}, [])
    compute.parent_span_id = model.span_id
    for span, name, milliseconds in (
        (model, "REQUEST_START", 0),
        (model, "QUEUE_START", 10),
        (compute, "COMPUTE_START", 40),
        (compute, "COMPUTE_END", 140),
        (model, "REQUEST_END", 150),
    ):
        span.events.add(name=name, time_unix_nano=START + milliseconds * 1_000_000)
    assert rewrite_traces(request, request.SerializeToString())
    assert read(model.attributes) == {
        "triton.model_name": "llama",
        "gen_ai.latency.time_in_queue": 0.03,
        "gen_ai.latency.time_in_model_inference": 0.1,
        "gen_ai.latency.e2e": 0.15,
    }


def test_vllm_spans_are_left_alone() -> None:
    """An engine that writes seconds itself is done: its spans pass through unchanged."""
    sent = {"gen_ai.latency.e2e": 1.0, "gen_ai.usage.prompt_tokens": 5, "gen_ai.request.id": "x"}
    assert rewritten(sent) == sent
