"""List prices over time, against the library that they come from: it says what one call costs at one moment."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from genai_prices import calc_price
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ModelInfo,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.prices.catalogue import list_periods
from analytics.prices.lookup import Found, spelling
from analytics.prices.periods import DECIMALS, EPOCH, Rate, rate_at
from storage.costs.prices import PriceKey
from tests.analytics.prices.normal_form import Tokens

MODELS = [(provider, model) for provider in get_snapshot().providers for model in provider.models]
TIERS = ("", "default", "standard", "flex", "priority", "fast", "scale")
SECOND = timedelta(seconds=1)


def library_price(key: PriceKey, at: datetime, tokens: Tokens) -> Decimal:
    """Ask the library itself."""
    context = {"processing": key.processing} if key.processing else {}
    if key.service_tier in {"flex", "priority", "fast", "scale"}:
        context["service_tier"] = key.service_tier
    if key.service_tier == "fast":
        context["speed"] = "fast"
    return calc_price(
        tokens.usage(),
        key.request_model,
        provider_id=key.provider,
        genai_request_timestamp=at,
        price_context=context,
    ).total_price


def listed_price(key: PriceKey, at: datetime, tokens: Tokens) -> Decimal | None:
    """Return what our rates make of a call; None where they say that it is not priced."""
    rate = rate_at(list_periods(key), at, tokens.all_input)
    return tokens.cost(rate) if rate is not None and rate.kind else None


def edges(model: ModelInfo) -> list[datetime]:
    """Return moments around which a model's price may change."""
    constraints = [
        priced.constraint
        for priced in (*(model.prices if isinstance(model.prices, list) else ()), *(model.price_variants or ()))
    ]  # fmt: skip
    days = {c.start_date for c in constraints if isinstance(c, StartDateConstraint)}
    clocks = {
        edge
        for c in constraints
        if isinstance(c, TimeOfDateConstraint)
        for edge in (c.start_time, c.end_time)
    }
    days |= {date(2024, 2, 29), date(2026, 11, 21)}
    clocks |= {time(0)}
    return [
        datetime.combine(day, clock.replace(tzinfo=None), UTC) + shift
        for day in sorted(days)
        for clock in sorted(edge.replace(tzinfo=None) for edge in clocks)
        for shift in (-SECOND, timedelta(), SECOND)
    ]


def amounts(model: ModelInfo) -> list[Decimal | TieredPrices]:
    """Return every price of a model, at whatever time."""
    prices = model.prices if isinstance(model.prices, list) else [model]
    every = [priced.prices for priced in (*prices, *(model.price_variants or ()))]
    return [value for price in every for value in vars(price).values() if value is not None]


def lengths(model: ModelInfo) -> list[int]:
    """Return counts of input tokens around which a model's price may change."""
    tiered = (value for value in amounts(model) if isinstance(value, TieredPrices))
    starts = {tier.start for value in tiered for tier in value.tiers}
    return sorted({1_000, *(start + more for start in starts for more in (0, 1))})


def usage_of(length: int) -> Tokens:
    """Return a call of so many input tokens that has some of everything."""
    part = length // 16
    parts = {
        "cache_read": 5 * part, "cache_write_5m": part, "cache_write_1h": part, "input_audio": part,
        "cache_read_audio": part, "input_image": part, "cache_read_image": part,
    }  # fmt: skip
    plain = length - sum(parts.values())
    return Tokens(plain=plain, **parts, output=701, reasoning=307, output_audio=11, output_image=3)


def is_exact(model: ModelInfo) -> bool:
    """Tell whether a model's prices are decimal: a few came to the library as binary fractions."""
    plain = [value for value in amounts(model) if isinstance(value, Decimal)]
    return all(value * 10**6 == int(value * 10**6) for value in plain)


def assert_same(model: ModelInfo, ours: Decimal | None, theirs: Decimal, about: object) -> None:
    """Compare to the last digit. What nobody lists a price for, the library takes for free."""
    if is_exact(model):
        assert (ours or 0) == theirs, about
    else:
        assert (ours or Decimal(0)).quantize(Decimal("1e-10")) == theirs.quantize(
            Decimal("1e-10")
        ), about


def circumstances(provider: Provider, model: ModelInfo) -> Iterator[PriceKey]:
    """Give the keys of a model's calls that may cost differently."""
    name = spelling(Found(provider, model, provider))
    named = {value for v in model.price_variants or () for value in v.when.values()}
    for tier in ("", *sorted(named & set(TIERS))):
        for processing in ("", "batch") if "batch" in named else ("",):
            yield PriceKey(provider.id, name, "", tier, processing)


@pytest.mark.slow
def test_every_price_of_the_catalogue_is_the_librarys_at_every_edge() -> None:
    """Each model's rates give exactly the library's total, just before, at and after each date, hour and tier."""
    compared = 0
    for provider, model in MODELS:
        for key in circumstances(provider, model):
            for at in edges(model):
                for length in lengths(model):
                    tokens = usage_of(length)
                    ours = listed_price(key, at, tokens)
                    theirs = library_price(key, at, tokens)
                    assert_same(model, ours, theirs, (key, at, length))
                    compared += ours is not None
    assert compared > 20_000
    assert sum(not is_exact(model) for _, model in MODELS) < 25


