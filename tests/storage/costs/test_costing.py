"""Re-costing: what readers see before, while and after it runs, whatever happens beside it."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from analytics.price_keeping import PriceKeeping
from analytics.recosting import Run
from storage.client import Engine
from storage.control import jobs, own_prices
from storage.control.control import Control
from storage.control.job_models import Job, JobState
from storage.control.own_price_checks import OwnPriceSpec
from storage.control.projects import ensure_project
from storage.costs import costing as costings
from storage.traces import list_traces
from tests.costs import keep, spent, totals
from tests.storage.costs.test_gpu import serve
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

NOON: Final = datetime.fromtimestamp(NOON_NS / 1e9, UTC)
MODEL: Final = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "ft:ours"}
OUTPUT: Final = 20
"""Tokens of a call of World.ask."""


def price(control: Control, project: str, micro_usd: int, model: str = "ft:ours") -> str:
    """Have a token of output cost so many millionths of a dollar from the first day on; return the entry's id."""
    ensure_project(control.database, project)
    spec = OwnPriceSpec(
        model=model, valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        rates={"input": Decimal(0), "output": Decimal(micro_usd)},
    )  # fmt: skip
    with control.database.session() as session:
        for entry in own_prices.list_prices(session, project):
            if entry.model == model:
                own_prices.change_price(session, entry, spec, changed_by="test")
                return entry.id
        return own_prices.add_price(session, project, spec, created_by="test").id


def ask(world: World, days: list[int], call: dict[str, Any] | None = None) -> None:
    """Store one call on each of some days after the first of June."""
    for day in days:
        world.ask(at_s=day * 86_400, call={**MODEL, **(call or {})})
    world.save()


def cost_of(calls: int, micro_usd: int) -> Decimal:
    """Return what so many calls cost at a price."""
    return calls * OUTPUT * micro_usd * Decimal("1e-6")


class Recost:
    """A job of re-costing in a test's project."""

    def __init__(self, world: World, control: Control) -> None:
        self.world = world
        self.control = control
        self.project = world.scope.project
        self.stopping = threading.Event()

    def start(self, source: str = "prices", days: int = 200) -> int:
        """Put a job over so many days in the queue."""
        ensure_project(self.control.database, self.project)
        end = NOON + timedelta(days=days)
        told = {"start": NOON.isoformat(), "end": end.isoformat(), "from": source}
        with self.control.database.session() as session:
            return jobs.enqueue(session, self.project, "recost", told, created_by="test").id

    def claim(self, worker: str = "w", after: timedelta = timedelta()) -> Run:
        """Take the job up, as a worker does."""
        at = datetime.now(UTC) + after
        with self.control.database.session() as session:
            job = jobs.claim(session, worker, at)
        assert job is not None
        return Run(self.world.engine, self.control.database, job, worker, self.stopping)

    def job(self, job_id: int) -> Job:
        """Return the job as it is now."""
        with self.control.database.reading() as session:
            job = jobs.get_job(session, self.project, job_id, "recost")
            assert job is not None
            return job

    def run(self, source: str = "prices", days: int = 200) -> Job:
        """Run a job from its start to its end."""
        job_id = self.start(source, days)
        self.claim().run()
        return self.job(job_id)

    def keep(self) -> None:
        """Bring the project's costs up to date as the worker does."""
        keep(self.world.engine, self.control.database, self.project)

    def spent(self) -> Decimal:
        """Return what the project spent, the rollups and calls agreeing."""
        return spent(self.world.engine, self.project)


@pytest.fixture
def recost(world: World, control: Control) -> Recost:
    """Return a project whose calls can be costed anew."""
    return Recost(world, control)


@pytest.mark.parametrize("source", ["prices", "spans"])
def test_a_price_that_is_mended_reaches_stored_calls(recost: Recost, source: str) -> None:
    """Calls of several months cost the new price after it; their traces say so too, and the report tells."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 0, 40, 80])
    recost.keep()
    assert recost.spent() == cost_of(4, 10)
    price(recost.control, recost.project, 25)
    recost.keep()
    assert recost.spent() == cost_of(4, 10)

    job = recost.run(source)

    assert recost.spent() == cost_of(4, 25)
    assert (job.state, job.done, job.total) == (JobState.DONE, job.total, job.total)
    rows = list_traces(recost.world.engine, recost.world.scope).rows
    assert {row.cost_usd for row in rows} == {float(cost_of(1, 25))}
    assert job.report is not None
    assert (job.report["calls"], job.report["changed_calls"]) == (4, 4)
    (model,) = job.report["models"]
    assert (model["model"], model["calls"]) == ("ft:ours", 4)
    assert Decimal(model["before_usd"]) == cost_of(4, 10)
    assert Decimal(job.report["after_usd"]) == cost_of(4, 25)
    recost.keep()
    assert recost.spent() == cost_of(4, 25)
    (left,) = totals(recost.world.engine, "usage_by_hour", recost.project, "unpriced_requests")
    assert left == 0


@pytest.mark.parametrize("source", ["prices", "spans"])
def test_gpu_time_gets_the_new_price_of_the_hour(recost: Recost, source: str) -> None:
    """What a self-hosted model's calls share of its GPUs stays; what that costs is worked out anew."""
    serve(recost.world.engine, recost.project, [(0, 10), (0, 10)])
    for usd_per_hour in ("3.6", "7.2"):
        gpu_price(recost.control, recost.project, usd_per_hour)
        recost.keep()
    assert recost.spent() == Decimal("0.01")
    recost.run(source)
    assert recost.spent() == Decimal("0.02")
    recost.keep()
    assert recost.spent() == Decimal("0.02")
    (seconds,) = totals(recost.world.engine, "usage_by_hour", recost.project, "gpu_seconds")
    assert seconds == pytest.approx(10)


