"""What evaluators are given, and that every trace is judged once by each version."""

from decimal import Decimal

import pytest

from analytics.evaluators.contract import EvaluationFailed, Sample, evaluator
from storage.control import jobs
from storage.control.control import Control
from storage.control.evaluator_models import EvaluatorState
from storage.control.evaluators import states_of
from storage.evaluators.work import Override, Sampling, Uncertain
from tests.analytics.evaluation_runs.runs import (
    Counting,
    Run,
    backfill,
    enable,
    job_of,
    run_all,
    scores,
    standing,
    versions,
)
from tests.samples import message, set_attributes
from tests.world import World

pytestmark = pytest.mark.engine

DAY = ("2025-06-01T00:00:00+00:00", "2025-06-02T00:00:00+00:00")


def state_of(control: Control, project: str, name: str) -> EvaluatorState:
    """Return how an evaluator is doing."""
    with control.database.reading() as session:
        return states_of(session, project)[name]


@pytest.fixture
def length(world: World, control: Control) -> Counting:
    """Return an evaluator that is on in the project."""
    enable(control, world.scope.project, "length")
    return Counting()


def test_traces_get_an_evaluation_each(world: World, control: Control, length: Counting) -> None:
    """A trace has one evaluation by the evaluator, which says who it is from and how it was sampled."""
    first, second = world.ask("a", "x" * 100), world.ask("b", "y" * 200, at_s=7200)
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    assert scores(world.engine, world.scope.project) == {first: 0.1, second: 0.2}
    row = standing(world.engine, world.scope.project)[first]
    told = {
        k: row[k] for k in ("kind", "label", "source", "author", "evaluator_version", "probability")
    }
    assert told == {
        "kind": "number", "label": "long", "source": "model", "author": "groundwire", "evaluator_version": "1",
        "probability": 1,
    }  # fmt: skip


@pytest.mark.parametrize("little", [200, 1])
def test_quiet_hours_are_dealt_with_together_the_newest_first(
    world: World,
    control: Control,
    length: Counting,
    monkeypatch: pytest.MonkeyPatch,
    little: int,
) -> None:
    """Hours with few traces take one step, hours with many one each; all are judged once in the end."""
    monkeypatch.setattr("analytics.evaluation_runs.portions.LITTLE", little)
    for hour in range(3):
        world.ask("q", f"answer {hour}", at_s=hour * 3600)
    world.save()
    run = Run(world.engine, control, world.scope.project, {"length": length})
    run.work.step()
    at_once = ["answer 0", "answer 1", "answer 2"] if little > 3 else ["answer 2"]
    assert sorted(sample.answer for sample in length.asked) == at_once
    run.until_done()
    assert sorted(sample.answer for sample in length.asked) == ["answer 0", "answer 1", "answer 2"]
    assert len(versions(world.engine, world.scope.project)) == 3


def test_nothing_is_judged_twice(world: World, control: Control, length: Counting) -> None:
    """Another worker finds nothing to do, and asks nothing."""
    world.ask()
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    run_all(world.engine, control, world.scope.project, length)
    assert len(length.asked) == 1
    assert len(versions(world.engine, world.scope.project)) == 1


def test_the_same_texts_are_judged_once(world: World, control: Control) -> None:
    """Traces that hold the same text share what an evaluator says of it, and each has its evaluation."""
    enable(control, world.scope.project, "length")
    length = Counting(reads=("input",))
    for number in range(5):
        world.ask("the same", f"answer {number}", at_s=number)
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    world.ask("the same", "an hour later", at_s=3600)
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    assert len(length.asked) == 1
    assert list(scores(world.engine, world.scope.project).values()) == [0.008] * 6


