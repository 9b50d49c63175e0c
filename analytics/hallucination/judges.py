"""Who says whether answers are supported: our own model, judges, people; and which of them are compared unasked."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from analytics.outcomes import HIGHER_IS_WORSE
from storage import evaluations
from storage.client import Engine
from storage.errors import BadInput
from storage.evaluations import NameInfo
from storage.groundedness import Judge
from storage.scope import Scope
from storage.window import Window

Kind = Literal["own_model", "llm_judge", "cascade", "people", "other"]

OWN: Final = Judge("groundedness", "model")
LLM_JUDGE: Final = Judge("groundedness_judge", "model")
CASCADE: Final = Judge("groundedness_cascade", "model")

_OURS: Final[dict[str, Kind]] = {
    OWN.key: "own_model",
    LLM_JUDGE.key: "llm_judge",
    CASCADE.key: "cascade",
}
OF_SUPPORT: Final = (
    "groundedness", "grounded", "supported", "faithfulness", "faithful", "hallucination", "hallucinated",
)  # fmt: skip
"""Names under which people say whether an answer is supported."""
OF_GOODNESS: Final = ("review", "user_feedback", "feedback", "thumbs")
"""Names under which people say whether an answer is good; looked at where nobody says more."""

_INVERTED: Final = frozenset({*HIGHER_IS_WORSE, "hallucinated"})
_OF_OTHER_THINGS: Final = HIGHER_IS_WORSE - {"hallucination"}
_SOURCES: Final = ("model", "code", "human")

MOST: Final = 6
"""Judges that are compared at a time."""
_MOST_NAMES: Final = 200
_AHEAD: Final = timedelta(days=1)
"""So far the clock of whoever judged may be ahead of ours."""


def judge(name: str, source: str) -> Judge:
    """Return a judge by the name and source of its evaluations."""
    return Judge(name, source, inverted=name in _INVERTED)


def judges_of(keys: Sequence[str]) -> list[Judge]:
    """Return the judges of keys like `groundedness:model`. Raises BadInput."""
    if len(keys) > MOST:
        raise BadInput(f"{len(keys)} judges are too many", hint=f"name {MOST} at most")
    return [_of_key(key) for key in dict.fromkeys(keys)]


def _of_key(key: str) -> Judge:
    name, _, source = key.rpartition(":")
    if not name or source not in _SOURCES:
        raise BadInput(
            f"there is no judge {key[:60]!r}",
            hint=f"the name of an evaluation and its source ({', '.join(_SOURCES)}): groundedness:model",
        )
    return judge(name, source)


def found_judges(engine: Engine, scope: Scope, window: Window) -> list[Judge]:
    """Return who may have said whether the answers of a window are supported: the usual ones first, then by name.

    What was asked in it may have been judged after it. Raises QueryTimeout, TooMuchData, StoreUnavailable.
    """
    judged_in = Window(window.start, max(window.end, datetime.now(UTC) + _AHEAD))
    known = evaluations.names(engine, scope, window=judged_in, limit=_MOST_NAMES)
    there = [
        judge(one.name, source)
        for one in known
        if _may_judge(one)
        for source in one.sources
        if source in _SOURCES
    ]
    first = [one.key for one in usual_judges(there)]
    return sorted(there, key=lambda one: (_place(one.key, first), one.key))


def _may_judge(known: NameInfo) -> bool:
    return known.kind != "text" and known.name not in _OF_OTHER_THINGS


def _place(key: str, first: Sequence[str]) -> int:
    return first.index(key) if key in first else len(first)


def usual_judges(there: Iterable[Judge]) -> list[Judge]:
    """Return those of judges that are compared unasked: our own model, the LLM judge or the cascade, and people.

    The cascade says mostly what the model says, so it is left out where the judge speaks for itself.
    """
    by_key = {one.key: one for one in there}
    models = [OWN, LLM_JUDGE] if LLM_JUDGE.key in by_key else [OWN, CASCADE]
    of_people = [judge(name, "human") for name in OF_SUPPORT]
    if not any(one.key in by_key for one in of_people):
        of_people = [judge(name, "human") for name in OF_GOODNESS]
    return [by_key[one.key] for one in (*models, *of_people) if one.key in by_key][:MOST]


def kind_of(one: Judge) -> Kind:
    """Return what a judge is, for people."""
    return _OURS.get(one.key) or ("people" if one.source == "human" else "other")
