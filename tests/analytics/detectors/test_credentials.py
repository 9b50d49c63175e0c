"""Secrets in texts."""

import pytest

from analytics.detectors import secrets
from analytics.detectors.credentials import entropy, find
from analytics.evaluators.contract import Sample

# Put together here, so that no scanner takes them for leaked ones.
_TAIL = "abcD3fgh1JKLm9nopQrstUVwx7Zt0BcYd5Ef"


def _found(text: str) -> list[tuple[str, str]]:
    return [(one.type, text[one.start : one.end]) for one in find(text)]


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("openai_key", "sk-" + "proj-" + _TAIL),
        ("anthropic_key", "sk-" + "ant-" + _TAIL),
        ("aws_key", "AKIA" + "J7QD4ZK2WMX9PLTB"),
        ("github_key", "ghp_" + _TAIL),
        ("slack_key", "xoxb-" + "2490817364-" + _TAIL),
        ("stripe_key", "sk_" + "live_" + _TAIL),
        ("api_key", "acme_" + "live_" + _TAIL),
        ("google_key", "AIza" + _TAIL[:35]),
        ("jwt", "eyJ" + "hbGciOiJIUzI1NiJ9" + "." + "eyJ" + "zdWIiOiJhbm4ifQ" + "." + _TAIL),
    ],
)
def test_tells_keys_by_their_issuers_prefix(kind: str, secret: str) -> None:
    """A key is found wherever it stands, and named by who issued it."""
    assert _found(f"use {secret} for now") == [(kind, secret)]


def test_finds_a_private_key() -> None:
    """A PEM block is one finding, from its first line to its last."""
    block = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEow+/=\n-----END RSA PRIVATE KEY-----"
    assert _found(f"here:\n{block}\nkeep it") == [("private_key", block)]


def test_finds_the_password_of_a_connection_string() -> None:
    """Of a connection string the password alone is the secret."""
    text = "postgresql://app:" + "h4rdT0Gu3ss" + "@db.internal:5432/app"
    assert _found(text) == [("connection_string", "h4rdT0Gu3ss")]


@pytest.mark.parametrize(
    "text",
    [
        "api_key=" + _TAIL,
        '"client_secret": "' + _TAIL + '"',
        "password: " + "Tr0ub4dor-3",
        "Authorization: Bearer " + _TAIL,
        "the token is " + _TAIL,
    ],
)
def test_tells_other_secrets_by_name_and_randomness(text: str) -> None:
    """What has no prefix is found where it is named as a secret and looks like one."""
    assert len(_found(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "password: your-password",
        "api_key = os.getenv('API_KEY')",
        "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "the password is required to log in",
        "token: 12",
        "postgresql://user:password@localhost/db",
        "a secret: nobody likes the soup",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
    ],
)
def test_leaves_placeholders_and_prose_alone(text: str) -> None:
    """Documentation and talk about passwords hold no secret."""
    assert _found(text) == []


def test_never_repeats_the_secret() -> None:
    """The verdict names the kind; the secret is nowhere in it."""
    verdict = secrets().evaluate([Sample(id="1", text="api_key=" + _TAIL)])[0]
    assert verdict.label == "found"
    assert verdict.explanation == "1 named_secret"
    assert _TAIL not in repr(verdict)


def test_entropy_counts_bits_a_character() -> None:
    """One character over and over has none; sixteen different ones have four."""
    assert entropy("aaaa") == 0
    assert entropy("0123456789abcdef") == pytest.approx(4)
    assert entropy("") == 0
