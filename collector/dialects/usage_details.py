"""Usage that is JSON in an attribute of its own, whatever else the span speaks.

`gen_ai.usage.raw` is the provider's usage object as Logfire keeps it, `ai.response.usage` the AI SDK's. The details of
one side come as `gen_ai.usage.prompt_tokens_details` and `gen_ai.usage.completion_tokens_details`. What the span tells
in attributes of its own is not overwritten.
"""

from typing import Any

from collector.dialects.attributes import Attributes
from collector.dialects.usage import details_of, usage_of
from collector.dialects.values import as_object

_WHOLE = ("gen_ai.usage.raw", "ai.response.usage")
_GIVEN = "gen_ai.usage.prompt_tokens_details"
_MADE = "gen_ai.usage.completion_tokens_details"

MARKERS = (*_WHOLE, _GIVEN, _MADE)


def rewrite(_span: Any, attributes: Attributes) -> None:
    """Lift the counts; the objects stay, they may hold others."""
    for key in _WHOLE:
        usage = as_object(attributes.get(key))
        if usage:
            usage_of(usage).offer(attributes)
    given, made = as_object(attributes.get(_GIVEN)), as_object(attributes.get(_MADE))
    if given or made:
        details_of({}, given, made).offer(attributes)
