"""The page of comparisons over real traces and evaluations in the engine."""

import random
import shlex
import subprocess
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from storage import evaluations, traces
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from storage.errors import BadInput
from storage.evaluations import Evaluation
from storage.window import Window
from tests.callers import asking_as
from tests.world import World
from ui import comparison_question
from ui.data import quality_comparisons
from ui.release_check import release_check

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = Window(NOON - timedelta(hours=1), NOON + timedelta(hours=2))
RANGE = {"from": DAY.start.isoformat(), "to": DAY.end.isoformat()}
UNSUPPORTED = "evaluation.groundedness < 0.5"

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def _reader() -> Iterator[None]:
    with asking_as(LOCAL):
        yield


@pytest.fixture(scope="module")
def filled(engine: Engine) -> World:
    """Return a project with versions 6 and 7 of one prompt by turns: 7 is worse, and less sure where it is wrong."""
    world = World(engine, f"p{uuid.uuid4().hex[:12]}")
    rng = random.Random(3)
    given = []
    for place in range(240):
        version = place % 2
        told = {"gen_ai.prompt.name": "answer", "gen_ai.prompt.version": f"{6 + version}"}
        bad = rng.random() < (0.5 if version else 0.05)
        call = {
            "gen_ai.request.model": rng.choice(["gpt-4o", "gpt-4o-mini"]),
            "gen_ai.response.mean_logprob": -1.2 if bad else -0.1,
        }
        trace_id = world.ask(at_s=place, root=told, call=call)
        score = 0.2 if bad else 0.9
        given.append(Evaluation(name="groundedness", value=score, trace_id=trace_id))
        if place % 3 == 0:
            given.append(Evaluation(name="no context", value="none", trace_id=trace_id))
        if place % 4 == 0:
            given.append(Evaluation(name="on topic", value=True, trace_id=trace_id))
    for place in range(2):
        used = {"gen_ai.prompt.name": "triage", "gen_ai.prompt.version": "1"}
        world.ask(at_s=place, root=used, call={"gen_ai.request.model": "gpt-4o"})
    world.save()
    evaluations.write(world.engine, world.scope, given)
    return world


def page(world: World, **query: str) -> dict[str, Any]:
    """Return what the page shows."""
    asked = comparison_question.parse({"project": world.scope.project, **RANGE, **query})
    return quality_comparisons.page(world.engine, asked, DAY)


def row_of(shown: dict[str, Any], outcome: str) -> dict[str, Any]:
    """Return the row of an outcome."""
    (row,) = [row for row in shown["outcomes"] if row["outcome"] == outcome]
    return dict(row)


def test_compares_the_newest_versions_in_every_outcome(filled: World) -> None:
    """Without a word in the URL: versions 6 and 7, a row for each outcome that these traces have, `worse` for 7."""
    shown = page(filled)

    assert (shown["baseline"], shown["candidate"]) == ("answer@6", "answer@7")
    assert [one["side"] for one in shown["choices"]] == ["answer@7", "answer@6", "triage@1"]
    assert [row["outcome"] for row in shown["outcomes"]] == [
        "failures", "evaluation.groundedness", 'evaluation."on topic"', "latency", "cost",
    ]  # fmt: skip
    row = row_of(shown, "evaluation.groundedness")
    assert (row["n_baseline"], row["n_candidate"], row["status"]) == (120, 120, "worse")
    assert row["difference"]["high"] < row["at_any_time"]["high"] < 0
    assert "model" in row["held_equal"]


def test_the_margins_of_the_url_decide(filled: World) -> None:
    """What may be lost of a share, and by how much cost may grow, stands in the URL."""
    strict = row_of(page(filled, outcome=UNSUPPORTED), UNSUPPORTED)
    easy = page(filled, outcome=UNSUPPORTED, margin="0.9", ratio="0.3")

    assert (strict["status"], strict["margin"]) == ("worse", 0.02)
    assert row_of(easy, UNSUPPORTED)["status"] == "not_worse"
    assert row_of(easy, "latency")["margin"] == 0.3
    for wrong in ("-1", "nan", "inf", "much"):
        with pytest.raises(BadInput, match="margin"):
            comparison_question.parse({"margin": wrong})


