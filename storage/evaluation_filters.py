"""Comparisons of evaluations in filters: `evaluation.grounded < 0.5`, `evaluation["my score"] = good`, `feedback`.

Evaluations are read first, those of one name; then the traces, spans or sessions that they judge, by key.
"""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from storage import literals
from storage.evaluation_reading import choosing
from storage.filter_syntax import EVALUATION, Comparison
from storage.query import MARKER, load

FEEDBACK: Final = "feedback"
"""The field that tells whether a person judged."""

Judged = Literal["trace", "span", "session"]
_ORDERED: Final = (">", ">=", "<", "<=")


class Binding(Protocol):
    """What binds the values of a condition to placeholders."""

    def bound(self, kind: str, value: object) -> str:
        """Return a placeholder of this type that stands for a value."""

    def number(self, value: float) -> str:
        """Return a placeholder that stands for a number."""

    def text_test(self, c: Comparison, sql: str) -> str:
        """Return the test of a text."""


def is_of_evaluation(c: Comparison) -> bool:
    """Tell whether a comparison is about evaluations."""
    return c.field.lower() in (EVALUATION, FEEDBACK)


def problem(c: Comparison) -> tuple[str, str] | None:
    """Return what is wrong with a comparison, message and hint; None where nothing is."""
    if c.field.lower() == FEEDBACK:
        if c.key or c.operator not in ("", "exists"):
            return f"{FEEDBACK} takes no value", f"write {FEEDBACK} exists, or evaluation.<name>"
        return None
    if not c.key and c.operator != "exists":
        return "evaluation needs a name", "for example evaluation.grounded < 0.5"
    if c.operator in _ORDERED and _number(c) is None:
        return (
            f"`{c.operator}` compares numbers",
            f"write a number: {EVALUATION}.{c.key} {c.operator} 0.5",
        )
    return None


def condition(c: Comparison, target: Judged, binding: Binding) -> str:
    """Return SQL of whether what `target` names has an evaluation that fits; `problem` has found nothing."""
    if c.field.lower() == FEEDBACK:
        which = f" AND source = {binding.bound('String', 'human')}"
    else:
        which = f" AND name = {binding.bound('String', c.key)}" if c.key else ""
    test = _test(c, binding)
    text = choosing(load("evaluations/judged"), which).text
    judged = text.replace(MARKER, f"AND ({test})" if test else "")
    return _of(target, judged)


def _of(target: Judged, judged: str) -> str:
    traces = f"trace_id IN {_column('trace_id', judged)}"
    if target == "trace":
        return traces
    if target == "session":
        return f"({traces} OR session_id IN {_column('session_id', judged)})"
    # By the minutes of the traces that are judged, so that only their granules of all spans are read.
    of_judged = f"AND trace_id IN {_column('trace_id', judged)}"
    minutes = load("evaluations/minutes_of").text.replace(MARKER, of_judged)
    return (
        f"(start_minute IN (\n{minutes}) AND (trace_id, span_id) IN {_column('span_id', judged)})"
    )


def _column(column: Literal["trace_id", "session_id", "span_id"], judged: str) -> str:
    """Return the set of what has a value in a column; of spans, with their traces."""
    selected = "trace_id, span_id" if column == "span_id" else column
    return f"(SELECT {selected} FROM (\n{judged}) WHERE {column} != '')"  # noqa: S608 - our own text


def _test(c: Comparison, binding: Binding) -> str:
    """Return SQL that tests one evaluation's newest version; '' where any will do."""
    if c.operator == "exists" or c.field.lower() == FEEDBACK:
        return ""
    if not c.operator:
        return "kind = 'boolean' AND score = 1"
    if c.operator in _ORDERED:
        return f"ifNull(score {c.operator} {binding.number(_number(c) or 0)}, 0)"
    return " OR ".join(_equal(c, binding))


def _equal(c: Comparison, binding: Binding) -> Sequence[str]:
    """Return the tests of which one has to hold: of the label, and of the number where one is written."""
    tests = [binding.text_test(c, load("evaluators/told_label").text)]
    if c.operator in ("=", "in"):
        for value in c.values:
            if value.quoted:
                continue
            if value.text.lower() in ("true", "false"):
                tests.append(f"kind = 'boolean' AND score = {int(value.text.lower() == 'true')}")
            elif (number := literals.number(value.text)) is not None:
                tests.append(f"ifNull(score = {binding.number(number)}, 0)")
    return tests


def _number(c: Comparison) -> float | None:
    return literals.number(c.values[0].text)
