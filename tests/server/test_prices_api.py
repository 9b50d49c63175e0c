"""A project's own prices over the API: added, changed, removed, and written down."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from storage.control import own_prices
from storage.control.access import OF_ROLE, Caller, Role
from storage.control.control import Control
from tests.callers import asking_as
from tests.engine import ROOT

pytestmark = pytest.mark.engine

PRICE: dict[str, Any] = {
    "provider": "openai",
    "model": "gpt-4o",
    "valid_from": "2026-05-01T00:00:00Z",
    "rates": {"input": "2.50", "output": "10"},
}


def ok(answer: Any, status: int = 200) -> Any:
    """Return the JSON of an answer, after a look at its status."""
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(answer: Any, status: int) -> str:
    """Return what a refusal says."""
    assert answer.status_code == status, answer.text
    return f"{answer.json()['error']['message']} {answer.json()['error']['hint']}"


def add(client: TestClient, **more: Any) -> dict[str, Any]:
    """Add a price; return it."""
    return dict(ok(client.post("prices", json={**PRICE, **more}), 201))


def listed(client: TestClient) -> list[dict[str, Any]]:
    """Return the project's prices."""
    return list(ok(client.get("prices"))["prices"])


def given(rates: dict[str, Any]) -> dict[str, Any]:
    """Return the rates that have a price."""
    return {name: rate for name, rate in rates.items() if rate is not None}


def test_a_price_is_added_and_listed_with_its_digits(client: TestClient) -> None:
    """Amounts come back as text, digit by digit, whether they came as text or as numbers."""
    tier = {"least_input_tokens": 272_000, "rates": {"input": "5.000000000001", "output": 22.5}}
    added = add(client, rates={"input": 0.1, "output": "10.00"}, tiers=[tier], note="Framework")

    (price,) = listed(client)

    assert price == added
    assert given(price["rates"]) == {"input": "0.1", "output": "10.00"}
    assert price["tiers"][0]["least_input_tokens"] == 272_000
    assert given(price["tiers"][0]["rates"]) == {"input": "5.000000000001", "output": "22.5"}
    assert (price["kind"], price["currency"], price["usd_per_unit"]) == ("rates", "USD", "1")
    assert (price["valid_from"], price["valid_to"]) == ("2026-05-01T00:00:00Z", None)
    assert (price["created_by"], price["note"]) == ("local", "Framework")


def test_a_discount_and_a_self_hosted_model_are_added(client: TestClient) -> None:
    """Prices of the other kinds; a provider's other names are taken for it."""
    discount = {"kind": "discount", "discount_percent": "12.5", "rates": {}, "model": "*"}
    gpu = {"kind": "gpu", "gpu_hour": "1.99", "rates": {}, "model": "llama-*", "provider": ""}
    add(client, **discount, provider="azure", currency="EUR", usd_per_unit="1.08")
    add(client, **gpu, gpus="2", compare_model="gpt-4o-mini")

    self_hosted, negotiated = listed(client)

    assert negotiated["provider"] == "azure.ai.openai"
    assert (negotiated["discount_percent"], negotiated["usd_per_unit"]) == ("12.5", "1.08")
    assert (self_hosted["gpu_hour"], self_hosted["gpus"]) == ("1.99", "2")
    assert (self_hosted["compare_provider"], self_hosted["compare_model"]) == ("", "gpt-4o-mini")


@pytest.mark.parametrize(
    ("wrong", "about"),
    [
        ({"rates": {"input": -1, "output": 1}}, "rates.input is -1"),
        ({"rates": {"input": 1}}, "what input and output cost"),
        ({"rates": {"inputs": 1}}, "inputs"),
        ({"rates": {"input": "a lot", "output": 1}}, "input"),
        ({"rates": {"input": "1e999999", "output": 1}}, "too many digits"),
        ({"rates": {"input": "Infinity", "output": 1}}, "input"),
        ({"valid_from": "2026-05-01T00:00:00"}, "valid_from"),
        ({"valid_to": "2026-05-01T00:00:00Z"}, "valid_to"),
        ({"currency": "EUR", "usd_per_unit": 0}, "usd_per_unit"),
        ({"model": ""}, "needs a model"),
        ({"discount": 5}, "discount"),
        ({"kind": "gpu"}, "no rates"),
        ({"kind": "gpu", "rates": {}}, "gpu_hour"),
    ],
)
def test_what_is_no_price_is_refused(client: TestClient, wrong: dict[str, Any], about: str) -> None:
    """What to mend is said, and nothing is kept."""
    assert about in refused(client.post("prices", json={**PRICE, **wrong}), 400)
    assert listed(client) == []


def test_a_second_price_from_the_same_moment_is_refused(client: TestClient) -> None:
    """For the same calls; from another moment it is taken."""
    add(client)
    add(client, valid_from="2026-06-01T00:00:00+02:00")

    assert "already" in refused(client.post("prices", json=PRICE), 400)
    assert [price["valid_from"] for price in listed(client)] == [
        "2026-05-31T22:00:00Z",
        "2026-05-01T00:00:00Z",
    ]


