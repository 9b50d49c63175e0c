"""Prices as a later catalogue may have them: whatever dates, hours, tiers and circumstances, laid out as they are."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.prices.catalogue import STANDARD, Asked, priced
from analytics.prices.lookup import Found
from analytics.prices.periods import rate_at
from tests.analytics.prices.normal_form import Tokens

DAYS = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 2)]
CLOCKS = [time(0), time(0, 30), time(8), time(16, 30), time(23, 59, 59, 999_999)]
STARTS = [1_000, 200_000]
KEYS = ["input_mtok", "output_mtok", "cache_read_mtok", "output_reasoning_mtok"]

amounts = st.decimals("0.01", "99", places=2)
tiered = st.builds(
    lambda base, tiers: TieredPrices(base, [Tier(start, price) for start, price in tiers.items()]),
    amounts,
    st.dictionaries(st.sampled_from(STARTS), amounts, min_size=1),
)
amount = amounts | tiered
constraint = st.builds(StartDateConstraint, st.sampled_from(DAYS)) | st.builds(
    TimeOfDateConstraint, st.sampled_from(CLOCKS), st.sampled_from(CLOCKS)
)
full = st.fixed_dictionaries(
    {"input_mtok": amount, "output_mtok": amount},
    optional={"cache_read_mtok": amount, "output_reasoning_mtok": amount, "requests_kcount": amounts},
).map(lambda prices: ModelPrice(**prices))  # fmt: skip
partial = st.dictionaries(st.sampled_from(KEYS), amount, min_size=1).map(
    lambda prices: ModelPrice(**prices)
)
variant = st.builds(
    PriceVariant,
    st.sampled_from([{"service_tier": "flex"}, {"processing": "batch"}]),
    partial,
    st.none() | constraint,
)
models = st.builds(
    ModelInfo,
    id=st.just("m"),
    match=st.just(ClauseEquals("m")),
    prices=full
    | st.builds(
        lambda first, later: [ConditionalPrice(None, prices=first), *later],
        full,
        st.lists(st.builds(lambda c, p: ConditionalPrice(c, prices=p), constraint, full), max_size=4),
    ),
    price_variants=st.none() | st.lists(variant, max_size=3),
)  # fmt: skip
moments = st.builds(
    lambda day, clock, shift: (
        datetime.combine(day, clock.replace(microsecond=0), UTC) + timedelta(seconds=shift)
    ),
    st.sampled_from([date(2025, 12, 31), *DAYS, date(2027, 1, 1)]),
    st.sampled_from(CLOCKS),
    st.integers(-2, 2),
)
tokens = st.builds(
    lambda length, read, out, reasoning: Tokens(
        plain=length - length // read,
        cache_read=length // read,
        output=out,
        reasoning=reasoning,
    ),
    st.sampled_from([0, 999, 1_000, 1_001, 200_000, 200_001, 500_000]),
    st.integers(1, 4),
    st.integers(0, 5_000),
    st.integers(0, 5_000),
)


@given(
    model=models,
    asked=st.sampled_from([STANDARD, Asked("flex"), Asked("", True), Asked("flex", True)]),
    at=moments,
    call=tokens,
    is_sold_for_another=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_any_price_is_laid_out_as_the_library_reads_it(
    model: ModelInfo, asked: Asked, at: datetime, call: Tokens, *, is_sold_for_another: bool
) -> None:
    """Later conditions win, tiers are by all input, variants count only with who makes the model."""
    maker = Provider("maker", "Maker", "x", models=[model])
    seller = Provider("seller", "Seller", "x") if is_sold_for_another else maker
    rate = rate_at(priced(Found(seller, model, maker), asked), at, call.all_input)
    theirs = model.calc_price(
        call.usage(), seller, genai_request_timestamp=at, price_context=asked.context
    )
    assert rate is not None
    assert call.cost(rate) == theirs.total_price
    assert Decimal(0) <= theirs.total_price
