"""Secrets in texts: keys, tokens, private keys, connection strings with a password.

Issuers give their keys a prefix so that they can be told; what has none is told by its name
(`api_key=`) and by how random it looks (Shannon's entropy of its characters). Placeholders, as
documentation has them, are none. Every pattern runs in time linear in the text.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from analytics.detectors.spotting import SpottingDetector, disjoint
from analytics.evaluators.contract import Evaluator, Finding

NAME: Final = "secrets"
VERSION: Final = "2"
DEFAULT_THRESHOLD: Final = 0.5

_CERTAIN: Final = 0.99
_NAMED: Final = 0.8

_RANDOM_BITS: Final = 3.0
"""Bits a character of a random string of 20 letters and digits: words of a language have less."""

# What the issuers document. A key is entered at its beginning only (the look-behind).
_PREFIXED: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?P<openai>sk-(?!ant-|or-)(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,200})"
    r"|(?P<anthropic>sk-ant-[A-Za-z0-9_-]{20,200})"
    r"|(?P<openrouter>sk-or-[A-Za-z0-9_-]{20,200})"
    r"|(?P<aws>(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![0-9A-Za-z]))"
    r"|(?P<google>AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,300}|GOCSPX-[0-9A-Za-z_-]{20,60})"
    r"|(?P<github>gh[oprsu]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{30,255})"
    r"|(?P<gitlab>gl(?:pat|dt|rt|cbt|ptt|oas)-[A-Za-z0-9_-]{20,100})"
    r"|(?P<slack>xox[abceoprs]-[A-Za-z0-9-]{10,255}|xapp-\d-[A-Za-z0-9-]{10,255})"
    r"|(?P<stripe>[rsp]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/=]{24,100})"
    r"|(?P<huggingface>hf_[A-Za-z0-9]{30,60})"
    r"|(?P<npm>npm_[A-Za-z0-9]{36})|(?P<pypi>pypi-[A-Za-z0-9_-]{50,400})"
    r"|(?P<sendgrid>SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,64})"
    r"|(?P<groundwire>gwp?_[A-Za-z0-9_.-]{16,200})"
    r"|(?P<digitalocean>do[opr]_v1_[a-f0-9]{64})|(?P<shopify>shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})"
    r"|(?P<databricks>dapi[a-f0-9]{32})|(?P<groq>gsk_[A-Za-z0-9]{40,80})"
        r"|(?P<xai>xai-[A-Za-z0-9]{40,120})"
    r"|(?P<vault>hv[sb]\.[A-Za-z0-9_-]{20,300})|(?P<age>AGE-SECRET-KEY-1[0-9A-Z]{58})"
    r"|(?P<telegram>\d{8,10}:AA[A-Za-z0-9_-]{33})"
    r"|(?P<jwt>eyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{4,8000}\.[A-Za-z0-9_-]{8,1000})"
    r")"
)  # fmt: skip
_PREFIXES: Final = re.compile(
    r"sk-|A[KS]IA|ABIA|ACCA|AIza|ya29|GOCSPX|gh[oprsu]_|github_pat|gl[a-z]{2,3}-|xox|xapp"
    r"|k_live|k_test|whsec|hf_|npm_"
    r"|pypi-|SG\.|gwp?_|do[opr]_|shp|dapi|gsk_|xai-|hv[sb]\.|AGE-SEC|:AA|eyJ"
)
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,30})PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[A-Za-z0-9+/=\s\\:,.()]"
    r"|-(?!-)){0,20000}-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
)
_CONNECTION: Final = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@\"'<>]{0,80}:(?P<secret>[^\s/@\"'<>]{3,200})@[\w.-]"
)
_NAMED_SECRET: Final = re.compile(
    r"(?<![A-Za-z])(?:api[_-]?key|api[_-]?token|auth[_-]?token|access[_-]?(?:key|token)"
    r"|secret(?:[_-]?(?:access[_-]?)?key)?"
    r"|client[_-]?secret|refresh[_-]?token|password|passwd|passwort|pwd|passphrase"
    r"|account[_-]?key|private[_-]?key|token)"
    r"[\"']?[ \t]{0,4}(?P<sign>:=|=>|[:=]"
    r"|is)[ \t]{0,4}[\"']?(?P<secret>[^\s\"'\\,;&\[\]{}<>()]{6,300})",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(
    r"(?<![A-Za-z])(?:bearer|basic)[ \t]{1,4}(?P<secret>[A-Za-z0-9._~+/=-]{16,2000})", re.IGNORECASE
)
# What other issuers make after the same fashion: `acme_live_4eC39HqLyjWDarjtT1zdp7dc`.
_IN_FASHION: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?P<secret>[A-Za-z]{2,12}_(?:live|test|prod|sandbox)_[A-Za-z0-9]{16,255})"
)
_PLACEHOLDER: Final = re.compile(
    r"x{4,}|\*{3,}|\.{3,}|your|example|sample|dummy|placeholder|changeme|redacted|insert"
    r"|replace|<|>|\$\{|\{\{|%\(|_here"
    r"|os\.|env|getenv|process\.|config|settings|none$|null$|true$|false$|12345|abcdef"
    r"|password|secret|foobar|test_?key",
    re.IGNORECASE,
)


def secrets() -> Evaluator:
    """Find keys, tokens, private keys and connection strings with a password, in texts of any kind."""
    return SpottingDetector(
        NAME, VERSION, ("input", "output", "retrieved"), find, DEFAULT_THRESHOLD
    )


def find(text: str) -> list[Finding]:
    """Return the secrets of a text, in its order, none of it twice."""
    return disjoint(_looked_for(text))


def _looked_for(text: str) -> Iterator[Finding]:
    """Yield what is certain first: it hides its parts from what is told by a name only."""
    if "PRIVATE KEY" in text:
        for match in _PRIVATE_KEY.finditer(text):
            yield Finding("private_key", match.start(), match.end(), _CERTAIN)
    if _PREFIXES.search(text):
        yield from _prefixed(text)
    if "_" in text:
        yield from _random_in(_IN_FASHION, "api_key", text)
    if "://" in text:
        yield from _secrets_in(_CONNECTION, "connection_string", text)
    yield from _named(text)
    yield from _random_in(_BEARER, "bearer_token", text)


def _prefixed(text: str) -> Iterator[Finding]:
    for match in _PREFIXED.finditer(text):
        kind = str(match.lastgroup)
        secret = match[0].split("-")[-1] if kind == "openai" else match[0]
        if not _PLACEHOLDER.search(match[0]) and entropy(secret) >= _RANDOM_BITS:
            name = "jwt" if kind == "jwt" else f"{kind}_key"
            yield Finding(name, match.start(), match.end(), _CERTAIN)


def _secrets_in(pattern: re.Pattern[str], kind: str, text: str) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        if not _PLACEHOLDER.search(match["secret"]):
            yield Finding(kind, match.start("secret"), match.end("secret"), _CERTAIN)


def _random_in(pattern: re.Pattern[str], kind: str, text: str) -> Iterator[Finding]:
    for match in pattern.finditer(text):
        if _looks_random(match["secret"]):
            yield Finding(kind, match.start("secret"), match.end("secret"), _NAMED)


def _named(text: str) -> Iterator[Finding]:
    for match in _NAMED_SECRET.finditer(text):
        secret = match["secret"].rstrip(".!?`")
        assigned = match["sign"].lower() != "is"
        if _looks_random(secret) or (assigned and _looks_chosen(secret)):
            start = match.start("secret")
            yield Finding("named_secret", start, start + len(secret), _NAMED)


def _looks_random(secret: str) -> bool:
    """Tell whether a machine made it: letters and digits mixed, no placeholder, hardly a character twice."""
    return (
        len(secret) >= 16
        and any(character.isdecimal() for character in secret)
        and any(character.isalpha() for character in secret)
        and not _PLACEHOLDER.search(secret)
        and entropy(secret) >= _RANDOM_BITS
    )


def _looks_chosen(secret: str) -> bool:
    """Tell whether it may be a password that a person chose: of three kinds of characters, no placeholder."""
    kinds = (
        any(character.islower() for character in secret),
        any(character.isupper() for character in secret),
        any(character.isdecimal() for character in secret),
        any(not character.isalnum() for character in secret),
    )
    return len(secret) >= 8 and sum(kinds) >= 3 and kinds[2] and not _PLACEHOLDER.search(secret)


def entropy(text: str) -> float:
    """Return Shannon's entropy of the characters of a text, in bits a character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if text else 0.0
