"""That callbacks and layouts fit together: no typo in an id, no id twice on a page, every browser function there."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash.development.base_component import Component
from fastapi import FastAPI
from starlette.testclient import TestClient

import ui
from collector.counters import Counters
from storage.client import Engine
from storage.control.access import LOCAL
from storage.control.control import Control
from tests.callers import asking_as
from tests.ui.samples import detail, every
from ui.app import NAVIGATION, PAGES, create_ui
from ui.detail import panel
from ui.services import Services
from ui.shell import Shell

ASSETS = Path(ui.__file__).parent / "assets"
_OF_DASH = {"_pages_content", "_pages_dummy", "_pages_location", "_pages_store"}

pytestmark = pytest.mark.engine


@pytest.fixture
def app(engine: Engine, control: Control) -> FastAPI:
    """Return the pages over an empty store."""
    return create_ui(engine, Counters(), control)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Return a client of the pages, started."""
    with asking_as(LOCAL), TestClient(app) as client:
        yield client


def ids(component: Any) -> list[str]:
    """Return every id in a layout; one made of parts as sorted JSON."""
    found = (getattr(c, "id", None) for c in every(component))
    return [i if isinstance(i, str) else json.dumps(i, sort_keys=True) for i in found if i]


def shell_of(engine: Engine, control: Control) -> Component:
    """Return the frame around every page."""
    return Shell(Services(engine, Counters(), control, "/ui/", 4318), NAVIGATION).layout()


def named_by_callbacks(client: TestClient) -> set[str]:
    """Return every id that a callback reads or writes."""
    named: set[str] = set()
    for callback in client.get("/ui/_dash-dependencies").json():
        named |= {part["id"] for part in [*callback["inputs"], *callback["state"]]}
        outputs = callback["output"].strip(".").split("...")
        named |= {output.rpartition(".")[0] for output in outputs if not callback["no_output"]}
    return named


def test_every_callback_finds_its_components(
    client: TestClient, engine: Engine, control: Control
) -> None:
    """Each id that a callback names is in the shell or on a page."""
    there = {*ids(shell_of(engine, control)), *_OF_DASH}
    for page in PAGES:
        there |= set(ids(page.layout()))
    patterns = {i for i in there if i.startswith("{")}

    missing = named_by_callbacks(client) - there
    unmatched = [
        i for i in missing if not (i.startswith("{") and any(_matches(i, one) for one in patterns))
    ]

    assert unmatched == []


def _matches(pattern: str, one: str) -> bool:
    wanted, has = json.loads(pattern), json.loads(one)
    return wanted.keys() == has.keys() and all(
        isinstance(v, list) or has[k] == v for k, v in wanted.items()
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.module)
def test_no_id_is_twice_on_a_page(page: Any, engine: Engine, control: Control) -> None:
    """Shell, page and the panel of a span share no id."""
    span = panel.tab_components(detail(attributes={"a": 1}))
    counted = Counter([*ids(shell_of(engine, control)), *ids(page.layout()), *ids(span)])

    assert [name for name, times in counted.items() if times > 1] == []


def test_every_function_called_in_the_browser_exists(client: TestClient) -> None:
    """A clientside callback names a function that the scripts define."""
    script = (ASSETS / "60_pages.js").read_text()
    named = {
        callback["clientside_function"]["function_name"]
        for callback in client.get("/ui/_dash-dependencies").json()
        if (callback["clientside_function"] or {}).get("namespace") == "groundwire"
    }

    assert named
    assert {
        name for name in named if not re.search(rf"^ {{6}}{name}: ", script, re.MULTILINE)
    } == set()


@pytest.mark.parametrize(
    "path", ["", "traces", "traces/abc", "sessions", "sessions/x%2Fy", "status", "nowhere"]
)
def test_every_page_can_be_opened_by_its_address(client: TestClient, path: str) -> None:
    """A deep link answers with the app, and with a policy that lets no foreign script run."""
    answer = client.get(f"/ui/{path}")

    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    script_sources = policy.split("script-src", 1)[1].split(";")[0]
    assert "unsafe" not in script_sources


def test_a_deep_link_may_be_the_first_request(client: TestClient) -> None:
    """The app is complete before anyone has opened its root: layouts known, title kept up."""
    page = client.get("/ui/traces/abc").text

    assert '"validation_layout"' in page
    assert "document.title" in page


def test_the_page_asks_no_other_host(client: TestClient) -> None:
    """Scripts, styles, fonts: all of them come from this server."""
    page = client.get("/ui/").text

    assert re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]+", page) == []


def test_the_scripts_make_no_markup_of_text() -> None:
    """No script of ours writes HTML, evaluates text or opens an address that it has not made."""
    for script in ASSETS.glob("*.js"):
        text = script.read_text()
        for forbidden in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert forbidden not in text, f"{script.name} uses {forbidden}"


def test_a_layout_of_a_wrong_address_says_so() -> None:
    """A URL that means nothing shows the usual view and the complaint, not an error page."""
    traces = next(page for page in PAGES if page.module == "traces")

    drawn = every(traces.layout(range="yesterday"))

    (store,) = [c for c in drawn if getattr(c, "id", "") == "traces-view"]
    assert "yesterday" in store.data["complaint"]
    assert store.data["query"] == {}


def test_a_session_id_may_hold_any_character() -> None:
    """What stands encoded in the address is the id that is looked up."""
    session = next(page for page in PAGES if page.module == "session")

    drawn = every(session.layout(session_id="team%2Fa%20b%2520c%3Fx%3D1%23y"))

    (store,) = [c for c in drawn if getattr(c, "id", "") == "session-view"]
    assert store.data["session"] == "team/a b%20c?x=1#y"


def test_a_wrong_question_is_answered_with_what_to_mend(client: TestClient) -> None:
    """The data endpoints say what is wrong in a form that a page can show."""
    answer = client.get("/ui/data/traces", params={"range": "yesterday"})

    assert answer.status_code == 400
    assert answer.json()["kind"] == "input"
    assert "24h" in answer.json()["hint"] or "7d" in answer.json()["hint"]


def test_an_unknown_trace_is_missing(client: TestClient) -> None:
    """A trace that is not there is a 404, not an empty trace."""
    assert client.get(f"/ui/data/trace/{'0' * 32}").status_code == 404


def test_the_prefix_must_be_a_path(engine: Engine, control: Control) -> None:
    """A prefix that would break every link is refused at the start."""
    with pytest.raises(ValueError, match="slash"):
        create_ui(engine, Counters(), control, prefix="ui")
