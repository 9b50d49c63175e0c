"""Identity tokens that prove nothing: each differs from a good one in one thing."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Any, Final

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, RSAKey

from server.sign_in.provider import NotProven, Provider

PROVIDER: Final = Provider("https://id.example.com", "groundwire", "the secret of this client 0123")
KEY: Final = RSAKey.generate_key(2048, {"kid": "k"})
ALL: Final = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}


def claims(**changed: Any) -> dict[str, Any]:
    """Return the claims of a good token, with changes; None takes one away."""
    now = int(time.time())
    good = {
        "iss": "https://id.example.com", "aud": "groundwire", "sub": "s", "nonce": "n",
        "iat": now, "exp": now + 60,
    }  # fmt: skip
    return {name: value for name, value in (good | changed).items() if value is not None}


def signed(said: dict[str, Any], key: RSAKey = KEY) -> dict[str, str]:
    """Return the answer of a token endpoint."""
    return {"id_token": jwt.encode({"alg": "RS256", "kid": "k"}, said, key)}


def verified(token: dict[str, str]) -> Any:
    """Return what we make of a token."""
    return PROVIDER._verified(token, {"keys": [KEY.as_dict(private=False)]}, ALL, "n")


def test_a_good_token_is_believed() -> None:
    """A token for us, of the provider, of this attempt, in time."""
    assert verified(signed(claims()))["sub"] == "s"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"azp": "another-app"},
        {"nbf": 4_000_000_000},
    ],
)
def test_a_wrong_claim_is_refused(changed: dict[str, Any]) -> None:
    """A token for another app, of another provider or attempt, too old or too new, proves nothing."""
    with pytest.raises(JoseError):
        verified(signed(claims(**changed)))


def test_another_keys_signature_is_refused() -> None:
    """A token that somebody else signed, under the name of the provider's key."""
    other = RSAKey.generate_key(2048, {"kid": "k"})
    with pytest.raises(JoseError):
        verified(signed(claims(), other))


def test_no_signature_is_refused() -> None:
    """A token without a signature counts for nothing, even if the provider says that it makes such."""
    parts = ({"alg": "none", "kid": "k"}, claims())
    head, said = (urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    with pytest.raises(JoseError):
        verified({"id_token": f"{head}.{said}."})


def test_a_signature_with_the_shared_secret_is_refused() -> None:
    """A signature with the client's secret counts for nothing: we could have made it."""
    secret = OctKey.import_key(PROVIDER.client_secret)
    token = jwt.encode({"alg": "HS256", "kid": "k"}, claims(), secret, algorithms=["HS256"])
    with pytest.raises(JoseError):
        verified({"id_token": token})


def test_no_token_is_refused() -> None:
    """A provider that speaks OAuth alone does not say who somebody is."""
    with pytest.raises(NotProven):
        verified({"access_token": "x"})
