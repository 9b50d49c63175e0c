"""Personal data that can be told by its form: addresses on the net, numbers of phones, cards, accounts and people.

Names, postal addresses and what only a reader understands are not found: that needs a model of
named entities. Every pattern runs in time linear in the text: what repeats is bounded, and what is
not is entered at its beginning only (the look-behinds).

A number is judged by its form, its check digits and the words around it. Check digits: ISO/IEC
7812-1 (Luhn) for cards, ISO 13616 and ISO 7064 mod 97-10 for IBANs. Form: SSA's rules for social
security numbers, ITU-T E.164 and the North American Numbering Plan for phones.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from analytics.detectors.numbers_near import (
    NEAR_AFTER,
    NEAR_BEFORE,
    names_a_card,
    names_a_person_number,
    names_a_phone,
    names_a_version,
    names_an_account,
    names_another_number,
)
from analytics.detectors.spotting import SpottingDetector, disjoint
from analytics.evaluators.contract import Evaluator, Finding

NAME: Final = "pii"
VERSION: Final = "1"
DEFAULT_THRESHOLD: Final = 0.5
"""Finds are certain to about their score; what is told by the words around it alone has .7 to .8."""

_CERTAIN: Final = 0.99
_LIKELY: Final = 0.85
_BY_WORDS: Final = 0.75
_SITE: Final = 0.6

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

_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-]|\.\w)"
)
_URL: Final = re.compile(
    r"(?<![\w/.@-])(?:https?://|www\.)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?::\d{1,5})?"
    r"(?P<path>/[^\s\"'<>)\]}]{0,500})?(?![\w@-])",
    re.IGNORECASE,
)
_PROFILE: Final = re.compile(
    r"//(?:\w{1,12}\.)?(?:linkedin\.com/in|github\.com|gitlab\.com|facebook\.com"
    r"|instagram\.com|twitter\.com"
    r"|x\.com|t\.me|wa\.me|tiktok\.com/@|medium\.com/@|mastodon\.social/@)/?[\w.%-]{2,60}/?$",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD: Final = re.compile(
    r"(?<![\w.+-])(?:\d{12,19}"
    r"|\d{4}(?P<s>[ -])\d{4}(?P=s)\d{4}(?P=s)\d{1,4}(?:(?P=s)\d{1,3})?"
    r"|3[0-9]\d{2}(?P<t>[ -])\d{6}(?P=t)\d{4,5})(?![\w-]|[.,]\d)"
)
# Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro: number and length.
_ISSUED: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|(?:2131|1800)\d{11}|35\d{14,17}|62\d{14,17}"
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}"
)
_PERSON_NUMBER: Final = re.compile(
    r"(?<![\w-])(?!000|666|9\d\d)\d{3}(?P<s>[ -]?)(?!00)\d{2}(?P=s)(?!0000)\d{4}(?![\w-]|[.,]\d)"
)
_IP4: Final = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d"
    r"|[1-9]?\d)(?!\w|\.\d)"
)
# Masks, this machine, any machine: addresses that are nobody's.
_NOBODY: Final = re.compile(r"255\.|127\.|0\.0\.0\.0")
_IP6: Final = re.compile(
    r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4})(?![\w:])"
)
_PHONE: Final = re.compile(
    r"(?<![\w+/@#&-])(?<!\d[.,:=])(?:\+(?=[1-9(])|\+?\()?\d(?:[ ().-]{0,2}\d|/(?=\d{4})\d){6,14}"
    r"(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\w%€$£]|[ .,:/=-]\d|@)"
)
_DATE: Final = re.compile(
    r"(?:19|20)\d\d([-./ ])\d\d?\1\d\d?\b|\d\d?([-./ ])\d\d?\2(?:19|20)?\d\d$|(?:19"
    r"|20)\d\d ?- ?(?:19|20)\d\d$"
)
_NORTH_AMERICA: Final = re.compile(
    r"(?:(?:001|1)[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}"
)
_LEADING_ZERO: Final = re.compile(r"\(?0\d{1,4}\)?[ ./-]\(?\d[\d ./-]{4,11}\d")
_IN_BRACKETS: Final = re.compile(r"\(\d{2,4}\) ?\d{3,4}[ -]\d{3,4}")


def pii() -> Evaluator:
    """Find e-mail addresses, phones, cards, IBANs, US social security numbers, IP addresses and people's sites."""
    return SpottingDetector(
        NAME, VERSION, ("input", "output", "retrieved"), find, DEFAULT_THRESHOLD
    )


def find(text: str) -> list[Finding]:
    """Return the personal data of a text, in its order, none of it twice."""
    return disjoint(finding for look in _looks(text) for finding in look(text))


