"""Guardrails: how often the app's own and our detectors trip, and the texts that attack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from storage.client import Engine
from storage.errors import BadInput, TooMuchData
from storage.query import load, run
from storage.rows import named_rows
from storage.scope import Scope
from storage.traces import MAX_BUCKETS, where_of
from storage.window import Slice, Window, from_unix_nano

DETECTORS: Final = ("prompt_injection", "pii", "secrets", "prompt_leak", "toxicity")
"""Our evaluators that look for what guardrails look for; toxicity where a model is plugged in. A refusal is no trip."""

ATTACKS: Final = "prompt_injection"
"""The detector whose findings are texts that attack."""

By = Literal["tenant_id", "feature", "model"]
BY: Final[tuple[By, ...]] = ("tenant_id", "feature", "model")
"""What trip rates can be told apart by."""

MAX_GROUPS: Final = 10_000
"""Rows of one answer."""

MAX_TEXTS: Final = 5_000
"""Attacking texts of one answer, those in the most traces."""

SKETCH: Final = 128
"""Hashes of a sketch: a passage with no more pairs of words than that is compared exactly."""
_SHOWN: Final = 500
_LONGEST: Final = 4_000
"""Characters of a text that is an attack as a whole, by which it is compared."""
_BATCH: Final = 2_000

Source = Literal["app", "groundwire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trips:
    """What a guardrail did in the traces of one step and value: the sums that a rate and its interval need.

    A cluster is a session, or a trace without one. In the sums a trace that was drawn by chance weighs as much as the
    traces that it stands for, see `storage.evaluation_rates`.
    """

    start: datetime
    """Of the step; of the window where there are no steps."""
    source: Source
    """`app`: the app's own guardrail, which its spans tell of; `groundwire`: a detector of ours."""
    guardrail: str
    value: str
    checked: int
    """Traces that it checked."""
    weight: float
    clusters: int
    trips: int
    """Traces in which it tripped: said no, or changed the text."""
    total: float
    """Their weight."""
    nn: float
    ss: float
    sn: float
    modifications: int
    """Traces in which it changed the text."""
    errors: int
    """Traces in which it broke, and nothing tripped it."""


@dataclass(frozen=True, slots=True)
class Finder:
    """Who found a text."""

    source: Source
    guardrail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackText:
    """A text that attacks: a message, or the sentence planted in one, in the traces of a window."""

    text: str
    """Hostile; cut for showing. '' where it is not kept."""
    hash: int
    sketch: Sequence[int]
    """The smallest hashes of its pairs of words, in order."""
    first_seen_unix_nano: int
    """Also before the window."""
    last_seen_unix_nano: int
    traces: int
    traces_before: int
    tenants: Sequence[str]
    users: Sequence[str]
    found_by: Mapping[Finder, int]
    vias: Mapping[str, int]
    """How it came in: `user`, `document`, `tool`, `answer`; `retrieved` where no span says by what."""
    carriers: Sequence[str]
    """Documents and tools that held it."""
    steps: Mapping[int, int]
    newest: Sequence[str]
    """Ids of traces, the newest first."""


