"""How answers cite what they were made from: `[1]`, `[2, 3]`, `【4】`, `(passage 5)`, `[source 6]`."""

import re
from typing import Final

NUMBERED: Final = re.compile(r"\[\^?(\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*)\]|【(\d{1,3})[^】]{0,20}】")
WORDED: Final = re.compile(
    r"(?i)[(\[](?:see )?(?:sources?|passages?|documents?|docs?|contexts?|chunks?|refs?|references?)[ \-_#:.]*"
    r"(\d{1,3}(?:\s?(?:,|;|&|and|–|-)\s?(?:passage |source |doc(?:ument)? )?\d{1,3})*)[)\]]"
)


def without_citations(text: str) -> str:
    """Return a text with spaces where it cites, as long as before: numbers of contexts are no numbers of a claim."""
    for pattern in (NUMBERED, WORDED):
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return text
