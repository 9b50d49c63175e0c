"""Bodies of OTLP requests, as the content policy lets them leave."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.sdk.trace import ReadableSpan

from groundwire._cut import LONGEST_TEXT, cut_spans
from groundwire._masks import Mask, mask_records, mask_spans
from groundwire._notices import NOTICES

SCOPE: Final = "groundwire"


class SpanEncoding:
    """Makes the body of a request for spans."""

    def __init__(self, mask: Mask | None) -> None:
        """No `mask` is the policy `full`."""
        self._mask = mask

    def __call__(self, spans: list[ReadableSpan], largest: int) -> bytes | None:
        """Return the body; None where no span can be sent. `largest` is the size of the largest of them."""
        request = _encoded(spans)
        if request is None:
            return None
        if self._mask is not None:
            mask_spans(request, self._mask)
        if largest > LONGEST_TEXT:
            cut_spans(request)
        body: bytes = request.SerializeToString()
        return body


def _encoded(spans: list[ReadableSpan]) -> Any:
    try:
        return encode_spans(spans)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one span must not cost the others
        if len(spans) == 1:
            kind = type(error).__name__
            NOTICES.say("encode", f"{{amount}} span(s) dropped: they cannot be encoded ({kind})")
            return None
    request: Any = None
    for span in spans:
        one = _encoded([span])
        if request is None:
            request = one
        elif one is not None:
            request.MergeFrom(one)
    return request


class RecordEncoding:
    """Makes the body of a request for log records."""

    def __init__(self, mask: Mask | None, resource: Mapping[str, Any], version: str) -> None:
        self._mask = mask
        self._resource = resource
        self._version = version

    def __call__(self, records: list[LogRecord], largest: int) -> bytes | None:  # noqa: ARG002 - none is large
        """Return the body; the records themselves stay as they are, for a second try."""
        scope_logs = ScopeLogs(log_records=records)
        scope_logs.scope.name, scope_logs.scope.version = SCOPE, self._version
        resource_logs = ResourceLogs(scope_logs=[scope_logs])
        resource_logs.resource.attributes.extend(key_values(self._resource))
        request = ExportLogsServiceRequest(resource_logs=[resource_logs])
        if self._mask is not None:
            mask_records(request, self._mask)
        body: bytes = request.SerializeToString()
        return body


def key_values(attributes: Mapping[str, Any]) -> list[KeyValue]:
    """Return attributes as OTLP has them."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def any_value(value: Any) -> AnyValue:
    """Return a value as OTLP has it; what OTLP does not know as text."""
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    result = AnyValue()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        result.array_value.values.extend(any_value(one) for one in value)
    else:
        result.string_value = str(value).encode(errors="replace").decode()
    return result