def test_an_answer_comes_with_its_question_and_what_was_retrieved(
    world: World, control: Control, length: Counting
) -> None:
    """Contexts are the documents of the last retrieval in their order, then what tools gave back, each text once."""
    top = world.traces.span("POST /chat")
    early = world.traces.span("search", parent=top, start_ns=top.start_time_unix_nano + 1)
    late = world.traces.span("rerank", parent=top, start_ns=top.start_time_unix_nano + 2)
    tool = world.traces.span("tool", parent=top, start_ns=top.start_time_unix_nano + 3)
    chat = world.traces.span("chat", parent=top, start_ns=top.start_time_unix_nano + 4)
    for span, texts in ((early, ["old"]), (late, ["second", "first"])):
        documents = [{"id": t, "content": t, "score": 0.5} for t in texts]
        set_attributes(
            span, {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents}
        )
    set_attributes(tool, {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.result": "sunny",
    })  # fmt: skip
    set_attributes(chat, {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.input.messages": [message("system", "be brief"), message("user", "how is it?")],
        "gen_ai.output.messages": [message("assistant", "it is sunny")],
    })  # fmt: skip
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    (sample,) = length.asked
    assert (sample.question, sample.answer) == ("how is it?", "it is sunny")
    assert list(sample.contexts) == ["second", "first", "sunny"]
    assert sample.facts["context_ids"] == ["second", "first", ""]
    facts = {name: sample.facts[name] for name in ("model", "system", "finish_reasons")}
    assert facts == {"model": "gpt-4o", "system": "be brief", "finish_reasons": "stop"}


def test_the_highest_of_several_texts_stands_for_the_trace(world: World, control: Control) -> None:
    """A detector over single texts judges each, and the trace has the score of the worst."""
    enable(control, world.scope.project, "length")
    length = Counting(reads=("input", "output"))
    world.ask("q" * 300, "a" * 100)
    world.save()
    run_all(world.engine, control, world.scope.project, length)
    assert sorted(len(s.text) for s in length.asked) == [100, 300]
    assert list(scores(world.engine, world.scope.project).values()) == [0.3]


def test_a_late_span_that_changes_texts_has_the_trace_judged_again(
    world: World, control: Control, length: Counting
) -> None:
    """The evaluation is the same one in a newer version; late spans without texts change nothing."""
    trace_id = world.ask("hi", "short")
    root = world.traces.request.resource_spans[0].scope_spans[0].spans[0]
    world.save()
    run_all(world.engine, control, world.scope.project, length)

    def come_late(name: str, **attributes: object) -> None:
        span = world.traces.span(name, parent=root, start_ns=root.start_time_unix_nano + 10**9)
        set_attributes(span, attributes)
        world.save()
        run_all(world.engine, control, world.scope.project, length)

    come_late("something")
    assert len(versions(world.engine, world.scope.project)) == 1
    come_late("chat", **{
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o",
        "gen_ai.input.messages": [message("user", "hi")],
        "gen_ai.output.messages": [message("assistant", "l" * 500)],
    })  # fmt: skip
    assert scores(world.engine, world.scope.project) == {trace_id: 0.5}
    assert {row["id"] for row in versions(world.engine, world.scope.project)} == {
        f"length:{trace_id}"
    }


def test_texts_that_are_not_kept_are_not_judged(
    world: World, control: Control, length: Counting
) -> None:
    """Where a project's texts are gone there is no evaluation, no error, and nothing is left to do."""
    world.ask("gone", "gone too")
    world.save()
    world.engine.client().command(
        "DELETE FROM contents WHERE project_id = {project:String}",
        parameters={"project": world.scope.project},
    )
    run_all(world.engine, control, world.scope.project, length)
    assert length.asked == []
    assert scores(world.engine, world.scope.project) == {}


def test_a_new_version_judges_what_comes_and_a_backfill_the_rest(
    world: World, control: Control, length: Counting
) -> None:
    """Old traces keep the judgement of the old version until a backfill; each version judges a trace once."""
    project = world.scope.project
    old = world.ask("old", "x" * 100)
    world.save()
    run_all(world.engine, control, project, length)
    length.version = "2"
    new = world.ask("new", "y" * 200, at_s=1)
    world.save()
    run = Run(world.engine, control, project, {"length": length})
    run.until_done()
    by_version = {t: row["evaluator_version"] for t, row in standing(world.engine, project).items()}
    assert by_version == {old: "1", new: "2"}

    job_id = backfill(control, project, "length", *DAY)
    Run(world.engine, control, project, {"length": length}).until_done()
    job = job_of(control, project, job_id)
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    assert job.report == {"traces": 1, "evaluations": 1}
    counted = sorted(
        (row["trace_id"], row["evaluator_version"]) for row in versions(world.engine, project)
    )
    assert counted == sorted([(old, "1"), (old, "2"), (new, "2")])


