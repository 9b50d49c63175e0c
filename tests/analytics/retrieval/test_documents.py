"""Documents that were given and not used, and those that made-up claims come nearest to."""

from datetime import UTC, datetime, timedelta

import pytest

from storage import retrieval
from storage.outcomes import Where
from storage.retrieval import Document, Order, title_of
from storage.window import Window
from tests.analytics.retrieval.retrievals import Found, claim, judge, retrieve
from tests.analytics.savings.stored import price_calls
from tests.world import World

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
WHERE = Where(Window(NOON, NOON + timedelta(hours=4)))
A = Found("a", "Refunds take five working days.", more={"metadata": {"title": "Refunds"}})
B = Found("b", "Parcels are sent from Rotterdam every weekday evening.", more={"title": "Parcels"})
C = Found("c", "Passwords are reset on the sign-in page.")


def documents(world: World, order: Order) -> list[Document]:
    """Return the documents of the window."""
    return retrieval.documents(world.engine, world.scope, WHERE, order)


def test_documents_that_no_answer_rests_on(world: World) -> None:
    """Those never used come with what it took to send them: tokens, and what an input token of the trace came to."""
    one = retrieve(world, [A, B])
    two = retrieve(world, [C, A, B], at_s=60)
    retrieve(world, [B], at_s=120)
    world.save()
    price_calls(world.engine, world.scope.project)
    judge(world, one, claim(0.9, 0), probability=0.5)
    judge(world, two, claim(0.9, 1))

    unused = documents(world, "unused")

    assert [(d.name, d.title, d.traces, d.judged) for d in unused] == [
        ("b", "Parcels", 3, 2),
        ("c", "", 1, 1),
    ]
    parcels = unused[0]
    assert parcels.tokens == -(-len(B.text) // 4)
    assert (parcels.judged_weight, parcels.wasted_tokens) == (3.0, 3.0 * parcels.tokens)
    # gpt-4o's list price: 2.50 USD for a million tokens of input.
    assert parcels.wasted_usd == pytest.approx(parcels.wasted_tokens * 2.5e-6)
    assert (parcels.unpriced, parcels.unused_in) == (0, [two, one])
    assert parcels.mean_rank == pytest.approx((2 + 3 + 1) / 3)
    assert [d.name for d in documents(world, "retrieved")] == ["b", "a", "c"]


def test_documents_near_what_is_not_supported(world: World) -> None:
    """Claims that are not supported count for the document they come nearest to; those at odds with it are told."""
    trace = retrieve(world, [A, B])
    world.save()
    made_up = claim(0.1, 0, "number 42"), claim(0.2, 0), claim(0.3, None)
    judge(world, trace, *made_up, claim(0.8, 1), label="unsupported")

    (refunds,) = documents(world, "unsupported")

    assert (refunds.name, refunds.title, refunds.unsupported, refunds.conflicting) == (
        "a",
        "Refunds",
        2,
        1,
    )
    assert refunds.unsupported_in == [trace]
    assert refunds.unpriced == 1


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ('{"metadata":{"title":"T","source":"s"}}', "T"),
        ('{"metadata":"{\\"source\\":\\"s.md\\"}"}', "s.md"),
        ('{"url":"https://example.com","metadata":{"page":3}}', "https://example.com"),
        ('{"title":7}', ""),
        ("[1]", ""),
        ("{broken", ""),
        ("", ""),
    ],
)
def test_titles(told: str, title: str) -> None:
    """A title is taken from the document or its metadata, whatever shape that has."""
    assert title_of(told) == title
