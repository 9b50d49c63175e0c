"""What the model reads."""

from analytics.groundedness.parts import parts
from analytics.groundedness.passages import Passages
from analytics.groundedness.reader import WEIGHTS
from analytics.groundedness.windows import (
    MOST_ANSWER,
    MOST_EVIDENCE,
    MOST_QUESTION,
    Tokens,
    windows,
)

_TOKENS = Tokens(WEIGHTS / "tokenizer.json")
_ANSWER = " ".join(
    f"Room {number} holds {number + 3} paintings of the sea and its many ships."
    for number in range(40)
)


def test_every_part_is_read_once_and_windows_stay_small() -> None:
    """A long answer is read in several windows, each part whole and in one of them."""
    found = parts(_ANSWER)
    made = windows(
        _TOKENS, "How many paintings? " * 20, Passages((_ANSWER, "Other text. " * 400)), found
    )
    assert [index for window in made for index, _, _ in window.parts] == list(range(len(found)))
    assert len(made) > 1
    assert all(
        len(window.ids) <= MOST_ANSWER + MOST_EVIDENCE + MOST_QUESTION + 4 for window in made
    )


def test_the_evidence_read_is_what_the_answer_speaks_of() -> None:
    """Of many sentences the one that tells of the claim is in the window, wherever it stands."""
    contexts = [f"Filler number {number} about shipping lanes and cargo." for number in range(300)]
    contexts.insert(170, "The lighthouse keeper is called Marjorie Quill.")
    found = parts("The keeper of the lighthouse was Marjorie Quill.")
    (window,) = windows(_TOKENS, "", Passages(contexts), found)
    wanted = _TOKENS.ids("Marjorie Quill")
    evidence = window.ids[: window.answer_from]
    assert any(tuple(evidence[at : at + len(wanted)]) == wanted for at in range(len(evidence)))


def test_tokens_stand_for_the_characters_of_the_answer() -> None:
    """The characters of a window's tokens spell the answer, so that what is unsupported can be marked."""
    answer = "Naïve café: 12 km. Ends here."
    (window,) = windows(_TOKENS, "", Passages(("Naïve café text.",)), parts(answer))
    spelled = [answer[start:end] for start, end in window.characters]
    assert spelled[:2] == ["Naïve", "café"]
    assert "".join(spelled) == answer.replace(" ", "")
