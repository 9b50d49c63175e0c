import re
from random import Random

import pytest

from demo.answers import worded
from demo.guardrails import mask_personal_data, screen_injection
from demo.knowledge import NEW_TOPIC, passages, passages_by_topic, phrases
from demo.questions import Kind, word_question
from demo.retrieval import article_index, rerank
from demo.slots import SLOTS
from demo.writing import answer_from


def test_the_knowledge_base_is_rich() -> None:
    """Enough articles, topics and questions that topics and texts differ."""
    assert 60 <= len(passages()) <= 100
    assert len(passages_by_topic()) == 13
    assert NEW_TOPIC in passages_by_topic()
    assert sum(len(p.questions) for p in passages()) >= 200
    assert all(230 < len(p.text) < 600 for p in passages())


def test_every_slot_of_every_template_can_be_filled() -> None:
    """No user ever writes a curly brace."""
    templates = [q for p in passages() for q in p.questions]
    templates += [line for lines in phrases().values() for line in lines]
    used = {slot for template in templates for slot in re.findall(r"\{(\w+)\}", template)}
    assert used == set(SLOTS)


def test_retrieval_finds_the_article_that_answers() -> None:
    """For nearly all questions the right article is found, and mostly it comes first."""
    first = found = total = 0
    rng = Random(5)
    for passage in passages():
        for template in passage.questions:
            query = re.sub(r"\{(\w+)\}", lambda m: SLOTS[m[1]](rng), template)
            hits = article_index().search(article_index().embed(query), 6)
            best = rerank(query, hits, 3)
            total += 1
            found += passage in [hit.passage for hit in hits]
            first += best[0].passage is passage
    assert found / total > 0.9
    assert first / total > 0.75


def test_a_faultless_answer_is_made_of_what_was_retrieved() -> None:
    """Each sentence that carries a fact is one of the passages' sentences, in their words or in ours."""
    rng = Random(8)
    framing = {*phrases()["lead"], *phrases()["sign_off"]}
    for number in range(300):
        topic = list(passages_by_topic())[number % 13]
        query = word_question(Kind.ARTICLE, topic, rng).text
        hits = rerank(query, article_index().search(article_index().embed(query), 6), 3)
        reply = answer_from(query, hits, frozenset(), "v6", rng)
        rest = re.sub(r" \[[\w-]+\]", "", reply.text)
        known = {s for hit in hits for s in hit.passage.sentences} | framing
        known |= {s for hit in hits for s in worded()[hit.passage.id].sentences}
        for sentence in sorted(known, key=len, reverse=True):
            rest = rest.replace(sentence, "")
        assert rest.strip() == "" or reply.text in phrases()["not_found"]


def test_sentences_in_other_words_keep_their_figures() -> None:
    """Each sentence of each article has its other wording, with the same figures and in words of its own."""
    figure = re.compile(r"\d+(?:[.,:]\d+)*")
    for passage in passages():
        others = worded()[passage.id].sentences
        for sentence, other in zip(passage.sentences, others, strict=True):
            assert sorted(figure.findall(sentence)) == sorted(figure.findall(other))
            assert sentence != other


@pytest.mark.parametrize("text", phrases()["injection_blatant"])
def test_the_screen_catches_blatant_attacks(text: str) -> None:
    """Known attack wording is blocked."""
    assert screen_injection(text).blocked


def test_the_screen_lets_questions_pass() -> None:
    """No harmless template is blocked."""
    assert not any(screen_injection(q).blocked for p in passages() for q in p.questions)


def test_personal_data_is_masked_by_kind() -> None:
    """The text keeps its sense; the data is gone and counted."""
    rng = Random(2)
    drawn = {name: SLOTS[name](rng) for name in ("email", "iban", "card", "ssn", "phone")}
    text, counts = mask_personal_data("Mine: " + ", ".join(drawn.values()) + " for TM-48213.")
    assert not any(value in text for value in drawn.values())
    assert counts == dict.fromkeys(
        ("EMAIL_ADDRESS", "IBAN_CODE", "CREDIT_CARD", "US_SSN", "PHONE_NUMBER"), 1
    )
    assert text.endswith("for TM-48213.")


def test_made_up_cards_pass_the_luhn_check() -> None:
    """A scanner that checks the digits accepts them as card numbers."""
    rng = Random(1)
    for _ in range(50):
        digits = [int(d) for d in SLOTS["card"](rng).replace(" ", "")]
        total = sum(d if n % 2 else (d * 2 - 9 * (d > 4)) for n, d in enumerate(digits))
        assert len(digits) == 16
        assert total % 10 == 0
