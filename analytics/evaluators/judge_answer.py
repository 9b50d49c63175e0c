"""What a judge model answered: read in no other form than the one asked for, its quotes looked up in the contexts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from analytics.evaluators.contract import Claim, Evidence, Sample, Verdict
from analytics.groundedness.sentences import Span

READING: Final = 1
"""Counts the ways of reading: another one whenever the same answer may become another verdict."""
THRESHOLD: Final = 0.5
"""From this score on an answer is called supported."""
UNPROVEN: Final = 0.4
"""The most that a sentence gets that is called supported by words that no context has."""
MOST_QUOTED: Final = 2_000
"""Characters of a quote that are looked up."""


@dataclass(frozen=True, slots=True)
class SentenceVerdict:
    """What the judge says of one sentence."""

    is_claim: bool
    support: float
    context: int
    quote: str


def read_answer(said: Mapping[str, Any], count: int) -> list[SentenceVerdict] | None:
    """Return what the judge says of each sentence, in order; None for anything but the form asked for."""
    try:
        text = said["choices"][0]["message"]["content"]
        found = orjson.loads(_unfenced(text))["sentences"]
        by_number = {each["number"]: _of_one(each) for each in found}
    except (KeyError, IndexError, TypeError, AttributeError, ValueError):
        return None
    if len(found) != count or set(by_number) != set(range(1, count + 1)):
        return None
    return [by_number[number] for number in range(1, count + 1)]


def _unfenced(text: str) -> str:
    """Return an answer without the fence of code that some models put around JSON."""
    return text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")


def _of_one(each: Mapping[str, Any]) -> SentenceVerdict:
    """Return what is said of one sentence. Raises ValueError, or what reading JSON of another form raises."""
    support, kind = each["support"], each["kind"]
    if kind not in ("claim", "no_claim") or not 0 <= support <= 100:
        raise ValueError(kind)
    context, quote = each.get("context", 0), each.get("quote", "")
    if not isinstance(context, int) or not isinstance(quote, str):
        raise TypeError(context)
    return SentenceVerdict(kind == "claim", support / 100, context, quote)


def verdict_of_sentences(
    sample: Sample, spans: Sequence[Span], given: Sequence[SentenceVerdict]
) -> Verdict:
    """Return what the sentences of an answer come to, with a claim for each that claims something."""
    claims = [
        _claim(sample, span, said) for span, said in zip(spans, given, strict=True) if said.is_claim
    ]
    if not claims:
        return Verdict(label="no_claims", explanation="The answer claims nothing.")
    worst = min(claims, key=lambda claim: claim.score)
    if worst.score >= THRESHOLD:
        label, explanation = "supported", "Every sentence is supported."
    else:
        label, explanation = "unsupported", f"Least supported: {worst.text}"
    return Verdict(score=worst.score, label=label, explanation=explanation, claims=claims)


def _claim(sample: Sample, span: Span, said: SentenceVerdict) -> Claim:
    evidence = _find(said.quote, said.context - 1, sample.contexts)
    is_unproven = evidence is None and said.support > UNPROVEN
    return Claim(
        text=sample.answer[span[0] : span[1]],
        start=span[0],
        end=span[1],
        score=UNPROVEN if is_unproven else said.support,
        evidence=evidence,
        conflicts=("the words quoted for it are in no context",) if is_unproven else (),
    )


_QUOTES: Final = "'\"\u2018\u2019\u201c\u201d"
_LEFT_OUT: Final = re.compile(r"\s*(?:\.\.\.|…|\[\.\.\.\])\s*")


def _find(quote: str, named: int, contexts: Sequence[str]) -> Evidence | None:
    """Return where a quote stands: in the context that was named, else in the first that has it.

    Of a quote with gaps the longest piece counts. Space, case and the form of quotation marks may differ.
    """
    piece = max(_LEFT_OUT.split(quote[:MOST_QUOTED].strip().strip(_QUOTES)), key=len)
    if not piece:
        return None
    words = (re.escape(word) for word in piece.split())
    pattern = re.sub(f"[{_QUOTES}]", f"[{_QUOTES}]", r"\s+".join(words))
    order = sorted(range(len(contexts)), key=lambda i: i != named)
    for index in order:
        if found := re.search(pattern, contexts[index], re.IGNORECASE):
            return Evidence(index, found.start(), found.end())
    return None
