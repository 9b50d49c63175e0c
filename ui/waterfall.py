"""The spans of a trace as the waterfall draws them: a tree in drawing order, as columns, light for 30,000 spans."""

from collections.abc import Sequence
from typing import Any, Final

from storage.spans import SpanSummary, Trace
from ui.critical_path import Interval, critical_path

_COLUMNS: Final = {
    "id": "span_id",
    "name": "name",
    "kind": "kind",
    "status": "status",
    "service": "service_name",
    "operation": "operation",
    "model": "model",
    "tool": "tool_name",
    "agent": "agent_name",
    "engine": "serving_engine",
    "duration": "duration_ns",
    "tokens": "total_tokens",
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cost": "reported_cost_usd",
    "ttft": "time_to_first_token_s",
    "queue": "queue_s",
    "prefill": "prefill_s",
    "decode": "decode_s",
    "guardrail": "guardrail_name",
    "verdict": "guardrail_verdict",
    "cache_hit": "cache_hit",
    "retries": "retry_count",
    "fallback": "is_fallback",
    "error": "error_type",
    "error_message": "error_message",
    "documents": "document_count",
    "time_issue": "time_issue",
}
_SPARSE: Final = frozenset({"", 0, None})
"""Values that a column leaves out where every span has them: most traces have no guardrail, no engine, no retry."""


def waterfall(trace: Trace) -> dict[str, Any]:
    """Return the tree of a trace as columns in drawing order.

    `parent` holds row indices (-1: no parent here), `depth` levels, `start` nanoseconds after `start_unix_nano`;
    `length` is the whole trace's, from the first start to the last end. `critical` holds [row, start, length] of each
    stretch of the critical path. A span whose parent never came stands at the
    top and counts as `orphan`.
    """
    spans, parents = in_tree_order(trace.spans)
    begin = min((s.start_time_unix_nano for s in spans), default=0)
    end = max((s.start_time_unix_nano + s.duration_ns for s in spans), default=0)
    intervals = [
        Interval(s.start_time_unix_nano, s.start_time_unix_nano + s.duration_ns, parent)
        for s, parent in zip(spans, parents, strict=True)
    ]
    return {
        "start_unix_nano": str(begin),  # as text: JavaScript's numbers end at 2**53
        "length": end - begin,
        "count": len(spans),
        "parent": parents,
        "depth": _depths(parents),
        "start": [s.start_time_unix_nano - begin for s in spans],
        "critical": [[s.index, s.start - begin, s.end - s.start] for s in critical_path(intervals)],
        "orphan": [
            row
            for row, (s, parent) in enumerate(zip(spans, parents, strict=True))
            if s.parent_span_id and parent < 0
        ],
        **_columns(spans),
    }


def _columns(spans: Sequence[SpanSummary]) -> dict[str, list[Any]]:
    columns = {key: [getattr(s, field) for s in spans] for key, field in _COLUMNS.items()}
    return {key: column for key, column in columns.items() if not set(column) <= _SPARSE}


def in_tree_order(spans: Sequence[SpanSummary]) -> tuple[list[SpanSummary], list[int]]:
    """Return the spans with each parent before its children, and each one's parent as an index, -1 for none.

    Siblings stand in order of start. Spans that name each other as parents (broken senders do) are cut open at the
    first of them, so none is lost.
    """
    first_of: dict[str, int] = {}
    for index, span in enumerate(spans):
        first_of.setdefault(span.span_id, index)
    children: dict[int, list[int]] = {}
    for index, span in enumerate(spans):
        parent = first_of.get(span.parent_span_id, -1) if span.parent_span_id else -1
        children.setdefault(-1 if parent == index else parent, []).append(index)
    order: list[int] = []
    place: dict[int, int] = {}
    parents: list[int] = []

    def draw(top: int) -> None:
        waiting = [(top, -1)]
        while waiting:
            index, parent = waiting.pop()
            if index in place:
                continue
            place[index] = len(order)
            order.append(index)
            parents.append(parent)
            waiting += [(child, place[index]) for child in reversed(children.get(index, []))]

    for top in children.get(-1, []):
        draw(top)
    for index in range(len(spans)):  # what is left hangs in a ring of parents
        if index not in place:
            draw(index)
    return [spans[index] for index in order], parents


def _depths(parents: Sequence[int]) -> list[int]:
    depths: list[int] = []
    for parent in parents:
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
    return depths
