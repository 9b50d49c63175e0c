"""What questions about evaluations return."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.window import from_unix_nano


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRow:
    """A version of a named judgement of a span, of a whole trace (`span_id` is '') or of a session."""

    id: str = ""
    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    """Of the session that is judged as a whole; '' where a trace or a span is."""
    time_unix_nano: int = 0
    """When it was judged."""
    name: str
    kind: str = ""
    """'number', 'boolean', 'category', or 'text' where there is neither score nor label."""
    score: float | None = None
    """The number; of a boolean 1 or 0."""
    label: str = ""
    explanation: str = ""
    correction: str = ""
    """The answer as it should have been."""
    source: str = ""
    """'human', 'code' or 'model'; '' where the sender did not say."""
    author: str = ""
    by_member: bool = False
    """Given here by `author`, who was signed in. What comes from outside may name any author."""
    response_id: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    changed_at_unix_nano: int = 0
    """When this version was received."""
    is_deleted: bool = False
    """This version retracts the ones before."""

    @property
    def time(self) -> datetime:
        """When it was judged, UTC, cut to microseconds."""
        return from_unix_nano(self.time_unix_nano)


@dataclass(frozen=True, slots=True)
class Score:
    """What the evaluations of one name come to on a trace, span or session: one cell of a list."""

    kind: str
    """The kind of most of them."""
    score: float | None
    """Mean of the numbers; of booleans the share of true ones. None where there is no number."""
    label: str
    """The commonest label, '' where there is none."""
    count: int
    """How many evaluations there are, of any author, each in its newest version."""
    sources: list[str]
    """Who judged: 'human', 'code', 'model'."""
