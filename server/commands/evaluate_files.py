"""The files of `groundwire evaluate`: lines in, however many, and an output that is there whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import orjson

STANDARD: Final = Path("-")
"""Standard input or output."""
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty, counted from 1 over all lines, and how many bytes of the file end with it."""

    number: int
    content: bytes
    read: int


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a file or of standard input."""

    source: IO[bytes]
    size: int | None
    """Bytes; None where nobody knows."""

    def __iter__(self) -> Iterator[Line]:
        read = 0
        for number, content in enumerate(self.source, 1):
            read += len(content)
            if stripped := content.removeprefix(_BOM if number == 1 else b"").strip():
                yield Line(number, stripped, read)


@contextmanager
def opened(path: Path) -> Iterator[Lines]:
    """Give the lines of a file. Raises OSError."""
    if path == STANDARD:
        yield Lines(sys.stdin.buffer, None)
        return
    with path.open("rb") as source:
        yield Lines(source, path.stat().st_size if path.is_file() else None)


class Output:
    """Where results go, one JSON object a line."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        # A terminal must get no control characters of other people's texts.
        self._is_shown = target.isatty()

    def write(self, row: dict[str, Any]) -> None:
        """Write one result."""
        # Figures of models are NumPy's as often as not.
        line = orjson.dumps(row, default=str, option=orjson.OPT_SERIALIZE_NUMPY)
        if self._is_shown:
            line = escaped(line.decode()).encode()
        self._target.write(line + b"\n")


def escaped(text: str) -> str:
    """Return JSON or a word with everything escaped that is not plain ASCII: nothing that moves a cursor."""
    return "".join(
        character if " " <= character <= "~" else _escape(character) for character in text
    )


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


@contextmanager
def created(path: Path) -> Iterator[Output]:
    """Give an output that takes its place when all of it is there; after an error, what was there before stays.

    Standard output and what is no plain file (a pipe) are written as results come. Raises OSError.
    """
    if path == STANDARD:
        yield Output(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    target = path.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield Output(stream)
        return
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as stream:
            yield Output(stream)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
