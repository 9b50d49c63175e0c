"""Rates of evaluations over real traces."""

from datetime import UTC, datetime, timedelta

import pytest

from analytics.rates import Rate, rates
from storage import evaluations
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.window import Window
from tests.samples import set_attributes
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

DAY = Window(datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 2, tzinfo=UTC))


def thumbs(
    world: World, model: str, ups: int, downs: int, *, at_s: float = 0, session: str = ""
) -> None:
    """Add traces of a model, each rated by a user of its own."""
    ids = []
    for _ in range(ups + downs):
        root = {"feature.name": f"f-{model}"} | ({"session.id": session} if session else {})
        ids.append(world.ask(at_s=at_s, root=root, call={"gen_ai.request.model": model}))
    world.save()
    evaluations.write(
        world.engine,
        world.scope,
        [
            Evaluation(
                name="thumb", value=i < ups, trace_id=trace_id, source="human", author=f"u{i}"
            )
            for i, trace_id in enumerate(ids)
        ],
    )


def asked(world: World, name: str = "thumb", *by: str, **more: object) -> list[Rate]:
    """Return rates over the day."""
    return rates(world.engine, world.scope, DAY, name, by=by, **more)  # type: ignore[arg-type]


def test_a_share_and_its_interval_by_model(world: World) -> None:
    """Each model has its own share with a Wilson interval, and its distance to the others."""
    thumbs(world, "small", 3, 7)
    thumbs(world, "large", 18, 2)
    (whole,) = asked(world)
    assert (whole.kind, whole.n, whole.clusters, whole.by) == ("boolean", 30, 30, {})
    assert whole.value is not None
    assert whole.value.value == pytest.approx(0.7)
    large, small = asked(world, "thumb", "model")
    assert (large.by, small.by) == ({"model": "large"}, {"model": "small"})
    assert large.value is not None
    assert (large.value.low, large.value.high) == pytest.approx((0.699, 0.972), abs=1e-3)
    assert large.rest is not None
    assert large.rest.value == pytest.approx(0.6)
    assert large.rest.low is not None
    assert large.rest.low > 0


def test_two_dimensions_and_steps(world: World) -> None:
    """By model and feature, hour by hour; steps without votes are absent."""
    thumbs(world, "small", 1, 1)
    thumbs(world, "large", 2, 0, at_s=7200)
    found = asked(world, "thumb", "model", "feature", step=timedelta(hours=1))
    assert [(r.start.hour, dict(r.by), r.n) for r in found] == [
        (12, {"model": "small", "feature": "f-small"}, 2),
        (14, {"model": "large", "feature": "f-large"}, 2),
    ]


def test_one_vote_for_each_author_and_thing(world: World) -> None:
    """Of several by one author on one trace, the latest counts; another author has another vote."""
    trace_id = world.ask()
    world.save()
    for at, (author, value) in enumerate((("a", True), ("a", False), ("b", True))):
        item = Evaluation(name="thumb", value=value, trace_id=trace_id, source="human", author=author,
                          time_unix_nano=NOON_NS + at)  # fmt: skip
        evaluations.write(world.engine, world.scope, [item])
    (whole,) = asked(world)
    assert whole.n == 2
    assert whole.value is not None
    assert whole.value.value == pytest.approx(0.5)


def test_votes_of_one_session_widen_the_interval(world: World) -> None:
    """Forty votes in two conversations tell less than forty on their own."""
    thumbs(world, "m", 20, 0, session="s1")
    thumbs(world, "m", 0, 20, session="s2")
    (whole,) = asked(world)
    assert (whole.n, whole.clusters) == (40, 2)
    assert whole.value is not None
    assert whole.value.low is not None
    assert whole.value.low < 0.1


