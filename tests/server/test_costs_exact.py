"""Kill the program while calls come in, in any order and again: what was spent is exact to the last digit."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.engine import ROOT, Server, wait_until
from tests.samples import Traces, set_attributes
from tests.thoroughness import times

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(900)]

KILLS: Final = times(2, 4)
TRACES: Final = 400
REQUESTS: Final = 60
OWN: Final = "ft:ours"
UNKNOWN: Final = "nobody-knows"
MODELS: Final = ("gpt-4o", OWN, UNKNOWN)

Rates = tuple[Decimal, Decimal, Decimal]
"""USD a token: input, read from the cache, output."""


def rates(*per_million: str) -> Rates:
    """Return rates from USD a million tokens."""
    uncached, cached, output = (Decimal(usd) / 1_000_000 for usd in per_million)
    return uncached, cached, output


GPT_4O: Final = rates("2.50", "1.25", "10")


@dataclass
class Truth:
    """The spans that were sent, and what they cost by the rules as a person would apply them."""

    parents: dict[bytes, bytes] = field(default_factory=dict)
    used: dict[bytes, tuple[str, int, int, int]] = field(default_factory=dict)
    """Model, input tokens, cached ones of them, output tokens of each span that reports usage."""

    def note(self, span: Any, usage: tuple[str, int, int, int] | None) -> None:
        """Remember a span."""
        self.parents[span.span_id] = span.parent_span_id
        if usage is not None:
            self.used[span.span_id] = usage

    def calls(self) -> dict[bytes, tuple[str, int, int, int]]:
        """Return the spans that count: those below which no other span reports usage."""
        repeated = set()
        for span_id in self.used:
            above = self.parents[span_id]
            while above:
                repeated.add(above)
                above = self.parents[above]
        return {span_id: usage for span_id, usage in self.used.items() if span_id not in repeated}

    def cost(self, prices: Mapping[str, Rates]) -> Decimal:
        """Return what all calls cost together; models without a price add nothing."""
        total = Decimal(0)
        for model, sent, cached, output in self.calls().values():
            if model in prices:
                of_uncached, of_cached, of_output = prices[model]
                total += (sent - cached) * of_uncached + cached * of_cached + output * of_output
        return total

    def count(self, model: str = "") -> int:
        """Return how many calls there are, of one model or of all."""
        return sum(usage[0] == model or not model for usage in self.calls().values())


def plan(truth: Truth, seed: int) -> list[bytes]:
    """Make requests whose spans are those of several hundred traces, shuffled all together."""
    dice = random.Random(seed)
    start_ns = (int(time.time()) - 7200) * 10**9
    traces = Traces(seed, start_ns=start_ns)
    for number in range(TRACES):
        at = start_ns + number * 15 * 10**9
        made = [traces.span("POST /chat", start_ns=at, tenant__id=f"t{number % 7}")]
        truth.note(made[0], None)
        for _ in range(dice.randrange(1, 7)):
            span = traces.span("step", parent=dice.choice(made), start_ns=at)
            made.append(span)
            truth.note(span, _usage(dice, span))
    spans = list(traces.request.resource_spans[0].scope_spans[0].spans)
    dice.shuffle(spans)
    size = len(spans) // REQUESTS + 1
    return [_request(traces, spans[first : first + size]) for first in range(0, len(spans), size)]


def _usage(dice: random.Random, span: Any) -> tuple[str, int, int, int] | None:
    """Let two spans of three report usage; return it."""
    if dice.random() < 1 / 3:
        return None
    sent, output = dice.randrange(1, 100_000), dice.randrange(10_000)
    usage = (dice.choice(MODELS), sent, dice.randrange(sent), output)
    model, _, cached, _ = usage
    set_attributes(span, {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": sent, "gen_ai.usage.cache_read.input_tokens": cached,
        "gen_ai.usage.output_tokens": output,
    })  # fmt: skip
    return usage


def _request(traces: Traces, spans: Sequence[Any]) -> bytes:
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.CopyFrom(traces.request.resource_spans[0].resource)
    resource_spans.scope_spans.add().spans.extend(spans)
    return request.SerializeToString()


class Sender(threading.Thread):
    """Sends requests, each until it is acknowledged, as exporters do."""

    def __init__(self, url: str, bodies: Sequence[bytes]) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._bodies = bodies
        self.sent = 0

    def run(self) -> None:
        """Send them all."""
        with httpx.Client(timeout=20) as client:
            for body in self._bodies:
                while not self._is_taken(client, body):
                    time.sleep(0.05)  # the program is being killed and started meanwhile
                self.sent += 1
                time.sleep(0.1)  # so that kills come amid the load

    def _is_taken(self, client: httpx.Client, body: bytes) -> bool:
        try:
            answer = client.post(
                f"{self._url}/v1/traces",
                content=body,
                headers={"content-type": "application/x-protobuf"},
            )
        except httpx.TransportError:
            return False
        return answer.status_code == 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Run a program that is killed and started at will."""
    server = Server(tmp_path)
    server.start()
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def set_price(server: Server, per_million: tuple[str, str, str], price_id: str = "") -> str:
    """Give the fine-tuned model a price, or another one; return the id of the entry."""
    uncached, cached, output = per_million
    body = {
        "model": OWN,
        "valid_from": "2020-01-01T00:00:00Z",
        "rates": {"input": uncached, "cache_read": cached, "output": output},
    }
    method, path = ("PUT", f"/prices/{price_id}") if price_id else ("POST", "/prices")
    answer = httpx.request(method, f"{server.url}/api/v1{path}", json=body, timeout=60)
    assert answer.is_success, answer.text
    return str(answer.json()["id"])


