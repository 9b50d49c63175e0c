"""The callbacks of the pages: each is asked about another project's things, by every value that a browser sends."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from tests.server.isolation.estate import Estate, Guest, Side, ghost
from tests.server.isolation.routes import callbacks
from tests.server.isolation.test_routes import _plain

pytestmark = pytest.mark.engine

UPDATE: Final = "/ui/_dash-update-component"

VALUES: Final[Mapping[str, Callable[[Side], Any]]] = {
    "span-chosen.data": lambda s: {
        "trace": s.trace_id,
        "span": s.span_id,
        "project": s.project,
    },
    "span-tabs.value": lambda _: "attributes",
    "session-more.n_clicks": lambda _: None,
    "session-view.data": lambda s: {
        "page": "session",
        "session": s.session_id,
        "project": s.project,
    },
    "session-next.data": lambda _: {"cursor": "", "turns": 0},
    "annotate-item.data": lambda s: {
        "id": 1,
        "trace_id": s.trace_id,
        "span_id": s.span_id,
        "project": s.project,
    },
    "status-clock.n_intervals": lambda _: 1,
    "counters-clock.n_intervals": lambda _: 1,
    "project.data": lambda _: [],
    "project-home.data": lambda _: "",
    "_pages_location.pathname": lambda s: f"/ui/traces/{s.trace_id}",
    "_pages_location.search": lambda s: f"?project={s.project}",
}
"""What a browser sends as each input and state. A callback with another one fails a test: say what it is."""

DATA: Final = ("span-head.children", "session-turns.children", "annotate-subject.children")
"""Outputs that show data of one project: they need the right to read it."""


def test_every_input_has_a_value(estate: Estate) -> None:
    """A new callback cannot go untested."""
    asked = {_name(part) for c in callbacks(estate) for part in [*c["inputs"], *c["state"]]}
    assert asked == set(VALUES)


def _name(part: Mapping[str, str]) -> str:
    return f"{part['id']}.{part['property']}"


def call(estate: Estate, guest: Guest, callback: Mapping[str, Any], side: Side, **over: Any) -> Any:
    """Call a callback as Dash's script in the browser would."""

    def filled(parts: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [
            {**part, "value": over.get(_name(part), VALUES[_name(part)](side))} for part in parts
        ]

    names = callback["output"].strip(".").split("...")
    outputs = [dict(zip(("id", "property"), n.rsplit(".", 1), strict=True)) for n in names]
    body = {
        "output": callback["output"],
        "outputs": outputs if callback["output"].startswith("..") else outputs[0],
        "inputs": filled(callback["inputs"]),
        "state": filled(callback["state"]),
        "changedPropIds": [_name(part) for part in callback["inputs"][:1]],
    }
    return estate.ask(guest, "POST", UPDATE, json=body)


def test_members_see_their_own(estate: Estate) -> None:
    """Every callback works for whoever may read the project: what follows would else prove nothing."""
    for callback in callbacks(estate):
        answer = call(estate, estate.guests["viewer"], callback, estate.ours)
        assert answer.status_code == 200, callback["output"]
        if any(output in callback["output"] for output in DATA):
            assert estate.ours.project in answer.text, callback["output"]
            assert "no right" not in answer.text, callback["output"]


def test_nobody_learns_anything_of_another_project(estate: Estate) -> None:
    """Their trace, span, session and project are as if they were not there, for every role and every key."""
    for callback in callbacks(estate):
        for name, guest in estate.guests.items():
            if name in ("operator", "nobody", "publishable key"):
                continue
            nowhere = ghost()
            theirs = call(estate, guest, callback, estate.theirs)
            none = call(estate, guest, callback, nowhere)
            about = f"{name} {callback['output']}: {theirs.text[:300]}"
            assert theirs.status_code == none.status_code == 200, about
            assert _plain(theirs, estate.theirs) == _plain(none, nowhere), about
            if any(output in callback["output"] for output in DATA):
                own = call(estate, guest, callback, estate.theirs, **_unsaid(estate.theirs))
                assert estate.theirs.project not in own.text, f"{name} {callback['output']}"


def _unsaid(side: Side) -> dict[str, Any]:
    """Return the values that name a project, without it: their things are looked for in one's own."""
    values = {key: make(side) for key, make in VALUES.items()}
    return {
        key: {**value, "project": ""}
        for key, value in values.items()
        if isinstance(value, dict) and "project" in value
    }


def test_only_known_readers_are_answered(estate: Estate) -> None:
    """Nobody, and a browser with a publishable key, get no callback at all."""
    for callback in callbacks(estate):
        assert call(estate, estate.guests["nobody"], callback, estate.ours).status_code == 401
        page = call(estate, estate.guests["publishable key"], callback, estate.ours)
        assert page.status_code == 403


def test_the_figures_are_of_the_readers_projects(estate: Estate) -> None:
    """The account in the footer and on the status page counts nothing of projects that one does not see."""
    for output in ("counters.children", "status-figures.children"):
        (callback,) = [c for c in callbacks(estate) if c["output"] == output]
        viewer = call(estate, estate.guests["viewer"], callback, estate.ours).text
        operator = call(estate, estate.guests["operator"], callback, estate.ours).text
        outsider = call(estate, estate.guests["outsider"], callback, estate.ours).text
        assert estate.theirs.project not in viewer
        assert viewer not in (operator, outsider)
