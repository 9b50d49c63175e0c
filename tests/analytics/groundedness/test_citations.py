"""Citations, checked against the contexts that they name."""

import pytest

from analytics.groundedness.citations import citations, figures
from analytics.groundedness.parts import parts
from analytics.groundedness.passages import Passages

_CONTEXTS = (
    "Refunds take fourteen days to arrive.",
    "Returns are free within thirty days of delivery.",
)


def cited(answer: str, ids: tuple[str, ...] = ()) -> list[tuple[str, int | None, bool]]:
    """Return name, context and hit of each citation."""
    found = citations(answer, parts(answer), Passages(_CONTEXTS), len(_CONTEXTS), ids)
    return [(citation.named, citation.context, citation.hit) for citation in found]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Refunds take fourteen days [1].", [("1", 0, True)]),
        ("Refunds take fourteen days [2].", [("2", 1, False)]),
        ("Refunds take fourteen days [3].", [("3", None, False)]),
        ("Refunds take fourteen days [0]. Returns are free [1].", [("0", 0, True), ("1", 1, True)]),
        ("Refunds take fourteen days. [1, 2]", [("1", 0, True), ("2", 1, False)]),
        ("Refunds take fourteen days (Passage 1).", [("1", 0, True)]),
        ("Refunds take fourteen days 【1】.", [("1", 0, True)]),
        ("Refunds take fourteen days [1-2].", [("1", 0, True), ("2", 1, False)]),
        ("Refunds take fourteen days (in 2024).", []),
    ],
)
def test_a_citation_hits_where_the_named_context_says_it(
    answer: str, expected: list[tuple[str, int | None, bool]]
) -> None:
    """Numbers from one or zero, ranges and words in brackets are citations; they hit where that context says it."""
    assert cited(answer) == expected


def test_contexts_are_cited_by_their_ids() -> None:
    """Where ids of contexts are known, a bracket that holds one cites it."""
    ids = ("faq-7", "policy-12")
    assert cited("Returns are free within thirty days [policy-12].", ids) == [
        ("policy-12", 1, True)
    ]


def test_two_contexts_that_say_the_same_both_hit() -> None:
    """A chunk retrieved twice may be cited by either number."""
    answer = "Refunds take fourteen days [2]."
    twice = (_CONTEXTS[0], _CONTEXTS[0])
    (found,) = citations(answer, parts(answer), Passages(twice), 2)
    assert found.hit


def test_figures_count_citations_hits_and_claims_without() -> None:
    """Counts stand beside the verdict; an answer that cites nothing has none."""
    answer = "Refunds take fourteen days [1]. Returns are free [9]. Delivery is quick."
    found = citations(answer, parts(answer), Passages(_CONTEXTS), 2)
    assert figures(found, parts(answer)) == {
        "citations": 2, "citations_existing": 1, "citation_hits": 1, "claims_uncited": 1,
    }  # fmt: skip
    assert figures([], parts(answer)) == {}
