"""Check the items of a request one by one: one bad span must not cost its whole batch.

- a span is refused when its trace_id, span_id or parent_span_id cannot be one;
- a link whose ids cannot be is dropped, and its span stays;
- a log record is kept; ids of a wrong length are cleared, for a log may have none;
- a data point is kept: metrics have nothing to refuse singly.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from collector.signals import Signal
from collector.walk import data_points, log_records, metrics, spans

_ZERO_TRACE_ID = bytes(16)
_ZERO_SPAN_ID = bytes(8)

_WRONG_PATH_HINT = (
    "No span has a trace_id. Logs belong to /v1/logs and metrics to /v1/metrics: check that"
    " the exporter's endpoint is not set to /v1/traces."
)


@dataclass(slots=True)
class Verdict:
    """What the check of a request found.

    `changed` says that the message was changed, so its original bytes no longer stand for it.
    `refused` counts refused items by reason, `mended` counts what was dropped or cleared within
    items that were kept.
    """

    accepted: int = 0
    changed: bool = False
    refused: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    hint: str = ""

    @property
    def rejected(self) -> int:
        """How many items were refused singly."""
        return self.refused.total()

    def message(self, noun: str) -> str:
        """Say to the sender how many items of kind `noun` were refused and why; may be empty."""
        sentences = []
        if self.refused:
            sentences.append(f"{_count(self.rejected, noun)} rejected: {_listed(self.refused)}.")
        if self.mended:
            sentences.append(f"Mended: {_listed(self.mended)}.")
        if self.hint:
            sentences.append(self.hint)
        return " ".join(sentences)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _listed(reasons: Counter[str]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())


def check(signal: Signal, request: Any) -> Verdict:
    """Check a parsed request, taking out of it what is refused."""
    if signal is Signal.TRACES:
        return _check_traces(request)
    if signal is Signal.LOGS:
        return _check_logs(request)
    return Verdict(accepted=sum(len(data_points(metric)) for metric in metrics(request)))


def _check_traces(request: Any) -> Verdict:
    count = _count_if_sound(request)
    if count is not None:
        return Verdict(accepted=count)
    verdict = Verdict()
    without_trace_id = 0
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            without_trace_id += sum(len(span.trace_id) != 16 for span in scope_spans.spans)
            _keep_sound(scope_spans.spans, verdict)
    if verdict.rejected == without_trace_id and not verdict.accepted:
        verdict.hint = _WRONG_PATH_HINT
    for span in spans(request):
        _drop_bad_links(span, verdict)
    verdict.changed = bool(verdict.refused or verdict.mended)
    return verdict


def _count_if_sound(request: Any) -> int | None:
    """Count the spans of a request in which all ids are right; None when one is not.

    This runs for every span received: it reads each id once and calls nothing of ours.
    """
    count = 0
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                trace_id = span.trace_id
                span_id = span.span_id
                if (
                    len(trace_id) != 16
                    or len(span_id) != 8
                    or trace_id == _ZERO_TRACE_ID
                    or span_id == _ZERO_SPAN_ID
                    or len(span.parent_span_id) not in (0, 8)
                    or (span.links and any(map(_link_fault, span.links)))
                ):
                    return None
            count += len(scope_spans.spans)
    return count


def _keep_sound(scope_spans: Any, verdict: Verdict) -> None:
    """Count sound spans, and take the others out of the list."""
    faults = [_span_fault(span) for span in scope_spans]
    verdict.accepted += faults.count("")
    if not any(faults):
        return
    verdict.refused.update(fault for fault in faults if fault)
    sound = [span for span, fault in zip(scope_spans, faults, strict=True) if not fault]
    del scope_spans[:]
    scope_spans.extend(sound)


def _span_fault(span: Any) -> str:
    """Name what is wrong with a span's ids; empty when nothing is."""
    if len(span.trace_id) != 16:
        return "with a trace_id that is not 16 bytes"
    if span.trace_id == _ZERO_TRACE_ID:
        return "with a zero trace_id"
    if len(span.span_id) != 8:
        return "with a span_id that is not 8 bytes"
    if span.span_id == _ZERO_SPAN_ID:
        return "with a zero span_id"
    if len(span.parent_span_id) not in (0, 8):
        return "with a parent_span_id that is neither empty nor 8 bytes"
    return ""


def _link_fault(link: Any) -> bool:
    return (
        len(link.trace_id) != 16
        or len(link.span_id) != 8
        or link.trace_id == _ZERO_TRACE_ID
        or link.span_id == _ZERO_SPAN_ID
    )


def _drop_bad_links(span: Any, verdict: Verdict) -> None:
    sound = [link for link in span.links if not _link_fault(link)]
    dropped = len(span.links) - len(sound)
    if dropped:
        verdict.mended["links with a bad trace_id or span_id dropped"] += dropped
        del span.links[:]
        span.links.extend(sound)


def _check_logs(request: Any) -> Verdict:
    verdict = Verdict()
    for record in log_records(request):
        verdict.accepted += 1
        for name, length in (("trace_id", 16), ("span_id", 8)):
            if len(getattr(record, name)) not in (0, length):
                record.ClearField(name)
                verdict.mended[f"{name} of a wrong length cleared"] += 1
    verdict.changed = bool(verdict.mended)
    return verdict
