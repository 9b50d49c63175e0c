"""Delivered twice, replayed, or in one segment with others: everything counts once."""

from storage.client import Engine
from tests.samples import MINUTE_NS, Traces, message, set_attributes
from tests.storage.landed import land, land_logs, logs_body, rows, total

TABLES = ("spans", "contents", "trace_minutes", "touched_traces", "ledger", "evaluation_versions")


def conversation(seed: int = 1) -> Traces:
    """Make two traces of a call each, with an evaluation."""
    traces = Traces(seed, start_ns=1_760_000_000 * 10**9)
    for name in ("one", "two"):
        span = traces.span(name)
        set_attributes(
            span,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.usage.input_tokens": 10,
                "gen_ai.request.model": "m",
            },
        )
        set_attributes(span, {"gen_ai.input.messages": [message("user", f"hello {name}")]})
        set_attributes(
            span.events.add(name="gen_ai.evaluation.result"),
            {"gen_ai.evaluation.name": "ok", "gen_ai.evaluation.score.value": 1.0},
        )
    return traces


def counts(engine: Engine, project: str) -> dict[str, int]:
    """Return how many rows a project has in each table, and what it used."""
    used = {"input_tokens": total(engine, "spans", project, "input_tokens")}
    return {table: total(engine, table, project) for table in TABLES} | used


def test_replay_of_a_segment_changes_nothing(engine: Engine, project: str) -> None:
    """A segment that is inserted again with its token adds to no table."""
    body = conversation().body()
    token = land(engine, project, body, accepted=2)
    before = counts(engine, project)
    # the ledger has a row for what was received and one for what was stored
    assert before == dict.fromkeys(TABLES, 2) | {"input_tokens": 20}
    land(engine, project, body, accepted=2, token=token)
    assert counts(engine, project) == before


def test_duplicates_within_a_segment(engine: Engine, project: str) -> None:
    """A request that is twice in a segment is stored once; the ledger shows what came and what was stored."""
    body = conversation().body()
    land(engine, project, body, body, accepted=2)
    assert total(engine, "spans", project) == 2
    assert total(engine, "spans", project, "input_tokens") == 20
    assert total(engine, "evaluation_versions", project) == 2
    assert (
        total(engine, "ledger", project, "accepted"),
        total(engine, "ledger", project, "stored"),
    ) == (4, 2)


def test_duplicates_across_segments(engine: Engine, project: str) -> None:
    """A request that a client sends again later is not stored again, whatever else came in between."""
    body = conversation().body()
    land(engine, project, body, accepted=2)
    land(engine, project, conversation(2).body(), accepted=2)
    land(engine, project, body, accepted=2)
    assert total(engine, "spans", project) == 4
    assert total(engine, "ledger", project, "stored") == 4


def test_projects_do_not_see_each_other(engine: Engine, project: str) -> None:
    """The same span in two projects is a span of each."""
    body = conversation().body()
    land(engine, project, body)
    land(engine, project + "b", body)
    assert total(engine, "spans", project + "b") == 2
    assert total(engine, "contents", project + "b") == 2


def test_log_record_sent_again_is_stored_once(engine: Engine, project: str) -> None:
    """A retried log export adds nothing, in the same segment or a later one; equal records of one request both stay."""
    time_ns = 1_760_000_000 * 10**9
    line = {"time_unix_nano": time_ns, "body": "retrying", "attributes": {"n": 1}}
    later = {**line, "time_unix_nano": time_ns + MINUTE_NS}
    body = logs_body(line, line, later)
    land(engine, project, body, body, signal="logs", accepted=3)
    land(engine, project, body, signal="logs", accepted=3)
    assert total(engine, "logs", project) == 3
    assert (
        total(engine, "ledger", project, "accepted"),
        total(engine, "ledger", project, "stored"),
    ) == (9, 3)
    land_logs(engine, project, {**line, "attributes": {"n": 2}})
    assert total(engine, "logs", project) == 4


def test_replay_of_a_log_segment_changes_nothing(engine: Engine, project: str) -> None:
    """A segment of logs that is inserted again with its token adds nothing."""
    line = {"time_unix_nano": 1_760_000_000 * 10**9, "body": "once"}
    token = land_logs(engine, project, line)
    land_logs(engine, project, line, token=token)
    assert (total(engine, "logs", project), total(engine, "ledger", project, "stored")) == (1, 1)
    assert len(rows(engine, "contents", project)) == 1
