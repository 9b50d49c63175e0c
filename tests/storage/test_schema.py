"""The schema: the same files for every deployment, applied once, views kept up to date."""

from typing import Any

import pytest

from storage import schema
from storage.client import Engine
from storage.conventions import fields
from storage.schema import VIEWS, bring_up_to_date, migrations, view_select


def test_cluster_differs_in_engines_and_on_cluster_only() -> None:
    """Rendered for a cluster, every statement is the embedded one but for engine, ON CLUSTER and sync settings."""
    plain = [statement for _, statement in migrations()]
    cluster = [statement for _, statement in migrations(cluster="main", embedded=False)]

    assert len(plain) == len(cluster)
    for ours, theirs in zip(plain, cluster, strict=True):
        assert "ON CLUSTER 'main'" in theirs
        back = (
            theirs.replace("ON CLUSTER 'main'", "")
            .replace("ENGINE = Replicated", "ENGINE = ")
            .replace(" = 10000, fsync_after_insert = 1, fsync_part_directory = 1", " = 10000")
            .replace("SETTINGS replicated_", "SETTINGS non_replicated_")
        )
        assert back == ours


@pytest.mark.engine
def test_second_start_changes_nothing(engine: Engine) -> None:
    """Bringing an up-to-date store up to date applies nothing."""
    before = engine.client().query("SELECT count() FROM applied").first_row

    bring_up_to_date(engine)

    assert engine.client().query("SELECT count() FROM applied").first_row == before


@pytest.mark.engine
def test_changed_view_is_changed_in_place(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view whose text differs from what is there is altered, never dropped, so no insert passes without it."""
    statements: list[str] = []
    client = engine.client()
    command = client.command

    def noted(sql: str, **options: Any) -> Any:
        statements.append(sql)
        return command(sql, **options)

    monkeypatch.setattr(client, "command", noted)

    with monkeypatch.context() as patch:
        patch.setattr(
            schema,
            "view_select",
            lambda view: view_select(view) + (" -- newer" if view.name == "store_spans" else ""),
        )
        bring_up_to_date(engine)
    bring_up_to_date(engine)

    changes = [
        statement.split(maxsplit=5)[:5]
        for statement in statements
        if "store_spans" in statement[:60]
    ]
    assert changes == [["ALTER", "TABLE", "store_spans", "MODIFY", "QUERY"]] * 2


@pytest.mark.engine
def test_every_canonical_field_is_a_column(engine: Engine) -> None:
    """What the conventions table names is a column of spans, unless it only feeds others."""
    columns = {row[0] for row in engine.client().query("DESCRIBE TABLE spans").result_rows}

    assert {f.column for f in fields() if not f.hidden} <= columns


@pytest.mark.engine
def test_views_fill_only_tables_that_exist(engine: Engine) -> None:
    """Every view names a source and a target that are there."""
    tables = {row[0] for row in engine.client().query("SHOW TABLES").result_rows}

    assert {name for view in VIEWS for name in (view.source, view.target)} <= tables
