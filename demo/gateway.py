"""The model gateway: response cache, guardrail, retries and fallback, as LiteLLM v2 traces them."""

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from opentelemetry.trace import SpanKind

from demo.faults import Fault, FaultSheet
from demo.guardrails import mask_personal_data
from demo.models import GROUPS, LLAMA, Completion, Model, ModelRequest, cost_of
from demo.serving import ServingTier
from demo.telemetry import (
    GATEWAY,
    AppError,
    Attributes,
    Clock,
    Fleet,
    Operation,
    incoming_context,
    outgoing_headers,
)

_CACHE_TTL_NS = 24 * 3600 * 1_000_000_000
_CACHE_SIZE = 5_000
_ROUTE = "/v1/chat/completions"
_TIMEOUT_S = 30.0


class ProviderError(AppError):
    """A provider answered an attempt with an error."""

    error_type = "litellm.exceptions.ServiceUnavailableError"
    place = 'File "/app/litellm/llms/custom_httpx/llm_http_handler.py", line 412, in acompletion'


class ProviderRateLimitError(ProviderError):
    """A provider refused an attempt for its rate limit."""

    error_type = "litellm.exceptions.RateLimitError"


class GatewayTimeoutError(AppError):
    """No provider answered in time."""

    error_type = "litellm.exceptions.Timeout"
    place = 'File "/app/litellm/router.py", line 1188, in _acompletion'


@dataclass(frozen=True, slots=True)
class _Call:
    """One request on its way through the gateway."""

    request: ModelRequest
    sheet: FaultSheet
    clock: Clock
    rng: Random
    id: str
    key_hash: str


class Gateway:
    """Takes chat requests of the apps to the models."""

    def __init__(self, fleet: Fleet, serving: ServingTier) -> None:
        self._tracer = fleet.tracer(GATEWAY, "litellm", "1.109.1")
        self._serving = serving
        self._cache: OrderedDict[str, tuple[int, Completion]] = OrderedDict()

    def complete(
        self,
        headers: Mapping[str, str],
        request: ModelRequest,
        *,
        sheet: FaultSheet,
        clock: Clock,
        rng: Random,
    ) -> Completion:
        """Answers a request from the cache or a model.

        Raises `GatewayTimeoutError` when no model answers within 30 s.
        """
        key_hash = f"{_hash_of(request.tenant):016x}"
        call = _Call(request, sheet, clock, rng, f"{rng.getrandbits(128):032x}", key_hash)
        attributes: Attributes = {
            "http.request.method": "POST",
            "http.route": _ROUTE,
            "url.path": _ROUTE,
            "server.address": "gateway.internal",
            "litellm.call_id": call.id,
        }
        operation = Operation(
            self._tracer,
            f"POST {_ROUTE}",
            clock,
            attributes,
            kind=SpanKind.SERVER,
            parent=incoming_context(headers),
        )
        with operation:
            try:
                completion = self._handle(call, operation)
            except GatewayTimeoutError:
                operation.set({"http.response.status_code": 504})
                raise
            operation.set({"http.response.status_code": 200})
        return completion

    def _handle(self, call: _Call, server: Operation) -> Completion:
        self._authenticate(call)
        call = self._mask(call)
        cached = self._look_up(call)
        if cached is not None:
            server.set(
                {
                    "litellm.cache_hit": True,
                    "litellm.cost.total": 0.0,
                    "litellm.saved_cache_cost": cached.cost,
                }
            )
            call.clock.advance(0.004)
            return replace(cached, first_chunk_s=0.004, cost=0.0)
        completion = self._route(call)
        if call.request.cache_key:
            self._store(call.request.cache_key, call.clock.now, completion)
        return completion

    def _authenticate(self, call: _Call) -> None:
        attributes: Attributes = {
            "litellm.team.id": call.request.tenant,
            "litellm.api_key.hash": call.key_hash,
        }
        with Operation(self._tracer, f"auth {_ROUTE}", call.clock, attributes):
            call.clock.advance(call.rng.uniform(0.001, 0.004))

    def _mask(self, call: _Call) -> _Call:
        """Replace personal data in the messages before any provider sees them."""
        attributes: Attributes = {
            "litellm.guardrail.name": "presidio-pii",
            "litellm.guardrail.mode": "pre_call",
            "litellm.guardrail.provider": "presidio",
            "litellm.guardrail.detection_method": "pattern",
        }
        name = "execute_guardrail presidio-pii"
        with Operation(self._tracer, name, call.clock, attributes) as operation:
            masked, entities = mask_personal_data(call.request.messages_json)
            took = call.rng.uniform(0.004, 0.018)
            call.clock.advance(took)
            operation.set(
                {
                    "litellm.guardrail.status": "success",
                    "litellm.guardrail.action": "mask" if entities else "none",
                    "litellm.guardrail.masked_entity_count": sum(entities.values()),
                    "litellm.guardrail.duration": took,
                }
            )
            if entities:
                operation.set({"litellm.guardrail.violation_categories": sorted(entities)})
        return replace(call, request=replace(call.request, messages_json=masked))

    def _look_up(self, call: _Call) -> Completion | None:
        with Operation(self._tracer, "cache.get llm_response", call.clock, {}) as operation:
            call.clock.advance(call.rng.uniform(0.0005, 0.002))
            stored_at, completion = self._cache.get(call.request.cache_key, (0, None))
            if call.clock.now - stored_at > _CACHE_TTL_NS:
                completion = None
            operation.set({"litellm.cache_hit": completion is not None})
        return completion

    def _store(self, key: str, now: int, completion: Completion) -> None:
        self._cache[key] = (now, completion)
        if len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)

    def _route(self, call: _Call) -> Completion:
        """Try the models of the group until one answers."""
        for model, failure in self._attempts(call):
            try:
                return self._attempt(call, model, failure)
            except ProviderError:
                call.clock.advance(call.rng.uniform(0.2, 0.6))
        raise GatewayTimeoutError(f"No deployment of {call.request.group} answered")

    def _attempts(self, call: _Call) -> Iterator[tuple[Model, AppError | None]]:
        """Return the attempts to make, each with the error that it will meet."""
        primary, fallback = GROUPS[call.request.group]
        attributes: Attributes = {
            "litellm.request.route": call.request.group,
            "litellm.provider.model": primary.name,
        }
        with Operation(self._tracer, f"route {call.request.group}", call.clock, attributes):
            call.clock.advance(0.0006)
        if call.sheet.strikes(Fault.TIMEOUT):
            yield primary, GatewayTimeoutError(f"Request to {primary.name} timed out after 30.0 s")
        if call.sheet.strikes(Fault.PROVIDER_RETRY):
            yield primary, ProviderRateLimitError(f"{primary.provider}: 429 too many requests")
        if call.sheet.strikes(Fault.PROVIDER_FALLBACK):
            yield primary, ProviderError(f"{primary.provider}: 503 no healthy upstream")
            yield primary, ProviderError(f"{primary.provider}: 503 no healthy upstream")
            yield fallback, None
        yield primary, None

    def _attempt(self, call: _Call, model: Model, failure: AppError | None) -> Completion:
        operation = Operation(
            self._tracer,
            f"chat {model.name}",
            call.clock,
            _request_attributes(call, model),
            kind=SpanKind.CLIENT,
        )
        with operation:
            if failure is not None:
                timed_out = isinstance(failure, GatewayTimeoutError)
                call.clock.advance(_TIMEOUT_S if timed_out else call.rng.uniform(0.1, 1.2))
                raise failure
            completion = self._generate(call, model)
            operation.set(_response_attributes(call.request, model, completion))
        return completion

    def _generate(self, call: _Call, model: Model) -> Completion:
        request, rng = call.request, call.rng
        response_id = f"chatcmpl-{rng.getrandbits(128):032x}"
        if model is LLAMA:
            call.clock.advance(0.001)
            first = self._serving.generate(
                outgoing_headers(),
                response_id,
                request,
                sheet=call.sheet,
                clock=call.clock,
                rng=rng,
            )
            cached = 0
        else:
            first = model.first_token_s * rng.lognormvariate(0, 0.3)
            decode = request.output_tokens / (model.tokens_per_s * rng.uniform(0.8, 1.2))
            call.clock.advance(first + decode)
            is_cached = request.input_tokens > 1100 and rng.random() < 0.6
            cached = 1024 if is_cached and model.caches_by_itself else 0
        call.clock.advance(0.001)
        costs = cost_of(model, request.input_tokens, cached, request.output_tokens)
        return Completion(
            response_id,
            model.served_name,
            request.reply,
            request.input_tokens,
            cached,
            request.output_tokens,
            first + 0.001,
            costs["litellm.cost.total"],
        )


