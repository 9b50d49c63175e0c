"""A project's own prices: kept exactly, refused where they are none, and noticed by workers when they change."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from storage.control import own_prices
from storage.control.control import Control
from storage.control.own_price_checks import OwnPriceSpec
from storage.control.own_price_models import OwnPriceEntry, Tier
from storage.control.own_prices import (
    add_price,
    change_price,
    get_price,
    list_prices,
    price_changes,
    remove_price,
)
from storage.control.projects import ensure_project
from storage.errors import BadInput

PROJECT = "default"
MAY = datetime(2026, 5, 1, tzinfo=UTC)
RATES = {"input": Decimal("2.50"), "output": Decimal(10)}
GPU: dict[str, Any] = {"kind": "gpu", "rates": {}, "gpu_hour": Decimal("1.99")}


def spec(**more: Any) -> OwnPriceSpec:
    """Return the description of a price."""
    return OwnPriceSpec(**{"model": "gpt-4o", "valid_from": MAY, "rates": RATES, **more})


def add(control: Control, project: str = PROJECT, **more: Any) -> str:
    """Add an entry; return its id."""
    with control.database.session() as session:
        return add_price(session, project, spec(**more), created_by="eda").id


def change(control: Control, price_id: str, **more: Any) -> None:
    """Put another description in the place of an entry."""
    with control.database.session() as session:
        entry = get_price(session, PROJECT, price_id)
        assert entry is not None
        change_price(session, entry, spec(**more), changed_by="ben")


def read(control: Control, price_id: str) -> OwnPriceEntry:
    """Return an entry that is there."""
    with control.database.reading() as session:
        entry = get_price(session, PROJECT, price_id)
    assert entry is not None
    return entry


def models(control: Control, project: str = PROJECT) -> Sequence[str]:
    """Return the models of a project's entries, as they are listed."""
    with control.database.reading() as session:
        return [entry.model for entry in list_prices(session, project)]


def test_an_entry_comes_back_as_it_was_written(control: Control) -> None:
    """Every digit, every rate and tier, in UTC; another project does not have it."""
    small = Decimal("0.000000000001")
    entry = read(
        control,
        add(
            control,
            provider=" OpenAI ",
            model=" ft:gpt-4o:shop::* ",
            service_tier="Priority",
            processing="batch",
            valid_from=datetime(2026, 5, 1, 2, 0, 0, 7, tzinfo=timezone(timedelta(hours=2))),
            valid_to=MAY + timedelta(days=30),
            currency="eur",
            usd_per_unit=Decimal("1.0837"),
            rates={"input": Decimal("0.10"), "output": Decimal("99999.9"), "cache_read": small},
            tiers=[
                Tier(272_000, {"input": small, "output": small, "cache_read": small}),
                Tier(128_000, {"input": Decimal(3), "output": Decimal(0), "cache_read": small}),
            ],
            note=" As agreed ",
        ),
    )

    assert (entry.provider, entry.model) == ("openai", "ft:gpt-4o:shop::*")
    assert (entry.service_tier, entry.processing) == ("priority", "batch")
    assert (entry.valid_from, entry.valid_to) == (MAY, MAY + timedelta(days=30))
    assert (entry.currency, entry.usd_per_unit) == ("EUR", Decimal("1.0837"))
    assert entry.rates == {
        "input": Decimal("0.10"),
        "output": Decimal("99999.9"),
        "cache_read": small,
    }
    assert [tier.least_input_tokens for tier in entry.tiers] == [128_000, 272_000]
    assert entry.tiers[1].rates["output"] == small
    assert (entry.note, entry.created_by) == ("As agreed", "eda")
    with control.database.reading() as session:
        assert get_price(session, "other", entry.id) is None


def test_a_self_hosted_model_has_a_gpu_price(control: Control) -> None:
    """What a GPU-hour costs, how many GPUs a replica takes, and what API model it is held against."""
    compared: dict[str, Any] = {"compare_provider": "azure", "compare_model": "gpt-4o-mini"}
    entry = read(control, add(control, **GPU, gpus=Decimal("0.5"), **compared))
    alone = read(control, add(control, model="other", **GPU))

    assert (entry.kind, entry.gpu_hour, entry.gpus) == ("gpu", Decimal("1.99"), Decimal("0.5"))
    assert (entry.compare_provider, entry.compare_model) == ("azure.ai.openai", "gpt-4o-mini")
    assert (alone.gpus, alone.compare_model) == (Decimal(1), "")


