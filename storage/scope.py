"""Whose data a question is about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The project whose rows a question may see. `query.run` adds it; no caller can widen it."""

    project: str
