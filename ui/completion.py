"""What may come next in a filter: pure functions over the text before the caret."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from storage.suggestions import FieldInfo

_TOKEN: Final = re.compile(
    r"""\s+ | "(?:[^"\\]|\\.)*"?
    | (?:attr|resource|evaluation)\[[^\]]*\]? | !~|!=|>=|<=|[=<>~(),] | [^\s"=<>~(),!\[\]]+ | .""",
    re.VERBOSE,
)
_COMPARISONS: Final = ("=", "!=", ">", ">=", "<", "<=", "~", "!~")
_OPERATORS: Final = {
    "text": ("=", "!=", "~", "!~", "contains", "in", "exists"),
    "number": ("=", "!=", ">", ">=", "<", "<=", "exists"),
    "duration": (">", ">=", "<", "<=", "exists"),
    "time": (">", ">=", "<", "<="),
    "list": ("=", "!=", "~", "contains", "in", "exists"),
    "bool": ("and", "or"),
}
_MEANING: Final = {
    "=": "is",
    "!=": "is not",
    ">": "more than",
    ">=": "at least",
    "<": "less than",
    "<=": "at most",
    "~": "matches the regular expression",
    "!~": "does not match the regular expression",
    "contains": "has this in it",
    "in": "is one of (…)",
    "exists": "is there at all",
    "and": "both",
    "or": "either",
}

Want = Literal["field", "operator", "value", "connective", "attribute"]


@dataclass(frozen=True, slots=True)
class Place:
    """What belongs at the caret: `typed` of it stands there already, from `start` on."""

    want: Want
    start: int
    typed: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion: what is inserted, and what is said about it."""

    text: str
    label: str
    detail: str


def place_at(text: str, caret: int) -> Place:
    """Return what the filter wants at `caret` (0 to len(text))."""
    words = [m for m in _TOKEN.finditer(text[:caret]) if not m[0].isspace()]
    touching = bool(words) and words[-1].end() == caret and not _is_closed(words[-1][0])
    typed = words.pop() if touching else None
    start = typed.start() if typed else caret
    so_far = typed[0] if typed else ""
    before = [m[0] for m in words]
    if so_far.startswith(("attr[", "resource[")):
        return Place("attribute", start, so_far)
    return _want(before, start, so_far)


def _want(before: Sequence[str], start: int, typed: str) -> Place:
    last = before[-1].lower() if before else ""
    if last in {"", "and", "or", "not"} or (last == "(" and not _in_list(before)):
        return Place("field", start, typed)
    field = _field_compared(before)
    if field is not None:
        return Place("value", start, typed, field)
    if _is_field_position(before):
        return Place("operator", start, typed, before[-1])
    return Place("connective", start, typed)


def _is_closed(token: str) -> bool:
    """Tell whether nothing more can be typed onto a token."""
    if token.startswith('"'):
        return len(token) > 1 and token.endswith('"') and not token.endswith('\\"')
    return token.endswith("]") or token in {"(", ")", ",", *_COMPARISONS}


def _field_compared(before: Sequence[str]) -> str | None:
    """Return the field whose value is due: `model =`, `model in (`, `model in ("a",`."""
    last = before[-1].lower()
    if len(before) >= 2 and (last in _COMPARISONS or last == "contains"):
        return before[-2]
    if last in {"(", ","} and _in_list(before):
        at = len(before) - 1 - before[::-1].index("(")
        return before[at - 2]
    return None


def _in_list(before: Sequence[str]) -> bool:
    """Tell whether the last open parenthesis belongs to `field in (`."""
    if "(" not in before:
        return False
    at = len(before) - 1 - before[::-1].index("(")
    return ")" not in before[at:] and at >= 2 and before[at - 1].lower() == "in"


def _is_field_position(before: Sequence[str]) -> bool:
    """Tell whether the last token stands where a field does: first, or after a connective."""
    if before[-1].startswith('"') or before[-1] == ")":
        return False
    ahead = before[-2].lower() if len(before) > 1 else ""
    return ahead in {"", "and", "or", "not"} or (ahead == "(" and not _in_list(before[:-1]))


def field_candidates(fields: Sequence[FieldInfo], typed: str) -> list[Candidate]:
    """Return the fields that `typed` may become, those that start with it first."""
    wanted = typed.lower()
    hits = [f for f in fields if wanted in f.name.lower()]
    hits.sort(key=lambda f: (not f.name.lower().startswith(wanted), f.name))
    return [Candidate(f"{f.name} ", f.name, f.doc) for f in hits]


def operator_candidates(fields: Sequence[FieldInfo], field: str, typed: str) -> list[Candidate]:
    """Return the operators that a field's type allows."""
    kind = next((f.type for f in fields if f.name.lower() == field.lower()), "text")
    return [
        Candidate(f"{op} ", op, _MEANING[op])
        for op in _OPERATORS.get(kind, _COMPARISONS)
        if op.startswith(typed.lower())
    ]


def value_candidates(found: Sequence[tuple[str, int]]) -> list[Candidate]:
    """Return values in quotes, with how many spans or traces have each."""
    return [Candidate(f"{quoted(value)} ", value, f"{times:,} times") for value, times in found]


def connective_candidates(typed: str) -> list[Candidate]:
    """Return what joins two conditions."""
    return [
        Candidate(f"{w} ", w, _MEANING[w]) for w in ("and", "or") if w.startswith(typed.lower())
    ]


def attribute_candidates(keys: Sequence[str], typed: str) -> list[Candidate]:
    """Return attribute keys in the notation of the filter language."""
    scope = typed.partition("[")[0]
    return [Candidate(f"{scope}[{quoted(key)}] ", key, "attribute") for key in keys]


def quoted(value: str) -> str:
    """Return a value as the filter language writes text."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquoted(typed: str) -> str:
    """Return the text of a value that is still being typed."""
    return typed.removeprefix('"').replace('\\"', '"').replace("\\\\", "\\")


def attribute_prefix(typed: str) -> str:
    """Return the part of an attribute's key that stands in `attr["htt`."""
    return unquoted(typed.partition("[")[2].rstrip("]").rstrip('"'))
