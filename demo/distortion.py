"""Makes a sentence untrue by changing a figure, a time or a name to one that the documents do not hold."""

import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Final, NamedTuple

from demo.planted import Lie
from demo.slots import MONTHS

_FIGURE: Final = re.compile(r"(?<![\w.:-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:-]|\.\d)")
_UNITS: Final = {
    "second": ("minute",), "minute": ("hour", "second"), "hour": ("day", "minute"), "day": ("week", "hour"),
    "week": ("month", "day"), "month": ("week", "year"), "year": ("month",),
}  # fmt: skip
_OTHER_TIMES: Final = {
    "midnight": ("noon", "the end of the month"),
    "working days": ("working weeks", "hours"),
    "first business day": ("last Friday", "tenth working day"),
}
_TIMES: Final = re.compile(
    r"\b\d{2}:\d{2}\b|\b(?:Mon|Tues|Wednes|Thurs|Fri)day\b"
    rf"|\b(?:{'|'.join((*_OTHER_TIMES, *MONTHS))})\b|(?<=\d )(?:{'|'.join(_UNITS)})s?\b"
)
_ARTICLE: Final = re.compile(r"\b([Aa])n? $")
_CLOCK: Final = ("03:30", "08:45", "10:15", "13:30", "17:45", "19:00", "21:30")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Sunday")
_ALIKE: Final = (
    ("UPS", "FedEx", "DHL", "DPD", "GLS", "Hermes", "PostNL"),
    ("Growth", "Scale", "Enterprise", "Starter"),
    ("Owner", "Admin", "Billing Contact", "Supervisor", "Operator", "Viewer", "Auditor"),
    ("Confirmed", "Allocated", "Packed", "Shipped", "Delivered", "Backordered"),
    ("Leeds", "Columbus", "Rotterdam", "Reno", "Lyon"),
    ("Shopify", "Magento", "WooCommerce"),
    ("NetSuite", "SAP", "Dynamics"),
    ("QuickBooks Online", "Xero", "Sage", "FreshBooks"),
    ("Okta", "Entra ID", "Google Workspace", "Ping Identity"),
    ("Splunk", "Datadog", "Graylog"),
    ("Slack", "Microsoft Teams", "Mattermost"),
    ("Frankfurt", "Virginia", "Sydney", "Dublin", "Singapore"),
    ("CSV", "XLSX", "PDF", "Parquet", "XML"),
    ("Zebra", "Honeywell", "Datalogic"),
    ("Windows", "macOS", "Linux", "ChromeOS"),
    ("SEPA", "ACH"),
    ("VIES", "HMRC"),
    ("SFTP", "WebDAV"),
    ("ISO 27001", "ISO 9001"),
    ("HMAC-SHA256", "RSA-PSS"),
    ("AES-256", "3DES"),
    ("DAP", "EXW"),
    ("RMA number", "case code"),
    ("FIFO", "LIFO"),
)
_ALIKE_OF: Final = {name: alike for alike in _ALIKE for name in alike}
_NAMES: Final = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, _ALIKE_OF), key=len, reverse=True)) + r")(?=s?\b)"
)


class Distorted(NamedTuple):
    """A sentence in which characters [start, end) are not true any more."""

    text: str
    start: int
    end: int


def distort(sentence: str, kind: Lie, documents: str, rng: Random) -> Distorted | None:
    """Return the sentence with a figure, time or name changed to one that is not in the documents.

    None where it holds nothing of the kind.
    """
    pattern, other = _WAYS[kind]
    found = list(pattern.finditer(sentence))
    rng.shuffle(found)
    for match in found:
        options = [text for text in other(match[0]) if not _is_in(text, documents)]
        if options:
            return _replace(sentence, match, rng.choice(options))
    return None


def _replace(sentence: str, match: re.Match[str], word: str) -> Distorted:
    before = _ARTICLE.sub(r"\1n " if word[0] in "AEIOU" else r"\1 ", sentence[: match.start()])
    start = len(before)
    return Distorted(before + word + sentence[match.end() :], start, start + len(word))


def _is_in(text: str, documents: str) -> bool:
    return re.search(rf"(?<![\w.,]){re.escape(text)}(?![\w]|[.,]\d)", documents) is not None


@cache
def _other_figures(figure: str) -> tuple[str, ...]:
    """Return figures of the same size and shape."""
    whole, _, decimals = figure.replace(",", "").partition(".")
    if decimals:
        value, digits = float(f"{whole}.{decimals}"), len(decimals)
        return tuple(f"{value * factor:.{digits}f}" for factor in (0.5, 1.5, 2, 3, 4))
    value = int(whole)
    near = (value + 1, value + 2, value + 4)
    if value >= 10:
        near = (
            (value // 2, value + 5, value + 15)
            if value < 100
            else (value // 2, value * 4, value * 5)
        )
    return tuple(f"{n:,}" for n in dict.fromkeys((*near, value * 2, value * 3)) if n != value)


@cache
def _other_times(time: str) -> tuple[str, ...]:
    if ":" in time:
        return _CLOCK
    if time in _OTHER_TIMES:
        return _OTHER_TIMES[time]
    unit = time.removesuffix("s")
    if unit in _UNITS:
        return tuple(other + time[len(unit) :] for other in _UNITS[unit])
    return tuple(other for other in (_DAYS if time in _DAYS else MONTHS) if other != time)


def _other_names(name: str) -> tuple[str, ...]:
    return tuple(other for other in _ALIKE_OF[name] if other != name)


_WAYS: Final[dict[Lie, tuple[re.Pattern[str], Callable[[str], tuple[str, ...]]]]] = {
    Lie.NUMBER: (_FIGURE, _other_figures),
    Lie.DATE: (_TIMES, _other_times),
    Lie.NAME: (_NAMES, _other_names),
}
