"""What is compared where nobody says."""

import pytest

from analytics.comparison.compare import By, Sides
from analytics.comparison.sides import in_order, usual_sides
from storage.variants import Variant


def variant(name: str, traces: int = 1, *, prompt: str = "", first: int = 0) -> Variant:
    """Return a version or model."""
    return Variant(prompt_name=prompt, name=name, traces=traces, first_ns=first, last_ns=first)


def test_the_newest_versions_of_the_most_used_prompt() -> None:
    """Of the prompt with the most traces that has several versions, the last two by number: 10 comes after 9."""
    known = [
        variant("1", 900, prompt="alone"),
        variant("8", 100, prompt="answer"),
        variant("9", 60, prompt="answer"),
        variant("2", 70, prompt="triage"),
        variant("1", 80, prompt="triage"),
        variant("10", 3, prompt="answer"),
    ]

    assert usual_sides("prompt_version", known) == Sides("prompt_version", "answer@9", "answer@10")


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        (["v10", "v9", "v9.2"], ["v9", "v9.2", "v10"]),
        (["2024-b", "2023-z"], ["2024-b", "2023-z"]),
        (["10", "draft"], ["10", "draft"]),
    ],
)
def test_versions_without_numbers_are_in_the_order_of_their_first_traces(
    names: list[str], ordered: list[str]
) -> None:
    """Numbers decide where all have one; names that are none say nothing of time."""
    found = in_order([variant(name, first=place) for place, name in enumerate(names)])

    assert [one.name for one in found] == ordered


def test_the_most_used_models() -> None:
    """Of models, the one with the most traces is the baseline and the next the candidate."""
    known = [variant("large", 80), variant("small", 20), variant("tiny", 1)]

    assert usual_sides("model", known) == Sides("model", "large", "small")


@pytest.mark.parametrize("by", ["model", "prompt_version"])
def test_one_is_not_enough(by: By) -> None:
    """With one version of each prompt, or one model, there is nothing to compare."""
    assert usual_sides(by, [variant("7", prompt="a")]) is None
    assert usual_sides(by, []) is None
