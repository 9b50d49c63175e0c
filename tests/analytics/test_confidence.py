"""How sure models were, from the log-probabilities that spans hold in any of their shapes."""

import json
import math
import random
from datetime import timedelta
from typing import Any

import pytest

from analytics.confidence import confidence
from analytics.outcomes import outcome_of
from storage import evaluations, outcomes
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.outcomes import Where
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

WHERE = Where(Window(from_unix_nano(NOON_NS), from_unix_nano(NOON_NS) + timedelta(hours=1)))
_TOKENS = [-0.5, -1.5]
_OBJECTS = [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": -1.5}]


@pytest.mark.parametrize(
    "sent",
    [
        {"gen_ai.response.mean_logprob": -1.0},
        {"gen_ai.response.avg_logprobs": -1.0},
        {"gen_ai.response.logprobs": json.dumps(_TOKENS)},
        {"llm.response.logprobs": json.dumps(_OBJECTS)},
        {"gen_ai.response.logprobs": json.dumps({"content": _OBJECTS})},
        # so long that it is kept among the texts
        {"gen_ai.response.logprobs": json.dumps(_TOKENS * 2000)},
    ],
)
def test_log_probabilities_are_read_in_any_shape(world: World, sent: dict[str, Any]) -> None:
    """The mean of an answer's tokens, sent as a mean, as numbers, or as objects."""
    trace_id = world.ask(call=sent)
    world.ask()
    world.save()
    found = outcomes.confidences(world.engine, world.scope, WHERE)
    assert found == {trace_id: pytest.approx(-1.0)}


def test_what_is_no_list_of_log_probabilities_is_left_out(world: World) -> None:
    """Other values of these attributes are no error and no figure."""
    for text in ("", "none", "{}", "[]", '["a"]', '{"content": 3}'):
        world.ask(call={"gen_ai.response.logprobs": text})
    world.save()
    assert outcomes.confidences(world.engine, world.scope, WHERE) == {}


def fill(world: World, *, tells: bool) -> None:
    """Store 200 judged answers; the bad ones are less sure if it `tells`."""
    rng = random.Random(3)
    given = []
    for place in range(200):
        bad = rng.random() < 0.3
        mean = rng.gauss(-0.9 if bad and tells else -0.3, 0.2)
        trace_id = world.ask(at_s=place, call={"gen_ai.response.mean_logprob": min(mean, -0.01)})
        given.append(Evaluation(name="groundedness", value=0.1 if bad else 0.9, trace_id=trace_id))
    world.ask(at_s=300)
    world.save()
    evaluations.write(world.engine, world.scope, given)


@pytest.mark.parametrize("tells", [True, False])
def test_it_is_told_whether_confidence_tells(world: World, *, tells: bool) -> None:
    """Where bad answers are less sure the AUROC is near 1, where they are as sure its interval holds 0.5."""
    fill(world, tells=tells)
    found = confidence(
        world.engine, world.scope, WHERE, outcome_of("evaluation.groundedness < 0.5")
    )
    assert (found.traces, found.with_confidence) == (200, 200)
    assert sum(step.traces for step in found.steps) == 200
    assert found.auroc is not None
    assert found.auroc.low is not None
    assert found.auroc.high is not None
    if tells:
        assert found.auroc.low > 0.9
        shares = {step.low: step.bad.value for step in found.steps if step.bad and step.traces > 5}
        assert shares[min(shares)] > shares[max(shares)]
    else:
        assert found.auroc.low < 0.5 < found.auroc.high
        assert found.median == pytest.approx(math.exp(-0.3), abs=0.05)


def test_too_few_bad_ones_tell_nothing(world: World) -> None:
    """Without ten of each kind there is no AUROC, and it is said why."""
    world.ask(call={"gen_ai.response.mean_logprob": -0.2})
    world.save()
    found = confidence(world.engine, world.scope, WHERE, outcome_of("failures"))
    assert found.auroc is None
    assert "fewer than 10" in found.note
    assert (found.traces, found.with_confidence) == (1, 1)


def test_only_shares_can_be_told(world: World) -> None:
    """Latency is no yes or no: the error says what to ask instead."""
    world.ask()
    world.save()
    with pytest.raises(BadInput, match="no share"):
        confidence(world.engine, world.scope, WHERE, outcome_of("latency"))
