"""Request parameters that dialects keep in one JSON object, as GenAI attributes of their own."""

from collector.dialects.attributes import Attributes
from collector.dialects.usage import number_of
from collector.dialects.values import Json, Object, as_text

_FRACTIONS = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
}
_COUNTS = {
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "top_k": "gen_ai.request.top_k",
    "seed": "gen_ai.request.seed",
    "n": "gen_ai.request.choice.count",
}
_MODEL = "gen_ai.request.model"
_SERVICE_TIER = "gen_ai.request.service_tier"


def offer_parameters(attributes: Attributes, parameters: Object) -> None:
    """Set the parameters that GenAI names; the object itself stays, it may hold others."""
    for name, value in parameters.items():
        if name in _FRACTIONS:
            attributes.offer(_FRACTIONS[name], number_of(value))
        elif name in _COUNTS:
            attributes.offer(_COUNTS[name], _whole(value))
    attributes.offer(_MODEL, as_text(parameters.get("model")) or None)
    attributes.offer(_SERVICE_TIER, as_text(parameters.get("service_tier")) or None)
    stops = parameters.get("stop")
    stops = [stops] if isinstance(stops, str) and stops else stops
    if isinstance(stops, list) and stops:
        attributes.offer("gen_ai.request.stop_sequences", stops)
    if parameters.get("stream") is True:
        attributes.offer("gen_ai.request.stream", True)


def _whole(value: Json) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and number == int(number) else None
