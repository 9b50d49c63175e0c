"""Settings of evaluators: environment variables, the same for every command that evaluates.

They have no flags, as keys do not belong on a command line. docs/reference/settings.md tells them to people.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from analytics.evaluators.outbound import Network, networks

FILES: Final = "GROUNDWIRE_EVALUATORS"
WEBHOOK_NETWORKS: Final = "GROUNDWIRE_WEBHOOK_NETWORKS"
JUDGE_URL: Final = "GROUNDWIRE_JUDGE_URL"
JUDGE_MODEL: Final = "GROUNDWIRE_JUDGE_MODEL"
JUDGE_KEY: Final = "GROUNDWIRE_JUDGE_KEY"
JUDGE_PRICE: Final = "GROUNDWIRE_JUDGE_PRICE"
JUDGE_BUDGET: Final = "GROUNDWIRE_JUDGE_BUDGET"

DEFAULT_BUDGET_USD: Final = 1.0
"""A day, for a cascade."""


class BadEvaluatorSetting(ValueError):  # noqa: N818 - it reads as what is the case
    """A setting cannot be; the text says what to mend, and repeats no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """The endpoint of a judge."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    price: tuple[float, float] | None = None
    """USD per million tokens of input and output; None: the list price."""
    budget_usd: float = DEFAULT_BUDGET_USD


def files(environment: Mapping[str, str] = os.environ) -> list[Path]:
    """Return the files that hold evaluators."""
    return [Path(part) for part in environment.get(FILES, "").split(os.pathsep) if part]


def webhook_networks(environment: Mapping[str, str] = os.environ) -> tuple[Network, ...]:
    """Return the networks that webhooks may be in beside public addresses. Raises BadEvaluatorSetting."""
    try:
        return networks(environment.get(WEBHOOK_NETWORKS, ""))
    except ValueError as error:
        raise BadEvaluatorSetting(
            f"{WEBHOOK_NETWORKS}: {error}; write 10.0.0.0/8,192.168.7.0/24"
        ) from error


def judge(environment: Mapping[str, str] = os.environ) -> JudgeSettings | None:
    """Return the judge's endpoint; None where none is set. Raises BadEvaluatorSetting."""
    url, model = environment.get(JUDGE_URL, ""), environment.get(JUDGE_MODEL, "")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise BadEvaluatorSetting(f"{JUDGE_URL} is no address like https://api.openai.com/v1")
    if parts.username is not None:
        raise BadEvaluatorSetting(f"{JUDGE_URL} holds a user: give a key with {JUDGE_KEY}")
    if not model:
        raise BadEvaluatorSetting(f"{JUDGE_MODEL} is missing: name the model that {JUDGE_URL} has")
    price = _amounts(environment, JUDGE_PRICE, 2) if environment.get(JUDGE_PRICE) else None
    (budget,) = _amounts(environment, JUDGE_BUDGET, 1) or (DEFAULT_BUDGET_USD,)
    return JudgeSettings(
        url=url,
        model=model,
        key=environment.get(JUDGE_KEY, ""),
        price=(price[0], price[1]) if price else None,
        budget_usd=budget,
    )


def _amounts(environment: Mapping[str, str], name: str, count: int) -> list[float]:
    """Return amounts of US dollars, written with commas between; none where nothing is set."""
    text = environment.get(name, "")
    if not text:
        return []
    try:
        amounts = [float(part) for part in text.split(",")]
    except ValueError:
        amounts = []
    if len(amounts) != count or not all(0 <= amount < float("inf") for amount in amounts):
        example = "0.15,0.60 (input and output, per million tokens)" if count == 2 else "2.50"
        raise BadEvaluatorSetting(f"{name} is not {count} amounts of US dollars; write {example}")
    return amounts
