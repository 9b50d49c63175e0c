"""What two groups of traces can be told apart by in a comparison: prompt versions, and models that answered."""

from dataclasses import dataclass
from typing import Final

from storage.client import Engine
from storage.outcomes import Where
from storage.query import load, run
from storage.scope import Scope
from storage.traces import where_of
from storage.window import Slice

MAX_VARIANTS: Final = 500
"""Versions or models that are told, the most used ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A prompt version or a model, and the traces of a window that had it."""

    prompt_name: str
    """'' where the version's prompt has no name, and for models."""
    name: str
    traces: int
    first_ns: int
    """When the first of these traces began, in nanoseconds since 1970."""
    last_ns: int


def prompt_versions(engine: Engine, scope: Scope, where: Where) -> list[Variant]:
    """Return the prompt versions of a window, the most used first.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable, as both of these.
    """
    return _variants(engine, scope, where, "prompt_versions")


def models(engine: Engine, scope: Scope, where: Where) -> list[Variant]:
    """Return the models that answered in a window, the most used first."""
    return _variants(engine, scope, where, "models")


def _variants(engine: Engine, scope: Scope, where: Where, question: str) -> list[Variant]:
    part = Slice(where.window.start_ns, where.window.end_ns)
    result = run(
        engine, scope, load(f"variants/{question}"),
        where=where_of(engine, scope, part, where.q, where.filter),
        start_ns=part.start_ns, end_ns=part.end_ns, limit=MAX_VARIANTS,
    )  # fmt: skip
    return [
        Variant(prompt_name=prompt, name=name, traces=traces, first_ns=first, last_ns=last)
        for prompt, name, traces, first, last in result.result_rows
    ]
