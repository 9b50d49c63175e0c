"""Filters that find the traces behind a figure of guardrails."""

from typing import Final

from analytics.dimensions import quoted
from analytics.guardrails.patterns import Pattern
from analytics.guardrails.trips import TripRate

_FIELDS: Final = {"tenant_id": "tenant_id", "feature": "feature", "model": "chat_model"}


def of_trips(found: TripRate, by: str | None = None) -> str:
    """Return the filter for the traces in which a guardrail tripped; of one value, where rates are told apart."""
    if found.source == "app":
        tripped = f"guardrail_trip = {quoted(found.guardrail)}"
    else:
        tripped = f'evaluation."{found.guardrail}" = "found"'
    if not by:
        return tripped
    field = _FIELDS[by]
    value = f"{field} = {quoted(found.value)}" if found.value else f"not {field} exists"
    return f"{tripped} and {value}"


def of_pattern(pattern: Pattern) -> str:
    """Return the filter for the newest traces of a pattern, up to 100."""
    return f"trace_id in ({', '.join(pattern.newest)})"
