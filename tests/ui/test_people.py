"""What the frame and the pages say to whoever is signed in."""

from collections.abc import Mapping

import pytest

from collector.counters import Counters
from storage.client import Engine
from storage.control.access import LOCAL, OF_ROLE, Caller, Role
from storage.control.control import Control
from tests.callers import asking_as
from tests.ui.samples import every
from ui import shell
from ui.app import create_ui
from ui.pages import settings, traces

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def app(engine: Engine, control: Control) -> None:
    """Make the app that the pages are of: a link within it is where the app is."""
    create_ui(engine, Counters(), control)


def text_of(caller: Caller) -> str:
    """Return all text of the traces page as it is laid out for a caller."""
    with asking_as(caller):
        parts = every(traces.layout(project="shop"))
    children = [getattr(part, "children", None) for part in parts]
    return "\n".join(child for child in children if isinstance(child, str))


def test_first_steps_show_a_key_to_those_who_sign_in() -> None:
    """Where people sign in, the lines that send a first trace hold a key's header."""
    viewer = Caller("person", "p", "vic@example.com", {"shop": OF_ROLE[Role.VIEWER]})

    assert 'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20gw_..."' in text_of(viewer)


def test_first_steps_need_no_key_on_an_open_server() -> None:
    """Whoever is on this machine sends without one, and is not sent to make one."""
    assert "OTEL_EXPORTER_OTLP_HEADERS" not in text_of(LOCAL)


def test_the_layout_is_there_before_anybody_asks() -> None:
    """Dash lays every page out once at the start, when there is no caller."""
    assert every(traces.layout())


@pytest.mark.parametrize(
    ("titles", "labels"),
    [
        ({"shop": "The shop", "bank": "bank"}, ["The shop", "bank"]),
        ({"shop-eu": "Shop", "shop-us": "Shop"}, ["Shop (shop-eu)", "Shop (shop-us)"]),
    ],
)
def test_projects_are_told_apart(titles: Mapping[str, str], labels: list[str]) -> None:
    """The header offers projects by title; two of one title also by name."""
    choices = shell._choices(titles)

    assert [choice["label"] for choice in choices] == labels
    assert [choice["value"] for choice in choices] == list(titles)


def test_the_settings_say_which_part_and_project_the_address_names() -> None:
    """What the address says reaches the browser; other keys of it are left alone."""
    (store,) = [
        part
        for part in every(settings.layout(part="keys", project="shop", other="x"))
        if getattr(part, "id", "") == "settings-view"
    ]

    assert store.data == {"part": "keys", "project": "shop"}
