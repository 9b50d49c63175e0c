"""Questions to the store: one .sql file each, bound by name, always scoped to one project, errors by name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, BinaryIO, Final, cast

from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.query import QueryResult

from storage.client import Engine
from storage.errors import BadInput, QueryTimeout, StorageError, StoreUnavailable, TooMuchData
from storage.scope import Scope

MARKER: Final = "/* filters */"
"""Where a query takes the predicates of a filter or search; the one place in which text is spliced."""

_PLACEHOLDER: Final = re.compile(r"\{(\w+):([^}]+)\}")
_PROJECT: Final = "{project:String}"
_PART: Final = re.compile(r"\$\{([a-z_/]+)\}")
_COMMENT: Final = re.compile(r"--[^\n]*")
_QUESTION: Final = re.compile(r"\s*(?:EXPLAIN\s+(?:indexes\s*=\s*1\s+)?)?SELECT\s[^;]*")

_SETTINGS: Final[Mapping[str, Any]] = {
    # Seconds: a person waits for the answer.
    "max_execution_time": 30,
    # Bytes: one question must not starve the inserts that run beside it.
    "max_memory_usage": 4_000_000_000,
    # A trace's key holds its hour, so versions of one trace never lie in two partitions.
    "do_not_merge_across_partitions_select_final": 1,
}

_TIMEOUT: Final = frozenset({159, 160})
_TOO_MUCH: Final = frozenset({158, 191, 241, 307, 396})
_BAD_REGEX: Final = frozenset({427})


@dataclass(frozen=True, slots=True)
class Query:
    """A question as its file has it: `parameters` are its placeholders and their ClickHouse types."""

    name: str
    text: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that goes in at a query's marker, with the values that its placeholders take."""

    sql: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    reads_spans: bool = False
    """It asks about spans of a trace, so it needs to know until when the traces of the window last."""


def all_of(predicates: Sequence[Predicate]) -> Predicate:
    """Return the predicate that holds where all of `predicates` hold; empty ones hold everywhere."""
    present = [p for p in predicates if p.sql]
    values: dict[str, Any] = {}
    for predicate in present:
        values |= predicate.values
    return Predicate(
        " AND ".join(f"({p.sql})" for p in present), values, any(p.reads_spans for p in present)
    )


@cache
def load(name: str) -> Query:
    """Return the question storage/queries/<name>.sql. A file that is not scoped to a project is refused.

    `${other/name}` in it stands for another file of these: what several questions begin with is written once.
    """
    text = _PART.sub(
        lambda part: load(part[1]).text,
        files("storage").joinpath("queries", f"{name}.sql").read_text(),
    )
    if _PROJECT not in text:
        raise ValueError(f"storage/queries/{name}.sql reads without {_PROJECT}")
    if "%(" in text:
        raise ValueError(f"storage/queries/{name}.sql holds '%(', which would be filled in unbound")
    return Query(name, text, placeholders(text))


@cache
def load_across(name: str) -> Query:
    """Return the question storage/queries/across/<name>.sql, one of the few about all projects at once."""
    text = files("storage").joinpath("queries", "across", f"{name}.sql").read_text()
    return Query(name, text, placeholders(text))


def placeholders(text: str) -> dict[str, str]:
    """Return the placeholders {name:Type} of a text as name -> type."""
    return dict(_PLACEHOLDER.findall(text))


def spliced(query: Query, predicate: Predicate) -> str:
    """Return the query's text with the predicate at its markers."""
    if not predicate.sql:
        return query.text.replace(MARKER, "")
    if MARKER not in query.text:
        raise ValueError(f"storage/queries/{query.name}.sql takes no filters")
    return query.text.replace(MARKER, f"AND ({predicate.sql})")


def run(
    engine: Engine,
    scope: Scope,
    query: Query,
    *,
    where: Predicate | None = None,
    **values: Any,
) -> QueryResult:
    """Ask the question of one project. `values` fill exactly the placeholders of the file.

    Raises BadInput for a regular expression the engine cannot compile, QueryTimeout, TooMuchData, StoreUnavailable.
    """
    text, parameters = _bound(scope, query, where or Predicate(), values)
    return ask(engine, query.name, text, parameters)


def stream(
    engine: Engine,
    scope: Scope,
    query: Query,
    form: str,
    settings: Mapping[str, Any],
    **values: Any,
) -> BinaryIO:
    """Ask the question of one project; return the answer's bytes as the engine writes them in a format of its own.

    Raises as `run`. Embedded, the engine makes all of the answer before its first byte.
    """
    text, parameters = _bound(scope, query, Predicate(), values)
    _check_question(query.name, text)
    try:
        answer = engine.client().raw_stream(
            text,
            parameters=parameters,
            settings={**_SETTINGS, **settings, "log_comment": query.name},
            fmt=form,
        )
        return cast("BinaryIO", answer)
    except ClickHouseError as error:
        raise named(error, query.name) from error


def _bound(
    scope: Scope, query: Query, where: Predicate, values: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the text of a question about one project, and a value for each of its placeholders."""
    if "project" in values or "project" in where.values:
        raise ValueError("the project comes from the scope alone")
    text = spliced(query, where)
    known = {**values, **where.values, "project": scope.project}
    wanted = placeholders(text)
    if missing := wanted.keys() - known.keys():
        raise ValueError(f"storage/queries/{query.name}.sql lacks values for {sorted(missing)}")
    if unknown := values.keys() - wanted.keys() - {"reach_ns"}:
        raise ValueError(f"storage/queries/{query.name}.sql has no placeholders {sorted(unknown)}")
    return text, {name: known[name] for name in wanted}


def _check_question(name: str, text: str) -> None:
    # The engine's own `readonly` would stay on an embedded connection after a statement that it refused.
    if not _QUESTION.fullmatch(_COMMENT.sub("", text)):
        raise ValueError(f"{name} is not one question: it has to be a single SELECT")


def ask(engine: Engine, name: str, text: str, parameters: Mapping[str, Any]) -> QueryResult:
    """Send a question to the engine and name its errors. For `run`, and for what is about all projects."""
    _check_question(name, text)
    try:
        return engine.client().query(
            text, parameters=dict(parameters), settings={**_SETTINGS, "log_comment": name}
        )
    except ClickHouseError as error:
        raise named(error, name) from error
    except UnicodeDecodeError as error:
        # The engine quoted bytes that are no text in its message.
        raise StoreUnavailable(
            f"the question {name} failed, for a reason the engine could not put"
        ) from error


def named(error: ClickHouseError, name: str) -> StorageError:
    """Return the error of ours that an engine's error stands for. Its text stays in the log: it may quote data."""
    code, reason = getattr(error, "code", None), getattr(error, "name", None)
    if code in _TIMEOUT:
        return QueryTimeout(f"the question {name} took too long; ask for a shorter window")
    if code in _TOO_MUCH:
        return TooMuchData(
            f"the question {name} would read too much; ask for a shorter window or add a filter"
        )
    if code in _BAD_REGEX:
        return BadInput(
            "the regular expression cannot be compiled",
            hint="RE2 syntax: no look-around and no back-references",
        )
    return StoreUnavailable(
        f"the question {name} failed: {reason or type(error).__name__} ({code})"
    )