def _hash_of(text: str) -> int:
    """Return a stable number for a text, where an API key would be hashed."""
    return zlib.crc32(text.encode()) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF


def _request_attributes(call: _Call, model: Model) -> Attributes:
    request = call.request
    attributes: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.request.max_tokens": request.max_tokens,
        "gen_ai.request.stream": request.streamed,
        "gen_ai.system_instructions": request.system_json,
        "gen_ai.input.messages": request.messages_json,
        "server.address": model.host,
        "litellm.call_id": call.id,
        "litellm.call_type": "acompletion",
        "litellm.provider.model": model.name,
        "litellm.request.streaming": request.streamed,
        "litellm.request.route": request.group,
        "litellm.team.id": request.tenant,
        "litellm.cache_hit": False,
    }
    if request.user:
        attributes["litellm.end_user.id"] = request.user
    return attributes


def _response_attributes(request: ModelRequest, model: Model, completion: Completion) -> Attributes:
    attributes: Attributes = {
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": completion.model,
        "gen_ai.response.finish_reasons": [completion.reply.finish_reason],
        "gen_ai.usage.input_tokens": completion.input_tokens,
        "gen_ai.usage.output_tokens": completion.output_tokens,
        "gen_ai.output.messages": completion.reply.output_json,
    }
    if request.streamed:
        attributes["gen_ai.response.time_to_first_chunk"] = completion.first_chunk_s
    if completion.cached_tokens:
        attributes["gen_ai.usage.cache_read.input_tokens"] = completion.cached_tokens
    attributes.update(
        cost_of(model, completion.input_tokens, completion.cached_tokens, completion.output_tokens)
    )
    return attributes
