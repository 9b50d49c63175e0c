"""Every file in storage/queries."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from storage.client import Engine
from storage.errors import QueryTimeout, StorageError, StoreUnavailable, TooMuchData
from storage.query import MARKER, Predicate, Query, ask, load, load_across, run
from storage.scope import Scope

FOLDER = Path(str(files("storage").joinpath("queries")))
# Those of usage are put together: tests/storage/costs/test_usage_sql.py has them as they are asked.
ALL = sorted(
    str(p.relative_to(FOLDER).with_suffix(""))
    for p in FOLDER.rglob("*.sql")
    if p.parent.name != "usage"
)
PARTS = ("evaluators/told_label",)
"""Expressions that questions are put together from; they are no questions."""
SCOPED = [name for name in ALL if not name.startswith("across/")]
SETS = [name for name in SCOPED if "-- A set, for" in (FOLDER / f"{name}.sql").read_text()]

DUMMIES: dict[str, Any] = {
    "String": "x",
    "Int8": -1,
    "Int64": 1_763_600_000_000_000_000,
    "Float64": 0.5,
    "UInt32": 10,
    "DateTime('UTC')": datetime(2025, 1, 1, tzinfo=UTC),
    "Array(String)": ["x"],
    "Array(UInt128)": [1],
    "Array(UInt32)": [0],
    "Array(Float64)": [0.5],
    "Array(DateTime('UTC'))": [1_763_600_000],
    "Bool": True,
}
IDENTIFIERS = {
    "suggestions/of_lists_of_traces": "models",
    "suggestions/of_spans": "name",
    "suggestions/of_traces": "name",
    "evaluations/rates": "feature",
    "failures/ranking": "feature",
    "sessions/page": "by_start_time",
}


def dummies(query: Query) -> dict[str, Any]:
    """Return a value for every placeholder."""
    return {
        name: IDENTIFIERS.get(query.name, "by_duration") if kind == "Identifier" else DUMMIES[kind]
        for name, kind in query.parameters.items()
    }


@pytest.mark.engine
@pytest.mark.parametrize("name", [name for name in ALL if name not in PARTS])
def test_the_engine_understands_the_file(engine: Engine, name: str) -> None:
    """Every question parses and resolves against the tables as they are."""
    query = load_across(name.removeprefix("across/")) if name.startswith("across/") else load(name)
    text = query.text.replace(MARKER, "AND (1 = 1)")
    assert ask(engine, name, f"EXPLAIN {text}", dummies(query)).result_rows


@pytest.mark.parametrize("name", SCOPED)
def test_every_read_of_a_table_is_scoped_to_the_project(name: str) -> None:
    """Each FROM of a table is followed by a WHERE that names the bound project."""
    text = load(name).text
    reads = [
        m.end()
        for m in re.finditer(
            r"FROM (traces|spans|contents|logs|span_additions|trace_minutes|evaluation_versions|calls|prices|costings"
            r"|servings|usage_by_hour|usage_by_session|usage_by_day|verdicts|evaluated_traces"
            r"|thresholds)\b",
            text,
        )
    ]
    assert reads
    for position in reads:
        clause = text[position:].split("FROM ", 1)[0]
        assert re.match(
            r"( FINAL| AS s| AS t FINAL)?\s+WHERE project_id = \{project:String\}", clause
        ), clause


def test_only_the_ledger_is_read_across_projects() -> None:
    """The questions about all projects at once read the account, no data."""
    for path in (FOLDER / "across").glob("*.sql"):
        assert re.findall(r"FROM (\w+)", path.read_text()) == ["ledger"]


@pytest.mark.parametrize("name", ALL)
def test_files_say_what_they_answer_and_are_bounded(name: str) -> None:
    """A file starts with a comment, names its columns, and has an order and a limit unless it is a set."""
    text = (FOLDER / f"{name}.sql").read_text()
    assert text.startswith("-- ")
    assert "SELECT *" not in text
    assert "%(" not in text
    if name not in SETS and name not in PARTS:
        assert "LIMIT" in text
        assert "ORDER BY" in text or name == "search/first_hashes"


def test_a_file_without_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that is not scoped to a project cannot be loaded."""
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "bad.sql").write_text("SELECT 1")
    (tmp_path / "queries" / "worse.sql").write_text("SELECT {project:String}, %(x)s")
    monkeypatch.setattr("storage.query.files", lambda _: tmp_path)
    with pytest.raises(ValueError, match="reads without"):
        load("bad")
    with pytest.raises(ValueError, match="unbound"):
        load("worse")


def test_the_project_comes_from_the_scope_alone(engine: Engine) -> None:
    """Neither values nor a filter's values can name the project."""
    query = load("spans/minutes")
    with pytest.raises(ValueError, match="scope alone"):
        run(engine, Scope("a"), query, project="b", trace_id="x", limit=1)
    with pytest.raises(ValueError, match="scope alone"):
        run(
            engine, Scope("a"), query, where=Predicate("1", {"project": "b"}), trace_id="x", limit=1
        )


@pytest.mark.engine
def test_values_have_to_match_the_placeholders(engine: Engine) -> None:
    """A value that is missing or not asked for is a mistake of ours and says so."""
    with pytest.raises(ValueError, match="lacks values"):
        run(engine, Scope("a"), load("spans/minutes"), trace_id="x")
    with pytest.raises(ValueError, match="no placeholders"):
        run(engine, Scope("a"), load("spans/minutes"), trace_id="x", limit=1, other=2)


@pytest.mark.engine
@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO trace_minutes SELECT 'x', 'x', now()",
        "-- SELECT\nDROP TABLE spans",
        "EXPLAIN INSERT INTO spans SELECT 1",
        "SELECT 1; DROP TABLE spans",
    ],
)
def test_questions_change_nothing(engine: Engine, text: str) -> None:
    """A text that would write is refused, and what is refused leaves the connection as it was."""
    with pytest.raises((ValueError, StorageError)):
        ask(engine, "x", text, {})
    assert ask(
        engine, "x", "SELECT value FROM system.settings WHERE name = 'readonly'", {}
    ).result_rows == [("0",)]
    assert ask(engine, "x", "SELECT count() >= 0 FROM spans", {}).result_rows == [(1,)]


@pytest.mark.engine
def test_errors_of_the_engine_have_names(engine: Engine) -> None:
    """Too long, too much and everything else are told apart, and no engine text gets out."""
    endless = "SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3 AND {p:String} = 'x'"
    with pytest.raises(QueryTimeout):
        ask(engine, "x", endless + " SETTINGS max_execution_time = 0.1", {"p": "x"})
    with pytest.raises(TooMuchData):
        ask(engine, "x", endless + " SETTINGS max_rows_to_read = 10", {"p": "x"})
    with pytest.raises(StoreUnavailable) as raised:
        ask(engine, "x", "SELECT throwIf(1, {p:String})", {"p": "secret"})
    assert "secret" not in str(raised.value)