def test_a_share_of_traces_is_judged(world: World, control: Control) -> None:
    """About as many as the rate says, the same ones whoever asks, and the probability is kept."""
    project = world.scope.project
    enable(control, project, "length", sampling=Sampling(rate=0.3))
    for number in range(300):
        world.ask("q", f"answer {number}", at_s=number)
    world.save()
    run_all(world.engine, control, project, Counting())
    judged = standing(world.engine, project)
    assert 60 <= len(judged) <= 120
    assert {row["probability"] for row in judged.values()} == {0.3}


def test_overrides_go_before_the_rate(world: World, control: Control) -> None:
    """A tenant, feature or model has a rate of its own; of several the highest counts."""
    project = world.scope.project
    overrides = (
        Override("tenant", "acme", 1.0),
        Override("model", "gpt-4o", 0.0),
        Override("feature", "x", 1.0),
    )
    enable(control, project, "length", sampling=Sampling(rate=0.0, overrides=overrides))
    acme = world.ask("a", "1", root={"tenant.id": "acme"})
    world.ask("b", "2")
    other = world.ask("c", "3", root={"groundwire.feature": "x"})
    world.save()
    run_all(world.engine, control, project, Counting())
    judged = set(scores(world.engine, project))
    assert acme in judged
    assert judged <= {acme, other}


def test_more_is_judged_where_another_evaluator_is_uncertain(
    world: World, control: Control, length: Counting
) -> None:
    """A judge looks at traces whose other score lies in a range, with the probability that it says."""
    project = world.scope.project
    uncertain = Uncertain("length", 0.3, 0.7, 1.0)
    enable(control, project, "judge", sampling=Sampling(rate=0.0, uncertain=uncertain))
    unsure = world.ask("a", "x" * 500)
    world.ask("b", "x" * 100)
    world.save()
    run_all(world.engine, control, project, length, Counting(name="judge"))
    judged = standing(world.engine, project, "judge")
    assert {trace: row["probability"] for trace, row in judged.items()} == {unsure: 1.0}


def test_a_raised_rate_counts_for_what_is_judged_already(world: World, control: Control) -> None:
    """In an hour that is dealt with again every trace has the probability of now, so that its rate is unbiased."""
    project = world.scope.project
    length = Counting()
    for number in range(100):
        world.ask("q", f"answer {number}", at_s=number)
    world.save()
    enable(control, project, "length", sampling=Sampling(rate=0.4))
    run_all(world.engine, control, project, length)
    asked = len(length.asked)
    enable(control, project, "length", sampling=Sampling(rate=1.0))
    world.ask("q", "one more", at_s=200)
    world.save()
    run_all(world.engine, control, project, length)
    judged = standing(world.engine, project)
    assert (len(judged), len(length.asked)) == (101, 101)
    assert 0 < asked < 100
    assert {row["probability"] for row in judged.values()} == {1.0}


def test_an_evaluator_that_fails_is_left_alone_and_others_go_on(
    world: World, control: Control, length: Counting
) -> None:
    """Its project's members see why, it judges nothing, and what it missed is judged when it is well again."""
    project = world.scope.project
    enable(control, project, "judge")
    judge = Counting(name="judge", fails=lambda _: True)
    world.ask()
    world.ask(at_s=7200)
    world.save()
    run = Run(world.engine, control, project, {"length": length, "judge": judge})
    run.until_done()
    assert len(scores(world.engine, project)) == 2
    assert scores(world.engine, project, "judge") == {}
    state = state_of(control, project, "judge")
    assert (state.errors, state.error) == (1, "the judge does not answer")
    assert state.held_until is not None
    judge.fails = lambda _: False
    run_all(world.engine, control, project, length, judge)
    assert len(scores(world.engine, project, "judge")) == 2


@pytest.mark.parametrize("place", [0, 1, 20])
def test_one_sample_that_is_too_much_holds_nobody_up(
    world: World, control: Control, place: int
) -> None:
    """An own function that raises on one answer judges all the others, whichever it is asked about first."""
    project = world.scope.project
    enable(control, project, "length")
    for number in range(21):
        world.ask("q", f"answer {number}", at_s=number)
    world.save()
    met: list[str] = []

    @evaluator("length")
    def length(sample: Sample) -> float:
        if sample.answer not in met:
            met.append(sample.answer)
        if met.index(sample.answer) == place:
            raise KeyError(sample.answer)
        return len(sample.answer)

    run_all(world.engine, control, project, length)
    judged = standing(world.engine, project)
    assert len(judged) == 20
    assert {row["source"] for row in judged.values()} == {"code"}


