"""The published cases of usage, from an emitter's request to what the call costs: as worked out by hand."""

import ast
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.prices.rows import price_row
from collector.decode import Encoding
from collector.receive import Receiver
from collector.signals import Signal
from storage.client import Engine
from storage.costs.prices import store_prices, unresolved_keys
from storage.costs.settling import settle_touched
from storage.loading import settle
from tests.samples import Traces
from tests.storage.landed import land
from tests.storage.usage_form.cases import CASES, Case
from tests.storage.usage_form.sent import Kept, add

pytestmark = pytest.mark.engine

PROJECT = "cost-cases"


def worked_out(sums: str) -> Decimal:
    """Return the result of sums as people write them, in decimals."""
    return _value(ast.parse(sums, mode="eval").body, sums)


def _value(node: ast.expr, sums: str) -> Decimal:
    match node:
        case ast.BinOp(left, ast.Add(), right):
            return _value(left, sums) + _value(right, sums)
        case ast.BinOp(left, ast.Mult(), right):
            return _value(left, sums) * _value(right, sums)
        case ast.BinOp(left, ast.Div(), right):
            return _value(left, sums) / _value(right, sums)
        case ast.Constant():
            return Decimal(ast.get_source_segment(sums, node) or "")
        case _:
            raise ValueError(f"{sums}: only numbers, +, * and /")


@pytest.fixture(scope="module")
def calls(engine: Engine) -> Mapping[str, Mapping[str, Any]]:
    """Send every case, price what it names, settle; return the calls by case."""
    traces = Traces(seed=11)
    ids = {add(traces, case): case.name for case in CASES}
    kept = Kept()
    Receiver(kept).receive(Signal.TRACES, PROJECT, traces.body(), Encoding.PROTOBUF)
    settle(engine, [land(engine, PROJECT, *kept.bodies, accepted=traces.count)])
    hours = [datetime.fromisoformat(at) for at in {case.at for case in CASES}]
    hours = [at.replace(minute=0, second=0) + timedelta(hours=n) for at in hours for n in (0, 1)]
    keys = unresolved_keys(engine, PROJECT, hours)
    store_prices(engine, PROJECT, [price_row(key) for key in keys])
    settle_touched(engine, "touched_unresolved", project=PROJECT, hours=hours)
    found = engine.client().query(
        "SELECT span_id AS id, now.counted AS counted, now.price AS price, "
        "now.price_name AS name, now.cost_usd AS cost FROM calls FINAL WHERE project_id = {project:String}",
        parameters={"project": PROJECT},
    )
    return {ids[row["id"]]: row for row in found.named_results()}


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.counts], ids=lambda case: case.name
)
def test_a_call_costs_what_was_worked_out_by_hand(
    calls: Mapping[str, Mapping[str, Any]], case: Case
) -> None:
    """Price rows and normal form give the provider's published price to the last digit; no price is no cost."""
    call = calls[case.name]
    assert call["counted"]
    if case.cost:
        assert (call["price"], call["cost"]) == ("list", worked_out(case.cost)), call["name"]
    else:
        assert (call["price"], call["cost"]) == ("unpriced", 0)


def test_every_case_that_counts_has_a_cost_or_says_why_not() -> None:
    """A published case without a cost has a note."""
    assert [case.name for case in CASES if case.counts and not case.cost and not case.note] == []
    assert sum(bool(case.cost) for case in CASES) > 30
