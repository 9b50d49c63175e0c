"""Figures of retrieval on traces made by hand, whose figures are known."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics.retrieval.report import Figure, RetrievalReport, report, values_of
from storage import retrieval
from storage.outcomes import Where
from storage.window import Window
from tests.analytics.retrieval.retrievals import Found, claim, judge, retrieve, say
from tests.world import World

pytestmark = pytest.mark.engine

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
WHERE = Where(Window(NOON, NOON + timedelta(hours=4)))
A = Found(
    "a", "Refunds take five working days after the request is approved by the finance team.", 0.9
)
B = Found("b", "Parcels are sent from Rotterdam every weekday evening at six o'clock sharp.", 0.7)
C = Found("c", "Passwords are reset on the sign-in page by the link under the password field.", 0.4)


def asked(world: World, where: Where = WHERE) -> RetrievalReport:
    """Return the report of the window."""
    return report(world.engine, world.scope, where)


def value(found: RetrievalReport, measure: str) -> float:
    """Return a measure of all traces."""
    return of(found, measure).value.value


def of(found: RetrievalReport, measure: str) -> Figure:
    """Return the figure of a measure of all traces."""
    (one,) = [figure for figure in found.measures if figure.measure == measure]
    return one


def test_contexts_that_answers_rest_on(world: World) -> None:
    """Three of seven contexts hold the evidence of a supported claim; what is not likely supported does not count."""
    one = retrieve(world, [A, B, C])
    two = retrieve(world, [C, B], at_s=60)
    three = retrieve(world, [A, B], at_s=120)
    world.save()
    judge(world, one, claim(0.9, 0), claim(0.8, 0), claim(0.3, 1))
    judge(world, two, claim(0.9, 1), claim(0.6, 0))
    judge(world, three, claim(0.2, 0, "number 5"), label="unsupported")

    found = asked(world)

    assert value(found, "context_used") == pytest.approx(3 / 7)
    assert of(found, "context_used").n == 7
    assert value(found, "position") == pytest.approx(1.0)
    assert value(found, "without_support") == pytest.approx(1 / 3)
    assert [(r.rank, r.n, r.used.value) for r in found.ranks] == [
        (1, 3, pytest.approx(2 / 3)),
        (2, 3, pytest.approx(1 / 3)),
        (3, 1, 0.0),
    ]
    assert [r.first for r in found.ranks] == [1.0, 0.0, 0.0]
    assert found.ranks[0].traces == [two, one]
    page = retrieval.noted(world.engine, world.scope, WHERE, "without_support")
    assert [row.trace_id for row in page.rows] == [three]


def test_the_first_used_rank(world: World) -> None:
    """Where the evidence stands first in an answer counts, one trace once."""
    late = retrieve(world, [A, B, C])
    early = retrieve(world, [A, B], at_s=60)
    world.save()
    judge(world, late, claim(0.9, 2))
    judge(world, early, claim(0.9, 1), claim(0.9, 0))

    found = asked(world)

    assert value(found, "position") == pytest.approx(2.0)
    assert [r.first for r in found.ranks] == [0.5, 0.0, 0.5]
    (position,) = [one for one in found.measures if one.measure == "position"]
    assert (position.noted, position.newest_noted) == (1, [late])
    page = retrieval.noted(world.engine, world.scope, WHERE, "position")
    assert [(row.trace_id, row.count) for row in page.rows] == [(late, 3.0)]


def test_sampled_traces_stand_for_the_others(world: World) -> None:
    """A trace that was sampled with a chance of one in nine counts for nine."""
    common, rare = retrieve(world, [A]), retrieve(world, [B], at_s=60)
    world.save()
    judge(world, common, claim(0.9, 0))
    judge(world, rare, claim(0.1, 0), label="unsupported", probability=1 / 9)

    found = asked(world)

    assert value(found, "context_used") == pytest.approx(0.1)
    assert value(found, "without_support") == pytest.approx(0.9)
    assert of(found, "without_support").n == 2


def test_refusals_and_no_answers_are_no_answers(world: World) -> None:
    """Only answers can be without support: neither a refusal nor one that says that it does not know."""
    refused, unknown, none = (retrieve(world, [], at_s=60 * place) for place in range(3))
    world.save()
    judge(world, refused, label="no_contexts")
    say(world, "refusal", refused, 0.99, label="found")
    judge(world, unknown, label="no_answer")
    judge(world, none, label="no_contexts")

    found = asked(world)

    assert of(found, "without_support").n == 1
    assert value(found, "without_support") == 1.0


def test_the_same_text_again_and_nearly_the_same(world: World) -> None:
    """A copy and a text with a word changed count with what they repeat; other texts do not."""
    nearly = Found("d", A.text.replace("finance", "billing"), 0.8)
    retrieve(world, [A, B, nearly])
    retrieve(world, [B, C, B], at_s=60)
    retrieve(world, [A, B, C], at_s=120)
    world.save()

    found = asked(world)

    assert value(found, "redundancy") == pytest.approx(4 / 9)


def test_ranks_count_a_text_once(world: World) -> None:
    """Evaluators number contexts without repeats: evidence in the second is in the second text, not in a copy."""
    trace = retrieve(world, [A, A, B])
    world.save()
    judge(world, trace, claim(0.9, 1))

    found = asked(world)

    assert [(r.rank, r.used.value) for r in found.ranks] == [(1, 0.0), (2, 1.0)]
    assert value(found, "context_used") == 0.5


def test_empty_retrievals(world: World) -> None:
    """A retriever that tells of documents can be empty; of one that never does nothing is known."""
    retrieve(world, [A], [])
    retrieve(world, [], at_s=60)
    retrieve(world, None, source="silent", at_s=120)
    world.save()

    found = asked(world)

    assert of(found, "empty").n == 3
    assert value(found, "empty") == pytest.approx(2 / 3)
    assert {r.data_source: (r.asked, r.told, r.empties) for r in found.retrievers} == {
        "kb": (3, 3, 2),
        "silent": (1, 0, 0),
    }


def test_a_retriever_that_has_stopped_finding_anything(world: World) -> None:
    """It told of documents in the weeks before, so that its lists are empty now is known."""
    retrieve(world, [A], at_s=-3600)
    retrieve(world, [], at_s=60)
    world.save()

    assert value(asked(world), "empty") == 1.0


def test_scores_below_what_is_usual(world: World) -> None:
    """A retriever is compared with its own scores of the weeks before; another with its own, where less is better."""
    for place in range(120):
        score = 0.5 + place / 1000
        retrieve(world, [Found("a", A.text, score), Found("b", B.text, 0.1)], at_s=-7200 - place)
        distances = [Found("a", A.text, 0.2 + place / 1000), Found("b", B.text, 0.9)]
        retrieve(world, distances, source="vectors", at_s=-7200 - place)
    low = retrieve(world, [Found("a", A.text, 0.45)])
    retrieve(world, [Found("a", A.text, 0.55)], at_s=60)
    far = retrieve(world, [Found("a", A.text, 0.5)], source="vectors", at_s=120)
    retrieve(world, [Found("a", A.text, 0.25)], source="vectors", at_s=180)
    retrieve(world, [Found("a", A.text, 12.0)], source="new", at_s=240)
    world.save()

    found = asked(world)

    assert (of(found, "low_score").n, value(found, "low_score")) == (4, 0.5)
    page = retrieval.noted(world.engine, world.scope, WHERE, "low_score", limit=1)
    assert [row.trace_id for row in page.rows] == [far]
    more = retrieval.noted(
        world.engine, world.scope, WHERE, "low_score", limit=1, cursor=page.next_cursor or ""
    )
    assert ([row.trace_id for row in more.rows], more.next_cursor) == ([low], None)
    by_source = {r.data_source: r for r in found.retrievers}
    assert by_source["kb"].usual_least == pytest.approx(0.505, abs=0.003)
    assert by_source["vectors"].usual_least == pytest.approx(0.314, abs=0.003)
    assert (by_source["vectors"].of_distances, by_source["kb"].of_distances) == (True, False)
    assert (by_source["new"].usual_least, by_source["new"].scored) == (None, 0)


def test_what_is_usual_of_the_window_itself(world: World) -> None:
    """Without weeks before, the window's own scores say what is usual, and that is told."""
    for place in range(120):
        retrieve(world, [Found("a", A.text, place / 100)], at_s=place)
    world.save()

    found = asked(world)

    assert found.retrievers[0].of_window
    assert value(found, "low_score") == pytest.approx(0.05, abs=0.01)