def test_a_change_keeps_what_was_in_the_audit_log(client: TestClient) -> None:
    """A price is replaced as a whole; before and after are written down with who did it."""
    price = add(client, note="old")
    wanted = {**PRICE, "rates": {"request": "0.01"}, "valid_to": "2026-07-01T00:00:00Z"}

    changed = ok(client.put(f"prices/{price['id']}", json=wanted))

    assert given(changed["rates"]) == {"request": "0.01"}
    assert (changed["id"], changed["note"]) == (price["id"], "")
    assert listed(client) == [changed]
    entry = ok(client.get("audit"))["entries"][0]
    assert (entry["action"], entry["target"], entry["actor"]) == (
        "price.change", price["id"], "local",
    )  # fmt: skip
    assert entry["detail"]["before"]["rates"] == {"input": "2.50", "output": "10"}
    assert entry["detail"]["before"]["note"] == "old"
    assert entry["detail"]["after"]["rates"] == {"request": "0.01"}
    assert entry["detail"]["after"]["valid_to"] == "2026-07-01T00:00:00+00:00"


def test_a_removed_price_is_in_the_audit_log(client: TestClient) -> None:
    """It is gone from the list; all of it can be read there, and written again."""
    price = add(client, service_tier="priority")

    assert ok(client.delete(f"prices/{price['id']}")) == price

    assert listed(client) == []
    removed, added = ok(client.get("audit"))["entries"][:2]
    assert (removed["action"], added["action"]) == ("price.remove", "price.add")
    assert removed["detail"]["before"] == added["detail"]["after"]
    assert removed["detail"]["before"]["service_tier"] == "priority"
    again = ok(client.post("prices", json=removed["detail"]["before"]), 201)
    assert given(again["rates"]) == given(price["rates"])


def test_a_refused_change_leaves_the_price(client: TestClient, control: Control) -> None:
    """Neither the price nor the audit log nor the count of changes moves."""
    price = add(client)
    entries = ok(client.get("audit"))["entries"]
    with control.database.reading() as session:
        changes = own_prices.price_changes(session)

    refused(client.put(f"prices/{price['id']}", json={**PRICE, "rates": {}}), 400)

    assert listed(client) == [price]
    assert ok(client.get("audit"))["entries"] == entries
    with control.database.reading() as session:
        assert own_prices.price_changes(session) == changes


def test_a_price_that_is_not_there_is_not_found(client: TestClient, project: str) -> None:
    """Another project's price is not there either."""
    price = add(client)
    elsewhere = {"x-groundwire-project": f"{project}-other"}

    for path in ("prices/0000000000000000", f"prices/{price['id']}"):
        headers = elsewhere if price["id"] in path else {}
        refused(client.put(path, json=PRICE, headers=headers), 404)
        refused(client.delete(path, headers=headers), 404)
    assert listed(client) == [price]


def test_who_reads_sees_prices_and_changes_none(client: TestClient, project: str) -> None:
    """A viewer lists them; an editor changes them in their own name."""
    price = add(client)
    viewer = Caller("person", "1", "vi@example.com", {project: OF_ROLE[Role.VIEWER]})
    editor = Caller("person", "2", "ed@example.com", {project: OF_ROLE[Role.EDITOR]})

    with asking_as(viewer):
        assert listed(client) == [price]
        refused(client.post("prices", json={**PRICE, "model": "other"}), 403)
        refused(client.put(f"prices/{price['id']}", json=PRICE), 403)
        refused(client.delete(f"prices/{price['id']}"), 403)
    with asking_as(editor):
        changed = ok(client.put(f"prices/{price['id']}", json={**PRICE, "note": "mine"}))

    assert (changed["created_by"], changed["changed_by"]) == ("local", "ed@example.com")


def test_sums_of_prices_that_went_through_are_exact(client: TestClient) -> None:
    """A tenth and two tenths, sent as numbers, are three tenths."""
    add(client, rates={"input": 0.1, "output": 0.2})
    (price,) = listed(client)

    rates = given(price["rates"])
    assert sum(Decimal(rate) for rate in rates.values()) == Decimal("0.3")


def test_the_catalogue_finds_a_model_to_begin_from(client: TestClient) -> None:
    """By words of its name, the closest first; its list price can be written as one's own as it is."""
    asked = {"search": "GPT-4o-mini", "limit": "3"}
    found = ok(client.get("prices/catalogue", params=asked))["models"]

    assert len(found) == 3
    model = next(model for model in found if model["provider"] == "openai")
    assert (found[0]["model"], model["model"]) == ("gpt-4o-mini", "gpt-4o-mini")
    base, *tiers = model["tiers"]
    assert base["least_input_tokens"] == 0
    assert (base["rates"]["input"], base["rates"]["output"]) == ("0.15", "0.6")
    own = add(client, model=model["model"], rates=base["rates"], tiers=tiers)
    assert own["rates"] == base["rates"]


def test_the_catalogue_has_nothing_of_a_model_that_nobody_lists(client: TestClient) -> None:
    """An empty answer, and the version that says when to ask again."""
    found = ok(client.get("prices/catalogue", params={"search": "ft:of-our-own"}))

    assert found["models"] == []
    assert found["version"]
    assert "search" in refused(client.get("prices/catalogue", params={"search": "x" * 201}), 400)


def test_the_examples_of_the_documentation_are_prices(client: TestClient) -> None:
    """Each entry on docs/reference/own-prices.md is taken as it stands, one of each kind."""
    page = (ROOT / "docs/reference/own-prices.md").read_text()
    examples = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", page, re.DOTALL)]

    kinds = [ok(client.post("prices", json=example), 201)["kind"] for example in examples]

    assert kinds == ["rates", "discount", "gpu"]
