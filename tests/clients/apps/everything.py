"""An app without an instrumentation: every kind of thing that a span can hold, set by hand.

Its argument names the module that sets up the SDK. Prints the ids of its spans by name.
"""

# ruff: noqa: T201, TRY301

import importlib
import json
import sys

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags

importlib.import_module(sys.argv[1])

tracer = trace.get_tracer("shop.checkout", "1.2.3", attributes={"scope.team": "payments"})
STRUCTURED = {
    "list": [1, 2.5, "drei", True, None, ["nested", {"deep": {"er": [9007199254740993]}}]],
    "empty": {},
}
elsewhere = SpanContext(
    int("a1" * 16, 16), int("b2" * 8, 16), is_remote=True, trace_flags=TraceFlags(1)
)
LARGE, BEYOND = 9223372036854775807, -9007199254740993
ids = {"large": str(LARGE), "beyond": str(BEYOND)}

with tracer.start_as_current_span(
    "POST /checkout",
    kind=SpanKind.SERVER,
    links=[Link(elsewhere, {"link.why": "retried"})],
    attributes={
        "session.id": "s-1",
        "user.id": "u-1",
        "tenant.id": "acme",
        "user.tier": "pro",
        "feature.name": "checkout",
        "int.large": LARGE,
        "int.beyond.double": BEYOND,
        "float": 0.1,
        "bool.false": False,
        "text.unicode": "Straße 東京 🧾 \u0000 end",
        "text.empty": "",
        "numbers": [1, 2, 3],
        "structured": STRUCTURED,
        "bytes": b"\x00\xff",
    },
) as root:
    ids["trace"] = f"{root.get_span_context().trace_id:032x}"
    ids["root"] = f"{root.get_span_context().span_id:016x}"
    root.add_event("cart loaded", {"items": 3, "largest": {"sku": "A-1", "n": [1, 2]}})
    with tracer.start_as_current_span("charge card", kind=SpanKind.CLIENT) as charge:
        ids["charge"] = f"{charge.get_span_context().span_id:016x}"
        try:
            raise TimeoutError("the bank did not answer: ¡ay!")
        except TimeoutError as error:
            charge.record_exception(error)
            charge.set_status(StatusCode.ERROR, "bank timeout")
    for kind in (SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.INTERNAL):
        with tracer.start_as_current_span(f"as {kind.name.lower()}", kind=kind) as span:
            span.set_status(StatusCode.OK)
print(json.dumps(ids))
