from typing import Any

import pytest

from collector.checks import check
from collector.refusal_log import RefusalLog
from collector.signals import Signal
from tests.collector.otlp import EXAMPLES, SPAN_ID, TRACE_ID, add_span, logs, traces


@pytest.mark.parametrize("signal", Signal)
def test_sound_requests_are_accepted_unchanged(signal: Signal) -> None:
    """A sound request is counted and left alone."""
    request, items = EXAMPLES[signal]

    verdict = check(signal, request)

    assert (verdict.accepted, verdict.rejected, verdict.changed) == (items, 0, False)
    assert verdict.message(signal.protocol.noun) == ""


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"trace_id": b""}, "with a trace_id that is not 16 bytes"),
        ({"trace_id": bytes(16)}, "with a zero trace_id"),
        ({"span_id": b"1234567"}, "with a span_id that is not 8 bytes"),
        ({"span_id": bytes(8)}, "with a zero span_id"),
        ({"parent_span_id": b"1"}, "with a parent_span_id that is neither empty nor 8 bytes"),
    ],
)
def test_spans_with_bad_ids_are_taken_out(fields: dict[str, Any], reason: str) -> None:
    """A span with an id that cannot be one is taken out of the request, and the reason told."""
    request = traces(2)
    add_span(request, **fields)

    verdict = check(Signal.TRACES, request)

    assert (verdict.accepted, verdict.rejected, verdict.changed) == (2, 1, True)
    assert verdict.message("span") == f"1 span rejected: 1 {reason}."
    assert request == traces(2)


def test_root_spans_are_sound() -> None:
    """A span without a parent is a root, not a fault."""
    request = traces(0)
    add_span(request, parent_span_id=b"")

    assert check(Signal.TRACES, request).accepted == 1


def test_links_with_bad_ids_are_dropped() -> None:
    """A bad link is dropped and told; its span and the other links stay."""
    request = traces()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.links.add(trace_id=TRACE_ID, span_id=SPAN_ID)
    span.links.add(trace_id=TRACE_ID, span_id=b"")
    span.links.add(trace_id=bytes(16), span_id=SPAN_ID)

    verdict = check(Signal.TRACES, request)

    assert (verdict.accepted, verdict.rejected, verdict.changed) == (1, 0, True)
    assert verdict.message("span") == "Mended: 2 links with a bad trace_id or span_id dropped."
    assert [link.span_id for link in span.links] == [SPAN_ID]


def test_logs_with_bad_ids_stay_without_them() -> None:
    """A log record may have no ids, so bad ones are cleared and the record kept."""
    request = logs()
    record = request.resource_logs[0].scope_logs[0].log_records[0]
    record.trace_id = b"short"

    verdict = check(Signal.LOGS, request)

    assert (verdict.accepted, verdict.rejected, verdict.changed) == (1, 0, True)
    assert (record.trace_id, record.span_id) == (b"", SPAN_ID)


def test_refusals_are_logged_by_the_minute(caplog: pytest.LogCaptureFixture) -> None:
    """The first refusal of a kind is logged at once, later ones as a count each minute."""
    seconds = iter((0.0, 1.0, 59.0, 60.0, 60.0))
    log = RefusalLog(clock=lambda: next(seconds))

    for _ in range(4):
        log.note(Signal.TRACES, "Undecodable", "not protobuf", 2)
    log.note(Signal.LOGS, "Undecodable", "not protobuf")

    assert [record.getMessage() for record in caplog.records] == [
        "traces: 2 refused (Undecodable), the latest: not protobuf",
        "traces: 6 refused (Undecodable), the latest: not protobuf",
        "logs: 1 refused (Undecodable), the latest: not protobuf",
    ]
