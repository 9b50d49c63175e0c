"""In which order a list is read, and in which parts of its window."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from storage.errors import BadInput
from storage.page import Position
from storage.window import Slice, Window, slices

_BEFORE_ALL: Final = -(2**63)
_EVALUATION: Final = "evaluation."


@dataclass(frozen=True, slots=True)
class Order:
    """A column of a page's query and the direction, 1 or -1, in which it is read."""

    column: str
    direction: int
    evaluation: str = ""
    """Name of the evaluation that it goes by."""

    @classmethod
    def of(cls, sort: str, allowed: Sequence[str]) -> "Order":
        """Return the order that `sort` names: one of `allowed` or an evaluation, `-` in front for descending."""
        key = sort.removeprefix("-")
        direction = -1 if sort.startswith("-") else 1
        if key.startswith(_EVALUATION) and len(key) > len(_EVALUATION):
            return cls("by_evaluation", direction, key.removeprefix(_EVALUATION))
        key = "start_time" if key == "time" else key
        if key not in allowed:
            known = ", ".join((*allowed, f"{_EVALUATION}<name>"))
            raise BadInput(
                f"cannot sort by {sort!r}", hint=f"sort by {known}; `-` in front turns it round"
            )
        return cls(f"by_{key}", direction)

    def question(self, name: str) -> str:
        """Return which question reads a list in this order: `name`, or its sibling that goes by an evaluation."""
        return f"{name}_by_evaluation" if self.evaluation else name

    def parts(self, span: Slice, after: Position | None) -> Iterable[Slice]:
        """Yield the parts of a window in the order's own order; all at once if it is not by time."""
        if self.column != "by_start_time":
            return [span]
        start_ns, end_ns = span.start_ns, span.end_ns
        if after is not None:
            # A place is a time, with the sign of the direction.
            reached = int(after.value) * self.direction
            if self.direction < 0:
                end_ns = min(end_ns, reached + 1)
            else:
                start_ns = max(start_ns, reached)
        return slices(start_ns, end_ns, newest_first=self.direction < 0)

    def values(self, part: Slice, after: Position | None) -> dict[str, Any]:
        """Return what the placeholders of a page's query take, but for its limit."""
        by = {"evaluation": self.evaluation} if self.evaluation else {"sort": self.column}
        return {
            "start_ns": part.start_ns,
            "end_ns": part.end_ns,
            **by,
            "direction": self.direction,
            "after": int(after.value) if after else _BEFORE_ALL,
            "after_id": after.id if after else "",
        }


def clipped(start_ns: int, end_ns: int, window: Window | None) -> Slice | None:
    """Return the part of [start_ns, end_ns) that is within `window`; None if there is none."""
    if window is not None:
        start_ns, end_ns = max(start_ns, window.start_ns), min(end_ns, window.end_ns)
    return Slice(start_ns, end_ns) if start_ns < end_ns else None
