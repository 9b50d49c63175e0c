"""What goes wrong in the demo, against what was planted in it."""

from datetime import timedelta

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analytics.failures.rules import CAUSES, RULES
from collector.signals import Signal
from collector.structured import flatten
from demo.capture import capture, truth
from demo.faults import Fault
from demo.plan import DemoPlan
from storage import failures
from storage.client import Engine
from storage.scope import Scope
from storage.window import Window
from tests.analytics.savings.stored import NOW, store_all

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PLAN = DemoPlan(seed=17, traces=1500)
PLANTED = {
    Fault.TRUNCATED: "truncated",
    Fault.EMPTY: "empty",
    Fault.WRONG_LANGUAGE: "wrong_language",
    Fault.REPETITION: "repeated",
    Fault.BROKEN_JSON: "invalid_json",
    Fault.TOOL_ERROR: "tool_error",
    Fault.TOOL_LOOP: "tool_loop",
    Fault.TIMEOUT: "timeout",
}
LIKE: dict[Fault, frozenset[Fault]] = {Fault.TRUNCATED: frozenset({Fault.REPETITION})}
"""Faults that bring another: an answer that repeats itself goes on until the length limit."""


def _received(body: bytes) -> bytes:
    """Return a request as the receiver stores it: lists in attributes as text."""
    request = ExportTraceServiceRequest.FromString(body)
    flatten(Signal.TRACES, request)
    return request.SerializeToString()


@pytest.fixture(scope="module")
def found(engine: Engine) -> dict[str, set[str]]:
    """Return all causes and tags by trace of the demo's history."""
    project = "failures-of-the-demo"
    store_all(engine, project, [_received(body) for body in capture(PLAN, now=NOW)])
    window = Window(NOW - timedelta(days=29), NOW + timedelta(hours=1))
    causes: dict[str, set[str]] = {}
    for cause in CAUSES:
        page = failures.traces_of(engine, Scope(project), window, RULES, cause.name, limit=1000)
        for row in page.rows:
            causes[row.trace_id] = {one.cause for one in row.causes}
    return causes


def test_what_was_planted_is_found(found: dict[str, set[str]]) -> None:
    """Of each kind of fault nearly all are found, and nothing is said of traces without it."""
    truths = list(truth(PLAN, now=NOW))
    for fault, cause in PLANTED.items():
        there = {one.trace_id for one in truths if fault in one.faults}
        alike = {one.trace_id for one in truths if one.faults & LIKE.get(fault, frozenset())}
        said = {trace_id for trace_id, causes in found.items() if cause in causes}
        assert len(there & said) >= 0.8 * len(there), cause
        assert len(said - there - alike) <= 1, cause


def test_objections_of_users_are_found(found: dict[str, set[str]]) -> None:
    """Most answers to which the user objects in the next turn are found, and no others."""
    objected = {one.corrects for one in truth(PLAN, now=NOW) if one.corrects}
    said = {trace_id for trace_id, causes in found.items() if "user_corrected" in causes}
    assert len(objected & said) >= 0.7 * len(objected)
    assert not said - objected