def gpu_price(control: Control, project: str, usd_per_hour: str) -> None:
    """Have the GPUs of every model cost so much."""
    ensure_project(control.database, project)
    spec = OwnPriceSpec(
        model="*", valid_from=datetime(2020, 1, 1, tzinfo=UTC), kind="gpu",
        gpu_hour=Decimal(usd_per_hour), gpus=Decimal(1),
    )  # fmt: skip
    with control.database.session() as session:
        for entry in own_prices.list_prices(session, project):
            own_prices.remove_price(session, entry)
        session.flush()
        own_prices.add_price(session, project, spec, created_by="test")


def test_a_second_re_costing_begins_where_the_first_one_ended(recost: Recost) -> None:
    """Costed anew once more, with and without the rollups settled in between, the last price counts."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 40])
    recost.keep()
    for micro_usd, settled in ((20, False), (30, True), (40, False)):
        price(recost.control, recost.project, micro_usd)
        job = recost.run()
        assert job.report is not None
        assert Decimal(job.report["before_usd"]) == cost_of(2, micro_usd - 10)
        if settled:
            recost.keep()
        assert recost.spent() == cost_of(2, micro_usd)


def test_only_calls_of_the_range_change(recost: Recost) -> None:
    """A range that ends amid an hour divides its calls."""
    price(recost.control, recost.project, 10)
    recost.world.ask(at_s=60, call=MODEL)
    recost.world.ask(at_s=1800, call=MODEL)
    recost.world.save()
    recost.keep()
    price(recost.control, recost.project, 20)
    told = {
        "start": NOON.isoformat(),
        "end": (NOON + timedelta(minutes=20)).isoformat(),
        "from": "prices",
    }
    with recost.control.database.session() as session:
        jobs.enqueue(session, recost.project, "recost", told, created_by="test")
    recost.claim().run()
    assert recost.spent() == cost_of(1, 10) + cost_of(1, 20)


def test_nothing_changes_where_nothing_is_to_change(recost: Recost) -> None:
    """At the same prices no call is written anew."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 1])
    recost.keep()
    for source in ("prices", "spans"):
        job = recost.run(source)
        assert job.report is not None
        assert (job.report["calls"], job.report["changed_calls"], job.report["models"]) == (
            2,
            0,
            [],
        )
        assert job.report["before_usd"] == job.report["after_usd"]


def test_a_call_that_is_settled_meanwhile_keeps_what_it_has(recost: Recost) -> None:
    """A late span below a call, between costing and publishing, makes it one that is repeated: it stays so."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0])
    recost.keep()
    price(recost.control, recost.project, 20)
    PriceKeeping(recost.world.engine, recost.control.database).refresh(recost.project)
    engine = recost.world.engine
    costing = costings.Costing(recost.project, 1, NOON, NOON + timedelta(days=1), "prices")
    costings.begin(engine, costing)
    for portion in costings.portions(engine, costing):
        costings.cost(engine, costing, portion)
    report_again_below(recost.world)
    recost.keep()
    costings.publish(engine, costing)
    assert recost.spent() == cost_of(1, 20)
    assert totals(engine, "usage_by_hour", recost.project, "requests") == (1,)


def report_again_below(world: World) -> None:
    """Store a client's span below the one call that there is, which reports it too."""
    found = world.engine.client().query(
        "SELECT trace_id, span_id FROM calls FINAL WHERE project_id = {project:String}",
        parameters={"project": world.scope.project},
    )
    ((trace_id, span_id),) = found.result_rows
    world.traces.span(
        "chat", parent=Span(trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id)),
        start_ns=NOON_NS + 5000, gen_ai__operation__name="chat", gen_ai__provider__name="openai",
        gen_ai__request__model="ft:ours", gen_ai__usage__input_tokens=100,
        gen_ai__usage__output_tokens=OUTPUT,
    )  # fmt: skip
    world.save()


