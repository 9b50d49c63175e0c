"""The Python SDK's exporters, and what a span can hold."""

import json
from typing import Any

import pytest

from tests.clients.conftest import Clients

pytestmark = pytest.mark.engine

TRANSPORTS = {
    "http": ("telemetry", (), {}),
    "http uncompressed": ("telemetry", (), {"OTEL_EXPORTER_OTLP_COMPRESSION": "none"}),
    "http deflate": ("telemetry", (), {"OTEL_EXPORTER_OTLP_COMPRESSION": "deflate"}),
    "grpc": ("telemetry_grpc", ("grpc.env",), {}),
}


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_everything_a_span_can_hold(clients: Clients, transport: str) -> None:
    """Names, kinds, parents, times, values of every type, events, links and errors read as they were set."""
    setup, settings, env = TRANSPORTS[transport]
    ids = json.loads(clients.python("everything.py", setup, settings=settings, **env))

    trace = clients.trace(ids["trace"])

    assert_everything(trace.facts, trace.spans, ids)
    root = clients.span(ids["trace"], ids["root"])
    assert root == trace.span("POST /checkout")
    assert root["scope_attributes"] == {"scope.team": "payments"}
    assert (root["scope_name"], root["scope_version"]) == ("shop.checkout", "1.2.3")
    assert root["attributes"]["bytes"] == "AP8="
    assert json.loads(root["attributes"]["structured"]) == {
        "list": [1, 2.5, "drei", True, None, ["nested", {"deep": {"er": [9007199254740993]}}]],
        "empty": {},
    }
    assert json.loads(root["events"][0]["attributes"]["largest"]) == {"sku": "A-1", "n": [1, 2]}
    assert clients.stats()["spans"] | {"received": 0, "stored": 0} == dict.fromkeys(
        clients.stats()["spans"], 0
    )


def assert_everything(facts: Any, spans: list[Any], ids: Any) -> None:
    """Check what the apps `everything` set, in whichever language."""
    by_name = {span["name"]: span for span in spans}
    root, charge = by_name["POST /checkout"], by_name["charge card"]
    assert (facts["name"], facts["service_name"], facts["has_root"]) == (
        "POST /checkout",
        "shop",
        True,
    )
    assert (facts["span_count"], facts["error_count"], facts["error_type"]) == (
        5,
        1,
        "TimeoutError",
    )
    assert (facts["session_id"], facts["user_id"], facts["tenant_id"]) == ("s-1", "u-1", "acme")
    assert (facts["user_tier"], facts["feature"]) == ("pro", "checkout")

    assert (root["span_id"], root["parent_span_id"]) == (ids["root"], "")
    assert {span["parent_span_id"] for span in spans if span is not root} == {ids["root"]}
    assert {span["name"]: (span["kind"], span["status"]) for span in spans} == {
        "POST /checkout": ("server", "unset"),
        "charge card": ("client", "error"),
        "as producer": ("producer", "ok"),
        "as consumer": ("consumer", "ok"),
        "as internal": ("internal", "ok"),
    }
    assert all(span["duration_ns"] >= 0 and span["time_issue"] == "" for span in spans)
    assert root["end_time_unix_nano"] == root["start_time_unix_nano"] + root["duration_ns"]

    attributes = root["attributes"]
    assert attributes["float"] == 0.1
    assert attributes["bool.false"] is False
    assert attributes["text.unicode"] == "Straße 東京 🧾 \x00 end"
    assert attributes["text.empty"] == ""
    assert json.loads(attributes["numbers"]) == [1, 2, 3]
    assert attributes["int.large"] == int(ids["large"])
    assert attributes["int.beyond.double"] == int(ids["beyond"])

    [event] = root["events"]
    assert (event["name"], str(event["attributes"]["items"])) == ("cart loaded", "3")
    assert root["start_time_unix_nano"] <= event["time_unix_nano"] <= root["end_time_unix_nano"]
    [link] = root["links"]
    assert (link["trace_id"], link["span_id"]) == ("a1" * 16, "b2" * 8)
    assert link["attributes"] == {"link.why": "retried"}

    assert (charge["error_type"], charge["status_message"]) == ("TimeoutError", "bank timeout")
    [exception] = charge["events"]
    assert exception["attributes"]["exception.message"] == "the bank did not answer: ¡ay!"
    assert "TimeoutError" in exception["attributes"]["exception.stacktrace"]


def test_logs_and_metrics(clients: Clients) -> None:
    """A log record with trace context shows on its trace and span; metrics and other records are counted."""
    ids = json.loads(clients.python("logs_and_metrics.py"))

    trace = clients.trace(ids["trace"])
    span = clients.span(ids["trace"], ids["span"])
    stats = clients.stats()

    [log] = trace.answer["logs"]
    assert [log | one for one in span["logs"]] == [log]
    assert (log["event_name"], log["severity_text"], log["service_name"]) == (
        "order.late",
        "WARN",
        "shop",
    )
    assert json.loads(log["body"]) == {"text": "¿dónde? 🧾", "n": [1, 9007199254740993]}
    assert log["attributes"] == {"order.id": "A-1093", "days": "3"}
    assert (stats["logs"]["received"], stats["logs"]["stored"]) == (2, 2)
    assert (stats["metrics"]["received"], stats["metrics"]["stored"]) == (2, 2)


def test_resource_and_project_of_the_environment(clients: Clients) -> None:
    """Resource attributes and the project are taken from the environment, as the guide says."""
    clients.project = "checkout"
    said = "deployment.environment.name=staging,service.version=7.1"
    ids = json.loads(
        clients.python(
            "everything.py", "telemetry", settings=("project.env",), OTEL_RESOURCE_ATTRIBUTES=said
        )
    )

    trace = clients.trace(ids["trace"])

    assert trace.facts["environment"] == "staging"
    assert {span["service_version"] for span in trace.spans} == {"7.1"}
    assert "checkout" in [p["name"] for p in clients.server.get("/projects")["projects"]]


def test_whose_trace_it_is(clients: Clients) -> None:
    """The guide's names for session, user, tier, customer and feature fill the trace's row."""
    clients.python("whose.py")
    clients.stats()

    [row] = clients.server.get("/traces", project=clients.project)["traces"]

    names = ("session_id", "user_id", "user_tier", "tenant_id", "feature")
    assert [row[name] for name in names] == [
        "conversation-81",
        "u-7",
        "pro",
        "acme",
        "order questions",
    ]
