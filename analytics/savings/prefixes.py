"""Provider prompt caching: a provider keeps the beginning of a prompt for a while and charges less to read it again.

Providers that find repeated beginnings by themselves (OpenAI, DeepSeek, Gemini's implicit caching ...) need no change
and are not looked at; what they save already is on the cost page. Looked at are models whose price rows ask a premium
for writing (Anthropic's, wherever they are sold): there, the application has to mark what is to be kept.

Two ways to mark are tried, each for 5 minutes and for an hour: after the instructions (tool definitions and system
prompt), and after the whole conversation so far as well. What comes out best of a feature's prompt counts. An entry is
there from when the call that wrote it was complete, and lives on with each use.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from analytics.savings.estimate import Group, Saving, evidence, groups_of, name_of, over_days
from analytics.savings.traffic import Floats, Reader, Traffic
from storage import savings
from storage.savings import Prefix

LEAST_TOKENS: Final = 1_024
"""The shortest beginning that a provider keeps, where the model needs no longer one."""
_LONGER: Final = (
    (("opus-4-5", "opus-4.5", "opus-4-6", "opus-4.6", "haiku-4-5", "haiku-4.5"), 4_096),
    (("sonnet-4-6", "sonnet-4.6", "haiku-3", "3-haiku", "3-5-haiku", "3.5-haiku"), 2_048),
)
"""Anthropic's minima, by what is in the model's name (its documentation of prompt caching)."""
LIFETIMES_S: Final = {"5 minutes": 300, "1 hour": 3_600}

HOW = (
    "Where prompts of a feature begin with the same tool definitions, instructions or messages, marking them for the "
    "provider's cache would have made reading them again cheaper, and writing them dearer, by the model's own prices."
)


@dataclass(frozen=True, slots=True)
class _Call:
    """A call whose prompt could be marked."""

    place: int
    start_ns: int
    end_ns: int
    chain: Sequence[int]
    tokens: Sequence[float]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A way to mark prompts, and what it would have saved, call by call."""

    marks: str
    lifetime: str
    saved: Floats
    read: float
    written: float


def prefixes(traffic: Traffic, reader: Reader) -> Saving:
    """Return what marking shared beginnings of prompts would have saved."""
    known = savings.prefixes(reader.engine, reader.scope, reader.part, len(traffic) + 1)
    ratios = reader.tokens_per_character
    saved = np.zeros(len(traffic))
    plans: dict[tuple[str, ...], _Plan] = {}
    cached = 0
    for key, places in _groups(traffic, known).items():
        if _is_cached(traffic, places):
            cached += len(places)
            continue
        plan = _best(traffic, _calls(traffic, places, known, ratios), key)
        if plan is not None:
            plans[key] = plan
            saved[places] = plan.saved
    return _saving(traffic, saved, plans, ratios, cached)


def _saving(
    traffic: Traffic,
    saved: Floats,
    plans: dict[tuple[str, ...], _Plan],
    ratios: dict[str, float],
    cached: int,
) -> Saving:
    told = [f"{ratio:.3f} ({model})" for model, ratio in sorted(ratios.items()) if model]
    left_out = [
        (
            "Beginnings that are shared within a message, such as instructions in the first line of a user's message, "
            "cannot "
            "be told from hashes of whole messages."
        )
    ]
    if cached:
        left_out.append(f"{cached:,} calls are of prompts that are cached already.")
    return Saving(
        method="prefixes",
        saved=saved,
        estimate=over_days(traffic, saved),
        calls=int((saved != 0).sum()),
        how=HOW,
        assumptions=[
            f"Beginnings of at least {LEAST_TOKENS:,} tokens are kept; 2,048 or 4,096 for models that ask for more.",
            (
                f"Tokens of a beginning by the characters of it, at this project's own tokens per character: "
                f"{', '.join(told) or 'none known'}."
            ),
            "The cache is one for all tenants, as providers keep it by account.",
        ],
        figures={
            "read_tokens": sum(plan.read for plan in plans.values()),
            "written_tokens": sum(plan.written for plan in plans.values()),
        },
        groups=_advised(groups_of(traffic, saved, saved != 0), plans),
        evidence=evidence(traffic, saved),
        left_out=left_out,
    )


def _advised(groups: list[Group], plans: dict[tuple[str, ...], _Plan]) -> list[Group]:
    """Return the groups of features and models, each with what to mark in its prompts."""
    advice: dict[str, list[str]] = {}
    for key, plan in plans.items():
        told = f"mark {plan.marks}, for {plan.lifetime}"
        advice.setdefault(name_of((key[0], key[-1])), []).append(told)
    return [
        replace(group, note="; ".join(dict.fromkeys(advice.get(group.name, ()))))
        for group in groups
    ]


