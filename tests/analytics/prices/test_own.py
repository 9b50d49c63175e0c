"""A project's own prices over the list, worked out by hand."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from analytics.prices.own import OwnPrice
from analytics.prices.periods import Rate, rate_at
from analytics.prices.resolve import ResolvedPrice, resolve
from storage.control.own_price_models import Tier
from storage.costs.prices import PriceKey
from tests.analytics.prices.normal_form import Tokens

GPT5 = PriceKey("openai", "gpt-5")
JANUARY, MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5))
CALL = Tokens(plain=1_000, cache_read=500, output=100, reasoning=50)


def at(resolved: ResolvedPrice, time: datetime, input_tokens: int = 1_500) -> Rate:
    """Return the rate that counts for a call."""
    rate = rate_at(resolved.periods, time, input_tokens)
    assert rate is not None
    return rate


def negotiated(**changes: object) -> OwnPrice:
    """Return an own price of gpt-5 from March on."""
    entry = {
        "id": "a", "model": "gpt-5", "valid_from": MARCH, "rates": {"input": Decimal(1), "output": Decimal(8)},
    }  # fmt: skip
    return OwnPrice(**{**entry, **changes})  # type: ignore[arg-type]  # by name


def test_own_rates_hold_while_they_are_valid_and_the_list_price_before_and_after() -> None:
    """Bounds are exact: valid_from is included, valid_to is not."""
    resolved = resolve(GPT5, [negotiated(valid_to=MAY)])
    assert [(r.since.month, r.kind) for r in resolved.periods] == [(1, "list"), (3, "own"), (5, "list")]  # fmt: skip
    assert at(resolved, datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)).name == "openai/gpt-5"
    # 1,500 input tokens, cached or not, at 1 dollar a million, and 150 of output at 8
    assert CALL.cost(at(resolved, MARCH)) == Decimal("0.0015") + Decimal("0.0012")
    assert at(resolved, MARCH).name == "own price of gpt-5, since 2026-03-01"
    assert at(resolved, MAY).kind == "list"
    # the list price stays beside: 1.25, 0.125 cached, 10 dollars
    (listed,) = resolved.list_periods
    assert CALL.cost(listed) == Decimal("0.00125") + Decimal("0.0000625") + Decimal("0.0015")


def test_kinds_of_tokens_without_an_own_rate_cost_what_the_kind_above_costs() -> None:
    """Nothing that is left out becomes free: cache and audio cost as input, reasoning as output."""
    rates = {
        "input": Decimal(2),
        "output": Decimal(8),
        "cache_read": Decimal("0.5"),
        "cache_write_5m": Decimal(3),
    }
    rate = at(resolve(GPT5, [negotiated(rates=rates)]), MARCH)
    million = {unit: getattr(rate, unit) * 10**6 for unit in Rate._fields[6:]}
    assert million == {
        "input": 2, "cache_read": Decimal("0.5"), "cache_write_5m": 3, "cache_write_1h": 3, "output": 8, "reasoning": 8,
        "input_audio": 2, "cache_read_audio": Decimal("0.5"), "output_audio": 8, "input_image": 2,
        "cache_read_image": Decimal("0.5"), "output_image": 8, "request": 0, "gpu_second": 0,
    }  # fmt: skip


def test_tiers_and_requests_and_another_currency() -> None:
    """Euros are converted at the entry's rate; a tier's rates hold for all tokens of a long call."""
    entry = negotiated(
        currency="EUR",
        usd_per_unit=Decimal("1.1"),
        rates={"input": Decimal(1), "output": Decimal(8), "request": Decimal("0.01")},
        tiers=[
            Tier(100_000, {"input": Decimal(2), "output": Decimal(12), "request": Decimal("0.01")})
        ],
    )
    resolved = resolve(GPT5, [entry])
    short, long = at(resolved, MARCH, 99_999), at(resolved, MARCH, 100_000)
    assert Tokens(plain=99_999, output=10).cost(short) == Decimal("0.1099989") + Decimal(
        "0.000088"
    ) + Decimal("0.011")
    assert Tokens(plain=100_000, output=10).cost(long) == Decimal("0.22") + Decimal(
        "0.000132"
    ) + Decimal("0.011")
    assert long.name == "own price of gpt-5, since 2026-03-01, over 99,999 input tokens"


def test_a_discount_follows_the_list_price() -> None:
    """A fifth off holds at each later list price too, in its tiers and hours, and says so."""
    key = PriceKey("deepseek", "deepseek-v4-flash")
    july = datetime(2026, 7, 1, tzinfo=UTC)
    entry = negotiated(
        model="deepseek-*", kind="discount", rates={}, discount_percent=Decimal(20), valid_from=july
    )
    resolved = resolve(key, [entry])
    for time in (july, datetime(2026, 8, 20, tzinfo=UTC), datetime(2026, 10, 1, 2, tzinfo=UTC)):
        listed = rate_at(resolved.list_periods, time, 10)
        assert listed is not None
        assert [amount * Decimal("0.8") for amount in listed.money] == list(
            at(resolved, time).money
        )
        assert at(resolved, time).kind == "own"
    before = datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert at(resolved, before).kind == "list"
    assert at(resolved, datetime(2026, 10, 1, 2, tzinfo=UTC)).name == (
        "deepseek/deepseek-v4-flash, since 2026-09-10, 01:00 to 04:00 UTC, less 20 % since 2026-07-01"
    )


def test_a_discount_of_something_unpriced_leaves_it_unpriced() -> None:
    """There is nothing to take a share off; another entry that says a price counts instead."""
    key = PriceKey("openai", "my-own-model")
    off = negotiated(model="my-own-model", kind="discount", rates={}, discount_percent=Decimal(20))
    assert resolve(key, [off]).periods == ()
    rates = negotiated(id="b", model="my-*")
    assert [rate.kind for rate in resolve(key, [off, rates]).periods] == ["own"]


def test_gpus_are_paid_by_the_second() -> None:
    """Four cards at 2.25 dollars an hour are 0.0025 dollars a second, and no token costs anything."""
    key = PriceKey("openai", "meta-llama/Llama-3.3-70B-Instruct")
    entry = negotiated(
        model="meta-llama/*", kind="gpu", rates={}, gpu_hour=Decimal("2.25"), gpus=Decimal(4),
        compare_provider="groq", compare_model="llama-3.3-70b-versatile",
    )  # fmt: skip
    resolved = resolve(key, [entry])
    (rate,) = resolved.periods
    assert (rate.kind, rate.gpu_second, sum(rate.money)) == (
        "gpu",
        Decimal("0.0025"),
        Decimal("0.0025"),
    )
    assert rate.name == "meta-llama/* on 4 GPUs at 2.25 USD an hour, since 2026-03-01"
    assert {rate.name.partition(",")[0] for rate in resolved.list_periods} == {
        "groq/llama-3.3-70b-versatile"
    }
    assert resolved.list_periods[0].since == MARCH


def test_amounts_of_many_digits_are_rounded_once() -> None:
    """A rate in a small currency is exact to the last digit that price rows hold: 18 after the point."""
    entry = negotiated(
        currency="IDR",
        usd_per_unit=Decimal("0.000061234567"),
        rates={"input": Decimal("123456.123456789012"), "output": Decimal(0)},
    )
    # 123456.123456789012 x 0.000061234567 = 7.559782263327... dollars a million
    exact = Decimal(123456123456789012) * 61234567
    assert at(resolve(GPT5, [entry]), MARCH).input == (exact.scaleb(-30)).quantize(Decimal("1e-18"))


def test_the_api_to_compare_gpus_with_is_found_only_where_all_ask_the_same() -> None:
    """A model that is sold at several prices has none to compare with until one is named; one seller's is taken."""
    gpu = {"kind": "gpu", "rates": {}, "gpu_hour": Decimal(2), "model": "*"}
    many = resolve(PriceKey("vllm", "llama-3.1-8b-instruct"), [negotiated(**gpu)])
    assert many.list_periods == ()
    one = resolve(PriceKey("vllm", "deepseek-ai/DeepSeek-Prover-V2-671B"), [negotiated(**gpu)])
    assert [rate.name for rate in one.list_periods] == [
        "huggingface_novita/deepseek-ai/DeepSeek-Prover-V2-671B"
    ]


