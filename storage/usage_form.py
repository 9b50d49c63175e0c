"""Usage in one normal form: generate the SQL that settles what the counts of a span mean.

Emitters differ in whether cached tokens are among the input tokens and reasoning among the output tokens. The normal
form has both inside. What decides, in this order:

- `counts`: more cached tokens than input tokens can only stand beside them;
- `uncached`: the emitter tells uncached tokens by themselves, and they fit one reading;
- `total`: the reported total fits exactly one reading;
- `emitter`: what is known of the emitter with this provider, the table [[usage_form]] of conventions.toml;
- `convention`: inside, as the semantic conventions of OpenTelemetry have it.

Column `usage_rule` says what decided, `usage_mismatch` how much the reported total is more than ours.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

Place = Literal["", "inside", "outside", "rest"]


@dataclass(frozen=True)
class UsageForm:
    """What is known of how an emitter counts; '' where it is not known."""

    source: str
    """Where it was read: package, version, file."""
    scope: str = ""
    """Name of the instrumentation scope; '' any."""
    providers: tuple[str, ...] = ()
    """Values of column `provider`; none means any."""
    cached: Place = ""
    """Where cached tokens are: inside or outside the input tokens."""
    reasoning: Place = ""
    """Where reasoning is: inside or outside the output tokens, or the rest of the total and nowhere else."""
    total: Literal["", "own sum"] = ""
    """Whether the emitter adds up the total itself, from the very figures in question."""


@cache
def usage_forms() -> tuple[UsageForm, ...]:
    """Return what is known of emitters, in the order of the table.

    Raises ValueError for a row that names neither scope nor provider: it would be about everyone.
    """
    table = tomllib.loads(files("storage").joinpath("conventions.toml").read_text())
    forms = tuple(
        UsageForm(**{**row, "providers": tuple(row.get("providers", ()))})
        for row in table["usage_form"]
    )
    if any(not form.scope and not form.providers for form in forms):
        raise ValueError("a row of [[usage_form]] names neither a scope nor a provider")
    return forms


SERVICE_TIERS: Final[Mapping[str, str]] = {
    "standard": "default", "standard_only": "default", "on_demand": "default", "default": "default",
    "on_demand_priority": "priority", "on_demand_flex": "flex",
    "auto": "", "unknown": "", "unspecified": "", "not_given": "", "batch": "",
}  # fmt: skip
"""Service tiers by the words that providers use for them. What only asks the provider to choose is no tier."""

BATCH_MARKS: Final = ("batch", "retrieve_batch", "aretrieve_batch")
"""What says that a call was made through a batch API, as `groundwire.processing` or LiteLLM's call type."""

# What decided, as a number: odd where cached tokens, or reasoning, are outside what was reported and are to be added.
_CACHED_RULES: Final = (
    "",
    "cached outside: counts",
    "cached inside: uncached",
    "cached outside: uncached",
    "cached inside: total",
    "cached outside: total",
    "cached inside: emitter",
    "cached outside: emitter",
    "cached inside: convention",
)
_REASONING_RULES: Final = (
    "",
    "reasoning outside: counts",
    "reasoning inside: total",
    "reasoning outside: total",
    "reasoning inside: emitter",
    "reasoning outside: emitter",
    "reasoning inside: convention",
    "reasoning outside: rest of the total",
)


def _known(scope: str, provider: str) -> tuple[int, int, int, int]:
    """Return what is known of an emitter with a provider; of two rows the one that says more of the emitter counts.

    The cached rule and the reasoning rule that it comes to where nothing else decides, whether the rest of the total
    is reasoning, and whether the total says something.
    """
    about = [
        form
        for form in usage_forms()
        if form.scope in ("", scope) and (not form.providers or provider in form.providers)
    ]
    about.sort(key=lambda form: (form.scope != "", form.providers != ()), reverse=True)
    cached = next((form.cached for form in about if form.cached), "")
    reasoning = next((form.reasoning for form in about if form.reasoning), "")
    return (
        _rule(_CACHED_RULES, "cached", cached),
        _rule(_REASONING_RULES, "reasoning", reasoning),
        int(reasoning == "rest"),
        int(not any(form.total for form in about)),
    )


