"""One trace with its spans, light and in full; and spans as a list."""

import json
from dataclasses import fields

import pytest

from storage import spans
from storage.client import Engine
from storage.errors import BadInput
from storage.scope import Scope
from tests.samples import message
from tests.world import NOON_NS, World

pytestmark = pytest.mark.engine


def test_a_trace_has_its_spans_in_order_of_start(world: World) -> None:
    """Parents come before the children that start with them; spans hours apart belong to one trace."""
    root = world.traces.span("root", start_ns=NOON_NS, duration_ns=10**9)
    world.traces.span("child", parent=root, start_ns=NOON_NS, duration_ns=10**6)
    world.traces.span("late", parent=root, start_ns=NOON_NS + 5 * 3600 * 10**9)
    world.save()
    world.traces.span("early", trace_id=root.trace_id, start_ns=NOON_NS - 10**9)
    world.save()
    trace = spans.get_trace(world.engine, world.scope, root.trace_id.hex().upper())
    assert trace is not None
    assert [span.name for span in trace.spans] == ["early", "root", "child", "late"]
    assert trace.facts is not None
    assert trace.facts.span_count == 4
    assert trace.spans[2].parent_span_id == root.span_id.hex()


def test_a_span_in_full(world: World) -> None:
    """A span has every column, typed attributes, messages as they were sent, events, links and evaluations."""
    rich = {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"q": 1}}],
        "finish_reason": "tool_calls",
    }
    span = world.traces.span(
        "chat gpt-4o",
        gen_ai__operation__name="chat",
        gen_ai__request__model="gpt-4o",
        gen_ai__system_instructions=[{"type": "text", "content": "Be brief."}],
        gen_ai__input__messages=[message("user", "hi"), message("user", "hi")],
        gen_ai__output__messages=[rich],
        gen_ai__tool__definitions=[{"type": "function", "name": "find"}],
        big=2**63 - 1, ratio=0.5, flag=True, text="x", long="y" * 2000,
    )  # fmt: skip
    event = span.events.add(name="gen_ai.evaluation.result", time_unix_nano=NOON_NS + 5)
    for key, value in (
        ("gen_ai.evaluation.name", "grounded"),
        ("gen_ai.evaluation.score.label", "yes"),
    ):
        event.attributes.add(key=key).value.string_value = value
    event.attributes.add(key="gen_ai.evaluation.score.value").value.double_value = 0.75
    span.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8)
    world.save()
    world.log(span.trace_id.hex(), span.span_id.hex(), body="a line", at_s=1)
    found = spans.get_span(world.engine, world.scope, span.trace_id.hex(), span.span_id.hex())
    assert found is not None
    assert found.start_time_unix_nano == NOON_NS
    assert found.model == "gpt-4o"
    assert found.system_instructions == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]}
    ]
    assert found.input_messages == [message("user", "hi"), message("user", "hi")]
    assert found.output_messages == [rich]
    assert found.tool_definitions == [{"type": "function", "name": "find"}]
    kept = {key: found.attributes[key] for key in ("big", "ratio", "flag", "text", "long")}
    assert kept == {"big": 2**63 - 1, "ratio": 0.5, "flag": True, "text": "x", "long": "y" * 2000}
    assert found.attributes["flag"] is True
    assert found.resource_attributes == {"service.name": "shop"}
    assert found.events[0]["time_unix_nano"] == NOON_NS + 5
    assert found.links == [
        {"trace_id": "01" * 16, "span_id": "02" * 8, "trace_state": "", "attributes": {}}
    ]
    assert [(e.name, e.score, e.label) for e in found.evaluations] == [("grounded", 0.75, "yes")]
    assert [log.body for log in found.logs] == ["a line"]


def test_documents_come_in_rank_order(world: World) -> None:
    """Documents have id, score, text and whatever else was sent."""
    documents = [
        {"id": "d2", "score": 0.9, "content": "first"},
        {"id": "d1", "score": 0.1, "content": "second", "title": "T", "page": 3},
        {"id": "d2", "score": 0.05, "content": "first"},
    ]
    span = world.traces.span(
        gen_ai__operation__name="retrieval",
        gen_ai__retrieval__documents=documents,
        gen_ai__retrieval__query__text="find it",
    )
    world.save()
    (found,) = spans.span_details(world.engine, world.scope, span.trace_id.hex())
    assert found.documents == documents
    assert found.input == "find it"
    assert found.document_ids == ["d2", "d1", "d2"]