def test_a_spend_cap_stops_an_evaluator(world: World, control: Control) -> None:
    """What it has cost today counts, whichever worker asked; people see that it rests."""
    project = world.scope.project
    enable(control, project, "length", daily_cap_usd=Decimal("0.05"))
    length = Counting(cost_usd=0.01)
    for number in range(40):
        world.ask("q", f"answer {number}", at_s=number)
    world.save()
    run_all(world.engine, control, project, length)
    run_all(world.engine, control, project, length)
    assert 5 <= len(length.asked) <= 5 + 8
    assert "spend cap" in state_of(control, project, "length").held_because


def test_an_evaluator_that_is_switched_off_does_not_judge(world: World, control: Control) -> None:
    """One of one's own runs only where it was switched on."""
    world.ask()
    world.save()
    length = Counting()
    run_all(world.engine, control, world.scope.project, length)
    assert length.asked == []


def test_a_backfill_of_an_evaluator_that_is_not_there_fails(
    world: World, control: Control, length: Counting
) -> None:
    """The job says why."""
    project = world.scope.project
    world.ask()
    world.save()
    job_id = backfill(control, project, "unknown", *DAY)
    run_all(world.engine, control, project, length)
    job = job_of(control, project, job_id)
    assert (job.state, job.error) == ("failed", "there is no evaluator unknown in this worker")


class Unusable(Counting):
    """An evaluator whose model is not there."""

    @property
    def version(self) -> str:
        """Say why there is none."""
        raise EvaluationFailed("the model cannot be loaded")

    @version.setter
    def version(self, _: str) -> None:
        """Take no version."""


def test_an_evaluator_that_cannot_be_used_stops_no_other(
    world: World, control: Control, length: Counting
) -> None:
    """Its project's members see why; the others judge."""
    project = world.scope.project
    world.ask()
    world.save()
    run_all(world.engine, control, project, Unusable(name="model"), length)
    assert len(scores(world.engine, project)) == 1
    assert state_of(control, project, "model").error == "the model cannot be loaded"


def test_a_single_text_says_what_it_is(world: World, control: Control) -> None:
    """What users wrote and what was retrieved are told apart, also where both say the same."""
    project = world.scope.project
    enable(control, project, "length")
    documents = [{"id": "d", "content": "the same", "score": 1.0}]
    root = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents}
    world.ask("the same", root=root)
    world.save()
    length = Counting(reads=("input", "retrieved"))
    run_all(world.engine, control, project, length)
    assert sorted(sample.facts["reads"] for sample in length.asked) == ["input", "retrieved"]


def test_a_backfill_that_is_cancelled_stops(
    world: World, control: Control, length: Counting
) -> None:
    """What it has judged stays, and the job says that it was cancelled."""
    project = world.scope.project
    world.ask()
    world.save()
    job_id = backfill(control, project, "length", *DAY)
    run = Run(world.engine, control, project, {"length": length})
    run.work.step()
    with control.database.session() as session:
        job = jobs.get_job(session, project, job_id, "evaluate")
        assert job is not None
        jobs.cancel(session, job)
    run.until_done()
    assert job_of(control, project, job_id).state == "cancelled"
    assert len(scores(world.engine, project)) == 1


def test_a_backfill_goes_on_in_another_worker(
    world: World, control: Control, length: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that ends gives it back; the next one finds what is done and judges nothing twice."""
    monkeypatch.setattr("analytics.evaluation_runs.portions.LITTLE", 1)
    project = world.scope.project
    world.ask("q", "early")
    world.ask("q", "late", at_s=7200)
    world.save()
    job_id = backfill(control, project, "length", *DAY)
    run = Run(world.engine, control, project, {"length": length})
    run.work.step()
    run.stopping.set()
    run.work.stop()
    assert job_of(control, project, job_id).state == "queued"
    run_all(world.engine, control, project, length)
    assert job_of(control, project, job_id).state == "done"
    assert len(versions(world.engine, project)) == 2


def test_one_failure_is_enough_to_rest(world: World, control: Control) -> None:
    """An evaluator that is away is not asked again for every older hour."""
    project = world.scope.project
    enable(control, project, "judge")
    for hour in range(5):
        world.ask(at_s=3600 * hour)
    world.save()
    run_all(world.engine, control, project, Counting(name="judge", fails=lambda _: True))
    assert state_of(control, project, "judge").errors == 1
