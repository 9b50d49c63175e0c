"""Traffic in which nothing is repeated, shared or unattended: next to nothing is claimed."""

from random import Random
from typing import Any

import pytest

from analytics.savings.report import Report, report
from demo.knowledge import passages
from demo.slots import fill
from storage.window import Slice
from tests.analytics.savings.stored import price_calls
from tests.thoroughness import times
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

DAYS = 9
SEEDS = range(11, 11 + times(2, 5))


def write_unlike(world: World, seed: int) -> None:
    """Store each question of the knowledge base once, of one tenant, with a user who waits."""
    rng = Random(seed)
    templates = [question for passage in passages() for question in passage.questions]
    rng.shuffle(templates)
    for number, template in enumerate(templates):
        root: dict[str, Any] = {
            "tenant.id": "acme",
            "feature.name": "chat",
            "user.id": f"u{number % 7}",
            "gen_ai.conversation.id": f"c{number}",
        }
        call = {
            "gen_ai.provider.name": rng.choice(("openai", "anthropic")),
            "gen_ai.request.model": rng.choice(("gpt-4.1", "claude-sonnet-4-5")),
            "gen_ai.usage.input_tokens": rng.randrange(50, 4_000),
            "gen_ai.usage.output_tokens": rng.randrange(20, 400),
        }
        at_s = number * DAYS * 86_400 / len(templates)
        world.ask(fill(template, rng), "An answer.", at_s=at_s, root=root, call=call)
    world.save()
    price_calls(world.engine, world.scope.project)


@pytest.mark.parametrize("seed", SEEDS)
def test_unlike_questions_save_next_to_nothing(world: World, seed: int) -> None:
    """Nothing by any way, but for questions of the same meaning: at most a hundredth of what was spent."""
    write_unlike(world, seed)
    found = _report(world)
    assert found.examined.calls == sum(len(passage.questions) for passage in passages())
    assert found.examined.cost_usd > 0
    for saving in found.savings:
        most = 0.01 * found.examined.cost_usd if saving.method == "paraphrases" else 0.0
        assert saving.estimate.value <= most, saving.method
    assert found.together.value <= 0.01 * found.examined.cost_usd


def test_answers_do_not_cross_tenants(world: World) -> None:
    """The same question of two tenants is asked twice."""
    for number, tenant in enumerate(("acme", "bolt")):
        world.ask("How do I pay?", at_s=60 * number, root={"tenant.id": tenant})
    world.save()
    price_calls(world.engine, world.scope.project)
    assert _hits(world) == (0, 0)


def test_the_same_question_of_one_tenant_is_a_hit(world: World) -> None:
    """Within the time that answers are kept, and not after it."""
    for at_s in (0, 60, 86_400 + 120):
        world.ask("How do I pay?", at_s=at_s, root={"tenant.id": "acme"})
    world.save()
    price_calls(world.engine, world.scope.project)
    assert _hits(world) == (1, 1)


def test_an_answer_that_is_not_there_yet_serves_nobody(world: World) -> None:
    """A question that is asked again while the first is being answered is answered too."""
    for at_s in (0, 0.0000005):
        world.ask("How do I pay?", at_s=at_s, root={"tenant.id": "acme"})
    world.save()
    price_calls(world.engine, world.scope.project)
    assert _hits(world) == (0, 0)


@pytest.mark.parametrize(
    "other",
    [
        "How much is an extra order on the Scale plan?",
        "How much is an extra order on the Growth plan in 2027?",
        "How much is not an extra order on the Growth plan?",
    ],
)
def test_a_name_a_number_or_a_no_makes_another_question(world: World, other: str) -> None:
    """However alike the other words are."""
    for number, text in enumerate(("How much is an extra order on the Growth plan?", other)):
        world.ask(text, at_s=60 * number, root={"tenant.id": "acme"})
    world.save()
    price_calls(world.engine, world.scope.project)
    assert _hits(world) == (0, 0)


def test_few_days_have_no_interval(world: World) -> None:
    """The figure is told, and that there are too few days for more."""
    for at_s in (0, 60):
        world.ask("How do I pay?", at_s=at_s, root={"tenant.id": "acme"})
    world.save()
    price_calls(world.engine, world.scope.project)
    estimate = _report(world).savings[0].estimate
    assert estimate.value > 0
    assert (estimate.low, estimate.high) == (None, None)
    assert "at least 7 days" in estimate.note


def _report(world: World) -> Report:
    part = Slice(NOON_NS - 10**12, NOON_NS + (DAYS + 1) * 86_400 * 10**9)
    return report(world.engine, world.scope, part)


def _hits(world: World) -> tuple[int, int]:
    """Return the hits of exact and of semantic caching."""
    repeats, paraphrases, *_ = _report(world).savings
    return repeats.calls, int(paraphrases.figures["hits"])
