"""The ways through a parsed request, one function a level.

They name fields only, so they work on the generated messages and on the private copy of them that
`collector.salvage` reads damaged requests with.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from collector.signals import Signal


def spans(request: Any) -> Iterator[Any]:
    """Yield every span of a trace request."""
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            yield from scope_spans.spans


def log_records(request: Any) -> Iterator[Any]:
    """Yield every record of a log request."""
    for resource_logs in request.resource_logs:
        for scope_logs in resource_logs.scope_logs:
            yield from scope_logs.log_records


def metrics(request: Any) -> Iterator[Any]:
    """Yield every metric of a metric request."""
    for resource_metrics in request.resource_metrics:
        for scope_metrics in resource_metrics.scope_metrics:
            yield from scope_metrics.metrics


def data_points(metric: Any) -> Any:
    """Give the data points of a metric, whatever its kind; nothing when it has none."""
    kind = metric.WhichOneof("data")
    return getattr(metric, kind).data_points if kind else ()


def attribute_lists(
    signal: Signal, request: Any, among: Iterable[Any] | None = None
) -> Iterator[Any]:
    """Yield every list of attributes in a request; of spans only of those in `among` where that is given."""
    if signal is Signal.TRACES:
        yield from _around_spans(request)
        for span in spans(request) if among is None else among:
            yield from _of_span(span)
    elif signal is Signal.LOGS:
        yield from _of_logs(request)
    else:
        yield from _of_metrics(request)


def _around_spans(request: Any) -> Iterator[Any]:
    for resource_spans in request.resource_spans:
        yield resource_spans.resource.attributes
        for scope_spans in resource_spans.scope_spans:
            yield scope_spans.scope.attributes


def _of_span(span: Any) -> Iterator[Any]:
    yield span.attributes
    for event in span.events:
        yield event.attributes
    for link in span.links:
        yield link.attributes


def _of_logs(request: Any) -> Iterator[Any]:
    for resource_logs in request.resource_logs:
        yield resource_logs.resource.attributes
        for scope_logs in resource_logs.scope_logs:
            yield scope_logs.scope.attributes
            for record in scope_logs.log_records:
                yield record.attributes


def _of_metrics(request: Any) -> Iterator[Any]:
    for resource_metrics in request.resource_metrics:
        yield resource_metrics.resource.attributes
        for scope_metrics in resource_metrics.scope_metrics:
            yield scope_metrics.scope.attributes
            for metric in scope_metrics.metrics:
                yield metric.metadata
                for point in data_points(metric):
                    yield from _of_data_point(point)


def _of_data_point(point: Any) -> Iterator[Any]:
    yield point.attributes
    for exemplar in getattr(point, "exemplars", ()):  # a summary's points have none
        yield exemplar.filtered_attributes
