"""The read client against a running Groundwire, and against servers that are busy, away or strange."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, get_type_hints

import pandas as pd
import pyarrow as pa
import pytest
from groundwire.read import BadQuestion, Client, NotAllowed, NotFound, ReadError, Unavailable
from groundwire.read.tables import EVALUATIONS, SPANS, TRACES, Table

from server.api.models import EvaluationOut, SpanOut, TraceOut
from tests.e2e.spans import message, provider_for
from tests.engine import Server, free_port, running_server, wait_until

MANY: Final = 2_300
"""Traces of one project: three pages."""
TENANTS: Final = ("acme", "globex", "initech")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server with a few thousand traces in project `many`, and one with everything in project `rich`."""
    with running_server(tmp_path_factory.mktemp("read"), "--segment-seconds", "0.3") as server:
        _send_many(server)
        _send_rich(server)
        wait_until(
            lambda: len(server.get("/traces", project="rich")["traces"]) == 1, what="the trace"
        )
        yield server


def _send_many(server: Server) -> None:
    provider = provider_for(server.otlp, "many")
    tracer = provider.get_tracer("many")
    for i in range(MANY):
        with tracer.start_as_current_span(f"work {i}") as span:
            span.set_attribute("tenant.id", TENANTS[i % 3])
    assert provider.force_flush()
    provider.shutdown()
    server.wait_loaded(project="many")


