"""Rows of the API as Arrow. pyarrow comes with an extra and is imported when the first row needs it."""

import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from groundwire.read.tables import Kind


def pyarrow() -> ModuleType:
    """Return pyarrow. Raises ImportError saying how to install it."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - only who wants Arrow needs it
    except ImportError as error:
        raise ImportError(
            "Arrow tables need pyarrow: pip install 'groundwire[arrow]'", name="pyarrow"
        ) from error
    module: ModuleType = pa
    return module


def schema(columns: Mapping[str, Kind]) -> Any:
    """Return the pyarrow.Schema of a table with these columns."""
    pa = pyarrow()
    score = pa.struct(
        [
            ("kind", pa.string()),
            ("score", pa.float64()),
            ("label", pa.string()),
            ("count", pa.int64()),
            ("sources", pa.list_(pa.string())),
        ]
    )
    types: dict[Kind, Any] = {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("ns", "UTC"),
        "texts": pa.list_(pa.string()),
        "numbers": pa.list_(pa.float64()),
        "texts_by_key": pa.map_(pa.string(), pa.string()),
        "scores": pa.map_(pa.string(), score),
        "json": pa.string(),
    }
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])


def batch(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Kind]) -> Any:
    """Return rows as a pyarrow.RecordBatch. A column that the server does not know yet is null."""
    shape = schema(columns)
    arrays = [
        _array([row.get(name) for row in rows], kind, field.type)
        for (name, kind), field in zip(columns.items(), shape, strict=True)
    ]
    return pyarrow().RecordBatch.from_arrays(arrays, schema=shape)


def _array(values: list[Any], kind: Kind, arrow_type: Any) -> Any:
    pa = pyarrow()
    if kind == "time":
        # RFC 3339 with nanoseconds, as ISO 8601 is read by Arrow itself.
        return pa.array(values, pa.string()).cast(arrow_type)
    if kind == "json":
        values = [None if value is None else _json(value) for value in values]
    elif kind == "texts_by_key":
        values = [None if value is None else _texts(value) for value in values]
    return pa.array(values, arrow_type)


def _texts(attributes: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return attributes as texts: text as it is, anything else as JSON writes it."""
    return [(k, v if isinstance(v, str) else _json(v)) for k, v in attributes.items()]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