def usage(server: Server) -> dict[str, Any]:
    """Return what the rollups say of the whole time."""
    answer = server.get("/usage", start="2020-01-01T00:00:00Z", end="2100-01-01T00:00:00Z")
    return dict(answer["totals"])


def wait_settled(server: Server, requests: int, unpriced: int) -> None:
    """Wait until the rollups have all calls, each with a price that has one."""
    wanted = (requests, unpriced)

    def settled() -> bool:
        totals = usage(server)
        return (totals["requests"], totals["unpriced_requests"]) == wanted

    wait_until(
        settled, 240, what=f"{wanted} calls; there are {usage(server)}; {server.log[-2000:]}"
    )


def stored(directory: Path) -> dict[str, Decimal]:
    """Return what the closed store says was spent, by each table, to the last digit."""
    seen = "(next_costing != 0 AND next_costing IN (SELECT id FROM costings WHERE state = 'published'))"
    of = {
        "calls": f"sumIf(if({seen}, next.cost_usd, now.cost_usd), if({seen}, next.counted, now.counted))",
        "usage_by_hour": f"sum(if({seen}, next.cost_usd, now.cost_usd))",
        "usage_by_session": f"sum(if({seen}, next.cost_usd, now.cost_usd))",
    }
    parts = ", ".join(
        f"(SELECT toString({sums}) FROM {table} FINAL)"  # noqa: S608 - ours
        for table, sums in of.items()
    )
    printed = subprocess.run(
        [sys.executable, "-m", "tests.ask", str(directory / "data" / "clickhouse")],
        cwd=ROOT, check=True, capture_output=True, input=f"SELECT {parts}".encode(),
    )  # fmt: skip
    return dict(zip(of, map(Decimal, json.loads(printed.stdout)[0]), strict=True))


def test_what_was_spent_is_exact_after_kills_replays_and_a_re_costing(
    server: Server, tmp_path: Path
) -> None:
    """Rollups, calls and an oracle over the spans that were sent agree in every digit, at each of these stages."""
    truth = Truth()
    bodies = plan(truth, seed=random.randrange(2**32))
    price_id = set_price(server, ("1", "0.1", "4"))
    sender = Sender(server.otlp, bodies)
    sender.start()
    moments = random.Random()
    for _ in range(KILLS):
        time.sleep(moments.uniform(0.2, 3))  # the moment of the kill is what is tried out
        server.kill()
        server.start()
    sender.join(240)
    assert sender.sent == len(bodies)
    Sender(server.otlp, bodies).run()  # all of it once more
    server.wait_loaded(timeout_s=240)  # or what comes again would be priced by what is set below
    wait_settled(server, truth.count(), truth.count(UNKNOWN))
    server.stop()
    before = truth.cost({"gpt-4o": GPT_4O, OWN: rates("1", "0.1", "4")})
    assert stored(tmp_path) == dict.fromkeys(("calls", "usage_by_hour", "usage_by_session"), before)

    server.start()
    set_price(server, ("3", "0.7", "11"), price_id)
    after = truth.cost({"gpt-4o": GPT_4O, OWN: rates("3", "0.7", "11")})
    report = recost(server)
    assert (report["calls"], report["changed_calls"]) == (truth.count(), truth.count(OWN))
    assert (Decimal(report["before_usd"]), Decimal(report["after_usd"])) == (before, after)
    server.stop()
    assert stored(tmp_path) == dict.fromkeys(("calls", "usage_by_hour", "usage_by_session"), after)


def recost(server: Server) -> dict[str, Any]:
    """Have everything costed anew, the program killed in the middle of it; return the report."""
    answer = httpx.post(
        f"{server.url}/api/v1/recosts", timeout=60,
        json={"start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "from": "spans"},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["id"]

    def state() -> str:
        return str(server.get(f"/recosts/{job_id}")["state"])

    wait_until(lambda: state() != "queued", 60, what="a job that runs")
    server.kill()
    server.start()
    wait_until(
        lambda: state() not in ("queued", "running"), 240, what=f"its end; {server.log[-2000:]}"
    )
    job = server.get(f"/recosts/{job_id}")
    assert job["state"] == "done", job
    return dict(job["report"])