def test_a_cancelled_job_leaves_the_old_figures(recost: Recost) -> None:
    """Asked to stop while it runs, it publishes nothing, and the next one is not hindered."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 40])
    recost.keep()
    price(recost.control, recost.project, 20)
    job_id = recost.start()
    run = recost.claim()
    with recost.control.database.session() as session:
        job = jobs.get_job(session, recost.project, job_id, "recost")
        assert job is not None
        jobs.cancel(session, job)
    run.run()
    assert recost.job(job_id).state == JobState.CANCELLED
    assert recost.spent() == cost_of(2, 10)
    recost.run()
    assert recost.spent() == cost_of(2, 20)


def test_a_dead_worker_is_followed_by_another(
    recost: Recost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the first portion, the job is done by the next worker; the dead one's figures are never read."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 40, 80])
    recost.keep()
    price(recost.control, recost.project, 20)
    job_id = recost.start()
    dying = recost.claim("first")
    cost = costings.cost
    portions: list[costings.Portion] = []

    def die(engine: Engine, costing: costings.Costing, portion: costings.Portion) -> None:
        if portions:
            raise KeyboardInterrupt
        portions.append(portion)
        cost(engine, costing, portion)

    monkeypatch.setattr(costings, "cost", die)
    with pytest.raises(KeyboardInterrupt):
        dying.run()
    monkeypatch.undo()
    assert recost.spent() == cost_of(3, 10)
    recost.claim("second", after=jobs.SILENCE * 2).run()
    assert recost.job(job_id).state == JobState.DONE
    assert recost.spent() == cost_of(3, 20)


def test_what_was_published_before_death_is_brought_to_its_end(
    recost: Recost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies right after publishing leaves new figures; the next one mends the traces and reports."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 40])
    recost.keep()
    price(recost.control, recost.project, 20)
    job_id = recost.start("spans")
    dying = recost.claim("first")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(costings, "follow", die)
    with pytest.raises(KeyboardInterrupt):
        dying.run()
    monkeypatch.undo()
    assert recost.spent() == cost_of(2, 20)
    recost.claim("second", after=jobs.SILENCE * 2).run()
    job = recost.job(job_id)
    assert job.report is not None
    assert (job.state, job.report["changed_calls"]) == (JobState.DONE, 2)
    rows = list_traces(recost.world.engine, recost.world.scope).rows
    assert {row.cost_usd for row in rows} == {float(cost_of(1, 20))}


def test_the_end_of_the_process_gives_the_job_back(recost: Recost) -> None:
    """A worker that is told to end publishes nothing, and another one may have the job at once."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0])
    recost.keep()
    price(recost.control, recost.project, 20)
    job_id = recost.start()
    run = recost.claim()
    recost.stopping.set()
    run.run()
    assert recost.job(job_id).state == JobState.QUEUED
    assert recost.spent() == cost_of(1, 10)
    recost.stopping.clear()
    recost.claim().run()
    assert recost.spent() == cost_of(1, 20)


def test_spans_of_before_calls_were_get_them(recost: Recost) -> None:
    """From spans, calls that were never settled are found, priced, and counted at once."""
    price(recost.control, recost.project, 10)
    ask(recost.world, [0, 40])
    engine = recost.world.engine
    for table in ("calls", "changed_hours"):
        engine.client().command(
            f"DELETE FROM {table} WHERE project_id = {{project:String}}",  # noqa: S608 - one of two names
            parameters={"project": recost.project},
        )
    assert recost.spent() == 0
    job = recost.run("spans")
    assert recost.spent() == cost_of(2, 10)
    assert job.report is not None
    assert [row["price"] for row in job.report["prices"]] == ["not counted to own"]
    recost.keep()
    assert recost.spent() == cost_of(2, 10)


def test_readers_see_either_the_old_or_the_new(recost: Recost) -> None:
    """Somebody who asks all the while for totals over months sees two figures, the old one first."""
    price(recost.control, recost.project, 10)
    for _ in range(3):
        ask(recost.world, [day for day in range(90) for _ in range(12)])
    recost.keep()
    calls = 3 * 90 * 12
    price(recost.control, recost.project, 20)
    recost.keep()
    seen: dict[str, list[tuple[Any, ...]]] = {
        "usage_by_hour": [], "usage_by_session": [], "calls": [],
    }  # fmt: skip
    done = threading.Event()

    def watch(table: str) -> None:
        while not done.is_set():
            figures = totals(recost.world.engine, table, recost.project, "cost_usd")
            seen[table].append(figures)

    watchers = [threading.Thread(target=watch, args=(table,)) for table in seen]
    for watcher in watchers:
        watcher.start()
    try:
        recost.run()
        recost.keep()
    finally:
        done.set()
        for watcher in watchers:
            watcher.join()
    old, new = (cost_of(calls, 10),), (cost_of(calls, 20),)
    assert recost.spent() == new[0]
    for figures in seen.values():
        flips = [figures[0], *(b for a, b in itertools.pairwise(figures) if a != b)]
        assert flips == [old, new]
        assert len(figures) > 2
