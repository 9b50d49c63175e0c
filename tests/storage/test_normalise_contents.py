"""Texts of spans: stored once, readable, and taken apart where they are lists."""

import base64
import json
from typing import Any

from storage.client import Engine
from tests.samples import Traces, message, set_attributes
from tests.storage.landed import contents, land, land_span, spans, texts, total

LONG = "many words " * 100


def test_each_message_is_a_content(engine: Engine, project: str) -> None:
    """Messages are stored one by one, with their role and the text that a person reads."""
    history = [message("system", "Be kind."), message("user", 'Say "hé"\n\tnow')]
    row = land_span(
        engine,
        project,
        {"gen_ai.input.messages": history, "gen_ai.output.messages": [message("assistant", "Hé!")]},
    )
    stored = contents(engine, project)
    said = [stored[h] for h in row["input_messages"] + row["output_messages"]]
    assert [(c["role"], c["text"], c["body"], c["kind"]) for c in said] == [
        ("system", "Be kind.", "", "message"),
        ("user", 'Say "hé"\n\tnow', "", "message"),
        ("assistant", "Hé!", "", "message"),
    ]
    assert "gen_ai.input.messages" not in row["attributes_string"]


def test_a_text_is_stored_once(engine: Engine, project: str) -> None:
    """The same message in several spans is one content."""
    traces = Traces()
    for name in ("a", "b", "c"):
        set_attributes(traces.span(name), {"gen_ai.input.messages": [message("user", "again")]})
    land(engine, project, traces.body())
    assert len({tuple(row["input_messages"]) for row in spans(engine, project).values()}) == 1
    assert total(engine, "contents", project) == 1


def test_rich_messages_keep_their_body(engine: Engine, project: str) -> None:
    """Whatever role and text do not say is kept as JSON, and read as its texts."""
    calls: list[dict[str, Any]] = [
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "name": "order", "arguments": {"id": 7}}],
            "finish_reason": "tool_call",
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "1", "response": {"status": "café"}}],
        },
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "look"},
                {"type": "blob", "mime_type": "image/png", "content": "aGk="},
            ],
        },
        {"role": "user", "content": [{"type": "text", "text": "other shape"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"function": {"name": "f", "arguments": '{"a":1}'}}],
        },
        {"role": "user", "content": "plain content"},
        {"role": "user", "parts": [{"type": "text", "content": "named"}], "name": "bob"},
        {"role": "user", "parts": []},
    ]
    row = land_span(engine, project, {"gen_ai.input.messages": calls})
    stored = contents(engine, project)
    kept = [stored[h] for h in row["input_messages"]]
    assert [c["text"] for c in kept] == [
        'order {"id":7}',
        '{"status":"café"}',
        "look\n[image/png]",
        "other shape",
        'f {"a":1}',
        "plain content",
        "named",
        '{"role":"user","parts":[]}',
    ]
    assert [json.loads(c["body"]) for c in kept[:-1]] == calls[:-1]
    assert kept[-1]["body"] == ""  # the text is the whole


def test_a_message_that_says_nothing_has_no_text(engine: Engine, project: str) -> None:
    """Its JSON is no answer that anybody read; a message of parts that we do not know is shown as it was sent."""
    said: list[dict[str, Any]] = [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": ""}],
            "finish_reason": "stop",
        },
        {"role": "assistant", "content": ""},
        {"role": "assistant", "parts": [{"type": "hologram", "beam": "on"}]},
    ]
    row = land_span(engine, project, {"gen_ai.output.messages": said})
    stored = contents(engine, project)
    found = [stored[h] for h in row["output_messages"]]
    assert [c["text"] for c in found] == ["", "", json.dumps(said[2], separators=(",", ":"))]
    assert [json.loads(c["body"] or c["text"]) for c in found] == said


def test_messages_that_are_no_list(engine: Engine, project: str) -> None:
    """Text that is no JSON list is one message; empty lists are none."""
    assert texts_of(engine, project, "gen_ai.input.messages", "[INST] not JSON") == [
        "[INST] not JSON"
    ]
    assert texts_of(engine, project, "gen_ai.input.messages", '{"role":"user","parts":[]}') == [
        '{"role":"user","parts":[]}'
    ]
    assert texts_of(engine, project, "gen_ai.input.messages", '["first", "sec\\u00f6nd"]') == [
        "first",
        "secönd",
    ]
    for nothing in ("[]", "null", ""):
        assert texts_of(engine, project, "gen_ai.input.messages", nothing) == []


def texts_of(engine: Engine, project: str, key: str, value: str) -> list[str]:
    """Return the input messages of a span with one attribute."""
    name = f"{key} {value}"
    return texts(engine, project, land_span(engine, project, {key: value}, name)["input_messages"])


