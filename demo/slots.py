"""Templates and what fills their slots: names, numbers, made-up personal data and keys."""

import base64
import re
import string
from collections.abc import Callable
from random import Random

from demo.knowledge import phrases
from demo.planted import Sensitive
from demo.tenants import FIRST_NAMES, LAST_NAMES, TENANTS

_SLOT = re.compile(r"\{(\w+)\}")
_LETTERS = string.ascii_letters + string.digits

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


def _phone(rng: Random) -> str:
    """Return a number of a range that is kept free for stories."""
    if rng.random() < 0.7:
        return f"+44 20 7946 0{rng.randrange(1000):03d}"
    return f"+1 {rng.choice((212, 312, 415, 617))} 555 01{rng.randrange(100):02d}"


def _iban(rng: Random) -> str:
    """Return a German IBAN with right check digits, of a bank that does not exist."""
    account = f"99{rng.randrange(10**16):016d}"
    check = 98 - int(f"{account}131400") % 97  # D is 13 and E is 14: ISO 13616
    digits = f"{check:02d}{account}"
    return "DE" + " ".join(digits[max(0, n) : n + 4] for n in range(-2, 20, 4))


def _ssn(rng: Random) -> str:
    return f"{rng.randrange(1, 665):03d}-{rng.randrange(1, 99):02d}-{rng.randrange(1, 9999):04d}"


def _card_number(rng: Random) -> str:
    """Return a number that passes the Luhn check, from a range that no bank uses."""
    digits = [4, 0, 0, 0, 0, 0] + [rng.randrange(10) for _ in range(9)]
    doubled = (d * 2 - 9 * (d > 4) if place % 2 == 0 else d for place, d in enumerate(digits))
    digits.append(-sum(doubled) % 10)
    text = "".join(map(str, digits))
    return " ".join(text[n : n + 4] for n in range(0, 16, 4))


def _letters(rng: Random, count: int) -> str:
    return "".join(rng.choices(_LETTERS, k=count))


def _jwt(rng: Random) -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', f'{{"sub":"{rng.randrange(10**6)}"}}'.encode())
    head, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{_letters(rng, 43)}"


def _database_url(rng: Random) -> str:
    return f"postgres://export:{_letters(rng, 14)}@db.{_domain(rng)}:5432/reports"


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
    "phone": _phone,
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
    "wave_call": lambda rng: rng.choice(phrases()["wave_call"]),
    "wave_demand": lambda rng: fill(rng.choice(phrases()["wave_demand"]), rng),
    "aws_key_id": lambda rng: "AKIA" + "".join(rng.choices(string.ascii_uppercase + "234567", k=16)),
    "aws_secret": lambda rng: _letters(rng, 40),
    "database_url": _database_url,
    "github_token": lambda rng: f"ghp_{_letters(rng, 36)}",
    "jwt": _jwt,
    "tidemark_key": lambda rng: f"tmk_live_{_letters(rng, 32)}",
    "webhook_secret": lambda rng: f"whsec_{_letters(rng, 32)}",
}  # fmt: skip

SENSITIVE = {
    "card": "card", "email": "email", "fullname": "name", "iban": "iban", "phone": "phone",
    "ssn": "ssn", "street": "address",
    "aws_key_id": "aws_key_id", "aws_secret": "aws_secret", "database_url": "database_url",
    "github_token": "github_token", "jwt": "jwt", "tidemark_key": "tidemark_key",
    "webhook_secret": "webhook_secret",
}  # fmt: skip
"""What kind of personal data or secret a slot holds."""


def fill(template: str, rng: Random) -> str:
    """Return a template with its slots filled."""
    return fill_slots(template, rng)[0]


def fill_slots(template: str, rng: Random) -> tuple[str, dict[str, str]]:
    """Return a template with its slots filled, and what they were filled with."""
    slots: dict[str, str] = {}

    def value(match: re.Match[str]) -> str:
        return slots.setdefault(match[1], SLOTS[match[1]](rng))

    return _SLOT.sub(value, template), slots


def sensitive_parts(text: str, slots: dict[str, str], start: int) -> tuple[Sensitive, ...]:
    """Return where in `text`, from `start` on, the filled slots hold personal data or secrets."""
    found = []
    for name, value in slots.items():
        if name in SENSITIVE:
            place = text.index(value, start)
            found.append(Sensitive(place, place + len(value), SENSITIVE[name]))
    return tuple(sorted(found, key=lambda part: part.start))