def test_a_discount_may_be_nothing_or_everything(control: Control) -> None:
    """From 0 to 100 percent, for all models of a provider."""
    for percent in ("0", "12.5", "100"):
        discount = Decimal(percent)
        free: dict[str, Any] = {"kind": "discount", "rates": {}, "discount_percent": discount}
        entry = read(control, add(control, provider=f"p{percent}", model="*", **free))
        assert (entry.model, entry.discount_percent) == ("*", discount)


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("azure", "azure.ai.openai"),
        ("az.ai.openai", "azure.ai.openai"),
        ("gcp.gen_ai", "gcp.gen_ai"),
        ("google", "gcp.vertex_ai"),
        ("anthropic.messages", "anthropic"),
        ("", ""),
    ],
)
def test_a_provider_is_named_as_its_spans_are(control: Control, named: str, kept: str) -> None:
    """Whatever name of a provider is written, the price is for spans of that provider."""
    assert read(control, add(control, provider=named)).provider == kept


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"model": " "}, "needs a model"),
        ({"model": "gpt-?"}, "gpt-\\?"),
        ({"model": "x" * 257}, "name of a model"),
        ({"processing": "later"}, "later"),
        ({"kind": "free"}, "kind 'free'"),
        ({"valid_to": MAY}, "not after it begins"),
        ({"valid_to": MAY - timedelta(days=1)}, "not after it begins"),
        ({"valid_from": MAY.replace(tzinfo=None)}, "no zone"),
        ({"valid_from": MAY.replace(year=1969)}, "1969"),
        ({"currency": "euro"}, "no currency"),
        ({"currency": "EUR", "usd_per_unit": Decimal(0)}, "usd_per_unit is 0"),
        ({"currency": "EUR", "usd_per_unit": Decimal("-1.1")}, "usd_per_unit is -1.1"),
        ({"usd_per_unit": Decimal("1.1")}, "a dollar is 1.1 dollars"),
        ({"rates": {**RATES, "input": Decimal(-1)}}, "rates.input is -1"),
        ({"rates": {**RATES, "input": Decimal("-0")}}, "rates.input is -0"),
        ({"rates": {**RATES, "input": Decimal("NaN")}}, "rates.input is no number"),
        ({"rates": {**RATES, "input": Decimal("Infinity")}}, "rates.input is no number"),
        ({"rates": {**RATES, "input": Decimal("1E+999999")}}, "rates.input has too many"),
        ({"rates": {**RATES, "input": Decimal("1E-13")}}, "rates.input has too many"),
        ({"rates": {**RATES, "input": Decimal("0E-99")}}, "rates.input has too many"),
        ({"rates": {**RATES, "inputs": Decimal(1)}}, "nothing is priced by inputs"),
        ({"rates": {**RATES, "input": Decimal(1_000_001)}}, "1000001"),
        ({"currency": "BTC", "usd_per_unit": Decimal(1_000_001)}, "usd_per_unit is 1000001"),
        ({"currency": "BTC", "usd_per_unit": Decimal(200_000)}, "rates.output is 10"),
        ({"rates": {}}, "what input and output cost"),
        ({"rates": {"input": Decimal(1)}}, "what input and output cost"),
        ({"rates": {"request": Decimal(1), "output": Decimal(1)}}, "what input and output cost"),
        ({"tiers": [Tier(0, RATES)]}, "from 0 tokens"),
        ({"tiers": [Tier(9, RATES), Tier(9, RATES)]}, "the same size"),
        ({"tiers": [Tier(9, {**RATES, "cache_read": Decimal(1)})]}, "do not price the same"),
        ({"tiers": [Tier(9, {**RATES, "input": Decimal(-1)})]}, "input is -1"),
        ({"tiers": [Tier(i + 1, RATES) for i in range(11)]}, "11 tiers"),
        ({"discount_percent": Decimal(0)}, "has no discount_percent"),
        ({"compare_model": "gpt-4o"}, "has no compare_model"),
        ({"kind": "discount", "discount_percent": Decimal(5)}, "has no rates"),
        ({"kind": "discount", "rates": {}}, "needs discount_percent"),
        ({"kind": "discount", "rates": {}, "discount_percent": Decimal("100.1")}, "100.1 percent"),
        ({"kind": "discount", "rates": {}, "discount_percent": Decimal(-1)}, "is -1"),
        ({"kind": "gpu", "rates": {}}, "needs gpu_hour"),
        ({**GPU, "gpus": Decimal(0)}, "gpus is 0"),
        ({**GPU, "gpus": Decimal(1_001)}, "1001 GPUs"),
        ({**GPU, "currency": "EUR", "usd_per_unit": Decimal(900_000)}, "gpu_hour is 1.99"),
        ({**GPU, "compare_provider": "openai"}, "no model to compare"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_what_is_no_price_is_refused(control: Control, wrong: dict[str, Any], about: str) -> None:
    """The message says what to mend; nothing is kept, and no worker is told of a change."""
    with pytest.raises(BadInput, match=about) as refusal:
        add(control, **wrong)

    assert refusal.value.hint
    assert models(control) == []
    with control.database.reading() as session:
        assert price_changes(session) == {}


def test_two_prices_of_the_same_calls_begin_at_different_moments(control: Control) -> None:
    """A later price may overlap; one from the same moment is refused, unless it is for other calls."""
    first = add(control)
    second = add(control, valid_from=MAY + timedelta(days=1))

    discount: dict[str, Any] = {"kind": "discount", "rates": {}, "discount_percent": Decimal(5)}
    same: dict[str, Any]
    for same in ({}, discount, {"model": "GPT-4o"}):
        with pytest.raises(BadInput, match="from 2026-05-01 00:00:00 already"):
            add(control, **same)
    for other in ({"provider": "azure"}, {"service_tier": "flex"}, {"processing": "batch"}):
        add(control, **other)
    with pytest.raises(BadInput, match="already"):
        change(control, second)

    assert read(control, first).valid_from == MAY
    assert read(control, second).valid_from == MAY + timedelta(days=1)
    assert len(models(control)) == 5


def test_prices_are_listed_by_model_the_latest_first(control: Control) -> None:
    """Of one project, those that have ended too."""
    ensure_project(control.database, "elsewhere")
    add(control, model="b", valid_to=MAY + timedelta(days=1))
    add(control, model="a")
    late = add(control, model="b", valid_from=MAY + timedelta(days=9))
    add(control, "elsewhere", model="c")

    assert models(control) == ["a", "b", "b"]
    with control.database.reading() as session:
        assert list_prices(session, PROJECT)[1].id == late
    assert models(control, "elsewhere") == ["c"]


def test_a_changed_entry_says_who_and_when(control: Control) -> None:
    """The description is replaced as a whole, also by one of another kind; who made it stays."""
    price_id = add(control, tiers=[Tier(9, RATES)], note="old")
    change(control, price_id, **GPU)

    entry = read(control, price_id)
    assert (entry.kind, entry.rates, entry.tiers, entry.note) == ("gpu", {}, [], "")
    assert (entry.created_by, entry.changed_by) == ("eda", "ben")
    assert entry.changed_at > entry.created_at


def test_an_entry_is_told_in_full_for_the_audit_log(control: Control) -> None:
    """Every member that says something, with the digits that were written."""
    price_id = add(control, tiers=[Tier(9, RATES)], valid_to=MAY + timedelta(days=1), note="why")

    assert own_prices.told(read(control, price_id)) == {
        "model": "gpt-4o",
        "valid_from": "2026-05-01T00:00:00+00:00",
        "valid_to": "2026-05-02T00:00:00+00:00",
        "kind": "rates",
        "currency": "USD",
        "usd_per_unit": "1",
        "rates": {"input": "2.50", "output": "10"},
        "tiers": [{"least_input_tokens": 9, "rates": {"input": "2.50", "output": "10"}}],
        "note": "why",
    }


def test_workers_notice_each_change(control: Control) -> None:
    """Adding, changing and removing count, per project; listeners in this process hear of them once committed."""
    ensure_project(control.database, "elsewhere")
    heard: list[frozenset[str]] = []
    control.database.subscribe(heard.append)
    price_id = add(control)
    add(control, "elsewhere")
    change(control, price_id, note="x")
    with control.database.session() as session:
        entry = get_price(session, PROJECT, price_id)
        assert entry is not None
        remove_price(session, entry)

    assert models(control) == []
    with control.database.reading() as session:
        assert price_changes(session) == {PROJECT: 3, "elsewhere": 1}
    ours, others = frozenset({f"prices:{PROJECT}"}), frozenset({"prices:elsewhere"})
    assert heard == [ours, others, ours, ours]


def test_editors_at_once_lose_no_change(control: Control) -> None:
    """Eight people add the same price and one of their own: one of the same, eight of their own, nine changes."""

    def work(number: int) -> int:
        add(control, model=f"own-{number}")
        try:
            add(control, model="same")
        except BadInput:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(work, range(8)))

    assert sum(added) == 1
    assert len(models(control)) == 9
    with control.database.reading() as session:
        assert price_changes(session) == {PROJECT: 9}


def test_a_project_has_so_many_prices(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit another one is refused."""
    monkeypatch.setattr(own_prices, "MAX_ENTRIES", 2)
    add(control, model="a")
    add(control, model="b")

    with pytest.raises(BadInput, match="2 prices of its own"):
        add(control, model="c")
