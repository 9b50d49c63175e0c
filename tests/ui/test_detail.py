"""The panel of a span."""

from dataclasses import replace
from typing import Any

import pytest
from dash.development.base_component import Component

from tests.ui.samples import detail, every, text_of
from ui.detail import documents, facts, messages, panel, timings
from ui.links import linked

SCRIPT = "<script>alert(1)</script>"


def message(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """Return a message."""
    return {"role": role, "parts": list(parts)}


def text(content: str) -> dict[str, Any]:
    """Return a text part."""
    return {"type": "text", "content": content}


def test_only_tabs_with_something_to_show_are_there() -> None:
    """A span with nothing but a name has room for evaluations, attributes and its raw form."""
    assert [tab[0] for tab in panel.tabs(detail())] == ["evaluations", "attributes", "raw"]


def test_the_readers_tab_stays_open_where_the_next_span_has_it() -> None:
    """Moving from span to span keeps the tab; an error opens on its error."""
    span = detail(input_messages=[message("user", text("hi"))], status="error", error_type="Boom")

    assert panel.chosen(span, "messages") == "messages"
    assert panel.chosen(span, None) == "events"
    assert panel.chosen(detail(), "messages") == "attributes"


def test_a_conversation_shows_every_kind_of_part() -> None:
    """Text, reasoning, tool call with its arguments, tool result, and media by name."""
    span = detail(
        input_messages=[
            message(
                "user",
                text("Where is my order?"),
                {"type": "uri", "uri": "https://x/y.png", "modality": "image"},
            ),
            message(
                "assistant",
                {"type": "tool_call", "id": "c1", "name": "order", "arguments": '{"id": 4711}'},
            ),
            message(
                "tool", {"type": "tool_call_response", "id": "c1", "response": {"state": "sent"}}
            ),
        ],
        output_messages=[
            message(
                "assistant", {"type": "reasoning", "content": "It is sent."}, text("On its way.")
            )
        ],
    )

    shown = text_of(messages.panel(span))

    for piece in (
        "Where is my order?",
        "image",
        "call order",
        '"id": 4711',
        '"state": "sent"',
        "It is sent.",
        "On its",
    ):
        assert piece in shown
    assert messages.count(span) == 4


@pytest.mark.parametrize(
    "odd",
    [
        {"role": None, "parts": None},
        {"role": "user", "content": "bare"},
        {"role": "user", "content": [{"type": "text", "text": "openai style"}]},
        {"role": "user", "parts": ["just text", {"type": "new_kind", "x": 1}]},
        {"role": ["user"], "parts": [{"type": "text", "content": {"a": 1}}]},
        {},
    ],
)
def test_odd_messages_are_shown_not_refused(odd: dict[str, Any]) -> None:
    """Whatever shape a sender chose, the panel draws it."""
    assert every(messages.bubble(odd))


def test_long_texts_fold() -> None:
    """A screenful shows, the rest behind a button that says how much there is."""
    shown = text_of(messages.prose("word " * 5_000))

    assert "Show all" in shown
    assert "25k characters" in shown


def test_fences_become_code() -> None:
    """Text around a ``` fence is prose, what is inside is code, even when the fence never closes."""
    drawn = every(messages.prose("Look:\n```python\nprint(1)\n```\nDone"))
    code = [c for c in drawn if getattr(c, "className", "") == "gw-code"]

    assert [text_of(c) for c in code] == ["print(1)"]
    assert "unclosed" in text_of(messages.prose("```\nunclosed"))


def test_documents_show_rank_score_and_text() -> None:
    """Each chunk of a retrieval, in order."""
    span = detail(
        documents=[
            {"id": "kb-1", "score": 0.9, "content": "First."},
            {"id": "kb-2", "score": None, "content": ""},
        ],
        retrieval_top_k=5,
    )

    shown = text_of(documents.panel(span))

    assert "2 of 5 asked for" in shown
    assert "#1 kb-1 0.9" in shown
    assert "First." in shown
    assert "kept the text to itself" in shown


def test_token_slices_do_not_overlap() -> None:
    """Input without its cached part, output without its reasoning: together the total."""
    span = detail(
        input_tokens=100,
        cache_read_tokens=60,
        output_tokens=40,
        reasoning_tokens=25,
        total_tokens=140,
    )

    assert [(s.label, s.value) for s in timings.token_slices(span)] == [
        ("Input", 40),
        ("Read from cache", 60),
        ("Reasoning", 25),
        ("Output", 15),
    ]


def test_the_tokens_say_how_they_were_read() -> None:
    """What decided about cached tokens stands beside the sum, and a total that does not fit is not hidden."""
    span = detail(input_tokens=160, output_tokens=7, total_tokens=167, counts_usage=True)
    span = replace(span, usage_rule="cached outside: emitter", usage_mismatch=-60)

    shown = text_of(timings.panel(span))

    assert "167 in all (cached outside: emitter); its sender's total is 60 less" in shown


def test_the_serving_tiers_own_times_come_first() -> None:
    """Queue, prefill and decode where known; what they leave is named, not hidden."""
    span = detail(queue_s=1.0, prefill_s=0.25, decode_s=0.5, time_to_first_token_s=1.3)

    assert [(s.label, s.value) for s in timings.time_slices(span)] == [
        ("Queue", 1.0),
        ("Prefill", 0.25),
        ("Decode", 0.5),
        ("Other", 0.25),
    ]


def test_without_them_the_first_token_cuts_the_time() -> None:
    """A client that streams knows only when the first token came."""
    assert [(s.label, s.value) for s in timings.time_slices(detail(time_to_first_token_s=0.5))] == [
        ("To the first token", 0.5),
        ("After it", 1.5),
    ]


def test_errors_and_exceptions_are_told_in_full() -> None:
    """Type, message and stack of what went wrong, and when in the span."""
    span = detail(
        status="error",
        error_type="TimeoutError",
        error_message="too slow",
        start_time_unix_nano=10**18,
        events=[
            {
                "time_unix_nano": 10**18 + 5_000_000,
                "name": "exception",
                "attributes": {
                    "exception.type": "TimeoutError",
                    "exception.stacktrace": "Traceback ...",
                },
            }
        ],
    )

    shown = text_of(facts.events(span))

    for piece in ("TimeoutError", "too slow", "after 5.00 ms", "Traceback ..."):
        assert piece in shown


def _props(component: Any) -> dict[str, Any]:
    return {
        name: getattr(component, name) for name in component._prop_names if hasattr(component, name)
    }


def hostile_span() -> Any:
    """Return a span that carries markup wherever text can stand."""
    return detail(
        name=SCRIPT,
        model=SCRIPT,
        status="error",
        error_type=SCRIPT,
        error_message=SCRIPT,
        input=SCRIPT,
        output="javascript:alert(1)",
        guardrail_verdict=SCRIPT,
        input_messages=[
            message(SCRIPT, text(SCRIPT), text("[x](javascript:alert(1))"), {"type": SCRIPT})
        ],
        output_messages=[message("assistant", {"type": "uri", "uri": "javascript:alert(1)"})],
        documents=[
            {
                "id": SCRIPT,
                "content": SCRIPT,
                "url": "javascript:alert(1)",
                "title": "data:text/html,x",
            }
        ],
        attributes={SCRIPT: SCRIPT, "link": "javascript:alert(1)"},
        events=[
            {"name": SCRIPT, "time_unix_nano": 0, "attributes": {"exception.stacktrace": SCRIPT}}
        ],
    )


def test_nothing_in_the_panel_interprets_text() -> None:
    """No component that renders markup, no raw HTML, and no link but to http."""
    drawn = every([panel.head(hostile_span()), panel.tab_components(hostile_span())])

    assert SCRIPT in text_of(drawn[0])
    names = {type(component).__name__ for component in drawn}
    assert not names & {
        "Markdown",
        "Iframe",
        "Script",
        "Img",
        "ObjectEl",
        "Embed",
        "DangerouslySetInnerHTML",
    }
    props = [dict(component.to_plotly_json()["props"]) for component in drawn]
    assert all("dangerously" not in name for given in props for name in given)
    links = [given["href"] for given in props if "href" in given]
    assert all(link.startswith(("http://", "https://")) for link in links)


@pytest.mark.parametrize(
    ("said", "addresses"),
    [
        ("see https://example.com/a?b=1.", ["https://example.com/a?b=1"]),
        ("(http://x.org/y)", ["http://x.org/y"]),
        (
            "javascript:alert(1) JAVASCRIPT:x data:text/html,x file:///etc/passwd //x.org ftp://x.org",
            [],
        ),
        ('https://a.b/"onmouseover="x', ["https://a.b/"]),
        ("https://", []),
    ],
)
def test_only_web_addresses_become_links(said: str, addresses: list[str]) -> None:
    """Everything else stays text, and no text is lost."""
    pieces = linked(said)

    links = [_props(p) for p in pieces if isinstance(p, Component)]
    assert [link["href"] for link in links] == addresses
    assert all(link["rel"] == "noopener noreferrer nofollow" for link in links)
    assert "".join(text_of(p) for p in pieces) == said
