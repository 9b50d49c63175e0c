"""The two screens of the demo: prompt injection and personal data, both by pattern."""

import re
from dataclasses import dataclass

_INJECTION = (
    (0.98, re.compile(r"ignore (all |the )?(previous|prior|above)? ?instructions", re.IGNORECASE)),
    (0.95, re.compile(r"(disregard|forget) (your|the|everything|all)", re.IGNORECASE)),
    (0.93, re.compile(r"(reveal|print|output|show) .{0,30}(prompt|instructions)", re.IGNORECASE)),
    (0.90, re.compile(r"system override|developer mode|you must obey", re.IGNORECASE)),
    (0.80, re.compile(r"new instructions:|from now on you are", re.IGNORECASE)),
)
_BLOCK_FROM = 0.8

# Each with a character that such data cannot do without: most texts are done after a look for it.
_PII = (
    ("EMAIL_ADDRESS", "@", re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]*\w")),
    ("IBAN_CODE", " ", re.compile(r"\b[A-Z]{2}\d{2}(?: ?\d{4}){4}(?: ?\d{2})?\b")),
    ("CREDIT_CARD", " ", re.compile(r"\b(?:\d{4}[ -]){3}\d{4}\b")),
    ("US_SSN", "-", re.compile(r"\b\d{3}-\d{2}-\d{4}\b")),
    ("PHONE_NUMBER", "+", re.compile(r"\+\d{1,3}[ -]\d{2,4}[ -]\d{3,4}[ -]?\d{2,4}\b")),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a screen found."""

    blocked: bool
    risk: float  # 0 to 1
    reason: str  # empty if nothing was found


def screen_injection(text: str) -> Verdict:
    """Look for an attack on the prompt. It misses subtle ones, as such screens do."""
    for risk, pattern in _INJECTION:
        if pattern.search(text):
            return Verdict(risk >= _BLOCK_FROM, risk, "prompt_injection")
    return Verdict(blocked=False, risk=0.02, reason="")


def mask_personal_data(text: str) -> tuple[str, dict[str, int]]:
    """Return the text with personal data replaced by entity names, and the count of each."""
    counts: dict[str, int] = {}
    for entity, sign, pattern in _PII:
        text, found = pattern.subn(f"<{entity}>", text) if sign in text else (text, 0)
        if found:
            counts[entity] = found
    return text, counts
