"""A cheaper model, for what a project's own evaluations show that it does as well.

Two models are compared where both answered the same prompt (feature, name and version) and both were judged often
enough by the same evaluations. As well means: by every one of these, the 95 % interval of the difference between the
two (Student's t, and Newcombe's method 10 for shares; analytics/intervals.py) lies wholly within a margin. On either
side, because it is not known of a score whether more is better. Whatever is not shown is not claimed.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.intervals import Estimate, difference, mean, share
from analytics.savings.estimate import Group, Saving, condition, evidence, over_days
from analytics.savings.traffic import Booleans, Floats, Reader, Traffic
from storage import savings
from storage.savings import Verdicts

LEAST_VERDICTS: Final = 100
"""Of each model, by each evaluation that both have."""
MARGIN: Final = 0.05
"""How far two models may differ: in share, or of a number in standard deviations times four."""

HOW = (
    "Where a cheaper model already answers part of the same prompt, and evaluations find it as good, the rest of "
    "the calls "
    "at the cheaper model's rates."
)
ENOUGH: Final = "as good"
WORSE: Final = "not as good"
UNSURE: Final = "not enough evidence"

Prompt = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a cheaper model compares with the one in use, for one prompt."""

    prompt: Prompt
    """Feature, prompt name and prompt version."""
    dear: str
    cheap: str
    verdict: str
    """ENOUGH, WORSE or UNSURE."""
    found: dict[str, Estimate]
    """Cheap minus dear, by the name of the evaluation."""
    judged: int
    """Verdicts of the model that has fewer."""


def models(traffic: Traffic, reader: Reader) -> Saving:
    """Return what cheaper models that are shown to be as good would have saved."""
    rates = _rates(traffic)
    outputs = _outputs(traffic)
    compared = compare(savings.verdicts(reader.engine, reader.scope, reader.part), _costs(traffic))
    saved = np.zeros(len(traffic))
    groups, claimed = [], np.zeros(len(traffic), bool)
    for comparison in compared:
        calls = _calls(traffic, comparison)
        amounts = np.zeros(len(traffic))
        if comparison.verdict == ENOUGH and comparison.cheap in rates:
            amounts[calls] = _cheaper(traffic, calls, rates[comparison.cheap], outputs, comparison)
            # one better option is enough for a call
            better = calls & (amounts > saved)
            saved[better] = amounts[better]
            claimed |= better
        groups.append(_group(traffic, comparison, calls, amounts))
    return Saving(
        method="models",
        saved=saved,
        estimate=over_days(traffic, saved),
        calls=int(claimed.sum()),
        how=HOW,
        assumptions=[
            (
                f"As good: by every evaluation with at least {LEAST_VERDICTS} verdicts on each model, the 95 % "
                "interval of the "
                f"difference lies within {MARGIN:.0%} of a share, or {4 * MARGIN:.1f} standard deviations of a number, "
                "either way."
            ),
            "Both models got the same kind of request: nothing sends the easier ones to the cheaper model.",
            "The same input tokens, and as many more or fewer output tokens as the cheaper model writes on average.",
        ],
        figures={
            "compared": len(compared),
            "as_good": sum(c.verdict == ENOUGH for c in compared),
        },
        groups=sorted(groups, key=lambda group: -group.saved_usd),
        evidence=evidence(traffic, saved),
        left_out=[] if compared else ["No two models are judged on the same prompt."],
    )


def compare(verdicts: list[Verdicts], costs: dict[tuple[Prompt, str], float]) -> list[Comparison]:
    """Return how the cheaper of two models compares with the dearer one, prompt by prompt.

    `costs` are USD a call, by prompt and model.
    """
    judged: dict[Prompt, dict[str, dict[tuple[str, str], Verdicts]]] = defaultdict(dict)
    for row in verdicts:
        prompt = (row.feature, row.prompt_name, row.prompt_version)
        judged[prompt].setdefault(row.model, {})[row.name, row.kind] = row
    found = []
    for prompt, by_model in judged.items():
        priced = [m for m in by_model if costs.get((prompt, m), 0) > 0]
        ordered = sorted(priced, key=lambda model: costs[prompt, model])
        found += [
            _comparison(prompt, dear, cheap, by_model[dear], by_model[cheap])
            for place, cheap in enumerate(ordered)
            for dear in ordered[place + 1 :]
            if by_model[dear].keys() & by_model[cheap].keys()
        ]
    return found


def _comparison(
    prompt: Prompt,
    dear: str,
    cheap: str,
    of_dear: dict[tuple[str, str], Verdicts],
    of_cheap: dict[tuple[str, str], Verdicts],
) -> Comparison:
    both = sorted(of_dear.keys() & of_cheap.keys())
    judged = {key: min(of_dear[key].votes, of_cheap[key].votes) for key in both}
    enough = [key for key in both if judged[key] >= LEAST_VERDICTS]
    found = {key: _difference(of_cheap[key], of_dear[key]) for key in enough}
    verdict = UNSURE
    if found and all(_is_alike(found[key], _margin(of_dear[key])) for key in enough):
        verdict = ENOUGH
    elif any(_differs(found[key], _margin(of_dear[key])) for key in enough):
        verdict = WORSE
    told = {name: estimate for (name, _), estimate in found.items()}
    return Comparison(prompt, dear, cheap, verdict, told, max(judged.values()))


