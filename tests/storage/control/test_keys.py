import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, text, update

from storage.control import key_callers
from storage.control.access import Caller, Forbidden, KeyScope, NotSignedIn, Permission
from storage.control.control import Control, open_control
from storage.control.database import ControlDatabase, ControlUnavailable
from storage.control.key_callers import caller_of_key
from storage.control.keys import (
    MAX_GRACE,
    Keys,
    create_key,
    get_key,
    list_keys,
    revoke_key,
    rotate_key,
)
from storage.control.models import ApiKey, now
from storage.control.projects import create_project
from storage.errors import BadInput
from tests.engine import wait_until
from tests.postgres import Postgres

INGEST = frozenset({KeyScope.INGEST})
WRONG = f"gw_{'0' * 16}_{'0' * 64}"


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def keys(database: ControlDatabase, clock: Clock) -> Iterator[Keys]:
    """Return the keys as another process sees them: it hears nothing of what this one changes."""
    other = ControlDatabase(database._url.render_as_string(hide_password=False))
    keys = Keys(other, clock)
    yield keys
    keys.close()
    other.close()


def make(
    database: ControlDatabase, *scopes: KeyScope, project: str = "default", name: str = "app"
) -> tuple[ApiKey, str]:
    """Make a key as a request does."""
    with database.session() as session:
        return create_key(session, project, name, scopes or INGEST, created_by="ada@example.com")


def revoke(database: ControlDatabase, key: ApiKey) -> None:
    """Revoke a key as a request does."""
    with database.session() as session:
        revoke_key(session, key.id)


def test_a_key_is_known_by_its_text(control: Control) -> None:
    """The text that is shown once gives the key's project and what its scopes allow there, and nothing elsewhere."""
    key, shown = make(control.database)

    caller = control.keys.caller(shown)

    assert (caller.kind, caller.id, caller.name) == ("key", key.id, "app")
    assert caller.permissions("default") == {Permission.INGEST, Permission.FEEDBACK}
    assert caller.permissions("other") == frozenset()
    assert not caller.is_operator
    with pytest.raises(Forbidden):
        caller.operate()


def test_the_database_holds_no_secret(database: ControlDatabase) -> None:
    """Whoever reads the whole table cannot make a key of it."""
    _, shown = make(database)
    secret = shown.split("_")[2]

    with database.reading() as session:
        table = repr(session.execute(text("SELECT * FROM api_keys")).all())

    assert len(secret) == 64
    assert secret not in table


