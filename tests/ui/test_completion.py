"""What a filter bar offers."""

import pytest

from storage.suggestions import FieldInfo
from ui import completion
from ui.completion import Place, place_at

MODEL = FieldInfo("model", "text", "The model.", 'model = "x"', of_trace=True, of_span=True)
DURATION = FieldInfo(
    "duration", "duration", "How long.", "duration > 5s", of_trace=True, of_span=True
)
USER_MODEL = FieldInfo("user_model", "text", "Another.", "", of_trace=True, of_span=False)
FIELDS = [DURATION, MODEL, USER_MODEL]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", Place("field", 0, "")),
        ("mod", Place("field", 0, "mod")),
        ("model ", Place("operator", 6, "", "model")),
        ("model !", Place("operator", 6, "!", "model")),
        ("model =", Place("value", 7, "", "model")),
        ("model = gp", Place("value", 8, "gp", "model")),
        ('model = "gpt 4', Place("value", 8, '"gpt 4', "model")),
        ('model = "gpt-4o" ', Place("connective", 17, "")),
        ('model = "gpt-4o" an', Place("connective", 17, "an")),
        ("error and ", Place("field", 10, "")),
        ("(not dur", Place("field", 5, "dur")),
        ('model in ("a", "b', Place("value", 15, '"b', "model")),
        ("model in (", Place("value", 10, "", "model")),
        ('model in ("a") ', Place("connective", 15, "")),
        ('attr["htt', Place("attribute", 0, 'attr["htt')),
        ('error and attr["http.route"] ', Place("operator", 29, "", 'attr["http.route"]')),
        ('attr["http.route"] = "/c', Place("value", 21, '"/c', 'attr["http.route"]')),
    ],
)
def test_knows_what_belongs_at_the_caret(text: str, place: Place) -> None:
    """Field, operator, value, connective or attribute, by what stands before."""
    assert place_at(text, len(text)) == place


def test_looks_only_at_what_stands_before_the_caret() -> None:
    """Editing in the middle completes there."""
    assert place_at("mo = 3 and error", 2) == Place("field", 0, "mo")


def test_fields_that_begin_with_the_word_come_first() -> None:
    """A field that only contains what was typed is offered after those that start with it."""
    assert [c.label for c in completion.field_candidates(FIELDS, "mod")] == ["model", "user_model"]


def test_operators_fit_the_field() -> None:
    """A duration is compared by size, a text also by pattern."""
    assert "~" not in [c.label for c in completion.operator_candidates(FIELDS, "duration", "")]
    assert "~" in [c.label for c in completion.operator_candidates(FIELDS, "model", "")]


def test_values_are_quoted_so_that_they_mean_themselves() -> None:
    """Quotes and backslashes in a value do not end it."""
    (candidate,) = completion.value_candidates([('a "b" \\c', 1200)])

    assert candidate.text == '"a \\"b\\" \\\\c" '
    assert completion.unquoted(candidate.text.rstrip()[:-1]) == 'a "b" \\c'
    assert candidate.detail == "1,200 times"