def _looks(text: str) -> Iterator[Callable[[str], Iterator[Finding]]]:
    """Yield what is worth looking for: what is found first hides its parts from what comes later."""
    if "@" in text:
        yield _emails
    if "://" in text or "www." in text.lower():
        yield _sites
    if _has_digits(text):
        yield _ibans
        yield _cards
        yield _person_numbers
        yield _addresses
        yield _phones
    elif "::" in text:
        yield _addresses


_TWO_DIGITS: Final = re.compile(r"\d\D{0,2}\d")


def _has_digits(text: str) -> bool:
    return _TWO_DIGITS.search(text) is not None


def _emails(text: str) -> Iterator[Finding]:
    for match in _EMAIL.finditer(text):
        yield Finding("email", match.start(), match.end(), _CERTAIN)


def _sites(text: str) -> Iterator[Finding]:
    """Yield homes and profiles: a link into a site is a source, and tells nothing of a person."""
    for match in _URL.finditer(text):
        if (match["path"] or "/").rstrip(".,;:!?") == "/" or _PROFILE.search(match[0]):
            yield Finding("web_site", match.start(), match.end(), _SITE)


def _ibans(text: str) -> Iterator[Finding]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        end = _end_of(match[0], length) if length else None
        if end is None or match[0][end : end + 1].isalnum():
            continue
        if mod_97(match[0][:end]):
            yield Finding("iban", match.start(), match.start() + end, _CERTAIN)
        elif names_an_account(_before(text, match.start())):
            yield Finding("iban", match.start(), match.start() + end, _BY_WORDS)


def _end_of(text: str, length: int) -> int | None:
    """Return where so many letters and digits end, None where there are fewer."""
    count = 0
    for index, character in enumerate(text):
        count += character.isalnum()
        if count == length:
            return index + 1
    return None


def mod_97(iban: str) -> bool:
    """Tell whether the check digits of an IBAN hold (ISO 7064, mod 97-10)."""
    taken = "".join(character for character in iban if character.isalnum())
    return int("".join(str(int(character, 36)) for character in taken[4:] + taken[:4])) % 97 == 1


def _cards(text: str) -> Iterator[Finding]:
    for match in _CARD.finditer(text):
        digits = "".join(filter(str.isdecimal, match[0]))
        if luhn(digits) and _ISSUED.fullmatch(digits):
            yield Finding("card", match.start(), match.end(), _CERTAIN)
        elif len(digits) >= 12 and names_a_card(_before(text, match.start())):
            yield Finding("card", match.start(), match.end(), _BY_WORDS)


def luhn(digits: str) -> bool:
    """Tell whether the check digit of a number holds (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in digits]
    doubled = [value * 2 - 9 * (value > 4) for value in values[-2::-2]]
    return (sum(values[::-2]) + sum(doubled)) % 10 == 0


def _person_numbers(text: str) -> Iterator[Finding]:
    for match in _PERSON_NUMBER.finditer(text):
        before = _before(text, match.start())
        if names_a_person_number(before):
            yield Finding("ssn", match.start(), match.end(), _CERTAIN)
        elif match["s"] == "-" and not names_another_number(before):
            yield Finding("ssn", match.start(), match.end(), _LIKELY)


def _addresses(text: str) -> Iterator[Finding]:
    for match in _IP4.finditer(text):
        if not _NOBODY.match(match[0]) and not names_a_version(_before(text, match.start())):
            yield Finding("ip_address", match.start(), match.end(), _CERTAIN)
    if ":" not in text:
        return
    for match in _IP6.finditer(text):
        if _is_ip6(match[0]):
            yield Finding("ip_address", match.start(), match.end(), _CERTAIN)


def _is_ip6(text: str) -> bool:
    """Tell whether it is an address, and neither `::1` nor C++ in hexadecimal letters."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 3 and any(character.isdecimal() for character in text)


def _phones(text: str) -> Iterator[Finding]:
    for match in _PHONE.finditer(text):
        start, end = match.span()
        score = _phone_score(match[0], _before(text, start), text[end : end + NEAR_AFTER])
        if score:
            yield Finding("phone", start, end, score)


def _phone_score(number: str, before: str, after: str) -> float:
    """Return how sure it is that digits are a phone's, 0 where nothing speaks for it."""
    if _DATE.match(number) or names_another_number(before):
        return 0.0
    if number.startswith("+"):
        return _CERTAIN
    if names_a_phone(before, after):
        return _LIKELY
    told: Sequence[re.Pattern[str]] = (_NORTH_AMERICA, _LEADING_ZERO, _IN_BRACKETS)
    plain = number.partition("x")[0].partition("e")[0].rstrip()
    return _BY_WORDS if any(form.fullmatch(plain) for form in told) else 0.0


def _before(text: str, start: int) -> str:
    return text[max(0, start - NEAR_BEFORE) : start]