@pytest.mark.parametrize(
    ("entries", "winner"),
    [
        ([{"id": "glob", "model": "gpt-*"}, {"id": "exact", "valid_from": JANUARY}], "exact"),
        ([{"id": "wide", "model": "*"}, {"id": "narrow", "model": "gpt-5*", "valid_from": JANUARY}], "narrow"),
        ([{"id": "old", "valid_from": JANUARY}, {"id": "new"}], "new"),
        ([{"id": "any"}, {"id": "openai", "provider": "openai", "valid_from": JANUARY}], "openai"),
        ([{"id": "other", "provider": "azure.ai.openai"}, {"id": "any", "valid_from": JANUARY}], "any"),
        ([{"id": "any"}, {"id": "flex", "service_tier": "flex", "valid_from": JANUARY}], "flex"),
        ([{"id": "any"}, {"id": "priority", "service_tier": "priority"}], "any"),
        ([{"id": "any"}, {"id": "batch", "processing": "batch", "valid_from": JANUARY}], "batch"),
        ([{"id": "case", "model": "GPT-5"}, {"id": "glob", "model": "gpt-5*"}], "case"),
        ([{"id": "ended", "valid_from": JANUARY, "valid_to": MARCH}, {"id": "glob", "model": "*"}], "glob"),
        ([{"id": "a", "model": "*5*6*"}, {"id": "b", "model": "g*t-*5"}], "b"),
        ([{"id": "a", "model": "gpt-5*5"}, {"id": "b", "model": "*"}], "b"),
    ],
)  # fmt: skip
def test_the_most_specific_entry_counts(entries: list[dict[str, object]], winner: str) -> None:
    """The model's name decides before a pattern, then what else is named, then the newest."""
    key = PriceKey("openai", "gpt-5", "", "flex", "batch")
    amounts = {str(entry["id"]): Decimal(n + 1) for n, entry in enumerate(entries)}
    own = [
        negotiated(**entry, rates={"input": amounts[str(entry["id"])], "output": Decimal(0)})
        for entry in entries
    ]
    april = datetime(2026, 4, 1, tzinfo=UTC)
    for order in (own, own[::-1]):
        assert at(resolve(key, order), april).input * 10**6 == amounts[winner]