def trips(
    engine: Engine,
    scope: Scope,
    window: Window,
    *,
    by: By | None = None,
    step: timedelta | None = None,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[Trips]:
    """Return how often each guardrail tripped in the traces that start within `window`, in order of time.

    Raises BadInput, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    if by is not None and by not in BY:
        raise BadInput(f"there are no trips by {by[:40]!r}", hint=f"by {', '.join(BY)}")
    step_ns = _step_ns(window, step)
    result = run(
        engine, scope, load("guardrails/rates"),
        **_traces(engine, scope, window, q, filter),
        step_ns=step_ns,
        by=by or "nothing",
        detectors=list(DETECTORS),
        limit=MAX_GROUPS + 1,
    )  # fmt: skip
    if len(result.result_rows) > MAX_GROUPS:
        raise TooMuchData(
            f"there are more than {MAX_GROUPS} groups; ask for a shorter window or add a filter"
        )
    return [
        Trips(start=from_unix_nano(window.start_ns + int(row.pop("step")) * step_ns), **row)
        for row in named_rows(result)
    ]


def attack_texts(
    engine: Engine,
    scope: Scope,
    window: Window,
    *,
    back_to: datetime,
    step: timedelta,
    q: str = "",
    filter: str = "",  # noqa: A002 - the word of the API
) -> list[AttackText]:
    """Return the texts that attacked within `window`, and from `back_to` on; at most `MAX_TEXTS`.

    Those that were seen only before the window are among them, so that it can be told what is new. Raises as `trips`.
    """
    whole = Window(min(back_to, window.start), window.end)
    result = run(
        engine, scope, load("guardrails/attacks"),
        **_traces(engine, scope, whole, q, filter),
        now_ns=window.start_ns,
        step_ns=_step_ns(window, step),
        detector=ATTACKS,
        limit=MAX_TEXTS,
    )  # fmt: skip
    rows = list(named_rows(result))
    passages = _passages(engine, scope, [_place(row) for row in rows])
    # What is not kept is like nothing but itself.
    return [
        _attack(row, *passages.get(_place(row), ("", [row["text_hash"] % 2**32]))) for row in rows
    ]


_Place = tuple[int, int, int]


def _place(row: Mapping[str, Any]) -> _Place:
    return (row["text_hash"], row["place_start"], row["place_length"])


def _passages(
    engine: Engine, scope: Scope, places: Sequence[_Place]
) -> dict[_Place, tuple[str, Sequence[int]]]:
    """Return each passage that is kept, with its sketch."""
    found: dict[_Place, tuple[str, Sequence[int]]] = {}
    for first in range(0, len(places), _BATCH):
        batch = places[first : first + _BATCH]
        rows = run(
            engine, scope, load("guardrails/sketches"),
            hashes=[place[0] for place in batch],
            starts=[place[1] for place in batch],
            lengths=[place[2] for place in batch],
            shown=_SHOWN, longest=_LONGEST, size=SKETCH, limit=len(batch),
        )  # fmt: skip
        for hash_, start, length, text, _, sketch in rows.result_rows:
            found[hash_, start, length] = (text, sketch)
    return found


def _attack(row: Mapping[str, Any], text: str, sketch: Sequence[int]) -> AttackText:
    return AttackText(
        text=text,
        hash=row["text_hash"],
        sketch=sketch,
        first_seen_unix_nano=row["first_seen_ns"],
        last_seen_unix_nano=row["last_seen_ns"],
        traces=row["traces"],
        traces_before=row["traces_before"],
        tenants=row["tenants"],
        users=row["users"],
        found_by={Finder(*finder): count for finder, count in zip(*row["found_by"], strict=True)},
        vias=dict(zip(*row["vias"], strict=True)),
        carriers=row["carriers"],
        steps=dict(zip(*row["steps"], strict=True)),
        newest=[trace_id for _, trace_id in row["newest"]],
    )


def _traces(
    engine: Engine, scope: Scope, window: Window, q: str, filter_text: str
) -> dict[str, Any]:
    """Return what a question takes about the traces of a window."""
    part = Slice(window.start_ns, window.end_ns)
    reach = run(engine, scope, load("traces/reach"), start_ns=part.start_ns, end_ns=part.end_ns)
    return {
        "where": where_of(engine, scope, part, q, filter_text),
        "start_ns": part.start_ns,
        "end_ns": part.end_ns,
        "reach_ns": int(reach.result_rows[0][0]),
    }


def _step_ns(window: Window, step: timedelta | None) -> int:
    if step is None:
        return 0
    step_ns = step // timedelta(microseconds=1) * 1000
    if step_ns <= 0 or (window.end_ns - window.start_ns) > step_ns * MAX_BUCKETS:
        raise BadInput(
            "the step does not suit the window",
            hint=f"a step is longer than nothing, and a window has at most {MAX_BUCKETS} of them",
        )
    return step_ns
