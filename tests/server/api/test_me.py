"""What callers are told of themselves, and what they change of it."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from collector.counters import Counters
from server.api import create_api
from storage.client import Engine
from storage.control.access import OF_KEY_SCOPE, Caller, KeyScope, Role
from storage.control.audit import entries
from storage.control.control import Control
from storage.control.members import set_member
from storage.control.people import caller_of, create_person
from storage.control.projects import create_project
from tests.callers import asking_as

pytestmark = pytest.mark.engine


@pytest.fixture
def person(control: Control) -> Caller:
    """Return somebody who is an editor of one project of two."""
    with control.database.session() as session:
        made = create_person(session, "ann@example.com", name="Ann")
        create_project(session, "shop", title="The shop")
        create_project(session, "bank")
        set_member(session, "shop", made.id, Role.EDITOR)
        return caller_of(session, made)


@pytest.fixture
def client(engine: Engine, control: Control) -> Iterator[TestClient]:
    """Return a client of the API; a test says as whom it asks."""
    with TestClient(create_api(engine, Counters(), control), base_url="http://test/api/v1") as made:
        yield made


def test_a_person_is_told_who_they_are_and_what_they_may(
    client: TestClient, person: Caller
) -> None:
    """Address, name, and the projects that are theirs with their permissions there; no others."""
    with asking_as(person):
        told = client.get("/me").json()

    assert (told["kind"], told["name"], told["full_name"]) == ("person", "ann@example.com", "Ann")
    assert told["home"] == "shop"
    permissions = ["annotate", "edit", "read"]
    assert told["projects"] == [{"name": "shop", "title": "The shop", "permissions": permissions}]


def test_a_person_changes_their_name(client: TestClient, person: Caller, control: Control) -> None:
    """The new name is told from then on, and the change is in the server's log."""
    with asking_as(person):
        assert client.patch("/me", json={"full_name": " Ann B. "}).json()["full_name"] == "Ann B."
        assert client.get("/me").json()["full_name"] == "Ann B."

    with control.database.reading() as session:
        (entry,) = entries(session, None)
        assert (entry.action, entry.target) == ("person.rename", "ann@example.com")


@pytest.mark.parametrize("body", [{"full_name": "a" * 201}, {"full_name": "a\nb"}, {"name": "x"}])
def test_a_name_that_cannot_be_kept_is_refused(
    client: TestClient, person: Caller, body: dict[str, str]
) -> None:
    """Too long, not printable, or another member than the one that can change: 400, and nothing is changed."""
    with asking_as(person):
        assert client.patch("/me", json=body).status_code == 400
        assert client.get("/me").json()["full_name"] == "Ann"


def test_only_people_have_a_name_of_their_own(client: TestClient) -> None:
    """A key, and whoever is on this machine, has none and gets none."""
    key = Caller("key", "k", "ci", {"shop": OF_KEY_SCOPE[KeyScope.MANAGE]})
    for caller in (key, Caller("local", "", "local", is_operator=True)):
        with asking_as(caller):
            assert client.get("/me").json()["full_name"] == ""
            assert client.patch("/me", json={"full_name": "x"}).status_code == 403
