"""What users of the demo ask: templates, paraphrase and slots."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any

from demo.faults import Fault
from demo.knowledge import NEW_TOPIC, passages_by_topic, phrases
from demo.tenants import FIRST_NAMES, LAST_NAMES, TENANTS

_SLOT = re.compile(r"\{(\w+)\}")

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
REASONS = ("unwanted", "faulty", "damaged", "wrong item")


def _name(rng: Random) -> str:
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def _domain(rng: Random) -> str:
    return f"{rng.choice(TENANTS).id}.example"


def _iban(rng: Random) -> str:
    groups = " ".join(f"{rng.randrange(10_000):04d}" for _ in range(4))
    return f"DE{rng.randrange(10, 99)} {groups} {rng.randrange(10, 99)}"


def _ssn(rng: Random) -> str:
    return f"{rng.randrange(1, 665):03d}-{rng.randrange(1, 99):02d}-{rng.randrange(1, 9999):04d}"


def _card_number(rng: Random) -> str:
    """Return a number that passes the Luhn check, from a range that no bank uses."""
    digits = [4, 0, 0, 0, 0, 0] + [rng.randrange(10) for _ in range(9)]
    doubled = (d * 2 - 9 * (d > 4) if place % 2 == 0 else d for place, d in enumerate(digits))
    digits.append(-sum(doubled) % 10)
    text = "".join(map(str, digits))
    return " ".join(text[n : n + 4] for n in range(0, 16, 4))


SLOTS: dict[str, Callable[[Random], str]] = {
    "amount": lambda rng: f"{rng.randrange(5, 90) * 50} dollars",
    "carrier": lambda rng: rng.choice(("UPS", "FedEx", "DHL", "DPD", "GLS")),
    "card": _card_number,
    "city": lambda rng: rng.choice(("Leeds", "Lyon", "Austin", "Malmo", "Osaka", "Porto")),
    "company": lambda rng: rng.choice(TENANTS).name,
    "email": lambda rng: f"{_name(rng).replace(' ', '.').lower()}@{_domain(rng)}",
    "fullname": _name,
    "iban": _iban,
    "invoice": lambda rng: f"INV-2026-{rng.randrange(100, 9000):05d}",
    "month": lambda rng: rng.choice(MONTHS),
    "n": lambda rng: str(rng.randrange(3, 60)),
    "order": lambda rng: f"TM-{rng.randrange(10_000, 99_999)}",
    "person": lambda rng: rng.choice(FIRST_NAMES),
    "phone": lambda rng: f"+44 20 {rng.randrange(1000, 9999)} {rng.randrange(1000, 9999)}",
    "plan": lambda rng: rng.choice(("Growth", "Scale", "Enterprise")),
    "product": lambda rng: rng.choice(("label printer", "pallet jack", "scanner", "storage bin")),
    "quantity": lambda rng: str(rng.randrange(1, 48)),
    "reason": lambda rng: rng.choice(REASONS),
    "sku": lambda rng: f"SKU-{rng.randrange(100, 999)}-{rng.choice('ABCDEF')}",
    "ssn": _ssn,
    "street": lambda rng: f"{rng.randrange(1, 200)} {rng.choice(LAST_NAMES)} Street",
    "topic": lambda rng: rng.choice(("billing", "Shopify", "scanner", "returns", "EDI", "API")),
    "warehouse": lambda rng: rng.choice(("Leeds", "Columbus", "Rotterdam", "Reno", "Lyon")),
    "weekday": lambda rng: rng.choice(WEEKDAYS),
}  # fmt: skip


class Kind(StrEnum):
    """What sort of answer a question needs."""

    ARTICLE = "article"
    ORDER_STATUS = "order_status"
    REFUND_QUOTE = "refund_quote"
    CALENDAR = "calendar"
    SMALL_TALK = "small_talk"
    OUT_OF_SCOPE = "out_of_scope"


TOOL_OF = {
    Kind.ORDER_STATUS: "get_order_status",
    Kind.REFUND_QUOTE: "quote_refund",
    Kind.CALENDAR: "find_calendar_slots",
}
_SHARES = {
    Kind.ARTICLE: 71,
    Kind.ORDER_STATUS: 12,
    Kind.REFUND_QUOTE: 5,
    Kind.CALENDAR: 5,
    Kind.SMALL_TALK: 4,
    Kind.OUT_OF_SCOPE: 3,
}
_SUGGESTED_SHARE = 0.25
"""Share of article questions that are asked by the press of a button."""
_TOPIC_WEIGHTS = {
    "billing": 14, "plans": 6, "orders": 13, "shipping": 13, "returns": 12, "inventory": 9,
    "access": 9, "api": 7, "integrations": 7, "analytics": 4, "privacy": 3, "mobile": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in a user's words, and what it is about."""

    kind: Kind
    topic: str  # of the articles; the kind's name where no article is needed
    text: str
    arguments: dict[str, Any]  # what a tool needs, in its own names; empty without a tool


