"""Filters that find the traces behind a figure of the groundedness page."""

from collections.abc import Sequence

from analytics.hallucination.judges import judge
from analytics.hallucination.report import Group, JudgeReport
from storage.groundedness import UNJUDGED
from ui import scores, state
from ui.completion import quoted
from ui.state import View

_BY_LABEL = ("supported", "unsupported", "found", "none")


def said(one: JudgeReport, *, unsupported: bool) -> str:
    """Return a filter for traces that a judge calls unsupported, or supported, by the forms in which it says so."""
    field = scores.field(one.name)
    inverted = judge(one.name, one.source).inverted
    is_low = unsupported != inverted
    parts = []
    if "label" in one.forms:
        label = "unsupported" if unsupported else "supported"
        parts.append(f"{field} in ({quoted(label)}, {quoted('none' if is_low else 'found')})")
    if "boolean" in one.forms:
        parts.append(f"{field} = {'false' if is_low else 'true'}")
    if "number" in one.forms:
        ends = f"{field} >= 0 and {field} < 0.5" if is_low else f"{field} >= 0.5 and {field} <= 1"
        parts.append(f"({ends} and not {field} in ({_listed((*_BY_LABEL, *UNJUDGED))}))")
    return " or ".join(parts) if len(parts) < 2 else f"({' or '.join(parts)})"


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(quoted(label) for label in labels)


def of_group(group: Group) -> list[str]:
    """Return the conditions that hold of the traces of a group."""
    if group.by == "model":
        return [_is("chat_model", group.value)]
    if group.by == "prompt_version":
        name = [_is("prompt_name", group.prompt)] if group.prompt or group.value else []
        return [*name, _is("prompt_version", group.value)]
    return [_is(group.by, group.value)]


def _is(field: str, value: str) -> str:
    return f"{field} = {quoted(value)}" if value else f"not {field} exists"


def listed(view: View, *conditions: str) -> dict[str, str]:
    """Return the query of the list of the traces of a view that fulfil conditions too."""
    given = [f"({view.filter})"] if view.filter else []
    text = " and ".join([*given, *(one for one in conditions if one)])
    return state.to_query(View(project=view.project, range=view.range, filter=text))
