"""Failures over time."""

from datetime import timedelta

import pytest

from analytics.failures.trend import trend
from storage.window import Window, from_unix_nano
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

NOON = from_unix_nano(NOON_NS)
CUT = {"gen_ai.response.finish_reasons": '["length"]'}


def test_every_step_says_how_many_failed_and_why(world: World) -> None:
    """Steps stand in order, those without traces too; of one cause, the share is of all traces of the step."""
    for minute, call in (
        (1, CUT),
        (2, {}),
        (3, {"error.type": "TimeoutError"}),
        (25, {}),
        (26, {}),
    ):
        world.ask(at_s=minute * 60, call=call)
    world.save()
    window = Window(NOON, NOON + timedelta(minutes=35))
    tens = timedelta(minutes=10)

    steps = trend(world.engine, world.scope, window, tens)

    assert [step.traces for step in steps] == [3, 0, 2, 0]
    assert [step.start_unix_nano - NOON_NS for step in steps[:2]] == [0, 600 * 10**9]
    assert steps[0].causes == {"truncated": 1, "timeout": 1}
    shares = [step.share.value if step.share else None for step in steps]
    assert shares == [pytest.approx(2 / 3), None, 0, None]
    only = trend(world.engine, world.scope, window, tens, cause="truncated")
    assert only[0].share is not None
    assert only[0].share.value == pytest.approx(1 / 3)
    assert only[0].share.low is not None
