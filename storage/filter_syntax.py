"""The filter language as a tree: what was written, with the column of each part for messages."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from storage.errors import BadInput

GRAMMAR: Final = r"""
    ?start: either
    ?either: both (_OR both)*
    ?both: negated (_AND negated)*
    ?negated: _NOT negated -> negation
        | "(" either ")"
        | comparison
    comparison: field OPERATOR value                -> compared
        | field CONTAINS value                      -> compared
        | field IN "(" value ("," value)* ")"       -> among
        | field _NOT IN "(" value ("," value)* ")"  -> not_among
        | field EXISTS                              -> present
        | field                                     -> bare
    field: NAME -> named
        | NAME "[" (STRING | WORD) "]" -> keyed
    ?value: STRING | WORD

    _AND.2: /(and|&&)(?![\w.])/i
    _OR.2: /(or|\|\|)(?![\w.])/i
    _NOT.2: /not(?![\w.])|!(?![=~])/i
    IN.2: /in(?![\w.])/i
    CONTAINS.2: /contains(?![\w.])/i
    EXISTS.2: /exists(?![\w.])/i
    OPERATOR: /==|!=|>=|<=|!~|=~|[=<>~]/
    NAME: /[A-Za-z_][\w.]*/
    STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/
    WORD: /[^\s()\[\],"'=<>!~]+/
    %ignore /\s+/
"""

EVALUATION: Final = "evaluation"
"""The field whose key may also stand after a dot: `evaluation.grounded` is `evaluation["grounded"]`."""

MAX_LENGTH: Final = 10_000
"""Characters of a filter: far more than a person writes, little enough to parse at once."""

MAX_COMPARISONS: Final = 50
"""Comparisons of a filter: each may read a column of every trace."""

MAX_DEPTH: Final = 100
"""Brackets and `not`s in one another; below Python's own limit."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written. A quoted one is text; what a bare word is, the field decides."""

    text: str
    quoted: bool
    column: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared. `key` is that of an attribute, or the name of an evaluation.

    `operator` is one of = != > >= < <= ~ !~ contains in exists.
    """

    field: str
    key: str
    operator: str
    values: tuple[Literal, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where `inner` does not."""

    inner: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all of `parts` do."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where one of `parts` does."""

    parts: tuple["Node", ...]


Node = Comparison | Not | And | Or

_EXPECTED: Final = {
    "NAME": 'a field, like `model` or `attr["http.route"]`',
    "OPERATOR": "an operator: = != > >= < <= ~ !~ contains in exists",
    "STRING": 'a value, like "gpt-4o" or 5s',
    "RPAR": "`)`",
    "LPAR": "`(`",
    "RSQB": "`]`",
    "_AND": "`and` or `or`",
    "COMMA": "`,`",
    "$END": "the end",
}


def parse(text: str) -> Node | None:
    """Return the tree of a filter, None of an empty one. Raises BadInput with the column and what was expected."""
    if not text.strip():
        return None
    if len(text) > MAX_LENGTH:
        raise BadInput(
            f"the filter has {len(text)} characters", hint=f"at most {MAX_LENGTH} are allowed"
        )
    if text.count("(") + text.lower().count("not") + text.count("!") > MAX_DEPTH + MAX_COMPARISONS:
        raise BadInput("the filter has too many brackets and negations", hint="write it flatter")
    try:
        tree: Node = _TREE.transform(_parser().parse(text))
    except UnexpectedInput as error:
        raise _explained(error, text) from error
    return tree


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=False)


class _Tree(Transformer[Token, Node]):
    """Turns lark's tree into ours, one method a rule."""

    def either(self, parts: list[Node]) -> Node:
        return Or(tuple(parts))

    def both(self, parts: list[Node]) -> Node:
        return And(tuple(parts))

    def negation(self, parts: list[Node]) -> Node:
        return Not(parts[0])

    def named(self, parts: list[Token]) -> tuple[str, str, int]:
        field, dot, key = str(parts[0]).partition(".")
        column = parts[0].column or 1
        if field.lower() == EVALUATION and dot:
            return EVALUATION, key, column
        return str(parts[0]), "", column

    def keyed(self, parts: list[Token]) -> tuple[str, str, int]:
        return str(parts[0]), _literal(parts[1]).text, parts[0].column or 1

    def compared(self, parts: list[Any]) -> Node:
        operator = {"==": "=", "=~": "~"}.get(str(parts[1]), str(parts[1]).lower())
        return _comparison(parts[0], operator, parts[2:])

    def among(self, parts: list[Any]) -> Node:
        return _comparison(parts[0], "in", parts[2:])

    def not_among(self, parts: list[Any]) -> Node:
        return Not(self.among(parts))

    def present(self, parts: list[Any]) -> Node:
        return _comparison(parts[0], "exists", [])

    def bare(self, parts: list[Any]) -> Node:
        return _comparison(parts[0], "", [])


_TREE: Final = _Tree()


def _comparison(field: tuple[str, str, int], operator: str, values: list[Token]) -> Comparison:
    name, key, column = field
    return Comparison(name, key, operator, tuple(_literal(v) for v in values), column)


_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


def _literal(token: Token) -> Literal:
    column = token.column or 1
    if token.type != "STRING":
        return Literal(str(token), False, column)
    out, escaped = [], False
    for char in token[1:-1]:
        if escaped:
            # An unknown escape is kept whole, so that a regular expression reads as it is written.
            out.append(_ESCAPES.get(char, char if char in "\\\"'" else "\\" + char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            out.append(char)
    return Literal("".join(out), True, column)


def _explained(error: UnexpectedInput, text: str) -> BadInput:
    if isinstance(error, UnexpectedCharacters):
        column, names, found = (
            error.column,
            set(error.allowed or ()),
            repr(text[error.pos_in_stream or 0]),
        )
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        column, names, found = (
            error.column,
            set(error.accepts or error.expected),
            repr(str(error.token)),
        )
    else:
        column = len(text) + 1
        names = set(
            getattr(error, "accepts", None) or error.expected
            if isinstance(error, UnexpectedToken | UnexpectedEOF)
            else ()
        )
        found = "the end"
    expected = [words for name, words in _EXPECTED.items() if name in names]
    hint = "expected " + ", or ".join(expected) if expected else "see the filter language"
    return BadInput(
        f"filter, column {column}: {found} is not expected here", hint=hint, column=column
    )
