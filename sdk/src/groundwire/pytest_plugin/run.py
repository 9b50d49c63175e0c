"""One test's run: its traces, what is recorded about them, and what their evaluations come to."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from opentelemetry import trace

import groundwire
from groundwire.pytest_plugin.checks import Check, Judged, Result
from groundwire.pytest_plugin.verdict import Outcome
from groundwire.pytest_plugin.watch import RUN_ATTRIBUTE, Watch
from groundwire.read import Client
from groundwire.read.client import Time

_POLL_S: Final = 0.2
_IDS_OF_A_QUESTION: Final = 100
"""Trace ids are 32 digits: a hundred keep a URL below 4 KiB."""


class Run:
    """The traces that a test makes, and checks of their evaluations. Tests get it as the fixture `groundwire_run`."""

    def __init__(
        self,
        client: Client,
        watch: Watch,
        *,
        timeout_s: float,
        too_little: str,
        report: Callable[[Result, str], None],
    ) -> None:
        self.id = uuid.uuid4().hex
        self._client = client
        self._watch = watch
        self._timeout_s = timeout_s
        self._too_little = too_little
        self._report = report
        self._recorded: set[str] = set()

    @property
    def trace_ids(self) -> list[str]:
        """The test's traces so far, in the order in which they started."""
        return self._watch.trace_ids

    @property
    def link(self) -> str:
        """Address of the page that lists the test's traces."""
        query = {"filter": f'attr["{RUN_ATTRIBUTE}"] = "{self.id}"', "range": "7d"}
        if self._client.project:
            query["project"] = self._client.project
        return f"{self._client.url}/ui/traces?{urlencode(query)}"

    def add_trace(self, trace_id: str) -> None:
        """Count a trace that another process started as the test's, 32 hex digits."""
        self._watch.note(trace_id.lower())

    def evaluate(
        self,
        name: str,
        value: float | bool | str,  # noqa: FBT001 - a value, no switch
        *,
        trace_id: str | None = None,
        explanation: str = "",
        source: str = "code",
    ) -> None:
        """Record an evaluation of a trace, of the test's last one unless said. Raises groundwire.read.ReadError."""
        target = trace_id or next(reversed(self.trace_ids), None)
        if target is None:
            raise ValueError("the test has made no trace to evaluate yet: name one by trace_id")
        evaluation = {
            "name": name, "value": value, "explanation": explanation,
            "source": source, "author": "pytest", "trace_id": target,
        }  # fmt: skip
        self._client.write_evaluations([evaluation])
        self._recorded.add(name)

    def assert_evaluation(
        self,
        evaluation: str,
        *,
        at_least: float | None = None,
        label: str | None = None,
        share: float | None = None,
        min_count: int = 1,
        since: Time = "",
        filter: str = "",  # noqa: A002 - the API's word
    ) -> None:
        """Fail the test where an evaluation is below its threshold.

        `at_least` alone asks it of the mean; with `share` that part of the traces has to reach it, or have the
        `label`. A trace counts once, with the mean of its evaluations of that name. Asked are the test's own traces;
        with `since` all of the project that started since then, those of a `filter` if there is one.

        A figure that is below while its 95 % interval is not, or of fewer than `min_count` traces, is too little data
        to tell: the test fails or is skipped as the option `groundwire_too_little` says.
        """
        check = Check(evaluation, at_least, label, share, min_count)
        judged = (
            self._judged_since(since, evaluation, filter) if since else self._judged(evaluation)
        )
        result = check.of(judged)
        self._report(result, "" if since else self.link)
        if result.outcome is Outcome.TOO_LITTLE and self._too_little == "skip":
            pytest.skip(str(result))
        if result.outcome is not Outcome.MET:
            pytest.fail(str(result), pytrace=False)

    def _judged_since(self, since: Time, name: str, filter_: str) -> list[Judged]:
        wanted = f"{_field(name)} exists"
        rows = self._client.traces(
            start=since, filter=f"({filter_}) and {wanted}" if filter_ else wanted,
            columns=["scores"],
        )  # fmt: skip
        return [_judged(row, name) for row in rows]

    def _judged(self, name: str) -> list[Judged]:
        """Return what the test's traces have; wait for the traces, and for evaluations that others make of them."""
        self._flush()
        deadline = time.monotonic() + self._timeout_s
        while True:
            rows = {row["trace_id"]: row for row in self._rows()}
            having = [row for row in rows.values() if name in row["scores"]]
            missing = [trace_id for trace_id in self.trace_ids if trace_id not in rows]
            complete = len(having) == len(rows) or (having and name in self._recorded)
            if not missing and complete:
                break
            if time.monotonic() > deadline:
                self._check_arrived(missing)
                break
            time.sleep(_POLL_S)
        return [_judged(row, name) for row in having]

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        ids = self.trace_ids
        for start in range(0, len(ids), _IDS_OF_A_QUESTION):
            some = ", ".join(ids[start : start + _IDS_OF_A_QUESTION])
            yield from self._client.traces(
                filter=f"trace_id in ({some})", columns=["trace_id", "scores"]
            )

    def _check_arrived(self, missing: list[str]) -> None:
        if missing:
            pytest.fail(
                f"{len(missing)} of the test's {len(self.trace_ids)} traces did not reach {self._client.url} within "
                f"{self._timeout_s:g} s, {missing[0]} among them: are they exported there, and to the key's project?",
                pytrace=False,
            )

    def _flush(self) -> None:
        groundwire.flush(self._timeout_s)
        provider = trace.get_tracer_provider()
        if flush := getattr(provider, "force_flush", None):
            flush(int(self._timeout_s * 1000))


def _field(name: str) -> str:
    """Return an evaluation's name as a field of the filter language."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'evaluation["{escaped}"]'


def _judged(row: Mapping[str, Any], name: str) -> Judged:
    of_name = row["scores"][name]
    return Judged(of_name["score"], of_name["label"])
