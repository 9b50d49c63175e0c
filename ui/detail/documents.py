"""What a retrieval brought: rank, score, id and text of each chunk."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from storage.spans import SpanDetail
from ui.blocks import MOST_SHOWN, copy_button, long_text, pretty, section
from ui.links import external

_SHOWN: Final = frozenset({"id", "score", "content", "text", "rank"})


def panel(span: SpanDetail) -> list[Component]:
    """Return the documents in the order of their rank."""
    best = max((s for s in map(_score, span.documents) if s is not None), default=0.0)
    cards = [_card(rank, document, best) for rank, document in enumerate(span.documents, start=1)]
    note = (
        f"{len(cards)} of {span.retrieval_top_k} asked for"
        if span.retrieval_top_k
        else f"{len(cards)}"
    )
    return [section("Documents", cards, note=note)]


def _card(rank: int, document: Mapping[str, Any], best: float) -> Component:
    name = str(document.get("id") or "(no id)")
    text = document.get("content", document.get("text", ""))
    score = _score(document)
    head = [
        html.Span(f"#{rank}", className="gw-rank"),
        html.Span(name, className="gw-mono"),
        *_score_parts(score, best),
        copy_button("document", text=str(text)[:MOST_SHOWN]),
    ]
    body = text if isinstance(text, str) else pretty(text)
    missing = html.P("The sender kept the text to itself.", className="gw-dim")
    rest = {
        key: value
        for key, value in document.items()
        if key not in _SHOWN and value not in (None, "", {})
    }
    return html.Article(
        [
            html.Div(head, className="gw-document-head"),
            long_text(body) if body else missing,
            *([_rest(rest)] if rest else []),
        ],
        className="gw-document",
    )


def _score(document: Mapping[str, Any]) -> float | None:
    score = document.get("score")
    return float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None


def _score_parts(score: float | None, best: float) -> list[Component]:
    if score is None:
        return []
    width = max(0.0, min(1.0, score / best)) * 100 if best > 0 else 0
    bar = html.Span(html.Span(style={"width": f"{width:.0f}%"}), className="gw-score-bar")
    return [html.Span(f"{score:.4g}", className="gw-score", title="Score"), bar]


def _rest(rest: Mapping[str, Any]) -> Component:
    rows = []
    for key, value in rest.items():
        text = value if isinstance(value, str) else pretty(value)
        rows += [html.Dt(key), html.Dd(external(text, text) if "\n" not in text else text)]
    return html.Dl(rows, className="gw-facts-small")
