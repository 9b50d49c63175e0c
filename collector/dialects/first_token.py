"""Time to the first token, from instrumentations that tell it by a span event only.

OpenInference marks the first chunk of a stream, OpenLLMetry every chunk; neither writes the figure.
"""

from typing import Any, Final

from collector.dialects.attributes import Attributes

TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
"""Seconds."""

EVENTS: Final = frozenset({
    "First Token Stream Event",
    "gen_ai.content.completion.chunk",
    "llm.content.completion.chunk",
})  # fmt: skip


def rewrite(span: Any, attributes: Attributes) -> None:
    """Set the seconds from the start of the span to the first event that tells of a token."""
    times = [event.time_unix_nano for event in span.events if event.name in EVENTS]
    # A clock that was set back in between tells nothing.
    if times and min(times) >= span.start_time_unix_nano > 0:
        attributes.offer(TIME_TO_FIRST_CHUNK, (min(times) - span.start_time_unix_nano) / 1e9)
