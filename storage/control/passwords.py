"""Passwords: which are taken, and how they are kept (Argon2id, RFC 9106)."""

import threading
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from storage.errors import BadInput

MIN_LENGTH: Final = 10
"""Characters. NIST SP 800-63B asks for 8 at least and for no rules of composition; ours also guard whole projects."""

MAX_LENGTH: Final = 1000
"""Characters: room for any passphrase, and no way to keep the hash busy with a megabyte."""

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
"""64 MiB, 3 passes, 4 lanes: RFC 9106's second recommendation."""

_AT_ONCE: Final = threading.BoundedSemaphore(4)
"""Hashes at once in this process: each takes 64 MiB, and anybody may ask for one."""

_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=4$CH8KmF+qH9lWpwolRhye7Q$E/Qdy3Y/hyqX0ZTaXw4rLbnRLh7bl16Lh6ihmUEoOhs"
"""A hash with today's parameters, of a random text that was thrown away."""


def check(password: str, *, email: str) -> None:
    """Return if a password may be set. Raises BadInput, which says what to mend and repeats nothing of it."""
    if len(password) < MIN_LENGTH:
        raise BadInput(
            "the password is too short",
            hint=f"take at least {MIN_LENGTH} characters; a sentence is good",
        )
    if len(password) > MAX_LENGTH:
        raise BadInput("the password is too long", hint=f"take at most {MAX_LENGTH} characters")
    if password.strip().casefold() in (email.casefold(), email.casefold().partition("@")[0]):
        raise BadInput(
            "the password is the e-mail address", hint="take one that others cannot guess"
        )
    if len(set(password)) < 4:
        raise BadInput(
            "the password repeats a few characters", hint="take one that others cannot guess"
        )


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def verified(password: str, kept: str | None) -> bool:
    """Tell whether a password is the one. Takes as long where nothing is kept as where it is wrong."""
    with _AT_ONCE:
        try:
            # One character more than a password may have: what is cut is never one.
            matches = _HASHER.verify(kept or _NOBODYS, _normal(password[: MAX_LENGTH + 1]))
        except VerificationError:
            return False
    return matches and kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than today's, so should be made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Return the same text for the same password, however a keyboard composes it (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
