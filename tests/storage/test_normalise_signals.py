"""Evaluations, log records and metric points through the real path."""

import time

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from storage.client import Engine
from tests.samples import Traces, message, set_attributes
from tests.storage.landed import land, land_logs, land_metrics, rows, texts, total

TRACE, SPAN = b"\1" * 16, b"\2" * 8


def test_evaluation_event(engine: Engine, project: str) -> None:
    """An evaluation on a span is one of that span; a score that is no number is none."""
    traces = Traces()
    span = traces.span("judged")
    for name, score in (("good", 0.5), ("odd", float("nan")), ("text", "0.25")):
        event = span.events.add(
            name="gen_ai.evaluation.result", time_unix_nano=span.end_time_unix_nano
        )
        set_attributes(
            event, {"gen_ai.evaluation.name": name, "gen_ai.evaluation.score.value": score}
        )
        set_attributes(
            event,
            {"gen_ai.evaluation.score.label": "pass", "gen_ai.evaluation.explanation": "since"},
        )
    land(engine, project, traces.body())
    found = {row["name"]: row for row in rows(engine, "evaluation_versions", project)}
    assert {name: row["score"] for name, row in found.items()} == {
        "good": 0.5,
        "odd": None,
        "text": 0.25,
    }
    assert (found["good"]["label"], found["good"]["explanation"]) == ("pass", "since")
    assert found["good"]["span_id"] == span.span_id.hex()


def test_evaluation_that_names_its_target(engine: Engine, project: str) -> None:
    """Feedback on a span of its own belongs to the span that it names; one of a trace has no span."""
    traces = Traces()
    carrier = traces.span("feedback")
    for name, scope in (("span", ""), ("trace", "trace")):
        event = carrier.events.add(name="gen_ai.evaluation.result")
        set_attributes(event, {"gen_ai.evaluation.name": name, "gen_ai.evaluation.scope": scope})
        set_attributes(
            event,
            {"gen_ai.evaluation.target.trace_id": "aa", "gen_ai.evaluation.target.span_id": "bb"},
        )
    land(engine, project, traces.body())
    found = {row["name"]: row for row in rows(engine, "evaluation_versions", project)}
    assert (found["span"]["trace_id"], found["span"]["span_id"]) == ("aa", "bb")
    assert (found["trace"]["trace_id"], found["trace"]["span_id"]) == ("aa", "")
    assert (
        abs(found["span"]["time"].timestamp() - time.time()) < 300
    )  # an event without time has its span's


def test_contents_of_log_records(engine: Engine, project: str) -> None:
    """An operation.details record adds its messages to the span, and its body is a content."""
    land_logs(
        engine,
        project,
        {
            "trace_id": TRACE,
            "span_id": SPAN,
            "time_unix_nano": time.time_ns(),
            "severity_number": 9,
            "event_name": "gen_ai.client.inference.operation.details",
            "body": "caf\u00e9",
            "attributes": {
                "gen_ai.input.messages": [message("user", "hi")],
                "gen_ai.output.messages": [message("assistant", "hello")],
                "gen_ai.request.model": "m",
            },
        },
    )
    (addition,) = rows(engine, "span_additions", project)
    assert (addition["trace_id"], addition["span_id"]) == (TRACE.hex(), SPAN.hex())
    assert texts(engine, project, addition["input_messages"] + addition["output_messages"]) == [
        "hi",
        "hello",
    ]
    (log,) = rows(engine, "logs", project)
    assert texts(engine, project, log["body"]) == ["caf\u00e9"]
    assert log["attributes"] == {"gen_ai.request.model": "m"}
    assert total(engine, "touched_traces", project) == 1


def test_log_record_without_anything(engine: Engine, project: str) -> None:
    """A record without time, trace or name is stored as received now; the event name may be an attribute."""
    land_logs(engine, project, {}, {"severity_number": 99, "attributes": {"event.name": "e"}})
    bare, named = sorted(rows(engine, "logs", project), key=lambda row: row["event_name"])
    assert (bare["trace_id"], bare["body"], bare["event_name"]) == ("", [], "")
    assert abs(bare["time"].timestamp() - time.time()) < 300
    assert (named["event_name"], named["severity_number"]) == ("e", 24)
    assert total(engine, "span_additions", project) == 0