@given(
    model=st.sampled_from(MODELS),
    tier=st.sampled_from(TIERS),
    processing=st.sampled_from(["", "batch"]),
    at=st.datetimes(datetime(2023, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    tokens=st.builds(
        Tokens,
        **dict.fromkeys(Tokens.__dataclass_fields__, st.integers(0, 300_000)),
    ),
)
@settings(max_examples=400, deadline=None)
def test_any_call_costs_what_the_library_says(
    model: tuple[Provider, ModelInfo], tier: str, processing: str, at: datetime, tokens: Tokens
) -> None:
    """Whatever the model, tier, time and usage: the rates that hold give the library's total to the last digit."""
    key = PriceKey(model[0].id, spelling(Found(*model, model[0])), "", tier, processing)
    ours = listed_price(key, at, tokens)
    assert_same(model[1], ours, library_price(key, at, tokens), key)


def test_the_whole_catalogue_has_a_price_or_says_why_not() -> None:
    """Every model is found under its own id, in the form that SQL relies on; only few cannot be priced by spans."""
    unpriced = []
    for provider, model in MODELS:
        rates = list_periods(PriceKey(provider.id, spelling(Found(provider, model, provider))))
        assert rates, (provider.id, model.id)
        assert_well_formed(rates)
        if not rates[-1].kind:
            unpriced.append(f"{provider.id}/{model.id}")
            assert "no price for tokens or requests is listed" in rates[-1].name
    assert len(unpriced) < 60
    assert "openai/whisper-1" in unpriced


def assert_well_formed(rates: tuple[Rate, ...]) -> None:
    """Check what SQL relies on."""
    assert rates[0].since == EPOCH
    order = [(r.since, r.least_input_tokens, r.from_second != r.to_second) for r in rates]
    assert order == sorted(order)
    for since in {rate.since for rate in rates}:
        first = next(rate for rate in rates if rate.since == since)
        assert (first.least_input_tokens, first.from_second, first.to_second) == (0, 0, 0)
    for rate in rates:
        assert 0 <= rate.from_second < 86_400
        assert 0 <= rate.to_second < 86_400
        for amount in rate.money:
            assert amount >= 0
            assert amount == amount.quantize(DECIMALS)


def names(*key: str) -> list[str]:
    """Return what the prices of a key are called."""
    return [rate.name for rate in list_periods(PriceKey(*key))]


def test_a_tier_without_a_price_costs_the_standard_price_and_says_so() -> None:
    """The name of the price tells that nobody lists one for that tier, and nothing of it once one is listed."""
    assert names("openai", "gpt-5", "", "priority") == [
        "openai/gpt-5, standard price (no priority price is listed)",
        "openai/gpt-5, priority, since 2026-10-12",
    ]
    assert names("groq", "llama-3.1-8b-instant", "", "scale")[0].endswith(
        "standard price (no scale price is listed)"
    )
    assert names("openai", "gpt-5", "", "default") == ["openai/gpt-5"]


def test_batches_cost_half_where_that_is_listed() -> None:
    """Anthropic's batch price holds from its date on, whether the span says batch as processing or as tier."""
    standard = list_periods(PriceKey("anthropic", "claude-sonnet-4-5"))
    for key in (
        PriceKey("anthropic", "claude-sonnet-4-5", processing="batch"),
        PriceKey("anthropic", "claude-sonnet-4-5", service_tier="batch"),
    ):
        batch = list_periods(key)
        name = "anthropic/claude-sonnet-4-5, batch, since 2026-10-14"
        assert [rate.name for rate in batch[-2:]] == [name, f"{name}, over 200,000 input tokens"]
        assert [amount * 2 for amount in batch[-1].money] == list(standard[-1].money)


def test_hours_of_the_day_have_their_own_price() -> None:
    """DeepSeek's off-peak hours go over midnight; a call at each side of their edges costs its own price."""
    rates = list_periods(PriceKey("deepseek", "deepseek-chat"))
    assert [rate.name for rate in rates] == [
        "deepseek/deepseek-chat",
        "deepseek/deepseek-chat, 16:30 to 00:30 UTC",
    ]
    day = datetime(2025, 3, 1, tzinfo=UTC)
    cheap = [
        rate_at(rates, day + timedelta(hours=hour, seconds=second), 10)
        for hour, second in ((16.5, 0), (23, 0), (0, 0), (0.5, -1))
    ]
    dear = [rate_at(rates, day + timedelta(hours=hour), 10) for hour in (0.5, 8, 16.499)]
    assert {rate.input for rate in cheap if rate} == {Decimal("0.135") / 10**6}
    assert {rate.input for rate in dear if rate} == {Decimal("0.27") / 10**6}


def test_a_free_model_is_free_and_one_without_a_price_is_not() -> None:
    """OpenRouter's `:free` models cost nothing; a model that is merely listed without a price is unpriced."""
    (free,) = list_periods(PriceKey("openrouter", "openai/gpt-oss-20b:free"))
    assert (free.kind, set(free.money)) == ("list", {Decimal(0)})
    (unknown,) = list_periods(PriceKey("cerebras", "qwen-3-coder-480b"))
    assert unknown.kind == ""
