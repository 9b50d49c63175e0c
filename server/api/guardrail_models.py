"""What the routes about guardrails answer."""

from typing import Literal

from pydantic import BaseModel

from server.api.failures import ShareOut

SourceOut = Literal["app", "groundwire"]


class TripRateOut(BaseModel):
    """How often a guardrail tripped, among the traces that it checked; `filter` finds those in which it did."""

    source: SourceOut
    guardrail: str
    value: str
    checked: int
    trips: int
    modifications: int
    errors: int
    rate: ShareOut
    filter: str


class TripStep(BaseModel):
    """A step in which a guardrail checked something."""

    start: str
    checked: int
    trips: int
    rate: ShareOut


class GuardrailOut(TripRateOut):
    """A guardrail, its rate in the window before (none where it checked nothing then) and over time."""

    before: ShareOut | None
    change: ShareOut | None
    over_time: list[TripStep]


class GuardrailsAnswer(BaseModel):
    """Guardrails of a window, those with the most trips first, and each by one dimension where that is asked for."""

    guardrails: list[GuardrailOut]
    by: list[TripRateOut]


class FinderOut(BaseModel):
    """Who found a pattern, in how many traces."""

    source: SourceOut
    guardrail: str
    traces: int


class PatternOut(BaseModel):
    """Attacks with like texts. `text` is hostile; `over_time` has the traces of each step; `filter` finds `newest`."""

    id: str
    text: str
    texts: int
    traces: int
    traces_before: int
    is_new: bool
    first_seen: str
    first_seen_unix_nano: int
    last_seen: str
    last_seen_unix_nano: int
    tenants: list[str]
    users: int
    found_by: list[FinderOut]
    vias: dict[str, int]
    carriers: list[str]
    over_time: list[int]
    newest: list[str]
    filter: str


class PatternsAnswer(BaseModel):
    """Attacks of a window by pattern: new ones first, then those of the most traces."""

    patterns: list[PatternOut]
    is_cut: bool