def _groups(
    traffic: Traffic, known: dict[tuple[str, str], Prefix]
) -> dict[tuple[str, ...], list[int]]:
    names = ("feature", "prompt_name", "prompt_version", "model")
    columns = [traffic.texts(name) for name in names]
    ids = zip(traffic.texts("trace_id"), traffic.texts("span_id"), strict=True)
    found: dict[tuple[str, ...], list[int]] = {}
    for place, call in enumerate(ids):
        if call in known:
            found.setdefault(tuple(column[place] for column in columns), []).append(place)
    return found


def _is_cached(traffic: Traffic, places: Sequence[int]) -> bool:
    """Return whether a prompt is cached already: more than one call in ten read or wrote."""
    used = traffic.whole("cache_read_tokens")[places] + traffic.whole("cache_write_tokens")[places]
    return bool((used > 0).mean() > 0.1)


def _calls(
    traffic: Traffic,
    places: Sequence[int],
    known: dict[tuple[str, str], Prefix],
    ratios: dict[str, float],
) -> list[_Call]:
    found = []
    for place in places:
        prefix = known[traffic.texts("trace_id")[place], traffic.texts("span_id")[place]]
        ratio = ratios.get(traffic.texts("model")[place], 0.0)
        most = int(traffic.whole("input_tokens")[place])
        tokens = [min(chars * ratio, most) for chars in prefix.chars]
        start, end = (int(traffic.whole(name)[place]) for name in ("start_ns", "end_ns"))
        found.append(_Call(place, start, end, prefix.chain, tokens))
    return found


def _best(traffic: Traffic, calls: Sequence[_Call], key: tuple[str, ...]) -> _Plan | None:
    least = least_tokens(key[-1])
    options = [
        _plan(traffic, calls, marks=marks, lifetime=lifetime, least=least)
        for marks in ("the instructions", "the conversation so far")
        for lifetime in LIFETIMES_S
        if lifetime == "5 minutes" or _has_hour_price(traffic, calls)
    ]
    best = max(options, key=lambda plan: float(plan.saved.sum()))
    return best if best.saved.sum() > 0 else None


def _has_hour_price(traffic: Traffic, calls: Sequence[_Call]) -> bool:
    place = calls[0].place
    short, long = (traffic.measure(f"cache_write_{name}_rate")[place] for name in ("5m", "1h"))
    return bool(long > short)


def least_tokens(model: str) -> int:
    """Return the shortest beginning that the provider of a model keeps."""
    name = model.lower()
    return next((least for parts, least in _LONGER if any(p in name for p in parts)), LEAST_TOKENS)


def _plan(
    traffic: Traffic, calls: Sequence[_Call], *, marks: str, lifetime: str, least: int
) -> _Plan:
    """Return what the calls would have saved, had they been marked in this way."""
    keep_ns = LIFETIMES_S[lifetime] * 10**9
    write_rate = traffic.measure(
        "cache_write_5m_rate" if lifetime == "5 minutes" else "cache_write_1h_rate"
    )
    entries: dict[int, list[int]] = {}  # from when and until when an entry is there
    saved = np.zeros(len(calls))
    total_read = total_written = 0.0
    for number, call in enumerate(calls):
        last = 0 if marks == "the instructions" else len(call.chain) - 1
        read, deepest = _read(call, entries, last, least)
        written = call.tokens[last] - read if call.tokens[last] >= least else 0.0
        place = call.place
        plain = traffic.measure("input_rate")[place]
        saved[number] = read * (plain - traffic.measure("cache_read_rate")[place]) - written * (
            write_rate[place] - plain
        )
        total_read, total_written = total_read + read, total_written + written
        for part in range(last + 1):
            if call.tokens[part] < least or part not in (0, last, deepest):
                continue
            entry = entries.get(call.chain[part])
            if entry is None or entry[1] <= call.start_ns:
                entries[call.chain[part]] = [call.end_ns, call.end_ns + keep_ns]
            elif entry[0] <= call.start_ns:
                entry[1] = call.start_ns + keep_ns
    return _Plan(marks, lifetime, saved, total_read, total_written)


def _read(call: _Call, entries: dict[int, list[int]], last: int, least: int) -> tuple[float, int]:
    """Return the tokens that a call reads from the cache, and the part up to which it does; -1 for none."""
    for part in range(last, -1, -1):
        entry = entries.get(call.chain[part])
        if entry and call.tokens[part] >= least and entry[0] <= call.start_ns < entry[1]:
            return call.tokens[part], part
    return 0.0, -1
