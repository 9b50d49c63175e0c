"""JSON values as they stand in telemetry: read without raising, written compactly.

Everything here takes what a stranger sent. Functions check types and say None; none raises.
"""

from typing import TypeAlias

import orjson

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

# Some SDKs encode twice: MLflow every value, Langfuse and the AI SDK some. Deeper is a riddle.
_MAX_DECODINGS = 2


def decoded(value: Json) -> Json:
    """Return what `value` means when it is JSON text, at most twice encoded; else `value`."""
    for _ in range(_MAX_DECODINGS):
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            return value
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def encoded(value: Json) -> str | None:
    """Return `value` as compact JSON; None when it nests too deeply to be written."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return None


def as_object(value: Json) -> Object:
    """Return the object that `value` is, or encodes; an empty one when it is none."""
    value = decoded(value)
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return the list that `value` is, or encodes; an empty one when it is none."""
    value = decoded(value)
    return value if isinstance(value, list) else []


def as_text(value: Json) -> str:
    """Return `value` when it is text, else an empty string."""
    return value if isinstance(value, str) else ""


def first(source: Object, *names: str) -> Json:
    """Return the first value among `names` that is neither absent nor null nor empty text."""
    for name in names:
        value = source.get(name)
        if value is not None and value != "":
            return value
    return None


def without(source: Object, *names: str) -> Object:
    """Return what `source` holds beside `names`, leaving out nulls and empty values."""
    return {
        name: value
        for name, value in source.items()
        if name not in names and value is not None and value not in ("", [], {})
    }


def present(**values: Json) -> Object:
    """Return an object of those values that are not None, in the order given."""
    return {name: value for name, value in values.items() if value is not None}