def _difference(cheap: Verdicts, dear: Verdicts) -> Estimate:
    return difference(_value(cheap), _value(dear))


def _value(row: Verdicts) -> Estimate:
    if row.kind == "boolean":
        return share(
            row.total,
            row.weight,
            clusters=row.clusters,
            cc=row.ss,
            cn=row.sn,
            nn=row.nn,
            votes=row.votes,
        )
    return mean(row.total, row.weight, clusters=row.clusters, ss=row.ss, sn=row.sn, nn=row.nn)


def _margin(dear: Verdicts) -> float:
    if dear.kind == "boolean":
        return MARGIN
    average = dear.total / dear.weight
    return 4 * MARGIN * float(np.sqrt(max(0.0, dear.squares / dear.weight - average**2)))


def _is_alike(found: Estimate, margin: float) -> bool:
    return (
        found.low is not None
        and found.high is not None
        and -margin <= found.low
        and found.high <= margin
    )


def _differs(found: Estimate, margin: float) -> bool:
    """Return whether the interval lies wholly outside the margin."""
    return (found.high is not None and found.high < -margin) or (
        found.low is not None and found.low > margin
    )


def _prompts(traffic: Traffic) -> list[Prompt]:
    return list(
        zip(
            traffic.texts("feature"),
            traffic.texts("prompt_name"),
            traffic.texts("prompt_version"),
            strict=True,
        )
    )


def _priced(traffic: Traffic) -> Booleans:
    return traffic.having("price", "own", "list") & traffic.having("operation", "chat")


def _costs(traffic: Traffic) -> dict[tuple[Prompt, str], float]:
    """Return USD a call by prompt and model, of priced calls."""
    sums: dict[tuple[Prompt, str], list[float]] = defaultdict(list)
    priced = _priced(traffic)
    prompts, names = _prompts(traffic), traffic.texts("model")
    for place in np.flatnonzero(priced):
        sums[prompts[place], names[place]].append(float(traffic.costs[place]))
    return {key: sum(costs) / len(costs) for key, costs in sums.items()}


def _rates(traffic: Traffic) -> dict[str, tuple[float, float, float]]:
    """Return a model's rates (input, cached input, output) as its latest standard call had them."""
    names = traffic.texts("model")
    standard = _priced(traffic) & traffic.having("processing", "")
    columns = [traffic.measure(f"{name}_rate") for name in ("input", "cache_read", "output")]
    return {
        names[place]: (
            float(columns[0][place]),
            float(columns[1][place]),
            float(columns[2][place]),
        )
        for place in np.flatnonzero(standard)
    }


def _outputs(traffic: Traffic) -> dict[tuple[Prompt, str], float]:
    """Return output tokens a call, by prompt and model."""
    sums: dict[tuple[Prompt, str], list[int]] = defaultdict(list)
    prompts, names = _prompts(traffic), traffic.texts("model")
    answered = _priced(traffic) & ~traffic.truth("failed")
    for place in np.flatnonzero(answered):
        sums[prompts[place], names[place]].append(int(traffic.whole("output_tokens")[place]))
    return {key: sum(tokens) / len(tokens) for key, tokens in sums.items()}


def _calls(traffic: Traffic, comparison: Comparison) -> Booleans:
    """Return the calls of the dearer model to this prompt, at standard prices."""
    feature, name, version = comparison.prompt
    return (
        _priced(traffic)
        & traffic.having("processing", "")
        & traffic.having("model", comparison.dear)
        & traffic.having("feature", feature)
        & traffic.having("prompt_name", name)
        & traffic.having("prompt_version", version)
    )


def _cheaper(
    traffic: Traffic,
    calls: Booleans,
    rates: tuple[float, float, float],
    outputs: dict[tuple[Prompt, str], float],
    comparison: Comparison,
) -> Floats:
    """Return what each of the calls would have saved; less than 0 where the cheaper model would have cost more."""
    dear = outputs.get((comparison.prompt, comparison.dear), 0.0)
    cheap = outputs.get((comparison.prompt, comparison.cheap), 0.0)
    longer = cheap / dear if dear else 1.0
    read = traffic.whole("cache_read_tokens")[calls]
    plain = traffic.whole("input_tokens")[calls] - read
    output = traffic.whole("output_tokens")[calls] * longer
    saved: Floats = traffic.costs[calls] - (plain * rates[0] + read * rates[1] + output * rates[2])
    return saved


def _group(traffic: Traffic, comparison: Comparison, calls: Booleans, amounts: Floats) -> Group:
    feature, _name, version = comparison.prompt
    told = "; ".join(
        f"{evaluation} {estimate.value:+.3f}"
        + (f" ({estimate.low:+.3f} to {estimate.high:+.3f})" if estimate.low is not None else "")
        for evaluation, estimate in comparison.found.items()
    )
    fields = {"feature": feature, "prompt_version": version, "model": comparison.dear}
    return Group(
        f"{feature or '(none)'}: {comparison.dear} → {comparison.cheap}",
        int(calls.sum()),
        float(traffic.costs[calls].sum()),
        float(amounts.sum()),
        f"{comparison.verdict}, {comparison.judged:,} verdicts" + (f"; {told}" if told else ""),
        condition(fields),
    )
