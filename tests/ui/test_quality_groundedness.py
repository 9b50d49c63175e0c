"""The page of groundedness over real evaluations in the engine."""

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage import evaluations, traces
from storage.client import Engine
from storage.control.access import LOCAL
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.evaluators.verdicts import StoredVerdict, store_verdicts
from storage.evaluators.writing import By, EvaluatorEvaluation, write_evaluations
from storage.window import Window
from tests.callers import asking_as
from tests.world import World
from ui.data import quality_groundedness as data
from ui.timerange import TimeRange

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
HOUR = Window(NOON, NOON + timedelta(hours=1))
RANGE = {"from": "2025-06-01T12:00:00Z", "to": "2025-06-01T13:00:00Z"}
OWN = "groundedness:model"
JUDGE = "groundedness_judge:model"
REVIEW = "review:human"

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


def judged(
    world: World, evaluator: str, given: Mapping[str, bool | str], *, probability: float = 1.0
) -> None:
    """Have an evaluator of ours call traces unsupported (true), supported, or say why it cannot tell."""
    rows = [
        EvaluatorEvaluation(
            trace_id=trace_id,
            score=None if said == "no_contexts" else 0.1 + place / 1000 if said is True else 0.9,
            label=said if isinstance(said, str) else "unsupported" if said else "supported",
            explanation="",
            probability=probability,
            key=place + 1,
        )
        for place, (trace_id, said) in enumerate(given.items())
    ]
    write_evaluations(world.engine, world.scope, By(evaluator, "v1", "model"), rows)


def reviewed(trace_id: str, value: Any, author: str = "ann") -> Evaluation:
    """Return what somebody says of a trace."""
    return Evaluation(name="review", value=value, source="human", author=author, trace_id=trace_id)


@pytest.fixture(scope="module")
def world(engine: Engine) -> World:
    """Return a project with 40 answers in the hour and 20 in the hour before.

    Our own model calls every fourth unsupported, and says nothing of one. The judge saw the first ten in full and ten
    more that stand for three each; it says the same but of one. People reviewed twelve, and differ on one of them.
    """
    world = World(engine, f"p{uuid.uuid4().hex[:12]}")
    ids = [
        world.ask(
            f"question {i}",
            at_s=i * 60,
            root={"feature.name": "chat" if i % 2 else "search", "tenant.id": "acme"},
        )
        for i in range(40)
    ]
    earlier = [world.ask(at_s=-3000 + i) for i in range(20)]
    world.save()
    own: dict[str, bool | str] = {one: i % 4 == 0 for i, one in enumerate(ids)}
    judged(world, "groundedness", own | {ids[39]: "no_contexts"})
    judged(world, "groundedness", {one: i < 10 for i, one in enumerate(earlier)})
    judged(world, "groundedness_judge", {one: i % 4 == 0 for i, one in enumerate(ids[:10])})
    tail = {one: i % 4 == 0 or i == 11 for i, one in enumerate(ids) if 10 <= i < 20}
    judged(world, "groundedness_judge", tail, probability=1 / 3)
    given = [reviewed(one, i % 4 != 0) for i, one in enumerate(ids[:12])]
    given.append(reviewed(ids[3], value=False, author="bob"))
    evaluations.write(world.engine, world.scope, given)
    claims = [
        {"text": "It is so.", "start": 0, "end": 9, "score": 0.95, "evidence": None, "conflicts": []},
        {"text": "Paid in gold." * 40, "start": 10, "end": 530, "score": 0.07, "evidence": None,
         "conflicts": ["name Gold"]},
    ]  # fmt: skip
    figures = {"claims": 2, "claims_unsupported": 1, "citations": 3, "citations_existing": 2,
               "citation_hits": 1}  # fmt: skip
    verdict = StoredVerdict(
        key=1,
        score=0.1,
        label="unsupported",
        explanation="",
        details={"claims": claims, "figures": figures},
    )
    store_verdicts(world.engine, world.scope, "groundedness", "v1", [verdict])
    return world


def page(world: World, **query: str) -> dict[str, Any]:
    """Return what the page shows of the hour."""
    return data.page(
        world.engine, data.parse({"project": world.scope.project, **RANGE} | query), HOUR
    )


def found(world: World, query: dict[str, str]) -> set[str]:
    """Return the traces that a link of the page leads to."""
    time_range = TimeRange(
        start=datetime.fromisoformat(query["from"]), end=datetime.fromisoformat(query["to"])
    )
    rows = traces.list_traces(
        world.engine,
        world.scope,
        window=time_range.window(NOON),
        filter=query["filter"],
        limit=200,
    ).rows
    return {row.trace_id for row in rows}


