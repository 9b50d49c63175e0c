"""Parse JSON that orjson refuses: nested very deep, or with half a surrogate pair.

JavaScript SDKs cut text in the middle of an emoji and send the half that is left as an escape.
Slower than orjson; used only after it has given up.
"""

import re
from json.decoder import scanstring  # type: ignore[attr-defined] # public in CPython's json
from typing import Any

from collector.errors import Undecodable

# OTLP/JSON takes up to four levels of JSON for one level of a value; see structured.MAX_DEPTH.
MAX_DEPTH = 60_000

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9]\d*))(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}
# Longer ones fit no field; Python takes its time to turn them into an int.
_MAX_DIGITS = 20


def loads(text: str) -> tuple[Any, bool]:
    """Parse `text`; also tell whether half surrogate pairs were replaced by U+FFFD.

    Raises Undecodable, naming the position only.
    """
    parser = _Parser(text)
    return parser.document(), parser.repaired


class _Parser:
    """One pass over a text, with the open lists and objects on a stack of its own."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.repaired = False
        self._root: list[Any] = []
        self._open: list[Any] = [self._root]
        self._key = ""  # of the value to come, when the innermost container is an object

    def document(self) -> Any:
        """Parse the whole text."""
        self._skip_space()
        more = True
        while more:
            if not self._begin_value():
                more = self._end_value()
        if self.position != len(self.text):
            raise self._malformed()
        return self._root[0]

    def _begin_value(self) -> bool:
        """Read a scalar or open a container; tell whether its first member comes next."""
        if self._take("{"):
            self._push({})
            if self._take("}"):
                self._open.pop()
                return False
            self._read_key()
            return True
        if self._take("["):
            self._push([])
            if self._take("]"):
                self._open.pop()
                return False
            return True
        self._attach(self._scalar())
        return False

    def _end_value(self) -> bool:
        """Close every container that ends here; tell whether another value comes next."""
        while True:
            self._skip_space()
            if len(self._open) == 1:
                return False
            is_object = isinstance(self._open[-1], dict)
            if self._take(","):
                if is_object:
                    self._read_key()
                return True
            if not self._take("}" if is_object else "]"):
                raise self._malformed()
            self._open.pop()

    def _push(self, container: Any) -> None:
        if len(self._open) > MAX_DEPTH:
            raise Undecodable(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        self._attach(container)
        self._open.append(container)

    def _attach(self, value: Any) -> None:
        container = self._open[-1]
        if isinstance(container, dict):
            container[self._key] = value
        else:
            container.append(value)

    def _read_key(self) -> None:
        self._key = self._string()
        self._skip_space()
        if not self._take(":"):
            raise self._malformed()

    def _scalar(self) -> Any:
        if self.text.startswith('"', self.position):
            return self._string()
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.position):
                self.position += len(word)
                return value
        match = _NUMBER.match(self.text, self.position)
        if match is None:
            raise self._malformed()
        self.position = match.end()
        whole, fraction, exponent = match.groups()
        if fraction or exponent or len(whole) > _MAX_DIGITS:
            return float(match.group())
        return int(whole)

    def _string(self) -> str:
        if not self.text.startswith('"', self.position):
            raise self._malformed()
        try:
            value, self.position = scanstring(self.text, self.position + 1, True)
        except ValueError as error:
            raise self._malformed() from error
        mended = _SURROGATE.sub("\ufffd", value)
        self.repaired = self.repaired or mended != value
        return mended

    def _take(self, character: str) -> bool:
        """Step over `character`, and the space after it, if it comes next."""
        if not self.text.startswith(character, self.position):
            return False
        self.position += 1
        self._skip_space()
        return True

    def _skip_space(self) -> None:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def _malformed(self) -> Undecodable:
        return Undecodable(f"The body is not valid JSON at character {self.position}.")