def _rule(rules: tuple[str, ...], what: str, place: str) -> int:
    rule = f"{what} {place}: emitter"
    return rules.index(rule if rule in rules else f"{what} inside: convention")


def _names() -> tuple[list[str], list[str]]:
    """Return the scopes and the providers that the table names, '' for any other first."""
    scopes = dict.fromkeys(form.scope for form in usage_forms() if form.scope)
    providers = dict.fromkeys(name for form in usage_forms() for name in form.providers)
    return ["", *scopes], ["", *providers]


def _list(values: Iterable[str | int]) -> str:
    return "[" + ", ".join(repr(value) for value in values) + "]"


def _index(value: str, names: list[str]) -> str:
    """Return SQL of the place of a value among names, 0 for any other; the table's names need no escaping."""
    return f"transform({value}, {_list(names[1:])}, {_list(range(1, len(names)))}, 0)"


def _of_emitter() -> dict[str, str]:
    """Return SQL of what is known of a span's emitter; `usage_emitter` numbers scopes and providers together."""
    scopes, providers = _names()
    known = [_known(scope, provider) for scope in scopes for provider in providers]
    cached, reasoning, rest, total_speaks = (
        f"{_list(column)}[usage_emitter]" for column in zip(*known, strict=True)
    )
    return {
        "usage_scope": _index("ss.scope.name", scopes),
        "usage_emitter": f"usage_scope * {len(providers)} + {_index('provider', providers)} + 1",
        "emitter_cached": cached,
        "emitter_reasoning": reasoning,
        "emitter_rest": rest,
        "emitter_total_speaks": total_speaks,
    }


# The names are those of the view's steps: `sent_tokens`, `answered`, `reasoned` and `reported_total` are counts as
# reported, `beyond` is what the total has beyond the first two, -1 where there is none or where it says nothing.
_BEYOND: Final = (
    "if(reported_total > 0 AND {emitter_total_speaks} = 1, "
    "toInt64(reported_total) - toInt64(sent_tokens + answered), -1)"
)
_FITS_OUTSIDE: Final = "(beyond = cached OR beyond = cached + reasoned)"
_FITS_INSIDE: Final = "(beyond = 0 OR beyond = reasoned)"
_CACHED_RULE: Final = (
    "multiIf(cached = 0, 0, cached > sent_tokens, 1, uncached = sent_tokens, 3, uncached + cached = sent_tokens, 2, "
    f"{_FITS_OUTSIDE} > {_FITS_INSIDE}, 5, {_FITS_OUTSIDE} < {_FITS_INSIDE}, 4, {{emitter_cached}})"
)
_BEYOND_INPUT: Final = "(beyond - cached_rule % 2 * cached)"
_REASONING_RULE: Final = (
    f"multiIf(reasoned = 0, if({{emitter_rest}} = 1 AND {_BEYOND_INPUT} > 0, 7, 0), reasoned > answered, 1, "
    f"{_BEYOND_INPUT} = 0, 2, {_BEYOND_INPUT} = reasoned, 3, {{emitter_reasoning}})"
)


def _rules_together() -> str:
    """Return SQL of what both rules say, as text."""
    texts = [
        ", ".join(filter(None, (cached, reasoning)))
        for cached in _CACHED_RULES
        for reasoning in _REASONING_RULES
    ]
    return f"{_list(texts)}[cached_rule * {len(_REASONING_RULES)} + reasoning_rule + 1]"


def placeholders() -> dict[str, str]:
    """Return the SQL for storage/views/normalise_spans.sql, by the name of its placeholder."""
    known = _of_emitter()
    return {
        "usage_scope": known["usage_scope"],
        "usage_emitter": known["usage_emitter"],
        "beyond": _BEYOND.format(**known),
        "cached_rule": _CACHED_RULE.format(**known),
        "reasoning_rule": _REASONING_RULE.format(**known),
        "beyond_input": _BEYOND_INPUT,
        "usage_rule": _rules_together(),
        "service_tier_names": _list(SERVICE_TIERS),
        "service_tiers": _list(SERVICE_TIERS.values()),
        "batch_marks": _list(BATCH_MARKS),
    }
