"""What the lists call the evaluations of one name: a column, a field of the filter, a sort key."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from dash.development.base_component import Component

from storage.evaluations import NameInfo, Score
from storage.suggestions import FieldInfo
from ui import formats
from ui.blocks import badge
from ui.completion import quoted
from ui.state import EVALUATION

THUMBS: Final = frozenset({"user_feedback", "review", "feedback", "thumbs"})
"""Names whose yes and no are read as good and bad; assets/80_scores.js knows the same."""

_PLAIN: Final = re.compile(r"[A-Za-z_][\w.]*", re.ASCII)


def column_id(name: str) -> str:
    """Return the id of the column of a name; without commas, which separate columns in the URL."""
    return EVALUATION + quote(name, safe="")


def sort_key(name: str) -> str:
    """Return what a list is sorted by to bring the evaluations of a name into order."""
    return EVALUATION + name


def field(name: str) -> str:
    """Return the field of the filter language that holds the evaluations of a name."""
    return f"evaluation.{name}" if _PLAIN.fullmatch(name) else f"evaluation[{quoted(name)}]"


def fields(names: Iterable[NameInfo]) -> list[FieldInfo]:
    """Return what the filter bar offers for evaluations: a field for each name."""
    return [
        FieldInfo(
            name=field(known.name),
            type="text" if known.kind == "category" else "number",
            doc=f"{known.evaluations:,} evaluations" if known.evaluations > 1 else "1 evaluation",
            example=f"{field(known.name)} exists",
            of_trace=True,
            of_span=True,
        )
        for known in names
    ]


def columns(names: Iterable[NameInfo]) -> list[dict[str, Any]]:
    """Return a column for each name, the commonest first; of those that people gave, the commonest is `usual`."""
    found = sorted(names, key=lambda known: (-known.evaluations, known.name))
    by_people = [known.name for known in found if known.by_people]
    return [
        {
            "id": column_id(known.name),
            "name": known.name,
            "field": field(known.name),
            "sort": sort_key(known.name),
            "kind": known.kind,
            "count": known.evaluations,
            "usual": known.name in by_people[:1],
        }
        for known in found
    ]


def said(name: str, kind: str, score: float | None, label: str) -> str:
    """Return what an evaluation found: good or bad, yes or no, a number in three digits with its label, or a label."""
    if score is None:
        return label or formats.ABSENT
    if kind == "boolean":
        yes, no = ("good", "bad") if name in THUMBS else ("yes", "no")
        return yes if score >= 0.5 else no
    number = formats.count(round(score)) if abs(score) >= 1_000 else f"{score:.3g}"
    return f"{number} {label}".rstrip()


def mark(name: str, found: Score) -> Component:
    """Return what the evaluations of one name come to, as a small label."""
    text = said(name, found.kind, found.score, found.label)
    if found.kind == "boolean" and found.count > 1 and found.score is not None:
        text = f"{found.score:.0%}"
    title = f"{found.count:,} evaluations" if found.count > 1 else "1 evaluation"
    return badge(f"{name} {text}", look(found.kind, found.score), title)


def look(kind: str, score: float | None) -> str:
    """Return the kind of badge for a value: yes and no have colours, anything else is told plainly."""
    if kind != "boolean" or score is None:
        return "info"
    return "good" if score >= 0.5 else "error"


def cells(scores: dict[str, Score]) -> dict[str, dict[str, Any]]:
    """Return the scores of a row by name, as the browser draws them."""
    return {
        name: {"kind": s.kind, "score": s.score, "label": s.label, "count": s.count}
        for name, s in scores.items()
    }
