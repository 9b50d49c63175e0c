"""Kill the running program, again and again: what it acknowledged is stored exactly once."""

import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.engine import NO_TLS, ROOT, free_port, wait_until
from tests.samples import Traces
from tests.thoroughness import times

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]

KILLS = times(8, 30)


@dataclass
class Program:
    """`groundwire collector` on a directory, started and killed at will."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it without waiting."""
        with (self.directory / "log").open("ab") as output:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "server", "collector", "--data-dir", str(self.directory / "data"),
                    "--port", str(free_port()), "--otlp-http-port", str(self.port),
                    "--otlp-grpc-port", str(free_port()), "--segment-seconds", "0.5",
                ],
                cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def kill(self) -> None:
        """Kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        """Whether it receives."""
        assert self.process is not None
        assert self.process.poll() is None, (self.directory / "log").read_text()
        try:
            return self._knock() == 415
        except httpx.TransportError:
            return False

    def _knock(self) -> int:
        return httpx.post(f"http://127.0.0.1:{self.port}/v1/traces", verify=NO_TLS).status_code


class Sender(threading.Thread):
    """Sends requests for ever; one without an answer is sent again, as exporters do."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._random = random.Random(seed)
        self.acknowledged: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        """Send until told to stop."""
        with httpx.Client(timeout=10) as client:
            while not self.enough.is_set():
                self._deliver(client, self._request())

    def _request(self) -> Traces:
        request = Traces(self._random.getrandbits(62))
        for _ in range(self._random.randrange(1, 60)):
            root = request.span("POST /chat", session__id="s1")
            request.span(parent=root, gen_ai__usage__input_tokens=7, gen_ai__request__model="m")
        return request

    def _deliver(self, client: httpx.Client, request: Traces) -> None:
        body = request.body()
        while not self.enough.is_set():
            try:
                answer = client.post(
                    self._url, content=body, headers={"content-type": "application/x-protobuf"}
                )
            except httpx.TransportError:
                self.enough.wait(0.2)  # as exporters do: knocking at once keeps it from starting
                continue
            if answer.status_code == 200:
                spans = request.request.resource_spans[0].scope_spans[0].spans
                self.acknowledged.extend(span.span_id.hex() for span in spans)
                return


def ask(directory: Path, sql: str) -> Any:
    """Return the first row of a question to the closed store."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.ask", str(directory / "data" / "clickhouse")],
        cwd=ROOT, check=True, capture_output=True, input=sql.encode(),
    )  # fmt: skip
    return json.loads(printed.stdout)[0]


def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """After kills at random moments of a load, every acknowledged span is in every table once."""
    moments = random.Random()
    program = Program(tmp_path)
    senders = [Sender(f"http://127.0.0.1:{program.port}/v1/traces", seed) for seed in (1, 2, 3)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        program.start()
        wait_until(program.answers, 120, what="an answer")
        time.sleep(moments.uniform(0, 1.0))  # the moment of the kill is what is tried out
        program.kill()
    program.start()
    wait_until(program.answers, 120, what="an answer")
    for sender in senders:
        sender.enough.set()
        sender.join()
    spool = tmp_path / "data" / "spool" / "traces"
    wait_until(lambda: not list(spool.iterdir()), 120, what="an empty spool")
    assert program.process is not None
    program.process.terminate()
    program.process.wait(60)

    acknowledged = {span for sender in senders for span in sender.acknowledged}
    stored, distinct, tokens = ask(
        tmp_path, "SELECT count(), uniqExact(span_id), sum(input_tokens) FROM spans"
    )
    assert len(acknowledged) > 1000
    assert stored == distinct
    (stored_ids,) = ask(tmp_path, "SELECT groupArray(span_id) FROM spans")
    assert acknowledged <= set(stored_ids)
    assert ask(tmp_path, "SELECT sum(span_count), sum(input_tokens) FROM traces FINAL") == [
        stored,
        tokens,
    ]
    accepted, rejected, in_ledger, quarantined = ask(
        tmp_path, "SELECT sum(accepted), sum(rejected), sum(stored), sum(quarantined) FROM ledger"
    )
    assert (rejected, quarantined, in_ledger) == (0, 0, stored)
    assert accepted >= stored