def by_judge(shown: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the judges by their keys."""
    return {one["judge"]: one for one in shown["judges"]}


def test_each_judge_has_its_rate(world: World) -> None:
    """Answers that cannot be judged count for nothing, a sampled trace for as many as it stands for, a tie for none."""
    shown = by_judge(page(world))

    assert list(shown) == [OWN, JUDGE, REVIEW]
    own, judge, review = (shown[key] for key in (OWN, JUDGE, REVIEW))
    assert (own["now"]["n"], own["now"]["unsupported"]) == (39, 10)
    assert own["now"]["value"] == pytest.approx(10 / 39)
    assert own["before"]["value"] == 0.5
    assert own["change"]["value"] == pytest.approx(10 / 39 - 0.5)
    # Three of the first ten, and two and the one more of those that stand for three.
    assert (judge["now"]["n"], judge["now"]["stand_for"]) == (20, 40)
    assert judge["now"]["value"] == pytest.approx((3 + 9) / 40)
    assert judge["now"]["low"] < judge["now"]["value"] < judge["now"]["high"]
    assert (review["now"]["n"], review["now"]["unsupported"]) == (11, 3)
    assert judge["change"] is None


def test_figures_lead_to_exactly_their_traces(world: World) -> None:
    """Rates, groups and cells of agreement each list the traces that they count."""
    shown = page(world)

    told = by_judge(shown)
    for key in (OWN, JUDGE):
        assert len(found(world, told[key]["traces"])) == told[key]["now"]["unsupported"]
    # Of people, one is enough to be listed: the trace on which they differ is.
    assert len(found(world, told[REVIEW]["traces"])) == told[REVIEW]["now"]["unsupported"] + 1
    assert len(found(world, told[OWN]["traces_before"])) == 10
    groups = [group for kind in shown["groups"] for group in kind["groups"]]
    assert {group["name"] for group in groups} >= {"search", "chat", "acme", "gpt-4o", ""}
    for group in groups:
        assert len(found(world, group["traces"])) == group["unsupported"]
    (pair,) = (one for one in shown["agreement"] if {one["first"], one["second"]} == {OWN, JUDGE})
    assert (pair["n"], pair["cells"]["second_only"]["count"]) == (20, 1)
    for cell in pair["cells"].values():
        assert len(found(world, cell["traces"])) == cell["count"]


def test_agreement_counts_what_traces_stand_for(world: World) -> None:
    """The share of same answers is of all traffic: the one trace on which they differ stands for three of forty."""
    pairs = {(one["first"], one["second"]): one for one in page(world)["agreement"]}

    assert pairs[OWN, JUDGE]["same"] == pytest.approx(37 / 40)
    assert pairs[OWN, REVIEW]["kappa"]["value"] == 1.0
    assert pairs[OWN, REVIEW]["kappa"]["low"] < 0.9
    assert 0.5 < pairs[OWN, JUDGE]["kappa"]["value"] < 1


def test_the_reader_chooses_judges_and_traces(world: World) -> None:
    """Named judges are compared, one of them over time and in groups; a filter narrows everything."""
    shown = page(world, judges="review:human,groundedness%3Amodel", judge=REVIEW)

    assert list(by_judge(shown)) == [REVIEW, OWN]
    assert shown["main"] == REVIEW
    assert sum(step["n"] for step in shown["series"]["steps"]) == 11
    narrowed = by_judge(page(world, filter='feature = "search"'))
    assert narrowed[OWN]["now"]["n"] == 20
    with pytest.raises(BadInput, match="there is no judge"):
        page(world, judges="groundedness")


def test_the_worst_answers_stand_with_their_worst_sentence(world: World) -> None:
    """The least supported first, each leading to the place of its sentence; a long one is cut."""
    worst = page(world)["worst"]

    scores = [one["score"] for one in worst["answers"]]
    assert scores == sorted(scores)
    assert (worst["evaluator"], len(scores)) == ("groundedness", 10)
    first = worst["answers"][0]
    assert first["question"] == "question 0"
    assert (first["claim"]["start"], first["claim"]["conflicts"]) == (10, ["name Gold"])
    assert (len(first["claim"]["text"]), first["cut"]) == (data.MOST_CLAIM, True)
    assert first["at"] == {"verdict": "groundedness", "claim": "10"}
    assert worst["answers"][1]["claim"] is None


def test_citations_are_counted(world: World) -> None:
    """Of three citations one hits; answers without a verdict in full are not looked at."""
    told = page(world)["citations"]

    assert (told["answers"], told["citing"]) == (1, 1)
    assert (told["citations"], told["existing"], told["hits"]) == (3, 2, 1)
    assert told["hit_rate"]["value"] == pytest.approx(1 / 3)


def test_says_so_where_nobody_judged(engine: Engine, project: str) -> None:
    """Without evaluations there are no figures, and no error."""
    shown = page(World(engine, project))

    assert (shown["judges"], shown["main"], shown["agreement"]) == ([], "", [])
    assert shown["worst"]["answers"] == []
