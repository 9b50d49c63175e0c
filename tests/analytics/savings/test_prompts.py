"""Tools and documents that calls are sent and nothing uses."""

import json
from typing import Any

import pytest

from analytics.savings.estimate import Saving
from analytics.savings.report import report
from demo.capture import capture
from demo.knowledge import tool_definitions
from demo.models import GPT, GPT_MINI, GPT_NANO, HAIKU
from demo.plan import DemoPlan
from storage.client import Engine
from storage.window import Slice
from tests.analytics.savings.stored import NOW, price_calls, scope_of, store_demo
from tests.demo.seen import decode
from tests.samples import message, set_attributes
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine

DAYS = 8
TRACES = 240
NOTICE = "Please note that all articles of this help center were checked with the greatest care in spring."
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "name": name, "description": f"Does {name} for you.", "parameters": {}}
    for name in ("look_up", "open_ticket")
]


def write(world: World, *, answer: str = "It is in the settings.") -> None:
    """Store traces that retrieve a notice and an article of their own, and send both and two tools to a model."""
    for number in range(TRACES):
        article = f"Article {number} says that thing {number} is {number * 7}."
        called = number % 9 == 0
        asked = {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "1", "name": "look_up"}],
        }
        call: dict[str, Any] = {
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4.1",
            "gen_ai.usage.input_tokens": 400,
            "gen_ai.tool.definitions": TOOLS,
            "gen_ai.input.messages": [message("user", f"{NOTICE} {article} What is {number}?")],
            "gen_ai.output.messages": [asked if called else message("assistant", answer)],
        }
        at_s = number * DAYS * 86_400 / TRACES
        root = {"feature.name": "help", "gen_ai.conversation.id": f"c{number}"}
        world.ask(at_s=at_s, root=root, call=call)
        span = world.traces.request.resource_spans[0].scope_spans[0].spans[-2]
        found = world.traces.span("retrieve", parent=span, start_ns=NOON_NS + int(at_s * 1e9) + 10)
        documents = [{"id": "notice", "content": NOTICE}, {"id": f"a{number}", "content": article}]
        retrieval = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents}
        set_attributes(found, retrieval)
    world.save()
    price_calls(world.engine, world.scope.project)


def prompts(world: World) -> Saving:
    """Return what the page says of shorter prompts."""
    part = Slice(NOON_NS - 10**12, NOON_NS + (DAYS + 1) * 86_400 * 10**9)
    return report(world.engine, world.scope, part).savings[-1]


def test_what_is_sent_always_and_used_never_is_named(world: World) -> None:
    """The tool that no model asks for and the notice that no answer quotes, each with its tokens' price."""
    write(world)
    found = prompts(world)
    assert {group.name for group in found.groups} == {"open_ticket", "notice"}
    assert all(group.calls == TRACES for group in found.groups)
    notice = next(group for group in found.groups if group.name == "notice")
    sent = len(NOTICE) + 50 + sum(len(json.dumps(tool)) for tool in TOOLS)
    assert notice.saved_usd == pytest.approx(TRACES * 400 * len(NOTICE) / sent * 2e-6, rel=0.1)
    assert found.estimate.value == pytest.approx(sum(group.saved_usd for group in found.groups))
    assert found.figures == {
        "tools": 2,
        "idle_tools": 1,
        "usual_documents": 1,
        "idle_documents": 1,
    }


@pytest.mark.parametrize(
    "answer",
    ["See [notice].", "They were checked with the greatest care in spring, so trust them."],
)
def test_a_document_that_is_quoted_is_not(world: World, answer: str) -> None:
    """An answer that names it, or repeats five words of it, uses it."""
    write(world, answer=answer)
    assert {group.name for group in prompts(world).groups} == {"open_ticket"}


def test_the_tool_that_the_demo_never_uses_is_found(engine: Engine, project: str) -> None:
    """Of the support bot's four tools one is never called; it costs its tokens in every priced call, within 15 %."""
    plan = DemoPlan(seed=2, traces=900, side_share=0.0)
    store_demo(engine, project, plan)
    found = report(engine, scope_of(project), Slice(0, int(NOW.timestamp()) * 10**9)).savings[-1]
    (group,) = found.groups
    assert group.name == "create_ticket"
    tokens = len(json.dumps(json.loads(tool_definitions())[-1], separators=(",", ":"))) / 4
    rates = {model.name: model for model in (GPT, GPT_MINI, GPT_NANO, HAIKU)}
    expected = 0.0
    for span in decode(capture(plan, now=NOW)):
        model = rates.get(str(span.attributes.get("litellm.provider.model", "")))
        if model and "You are Tide" in str(span.attributes.get("gen_ai.system_instructions")):
            cached = "gen_ai.usage.cache_read.input_tokens" in span.attributes
            answered = "gen_ai.usage.input_tokens" in span.attributes
            price = model.cached_price if cached else model.input_price
            expected += answered * tokens * price / 1e6
    assert found.estimate.value == pytest.approx(expected, rel=0.15)