def test_log_records_add_texts_to_their_span(world: World) -> None:
    """What a record adds stands beside the span's own texts, and what both sent stands once."""
    span = world.traces.span(
        gen_ai__operation__name="chat", gen_ai__input__messages=[message("user", "own")]
    )
    trace_id, span_id = span.trace_id.hex(), span.span_id.hex()
    world.save()
    added = {
        "gen_ai.input.messages": [message("user", "own"), message("user", "added")],
        "gen_ai.output.messages": [message("assistant", "late")],
    }
    world.log(trace_id, span_id, added, event_name="gen_ai.client.inference.operation.details")
    found = spans.get_span(world.engine, world.scope, trace_id, span_id)
    assert found is not None
    assert found.input_messages == [message("user", "own"), message("user", "added")]
    assert found.output_messages == [message("assistant", "late")]


def test_texts_that_are_no_messages_are_shown_all_the_same(world: World) -> None:
    """Plain text and JSON that is not quite valid become a message of one text."""
    span = world.traces.span(
        gen_ai__operation__name="chat",
        gen_ai__input__messages="just text",
        gen_ai__output__messages='[{"role": "assistant"',
    )
    world.save()
    (found,) = spans.span_details(world.engine, world.scope, span.trace_id.hex())
    assert found.input_messages == [message("user", "just text")]
    assert "assistant" in json.dumps(found.output_messages)


def test_a_text_that_is_not_kept_says_which_it_was(world: World) -> None:
    """Where a project keeps no texts, or they have expired, figures stay and messages are empty."""
    trace_id = world.ask("private", "reply")
    world.save()
    client = world.engine.client()
    client.command(
        "DELETE FROM contents WHERE project_id = {p:String}",
        parameters={"p": world.scope.project},
        settings={"lightweight_deletes_sync": 2},
    )
    found = spans.span_details(world.engine, world.scope, trace_id)[1]
    assert found.input_tokens == 100
    assert found.input_messages[0]["parts"] == []
    assert len(found.input_messages[0]["content_hash"]) == 32


def test_spans_are_listed_by_page(world: World) -> None:
    """Pages of spans join without gaps or repeats in every order."""
    for i in range(6):
        world.ask(at_s=-4000 * i)
    world.save()
    for sort in spans.SORTS:
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = spans.list_spans(
                world.engine, world.scope, sort=f"-{sort}", limit=5, cursor=cursor
            )
            seen += [row.span_id for row in page.rows]
            cursor = page.next_cursor
        assert len(seen) == len(set(seen)) == 12, sort


def test_other_projects_have_no_such_trace(world: World) -> None:
    """The ids of another project's trace and span find nothing."""
    trace_id = world.ask("mine")
    world.save()
    span_id = spans.get_trace(world.engine, world.scope, trace_id).spans[0].span_id  # type: ignore[union-attr]
    stranger = Scope(f"{world.scope.project}-other")
    assert spans.get_trace(world.engine, stranger, trace_id) is None
    assert spans.get_span(world.engine, stranger, trace_id, span_id) is None
    assert spans.span_details(world.engine, stranger, trace_id) == []
    assert spans.list_spans(world.engine, stranger, q=trace_id).rows == []


def test_the_same_ids_in_two_projects_stay_apart(engine: Engine, world: World) -> None:
    """A trace id that two projects use is two traces, with their own texts."""
    other = World(engine, f"{world.scope.project}-other")
    for one, text in ((world, "here"), (other, "there")):
        one.traces.span(
            trace_id=b"\5" * 16,
            gen_ai__operation__name="chat",
            gen_ai__input__messages=[message("user", text)],
        )
        one.save()
        (found,) = spans.span_details(engine, one.scope, "05" * 16)
        assert found.input_messages == [message("user", text)]


def test_unknown_ids_and_wrong_questions(world: World) -> None:
    """Nothing is found where nothing is; orders are checked."""
    assert spans.get_trace(world.engine, world.scope, "0" * 32) is None
    assert spans.get_span(world.engine, world.scope, "0" * 32, "0" * 16) is None
    with pytest.raises(BadInput, match="cannot sort"):
        spans.list_spans(world.engine, world.scope, sort="errors")


def test_a_detail_is_a_span_and_more() -> None:
    """The full form has every field of the listed one."""
    assert {f.name for f in fields(spans.SpanRow)} < {f.name for f in fields(spans.SpanDetail)}
