"""A server that is away, slow or angry: the app does not notice, memory is bounded, and the log says what is lost."""

import multiprocessing
import os
import socket
import statistics
import textwrap
import threading
import time
import tracemalloc
from pathlib import Path
from urllib.parse import urlsplit

import groundwire
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry import trace

from tests.engine import free_port, wait_until
from tests.sdk.apps import run_app
from tests.sdk.capture import Capture, attributes
from tests.sdk.conftest import Start


def make(count: int, *, name: str = "x", text: str = "") -> None:
    """Make spans of the app's own."""
    tracer = trace.get_tracer("app")
    for _ in range(count):
        tracer.start_span(name, attributes={"input.value": text} if text else None).end()


def test_spans_of_an_outage_arrive_after_it(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """While the server answers 503 spans are kept; each arrives once."""
    traced.status = 503
    make(700)
    assert groundwire.flush(5) is False
    assert not traced.taken
    traced.status = 200
    assert groundwire.flush(10)
    assert len(traced.spans()) == 700
    assert len({span.span_id for span in traced.spans()}) == 700
    assert "cannot be reached or is busy (status 503)" in caplog.text


def test_the_server_says_how_long_to_wait(traced: Capture) -> None:
    """After `Retry-After: 30` nothing is sent until then, unless the app flushes."""
    traced.status, traced.headers = 429, {"retry-after": "30"}
    make(1)
    wait_until(lambda: traced.requests, what="the first try")
    make(600)
    assert groundwire.flush(5) is False
    assert len(traced.requests) == 2


def test_what_the_server_refuses_is_dropped_and_said_once(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong key is told in words, once a minute, with what to mend."""
    traced.status = 401
    for _ in range(5):
        make(2)
        assert groundwire.flush(5) is False
    told = [record for record in caplog.records if record.name == "groundwire"]
    assert len(told) == 1
    assert told[0].message.startswith("groundwire: 2 span(s) dropped: status 401")
    assert "GROUNDWIRE_API_KEY" in told[0].message
    traced.status = 200
    make(1, name="after")
    assert groundwire.flush(5)
    assert [span.name for span in traced.spans()] == ["after"]


@pytest.mark.parametrize(
    ("content_type", "told"),
    [
        ("application/x-protobuf", "says: no scope `ingest`)"),
        ("text/html", "its project or unset\n"),
    ],
)
def test_the_servers_own_words_are_told(
    traced: Capture, caplog: pytest.LogCaptureFixture, content_type: str, told: str
) -> None:
    """What an OTLP server gives as the reason of an error stands in the log; a proxy's page does not."""
    traced.status, traced.headers = 403, {"content-type": content_type}
    traced.error = Status(code=7, message="no scope `ingest`").SerializeToString()
    make(1)
    groundwire.flush(5)
    assert told in caplog.text


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("http://127.0.0.1:{closed}", "(no connection)"),
        ("http://127.0.0.1:{mute}", "4317 is for gRPC"),
        ("https://127.0.0.1:{http}", "no TLS"),
        ("http://user:secret@nowhere.invalid", "http://nowhere.invalid cannot be reached"),
    ],
)
def test_an_address_that_does_not_answer_is_told_with_what_is_wrong(
    capture: Capture, caplog: pytest.LogCaptureFixture, endpoint: str, told: str
) -> None:
    """Nobody there, another protocol, no TLS: each is said in words, and no password of the address."""
    with socket.create_server(("127.0.0.1", 0)) as mute:

        def hang_up() -> None:
            mute.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        ports = {
            "closed": free_port(),
            "mute": mute.getsockname()[1],
            "http": urlsplit(capture.url).port,
        }
        groundwire.init(endpoint=endpoint.format(**ports), instrument=False)
        make(1)
        assert groundwire.flush(10) is False
    groundwire.shutdown(0.5)
    assert told in caplog.text
    assert "secret" not in caplog.text