@pytest.mark.parametrize(
    "shown",
    [
        "", "gw_", WRONG, "gw__", "Bearer x", "gwp_", "gwp_x.y", "gwp_" + "x" * 10_000, "gw_\x00_\x00",
        f"gw_{'0' * 16}_{'0' * 63}\n", f"gw_{chr(0x660) * 16}_{'0' * 64}", "\udc80", "gw_" + "0" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused(control: Control, shown: str) -> None:
    """Any text but a key's gets the same answer."""
    with pytest.raises(NotSignedIn, match="is not valid"):
        control.keys.caller(shown)


def test_the_secret_counts_not_the_id(control: Control) -> None:
    """A known id with another secret is refused, before and after the right one was seen."""
    key, shown = make(control.database)
    forged = f"gw_{key.id}_{'0' * 64}"

    with pytest.raises(NotSignedIn):
        control.keys.caller(forged)
    control.keys.caller(shown)
    with pytest.raises(NotSignedIn):
        control.keys.seen(forged)


def test_a_revoked_key_ends_at_once_in_this_process(control: Control) -> None:
    """The next request after the revocation is refused."""
    key, shown = make(control.database)
    control.keys.caller(shown)

    revoke(control.database, key)

    with pytest.raises(NotSignedIn):
        control.keys.caller(shown)


def test_a_revoked_key_ends_within_five_seconds_in_another_process(
    database: ControlDatabase, keys: Keys, clock: Clock
) -> None:
    """Another process answers from memory for five seconds, and not for longer."""
    key, shown = make(database)
    keys.caller(shown)
    revoke(database, key)

    clock.at += 4.9
    keys.caller(shown)
    clock.at += 0.2
    with pytest.raises(NotSignedIn):
        keys.caller(shown)


def test_revoking_during_a_look_up_is_not_forgotten(control: Control) -> None:
    """A key that is revoked between the database's answer and its being remembered is not remembered."""
    key, shown = make(control.database)
    engine = control.database._engine
    revoked = threading.Event()

    def revoke_now(_c: object, _cu: object, statement: str, *_: object) -> None:
        if "api_keys" in statement and not revoked.is_set():
            revoked.set()
            revoke(control.database, key)

    event.listen(engine, "after_cursor_execute", revoke_now)
    control.keys.caller(shown)
    event.remove(engine, "after_cursor_execute", revoke_now)

    with pytest.raises(NotSignedIn):
        control.keys.caller(shown)


def test_a_rotated_key_works_on_for_its_grace_period(
    database: ControlDatabase, keys: Keys, clock: Clock
) -> None:
    """Both work until the grace period ends; then only the new one, which has the same name, scopes and end."""
    end = now() + timedelta(days=30)
    with database.session() as session:
        old, old_text = create_key(
            session, "default", "app", INGEST, created_by="ada", expires_at=end
        )
        new, new_text = rotate_key(session, old.id, grace=timedelta(hours=1))

    assert keys.caller(old_text).id == old.id
    assert keys.caller(new_text).id == new.id
    assert (new.name, new.scopes, new.expires_at) == ("app", INGEST, end)
    assert old.replaced_by == new.id
    assert old.expires_at is not None
    assert timedelta(minutes=59) < old.expires_at - now() <= timedelta(hours=1)

    _move_end(database, old, timedelta(seconds=-1))
    clock.at += key_callers.TTL_S
    with pytest.raises(NotSignedIn):
        keys.caller(old_text)
    assert keys.caller(new_text).id == new.id


def test_a_grace_period_never_prolongs_a_key(database: ControlDatabase) -> None:
    """A key that ends in an hour still does so when it is rotated with a day's grace."""
    end = now() + timedelta(hours=1)
    with database.session() as session:
        old, _ = create_key(session, "default", "app", INGEST, created_by="ada", expires_at=end)
        rotate_key(session, old.id, grace=timedelta(days=1))

    assert old.expires_at == end


def test_a_leaked_key_can_be_rotated_without_grace(control: Control) -> None:
    """With no grace the old key ends with the rotation."""
    old, old_text = make(control.database)
    control.keys.caller(old_text)
    with control.database.session() as session:
        _, new_text = rotate_key(session, old.id, grace=timedelta())

    assert control.keys.caller(new_text)
    with pytest.raises(NotSignedIn):
        control.keys.caller(old_text)


def test_a_key_has_one_successor(database: ControlDatabase) -> None:
    """Rotating twice, or rotating a key that ended, is refused: two successors would be one too many."""
    rotated, _ = make(database)
    ended, _ = make(database)
    revoke(database, ended)
    with database.session() as session:
        rotate_key(session, rotated.id, grace=timedelta(days=1))

    for key in (rotated, ended):
        with pytest.raises(BadInput, match="has a successor"), database.session() as session:
            rotate_key(session, key.id, grace=timedelta(days=1))


@pytest.mark.parametrize("grace", [timedelta(seconds=-1), MAX_GRACE + timedelta(seconds=1)])
def test_a_grace_period_has_bounds(database: ControlDatabase, grace: timedelta) -> None:
    """A grace period is neither negative nor for ever."""
    key, _ = make(database)

    with pytest.raises(BadInput, match="grace period"), database.session() as session:
        rotate_key(session, key.id, grace=grace)


def test_an_expired_key_is_refused_though_it_is_remembered(
    database: ControlDatabase, keys: Keys
) -> None:
    """A key ends at its time, not when memory is refreshed."""
    key, shown = make(database)
    _move_end(database, key, timedelta(milliseconds=300))
    keys.caller(shown)

    def refused() -> bool:
        try:
            keys.caller(shown)
        except NotSignedIn:
            return True
        return False

    wait_until(refused, 10, what="the end of the key")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scopes": []}, "a key needs a scope"),
        ({"name": " "}, "a key needs a name"),
        ({"name": "x" * 101}, "this name cannot be kept"),
        ({"name": "a\nb"}, "this name cannot be kept"),
        ({"project": "nowhere"}, "there is no project nowhere"),
        ({"expires_at": timedelta(seconds=-1)}, "this key would have expired already"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(
    database: ControlDatabase, change: dict[str, object], says: str
) -> None:
    """What is wrong with a key is said when it is made."""
    if isinstance(change.get("expires_at"), timedelta):
        change = {"expires_at": now() - timedelta(seconds=1)}
    wanted = {"project": "default", "name": "app", "scopes": INGEST, "created_by": "ada"} | change

    with pytest.raises(BadInput, match=says), database.session() as session:
        create_key(session, **wanted)  # type: ignore[arg-type]


def test_keys_are_listed_by_project(database: ControlDatabase) -> None:
    """A project's keys are listed, newest first, with what became of them, and no other project's."""
    with database.session() as session:
        create_project(session, "other")
    first, _ = make(database, name="first")
    make(database, project="other")
    second, _ = make(database, name="second")
    revoke(database, first)

    with database.reading() as session:
        listed = list_keys(session, "default")
        states = [(key.name, key.state) for key in listed]

    assert states == [("second", "active"), ("first", "revoked")]
    assert second.id == listed[0].id


def test_seen_never_asks_the_database(control: Control) -> None:
    """What is not in memory is not answered; what is, is, without a statement."""
    _, shown = make(control.database)
    with _statements(control) as statements:
        assert control.keys.seen(shown) is None
        assert control.keys.seen("gwp_x") is None
        assert statements() == 0
    caller = control.keys.caller(shown)

    with _statements(control) as statements:
        assert control.keys.seen(shown) is caller
        assert control.keys.caller(shown) is caller
        assert statements() == 0


def test_wrong_keys_do_not_hammer_the_database(control: Control) -> None:
    """A wrong key is asked of the database once in five seconds, however often it is sent."""
    with _statements(control) as statements:
        for _ in range(100):
            with pytest.raises(NotSignedIn):
                control.keys.caller(WRONG)

        assert statements() == 1


def test_a_flood_of_random_keys_is_bounded(control: Control, clock: Clock) -> None:
    """Of ten thousand random keys in a second the database is asked of a hundred; keys in use go on working."""
    keys = Keys(control.database, clock)
    _, shown = make(control.database)
    keys.caller(shown)
    clock.at += 1
    with _statements(control) as statements:
        ends = [_outcome(keys, f"gw_{n:016x}_{'0' * 64}") for n in range(10_000)]

        assert statements() == 100
    assert ends.count("NotSignedIn") == 100
    assert ends.count("ControlUnavailable") == 9900
    assert keys.caller(shown)
    clock.at += 1
    assert _outcome(keys, WRONG.replace("0", "a")) == "NotSignedIn"
    keys.close()


def test_what_is_remembered_is_bounded(
    control: Control, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory holds so many keys and so many wrong ones, and forgets the oldest first."""
    monkeypatch.setattr(key_callers, "_MOST_KEPT", 3)
    keys = Keys(control.database, clock)
    texts = [make(control.database)[1] for _ in range(5)]
    for shown in texts:
        keys.caller(shown)
    for n in range(5):
        _outcome(keys, f"gw_{n:016x}_{'0' * 64}")

    assert [keys.seen(shown) is not None for shown in texts] == [False, False, True, True, True]
    assert len(keys._callers._unknown) == 3
    keys.close()


def test_known_keys_work_on_while_the_database_is_away(postgres: Postgres, clock: Clock) -> None:
    """For an hour of an outage a known key works; an unknown one is told to come back; revoked ones stay revoked."""
    control = open_control(postgres.new_database())
    keys = Keys(control.database, clock)
    _, shown = make(control.database)
    revoked, revoked_text = make(control.database)
    keys.caller(shown)
    keys.caller(revoked_text)
    revoke(control.database, revoked)
    assert _outcome(keys, revoked_text) == "NotSignedIn"

    postgres.stop()
    try:
        clock.at += key_callers.TTL_S + 1
        assert keys.caller(shown)
        # The database is left alone for a while: nobody waits for it again.
        assert keys.seen(shown)
        assert _outcome(keys, WRONG) == "ControlUnavailable"
        assert _outcome(keys, revoked_text) in {"NotSignedIn", "ControlUnavailable"}
        clock.at += key_callers.AWAY_S
        assert _outcome(keys, shown) == "ControlUnavailable"
    finally:
        postgres.start()
    clock.at += 10
    assert keys.caller(shown)
    assert _outcome(keys, WRONG) == "NotSignedIn"
    keys.close()
    control.close()


def test_the_last_use_is_written_down(database: ControlDatabase, keys: Keys, clock: Clock) -> None:
    """A use shows within seconds, then once a minute: requests in between cost no write."""
    key, shown = make(database)
    keys.caller(shown)
    first = wait_until(lambda: _last_use(database, key), what="the last use")
    keys.caller(shown)
    clock.at += 59
    keys.caller(shown)
    assert not keys._uses._waiting

    clock.at += 2
    keys.caller(shown)
    keys.close()

    last = _last_use(database, key)
    assert last is not None
    assert last > first


def test_a_use_that_cannot_be_written_is_said_and_left(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    """While the database is away uses are lost, with a line in the log; requests do not notice."""
    control = open_control(postgres.new_database())
    _, shown = make(control.database)
    control.keys.caller(shown)
    postgres.stop()
    try:
        with caplog.at_level(logging.WARNING):
            control.close()
    finally:
        postgres.start()

    assert "the last use of 1 keys was not written down" in caplog.text


def test_a_publishable_key_can_only_give_feedback(control: Control) -> None:
    """A token gives its key's project the right to give feedback, on the one trace that it names, and no other."""
    key, _ = make(control.database, KeyScope.INGEST, KeyScope.READ, KeyScope.MANAGE)
    token = control.keys.publishable(caller_of_key(key), ttl=timedelta(hours=1), trace_id="ab" * 16)

    page = control.keys.caller(token)

    assert (page.kind, page.id, page.trace_id) == ("page", key.id, "ab" * 16)
    assert page.permissions("default") == {Permission.FEEDBACK}
    assert page.permissions("other") == frozenset()


def test_a_publishable_key_ends_with_its_key(control: Control) -> None:
    """Revoking the key ends the tokens that were made with it."""
    key, _ = make(control.database)
    token = control.keys.publishable(caller_of_key(key), ttl=timedelta(hours=1))
    control.keys.caller(token)

    revoke(control.database, key)

    with pytest.raises(NotSignedIn):
        control.keys.caller(token)


def test_a_publishable_key_ends_at_its_time(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token works for as long as was asked."""
    key, _ = make(control.database)
    token = control.keys.publishable(caller_of_key(key), ttl=timedelta(minutes=5))
    later = now().timestamp() + 301
    monkeypatch.setattr("storage.control.page_tokens.time.time", lambda: later)

    with pytest.raises(NotSignedIn, match="has ended"):
        control.keys.caller(token)


@pytest.mark.parametrize("change", [0, 8, -1, -20])
def test_a_changed_publishable_key_is_refused(control: Control, change: int) -> None:
    """No character of a token can be another one."""
    key, _ = make(control.database)
    token = control.keys.publishable(caller_of_key(key), ttl=timedelta(hours=1))
    at = change % len(token)
    # The first bits of a character count everywhere; the last character of a signature has bits to spare.
    changed = f"{token[:at]}{'A' if token[at] not in 'ABCD' else 'z'}{token[at + 1 :]}"

    with pytest.raises(NotSignedIn):
        control.keys.caller(changed)


def test_a_publishable_key_of_another_server_is_refused(
    control: Control, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each installation signs with a secret of its own."""
    other = open_control(f"sqlite:///{tmp_path_factory.mktemp('other')}/control.db")
    key, _ = make(control.database)
    token = other.keys.publishable(caller_of_key(key), ttl=timedelta(hours=1))
    other.close()

    with pytest.raises(NotSignedIn):
        control.keys.caller(token)


@pytest.mark.parametrize("ttl", [timedelta(), timedelta(hours=24, seconds=1)])
def test_a_publishable_key_lives_a_day_at_most(control: Control, ttl: timedelta) -> None:
    """A time that is none, or too long, is refused."""
    key, _ = make(control.database)

    with pytest.raises(BadInput, match="at most 24 hours"):
        control.keys.publishable(caller_of_key(key), ttl=ttl)


def test_who_may_make_publishable_keys(control: Control) -> None:
    """A key without the right to give feedback, a person and a publishable key cannot make one."""
    reader = caller_of_key(make(control.database, KeyScope.READ)[0])
    ingest = caller_of_key(make(control.database)[0])
    page = control.keys.caller(control.keys.publishable(ingest, ttl=timedelta(hours=1)))
    person = Caller("person", "1", "ada", {"default": frozenset(Permission)})

    for caller in (reader, page, person):
        with pytest.raises(Forbidden):
            control.keys.publishable(caller, ttl=timedelta(hours=1))


class _statements:  # noqa: N801 - reads as a function
    """Counts the statements that read keys."""

    def __init__(self, control: Control) -> None:
        self._engine = control.database._engine
        self._seen = 0

    def __enter__(self) -> Callable[[], int]:
        event.listen(self._engine, "before_cursor_execute", self._note)
        return lambda: self._seen

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._note)

    def _note(self, _c: object, _cu: object, statement: str, *_: object) -> None:
        self._seen += statement.startswith("SELECT") and "api_keys" in statement


def _outcome(keys: Keys, shown: str) -> str:
    try:
        keys.caller(shown)
    except (NotSignedIn, ControlUnavailable) as error:
        return type(error).__name__
    return "caller"


def _move_end(database: ControlDatabase, key: ApiKey, by: timedelta) -> None:
    with database.session() as session:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(expires_at=now() + by))


def _last_use(database: ControlDatabase, key: ApiKey) -> object:
    with database.reading() as session:
        return get_key(session, key.id).last_used_at