def test_by_what_traces_have_in_common(world: World) -> None:
    """Values of a dimension have figures of their own, how far they are from the rest, and a filter of lists holds."""
    for place in range(6):
        source = "kb" if place < 4 else "blog"
        tenant = {"tenant.id": "acme" if place % 2 else "globex"}
        trace = retrieve(world, [A, B], source=source, at_s=place * 1800, root=tenant)
        say(world, "context_relevance", trace, 0.8 if source == "kb" else 0.1)
    world.save()

    by_source = report(world.engine, world.scope, WHERE, by="data_source", step=timedelta(hours=1))
    of_acme = asked(world, Where(WHERE.window, filter="tenant_id = acme"))

    told = values_of(by_source)
    assert list(told) == ["kb", "blog"]
    assert told["kb"]["relevance"].value.value == pytest.approx(0.8)
    rest = told["blog"]["relevance"].rest
    assert rest is not None
    assert rest.value == pytest.approx(-0.7)
    steps = [one for one in by_source.series if one.measure == "relevance"]
    assert [(one.start.hour, one.n) for one in steps] == [(12, 2), (13, 2), (14, 2)]
    assert [one.value.value for one in steps] == pytest.approx([0.8, 0.8, 0.1])
    assert of(of_acme, "relevance").n == 3
    page = retrieval.noted(world.engine, world.scope, WHERE, "relevance")
    assert len(page.rows) == 2


def test_a_project_that_retrieves_nothing(world: World) -> None:
    """Traces without retrievals have no figures, and there is no error."""
    world.ask()
    world.save()

    found = asked(world)

    assert (found.measures, found.ranks, found.retrievers) == ([], [], [])
