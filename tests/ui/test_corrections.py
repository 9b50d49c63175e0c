from ui.detail.corrections import MOST_PIECES, difference


def test_shows_the_words_that_were_changed() -> None:
    """Words that both texts have stand once; what was taken out comes before what was put in."""
    assert difference("Refunds take five days.", "Refunds take up to ten days.") == [
        ("same", "Refunds take "),
        ("gone", "five"),
        ("new", "up to ten"),
        ("same", " days."),
    ]


def test_both_texts_can_be_read_from_the_difference() -> None:
    """Nothing of either text is lost, line ends and spaces included."""
    before, after = "One\n\n  two, three\nfour", "one\n two; three\nfour\n"

    changes = difference(before, after)

    assert changes is not None
    assert "".join(text for kind, text in changes if kind != "new") == before
    assert "".join(text for kind, text in changes if kind != "gone") == after


def test_a_long_text_is_compared_by_lines() -> None:
    """More words than can be matched quickly: whole lines are marked."""
    lines = [f"line {i} of a long answer\n" for i in range(500)]

    changes = difference("".join(lines), "".join([*lines[:499], "another end\n"]))

    assert changes is not None
    assert changes[1:] == [("gone", lines[499]), ("new", "another end\n")]


def test_does_not_compare_what_takes_too_long() -> None:
    """A text of very many lines is not compared at all."""
    assert difference("a\n" * (MOST_PIECES + 1), "b\n") is None
