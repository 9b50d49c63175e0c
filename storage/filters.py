"""From a filter to a condition of a query: allow-listed expressions and bound values, nothing else.

    filters.predicate('model = "gpt-4o" and duration > 5s', "trace", now=...)

A filter of sessions is one of their traces, but that evaluations of the whole session count as well.
On traces, a field that traces have is compared with the trace; of any other, some span of the trace has to fit.
Fields of calls that are joined by `and` have to hold of one and the same call.
`!=` and `!~` hold where `=` and `~` do not, so on traces: where no span fits.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Final

from storage import literals
from storage.errors import BadInput
from storage.evaluation_filters import Judged, condition, is_of_evaluation, problem
from storage.fields import CALL_COUNTS, Column, Field, by_any_name, of_source
from storage.filter_syntax import MAX_COMPARISONS, And, Comparison, Literal, Node, Not, Or, parse
from storage.query import MARKER, Predicate, load

_NEGATED: Final = {"!=": "=", "!~": "~"}
_ORDERED: Final = (">", ">=", "<", "<=")
_OF_TEXT: Final = ("=", "~", "contains", "in", "exists")
_OF_MEASURE: Final = ("=", *_ORDERED, "in", "exists")
_KEYED: Final = ("attr", "resource")
_RULE: Final = "call_rule"
_INT64: Final = 2**63


def predicate(text: str, target: Judged, *, now: datetime | None = None) -> Predicate:
    """Return the condition that a filter stands for. Raises BadInput that points at what to mend."""
    tree = parse(text)
    if tree is None:
        return Predicate()
    rendering = _Rendering(target, now or datetime.now(UTC))
    sql = rendering.node(tree)
    return Predicate(sql, rendering.values, rendering.reads_spans)


@dataclass
class _Rendering:
    target: Judged
    now: datetime
    values: dict[str, Any] = field(default_factory=dict)
    reads_spans: bool = False
    comparisons: int = 0

    def node(self, node: Node) -> str:
        match node:
            case And(parts):
                return "(" + " AND ".join(self.joined(parts)) + ")"
            case Or(parts):
                return "(" + " OR ".join(self.node(p) for p in parts) + ")"
            case Not(inner):
                return f"NOT {self.node(inner)}"
        return self.comparison(node)

    def joined(self, parts: Sequence[Node]) -> Iterator[str]:
        """Yield what has to hold together. What is said of calls is said of one call."""
        of_calls = [p for p in parts if isinstance(p, Comparison) and _is_of_call(p)]
        if of_calls:
            self.count(len(of_calls))
            yield self.some_call(of_calls)
        for part in parts:
            if part not in of_calls:
                yield self.node(part)

    def count(self, more: int) -> None:
        self.comparisons += more
        if self.comparisons > MAX_COMPARISONS:
            raise BadInput(
                f"the filter has over {MAX_COMPARISONS} comparisons", hint="use `in (...)`"
            )

    def comparison(self, c: Comparison) -> str:
        self.count(1)
        if c.operator in _NEGATED:
            positive = Comparison(c.field, c.key, _NEGATED[c.operator], c.values, c.column)
            return f"NOT {self.comparison(positive)}"
        if is_of_evaluation(c):
            return self.evaluation(c)
        if c.field in _KEYED or c.key:
            return self.some_span(self.attribute(c))
        known = _known(c)
        if known.call is not None:
            return self.some_call([c])
        column = known.span if self.target == "span" else known.trace
        if column is not None:
            return self.compared(c, column)
        if self.target == "span" or known.span is None:
            raise _wrong(c, f"{c.field} is about whole traces", "filter spans by another field")
        return self.some_span(self.compared(c, known.span))

    def evaluation(self, c: Comparison) -> str:
        if wrong := problem(c):
            raise _wrong(c, *wrong)
        return condition(c, self.target, self)

    def some_span(self, sql: str) -> str:
        if self.target == "span":
            return f"({sql})"
        self.reads_spans = True
        spans = load("traces/having_span").text.replace(MARKER, f"AND ({sql})")
        return f"trace_id IN (\n{spans})"

    def some_call(self, comparisons: Sequence[Comparison]) -> str:
        """Return whether all comparisons hold of one call that counts, of any call where they ask for its rule."""
        tests = [
            f"({self.compared(c, column)})"
            for c in comparisons
            if (column := _known(c).call) is not None
        ]
        if all(_known(c).name != _RULE for c in comparisons):
            tests.append(CALL_COUNTS)
        place, ids = (
            ("spans", "(trace_id, span_id)") if self.target == "span" else ("traces", "trace_id")
        )
        self.reads_spans |= self.target != "span"
        calls = load(f"{place}/having_call").text.replace(MARKER, f"AND {' AND '.join(tests)}")
        return f"{ids} IN (\n{calls})"

    def bound(self, kind: str, value: Any) -> str:
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"

    # ---------------------------------------------------------------- by type
    def compared(self, c: Comparison, column: Column) -> str:
        if not c.operator:
            if column.type != "bool":
                raise _wrong(c, f"{c.field} needs an operator", f"for example: {_example(c)}")
            return f"({column.sql})"
        if column.type == "bool":
            return self.truth(c, column.sql)
        if column.type == "list":
            return self.listed(c, column.sql)
        if column.type == "text":
            return self.text(c, column.sql)
        return self.measure(c, column)

    def truth(self, c: Comparison, sql: str) -> str:
        _allow(c, ("=",))
        return f"({sql}) = {self.bound('Bool', _bool(c, c.values[0]))}"

    def text(self, c: Comparison, sql: str) -> str:
        _allow(c, _OF_TEXT)
        return self.text_test(c, sql) if c.operator != "exists" else f"{sql} != ''"

    def text_test(self, c: Comparison, sql: str) -> str:
        """Test one text, whatever holds it."""
        if c.operator == "in":
            return f"{sql} IN {self.bound('Array(String)', [v.text for v in c.values])}"
        value = self.bound("String", c.values[0].text)
        if c.operator == "~":
            return f"match({sql}, {value})"
        if c.operator == "contains":
            return f"positionCaseInsensitiveUTF8({sql}, {value}) > 0"
        return f"{sql} = {value}"

    def listed(self, c: Comparison, sql: str) -> str:
        _allow(c, _OF_TEXT)
        if c.operator == "exists":
            return f"notEmpty({sql})"
        if c.operator == "=":
            return f"has({sql}, {self.bound('String', c.values[0].text)})"
        if c.operator == "in":
            return f"hasAny({sql}, {self.bound('Array(String)', [v.text for v in c.values])})"
        return f"arrayExists(x -> {self.text_test(c, 'x')}, {sql})"

    def measure(self, c: Comparison, column: Column) -> str:
        _allow(c, _OF_MEASURE)
        sql = column.sql
        if c.operator == "exists":
            # An absent count is 0, an absent measure NULL.
            return f"ifNull({sql}, 0) != 0" if column.type == "number" else f"isNotNull({sql})"
        operator = "=" if c.operator == "in" else c.operator
        tests = [f"ifNull({sql} {operator} {self.amount(c, v, column)}, 0)" for v in c.values]
        return "(" + " OR ".join(tests) + ")"

    def amount(self, c: Comparison, literal: Literal, column: Column) -> str:
        value = _READERS[column.type](c, literal, self.now)
        if column.type == "time":
            return f"fromUnixTimestamp64Nano({self.bound('Int64', value)}, 'UTC')"
        return self.number(value)

    def number(self, value: float) -> str:
        whole = isinstance(value, int) and abs(value) < _INT64
        return self.bound("Int64" if whole else "Float64", value if whole else float(value))

    # ---------------------------------------------------------------- attributes
    def attribute(self, c: Comparison) -> str:
        if c.field not in _KEYED or not c.key:
            raise _wrong(c, f"{c.field} takes no [...]" if c.key else f"{c.field} needs a key",
                         'write attr["http.route"] or resource["k8s.pod.name"]')  # fmt: skip
        key = self.bound("String", c.key)
        if c.field == "resource":
            return self.of_resource(c, key)
        if c.operator == "exists":
            maps = ("string", "int", "double", "bool", "content")
            return " OR ".join(f"mapContains(attributes_{m}, {key})" for m in maps)
        if not c.operator or (c.operator == "=" and _is_bool(c.values[0])):
            return self.of_bool(c, key)
        tests = []
        if c.operator in _OF_TEXT:
            tests.append(self.of_text(c, key))
        if c.operator in _OF_MEASURE:
            tests += self.of_numbers(c, key)
        if not tests:
            raise _wrong(
                c, f"`{c.operator}` compares numbers", 'leave the quotes away: attr["n"] > 5'
            )
        return " OR ".join(tests)

    def of_text(self, c: Comparison, key: str) -> str:
        test = self.text_test(c, f"attributes_string[{key}]")
        # A missing key reads as '', which is no value of it; this also lets the index of keys skip.
        return f"mapContains(attributes_string, {key}) AND {test}"

    def of_numbers(self, c: Comparison, key: str) -> list[str]:
        numbers = [
            n for v in c.values if not v.quoted and (n := literals.number(v.text)) is not None
        ]
        operator = "=" if c.operator == "in" else c.operator
        return [
            f"mapContains(attributes_{kind}, {key}) AND attributes_{kind}[{key}] {operator} {self.number(n)}"
            for n in numbers
            for kind in ("int", "double")
        ]

    def of_bool(self, c: Comparison, key: str) -> str:
        wanted = _bool(c, c.values[0]) if c.values else True
        return (
            f"mapContains(attributes_bool, {key}) AND attributes_bool[{key}] = {self.bound('Bool', wanted)} OR "
            f"mapContains(attributes_string, {key}) AND lower(attributes_string[{key}]) = "
            f"{self.bound('String', str(wanted).lower())}"
        )

    def of_resource(self, c: Comparison, key: str) -> str:
        value = f"resource_attributes[{key}]"
        if c.operator == "exists":
            return f"mapContains(resource_attributes, {key})"
        if not c.operator:
            return f"lower({value}) = 'true'"
        if c.operator in _ORDERED:
            number = literals.number(c.values[0].text)
            if number is None:
                raise _wrong(
                    c, f"`{c.operator}` compares numbers", "write a number", at=c.values[0].column
                )
            return f"ifNull(toFloat64OrNull({value}) {c.operator} {self.number(number)}, 0)"
        return f"mapContains(resource_attributes, {key}) AND {self.text_test(c, value)}"


# -------------------------------------------------------------------- values
def _number(c: Comparison, v: Literal, _: datetime) -> float:
    value = literals.number(v.text)
    if value is None:
        raise _wrong(
            c, f"{v.text!r} is not a number", "write a number, like 10, 0.05 or 10k", at=v.column
        )
    return value


def _duration(c: Comparison, v: Literal, _: datetime) -> int:
    value = 0 if v.text == "0" else literals.duration_ns(v.text)
    if value is None and c.field.endswith("_ns"):
        value = int(_number(c, v, _))
    if value is None:
        raise _wrong(
            c,
            f"{v.text!r} is not a duration",
            "write a number with a unit, like 5s or 200ms",
            at=v.column,
        )
    return value


def _seconds(c: Comparison, v: Literal, now: datetime) -> float:
    length = literals.duration_ns(v.text)
    return length / 1e9 if length is not None else _number(c, v, now)


def _time(c: Comparison, v: Literal, now: datetime) -> int:
    try:
        return literals.time_ns(v.text, now=now)
    except BadInput as error:
        raise _wrong(c, str(error), error.hint, at=v.column) from error


_READERS: Final[dict[str, Callable[[Comparison, Literal, datetime], float]]] = {
    "number": _number, "duration": _duration, "seconds": _seconds, "time": _time,
}  # fmt: skip


def _is_bool(v: Literal) -> bool:
    return not v.quoted and v.text.lower() in ("true", "false")


def _bool(c: Comparison, v: Literal) -> bool:
    if v.text.lower() not in ("true", "false"):
        raise _wrong(
            c, f"{v.text!r} is not true or false", f"write {c.field} or not {c.field}", at=v.column
        )
    return v.text.lower() == "true"


def _is_of_call(c: Comparison) -> bool:
    """Return whether a comparison is about a call, and not about there being none."""
    known = by_any_name().get(c.field.lower())
    return not c.key and c.operator not in _NEGATED and known is not None and known.call is not None


# -------------------------------------------------------------------- what went wrong
def _known(c: Comparison) -> Field:
    known = by_any_name().get(c.field.lower())
    if known is not None:
        return known
    if canonical := of_source(c.field):
        raise _wrong(c, f"there is no field {c.field}", f"it is stored as {canonical}")
    close = get_close_matches(c.field.lower(), by_any_name(), 1)
    if "." in c.field:
        raise _wrong(c, f"there is no field {c.field}", f'for an attribute write attr["{c.field}"]')
    hint = (
        f"did you mean {close[0]}?" if close else 'see /fields for all; attributes are attr["key"]'
    )
    raise _wrong(c, f"there is no field {c.field}", hint)


def _allow(c: Comparison, operators: Sequence[str]) -> None:
    if c.operator not in operators:
        written = " ".join(operators)
        raise _wrong(c, f"{c.field} cannot be compared with `{c.operator}`", f"it takes: {written}")


def _example(c: Comparison) -> str:
    known = by_any_name().get(c.field.lower())
    return known.example if known else 'attr["http.route"] = "/chat"'


def _wrong(c: Comparison, message: str, hint: str, *, at: int | None = None) -> BadInput:
    column = at or c.column
    return BadInput(f"filter, column {column}: {message}", hint=hint, column=column)