def test_what_the_server_took_only_in_part_is_said(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer's partial success is read."""
    traced.rejected = 3
    make(5)
    assert groundwire.flush(5) is False
    assert (
        f"3 span(s) dropped: the server rejected them ({traced.url} says: too old)" in caplog.text
    )


def test_a_batch_too_large_is_sent_in_parts(
    traced: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the one span that is too large by itself is lost."""
    traced.largest = 40_000
    make(60, text="a" * 1_000)
    make(1, name="huge", text="b" * 50_000)
    assert groundwire.flush(20) is False
    assert len(traced.spans()) == 60
    assert "1 span(s) dropped: status 413" in caplog.text


def test_the_queue_is_bounded_by_count(
    start: Start, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the number of spans that may wait, spans are dropped and counted."""
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    capture = start()
    capture.answering.clear()
    make(250)
    capture.answering.set()
    assert groundwire.flush(20)
    assert len(capture.spans()) == 100
    assert "span(s) dropped: the queue is full" in caplog.text


def test_memory_is_bounded_while_the_server_hangs(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred megabytes of spans take no more than the queue's bytes, and what the one request in flight takes."""
    monkeypatch.setenv("GROUNDWIRE_MAX_QUEUE_BYTES", "4000000")
    capture = start()
    capture.answering.clear()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(2_000):
        make(1, text=f"{number}" + "x" * 100_000)
    held = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert held < 30_000_000
    capture.answering.set()


def test_what_happened_while_the_log_was_quiet_is_said_at_the_end(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a thousand dropped spans the log has two lines, and the numbers in them are all of them."""
    capture = start()
    capture.status = 400
    for _ in range(10):
        make(100)
        groundwire.flush(5)
    groundwire.shutdown()
    lines = [record.message for record in caplog.records if "status 400" in record.message]
    assert [int(line.split()[1]) for line in lines] == [100, 900]


class Down:
    """Nobody listens."""

    def prepare(self, _: Capture) -> str:
        """Return an address where connections are refused."""
        return f"http://127.0.0.1:{free_port()}"


class Hanging:
    """Takes a request and never answers."""

    def prepare(self, capture: Capture) -> str:
        """Let the server hang."""
        capture.answering.clear()
        return capture.url


class Failing:
    """Answers 500."""

    def prepare(self, capture: Capture) -> str:
        """Let the server fail."""
        capture.status = 500
        return capture.url


def latencies(rounds: int) -> list[int]:
    """Return how long each of some requests of an app takes, in nanoseconds."""

    @groundwire.observe(name="request")
    def request(question: str) -> str:
        with groundwire.retrieval(question, source="kb") as search:
            search.documents(["text"] * 5)
        return question

    taken = []
    for _ in range(rounds):
        begun = time.perf_counter_ns()
        request("Where is my order?")
        taken.append(time.perf_counter_ns() - begun)
    return taken


@pytest.mark.parametrize(
    "trouble", [Down(), Hanging(), Failing()], ids=lambda it: type(it).__name__
)
def test_the_apps_latency_does_not_move(
    start: Start, capture: Capture, trouble: Down | Hanging | Failing
) -> None:
    """With the server down, hanging or failing, a request of the app takes as long as with a server that is well."""
    start()
    latencies(200)
    well = statistics.median(latencies(1_000))
    groundwire.flush(10)
    groundwire.shutdown()
    groundwire.init(endpoint=trouble.prepare(capture), instrument=False)
    latencies(200)
    ill = statistics.median(latencies(1_000))
    # Generous: the machine may be busy. A request that waited for the network would take a thousand times as long.
    assert ill < well * 3
    begun = time.monotonic()
    assert groundwire.flush(0.3) is False or isinstance(trouble, Failing)
    assert time.monotonic() - begun < 5


EXITING = """
    import groundwire
    groundwire.init("short")
    with groundwire.span("work"):
        pass
    groundwire.thumbs(True, trace_id="a" * 32)
"""


def test_a_process_that_ends_sends_what_it_has(capture: Capture) -> None:
    """A script of a few milliseconds loses nothing, and says nothing."""
    done = run_app(EXITING, endpoint=capture.url)
    assert [span.name for span in capture.spans()] == ["work"]
    assert len(capture.records()) == 1
    assert done.stderr == ""


@pytest.mark.parametrize("trouble", [Down(), Hanging()], ids=lambda it: type(it).__name__)
def test_a_process_ends_soon_without_the_server(capture: Capture, trouble: Down | Hanging) -> None:
    """The end of a process waits two seconds at most, and the log says what was lost."""
    endpoint = trouble.prepare(capture)
    begun = time.monotonic()
    done = run_app(EXITING, endpoint=endpoint)
    assert time.monotonic() - begun < 30  # mostly the interpreter's own start on a busy machine
    assert "1 span(s) dropped: the process ended before the server had them" in done.stderr


def test_a_function_whose_process_is_frozen_flushes_itself(traced: Capture) -> None:
    """The decorator has everything sent before the function's answer is given."""

    @groundwire.flushing(10)
    @groundwire.observe(name="handler")
    def handler(event: str) -> str:
        return event.upper()

    assert handler("hi") == "HI"
    assert attributes(traced.span("handler"))["output.value"] == "HI"


FORKING = """
    import os, groundwire, time
    groundwire.init("prefork")
    with groundwire.span("before"):
        pass
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            with groundwire.span(f"child {number}"):
                pass
            groundwire.thumbs(True, trace_id="a" * 32)
            ok = groundwire.flush(20)
            os._exit(0 if ok else 1)
        children.append(child)
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    with groundwire.span("after"):
        pass
    assert groundwire.flush(20)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot fork here")
def test_a_fork_sends_from_parent_and_children(capture: Capture) -> None:
    """Workers of a server that forks send their own spans; the parent's come once."""
    run_app(FORKING, endpoint=capture.url)
    names = sorted(span.name for span in capture.spans())
    assert names == ["after", "before", "child 0", "child 1", "child 2"]
    assert len(capture.records()) == 3


JOBS = """
    import multiprocessing, sys, groundwire
    groundwire.init("jobs")

    @groundwire.observe
    def job(number):
        return number

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        processes = [context.Process(target=job, args=(number,)) for number in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
"""


@pytest.mark.parametrize("how", sorted(multiprocessing.get_all_start_methods()))
def test_processes_of_multiprocessing_send_theirs(
    capture: Capture, tmp_path: Path, how: str
) -> None:
    """A process that ends with its work has sent its spans, however it was started."""
    (tmp_path / "jobs.py").write_text(textwrap.dedent(JOBS))
    code = f"""
        import runpy, sys
        sys.argv = ["jobs.py", {how!r}]
        sys.path.insert(0, {str(tmp_path)!r})
        runpy.run_module("jobs", run_name="__main__", alter_sys=True)
    """
    run_app(code, endpoint=capture.url)
    assert [span.name for span in capture.spans()] == ["job"] * 3


def test_many_threads_lose_nothing(traced: Capture) -> None:
    """Spans that end in many threads at once all arrive, once."""
    threads = [threading.Thread(target=make, args=(250,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert groundwire.flush(30)
    assert len({span.span_id for span in traced.spans()}) == 2_000


def test_spans_arrive_without_a_flush(traced: Capture) -> None:
    """A second or so after a span ends it is on its way."""
    make(1)
    wait_until(traced.spans, 20, what="the span")


def test_our_own_requests_are_not_traced(capture: Capture) -> None:
    """An instrumentation of the HTTP client sees that it should look away."""
    code = """
        import groundwire, requests
        from opentelemetry import trace
        from opentelemetry.context import get_value, _SUPPRESS_INSTRUMENTATION_KEY
        send = requests.Session.send
        def traced_send(self, request, **more):
            if get_value(_SUPPRESS_INSTRUMENTATION_KEY):
                return send(self, request, **more)
            with trace.get_tracer("http").start_as_current_span("POST"):
                return send(self, request, **more)
        requests.Session.send = traced_send
        groundwire.init("app")
        with groundwire.span("work"):
            pass
        assert groundwire.flush(20)
        assert groundwire.flush(20)
    """
    run_app(code, endpoint=capture.url)
    assert [span.name for span in capture.spans()] == ["work"]


def test_the_key_and_the_project_go_along(start: Start) -> None:
    """Requests are signed with the API key, for traces and for feedback."""
    capture = start(api_key="gw_1_secret", project="shop")
    with groundwire.span("x"):
        groundwire.thumbs(True)
    assert groundwire.flush(10)
    assert {path for path, _, _ in capture.requests} == {"/v1/traces", "/v1/logs"}
    for _, headers, _ in capture.requests:
        assert headers["authorization"] == "Bearer gw_1_secret"
        assert headers["x-groundwire-project"] == "shop"
    assert "gw_1_secret" not in repr(groundwire._setup._State.running)


def test_what_goes_to_another_machine_is_compressed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Texts of conversations shrink to a fraction; on the same machine that would only cost processor time."""
    monkeypatch.setattr("groundwire._wire._LOOPBACK", frozenset())
    capture = start()
    make(10, text="Where is my order? " * 100)
    assert groundwire.flush(10)
    _, headers, body = capture.requests[0]
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) < len(body) / 5
    assert len(capture.spans()) == 10
