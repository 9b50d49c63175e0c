"""What the words around a number say that it is."""

import re
from typing import Final

NEAR_BEFORE: Final = 48
"""Characters before a number that may name it."""
NEAR_AFTER: Final = 16
"""Characters after a number that may name it: `555 0100 (mobile)`."""

# What stands between the word and the number: at most a few words, no other number.
_GAP: Final = r"[^\d\n]{0,24}[:#=\s(]{0,6}$"

_PHONE_BEFORE: Final = re.compile(
    r"\b(?:(?:tele)?phone|tel|mobile|cell|fax|call(?:ed|ing)?|dial|ring|reach(?:ed)?"
    r"|text(?:ed)?|sms|whats ?app|messages?"
    r"|contact|emergency|hotline|voice ?mail|landline|registered|answer(?:ing)?|handy"
    r"|mobil|telefon|durchwahl|rufnummer"
    r"|anrufen|t[ée]l[ée]phone|t[ée]l|appele[rz]|portable|tel[ée]fono|m[óo]vil|celular"
    r"|llam(?:ar|e|ame)|n[úu]mero"
    r"|(?:my|your|his|her|their|our|new|old|following|the) (?:\w{1,12} )?numbers?|ph)\b"
    + _GAP
    + r"|\b(?:desk|office|home|work) ?[:=] ?$",
    re.IGNORECASE,
)
_PHONE_AFTER: Final = re.compile(
    r"[\s\-\u2013(,\\]{0,3}(?:office|fax|mobile|cell|home|work|desk|tel|phone)\b", re.IGNORECASE
)
_CARD_BEFORE: Final = re.compile(
    r"\b(?:(?:credit|debit|bank)? ?cards?|cc|visa|master ?card|amex|american express"
    r"|maestro|discover|diners|jcb"
    r"|kreditkarte|karte|carte|tarjeta)\b" + _GAP,
    re.IGNORECASE,
)
_ACCOUNT_BEFORE: Final = re.compile(
    r"\b(?:iban|bank|account|transfer|wire|konto|compte|cuenta)\b" + _GAP, re.IGNORECASE
)
_PERSON_BEFORE: Final = re.compile(
    r"\b(?:ssn|social security|social insurance|tax(?:payer)? id)\b" + _GAP, re.IGNORECASE
)
_VERSION_BEFORE: Final = re.compile(
    r"(?:\bversions?|\bver\.?|\brelease|\bbuild|\bfirmware|\bsection|\bchapter"
    r"|(?<![a-z])v)[ :=]{0,3}$",
    re.IGNORECASE,
)
_OTHER_BEFORE: Final = re.compile(
    r"(?:\b(?:licen[cs]e|order|invoice|ticket|case|reference|ref|serial|tracking|parcel"
    r"|model|part|item|sku|isbn|issn|doi"
    r"|pmid|zip|postcode|post ?code|postal code|plz|passport|policy|customer|account"
    r"|transaction|booking|id|version|build"
    r"|patent|pages?|pp|vol|chapter|section|article|no|population|years?|dates?|from"
    r"|between|usd|eur|gbp|rs|inr)\b\.?"
    r"(?: (?:number|no\.?|code|id|is|are|was|of|nr\.?))*[ :#=(]{0,4}|[$€£¥#])$",
    re.IGNORECASE,
)


def names_a_phone(before: str, after: str) -> bool:
    """Tell whether words before or after a number say that it is a phone's."""
    return bool(_PHONE_BEFORE.search(before) or _PHONE_AFTER.match(after))


def names_a_card(before: str) -> bool:
    """Tell whether words before a number say that it is a payment card's."""
    return _CARD_BEFORE.search(before) is not None


def names_an_account(before: str) -> bool:
    """Tell whether words before a number say that it is a bank account's."""
    return _ACCOUNT_BEFORE.search(before) is not None


def names_a_person_number(before: str) -> bool:
    """Tell whether words before a number say that it is a person's with an office."""
    return _PERSON_BEFORE.search(before) is not None


def names_a_version(before: str) -> bool:
    """Tell whether words before a number say that it is a version or a section."""
    return _VERSION_BEFORE.search(before) is not None


def names_another_number(before: str) -> bool:
    """Tell whether words before a number say that it is something else: an order, a licence, an amount."""
    return _OTHER_BEFORE.search(before) is not None
