"""Where the sentences of a text begin and end, by character offsets: prose, lists, tables of lines and code.

No sentence reaches over an empty line, a list item or a fence of code. Full stops of abbreviations, initials,
decimals, versions, addresses and list numbers end none. Scripts without capitals end at their own full stops.
"""

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]
"""Characters [start, end)."""

LONGEST: Final = 600
"""Characters of a sentence; longer ones are cut at the last comma, semicolon or space before."""

_FENCE: Final = re.compile(r"^```.*?(?:^```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_LINE_END: Final = re.compile(r"\n\s*")
_MARKER: Final = re.compile(r"(?:[-*+•–▪◦‣]|#{1,6}|>|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])[ \t]+")
_STOP: Final = re.compile(
    r"[.!?…]+[\"'”’»)\]*_]*(?:\s?\[\d{1,3}(?:\s?,\s?\d{1,3})*\])*(?=\s|$)"
    r"|[。！？｡]+[\"'”’»」』）]*"
    r"|[।؟۔]+"
)
_LAST_WORD: Final = re.compile(r"([^\s(\[\"'“‘]+)$")
_ABBREVIATIONS: Final = frozenset(
    "mr mrs ms dr prof sr jr st vs v e.g i.e eg ie cf fig figs no nos vol pp ed eds dept est approx al mt ft gen col"
    " capt lt sgt rev hon gov sen rep jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
_MAY_END: Final = frozenset("a.m p.m am pm etc inc ltd co corp u.s u.k e.u d.c ph.d".split())
"""Abbreviations that often stand at the end of a sentence: they end one where a sentence plainly begins after."""
_OPENERS: Final = frozenset(
    "the a an it they he she we you i this that these those there in on at for if when while however also additionally"
    " but and or some many most its their his her our your as according overall".split()
)


def sentences(text: str, longest: int = LONGEST) -> list[Span]:
    """Return the spans of the sentences of a text, in order, without list markers and surrounding space."""
    spans: list[Span] = []
    for start, end, code in _blocks(text):
        for span in [(start, end)] if code else _of_block(text, start, end):
            spans.extend(_cut(text, span, longest))
    return spans


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether it is code) of what no sentence reaches over."""
    position = 0
    for fence in _FENCE.finditer(text):
        yield from _lines(text, position, fence.start())
        yield fence.start(), fence.end(), True
        position = fence.end()
    yield from _lines(text, position, len(text))


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    begin = start
    for brk in _LINE_END.finditer(text, start, end):
        if _runs_on(text, brk, end):
            continue
        yield begin, brk.start(), False
        begin = brk.end()
    yield begin, end, False


def _runs_on(text: str, brk: re.Match[str], end: int) -> bool:
    """Tell whether a sentence goes on after the end of a line: it is wrapped text."""
    if brk.group().count("\n") > 1 or brk.end() >= end or _MARKER.match(text, brk.end()):
        return False
    before = text[max(0, brk.start() - 20) : brk.start()].rstrip()[-1:]
    return text[brk.end()].islower() and before not in ".!?:;"


def _of_block(text: str, start: int, end: int) -> Iterator[Span]:
    start = _after_markers(text, start, end)
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if _ends(text, begin, stop, end):
            yield from _stripped(text, begin, stop.end())
            begin = stop.end()
    yield from _stripped(text, begin, end)


def _after_markers(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    while (marker := _MARKER.match(text, start, end)) is not None:
        start = marker.end()
    return start


def _ends(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    """Tell whether a full stop ends a sentence."""
    mark = text[stop.start()]
    if mark in "。！？｡।؟۔":
        return True
    after = text[stop.end() : end].lstrip()
    if not after or after[0].islower():
        return not after
    if stop.group() != ".":
        return True
    return not _abbreviates(text[begin : stop.start()], after)


def _abbreviates(before: str, after: str) -> bool:
    """Tell whether the single full stop after `before` belongs to an abbreviation, an initial or a number."""
    found = _LAST_WORD.search(before)
    if found is None:
        return True
    word = found.group(1).lower()
    if word in _ABBREVIATIONS:
        return True
    if word in _MAY_END:
        return (re.split(r"\W", after, maxsplit=1)[0]).lower() not in _OPENERS
    initial = len(word) == 1 and word.isalpha() and found.group(1).isupper() and word != "i"
    number = word.isdigit() and len(word) <= 2 and found.start() == 0
    return initial or number


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if any(character.isalnum() for character in text[start:end]):
        yield start, end


def _cut(text: str, span: Span, longest: int) -> Iterator[Span]:
    start, end = span
    while end - start > longest:
        window = text[start : start + longest]
        at = max(window.rfind("; "), window.rfind(", "), window.rfind("\n"))
        if at < longest // 2:
            at = window.rfind(" ")
        cut = start + (at + 1 if at > 0 else longest)
        yield from _stripped(text, start, cut)
        start = cut
    yield from _stripped(text, start, end)
