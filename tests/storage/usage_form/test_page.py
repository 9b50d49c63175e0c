"""The published tables are the ones that the code and the tests use."""

from tests.storage.usage_form.page import PAGE, with_tables


def test_the_page_has_the_tables_of_today() -> None:
    """The page lists every case and every known emitter: `python -m tests.storage.usage_form.page` writes them."""
    page = PAGE.read_text()
    assert with_tables(page) == page
