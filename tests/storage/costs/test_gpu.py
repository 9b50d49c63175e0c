"""GPU time of self-hosted calls: shared by what ran at the same moment, priced by the hour."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from storage.client import Engine
from storage.costs.gpu import share_gpu_time
from storage.costs.prices import PriceRow, Rate, store_prices, unresolved_keys
from storage.costs.settling import settle_touched
from tests.samples import Traces, set_attributes
from tests.stored import store
from tests.world import NOON_NS

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_NS = 10**9


def serve(
    engine: Engine, project: str, runs: Sequence[tuple[float, float]], *, host: str = "a"
) -> None:
    """Store a call over each run of the serving tier, from and to so many seconds after noon; all on one host."""
    for begun, ended in runs:
        apps = Traces(start_ns=NOON_NS, service="app")
        call = apps.span("chat llama", start_ns=NOON_NS + int(begun * SECOND_NS), duration_ns=1)
        call.end_time_unix_nano = NOON_NS + int(ended * SECOND_NS)
        usage = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "llama",
            "gen_ai.usage.input_tokens": 100,
            "gen_ai.usage.output_tokens": 10,
        }
        set_attributes(call, usage)
        store(engine, project, apps.body())
        tier = Traces(start_ns=NOON_NS, service="vllm")
        set_attributes(tier.request.resource_spans[0].resource, {"host.name": host})
        tier.request.resource_spans[0].scope_spans[0].scope.name = "vllm.llm_engine"
        run = tier.span(
            "llm_request", parent=call, start_ns=NOON_NS + int(begun * SECOND_NS), duration_ns=1
        )
        run.end_time_unix_nano = NOON_NS + int(ended * SECOND_NS)
        set_attributes(run, {"gen_ai.latency.e2e": ended - begun})
        store(engine, project, tier.body())


def price(engine: Engine, project: str, usd_per_hour: str) -> None:
    """Give every model of the project a price of its GPUs."""
    rate = Rate(EPOCH, "gpu", "llama on two GPUs", {"gpu_second": Decimal(usd_per_hour) / 3600})
    keys = unresolved_keys(engine, project, [NOON])
    store_prices(engine, project, [PriceRow(key, [rate], []) for key in keys])
    settle_touched(engine, "touched_unresolved", project=project, hours=[NOON])


def shares(engine: Engine, project: str) -> list[tuple[float, Decimal]]:
    """Return the GPU seconds and cost of each call of the project, in the order of their start."""
    rows = engine.client().query(
        "SELECT now.gpu_seconds, now.cost_usd, now.price FROM calls FINAL "
        "WHERE project_id = {project:String} ORDER BY start_time, duration_ns DESC",
        parameters={"project": project},
    )
    assert {row[2] for row in rows.result_rows} == {"gpu"}
    return [(round(row[0], 6), row[1]) for row in rows.result_rows]


@pytest.mark.parametrize(
    ("runs", "seconds"),
    [
        ([(0, 10)], [10]),
        ([(0, 10), (20, 25)], [10, 5]),
        ([(0, 10), (0, 10)], [5, 5]),
        ([(0, 10), (4, 6)], [9, 1]),  # the inner one shares two seconds
        ([(0, 10), (5, 15)], [7.5, 7.5]),
        ([(0, 9), (0, 6), (0, 3)], [1 + 1.5 + 3, 1 + 1.5, 1]),
        ([(0, 5), (5, 10)], [5, 5]),  # one after the other
    ],
)
def test_a_moment_is_shared_by_what_runs_in_it(
    engine: Engine, project: str, runs: list[tuple[float, float]], seconds: list[float]
) -> None:
    """The shares of the calls add up to the time in which the instance was busy."""
    serve(engine, project, runs)
    price(engine, project, "7.2")
    share_gpu_time(engine, project, [NOON])
    found = shares(engine, project)
    assert [share for share, _ in found] == seconds
    for (_, cost), share in zip(found, seconds, strict=True):
        assert abs(cost - Decimal(share) * Decimal("0.002")) < Decimal("1e-9")


def test_hosts_do_not_share(engine: Engine, project: str) -> None:
    """Requests that run at the same time on two hosts cost the whole time of each."""
    serve(engine, project, [(0, 10)], host="a")
    serve(engine, project, [(1, 11)], host="b")
    price(engine, project, "3.6")
    share_gpu_time(engine, project, [NOON])
    assert [share for share, _ in shares(engine, project)] == [10, 10]


def test_sharing_again_changes_nothing(engine: Engine, project: str) -> None:
    """Sharing may be repeated, and a call that comes later takes its part of the time."""
    serve(engine, project, [(0, 10)])
    price(engine, project, "3.6")
    for _ in range(2):
        share_gpu_time(engine, project, [NOON])
        assert shares(engine, project) == [(10.0, Decimal("0.01"))]
    serve(engine, project, [(0, 10)])
    share_gpu_time(engine, project, [NOON])
    assert [share for share, _ in shares(engine, project)] == [5, 5]


def test_a_self_hosted_model_is_never_at_an_apis_price(engine: Engine, project: str) -> None:
    """A list price for the same name is told beside; without a price of its GPUs the call is unpriced."""
    serve(engine, project, [(0, 10)])
    rate = Rate(
        EPOCH, "list", "together/llama", {"input": Decimal("1e-6"), "output": Decimal("2e-6")}
    )
    keys = unresolved_keys(engine, project, [NOON])
    store_prices(engine, project, [PriceRow(key, [rate], [rate]) for key in keys])
    settle_touched(engine, "touched_unresolved", project=project, hours=[NOON])
    (row,) = (
        engine.client()
        .query(
            "SELECT now.price, now.cost_usd, now.list_cost_usd FROM calls FINAL WHERE project_id = {project:String}",
            parameters={"project": project},
        )
        .result_rows
    )
    assert row == ("unpriced", Decimal(0), Decimal("0.00012"))
