"""The built-in redaction: what it finds, what it leaves alone, and that no text makes it slow."""

import pytest
from groundwire import redact_pii
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("anna.meier+x@mail.example.co.uk!", "[EMAIL]!"),
        ("<anna@müller.example>", "<[EMAIL]>"),
        ("Call +1 (415) 555-2671.", "Call [PHONE]."),
        ("+41446681800", "[PHONE]"),
        ("415-555-2671 or (415) 555-2671", "[PHONE] or [PHONE]"),
        ("020 7946 0958", "[PHONE]"),
        ("4111 1111 1111 1111", "[CARD]"),
        ("378282246310005, 5555-5555-5555-4444", "[CARD], [CARD]"),
        ("DE89 3704 0044 0532 0130 00 IS MINE", "[IBAN] IS MINE"),
        ("GB82WEST12345698765432.", "[IBAN]."),
        ("CH9300762011623852957", "[IBAN]"),
        ("SSN 078-05-1120", "SSN [SSN]"),
        ("from 203.0.113.9:443", "from [IP]:443"),
        ("at 2001:db8::ff00:42:8329 now", "at [IP] now"),
        ("key sk-proj-abcdefghij0123456789", "key [SECRET]"),
        ("AKIAIOSFODNN7EXAMPLE", "[SECRET]"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[SECRET]"),
        ("Authorization: Bearer abc.def-ghi_jkl", "Authorization: Bearer [SECRET]"),
        ('{"password": "correct horse"}', '{"password": "[SECRET] horse"}'),
        ("api_key=0123456789abcdef&x=1", "api_key=[SECRET]&x=1"),
        (
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
            "[JWT]",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----",
            "[SECRET]",
        ),
    ],
)
def test_personal_data_is_found(text: str, redacted: str) -> None:
    """Each kind becomes its name in brackets, and what is around it stays."""
    assert redact_pii(text) == redacted


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # fails the check digit
        "GB82WEST12345698765433",
        "2026-11-20T03:04:08.123456789Z",
        "2026-11-20 03:04:08",
        "version 1.2.3",
        "chatcmpl-1234567890123456",
        "0af7651916cd43dd8448eb211c80319c",
        "12:30:45",
        "https://example.com/a?b=1#c",
        "user@host",
        "1763600000000000000",
        "000-12-3456",
        "The answer is 42, or 3.14159265358979.",
        "a::b",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    """Ids, times, versions and numbers that fail their check digit stay."""
    assert redact_pii(text) == text


@pytest.mark.parametrize(
    "unit",
    [
        "a", "a@", "@a", "a.", "a@b.", "a@b.c.", "1", "1 ", "1-", "1.", "1.1.", ":", "1:", "ab:", "::", "+1", "+ ",
        "(1", "eyJ", "eyJa.", "eyJaaaaaaaaa.eyJ", "sk-", "sk-a", "A1", "AA11", "AA11 ", "Bearer ", "password=",
        'password: "', "-----BEGIN PRIVATE KEY-----", "-----BEGIN A", "DE89 ", "0 ", "(000) ", "\\", "é@", "gw_",
    ],
)  # fmt: skip
def test_no_text_makes_it_slow(unit: str) -> None:
    """A megabyte of what a pattern half matches takes seconds at most; were it quadratic, hours."""
    redact_pii(unit * (1_000_000 // len(unit)))


@given(st.text(max_size=300))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """What was put in place of personal data is none itself."""
    once = redact_pii(text)
    assert redact_pii(once) == once
