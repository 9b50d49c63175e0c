"""Signing in with an OpenID Connect provider: the authorization code flow with PKCE.

Follows OpenID Connect Core 1.0 (3.1) and Discovery 1.0, PKCE (RFC 7636), the `iss` parameter (RFC 9207) and the OAuth
2.0 security practice (RFC 9700). The provider's description and keys are fetched for each sign-in: it is three short
requests, and keys that the provider has changed are right at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

_TIMEOUT_S: Final = 10.0
"""For each request to the provider: somebody waits for the page."""
_LEEWAY_S: Final = 60
"""How far the provider's clock may be from ours."""
_SCOPE: Final = "openid email profile"
_ALGORITHMS: Final = frozenset(
    {
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "EdDSA",
        "Ed25519",
    }
)
"""Signatures by a key that the provider alone has: never `none`, nor one made with a secret that we have too."""


class ProviderError(Exception):
    """The provider did not confirm who somebody is; the text says why, for the log and the page."""


class ProviderAway(ProviderError):  # noqa: N818 - says what is the case
    """The provider cannot be reached, or answers nothing that makes sense."""


class ProviderRefused(ProviderError):  # noqa: N818 - as above
    """The provider said no."""


class NotProven(ProviderError):  # noqa: N818 - as above
    """What the provider sent does not prove who somebody is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in under way: what ties the provider's answer to the browser that asked for it."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, by the provider's word."""

    issuer: str
    subject: str
    email: str
    """Empty where the provider tells none."""
    email_verified: bool
    name: str


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider and what it knows us by."""

    issuer: str
    client_id: str
    client_secret: str = ""
    """Empty: a public client, which PKCE alone protects."""

    async def address(self, attempt: Attempt) -> str:
        """Return the address at the provider where the browser goes to sign in. Raises ProviderAway."""
        async with self._client(attempt) as client:
            metadata = await self._discover(client)
            url, _ = client.create_authorization_url(
                _endpoint(metadata, "authorization_endpoint"),
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
            return str(url)

    async def identity(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """Return who signed in, by the parameters that the browser brought back. Raises ProviderError."""
        _check_answer(attempt, answer, self.issuer)
        try:
            async with self._client(attempt) as client:
                metadata = await self._discover(client)
                return await self._identity(client, metadata, attempt, answer["code"])
        except JoseError as error:
            raise NotProven(f"the identity token is not valid: {error}") from error
        except AuthlibBaseError as error:
            raise ProviderRefused(f"the provider refused the code: {error.error}") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderAway(f"no answer of {self.issuer}: {type(error).__name__}") from error

    async def _identity(
        self, client: AsyncOAuth2Client, metadata: Mapping[str, Any], attempt: Attempt, code: str
    ) -> Identity:
        client.token_endpoint_auth_method = _authentication(metadata, self.client_secret)
        token = await client.fetch_token(
            _endpoint(metadata, "token_endpoint"), code=code, code_verifier=attempt.verifier
        )
        keys = await _fetch(client, _endpoint(metadata, "jwks_uri"))
        claims = self._verified(token, keys, metadata, attempt.nonce)
        if not claims.get("email") and metadata.get("userinfo_endpoint"):
            said = await _fetch(client, metadata["userinfo_endpoint"], withhold_token=False)
            # Otherwise it may be about somebody else (OpenID Connect Core, 5.3.2).
            if said.get("sub") != claims["sub"]:
                raise NotProven("the identity token and the user info are about two people")
            claims = {**said, **claims}
        return _identity_of(claims)

    def _verified(
        self, token: Mapping[str, Any], keys: Any, metadata: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        """Return the claims of the identity token, checked as OpenID Connect Core 3.1.3.7 says."""
        if "id_token" not in token:
            raise NotProven("the provider sent no identity token")
        supported = set(metadata.get("id_token_signing_alg_values_supported") or ["RS256"])
        registry = JWSRegistry(
            algorithms=sorted(supported & _ALGORITHMS), strict_check_header=False
        )
        decoded = jwt.decode(token["id_token"], KeySet.import_key_set(keys), registry=registry)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {
                "nonce": nonce,
                "client_id": self.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(leeway=_LEEWAY_S)
        return dict(claims)

    async def _discover(self, client: AsyncOAuth2Client) -> Mapping[str, Any]:
        """Return what the provider says of itself (Discovery 1.0, 4)."""
        metadata = await _fetch(
            client, f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        )
        if metadata.get("issuer") != self.issuer:
            raise ProviderAway(
                f"the provider calls itself {str(metadata.get('issuer'))[:200]!r}: set GROUNDWIRE_OIDC_ISSUER so"
            )
        return metadata

    def _client(self, attempt: Attempt) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.client_id,
            self.client_secret or None,
            scope=_SCOPE,
            redirect_uri=attempt.redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )


def _check_answer(attempt: Attempt, answer: Mapping[str, str], issuer: str) -> None:
    if answer.get("state") != attempt.state:
        raise NotProven("the answer belongs to another attempt to sign in")
    if answer.get("iss", issuer) != issuer:
        raise NotProven("the answer is from another provider")
    if "error" in answer:
        raise ProviderRefused(f"the provider said {answer['error'][:100]!r}")
    if not answer.get("code"):
        raise NotProven("the provider sent no code")


async def _fetch(
    client: AsyncOAuth2Client, url: str, *, withhold_token: bool = True
) -> Mapping[str, Any]:
    """Return a JSON object of the provider. Raises ProviderAway."""
    try:
        answer = await client.request("GET", url, withhold_token=withhold_token)
        answer.raise_for_status()
        said = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderAway(f"no answer at {url}: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise ProviderAway(f"the answer at {url} is no object")
    return said


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str):
        raise ProviderAway(f"the provider tells no {name}")
    return address


def _authentication(metadata: Mapping[str, Any], secret: str) -> str:
    """Return how we prove to the provider who we are: by the first of its ways that we know."""
    if not secret:
        return "none"
    ways = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"


def _identity_of(claims: Mapping[str, Any]) -> Identity:
    email = claims.get("email")
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) else "",
        # Some providers write it as text.
        email_verified=claims.get("email_verified") in (True, "true"),
        name=str(claims.get("name") or "")[:200],
    )
