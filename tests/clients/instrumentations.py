"""Instrumentations of the OpenAI client that exist on PyPI, and what each leaves to be desired."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Instrumentation:
    """One way to instrument: a snippet of the guide, and what it leaves to be desired."""

    snippet: str
    settings: tuple[str, ...] = ()
    names: tuple[str, str, str] = (
        "chat gpt-4.1-mini",
        "embeddings text-embedding-3-small",
        "chat gpt-4.1-mini",
    )
    """Span names of chat, embeddings and responses."""
    kind: str = "client"
    error_type: str = "openai.NotFoundError"
    tells_response_id: bool = True
    streams_reasoning: bool = True
    embedded_texts: str = ""
    """Where the texts that were embedded stand, if it sends them."""
    system_apart: bool = False
    """Whether the instructions of the Responses API are no message."""


INSTRUMENTATIONS: Final = {
    "openinference": Instrumentation(
        "use_openinference",
        names=("ChatCompletion", "CreateEmbeddings", "Response"),
        kind="internal",
        tells_response_id=False,
        embedded_texts="input",
    ),
    "openllmetry": Instrumentation(
        "use_openllmetry",
        names=("openai.chat", "openai.embeddings", "openai.response"),
        error_type="NotFoundError",
        streams_reasoning=False,
        embedded_texts="input_messages",
    ),
    "opentelemetry": Instrumentation("use_opentelemetry", ("content.env",), system_apart=True),
    "opentelemetry events": Instrumentation(
        "use_opentelemetry_events", ("events.env",), system_apart=True
    ),
}
