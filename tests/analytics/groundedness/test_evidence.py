"""Evidence of a claim, and what of the claim it does not say."""

import pytest

from analytics.groundedness.evidence import conflicts_of, evidence_of
from analytics.groundedness.parts import kind_of, parts
from analytics.groundedness.passages import Passages

_CONTEXTS = (
    "The museum opened on 3 May 1998. It was founded by Ada Byron in Leeds.",
    "Entry costs 1,200 yen. Dogs are not allowed inside the museum. Twelve rooms are open.",
)


def test_evidence_is_the_sentence_that_says_it() -> None:
    """A claim points at the context and the characters that hold most of it."""
    (part,) = parts("Dogs may not come inside the museum.")
    found = evidence_of(part, Passages(_CONTEXTS))
    assert found is not None
    assert (
        _CONTEXTS[found.context][found.start : found.end]
        == "Dogs are not allowed inside the museum."
    )


def test_a_claim_of_something_else_has_no_evidence() -> None:
    """Where nothing comes near, no evidence is shown."""
    (part,) = parts("Penguins swim quickly.")
    assert evidence_of(part, Passages(_CONTEXTS)) is None


@pytest.mark.parametrize(
    ("claim", "conflicts"),
    [
        ("The museum was founded by Ada Byron.", ()),
        ("The museum was founded by Grace Hopper in Leeds.", ("name Grace Hopper",)),
        ("Entry costs 1200 yen.", ()),
        ("Entry costs 1,300 yen.", ("number 1300",)),
        ("There are 12 open rooms.", ()),
        ("The museum opened on May 3rd, 1998.", ()),
        ("The museum opened on May 13, 1998.", ("date May 13",)),
        ("Dogs are allowed inside the museum.", ("negation",)),
        ("Entry costs 1200 yen [7].", ()),
    ],
)
def test_conflicts_name_what_no_context_says(claim: str, conflicts: tuple[str, ...]) -> None:
    """Numbers, dates, names and negations that disagree are named; other spellings and citations are no conflict."""
    (part,) = parts(claim)
    assert conflicts_of(part, Passages(_CONTEXTS)) == conflicts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Based on the given passages, here are the steps:", "frame"),
        ("I hope this helps!", "frame"),
        ("The passages do not mention a price.", "no_answer"),
        ("Unable to answer based on given passages.", "no_answer"),
        ("I'm sorry, but I cannot find that in the documents.", "no_answer"),
        ("Would you like to know more?", "question"),
        ("Dogs are not allowed.", "claim"),
        ("The museum is open: come in.", "claim"),
    ],
)
def test_parts_of_an_answer_are_told_apart(text: str, kind: str) -> None:
    """Frames, questions and saying that the contexts do not tell are no claims."""
    assert kind_of(text) == kind
