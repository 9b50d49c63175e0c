"""Rows of JSON lines: what an evaluator is given off line, what is expected of it, and what it said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from analytics.evaluators.contract import Reads, Sample, Verdict
from analytics.evaluators.verdict_json import write_verdict

PAIRS: Final = (("supported", "unsupported"), ("found", "none"), ("true", "false"))
"""Labels that say on which side of a threshold a score is: of groundedness, of detectors, of one's own evaluators."""
_TRUE: Final = frozenset({"true", "1", "yes", "supported", "found", "positive"})
_FALSE: Final = frozenset({"false", "0", "no", "unsupported", "none", "negative"})


class BadRow(ValueError):  # noqa: N818 - says what is the case
    """A line cannot be evaluated; the text says what to mend, and repeats nothing of the line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    id: str | int | float
    sample: Sample
    truth: bool | None = None
    """What was expected; None where the line does not say."""
    group: str = ""
    """Rows of one group are alike: answers to one document, texts of one author."""


@dataclass(frozen=True, slots=True)
class RowReader:
    """How lines are read for an evaluator."""

    reads: Sequence[Reads]
    expect: str = ""
    """The member that holds what is expected; '' where nothing is."""

    def read(self, line: bytes, number: int) -> Row:
        """Return a line, counted from 1, which names it where it has no `id`. Raises BadRow."""
        try:
            members = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadRow("is no JSON: write one object a line, in UTF-8") from error
        if not isinstance(members, dict):
            raise BadRow('is no object: write {"id": ..., ...}')
        name = members.get("id")
        if name is None:
            name = number
        if not isinstance(name, str | int | float) or isinstance(name, bool):
            raise BadRow("has an `id` that is neither text nor number")
        group = members.get("group")
        return Row(
            id=name,
            sample=self._sample(members, str(name)),
            truth=_truth(members, self.expect) if self.expect else None,
            group="" if group is None else str(group),
        )

    def _sample(self, members: Mapping[str, Any], name: str) -> Sample:
        facts = members.get("facts") or {}
        if not isinstance(facts, dict):
            raise BadRow("has `facts` that are no object")
        if "answer" in self.reads:
            return Sample(
                id=name,
                question=_text(members, "question") or "",
                contexts=_texts(members, "contexts"),
                answer=_needed(members, "answer"),
                facts=facts,
            )
        # The same file serves for groundedness and for what judges its answers.
        may_be_answer = "output" in self.reads and members.get("text") is None
        text = _text(members, "answer") if may_be_answer else None
        return Sample(id=name, text=_needed(members, "text") if text is None else text, facts=facts)


def relabelled(verdict: Verdict, threshold: float) -> str:
    """Return the label of a verdict by another threshold; one that a threshold does not decide stays as it is."""
    for above, below in PAIRS:
        if verdict.score is not None and verdict.label in (above, below):
            return above if verdict.score >= threshold else below
    return verdict.label


def written(row: Row, verdict: Verdict, label: str) -> dict[str, Any]:
    """Return what is said of a row, as JSON can hold it."""
    return {"id": row.id, **write_verdict(verdict, row.sample), "label": label}


def _text(members: Mapping[str, Any], name: str) -> str | None:
    text = members.get(name)
    if text is not None and not isinstance(text, str):
        raise BadRow(f"has a `{name}` that is no text")
    return text


def _needed(members: Mapping[str, Any], name: str) -> str:
    text = _text(members, name)
    if text is None:
        raise BadRow(f"has no `{name}`")
    return text


def _texts(members: Mapping[str, Any], name: str) -> Sequence[str]:
    texts = members.get(name)
    if texts is None:
        return ()
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadRow(f'has `{name}` that are no list of texts: write ["...", "..."]')
    return texts


def _truth(members: Mapping[str, Any], name: str) -> bool | None:
    """Return what is expected of a row. A probability says yes from one half on."""
    said = members.get(name)
    if said is None:
        return None
    if isinstance(said, str) and said.strip().lower() in _TRUE | _FALSE:
        return said.strip().lower() in _TRUE
    if isinstance(said, int | float) and 0 <= said <= 1:
        return said >= 0.5
    raise BadRow(
        f"has a `{name}` that is no label: write true or false, 1 or 0, a probability, supported or unsupported, "
        "found or none"
    )
