"""Personal data by its form."""

import pytest

from analytics.detectors import pii
from analytics.detectors.personal_data import find, luhn, mod_97
from analytics.evaluators.contract import Sample, Verdict


def _judge(text: str) -> Verdict:
    return pii().evaluate([Sample(id="1", text=text)])[0]


def _found(text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        (
            "write to ann.bell+news@mail.example.org, please",
            "email",
            "ann.bell+news@mail.example.org",
        ),
        ("schreib an jörg@müller.example", "email", "jörg@müller.example"),
        ("my card is 4111 1111 1111 1111 and it is lost", "card", "4111 1111 1111 1111"),
        ("amex 378282246310005", "card", "378282246310005"),
        ("the card 501864667900 is blocked", "card", "501864667900"),
        ("pay to DE89 3704 0044 0532 0130 00 today", "iban", "DE89 3704 0044 0532 0130 00"),
        ("my iban is gb82west12345698765432", "iban", "gb82west12345698765432"),
        ("SSN: 219-09-9999", "ssn", "219-09-9999"),
        ("his social security number is 219099999", "ssn", "219099999"),
        ("call +44 20 7946 0958 after five", "phone", "+44 20 7946 0958"),
        ("Phone:\n60-56-85-91", "phone", "60-56-85-91"),
        ("Fax: 345-555-3560x4587", "phone", "345-555-3560x4587"),
        ("555 0199 (mobile)", "phone", "555 0199"),
        ("ring 030/12345678", "phone", "030/12345678"),
        ("blocked from 203.0.113.77 again", "ip_address", "203.0.113.77"),
        ("from 2001:db8:85a3::8a2e:370:7334", "ip_address", "2001:db8:85a3::8a2e:370:7334"),
        (
            "my site is https://www.ann-bell.example/ now",
            "web_site",
            "https://www.ann-bell.example/",
        ),
        ("see https://github.com/annbell for more", "web_site", "https://github.com/annbell"),
    ],
)
def test_finds_what_can_be_told_by_its_form(text: str, kind: str, part: str) -> None:
    """Each kind is found with the characters that it takes."""
    assert _found(text) == [(kind, part)]


@pytest.mark.parametrize(
    "text",
    [
        "order number 4821 0093 771",
        "invoice no. 905-674-3793",
        "on 2024-05-17 11:30 we met, and on 17.05.2024 again",
        "between 1998-2004 and 2010 - 2014",
        "version 1.2.3.4 of the driver",
        "the mask 255.255.255.0 and 127.0.0.1",
        "[ (1 + 0.00333333)^240 ]",
        "the number 4111 1111 1111 1112 in a book",
        "std::vector and a::b",
        "https://docs.example.com/guide/start.html#top tells more",
        "a population of 83 190 556",
        "ISBN 978-3-16-148410-0",
        "my driver's license number is 2270-66-1551",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    """Orders, dates, versions, masks, amounts and sources are no personal data."""
    assert _found(text) == []


def test_says_types_and_places_and_never_the_text() -> None:
    """A verdict counts what was found by type; nothing in it repeats the data."""
    verdict = _judge("ann@mail.example.org or ben@mail.example.org, tel. 202-555-0143")
    assert verdict.label == "found"
    assert verdict.explanation == "2 email, 1 phone"
    assert "mail.example" not in repr(verdict)
    assert "0143" not in repr(verdict)


def test_finds_nothing_in_plain_text() -> None:
    """A text without personal data scores nothing."""
    assert _judge("What is the limit of my card?") == Verdict(score=0.0, label="none")


def test_check_digits() -> None:
    """One wrong digit is seen."""
    assert luhn("4111111111111111")
    assert not luhn("4111111111111121")
    assert mod_97("GB82 WEST 1234 5698 7654 32")
    assert not mod_97("GB82 WEST 1234 5698 7654 33")
