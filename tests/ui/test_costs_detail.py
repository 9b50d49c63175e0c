"""What a trace's page says of costs: of a call, and of the trace as a whole."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from storage.costs.call_rows import CallRow
from storage.spans import Trace
from storage.traces import TraceRow
from tests.ui.samples import blank, detail, every, summary, text_of
from ui import header
from ui.detail import cost, panel


def call(**more: Any) -> CallRow:
    """Return a call that counts, at the list price."""
    money = {
        name: Decimal(0)
        for name in CallRow.__dataclass_fields__
        if name.endswith("_usd") and name != "reported_cost_usd"
    }
    usual = {
        "counted": True,
        "rule": "only",
        "price": "list",
        "price_name": "openai/gpt-4o",
        "cost_usd": Decimal("0.0042"),
        "input_cost_usd": Decimal("0.003"),
        "output_cost_usd": Decimal("0.0012"),
        "gpu_seconds": 0.0,
        "model": "gpt-4o",
        "request_model": "gpt-4o",
        "provider": "openai",
    }
    return blank(CallRow, **money | usual | more)


def test_a_call_says_its_cost_its_price_and_that_it_counts() -> None:
    """Beside the tokens stands what they cost, by parts, and by which price."""
    shown = text_of(cost.panel(call()))

    assert "$0.00420" in shown
    assert "Input $0.00300" in shown
    assert "list price · openai/gpt-4o" in shown
    assert "yes: nothing else reports this call" in shown
    assert "$0.00420" in text_of(panel.head(detail(), call()))


def test_a_repeated_call_says_that_it_does_not_count() -> None:
    """A span above the call has no cost of its own, and the reason is there."""
    repeated = call(counted=False, rule="repeated", cost_usd=Decimal(1))

    shown = text_of(cost.panel(repeated))

    assert "counted in another span" in shown
    assert "no: a span below reports the same call" in shown
    assert "$" not in text_of(panel.head(detail(), repeated))


def test_an_unpriced_call_is_not_free() -> None:
    """Nothing says $0: it is marked as unpriced and leads to the form for its price, filled in."""
    nothing = dict.fromkeys(("cost_usd", "input_cost_usd", "output_cost_usd"), Decimal(0))
    unpriced = call(price="unpriced", price_name="", start_time_unix_nano=0, **nothing)
    page = cost.prices_page("/ui/", "shop", unpriced)

    shown = cost.panel(unpriced, page)

    assert "unpriced" in text_of(panel.head(detail(), unpriced))
    assert "$0" not in text_of(shown)
    [link] = [part.href for part in every(shown) if getattr(part, "href", None)]
    path, _, query = link.partition("?")
    assert path == "/ui/costs/prices"
    assert dict(parse_qsl(query)) == {
        "project": "shop",
        "set_model": "gpt-4o",
        "set_provider": "openai",
        "set_from": "1970-01-01T00:00:00Z",
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"usage_mismatch": 12}, "12 tokens more than its parts"),
        ({"usage_mismatch": -7}, "7 tokens fewer than its parts"),
        ({"uncovered_tokens": 30}, "30 tokens are in none of the calls below"),
        ({"price": "own", "list_cost_usd": Decimal("0.5")}, "By the list $0.5000"),
        ({"cache_savings_usd": Decimal("-0.25")}, "\u2212$0.2500"),
        ({"price": "gpu", "gpu_seconds": 1.5}, "1.50 s"),
        ({"processing": "batch", "service_tier": "flex"}, "flex · batch"),
    ],
)
def test_what_is_special_about_a_call_is_said(given: dict[str, Any], said: str) -> None:
    """Totals that do not add up, own prices, caching that cost more, GPU time, tiers."""
    assert said in text_of(cost.panel(call(**given)))


def test_a_span_that_is_no_call_says_nothing_of_costs() -> None:
    """A tool call has no section about cost."""
    assert cost.panel(None) == []
    assert cost.mark(None) is None


def head(**more: Any) -> dict[str, Any]:
    """Return the head of a trace with these facts."""
    row = blank(
        TraceRow, **{"trace_id": "t", "name": "x", "has_root": True, "cost_usd": None} | more
    )
    trace = Trace(trace_id="t", facts=row, spans=[summary("r")], logs=[], evaluations=[])
    return header.of(trace, prefix="/ui/", project="")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"cost_usd": 1.5}, "$1.50"),
        ({"cost_usd": 1.5, "unpriced_calls": 2}, "$1.50 +"),
        ({"cost_usd": 0.0, "unpriced_calls": 1}, "unpriced"),
    ],
)
def test_a_trace_says_what_its_cost_lacks(facts: dict[str, Any], said: str) -> None:
    """A sum that leaves calls out says so; one that leaves out all is no sum."""
    shown = head(**facts)

    values = {fact["label"]: fact["value"] for fact in shown["facts"]}
    badges = " ".join(badge["text"] for badge in shown["badges"])
    assert values["Cost"] == said
    assert ("unpriced" in badges) == ("unpriced_calls" in facts)