def test_evaluation_record(engine: Engine, project: str) -> None:
    """An evaluation may come as a log record, joined by the response's id."""
    attributes = {
        "gen_ai.evaluation.name": "ok",
        "gen_ai.evaluation.score.value": 1,
        "gen_ai.response.id": "r",
    }
    land_logs(
        engine,
        project,
        {
            "time_unix_nano": time.time_ns(),
            "event_name": "gen_ai.evaluation.result",
            "attributes": attributes,
        },
    )
    (row,) = rows(engine, "evaluation_versions", project)
    assert (row["name"], row["score"], row["response_id"], row["trace_id"]) == ("ok", 1.0, "r", "")


def every_type(time_ns: int) -> ExportMetricsServiceRequest:
    """Make a request with a metric of each type."""
    request = ExportMetricsServiceRequest()
    resource = request.resource_metrics.add()
    set_attributes(resource.resource, {"service.name": "vllm"})
    metrics = resource.scope_metrics.add().metrics
    times = {"time_unix_nano": time_ns, "start_time_unix_nano": time_ns - 10}
    gauge = metrics.add(name="gauge", unit="1").gauge.data_points
    set_attributes(gauge.add(as_double=0.5, **times), {"gpu": 1})
    gauge.add(as_int=-3, **times)
    total_ = metrics.add(name="sum").sum
    total_.is_monotonic = True
    total_.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
    total_.data_points.add(as_int=7, **times)
    histogram = metrics.add(name="histogram").histogram
    histogram.aggregation_temporality = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    histogram.data_points.add(
        count=3, sum=1.5, min=0.1, max=1.0, bucket_counts=[1, 2], explicit_bounds=[0.5], **times
    )
    exponential = metrics.add(name="exponential").exponential_histogram.data_points.add(
        count=2, scale=3, zero_count=1, **times
    )
    exponential.positive.offset, exponential.negative.offset = -4, 5
    exponential.positive.bucket_counts.extend([1, 0])
    summary = metrics.add(name="summary").summary.data_points.add(count=2, sum=4.0, **times)
    summary.quantile_values.add(quantile=0.5, value=2.0)
    metrics.add(name="empty")
    return request


def test_metric_points_of_every_type(engine: Engine, project: str) -> None:
    """Each data point is a row that keeps all that its type has."""
    land_metrics(engine, project, every_type(time.time_ns()))
    found = {(row["name"], row["value"]): row for row in rows(engine, "metrics", project)}
    types = {name: row["type"] for (name, _), row in found.items()}
    assert types.pop("exponential") == "exponential_histogram"
    assert types == {name: name for name in ("gauge", "sum", "histogram", "summary")}
    assert found["gauge", 0.5]["attributes"] == {"gpu": "1"}
    assert found["gauge", -3.0]["service_name"] == "vllm"
    assert (found["sum", 7.0]["temporality"], found["sum", 7.0]["is_monotonic"]) == (
        "cumulative",
        True,
    )
    histogram = found["histogram", None]
    assert (
        histogram["count"],
        histogram["sum"],
        histogram["min"],
        histogram["bounds"],
        histogram["bucket_counts"],
    ) == (3, 1.5, 0.1, [0.5], [1, 2])
    exponential = found["exponential", None]
    assert (
        exponential["scale"],
        exponential["zero_count"],
        exponential["positive_offset"],
        exponential["negative_offset"],
    ) == (3, 1, -4, 5)
    assert exponential["sum"] is None
    assert found["summary", None]["quantiles"] == [{"quantile": 0.5, "value": 2.0}]


def test_metric_point_sent_again_goes_at_the_merge(engine: Engine, project: str) -> None:
    """A retried export of metrics leaves no second row once parts are merged."""
    request = every_type(time.time_ns())
    land_metrics(engine, project, request)
    once = total(engine, "metrics", project)
    land_metrics(engine, project, request)
    engine.client().command("OPTIMIZE TABLE metrics FINAL")
    assert total(engine, "metrics", project) == once == 6
