"""An answer, cut into the parts that are judged: its sentences and list items, and what kind each is."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from analytics.groundedness.marks import without_citations
from analytics.groundedness.sentences import sentences
from analytics.groundedness.words import content, names, negates, numbers, words

Kind = Literal["claim", "frame", "no_answer", "question"]
"""A claim; a frame says nothing of the matter (`Based on the passages:`, `I can open a ticket if you like`); no_answer
says that the contexts do not tell, or that the speaker will not; a question asks."""

_FRAME: Final = re.compile(
    r"(?i)^\W*(?:(?:sure|certainly|of course|great question|good question|absolutely)\b.{0,80}"
    r"|i hope (?:this|that|it) helps.{0,60}|(?:please )?(?:let me know|feel free)\b.{0,120}"
    r"|(?:here (?:is|are|'s)|based on|according to|in summary|the following|these are|some of)\b.{0,140}:\W*"
    r"|[^:]{0,90}(?:include|includes|including|following|follows|as follows|are|steps|below)\W*:\W*"
    r"|(?:from|in) (?:the|our|your|these)(?: \w+){1,4}:\W*"
    r"|(?:note|overall|in conclusion|in summary|summary|in short|in brief|(?:short )?answer|sources?|references?)\W*"
    r"|(?:you're|you are) welcome.{0,40}|thank(?:s| you).{0,60})$"
)
_WISH: Final = r"(?:like|want|wish|need|prefer|have (?:any |more |other |further )*questions?)"
_COURTESY: Final = re.compile(
    rf"(?i)^\W*(?:(?:i|we)?(?:['’](?:m|re|d be)| am| are| would be| will be)? ?(?:always |more than )?"
    rf"(?:happy|glad|pleased|here) to (?:help|assist|answer)\b.{{0,80}}"
    rf"|i(?:['’]ll| can| could| will| would) .{{1,100}} (?:if|whenever|should) "
    rf"(?:you(?:['’]d| would)? {_WISH}|that helps|needed|necessary)\b.{{0,60}}"
    rf"|(?:if|whenever|should) you(?:['’]d| would)? {_WISH}\b.{{0,100}}"
    rf"\b(?:let me know|just ask|feel free|tell me|i(?:['’]ll| can| could| will| would)|i am|i['’]m)\b.{{0,100}}"
    rf"|(?:please )?do(?:n['’]t| not) hesitate to .{{0,100}})$"
)
"""Offers and politeness around an answer, such as `I can open a ticket if you like`."""
_MATTER: Final = (
    r"(?:passages?|documents?|contexts?|texts?|sources?|articles?|data|information|excerpts?|search results?"
    r"|records?|materials?|reviews?|reports?|help cent(?:er|re)|knowledge base|documentation)"
)
_CANNOT: Final = r"(?:cannot|can['’]t|can not|could not|couldn['’]t|won['’]t|will not|may not)"
_TELL: Final = r"(?:answer|provide|determine|find|found|say|confirm|tell|give|locate)"
_NO_ANSWER: Final = re.compile(
    rf"(?i)(?:unable|not able|impossible|not possible) to (?:answer|provide|determine|find|give|say|confirm|tell)"
    rf"|\bi(?: \w+)? {_CANNOT} (?:\w+ )?{_TELL}"
    rf"|{_CANNOT} be (?:\w+ )?(?:answered|determined|found|said|confirmed|told|given|located)"
    rf"|\bi(?: \w+)? {_CANNOT} (?:\w+ )?"
    rf"(?:help|assist|share|do|follow|discuss|comply|show|reveal|disclose|look|reach|access)\b"
    rf"|\bi(?: a|['’])m (?:not able|unable|not allowed) to\b|\b(?:outside|beyond) (?:of )?(?:what i|my)\b"
    rf"|\bas an ai\b|\bi(?:['’]d| would) rather not\b|\bi (?:have|need) to (?:stay|stick) (?:with|to)\b"
    rf"|\bi (?:do|did) ?(?:not|n['’]t) "
    rf"(?:have|know|find|see)\b.{{0,60}}(?:information|details?|answer|specific|enough|mention|data|access)"
    rf"|(?:do|does|did) ?(?:not|n['’]t) "
    rf"(?:have|contain|include|provide|specify|mention|say|give|state|cover|address|discuss)"
    rf".{{0,60}}(?:information|details?|answer|specific|enough|mention)"
    rf"|{_MATTER} (?:\w+ ){{0,3}}(?:do|does|did) ?(?:not|n['’]t) (?:\w+ )?"
    rf"(?:say|tell|mention|specify|provide|contain|include|state|give|cover|address|discuss|answer|describe|explain)"
    rf"|(?:no|insufficient|not enough) (?:\w+ ){{0,2}}{_MATTER} (?:\w+ ){{0,4}}"
    rf"(?:on|about|for|regarding|to|is|was|in|available)"
    rf"|\bnothing (?:\w+ ){{0,4}}in (?:the|our|these|my|any) (?:\w+ ){{0,2}}{_MATTER}"
    rf"|(?:is|are|was|were) not (?:\w+ )?(?:mentioned|specified|provided|stated|given|covered|addressed) (?:in|by) "
    rf"|i (?:do not|don['’]t) know\b|(?:sorry|apologi[sz]e)\b.{{0,80}}(?:cannot|can['’]t|unable|not|no)\b"
)


@dataclass(frozen=True, slots=True)
class Part:
    """Characters [start, end) of an answer, with their words as they are compared."""

    text: str
    start: int
    end: int
    kind: Kind
    stems: frozenset[str]
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    negates: bool


def parts(answer: str) -> list[Part]:
    """Return the parts of an answer, in order."""
    return [_part(answer[start:end], start, end) for start, end in sentences(answer)]


def _part(text: str, start: int, end: int) -> Part:
    bare = without_citations(text)
    these = words(bare)
    return Part(
        text=text,
        start=start,
        end=end,
        kind=kind_of(text),
        stems=frozenset(content(these)),
        words=tuple(these),
        numbers=tuple(numbers(bare)),
        names=tuple(names(bare)),
        negates=negates(these),
    )


def kind_of(text: str) -> Kind:
    """Tell what a sentence does in an answer."""
    if text.rstrip("\"'”’)*_ ").endswith(("?", "？", "؟")):
        return "question"
    if _NO_ANSWER.search(text):
        return "no_answer"
    return "frame" if _FRAME.match(text) or _COURTESY.match(text) else "claim"
