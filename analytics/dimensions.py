"""What is known of traces that may explain how they came out, as columns of codes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np

from analytics.strata import Codes
from storage.outcomes import Outcomes

_HOUR_NS: Final = 3600 * 10**9
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LENGTHS: Final = (
    (250, "under 250"),
    (1000, "250 to 1,000"),
    (4000, "1,000 to 4,000"),
    (16000, "4,000 to 16,000"),
)
_LONGEST: Final = "16,000 and more"
_TURNS: Final = ((1, "1"), (2, "2"), (5, "3 to 5"))
_LATER: Final = "6 and later"

FIELDS: Final[Mapping[str, str]] = {
    "tenant_id": "tenant_id",
    "feature": "feature",
    "environment": "environment",
}
"""Dimensions whose value is that of a field of the filter language."""


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that is known of each trace. `values[codes[i]]` is that of trace i; '' is not known."""

    codes: Codes
    values: Sequence[str]


def column(values: Sequence[str]) -> Column:
    """Return a column of these values, one a trace."""
    names = sorted(set(values))
    places = {name: place for place, name in enumerate(names)}
    return Column(np.fromiter((places[v] for v in values), np.int64, len(values)), names)


def columns_of(rows: Outcomes) -> dict[str, Column]:
    """Return what is known of traces. What explains most stands first: in this order things are held equal."""
    hours = [start // _HOUR_NS for start in rows.start_ns]
    return {
        "feature": column(rows.feature),
        "prompt_version": column(prompts(rows)),
        "model": column(rows.model),
        "tenant_id": column(rows.tenant_id),
        "environment": column(rows.environment),
        "input_length": column([_length(tokens) for tokens in rows.tokens_a_call]),
        "turn": column([_turn(turn) for turn in rows.turn]),
        "hour": column([f"{hour % 24:02d}" for hour in hours]),
        # 1970 began on a Thursday.
        "weekday": column([_DAYS[(hour // 24 + 3) % 7] for hour in hours]),
    }


def prompts(rows: Outcomes) -> list[str]:
    """Return the version of each trace's prompt as name@version: versions of two prompts have nothing in common."""
    return [
        f"{name}@{version}" if name and version else version
        for name, version in zip(rows.prompt_name, rows.prompt_version, strict=True)
    ]


def filter_of(values: Mapping[str, str]) -> str:
    """Return the filter that finds a segment's traces, '' where the filter language has no word for it."""
    parts = [_compared(name, value) for name, value in values.items()]
    return "" if "" in parts else " and ".join(parts)


def _compared(name: str, value: str) -> str:
    if name in FIELDS:
        return f"{FIELDS[name]} = {quoted(value)}"
    if name == "model":
        return " and ".join(f"chat_model = {quoted(model)}" for model in value.split(" + "))
    if name == "prompt_version":
        prompt, _, version = value.rpartition("@")
        named = f"prompt_name = {quoted(prompt)} and " if prompt else ""
        return f"{named}prompt_version = {quoted(version)}"
    return ""


def quoted(text: str) -> str:
    """Return a text as the filter language writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _length(tokens: int) -> str:
    if tokens == 0:
        return ""
    return next((name for below, name in _LENGTHS if tokens < below), _LONGEST)


def _turn(turn: int) -> str:
    if turn == 0:
        return ""
    return next((name for up_to, name in _TURNS if turn <= up_to), _LATER)


def day_of(start_ns: int) -> str:
    """Return the day in UTC on which something started."""
    return datetime.fromtimestamp(start_ns // 10**9, UTC).date().isoformat()