def pick_topic(rng: Random) -> str:
    """Return a topic that existed before the launch."""
    return rng.choices(list(_TOPIC_WEIGHTS), list(_TOPIC_WEIGHTS.values()))[0]


def pick_kind(rng: Random) -> Kind:
    """Return what sort of question comes next."""
    return rng.choices(list(_SHARES), list(_SHARES.values()))[0]


def word_question(kind: Kind, topic: str, rng: Random) -> Wording:
    """Return a question of the kind; the topic counts for articles only."""
    if kind is Kind.ARTICLE:
        if rng.random() < _SUGGESTED_SHARE:
            return Wording(kind, topic, suggested_question(topic), {})
        template = rng.choice(rng.choice(passages_by_topic()[topic]).questions)
    else:
        template, topic = rng.choice(phrases()[kind]), kind.value
    text, slots = _fill(template, rng)
    return Wording(kind, topic, _dress(text, rng), _arguments(kind, slots))


@cache
def suggested_question(topic: str) -> str:
    """Return the question of a topic that the apps offer as a button, so that many ask it."""
    templates = (q for passage in passages_by_topic()[topic] for q in passage.questions)
    return next(template for template in templates if not _SLOT.search(template))


def word_follow_up(topic: str, rng: Random) -> Wording:
    """Return a short question that only makes sense after another about the topic."""
    text, _ = _fill(rng.choice(phrases()["follow_up"]), rng)
    return Wording(Kind.ARTICLE, topic, text, {})


def word_injection(asked: Wording, rng: Random) -> Wording:
    """Return an attack on the prompt, on its own or after a harmless question."""
    section = "injection_blatant" if rng.random() < 0.6 else "injection_subtle"
    attack, _ = _fill(rng.choice(phrases()[section]), rng)
    text = attack if rng.random() < 0.6 else f"{asked.text} {attack}"
    return Wording(Kind.ARTICLE, asked.topic, text, {})


def add_personal_data(asked: Wording, rng: Random) -> Wording:
    """Return the question with a sentence that holds personal data."""
    extra, _ = _fill(rng.choice(phrases()["pii"]), rng)
    return Wording(asked.kind, asked.topic, f"{asked.text} {extra}", asked.arguments)


def is_new_topic(wording: Wording) -> bool:
    """Whether the question is about the newly launched product."""
    return wording.topic == NEW_TOPIC


def apply_text_fault(asked: Wording, planned: set[Fault], rng: Random) -> Wording:
    """Return the question with the planned fault of its text, if there is one."""
    if Fault.INJECTION in planned:
        return word_injection(asked, rng)
    return add_personal_data(asked, rng) if Fault.PII in planned else asked


def _fill(template: str, rng: Random) -> tuple[str, dict[str, str]]:
    slots: dict[str, str] = {}

    def value(match: re.Match[str]) -> str:
        return slots.setdefault(match[1], SLOTS[match[1]](rng))

    return _SLOT.sub(value, template), slots


def _dress(text: str, rng: Random) -> str:
    """Put a greeting, some context or thanks around a question, or none of them."""
    if rng.random() < 0.35:
        opening = rng.choice(phrases()["opening"])
        text = f"{opening} {_after_opening(text)}"
    if rng.random() < 0.25:
        context, _ = _fill(rng.choice(phrases()["context"]), rng)
        text = f"{context} {text}" if rng.random() < 0.5 else f"{text} {context}"
    if rng.random() < 0.15:
        closing, _ = _fill(rng.choice(phrases()["closing"]), rng)
        text = f"{text} {closing}"
    return text.lower() if rng.random() < 0.08 and "TM-" not in text else text


def _after_opening(text: str) -> str:
    """Let a sentence go on after a comma: all but names and the word I lose their capital."""
    keeps = text.startswith(("I ", "TM-", "EDI", "Smart", "Shopify", "SSO"))
    return text if keeps else text[0].lower() + text[1:]


def _arguments(kind: Kind, slots: dict[str, str]) -> dict[str, Any]:
    if kind is Kind.ORDER_STATUS:
        return {"order_id": slots["order"]}
    if kind is Kind.REFUND_QUOTE:
        reason = slots.get("reason", "unwanted")
        return {"order_id": slots["order"], "quantity": int(slots["quantity"]), "reason": reason}
    if kind is Kind.CALENDAR:
        team = "billing" if slots.get("topic") == "billing" else "success"
        return {"team": team, "weekday": slots.get("weekday", "Monday")}
    return {}
