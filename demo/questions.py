"""What users of the demo ask: templates, paraphrase and slots."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any, Final

from demo.faults import Fault
from demo.knowledge import NEW_TOPIC, passages_by_topic, phrases
from demo.planted import Sensitive
from demo.slots import fill, fill_slots, sensitive_parts

LOOK_ALIKE_SHARE: Final = 0.02
"""Share of questions about articles that look like an attack, or speak of attacks and prompts, and are harmless."""


class Kind(StrEnum):
    """What sort of answer a question needs."""

    ARTICLE = "article"
    ORDER_STATUS = "order_status"
    REFUND_QUOTE = "refund_quote"
    CALENDAR = "calendar"
    SMALL_TALK = "small_talk"
    OUT_OF_SCOPE = "out_of_scope"
    IMPROPER = "improper"  # a request that the bot is right to refuse


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
    Kind.IMPROPER: 1.5,
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
    meaning: str = (
        ""  # the same for each way to ask it; empty where that depends on what came before
    )
    attack: str = ""  # the part of the text that attacks the prompt
    sensitive: tuple[Sensitive, ...] = ()  # where in the text personal data and secrets are
    is_look_alike: bool = False  # looks like an attack and is none
    is_correction: bool = False  # says that the answer before was wrong


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
            suggested = suggested_question(topic)
            return Wording(kind, topic, suggested, {}, suggested)
        if rng.random() < LOOK_ALIKE_SHARE:
            return _look_alike(topic, rng)
        template = rng.choice(rng.choice(passages_by_topic()[topic]).questions)
    else:
        template, topic = rng.choice(phrases()[kind]), kind.value
    text, slots = fill_slots(template, rng)
    return Wording(kind, topic, _dress(text, rng), _arguments(kind, slots), text)


def _look_alike(topic: str, rng: Random) -> Wording:
    text = rng.choice(phrases()["look_alike"])
    return Wording(Kind.ARTICLE, topic, text, {}, text, is_look_alike=True)


@cache
def suggested_question(topic: str) -> str:
    """Return the question of a topic that the apps offer as a button, so that many ask it."""
    templates = (q for passage in passages_by_topic()[topic] for q in passage.questions)
    return next(template for template in templates if "{" not in template)


def word_follow_up(topic: str, rng: Random) -> Wording:
    """Return a short question that only makes sense after another about the topic."""
    return Wording(Kind.ARTICLE, topic, fill(rng.choice(phrases()["follow_up"]), rng), {})


def word_correction(topic: str, before: frozenset[Fault], rng: Random) -> Wording:
    """Return what a user says to an answer that has these faults."""
    language = Fault.WRONG_LANGUAGE in before
    text = rng.choice(phrases()["correction_language" if language else "correction"])
    return Wording(Kind.ARTICLE, topic, text, {}, is_correction=True)


def word_wave(topic: str, rng: Random) -> Wording:
    """Return an attack of the wave: one text, with a few words changed each time."""
    text = fill(rng.choice(phrases()["wave"]), rng)
    return Wording(Kind.ARTICLE, topic, text, {}, attack=text)


def word_injection(asked: Wording, rng: Random) -> Wording:
    """Return an attack on the prompt, on its own or after a harmless question."""
    section = "injection_blatant" if rng.random() < 0.6 else "injection_subtle"
    attack = fill(rng.choice(phrases()[section]), rng)
    text = attack if rng.random() < 0.6 else f"{asked.text} {attack}"
    return Wording(Kind.ARTICLE, asked.topic, text, {}, attack=attack)


def add_sensitive(asked: Wording, section: str, rng: Random) -> Wording:
    """Return the question with a sentence that holds personal data or a secret."""
    extra, slots = fill_slots(rng.choice(phrases()[section]), rng)
    text = f"{asked.text} {extra}"
    return replace(asked, text=text, sensitive=sensitive_parts(text, slots, len(asked.text)))


def is_new_topic(wording: Wording) -> bool:
    """Whether the question is about the newly launched product."""
    return wording.topic == NEW_TOPIC


def apply_text_fault(asked: Wording, planned: set[Fault], rng: Random) -> Wording:
    """Return the question with the planned fault of its text, if there is one."""
    if Fault.ATTACK_WAVE in planned:
        return word_wave(asked.topic, rng)
    if Fault.INJECTION in planned:
        return word_injection(asked, rng)
    if Fault.SECRET in planned:
        return add_sensitive(asked, "secret", rng)
    return add_sensitive(asked, "pii", rng) if Fault.PII in planned else asked


def _dress(text: str, rng: Random) -> str:
    """Put a greeting, some context or thanks around a question, or none of them."""
    if rng.random() < 0.35:
        opening = rng.choice(phrases()["opening"])
        text = f"{opening} {_after_opening(text)}"
    if rng.random() < 0.25:
        context = fill(rng.choice(phrases()["context"]), rng)
        text = f"{context} {text}" if rng.random() < 0.5 else f"{text} {context}"
    if rng.random() < 0.15:
        closing = fill(rng.choice(phrases()["closing"]), rng)
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
