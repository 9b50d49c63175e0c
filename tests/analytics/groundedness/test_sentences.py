"""Where sentences begin and end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.groundedness.sentences import sentences


def cut(text: str) -> list[str]:
    """Return the sentences themselves."""
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It opens at 9. It closes at 5.", ["It opens at 9.", "It closes at 5."]),
        ("Dr. Ada Byron met Mr. J. Smith. They spoke.", ["Dr. Ada Byron met Mr. J. Smith.", "They spoke."]),
        ("It costs $3.50, i.e. 10 % more. See e.g. Fig. 2.", ["It costs $3.50, i.e. 10 % more.", "See e.g. Fig. 2."]),
        ("Open until 9 p.m. The bar stays open.", ["Open until 9 p.m.", "The bar stays open."]),
        ("Open until 9 p.m. Monday to Friday.", ["Open until 9 p.m. Monday to Friday."]),
        ("See https://a.example/x?y=1.2 for more. Bye.", ["See https://a.example/x?y=1.2 for more.", "Bye."]),
        ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
        ("It is so. [1] But not here.", ["It is so. [1]", "But not here."]),
        ("1. First thing\n2. Second thing", ["First thing", "Second thing"]),
        ("- a **bold** item\n- another.", ["a **bold** item", "another."]),
        ("Wrapped text goes\non in the next line. End.", ["Wrapped text goes\non in the next line.", "End."]),
        ("A heading\n\nA paragraph", ["A heading", "A paragraph"]),
        ("東京は首都です。人口は多い！", ["東京は首都です。", "人口は多い！"]),  # noqa: RUF001
        ("यह सच है। वह नहीं।", ["यह सच है।", "वह नहीं।"]),
        ("Run this:\n```\na = 1. B\nc()\n```\nDone.", ["Run this:", "```\na = 1. B\nc()\n```", "Done."]),
        ("Really? Yes! Sure…", ["Really?", "Yes!", "Sure…"]),
        ("version 2.0.1 is out", ["version 2.0.1 is out"]),
        ("...\n---", []),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_end_them(text: str, expected: list[str]) -> None:
    """Abbreviations, decimals, addresses, list numbers and wrapped lines end no sentence; other scripts' stops do."""
    assert cut(text) == expected


def test_a_very_long_sentence_is_cut_between_words() -> None:
    """A text without full stops comes in pieces of readable length, none of them in the middle of a word."""
    text = "word, " * 500
    pieces = cut(text)
    assert len(pieces) > 3
    assert all(len(piece) <= 600 for piece in pieces)
    assert {word for piece in pieces for word in piece.split()} == {"word,"}


@given(st.text(alphabet=st.sampled_from("aB1 .!?\n-*`。\"'[]()#"), max_size=200))
def test_spans_are_in_order_inside_and_lose_no_word(text: str) -> None:
    """Whatever the text, spans do not overlap, lie inside it and hold all its letters that mark no list item."""
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    held = "".join(text[start:end] for start, end in spans)
    assert held.count("B") >= text.count("B") - text.count(".") - text.count(")")


def test_a_text_of_nothing_but_space_is_cut_in_passing() -> None:
    """Millions of spaces take no longer than as many letters: nobody can hold up the evaluators with them."""
    assert cut(" " * 3_000_000 + "End.") == ["End."]
