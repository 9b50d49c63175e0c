"""Create and bring up to date what ClickHouse holds: numbered migrations, then the views that fill the tables.

Tables change by migrations, each applied once. Views hold no data and are generated from storage/views and the
conventions table, so they are made anew whenever their text differs from what is there.
"""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Final

from storage import otlp
from storage.client import Engine
from storage.normalise import placeholders

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """A materialized view: rows inserted into `source` go through its SELECT into `target`."""

    name: str
    source: str
    target: str
    select: str
    """File in storage/views."""
    signal: str = ""


VIEWS: Final = (
    View("normalise_spans", "landing_traces", "spans_raw", "normalise_spans"),
    View("deduplicate_spans", "spans_raw", "spans_in", "deduplicate_spans"),
    View("store_spans", "spans_in", "spans", "store_spans"),
    View("store_span_contents", "spans_in", "contents", "contents_of"),
    View("store_trace_minutes", "spans_in", "trace_minutes", "store_trace_minutes"),
    View("touch_traces_by_spans", "spans_in", "touched_traces", "touch_traces"),
    View("store_evaluations_of_spans", "spans_in", "evaluation_versions", "evaluations_of_spans"),
    View("account_stored_spans", "spans_in", "ledger", "account_stored", "traces"),
    View("account_received_spans", "landing_traces", "ledger", "account_received", "traces"),
    View("normalise_logs", "landing_logs", "logs_raw", "normalise_logs"),
    View("deduplicate_logs", "logs_raw", "logs_in", "deduplicate_logs"),
    View("store_logs", "logs_in", "logs", "store_logs"),
    View("store_log_contents", "logs_in", "contents", "contents_of"),
    View("store_span_additions", "logs_in", "span_additions", "store_span_additions"),
    View("store_evaluations_of_logs", "logs_in", "evaluation_versions", "evaluations_of_logs"),
    View("touch_traces_by_logs", "logs_in", "touched_traces", "touch_traces"),
    View("account_stored_logs", "logs_in", "ledger", "account_stored", "logs"),
    View("account_received_logs", "landing_logs", "ledger", "account_received", "logs"),
    View("store_traces", "settled_traces", "traces", "store_traces"),
    View("store_calls", "settled_traces", "calls", "store_calls"),
    View("store_servings", "settled_traces", "servings", "store_servings"),
    View("store_metrics", "landing_metrics", "metrics", "normalise_metrics"),
    View(
        "account_received_metrics",
        "landing_metrics",
        "ledger",
        "account_received_and_stored",
        "metrics",
    ),
)


def table_engines(*, cluster: str, embedded: bool) -> Mapping[str, str]:
    """Return what differs between deployments: engine names, ON CLUSTER, and how inserts become durable."""
    prefix = "Replicated" if cluster else ""
    window = "replicated_deduplication_window" if cluster else "non_replicated_deduplication_window"
    return {
        "on_cluster": f"ON CLUSTER '{cluster}'" if cluster else "",
        "merge_tree": f"{prefix}MergeTree",
        "replacing_merge_tree": f"{prefix}ReplacingMergeTree",
        "replacing_merge_tree_traces": f"{prefix}ReplacingMergeTree(settled_at, is_deleted)",
        "replacing_merge_tree_prices": f"{prefix}ReplacingMergeTree(resolved_at)",
        "replacing_merge_tree_settled": f"{prefix}ReplacingMergeTree(settled_at)",
        "replacing_merge_tree_rollup": f"{prefix}ReplacingMergeTree(version, is_deleted)",
        "replacing_merge_tree_rolled_at": f"{prefix}ReplacingMergeTree(rolled_at)",
        "replacing_merge_tree_at": f"{prefix}ReplacingMergeTree(at)",
        "aggregating_merge_tree": f"{prefix}AggregatingMergeTree",
        "summing_merge_tree": f"{prefix}SummingMergeTree",
        # A segment that is loaded again adds nothing. A server syncs each insert; embedded, one sync for many
        # segments is far cheaper than one for each of the dozens of files of each insert: Engine.make_durable.
        "durable": f"{window} = 10000"
        + ("" if embedded else ", fsync_after_insert = 1, fsync_part_directory = 1"),
        "resource_spans": otlp.RESOURCE_SPANS,
        "resource_logs": otlp.RESOURCE_LOGS,
        "resource_metrics": otlp.RESOURCE_METRICS,
    }


def migrations(*, cluster: str = "", embedded: bool = True) -> Iterator[tuple[str, str]]:
    """Yield (file name, statement) of every statement of every migration, in order."""
    engines = table_engines(cluster=cluster, embedded=embedded)
    folder = files("storage").joinpath("migrations")
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        text = "\n".join(
            line for line in file.read_text().splitlines() if not line.startswith("--")
        )
        for statement in Template(text).substitute(engines).split(";"):
            if statement.strip():
                yield file.name, statement.strip()


def view_select(view: View) -> str:
    """Return the SELECT of a view with every placeholder filled in."""
    folder = files("storage").joinpath("views")
    text = folder.joinpath(f"{view.select}.sql").read_text()
    names = {
        **placeholders(),
        "evaluation_columns": folder.joinpath("evaluation_columns.sql").read_text(),
        "source": view.source,
        "settled_traces": "settled_traces",
        "signal": view.signal,
    }
    return Template(text).substitute(names).strip()


def bring_up_to_date(engine: Engine) -> None:
    """Apply what is missing. Safe to run at every start, and by several processes at once.

    Every statement may run twice, and the one that comes second finds its work done.
    """
    on_cluster = f"ON CLUSTER '{engine.cluster}'" if engine.cluster else ""
    client = engine.client()
    tables = table_engines(cluster=engine.cluster, embedded=engine.embedded)
    client.command(
        f"CREATE TABLE IF NOT EXISTS applied {on_cluster} "
        f"(name String, digest String, at DateTime64(6) DEFAULT now64(6)) "
        f"ENGINE = {tables['merge_tree']} ORDER BY name"
    )
    rows = client.query("SELECT name, argMax(digest, at) FROM applied GROUP BY name").result_rows
    applied: dict[str, str] = {str(name): str(digest) for name, digest in rows}
    pending: dict[str, list[str]] = {}
    for name, statement in migrations(cluster=engine.cluster, embedded=engine.embedded):
        if name not in applied:
            pending.setdefault(name, []).append(statement)
    for name, statements in pending.items():
        log.info("applying migration %s", name)
        for statement in statements:
            client.command(statement)
        client.insert("applied", [[name, ""]], column_names=["name", "digest"])
    for view in VIEWS:
        _update_view(engine, view, applied.get(view.name, ""))


def _update_view(engine: Engine, view: View, applied_digest: str) -> None:
    """Create a view, or change its SELECT in place, so that no insert ever passes without it."""
    select = view_select(view)
    digest = hashlib.sha256(f"{view.source} {view.target} {select}".encode()).hexdigest()
    if digest == applied_digest:
        return
    on_cluster = f"ON CLUSTER '{engine.cluster}'" if engine.cluster else ""
    client = engine.client()
    if applied_digest:
        client.command(f"ALTER TABLE {view.name} {on_cluster} MODIFY QUERY {select}")
    else:
        client.command(
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {view.name} {on_cluster} TO {view.target} AS {select}"
        )
    client.insert("applied", [[view.name, digest]], column_names=["name", "digest"])