def test_the_standard_tier_has_several_names() -> None:
    """An entry for `default` is also for calls that say `standard`, or nothing."""
    entry = negotiated(service_tier="default")
    kinds = {
        tier: at(resolve(PriceKey("openai", "gpt-5", "", tier), [entry]), MARCH).kind
        for tier in ("", "default", "standard", "flex")
    }
    assert kinds == {"": "own", "default": "own", "standard": "own", "flex": "list"}


def test_a_deployment_is_priced_by_the_name_it_is_asked_for() -> None:
    """An own price of the requested name counts where the answer has another: the longer name is the narrower one."""
    key = PriceKey("azure.ai.openai", "gpt-5-reserved", "gpt-5")
    reserved = negotiated(model="gpt-5-reserved", rates={"input": Decimal(0), "output": Decimal(0)})
    assert sum(at(resolve(key, [reserved, negotiated(id="b")]), MARCH).money) == 0


def test_after_an_own_price_of_an_unlisted_model_it_is_unpriced_again() -> None:
    """The end of the price is told, so that calls after it are counted as unpriced, and none cost 0."""
    resolved = resolve(PriceKey("openai", "my-own-model"), [negotiated(model="my-*", valid_to=MAY)])
    assert [(r.since, r.kind) for r in resolved.periods] == [(MARCH, "own"), (MAY, "")]
    assert rate_at(resolved.periods, JANUARY, 10) is None


def test_others_entries_change_nothing() -> None:
    """A price for another model leaves the list price as it is."""
    assert resolve(GPT5, [negotiated(model="gpt-5-mini")]) == resolve(GPT5)
