"""What an annotator is shown of an item: question, answer and documents, and nothing of others' verdicts."""

from typing import Any

from storage.spans import EvaluationRow
from tests.samples import message
from tests.ui.samples import detail, every, text_of
from ui.detail import subject


def chat(question: str, answer: str, *, start: int = 0, **more: Any) -> Any:
    """Return a model call."""
    told = [message("assistant", answer)] if answer else []
    asked = {"input_messages": [message("user", question)], "output_messages": told}
    return detail(
        **({"name": "chat", "operation": "chat"} | asked | more), start_time_unix_nano=start
    )


def test_the_answer_is_that_of_the_call_that_ended_last() -> None:
    """Of several model calls the last one to end is what is judged, whatever started last or said nothing."""
    rewrite = chat("rewrite this", "the rewritten question", span_id="1", start=0, duration_ns=10)
    final = chat("the question", "the final answer", span_id="2", start=5, duration_ns=100)
    judge = chat("", "checked", span_id="3", start=20, duration_ns=1)
    silent = chat("and?", "", span_id="4", start=500)

    shown = text_of(subject.of_trace([rewrite, final, judge, silent]))

    assert "the final answer" in shown
    assert "the question" in shown
    assert "rewritten" not in shown


def test_earlier_turns_are_folded_and_the_last_question_is_open() -> None:
    """A long conversation shows its last question; what was before it, and the instructions, can be opened."""
    turns = [message("system", "You are a bot."), message("user", "first"), message("assistant", "yes"),
             message("user", "last question"), message("tool", "found 3 rows")]  # fmt: skip
    span = detail(input_messages=turns, output_messages=[message("assistant", "the answer")])

    drawn = subject.of_span(span)

    folded = [text_of(part) for part in every(drawn) if type(part).__name__ == "Details"]
    assert any("first" in text and "2 messages" in text for text in folded)
    assert any("You are a bot." in text for text in folded)
    assert not any("last question" in text or "found 3 rows" in text for text in folded)
    assert text_of(drawn).index("last question") < text_of(drawn).index("the answer")


def test_documents_stand_below_the_answer() -> None:
    """What was retrieved last is open, what was retrieved before it is folded with its name."""
    found = [{"id": "kb-1", "content": "first chunk"}], [{"id": "kb-2", "content": "second chunk"}]
    spans = [
        detail(name="retrieve drafts", documents=found[0], span_id="1"),
        detail(name="rerank", documents=found[1], span_id="2"),
        chat("q", "a", span_id="3"),
    ]

    drawn = subject.of_trace(spans)

    folded = [text_of(part) for part in every(drawn) if type(part).__name__ == "Details"]
    assert any("retrieve drafts" in text and "first chunk" in text for text in folded)
    assert not any("second chunk" in text for text in folded)


def test_a_trace_without_a_model_call_shows_what_went_in_and_out() -> None:
    """A chain that keeps plain texts shows those of its first span that has any."""
    spans = [
        detail(name="root", span_id="1"),
        detail(span_id="2", input="plain in", output="plain out"),
    ]

    shown = text_of(subject.of_trace(spans))

    assert "plain in" in shown
    assert "plain out" in shown


def test_without_texts_it_is_said() -> None:
    """Where the sender kept the texts to itself, the annotator is told to skip."""
    assert "Skip this item" in text_of(subject.of_trace([detail(span_id="1")]))
    assert "Skip this item" in text_of(subject.of_span(detail()))


def test_what_others_judged_is_not_shown() -> None:
    """A verdict, its author and its reason stay out of sight, on the span as on the trace."""
    judged = EvaluationRow(name="faithful", label="wrong", explanation="because", author="ben")
    span = chat("q", "a", span_id="1", evaluations=[judged])

    for drawn in (subject.of_trace([span]), subject.of_span(span)):
        shown = text_of(drawn)
        assert not any(word in shown for word in ("faithful", "wrong", "because", "ben"))
