"""The built-in redaction: personal data and secrets that can be told by their form.

Names, addresses and what only a reader understands are not found; a hook may look for those.
Every pattern runs in time linear in the text: a run of characters is entered at its beginning only
(the look-behinds), and what repeats is bounded or cannot match in two ways.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Final

Match = re.Match[str]

# https://www.iban.com/structure: characters of an IBAN, by country.
_IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28,
    "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25,
    "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip


def _iban(match: Match) -> str:
    """Replace an IBAN whose check digits hold (ISO 7064, mod 97-10), and what follows it stays."""
    text = match[0]
    length = _IBAN_LENGTHS.get(text[:2])
    if length is None:
        return text
    taken, end = "", 0
    for end, character in enumerate(text, 1):  # noqa: B007 - where the IBAN ends is needed below
        taken += character.strip()
        if len(taken) == length:
            break
    if len(taken) != length or text[end : end + 1].isalnum():
        return text
    digits = "".join(str(int(character, 36)) for character in taken[4:] + taken[:4])
    return "[IBAN]" + text[end:] if int(digits) % 97 == 1 else text


def _card(match: Match) -> str:
    """Replace a number that the check digit says to be a card's (ISO/IEC 7812-1, Luhn)."""
    digits = [int(character) for character in match[0] if character.isdecimal()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return "[CARD]" if (sum(digits[::-2]) + sum(doubled)) % 10 == 0 else match[0]


def _ip6(match: Match) -> str:
    text = match[0]
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return text
    tells = len(text) > 3 and any(character.isdecimal() for character in text)
    return "[IP]" if tells else text  # neither `::1` nor C++ in hexadecimal letters


def _phone(match: Match) -> str:
    digits = sum(character.isdecimal() for character in match[0])
    return "[PHONE]" if 8 <= digits <= 15 else match[0]  # E.164 has 15 at most


def _named_secret(match: Match) -> str:
    return f"{match[1]}[SECRET]"


# In this order: what is found first hides its parts from what comes later. The first member is text that must
# occur for the pattern to be worth trying; empty where none does.
_RULES: Final[tuple[tuple[str, re.Pattern[str], str | Callable[[Match], str]], ...]] = (
    ("-----BEGIN ", re.compile(
        r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
        r"(?:[A-Za-z0-9+/=\s\\:,.]|-(?!-)){0,20000}-----END [A-Z ]{0,30}PRIVATE KEY-----"
    ), "[SECRET]"),
    ("eyJ", re.compile(
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{8,}"
    ), "[JWT]"),
    ("", re.compile(
        r"(?<![A-Za-z0-9])(?:"
        r"sk-[A-Za-z0-9_-]{16,}|[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}|gh[oprsu]_[A-Za-z0-9]{30,}"
        r"|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{16,}|xox[abceoprs]-[A-Za-z0-9-]{10,}"
        r"|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{20,}|hf_[A-Za-z0-9]{20,}"
        r"|gwp?_[A-Za-z0-9_.-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}"
        r")"
    ), "[SECRET]"),
    ("", re.compile(
        r"((?<![A-Za-z])(?:bearer|basic)[ \t]{1,4})[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE
    ), _named_secret),
    ("", re.compile(
        r"((?<![A-Za-z])(?:api[_-]?key|secret|client[_-]?secret|access[_-]?token|password|passwd|pwd)"
        r"[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?)[^\s\"'\\,;&\[\]{}]{6,}", re.IGNORECASE
    ), _named_secret),
    ("@", re.compile(
        r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])"
    ), "[EMAIL]"),
    ("@", re.compile(  # letters beyond ASCII, as RFC 6531 allows
        r"(?<![\w.%+-])[\w.%+-]+@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?!\w)"
    ), "[EMAIL]"),
    ("", re.compile(
        r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,38}"
    ), _iban),
    ("", re.compile(
        r"(?<![\w.+-])[2-6]\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)"
    ), _card),
    ("-", re.compile(
        r"(?<![\w-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])"
    ), "[SSN]"),
    (".", re.compile(
        r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?!\w|\.\d)"
    ), "[IP]"),
    (":", re.compile(
        r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:])"
    ), _ip6),
    ("+", re.compile(
        r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){7,14}(?!\w)"
    ), _phone),
    ("", re.compile(  # North America; national numbers with a leading 0
        r"(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])"
        r"|(?<![\w.+:-])(?<!\d )\(?0\d{2,4}\)?[ -]\d{3,4}[ -]?\d{3,4}(?![\w:-]| \d)"
    ), _phone),
)  # fmt: skip


def redact_pii(text: str) -> str:
    """Replace personal data and secrets that can be told by their form.

    E-mail addresses, phone and card numbers, IBANs, US social security numbers, IP addresses, keys
    and tokens; each becomes its kind in brackets, such as `[EMAIL]`.
    """
    for needle, pattern, replacement in _RULES:
        if needle in text:
            text = pattern.sub(replacement, text)
    return text