@pytest.mark.parametrize("by", ["prompt_version", "model"])
def test_each_side_leads_to_its_traces(filled: World, by: str) -> None:
    """The lists behind both figures of a row hold as many traces as were counted, also within a filter."""
    shown = page(filled, by=by, filter='model = "gpt-4o" or prompt_version = "7"')

    for row in shown["outcomes"]:
        for side in ("baseline", "candidate"):
            listed = traces.list_traces(
                filled.engine, filled.scope,
                window=DAY, filter=row["traces"][side].get("filter", ""), limit=1000,
            )  # fmt: skip
            assert len(listed.rows) == row[f"n_{side}"], (row["outcome"], side)


def test_the_release_check_says_what_the_page_says(filled: World, control: Control) -> None:
    """The endpoint, asked with what stands in the command, has the figures and the verdict of the page."""
    shown = page(filled, outcome=UNSUPPORTED, margin="0.05", filter='prompt_name = "answer"')
    words = shlex.split(shown["check"]["command"])
    flags = [at for at, word in enumerate(words) if word == "--data-urlencode"]
    given = dict(words[at + 1].split("=", 1) for at in flags)

    with TestClient(create_api(filled.engine, Counters(), control)) as client:
        answer = client.get("http://test/api/v1/comparisons/verdict", params=given)

    assert answer.status_code == 200, answer.text
    told, row = answer.json(), row_of(shown, UNSUPPORTED)
    assert given["start"] == "2025-06-01T11:00:00Z"
    assert (told["status"], told["margin"]) == (row["status"], 0.05)
    assert told["comparison"]["at_any_time"] == pytest.approx(row["at_any_time"])


def test_nothing_in_a_name_is_read_as_shell() -> None:
    """Names come from whoever sends spans: quotes, dollars and line ends arrive as they are."""
    hostile = "7'; echo out; '\"$(id)`id`\n\\"
    said = release_check({"candidate": hostile, "filter": ""})
    stand_ins = "curl() { printf '%s|' \"$@\" >&2; }; jq() { cat; }; "

    done = subprocess.run(
        ["/bin/bash", "-c", stand_ins + said],
        capture_output=True, text=True, check=False, env={"GROUNDWIRE": "http://x"},
    )  # fmt: skip

    assert done.stdout == ""
    assert f"|--data-urlencode|candidate={hostile}|" in done.stderr
    assert "filter" not in done.stderr


def test_what_is_missing_or_wrong_leaves_the_page(filled: World) -> None:
    """One side is completed by the usual other; a wrong outcome is said beside its field; no page compares the same."""
    shown = page(filled, baseline="answer@7", outcome="speed")

    assert (shown["baseline"], shown["candidate"]) == ("answer@7", "answer@6")
    assert "there is no outcome 'speed'" in shown["check"]["problem"]
    assert shown["check"]["outcome"] == "failures"
    assert len(shown["outcomes"]) == 5
    with pytest.raises(BadInput, match="the same"):
        page(filled, baseline="answer@7", candidate="answer@7")
    with pytest.raises(BadInput, match="compared by"):
        comparison_question.parse({"by": "weather"})


def test_says_what_there_is_where_nothing_can_be_compared(world: World) -> None:
    """One version alone has no rows; two models are compared instead where nobody asked for versions."""
    assert page(world)["outcomes"] == []
    for model in ("gpt-4o", "gpt-4o-mini"):
        world.ask(root={"gen_ai.prompt.version": "1"}, call={"gen_ai.request.model": model})
    world.save()

    shown = page(world)

    assert (shown["by"], shown["others"]) == ("model", {"prompt_version": 1, "model": 2})
    assert page(world, by="prompt_version")["outcomes"] == []


def test_confidence_tells_what_went_wrong(filled: World, world: World) -> None:
    """Levels, the AUROC with its interval, and the traces that send it; a project without any has none."""

    def sureness(of: World, **query: str) -> dict[str, Any]:
        asked = comparison_question.parse({"project": of.scope.project, **RANGE, **query})
        return quality_comparisons.sureness(of.engine, asked, DAY)

    shown = sureness(filled, told=UNSUPPORTED)

    assert (shown["with_confidence"], shown["auroc"]["value"]) == (240, 1.0)
    assert [(step["low"], step["bad"]["value"]) for step in shown["steps"] if step["traces"]] == [
        (0.3, 1.0),
        (0.9, 0.0),
    ]
    assert {"failures", UNSUPPORTED} <= {*shown["told"]}
    listed = traces.list_traces(
        filled.engine, filled.scope, window=DAY, filter=shown["sent_in"]["filter"], limit=1000
    )
    assert len(listed.rows) == 240
    assert sureness(world)["with_confidence"] == 0
    with pytest.raises(BadInput, match="no share"):
        sureness(filled, told="latency")