def test_deeply_nested_messages_are_kept_whole(engine: Engine, project: str) -> None:
    """Nesting deeper than a parser goes leaves one text, nothing is lost."""
    deep = "[" * 5000 + "]" * 5000
    row = land_span(engine, project, {"gen_ai.input.messages": deep})
    assert texts(engine, project, row["input_messages"]) == [deep]


def test_system_instructions_and_tools(engine: Engine, project: str) -> None:
    """System prompts are read as text, tools by name and description."""
    tools = [
        {
            "type": "function",
            "name": "order",
            "description": "Looks up",
            "parameters": {"type": "object"},
        },
        {"type": "function", "function": {"name": "refund", "description": "Pays back"}},
    ]
    row = land_span(
        engine,
        project,
        {
            "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
            "gen_ai.tool.definitions": tools,
        },
    )
    assert texts(engine, project, row["system_instructions"]) == ["Be brief."]
    assert texts(engine, project, row["tool_definitions"]) == [
        "order\nLooks up",
        "refund\nPays back",
    ]


def test_documents(engine: Engine, project: str) -> None:
    """Documents keep rank, id, score and whatever else came; a chunk is one content whoever found it."""
    documents = [
        {"id": "d1", "score": 0.9, "content": "Refunds take 3 days.", "title": "Refunds"},
        {"id": 2, "text": "Second", "metadata": {"page": 4}},
        {"page_content": "Third", "score": "0.5"},
        "just a text",
        {"id": "empty"},
    ]
    traces = Traces()
    set_attributes(
        traces.span("first"),
        {"gen_ai.retrieval.documents": documents, "gen_ai.retrieval.query.text": "refund?"},
    )
    set_attributes(
        traces.span("second"), {"gen_ai.retrieval.documents": [{"id": "x", "content": "Second"}]}
    )
    land(engine, project, traces.body())
    row, other = (spans(engine, project)[name] for name in ("first", "second"))
    assert row["operation"] == "retrieve"
    assert texts(engine, project, row["input"]) == ["refund?"]
    assert texts(engine, project, row["documents"]) == [
        "Refunds take 3 days.",
        "Second",
        "Third",
        "just a text",
        '{"id":"empty"}',
    ]
    assert row["document_ids"] == ["d1", "2", "", "", "empty"]
    assert row["document_scores"] == [0.9, None, 0.5, None, None]
    assert [json.loads(a) if a else {} for a in row["document_attributes"]] == [
        {"title": "Refunds"}, {"metadata": {"page": 4}}, {}, {}, {},
    ]  # fmt: skip
    assert other["documents"] == [row["documents"][1]]


def test_documents_that_are_no_list(engine: Engine, project: str) -> None:
    """One document that is no list is still one document."""
    row = land_span(engine, project, {"gen_ai.retrieval.documents": "no JSON at all"})
    assert texts(engine, project, row["documents"]) == ["no JSON at all"]
    assert row["document_ids"] == [""]
    assert row["document_scores"] == [None]


def test_payloads(engine: Engine, project: str) -> None:
    """Arguments and results are payloads; JSON keeps its shape, escapes become letters."""
    row = land_span(
        engine,
        project,
        {
            "gen_ai.tool.call.arguments": '{"city": "Z\\u00fcrich", "n": 1.50}',
            "gen_ai.tool.call.result": '"done"',
        },
    )
    assert texts(engine, project, row["input"] + row["output"]) == [
        '{"city":"Zürich","n":1.5}',
        "done",
    ]
    assert [contents(engine, project)[h]["body"] for h in row["input"] + row["output"]] == [
        '{"city": "Z\\u00fcrich", "n": 1.50}',
        '"done"',
    ]


def test_content_in_two_places(engine: Engine, project: str) -> None:
    """The better source is the content, the other one stays an attribute."""
    row = land_span(
        engine,
        project,
        {
            "output.value": "short",
            "gen_ai.tool.call.result": LONG,
            "traceloop.entity.output": LONG + "2",
        },
    )
    assert texts(engine, project, row["output"]) == [LONG]
    assert row["attributes_string"] == {"output.value": "short"}
    assert texts(engine, project, list(row["attributes_content"].values())) == [LONG + "2"]


def test_long_attributes_are_contents(engine: Engine, project: str) -> None:
    """A megabyte in an attribute does not make the span's row long."""
    big = base64.b64encode(bytes(range(256)) * 3072).decode()
    row = land_span(engine, project, {"image": big, "note": "x"})
    assert row["attributes_string"] == {"note": "x"}
    assert texts(engine, project, [row["attributes_content"]["image"]]) == [big]


def test_prompt_template(engine: Engine, project: str) -> None:
    """Template and variables are contents of their own."""
    row = land_span(
        engine,
        project,
        {
            "llm.prompt_template.template": "Hi {name}",
            "llm.prompt_template.variables": '{"name":"A"}',
        },
    )
    assert texts(engine, project, row["prompt_template"] + row["prompt_variables"]) == [
        "Hi {name}",
        '{"name":"A"}',
    ]
