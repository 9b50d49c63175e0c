"""Texts written for training, as grammars: `{a|b}` stands for one of its parts, and may hold others."""

import random
import re
from importlib.resources import files
from typing import Final

_INNERMOST: Final = re.compile(r"\{([^{}]*)\}")


def grammar(name: str) -> list[str]:
    """Return the lines of a file of texts; `#` begins a comment."""
    lines = files(__package__).joinpath("texts", f"{name}.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def expand(line: str, rng: random.Random) -> str:
    """Return one of the texts that a line stands for."""
    while _INNERMOST.search(line):
        line = _INNERMOST.sub(lambda match: rng.choice(match[1].split("|")), line)
    return line


def several(lines: list[str], each: int, rng: random.Random) -> list[str]:
    """Return up to so many different texts of each line, in their order."""
    return [
        text for line in lines for text in dict.fromkeys(expand(line, rng) for _ in range(each))
    ]