def _send_rich(server: Server) -> None:
    provider = provider_for(server.otlp, "rich")
    with provider.get_tracer("rich").start_as_current_span("chat gpt-4o") as span:
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.request.model", "gpt-4o")
        span.set_attribute("gen_ai.usage.input_tokens", 12)
        span.set_attribute("gen_ai.input.messages", json.dumps([message("user", "Where is it?")]))
        span.set_attribute("shop.order", 4711)
        span.set_attribute("shop.express", True)
        span.set_attribute("shop.name", "Köln")
        span.add_event("looked up", {"n": 3})
        span.add_event(
            "gen_ai.evaluation.result",
            {"gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.25},
        )
    assert provider.force_flush()
    provider.shutdown()
    server.wait_loaded(project="rich")


@pytest.fixture
def many(server: Server) -> Client:
    """Return a reader of the project with many traces."""
    return Client(server.url, project="many")


@pytest.fixture
def rich(server: Server) -> Client:
    """Return a reader of the project with one trace of everything."""
    return Client(server.url, project="rich")


@pytest.mark.engine
class TestRows:
    """What a question returns."""

    def test_all_pages_are_read(self, many: Client) -> None:
        """Every trace comes once, the newest first, over as many pages as there are."""
        rows = list(many.traces())

        starts = [row["start_time"] for row in rows]
        assert {row["name"] for row in rows} == {f"work {i}" for i in range(MANY)}
        assert len(rows) == MANY
        assert starts == sorted(starts, reverse=True)

    def test_arrow(self, many: Client) -> None:
        """A table has the rows with times in nanoseconds and durations as integers."""
        table = many.traces(sort="start_time").arrow()

        assert table.num_rows == MANY
        assert table.column_names == list(TRACES.columns)
        assert table.schema.field("start_time").type == pa.timestamp("ns", "UTC")
        assert table.schema.field("duration_ns").type == pa.int64()
        assert table["tenant_id"].to_pylist()[:3] == ["acme", "globex", "initech"]

    def test_times_are_exact(self, many: Client) -> None:
        """The nanoseconds of a start are those that were sent, in rows and in tables."""
        row = next(iter(many.traces(limit=1)))
        [exact] = [
            trace["start_time_unix_nano"]
            for trace in many._api.get("/traces", {"limit": 1})["traces"]
        ]

        [of_table] = many.traces(limit=1).arrow()["start_time"].cast(pa.int64()).to_pylist()

        assert of_table == exact
        assert row["start_time"].endswith(f"{exact % 10**9:09d}Z")

    def test_pandas(self, many: Client) -> None:
        """A frame groups and sums; its times are zoned, its counts are integers."""
        frame = many.traces().pandas()

        counted = frame.groupby("tenant_id")["span_count"].sum()
        assert isinstance(frame, pd.DataFrame)
        assert str(frame["start_time"].dtype) == "datetime64[ns, UTC]"
        assert frame["duration_ns"].dtype == "int64"
        assert counted.to_dict() == {"acme": 767, "globex": 767, "initech": 766}

    def test_nothing_found_has_the_same_columns(self, many: Client) -> None:
        """A question that nothing fits has no rows, and the columns and types of one that has."""
        nothing = many.traces(filter='name = "never"')

        assert list(nothing) == []
        assert nothing.arrow().schema == many.traces(limit=1).arrow().schema
        assert nothing.pandas().dtypes.to_dict() == many.traces(limit=1).pandas().dtypes.to_dict()

    def test_limit_and_progress(self, many: Client) -> None:
        """A limit is kept across pages, and progress is told after each of them."""
        seen: list[int] = []

        rows = list(many.traces(limit=1_500, progress=seen.append))

        assert len(rows) == 1_500
        assert seen == [1_000, 1_500]

    def test_one_page_at_a_time(self, many: Client) -> None:
        """Batches come as they are read: the first is there before the second is asked for."""
        seen: list[int] = []
        batches = many.traces(progress=seen.append).batches()

        first = next(batches)

        assert first.num_rows == 1_000
        assert seen == [1_000]

    def test_columns(self, many: Client) -> None:
        """Only the columns asked for come, in that order; one that is not there is named at once."""
        rows = many.traces(limit=1, columns=["name", "tenant_id"])

        assert [list(row) for row in rows] == [["name", "tenant_id"]]
        assert rows.arrow().column_names == ["name", "tenant_id"]
        with pytest.raises(ValueError, match=r"no column cost;.*cost_usd"):
            many.traces(columns=["cost"])

    def test_window_and_search(self, many: Client) -> None:
        """Windows are datetimes or times ago; searches and filters are the API's."""
        hour_ago = datetime.now(UTC) - timedelta(hours=1)

        assert len(list(many.traces(start=hour_ago, filter='tenant = "initech"'))) == 766
        assert list(many.traces(end=hour_ago)) == []
        assert len(list(many.traces(start="-1h", filter='name = "work 7"'))) == 1

    def test_a_time_without_a_zone_is_refused(self, many: Client) -> None:
        """A datetime that could be any zone's is not guessed about."""
        with pytest.raises(ValueError, match="no time zone"):
            many.traces(start=datetime(2025, 6, 1))  # noqa: DTZ001 - the point

    def test_spans(self, rich: Client) -> None:
        """A span's attributes are texts by key in a table, and keep their types in rows."""
        [row] = rich.spans()
        frame = rich.spans().pandas()

        assert (row["model"], row["input_tokens"]) == ("gpt-4o", 12)
        assert (row["attributes"]["shop.order"], row["attributes"]["shop.express"]) == (4711, True)
        of_frame = frame["attributes"][0]
        assert (of_frame["shop.order"], of_frame["shop.express"]) == ("4711", "true")
        assert of_frame["shop.name"] == "Köln"
        assert "looked up" in [event["name"] for event in json.loads(frame["events"][0])]
        assert pd.isna(frame["temperature"][0])

    def test_evaluations(self, rich: Client) -> None:
        """Evaluations come as rows of their own, and as scores beside traces."""
        [evaluation] = rich.evaluations(name="relevance")
        [trace] = rich.traces()
        frame = rich.evaluations().pandas()

        assert (evaluation["score"], evaluation["kind"]) == (0.25, "number")
        assert (trace["trace_id"], trace["scores"]["relevance"]["score"]) == (
            evaluation["trace_id"],
            0.25,
        )
        assert frame["score"].tolist() == [0.25]
        assert rich.traces().pandas()["scores"][0]["relevance"]["count"] == 1

    def test_written_evaluations(self, server: Server) -> None:
        """What a client writes it can read; the same id again is a new version, and history has both."""
        client = Client(server.url, project="written")
        judged = {"name": "polite", "trace_id": "a1" * 16, "id": "e-1"}

        ids = client.write_evaluations([{**judged, "value": False}])
        client.write_evaluations([{**judged, "value": True}])

        assert ids == ["e-1"]
        assert [row["score"] for row in client.evaluations()] == [1]
        assert sorted(row["score"] for row in client.evaluations(history=True)) == [0, 1]

    def test_many_written_evaluations(self, server: Server) -> None:
        """More evaluations than a request takes are sent in several."""
        client = Client(server.url, project="batches")
        judged = [{"name": "n", "value": i, "trace_id": f"{i:032x}"} for i in range(1, 1_502)]

        ids = client.write_evaluations(judged)

        assert len(set(ids)) == 1_501
        assert len(list(client.evaluations())) == 1_501

    def test_rates(self, rich: Client) -> None:
        """Rates are a row a group, with its interval; their columns are there without any, too."""
        [rate] = rich.rates("relevance", by=["model"])
        frame = rich.rates("relevance", by=["model"], start="-1h").pandas()
        nothing = rich.rates("never", by=["model"]).arrow()

        assert (rate["model"], rate["n"], rate["value"]) == ("gpt-4o", 1, 0.25)
        assert frame["value"].tolist() == [0.25]
        assert str(frame["start"].dtype) == "datetime64[ns, UTC]"
        assert (nothing.num_rows, nothing.column_names[:2]) == (0, ["model", "start"])

    def test_usage(self, rich: Client) -> None:
        """Usage is a row a group and step, with figures of their types; its columns are there without calls, too."""
        wait_until(lambda: list(rich.usage()), what="usage")
        [row] = rich.usage(group_by=["tenant", "model"], step="day", where={"tenant": ""})
        table = rich.usage(group_by=["model"], conversations=True).arrow()
        nothing = rich.usage(
            group_by=["model"], where={"model": ["never", "ever"]}, start="-1h"
        ).arrow()

        assert (row["tenant"], row["model"], row["requests"], row["input_tokens"]) == (
            "", "gpt-4o", 1, 12
        )  # fmt: skip
        assert row["time"].endswith("T00:00:00.000000000Z")
        assert table.schema.field("cost_usd").type == pa.float64()
        assert "conversations" in table.column_names
        assert (nothing.num_rows, nothing.column_names[:2]) == (0, ["model", "requests"])
        with pytest.raises(BadQuestion, match="customer"):
            list(rich.usage(group_by=["customer"]))

    def test_trace(self, rich: Client) -> None:
        """One trace comes whole, with its texts; one that is not there is told apart from other errors."""
        [row] = rich.traces()

        trace = rich.trace(row["trace_id"])

        assert trace["spans"][0]["input_messages"][0]["parts"][0]["content"] == "Where is it?"
        with pytest.raises(NotFound, match="no trace abc"):
            rich.trace("abc")

    def test_a_wrong_filter_says_where(self, many: Client) -> None:
        """An error in a filter is the API's sentence, with its hint and its column."""
        with pytest.raises(BadQuestion, match=r"duration.*like 5s") as caught:
            list(many.traces(filter="error and duration > 5"))

        assert caught.value.column == 22


class _Scripted(BaseHTTPRequestHandler):
    """Answers with what the server's script says next, and remembers what it was asked."""

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, dict(self.headers)))
        status, headers, body = server.script.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def scripted(*script: tuple[int, dict[str, str], bytes]) -> Iterator[tuple[str, list[Any]]]:
    """Serve these answers, one a request; give the address and what was asked."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Scripted)
    server.script, server.asked = list(script), []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_NONE = b'{"traces": [], "next_cursor": null}'


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": {"code": code, "message": message, "hint": "mend it"}}).encode()


class TestAnswers:
    """How answers other than rows are taken."""

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_server_is_asked_again(self, status: int) -> None:
        """A server that says to come back is asked again when it said, and the answer is returned."""
        busy = (status, {"Retry-After": "0"}, _error("store_unavailable", "away"))
        with scripted(busy, busy, (200, {}, _NONE)) as (url, asked):
            assert list(Client(url).traces()) == []

        assert len(asked) == 3

    def test_patience_ends(self) -> None:
        """A server that stays busy is given up after the retries, with what it said."""
        busy = (503, {"Retry-After": "0"}, _error("store_unavailable", "the store is away"))
        with (
            scripted(busy, busy) as (url, _),
            pytest.raises(Unavailable, match="the store is away"),
        ):
            list(Client(url, retries=1).traces())

    def test_no_server(self) -> None:
        """A server that is not there is an error that names its address."""
        port = free_port()
        with pytest.raises(Unavailable, match=f"127.0.0.1:{port}.*refused"):
            list(Client(f"http://127.0.0.1:{port}", retries=0).traces())

    def test_a_server_that_hangs(self) -> None:
        """A server that takes the question and says nothing is given up after the time limit."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _Scripted) as silent:  # listens, never answers
            client = Client(f"http://127.0.0.1:{silent.server_port}", timeout_s=0.2, retries=0)
            with pytest.raises(Unavailable, match="timed out"):
                list(client.traces())

    def test_key_and_project_are_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The key and the project come from the environment unless given."""
        monkeypatch.setenv("GROUNDWIRE_API_KEY", "gw_1_env\n")
        monkeypatch.setenv("GROUNDWIRE_PROJECT", "shop")
        with scripted((200, {}, _NONE), (200, {}, _NONE)) as (url, asked):
            monkeypatch.setenv("GROUNDWIRE_API_URL", url)
            list(Client().traces())
            list(Client(api_key="gw_2_given", project="other").traces())

        headers = [{k.lower(): v for k, v in sent.items()} for _, sent in asked]
        assert [(h["authorization"], h["x-groundwire-project"]) for h in headers] == [
            ("Bearer gw_1_env", "shop"),
            ("Bearer gw_2_given", "other"),
        ]

    @pytest.mark.parametrize("status", [401, 403])
    def test_no_right(self, status: int) -> None:
        """A key that may not is an error of its own, and is not tried again."""
        with (
            scripted((status, {}, _error("forbidden", "no right to read"))) as (url, asked),
            pytest.raises(NotAllowed, match=r"no right to read \(mend it\)"),
        ):
            list(Client(url).traces())

        assert len(asked) == 1

    def test_the_key_does_not_follow_redirects(self) -> None:
        """A redirect is an error: the key is for one server only."""
        with scripted() as (elsewhere, asked_elsewhere):
            redirect = (302, {"Location": f"{elsewhere}/steal"}, b"")
            with scripted(redirect) as (url, _), pytest.raises(ReadError, match="302"):
                list(Client(url, api_key="gw_1_secret").traces())

        assert asked_elsewhere == []

    def test_something_else_answers(self) -> None:
        """A page that is no API is told as such."""
        with (
            scripted((200, {}, b"<html>hello</html>")) as (url, _),
            pytest.raises(ReadError, match="is it a Groundwire"),
        ):
            list(Client(url).traces())

    def test_the_port_of_otlp(self, server: Server) -> None:
        """Who asks the port for OTLP is told which one it is."""
        with pytest.raises(
            NotFound, match="GROUNDWIRE_API_URL is the address of the pages and the API"
        ):
            Client(server.otlp).trace("abc")

    def test_an_address_that_is_none(self) -> None:
        """An address without a scheme is refused when the client is made."""
        with pytest.raises(ValueError, match="write http://host:port"):
            Client("localhost:4319")

    def test_an_older_server(self) -> None:
        """A column that the server does not send is null; one that the client does not know is left out."""
        row = {"trace_id": "a1", "invented_later": 1}
        body = json.dumps({"traces": [row], "next_cursor": None}).encode()
        with scripted((200, {}, body)) as (url, _):
            table = Client(url).traces().arrow()

        assert table["trace_id"].to_pylist() == ["a1"]
        assert table["start_time"].to_pylist() == [None]
        assert "invented_later" not in table.column_names


_TYPES: Final[dict[Any, set[str]]] = {
    str: {"text", "time", "json"},
    int: {"integer"},
    bool: {"flag"},
    float | None: {"number"},
    list[str]: {"texts"},
    list[float | None]: {"numbers"},
    dict[str, str]: {"texts_by_key"},
    dict[str, Any]: {"texts_by_key", "json"},
    datetime: {"time"},
}


@pytest.mark.parametrize(
    ("table", "model"), [(TRACES, TraceOut), (SPANS, SpanOut), (EVALUATIONS, EvaluationOut)]
)
def test_columns_are_the_apis(table: Table, model: type) -> None:
    """Tables have the members of the API's rows with types that fit, each time once."""
    members = {k: v for k, v in get_type_hints(model).items() if k in model.model_fields}  # type: ignore[attr-defined]
    times = {name.removesuffix("_unix_nano") for name in members if name.endswith("_unix_nano")}
    expected = {name: hint for name, hint in members.items() if not name.endswith("_unix_nano")}

    assert set(table.columns) == set(expected)
    for name, hint in expected.items():
        assert (table.columns[name] == "time") == (name in times or hint is datetime), name
        assert table.columns[name] in _TYPES.get(hint, {"json", "scores"}), name
