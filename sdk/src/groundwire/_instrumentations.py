"""Switching on the instrumentations of LLM clients that an app has installed. None is written here.

Where several families instrument the same library, one is switched on, or every call would be
traced twice: OpenTelemetry's own first, as it speaks the conventions themselves, then
OpenInference's, then OpenLLMetry's. A library that the app has instrumented already is left alone.
"""

import logging
import os
from collections import defaultdict
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from groundwire._notices import LOGGER, failed
from groundwire._settings import Content

_GROUP: Final = "opentelemetry_instrumentor"

# What each is called by any of the families. `threading` carries the context into threads.
_LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "agno": (), "alephalpha": (), "anthropic": (), "autogen": ("autogen_agentchat",), "bedrock": (),
    "beeai": (), "chroma": ("chromadb",), "claude_agent_sdk": (), "cohere": (), "crewai": (), "dspy": (),
    "google_adk": (), "google_genai": ("google_generativeai", "genai"), "groq": (), "guardrails": (),
    "haystack": (), "instructor": (), "lancedb": ("lance",), "langchain": (), "langgraph": (),
    "litellm": (), "llama_index": ("llamaindex",), "marqo": (), "mcp": (), "milvus": ("pymilvus",),
    "mistralai": (), "ollama": (), "openai": ("openai_v2",), "openai_agents": (), "pinecone": (),
    "portkey": (), "qdrant": ("qdrant_client",), "replicate": (), "sagemaker": (), "smolagents": (),
    "strands": ("strands_agents",), "together": (), "transformers": (), "vertexai": (), "voyageai": (),
    "watsonx": (), "weaviate": ("weaviate_client",), "writer": (), "threading": (),
}  # fmt: skip
_LIBRARY_OF: Final = {
    name: library for library, others in _LIBRARIES.items() for name in (library, *others)
}


def switch_on() -> list[str]:
    """Switch on what is installed and not on yet; return the libraries that are traced by it."""
    found: dict[str, list[EntryPoint]] = defaultdict(list)
    for point in entry_points(group=_GROUP):
        library = _LIBRARY_OF.get(point.name.lower().replace("-", "_"))
        if library is not None:
            found[library].append(point)
    return [library for library, points in sorted(found.items()) if _switch_on(library, points)]


def _switch_on(library: str, points: list[EntryPoint]) -> bool:
    instrumentors = []
    for point in sorted(points, key=_preference):
        try:
            instrumentors.append((point, point.load()()))
        except Exception as error:  # noqa: BLE001, PERF203 - an instrumentation that does not load must not stop the app
            failed(f"loading the instrumentation {point.value}", error)
    if any(one.is_instrumented_by_opentelemetry for _, one in instrumentors):
        return False
    return any(_instrument(library, point, one) for point, one in instrumentors)


def _instrument(library: str, point: EntryPoint, instrumentor: Any) -> bool:
    """Switch one on; False where it does not fit what is installed."""
    try:
        instrumentor.instrument(raise_exception_on_conflict=True)
    except Exception as error:  # noqa: BLE001 - as above
        if type(error).__name__ != "DependencyConflictError":
            failed(f"switching on the instrumentation {point.value}", error)
        return False
    LOGGER.log(logging.DEBUG, "%s is traced by %s", library, point.value.partition(":")[0])
    return True


def _preference(point: EntryPoint) -> tuple[int, str]:
    """Order the families; OpenLLMetry's modules lie where OpenTelemetry's do, but for `genai` and `_v2`."""
    module = point.value.partition(":")[0]
    if module.startswith("openinference."):
        return 1, module
    ours = ".genai." in module or module.endswith(("_v2", ".threading", ".google_genai"))
    return (0 if ours else 2), module


def ask_for_content(content: Content) -> None:
    """Tell instrumentations, by their own switches, whether texts are wanted; what is set already stays."""
    wanted = content != "none"
    os.environ.setdefault(
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "SPAN_ONLY" if wanted else "NO_CONTENT",
    )
    if not wanted:
        os.environ.setdefault("TRACELOOP_TRACE_CONTENT", "false")
        os.environ.setdefault("OPENINFERENCE_HIDE_INPUTS", "true")
        os.environ.setdefault("OPENINFERENCE_HIDE_OUTPUTS", "true")
