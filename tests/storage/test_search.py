"""The search box: which texts and ids it finds, and by which way."""

import pytest

from storage import search, spans, traces
from storage.errors import BadInput
from storage.query import ask, load
from storage.search import Words
from tests.samples import message
from tests.world import World

pytestmark = pytest.mark.engine


def found(world: World, q: str) -> list[str]:
    """Return the ids of traces that a search lists."""
    return [row.trace_id for row in traces.list_traces(world.engine, world.scope, q=q).rows]


@pytest.mark.parametrize(
    ("q", "words"),
    [
        ("Refund policy", Words(("refund", "policy"), ())),
        ('"refund policy" now', Words(("refund", "policy", "now"), ("refund policy",))),
        ('"refund"', Words(("refund",), ())),
        ("it's re-sent", Words(("it", "s", "re", "sent"), ())),
        ("Größe paid", Words(("paid",), ("Größe",))),
        ("退款", Words((), ("退款",))),
        ("???", Words((), ("???",))),
        ('"open end', Words(("open", "end"), ("open end",))),
        ('""', Words((), ())),
    ],
)
def test_words_and_parts(q: str, words: Words) -> None:
    """ASCII words go to the index; phrases, marks and other scripts are looked for as they are."""
    assert search.words(q) == words


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("refund", "ab"),
        ("REFUND", "ab"),
        ("refund policy", "ab"),
        ('"refund policy"', "a"),
        ("refun", ""),
        ("größe", "c"),
        ("GRÖSSE", ""),
        ("rÖß", "c"),
        ("退款", "c"),
        ("answered", "abc"),
        ("refund größe", ""),
        ("it's", "b"),
        ("100%", "b"),
        ("_", ""),
        ("' OR 1=1 --", ""),
        ("\\", "b"),
    ],
)
def test_texts_are_found(world: World, q: str, names: str) -> None:
    """A trace is found when one of its texts holds every word, whatever the case, and every phrase literally."""
    ids = {
        world.ask("What is the refund policy?", "answered A"): "a",
        world.ask("policy: it's a 100% refund \\", "answered B", at_s=-1): "b",
        world.ask("Welche Größe? 我要退款", "answered C", at_s=-2): "c",
    }
    world.save()
    assert "".join(ids[trace_id] for trace_id in found(world, q)) == names


def test_ids_are_found(world: World) -> None:
    """The id of a trace, of a span and of a session find their traces, in either case."""
    trace_id = world.ask("one", root={"session.id": "conversation-7"})
    world.ask("two", at_s=1)
    world.save()
    span_id = spans.get_trace(world.engine, world.scope, trace_id).spans[1].span_id  # type: ignore[union-attr]
    for q in (
        trace_id,
        trace_id.upper(),
        span_id,
        span_id.upper(),
        "conversation-7",
        f" {trace_id} ",
    ):
        assert found(world, q) == [trace_id], q
    rows = spans.list_spans(world.engine, world.scope, q=span_id).rows
    assert [row.span_id for row in rows] == [span_id]
    assert len(spans.list_spans(world.engine, world.scope, q=trace_id).rows) == 2


def test_what_log_records_add_is_found(world: World) -> None:
    """Messages that came in a log record find the trace and the span that the record names."""
    root = world.traces.span("chat", gen_ai__operation__name="chat")
    trace_id, span_id = root.trace_id.hex(), root.span_id.hex()
    world.save()
    world.log(trace_id, span_id, {"gen_ai.input.messages": [message("user", "only logged")]})
    assert found(world, "logged") == [trace_id]
    rows = spans.list_spans(world.engine, world.scope, q="logged").rows
    assert [row.span_id for row in rows] == [span_id]


@pytest.mark.parametrize(
    ("few", "some", "common"), [(16, 5000, 100_000), (0, 5000, 100_000), (0, 0, 100_000), (0, 0, 1)]
)
def test_every_way_finds_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int, some: int, common: int
) -> None:
    """However many contents hold a word, pages and spans come out the same."""
    expected = [world.ask(f"common word {i}", "nothing", at_s=-3000 * i) for i in range(9)]
    world.ask("another", "nothing", at_s=5)
    world.save()
    for name, value in (("FEW", few), ("SOME", some), ("COMMON", common)):
        monkeypatch.setattr(search, name, value)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = traces.list_traces(world.engine, world.scope, q="common", limit=4, cursor=cursor)
        seen += [row.trace_id for row in page.rows]
        cursor = page.next_cursor
    assert seen == expected
    assert len(spans.list_spans(world.engine, world.scope, q="common").rows) == 9
    assert traces.count_traces(world.engine, world.scope, q='"common word"') == 9


def test_new_parts_are_searched_before_their_index_is_built(world: World) -> None:
    """Inserts leave the text index to merges; until then the words are found all the same."""
    trace_id = world.ask("Unindexed Text")
    world.save()
    assert found(world, "unindexed") == [trace_id]
    world.engine.client().command("OPTIMIZE TABLE contents FINAL")
    assert found(world, "unindexed") == [trace_id]


def test_words_are_looked_up_in_the_text_index(world: World) -> None:
    """The plan of a search reads by_text, and the texts themselves are not read."""
    world.ask("refund")
    world.save()
    text = search.words("refund").predicate()
    sql = load("search/hashes").text.replace("/* filters */", f"AND ({text.sql})")
    rows = ask(
        world.engine,
        "x",
        f"EXPLAIN indexes = 1 {sql}",
        {"project": world.scope.project, **text.values},
    ).result_rows
    plan = "\n".join(row[0] for row in rows)
    assert "Name: by_text" in plan
    assert "__text_index_by_text" in plan


def test_few_hashes_are_looked_up_in_the_index_of_contents(world: World) -> None:
    """The plan of a search for a rare word skips granules of spans by their hashes."""
    sql = load("traces/having_content").text.replace(
        "/* filters */", "AND (hasAny(contents, {q_hashes:Array(UInt128)}))"
    )
    world.ask("refund")
    world.save()
    values = {"project": world.scope.project, "start_ns": 0, "reach_ns": 10**18, "q_hashes": [1, 2]}
    rows = ask(world.engine, "x", f"EXPLAIN indexes = 1 {sql}", values).result_rows
    assert "Name: by_content" in "\n".join(row[0] for row in rows)


def test_a_search_is_bounded(world: World) -> None:
    """Nobody types a thousand characters into a search box."""
    world.ask("x")
    world.save()
    with pytest.raises(BadInput, match="characters"):
        found(world, "x" * 1001)
    assert found(world, "x " * 400) == found(world, "x")
