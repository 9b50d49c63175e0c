"""The client: where to ask, as whom, and for what."""

import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final
from urllib.parse import quote

from groundwire.read.http import Api
from groundwire.read.rows import Row, Rows, pages
from groundwire.read.tables import (
    EVALUATIONS,
    SPANS,
    TRACES,
    Table,
    flat_rate,
    rate_columns,
    usage_columns,
)

DEFAULT_URL: Final = "http://127.0.0.1:4319"

_BATCH: Final = 1000
"""Evaluations of a request: as many as the API takes."""

Time = str | datetime
"""A datetime with a time zone, or as the API reads it: RFC 3339, `now`, or a time ago like `-1h`."""


class Client:
    """Reads one project of a Groundwire.

    What is not given comes from GROUNDWIRE_API_URL (else http://127.0.0.1:4319), GROUNDWIRE_API_KEY (a key with the
    scope `read`; a server without sign-in needs none) and GROUNDWIRE_PROJECT (else the key's own project). A request
    waits at most `timeout_s` for each piece of its answer; one that finds the server busy or away is tried again
    `retries` times. Safe to use from several threads.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        project: str | None = None,
        *,
        timeout_s: float = 60.0,
        retries: int = 3,
    ) -> None:
        self.project = _said(project, "GROUNDWIRE_PROJECT")
        """The project that was named; '' where it is the key's own."""
        self._api = Api(
            _said(url, "GROUNDWIRE_API_URL") or DEFAULT_URL,
            api_key=_said(api_key, "GROUNDWIRE_API_KEY"),
            project=self.project,
            timeout_s=timeout_s,
            retries=retries,
        )

    @property
    def url(self) -> str:
        """Address of the server, also of its pages."""
        return self._api.url

    def traces(
        self,
        *,
        start: Time = "",
        end: Time = "",
        q: str = "",
        filter: str = "",  # noqa: A002 - the API's word
        sort: str = "",
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Rows:
        """Return the traces that start within the window, the newest first; all that fit unless `limit` is given.

        `q` are words to search for, `filter` and `sort` as in the filter bar and the API. `columns` keeps these
        alone. `progress` is called after every page with the number of rows read so far.
        """
        asked = {"start": _time(start), "end": _time(end), "q": q, "filter": filter, "sort": sort}
        return self._rows(TRACES, asked, limit, columns, progress)

    def spans(
        self,
        *,
        start: Time = "",
        end: Time = "",
        q: str = "",
        filter: str = "",  # noqa: A002 - the API's word
        sort: str = "",
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Rows:
        """Return the spans that start within the window, with all attributes and without texts; as `traces`."""
        asked = {"start": _time(start), "end": _time(end), "q": q, "filter": filter, "sort": sort}
        return self._rows(SPANS, asked, limit, columns, progress)

    def evaluations(
        self,
        *,
        start: Time = "",
        end: Time = "",
        name: str = "",
        source: str = "",
        author: str = "",
        trace_id: str = "",
        span_id: str = "",
        session_id: str = "",
        history: bool = False,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> Rows:
        """Return evaluations that were made within the window; of each the newest version, or all with `history`."""
        asked = {
            "start": _time(start), "end": _time(end), "name": name, "source": source, "author": author,
            "trace_id": trace_id, "span_id": span_id, "session_id": session_id,
            "history": "1" if history else "",
        }  # fmt: skip
        return self._rows(EVALUATIONS, asked, limit, columns, progress)

    def rates(
        self,
        name: str,
        *,
        by: Sequence[str] = (),
        step: str = "",
        start: Time = "",
        end: Time = "",
        q: str = "",
        filter: str = "",  # noqa: A002 - the API's word
    ) -> Rows:
        """Return what the evaluations of one name come to over traces that start within the window.

        A row a group of up to two of `by` (`model`, `feature`, `prompt_version`, `tenant_id` ...) and a `step` (`1d`):
        `value` is the mean, of booleans the share of true ones, between `low` and `high` with 95 %. `labels` is JSON.
        """
        asked = {
            "name": name, "by": list(by), "step": step,
            "start": _time(start), "end": _time(end), "q": q, "filter": filter,
        }  # fmt: skip

        def read() -> Iterator[list[Row]]:
            found = self._api.get("/evaluations/rates", asked)["rates"]
            if found:
                yield [flat_rate(rate) for rate in found]

        return Rows(read, rate_columns(by))

    def usage(
        self,
        *,
        group_by: Sequence[str] = (),
        step: str = "",
        time_zone: str = "UTC",
        start: Time = "",
        end: Time = "",
        where: Mapping[str, str | Sequence[str]] | None = None,
        conversations: bool = False,
        order: str = "-cost_usd",
        limit: int | None = None,
    ) -> Rows:
        """Return calls, tokens and cost of the calls that started within the window (the last seven days), in groups.

        A row a group of up to four of `group_by` (`tenant`, `feature`, `user`, `session`, `model` ...) and a `step`
        (`1h`, `day`, `month` ..., in `time_zone`), the dearest group first. `where` narrows to a value of a dimension,
        or any of several: `{"tenant": ["acme", "globex"]}`. `conversations` adds what conversations cost. Money is in
        US dollars, here as floats; CSV and Parquet from the API keep decimals. Unpriced calls add nothing to it.
        """
        # A list, also of one: '' asks for calls of which a dimension is not known.
        narrowed = {n: [v] if isinstance(v, str) else list(v) for n, v in (where or {}).items()}
        asked: dict[str, Any] = {
            **narrowed, "group_by": ",".join(group_by), "step": step, "time_zone": time_zone,
            "start": _time(start), "end": _time(end), "conversations": "1" if conversations else "",
            "order": order, "limit": "" if limit is None else limit,
        }  # fmt: skip

        def read() -> Iterator[list[Row]]:
            if found := self._api.get("/usage", asked)["rows"]:
                yield found

        return Rows(
            read, usage_columns(group_by, has_steps=bool(step), conversations=conversations)
        )

    def trace(self, trace_id: str) -> dict[str, Any]:
        """Return one trace as the API tells it: its facts, every span, log records, evaluations. Raises NotFound."""
        return self._api.get(f"/traces/{quote(trace_id, safe='')}", {})

    def write_evaluations(self, evaluations: Iterable[Mapping[str, Any]]) -> list[str]:
        """Write what an evaluator of yours found, each as `POST /api/v1/evaluations` takes it; return their ids.

        They are durable when this returns. Needs a key with the scope `ingest`.
        """
        # An id of ours makes it safe to send a batch again whose answer was lost.
        named = [{"id": uuid.uuid4().hex, **evaluation} for evaluation in evaluations]
        ids: list[str] = []
        for start in range(0, len(named), _BATCH):
            answer = self._api.post("/evaluations", {"evaluations": named[start : start + _BATCH]})
            ids += answer["ids"]
        return ids

    def _rows(
        self,
        table: Table,
        asked: dict[str, Any],
        limit: int | None,
        columns: Sequence[str] | None,
        progress: Callable[[int], None] | None,
    ) -> Rows:
        if limit is not None and limit < 0:
            raise ValueError(f"limit is {limit}: give a whole number, or None for all")
        chosen = table.choose(columns)
        return Rows(lambda: pages(self._api, table, asked, limit), chosen, progress)


def _said(given: str | None, variable: str) -> str:
    # Files of secrets end in a newline, which no header may hold.
    return (os.environ.get(variable, "") if given is None else given).strip()


def _time(time: Time) -> str:
    if isinstance(time, str):
        return time
    if time.tzinfo is None:
        raise ValueError(f"{time} has no time zone: add one, for example tzinfo=timezone.utc")
    return time.astimezone(timezone.utc).isoformat()
