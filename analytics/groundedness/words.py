"""The words of a text as they are compared: lower case, without endings; its numbers and its names."""

import re
import unicodedata
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f]")
_NUMBER: Final = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_NAME: Final = re.compile(r"[A-Z][\w&’'-]*")

STOP_WORDS: Final = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by"
    " can could did do does doing down during each few for from further had has have having he her here hers him his"
    " how i if in into is it its itself just may me might more most must my no nor not now of off on once only or"
    " other our ours out over own same shall she should so some such than that the their theirs them then there these"
    " they this those through to too under until up upon very was we were what when where which while who whom why"
    " will with would you your yours s t ll re ve d m".split()
)
NEGATIONS: Final = frozenset(
    "no not never none neither nor without cannot nobody nothing nowhere isn aren wasn weren don doesn didn won wouldn"
    " can't isn't aren't wasn't weren't don't doesn't didn't won't wouldn't hasn't haven't hadn't couldn't shouldn't"
    " unable fails failed lacks lack".split()
)
_NUMERALS: Final = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty".split()
    )
}
_ENDINGS: Final = tuple(
    "ations ation ingly ments ment ings ness edly ies ied ing ers est ed er es ly s e y".split()
)


def words(text: str) -> list[str]:
    """Return the words of a text, lower case; of scripts without spaces, their characters."""
    found: list[str] = []
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        word = match.group().replace("’", "'")
        if _WIDE.search(word):
            found.extend(word)
        else:
            found.append(word.removesuffix("'s"))
    return found


def stem(word: str) -> str:
    """Return a word without its ending, so that `opened`, `opening` and `opens` are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def content(of: list[str]) -> list[str]:
    """Return the stems of the words that carry meaning."""
    return [stem(word) for word in of if word not in STOP_WORDS]


def numbers(text: str) -> list[str]:
    """Return the numbers of a text, spelled alike: `1,200` is `1200`, `five` is `5`."""
    digits = [_plain(match.group()) for match in _NUMBER.finditer(text)]
    spelled = [_NUMERALS[word] for word in re.findall(r"[a-z]+", text.lower()) if word in _NUMERALS]
    return digits + [number for number in spelled if number != "1"]


def _plain(number: str) -> str:
    bare = number.rstrip(",").replace(",", "")
    if "." in bare:
        bare = bare.rstrip("0").rstrip(".")
    return bare.lstrip("0") or "0"


def names(text: str) -> list[str]:
    """Return the capitalised words of a text that do not merely begin a sentence."""
    found = []
    for match in _NAME.finditer(text):
        before = text[: match.start()].rstrip(" \"'“‘(*_")
        opens = not before or before[-1] in ".!?:\n-•"
        word = match.group().rstrip("'’-")
        if word.lower() in STOP_WORDS or (opens and not _follows_name(text, match.end())):
            continue
        found.append(word.removesuffix("'s").removesuffix("’s"))
    return found


def _follows_name(text: str, end: int) -> bool:
    """Tell whether a capitalised word comes right after, as the surname after a first name does."""
    return re.match(r" [A-Z][a-z]", text[end : end + 3]) is not None


def negates(of: list[str]) -> bool:
    """Tell whether the words say that something is not so."""
    return any(word in NEGATIONS or word.endswith("n't") for word in of)
