"""The conventions table, and the page that is written from it."""

from collections import Counter
from pathlib import Path

import pytest

from storage import conventions
from storage.conventions import EVIDENCE, HINTS, OPERATIONS, fields
from storage.conventions_page import page
from storage.normalise import placeholders

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conventions.md"


def test_page_is_up_to_date() -> None:
    """The reference page says what the table says: `python -m storage.conventions_page` writes it."""
    assert PAGE.read_text() == page()


def test_a_key_feeds_one_field() -> None:
    """No attribute key is a source of two fields, or twice of one."""
    keys = Counter(source for field in fields() for source in field.sources)
    assert [key for key, times in keys.items() if times > 1] == []


def test_a_key_of_two_fields_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A table that claims a key twice does not load, and says which."""
    (tmp_path / "conventions.toml").write_text(
        '[[field]]\ncolumn = "a"\nkind = "text"\ndoc = ""\nsources = ["k"]\n'
        '[[field]]\ncolumn = "b"\nkind = "text"\ndoc = ""\nsources = ["k"]\n'
    )
    monkeypatch.setattr(conventions, "files", lambda _package: tmp_path)
    with pytest.raises(ValueError, match="k is a source of both a and b"):
        conventions.fields.__wrapped__()


def test_fields_fit_their_codes() -> None:
    """Priorities and field numbers stay within the bits that the generated SQL gives them."""
    assert len(fields()) < 2**10
    assert max(len(field.sources) for field in fields()) < 2**6


def test_names_are_compared_in_lower_case() -> None:
    """What emitters call operations and kinds is looked up in lower case, so the tables hold nothing else."""
    assert [name for name in (*OPERATIONS, *HINTS) if name != name.lower()] == []


def test_every_placeholder_is_text() -> None:
    """What is put into views is SQL, with the keys of the table in it."""
    assert all(isinstance(sql, str) and sql for sql in placeholders().values())
    assert all(f"'{key}'" in placeholders()["codes"] for keys in EVIDENCE.values() for key in keys)
