"""The GPU serving tier: an engine that reports itself as vLLM 0.33 does."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from opentelemetry.trace import SpanKind

from demo.faults import Episodes, Fault, FaultSheet
from demo.models import ModelRequest
from demo.telemetry import SERVING, Attributes, Clock, Fleet, Operation, incoming_context

_PREFILL_TOKENS_PER_S = 9_000.0
_CACHED_PREFIX = 0.6  # share of the prompt whose attention state is still in GPU memory
_DECODE_STEP_S = 0.0165
_QUEUE_S = 0.012
_LONG_QUEUE_S = (4.0, 15.0)


@dataclass(frozen=True, slots=True)
class _Timings:
    """Seconds spent in the stages of one request."""

    queue: float
    prefill: float
    decode: float


class ServingTier:
    """Serves the self-hosted model. Emits `llm_request` spans and never names the model."""

    def __init__(self, fleet: Fleet, episodes: Episodes) -> None:
        self._tracer = fleet.tracer(SERVING, "vllm.tracing.otel")
        self._episodes = episodes

    def generate(
        self,
        headers: Mapping[str, str],
        request_id: str,
        request: ModelRequest,
        *,
        sheet: FaultSheet,
        clock: Clock,
        rng: Random,
    ) -> float:
        """Serve one request and let its time pass; the answer is the time to first token."""
        timings = self._timings(request, clock.now, rng)
        if self._episodes.is_slow(clock.now):
            sheet.note(Fault.SLOW_QUEUE)
        operation = Operation(
            self._tracer,
            "llm_request",
            clock,
            _attributes(request_id, request, timings),
            kind=SpanKind.SERVER,
            parent=incoming_context(headers),
        )
        with operation:
            clock.advance(timings.queue + timings.prefill + timings.decode)
        return timings.queue + timings.prefill

    def _timings(self, request: ModelRequest, moment: int, rng: Random) -> _Timings:
        slow = self._episodes.is_slow(moment)
        queue = rng.uniform(*_LONG_QUEUE_S) if slow else rng.expovariate(1 / _QUEUE_S)
        uncached = request.input_tokens * (1 - _CACHED_PREFIX * rng.random())
        prefill = 0.03 + uncached / _PREFILL_TOKENS_PER_S
        step = _DECODE_STEP_S * rng.uniform(0.85, 1.4)
        return _Timings(queue, prefill, (request.output_tokens - 1) * step)


def _attributes(request_id: str, request: ModelRequest, timings: _Timings) -> Attributes:
    """Return the attributes of vLLM's `do_tracing`; a temperature of 0 is left out there too."""
    inference = timings.prefill + timings.decode
    return {
        "gen_ai.latency.time_to_first_token": timings.queue + timings.prefill,
        "gen_ai.latency.e2e": timings.queue + inference,
        "gen_ai.latency.time_in_queue": timings.queue,
        "gen_ai.usage.prompt_tokens": request.input_tokens,
        "gen_ai.usage.completion_tokens": request.output_tokens,
        "gen_ai.latency.time_in_model_prefill": timings.prefill,
        "gen_ai.latency.time_in_model_decode": timings.decode,
        "gen_ai.latency.time_in_model_inference": inference,
        "gen_ai.request.id": request_id,
        "gen_ai.request.top_p": 1.0,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.n": 1,
    }
