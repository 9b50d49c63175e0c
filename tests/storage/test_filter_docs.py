"""The documentation of filters is complete and true."""

import re
from pathlib import Path

import pytest

from storage import filters
from storage.fields import fields

DOCS = (Path(__file__).parents[2] / "docs" / "reference" / "filters.md").read_text()


@pytest.mark.parametrize("name", list(fields()))
def test_every_field_is_documented(name: str) -> None:
    """A field stands in the table with its other names, its type, and of what it is."""
    field = fields()[name]
    (row,) = re.findall(rf"^\| `{name}` \|.*$", DOCS, re.MULTILINE)
    assert all(f"`{alias}`" in row for alias in field.aliases)
    assert field.doc in row
    assert f"| {'text' if field.type == 'list' else field.type} |" in row
    columns = (("trace", field.trace), ("span", field.span), ("call", field.call))
    owners = [word for word, column in columns if column]
    assert f"| {', '.join(owners)} |" in row


def test_no_other_field_is_documented() -> None:
    """The table has nothing that is not a field."""
    table = DOCS.split("## Fields", 1)[1].split("\n# ", 1)[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(fields())


def test_the_examples_are_understood() -> None:
    """Each example at the top is a filter."""
    examples = re.findall(r"^    (.+)$", DOCS, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        assert filters.predicate(example, "trace").sql


def test_the_examples_of_evaluations_are_understood() -> None:
    """Each filter in docs/evaluate.md is one, on traces, spans and sessions."""
    page = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text()
    examples = re.findall(r"^    ((?:evaluation|feedback).+)$", page, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        for target in ("trace", "span", "session"):
            assert filters.predicate(example, target).sql
