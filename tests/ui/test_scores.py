import pytest

from storage.evaluations import NameInfo, Score
from tests.ui.samples import text_of
from ui import scores


def known(name: str, evaluations: int, by_people: int = 0, kind: str = "number") -> NameInfo:
    """Return a name of evaluations."""
    return NameInfo(
        name=name, evaluations=evaluations, by_people=by_people, kind=kind, sources=["human"]
    )


def test_the_commonest_judgement_of_people_is_shown_at_first() -> None:
    """Every name can be a column; the one that is shown unasked is the commonest that people give."""
    columns = scores.columns(
        [known("grounded", 900), known("user_feedback", 30, 30), known("tone", 20, 20)]
    )

    assert [column["name"] for column in columns] == ["grounded", "user_feedback", "tone"]
    assert [column["name"] for column in columns if column["usual"]] == ["user_feedback"]


def test_an_odd_name_is_quoted_in_filters_and_columns() -> None:
    """A name with spaces, quotes or commas makes a valid filter, and an id that a list of columns can hold."""
    (column,) = scores.columns([known('tone, "own" words', 1)])

    assert column["field"] == 'evaluation["tone, \\"own\\" words"]'
    assert "," not in column["id"]
    assert column["sort"] == 'evaluation.tone, "own" words'
    assert scores.field("user_feedback") == "evaluation.user_feedback"


@pytest.mark.parametrize(
    ("name", "kind", "score", "label", "said"),
    [
        ("user_feedback", "boolean", 0.0, "thumbs_down", "bad"),
        ("resolved", "boolean", 1.0, "", "yes"),
        ("grounded", "number", 0.81234, "partly", "0.812 partly"),
        ("words", "number", 12345.6, "", "12\u2009346"),
        ("tone", "category", None, "friendly", "friendly"),
        ("note", "text", None, "", "\u2013"),
    ],
)
def test_a_value_is_said_in_a_word(
    name: str, kind: str, score: float | None, label: str, said: str
) -> None:
    """Thumbs are good or bad, other booleans yes or no, numbers have three digits, categories their label."""
    assert scores.said(name, kind, score, label) == said


def test_several_votes_are_told_as_a_share() -> None:
    """The mark of a turn that three people judged says how many of them found it good."""
    mark = scores.mark("review", Score("boolean", 2 / 3, "", 3, ["human"]))

    assert text_of(mark) == "review 67%"
    assert mark.title == "3 evaluations"  # type: ignore[attr-defined]
