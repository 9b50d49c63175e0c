"""Serving engines that tell their timings as text (TGI) or as span events (Triton).

vLLM, SGLang and TensorRT-LLM write `gen_ai.latency.*` seconds themselves.
"""

import re
from collections.abc import Iterable
from typing import Any

from collector.dialects.attributes import Attributes

QUEUE = "gen_ai.latency.time_in_queue"
INFERENCE = "gen_ai.latency.time_in_model_inference"
END_TO_END = "gen_ai.latency.e2e"
PER_TOKEN = "gen_ai.latency.time_per_output_token"  # noqa: S105 - a duration, no secret
VALIDATION = "gen_ai.latency.time_in_validation"
SEED = "gen_ai.request.seed"

TGI_MARKERS = ("inference_time", "validation_time")
TRITON_MARKERS = ("triton.model_name",)

_TGI = {
    "total_time": END_TO_END,
    "validation_time": VALIDATION,
    "queue_time": QUEUE,
    "inference_time": INFERENCE,
    "time_per_token": PER_TOKEN,
}
_UNITS = {"ns": 1e-9, "µs": 1e-6, "μs": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0}
_DURATION = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)(ns|µs|μs|us|ms|s)")
_SEED = re.compile(r"Some\((\d{1,18})\)")


def rewrite_tgi(_span: Any, attributes: Attributes) -> None:
    """Set seconds for the durations that TGI's router writes as Rust prints them: `"1.5ms"`."""
    if "inference_time" not in attributes or "total_time" not in attributes:
        return
    for name, key in _TGI.items():
        attributes.offer(key, seconds(attributes.text(name)))
    seed = _SEED.fullmatch(attributes.text("seed"))
    if seed:
        attributes.offer(SEED, int(seed[1]))


def seconds(duration: str) -> float | None:
    """Read a Rust `Duration` in its Debug form; None if `duration` is none."""
    match = _DURATION.fullmatch(duration)
    return round(float(match[1]) * _UNITS[match[2]], 12) if match else None


def settle_triton(spans: Iterable[Any]) -> bool:
    """Set the latencies that Triton tells as events; True if any was set.

    The model span has QUEUE_START, its child `compute` opens with COMPUTE_START: queue time lies
    between two spans. They are sent together; one that comes without the other tells nothing.
    """
    told = {bytes(span.span_id): (span, moments) for span in spans if (moments := _moments(span))}
    changed = False
    for span, moments in told.values():
        parent = told.get(bytes(span.parent_span_id))
        if "COMPUTE_START" in moments and "QUEUE_START" not in moments and parent:
            changed |= _set_latencies(parent[0], {**moments, **parent[1]})
        else:
            changed |= _set_latencies(span, moments)
    return changed


def _moments(span: Any) -> dict[str, int]:
    return {e.name: e.time_unix_nano for e in span.events if e.name in _TRITON_EVENTS}


_LATENCIES = {
    QUEUE: ("QUEUE_START", "COMPUTE_START"),
    INFERENCE: ("COMPUTE_START", "COMPUTE_END"),
    END_TO_END: ("REQUEST_START", "REQUEST_END"),
}
_TRITON_EVENTS = frozenset(name for pair in _LATENCIES.values() for name in pair)


def _set_latencies(span: Any, moments: dict[str, int]) -> bool:
    attributes = Attributes(span.attributes)
    for key, (start, end) in _LATENCIES.items():
        if start in moments and end in moments and moments[end] >= moments[start]:
            attributes.offer(key, (moments[end] - moments[start]) / 1e9)
    return attributes.changed
