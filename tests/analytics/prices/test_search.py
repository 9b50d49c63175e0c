"""Finding a model to take a price from."""

from datetime import UTC, datetime
from decimal import Decimal

from analytics.prices.catalogue import list_periods
from analytics.prices.search import search
from storage.costs.prices import PriceKey

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_the_model_itself_comes_first_with_its_price() -> None:
    """A model's id finds it before those that only begin like it; amounts are for a million tokens."""
    first, *_ = search("gemini-2.5-pro", at=NOW)
    assert (first.provider, first.model) == ("gcp.gemini", "gemini-2.5-pro")
    assert [tier.least_input_tokens for tier in first.tiers] == [0, 200_001]
    below, above = first.tiers
    assert (below.rates["input"], below.rates["output"]) == (Decimal("1.25"), Decimal(10))
    assert (above.rates["input"], above.rates["output"]) == (Decimal("2.5"), Decimal(15))
    assert str(below.rates["output"]) == "10"


def test_every_word_has_to_be_there() -> None:
    """Words match provider, id or name in any order; nothing is found for what nobody sells."""
    found = {(model.provider, model.model) for model in search("sonnet bedrock 4-5", at=NOW)}
    assert found
    assert {provider for provider, _ in found} == {"aws.bedrock"}
    assert search("no such model", at=NOW) == []


def test_what_is_found_is_found_again_as_a_price() -> None:
    """Provider and model of a result are a key that has the price shown, so an own price can compare with it."""
    for model in search("", at=NOW, limit=3_000):
        rates = list_periods(PriceKey(model.provider, model.model))
        assert rates, model
        assert bool(model.tiers) == bool(rates[-1].kind), model


def test_a_model_that_spans_cannot_price_says_why() -> None:
    """A model sold by the minute of audio has no rates, and its price's name says so."""
    (model,) = (found for found in search("whisper-1", at=NOW) if found.provider == "openai")
    assert model.tiers == ()
    assert model.price_name == "openai/whisper-1: no price for tokens or requests is listed"
