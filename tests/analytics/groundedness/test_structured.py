"""JSON as a context."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.groundedness.structured import statements

_PLACE = {
    "name": "Blue Door",
    "hours": {"Monday": "17:30-23:0", "Tuesday": "17:30-23:0", "Sunday": "0:0-0:0"},
    "attributes": {
        "OutdoorSeating": False,
        "WiFi": "free",
        "Music": None,
        "Parking": {"lot": True},
    },
    "reviews": [{"stars": 4.0, "text": "Lovely food.\nA little loud on Fridays. " * 6}],
}


@pytest.mark.parametrize("write", [json.dumps, str, lambda value: json.dumps(value, indent=2)])
def test_json_says_what_its_fields_say(write: object) -> None:
    """Keys become words, equal values stand together, hours are as people write them; Python's print is read too."""
    text = write(_PLACE)  # type: ignore[operator]
    said = [statement.text for statement in statements(text)]
    assert "name: Blue Door" in said
    assert "hours: monday, tuesday 5:30 PM to 11 PM; sunday closed or open 24 hours" in said
    assert "attributes: outdoor seating no; wi fi free; music unknown" in said
    assert "attributes: parking: lot yes" in said
    assert "reviews: stars 4.0" in said


def test_long_texts_in_json_keep_their_places() -> None:
    """A review is prose: as long as the characters that it stands for, escapes and all."""
    text = json.dumps(_PLACE)
    (prose,) = [statement for statement in statements(text) if statement.prose]
    assert len(prose.text) == prose.end - prose.start
    assert text[prose.start :].startswith("Lovely food.\\nA little")
    assert prose.text.startswith("Lovely food.\n A little")


@pytest.mark.parametrize(
    "text", ["", "plain text", "[1] cites", "{not json", '{"a": 1} and more', "[" * 100]
)
def test_what_is_no_json_says_nothing(text: str) -> None:
    """Prose that begins with a bracket, broken JSON and nesting without end are left to the reader of prose."""
    assert statements(text) == []


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_statements_lie_inside_their_text(value: object) -> None:
    """Whatever JSON comes, what is said of it stands in it."""
    text = json.dumps(value)
    for statement in statements(text):
        assert 0 <= statement.start <= statement.end <= len(text)
