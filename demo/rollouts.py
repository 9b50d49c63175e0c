"""Who gets which prompt version and which model, and how much worse that makes their answers.

Planted to be found:

- prompt version v7, which part of the sessions of the support chat get beside v6 since its rollout;
- the economy model, which part of all sessions get;
- the economy model together with one tenant, whose answers it gets wrong most of all.

And planted to mislead: another tenant, nearly all of whose sessions go to the economy model. Its answers are worse than
those of others, but no worse than theirs on the same model.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from demo.tenants import ECONOMY_VICTIM, MOSTLY_ECONOMY

CANARY_FEATURE: Final = "support-chat"
CANARY_SHARE: Final = 0.4
"""Share of its sessions that get prompt v7 after the rollout."""
SEARCH_PROMPT: Final = "v3"
"""The version of the help center's own prompt."""

_UNSUPPORTED: Final = 0.03
_REFUSED: Final = 0.01
_NEW_PROMPT: Final = 4.5
"""Prompt v7 makes so many times as many answers unsupported; and so on."""
_ECONOMY: Final = 3.0
_VICTIM: Final = 4.5
"""On top of what the economy model does to everybody."""
_NEW_PROMPT_REFUSED: Final = 6.0
_ECONOMY_SHARES: Final = {ECONOMY_VICTIM: 0.6, MOSTLY_ECONOMY: 0.8}
_ECONOMY_SHARE: Final = 0.15
"""Share of the sessions of every other tenant."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How often a fault strikes, as a share of the questions that it can strike."""

    unsupported: float = _UNSUPPORTED  # of answers from articles or tools
    refusal: float = _REFUSED  # of answers from articles, as are the next ones
    truncated: float = 0.012
    empty: float = 0.004
    wrong_language: float = 0.006
    repetition: float = 0.004
    wrong_citation: float = 0.02
    injection: float = 0.012  # of questions outside an attack wave
    pii: float = 0.03  # of questions
    secret: float = 0.005  # of questions
    indirect_injection: float = 0.012  # of questions with retrieval or an order's state
    tool_error: float = 0.06  # of questions that need a tool
    tool_loop: float = 0.03  # of questions that need a tool
    provider_retry: float = 0.015  # of questions that reach a model
    provider_fallback: float = 0.01  # of questions that reach a model
    timeout: float = 0.006  # of questions that reach a model


def gets_economy(tenant: str, rng: Random) -> bool:
    """Draw whether a session is answered by the economy model."""
    return rng.random() < _ECONOMY_SHARES.get(tenant, _ECONOMY_SHARE)


def rates_of(prompt_version: str, tenant: str, *, economy: bool) -> Rates:
    """Return how often what goes wrong in a session."""
    unsupported, refusal = _UNSUPPORTED, _REFUSED
    if prompt_version == "v7":
        unsupported *= _NEW_PROMPT
        refusal *= _NEW_PROMPT_REFUSED
    if economy:
        unsupported *= _ECONOMY * (_VICTIM if tenant == ECONOMY_VICTIM else 1)
    return Rates(unsupported=min(unsupported, 0.6), refusal=refusal)