def test_means_and_labels(world: World) -> None:
    """Numbers have a mean with Student's interval, a category the share of each label; kinds keep apart."""
    ids = [world.ask() for _ in range(4)]
    world.save()
    tones = ("warm", "warm", "cold", "warm")
    items = [
        *(Evaluation(name="score", value=v, trace_id=t) for v, t in zip((0.2, 0.4, 0.6, 0.8), ids, strict=True)),
        *(Evaluation(name="tone", value=v, trace_id=t) for v, t in zip(tones, ids, strict=True)),
        Evaluation(name="score", value="broken", trace_id=ids[0], author="other"),
        Evaluation(name="score", correction="no vote", trace_id=ids[1], author="other"),
    ]  # fmt: skip
    evaluations.write(world.engine, world.scope, items)
    number, category = asked(world, "score")
    assert (number.kind, number.n, category.kind, category.n) == ("number", 4, "category", 1)
    assert number.value is not None
    assert number.value.value == pytest.approx(0.5)
    assert number.value.low == pytest.approx(0.5 - 3.1824 * 0.258199 / 2, abs=1e-4)
    (tone,) = asked(world, "tone")
    assert [(s.label, s.count) for s in tone.labels] == [("warm", 3), ("cold", 1)]
    assert tone.labels[0].share.value == pytest.approx(0.75)
    assert tone.value is None


def test_a_span_counts_with_its_own_model(world: World) -> None:
    """A judgement of a model call is one of that call's model, of whichever the trace used."""
    trace_id = world.ask(call={"gen_ai.request.model": "first"})
    spans = world.traces.request.resource_spans[0].scope_spans[0].spans
    second = world.traces.span("chat second", parent=spans[0], start_ns=NOON_NS + 2000)
    set_attributes(second, {"gen_ai.operation.name": "chat", "gen_ai.request.model": "second"})
    world.save()
    evaluations.write(
        world.engine,
        world.scope,
        [
            Evaluation(name="q", value=0.5, trace_id=trace_id, span_id=second.span_id.hex()),
            Evaluation(name="whole", value=0.5, trace_id=trace_id),
        ],
    )
    assert [dict(r.by) for r in asked(world, "q", "model")] == [{"model": "second"}]
    models = {r.by["model"] for r in asked(world, "whole", "model")}
    assert models == {"first", "second"}


def test_a_trace_counts_with_the_models_that_answered(world: World) -> None:
    """Who embedded the question or ranked the documents is not judged with the answer."""
    trace_id = world.ask(call={"gen_ai.request.model": "answers"})
    spans = world.traces.request.resource_spans[0].scope_spans[0].spans
    embeds = world.traces.span("embed", parent=spans[0], start_ns=NOON_NS + 2000)
    set_attributes(
        embeds, {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "embeds"}
    )
    world.save()
    judged = Evaluation(name="whole", value=0.5, trace_id=trace_id)
    evaluations.write(world.engine, world.scope, [judged])
    assert [dict(r.by) for r in asked(world, "whole", "model")] == [{"model": "answers"}]


def test_sessions_filters_and_windows(world: World) -> None:
    """A session's judgement counts with its traces; filters choose the traces; others' do not count."""
    thumbs(world, "m", 1, 1, session="s1")
    evaluations.write(
        world.engine, world.scope, [Evaluation(name="solved", value=True, session_id="s1")]
    )
    (solved,) = asked(world, "solved", "model")
    assert (solved.n, dict(solved.by)) == (1, {"model": "m"})
    assert [r.n for r in asked(world, "thumb", filter="model = m")] == [2]
    assert asked(world, "thumb", filter="model = other") == []
    late = Window(datetime(2025, 6, 2, tzinfo=UTC), datetime(2025, 6, 3, tzinfo=UTC))
    assert rates(world.engine, world.scope, late, "thumb") == []


def test_what_cannot_be_asked_says_why(world: World) -> None:
    """Unknown, repeated or too many dimensions, and steps that do not suit, are refused."""
    for by in (("colour",), ("model", "model"), ("model", "feature", "author")):
        with pytest.raises(BadInput):
            asked(world, "thumb", *by)
    with pytest.raises(BadInput, match="step"):
        asked(world, "thumb", step=timedelta(seconds=1))
