"""What there is to compare in a window, and what one most likely wants to: the two newest versions of a prompt."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from analytics.comparison.compare import By, Sides
from storage.client import Engine
from storage.outcomes import Where
from storage.scope import Scope
from storage.variants import Variant, models, prompt_versions

_NUMBERED: Final = re.compile(r"[vV]?(\d{1,9}(?:\.\d{1,9})*)")


def variants(engine: Engine, scope: Scope, where: Where, by: By) -> list[Variant]:
    """Return the prompt versions or models of a window, the most used first. Raises as `storage.variants`."""
    return (models if by == "model" else prompt_versions)(engine, scope, where)


def side_of(variant: Variant) -> str:
    """Return how a comparison names a version or model."""
    return f"{variant.prompt_name}@{variant.name}" if variant.prompt_name else variant.name


def usual_sides(by: By, known: Sequence[Variant]) -> Sides | None:
    """Return what to compare where nobody says: None where there are no two.

    Of prompts, the version before the newest with the newest, of the prompt that most traces with one of several
    versions used. Of models, the most used one with the next.
    """
    if by == "model":
        return Sides(by, side_of(known[0]), side_of(known[1])) if len(known) > 1 else None
    versions = _most_used(known)
    if len(versions) < 2:
        return None
    before, newest = in_order(versions)[-2:]
    return Sides(by, side_of(before), side_of(newest))


def in_order(versions: Sequence[Variant]) -> list[Variant]:
    """Return the versions of a prompt, the oldest first: by their numbers where all have one, else as they appeared."""
    numbers = [_NUMBERED.fullmatch(one.name) for one in versions]
    if not all(numbers):
        return sorted(versions, key=lambda one: (one.first_ns, one.name))
    placed = [
        ([int(part) for part in number[1].split(".")], one)
        for number, one in zip(numbers, versions, strict=True)
        if number
    ]
    return [one for _, one in sorted(placed, key=lambda pair: (pair[0], pair[1].name))]


def _most_used(known: Iterable[Variant]) -> list[Variant]:
    """Return the versions of the prompt that most traces used, of those with more than one version."""
    prompts: dict[str, list[Variant]] = {}
    for one in known:
        prompts.setdefault(one.prompt_name, []).append(one)
    several = [versions for versions in prompts.values() if len(versions) > 1]
    return max(several, key=lambda versions: sum(one.traces for one in versions), default=[])
