"""Attacks of a window, like texts as one pattern: when it began, whom it struck, how it came in, who found it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from analytics.guardrails.likeness import groups
from storage import guardrails
from storage.client import Engine
from storage.guardrails import MAX_TEXTS, SKETCH, AttackText, Finder
from storage.scope import Scope
from storage.window import Window

LOOKED_BACK: Final = timedelta(days=30)
"""Before a window: a pattern of which nothing was seen then is new."""

_T = TypeVar("_T")
_NEWEST: Final = 100
_NAMES: Final = 20


@dataclass(frozen=True, slots=True)
class FinderCount:
    """Who found a pattern, in how many traces."""

    source: guardrails.Source
    guardrail: str
    traces: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Attacks with like texts."""

    id: str
    """The hash of the text that was seen first; the same as long as that one is looked back to."""
    text: str
    """Of the attack that came most often, cut. It is hostile; '' where it is not kept."""
    texts: int
    """Different texts, within the window."""
    traces: int
    traces_before: int
    is_new: bool
    """Nothing like it was seen in the 30 days before the window."""
    first_seen_unix_nano: int
    """Also before the window."""
    last_seen_unix_nano: int
    tenants: Sequence[str]
    users: int
    """How many; of a text that came from over 1,000, that many."""
    found_by: Sequence[FinderCount]
    vias: Mapping[str, int]
    """How it came in: traces by `user`, `document`, `tool`, `answer`, `retrieved`."""
    carriers: Sequence[str]
    """Documents and tools that held it."""
    over_time: Sequence[int]
    """Traces of each step of the window."""
    newest: Sequence[str]
    """Ids of its newest traces, up to 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The patterns of a window: new ones first, then those of the most traces."""

    patterns: Sequence[Pattern]
    is_cut: bool
    """More different texts attacked than were looked at: those in the fewest traces are left out."""


def patterns(
    engine: Engine,
    scope: Scope,
    window: Window,
    *,
    step: timedelta,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> Patterns:
    """Return the attacks in the traces that start within `window`, like ones as one.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    texts = guardrails.attack_texts(
        engine, scope, window, back_to=window.start - LOOKED_BACK, step=step, q=q, filter=filter
    )
    steps = -(-(window.end_ns - window.start_ns) // (step // timedelta(microseconds=1) * 1000))
    found = [
        _pattern(members, steps, window)
        for members in _alike(texts)
        if any(m.traces for m in members)
    ]
    found.sort(key=lambda one: (not one.is_new, -one.traces, -one.last_seen_unix_nano))
    return Patterns(patterns=found, is_cut=len(texts) >= MAX_TEXTS)


def _alike(texts: Sequence[AttackText]) -> Iterable[list[AttackText]]:
    """Return the texts in groups of like ones, each in order of time."""
    ordered = sorted(texts, key=lambda text: (text.first_seen_unix_nano, text.hash))
    members: defaultdict[int, list[AttackText]] = defaultdict(list)
    numbers = groups([text.sketch for text in ordered], SKETCH)
    for text, number in zip(ordered, numbers, strict=True):
        members[number].append(text)
    return members.values()


def _pattern(members: Sequence[AttackText], steps: int, window: Window) -> Pattern:
    now = [member for member in members if member.traces]
    first = members[0].first_seen_unix_nano
    over_time = _sum(member.steps for member in now)
    return Pattern(
        id=f"{members[0].hash:032x}",
        text=max(now, key=lambda member: member.traces).text,
        texts=len(now),
        traces=sum(member.traces for member in now),
        traces_before=sum(member.traces_before for member in members),
        is_new=first >= window.start_ns,
        first_seen_unix_nano=first,
        last_seen_unix_nano=max(member.last_seen_unix_nano for member in now),
        tenants=sorted({tenant for member in now for tenant in member.tenants}),
        users=len({user for member in now for user in member.users}),
        found_by=_finders(_sum(member.found_by for member in now)),
        vias=dict(_sum(member.vias for member in now).most_common()),
        carriers=sorted({name for member in now for name in member.carriers})[:_NAMES],
        over_time=[over_time[place] for place in range(steps)],
        newest=_newest(now),
    )


def _sum(counts: Iterable[Mapping[_T, int]]) -> Counter[_T]:
    together: Counter[_T] = Counter()
    for count in counts:
        together.update(count)
    return together


def _finders(counts: Counter[Finder]) -> list[FinderCount]:
    return [
        FinderCount(finder.source, finder.guardrail, traces)
        for finder, traces in sorted(
            counts.items(), key=lambda item: (-item[1], item[0].source, item[0].guardrail)
        )
    ]


def _newest(members: Sequence[AttackText]) -> list[str]:
    ordered = sorted(members, key=lambda member: -member.last_seen_unix_nano)
    ids = (trace_id for member in ordered for trace_id in member.newest)
    return list(dict.fromkeys(ids))[:_NEWEST]
