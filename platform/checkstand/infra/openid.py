"""OpenID Connect, our side of it: where to send a browser, and what to believe of what it brings back.

Authorization code with PKCE. Authlib knows the protocol, and joserfc, on which Authlib stands, the signatures.
The exchange itself goes through a client of our own: it follows no redirect, because a redirect would carry
the client's secret to a stranger, and it gives up in time, because a person is waiting.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import get_well_known_url
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from checkstand.infra.settings import LOOPBACK
from checkstand.kernel import CheckstandError, Kind

SCOPE: Final = "openid email profile"
TIMEOUT_S: Final = 5.0
KEEP_S: Final = 600  # what the provider says about itself; keys are asked for again as soon as one is unknown
LEEWAY_S: Final = 60  # how far the provider's clock may be from ours
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Signatures that only the provider can make. No "none", and no HMAC: its key would be our own secret.
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
)  # fmt: skip


class ProviderSilent(CheckstandError):
    code = "single_sign_on.provider_silent"
    kind = Kind.UNAVAILABLE
    message = "The identity provider does not answer."
    remedy = "Wait a minute and try again. If it stays so, tell those who run the identity provider."
    retryable = True


class ProviderMismatch(CheckstandError):
    """Discovery names another issuer, an endpoint without https is offered, or our client is refused."""

    code = "single_sign_on.provider_mismatch"
    kind = Kind.UNAVAILABLE
    message = "The identity provider and this installation's settings do not fit together."
    remedy = "Tell those who run this installation; the log says what does not fit the CHECKSTAND_OIDC_* settings."


class CodeRefused(CheckstandError):
    code = "single_sign_on.code_refused"
    kind = Kind.UNAUTHENTICATED
    message = "The identity provider does not accept this sign-in any more: it was used already or took too long."
    remedy = "Begin again."


class TokenRefused(CheckstandError):
    """Signature, issuer, audience, time or nonce is wrong: this was not said to us, not now, or not by the provider."""

    code = "single_sign_on.token_refused"
    kind = Kind.UNAUTHENTICATED
    message = "What the identity provider said cannot be trusted, so nobody was signed in."
    remedy = "Begin again. If it happens twice, tell those who run this installation; the log says what was wrong."


@dataclass(frozen=True, slots=True)
class Flow:
    """The three secrets of one sign-in: they tie the answer to the browser, the token and the code to the question."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for. Only (issuer, subject) stays the same when a person's name or address changes."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str


class OpenIdProvider:
    """One provider, safe to use from many threads."""

    def __init__(self, issuer: str, client_id: str, client_secret: str = "") -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._http = httpx.Client(
            follow_redirects=False, timeout=TIMEOUT_S, trust_env=False, verify=ssl.create_default_context()
        )
        self._lock = Lock()
        self._about: tuple[float, dict[str, Any]] | None = None
        self._keys: KeySet | None = None

    def sign_in_url(self, flow: Flow, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        return str(
            prepare_grant_uri(
                self._metadata()["authorization_endpoint"],
                client_id=self._client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=SCOPE,
                state=flow.state,
                nonce=flow.nonce,
                code_challenge=create_s256_code_challenge(flow.verifier),
                code_challenge_method="S256",
            )
        )

    def identity(self, code: str, flow: Flow, redirect_uri: str, now: datetime) -> Identity:
        """Who came back with this code."""
        about = self._metadata()
        tokens = self._redeem(about, code, flow, redirect_uri)
        claims = self._claims(about, tokens, flow, now)
        if "email" not in claims:  # allowed: the address may be told at the userinfo endpoint only
            claims = self._userinfo(about, tokens, claims["sub"]) | claims
        return Identity(
            issuer=self.issuer,
            subject=claims["sub"],
            email=str(claims.get("email", "")),
            email_verified=claims.get("email_verified") in (True, "true"),  # some send a string
            name=str(claims.get("name", "")),
        )

    def close(self) -> None:
        self._http.close()

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if self._about is not None and self._about[0] > time.monotonic():
                return self._about[1]
        about = _json(self._ask("GET", get_well_known_url(self.issuer, external=True)))
        if about.get("issuer") != self.issuer:
            raise ProviderMismatch(provider_says=str(about.get("issuer"))[:200], setting=self.issuer)
        insecure = [name for name in ENDPOINTS if not _secure(about.get(name))]
        if insecure:
            raise ProviderMismatch(endpoints_without_https=insecure)
        with self._lock:
            self._about = (time.monotonic() + KEEP_S, about)
        return about

    def _redeem(self, about: Mapping[str, Any], code: str, flow: Flow, redirect_uri: str) -> dict[str, Any]:
        """Exchange the code for tokens."""
        more, auth = {"code": code, "code_verifier": flow.verifier}, None
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if self._client_secret and "client_secret_basic" in methods:
            auth = httpx.BasicAuth(
                quote(self._client_id, safe=""), quote(self._client_secret, safe="")
            )  # RFC 6749 2.3.1
        else:
            more |= {"client_id": self._client_id, "client_secret": self._client_secret}
        body = prepare_token_request("authorization_code", redirect_uri=redirect_uri, **more)
        headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
        answer = self._ask("POST", about["token_endpoint"], content=body, headers=headers, auth=auth)
        tokens = _json(answer)
        if tokens.get("error") == "invalid_grant":
            raise CodeRefused(said=str(tokens.get("error_description", ""))[:200])
        if "error" in tokens or not isinstance(tokens.get("id_token"), str):
            raise ProviderMismatch(said=str(tokens.get("error", "no ID token"))[:200])
        return tokens

    def _claims(self, about: Mapping[str, Any], tokens: Mapping[str, Any], flow: Flow, now: datetime) -> dict[str, Any]:
        """What the ID token says, once everything about it is right (OpenID Connect Core 3.1.3.7)."""
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"client_id": self._client_id, "nonce": flow.nonce, "access_token": tokens.get("access_token")}
        try:
            token = self._decoded(about, tokens["id_token"])
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise TokenRefused(reason=str(error)[:200]) from None
        if not 0 < len(claims["sub"]) <= 255:
            raise TokenRefused(reason="sub has no usable length")
        return dict(claims)

    def _decoded(self, about: Mapping[str, Any], id_token: str) -> jwt.Token:
        """Check the signature; a provider that has changed its keys since we last looked is asked for them once."""
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        keys = self._keys
        if keys is not None:
            try:
                return jwt.decode(id_token, keys, registry=registry)
            except (InvalidKeyIdError, BadSignatureError):
                pass  # without key ids a new key looks like a wrong signature
        keys = self._keys = KeySet.import_key_set(_json(self._ask("GET", about["jwks_uri"])))  # type: ignore[arg-type]
        return jwt.decode(id_token, keys, registry=registry)

    def _userinfo(self, about: Mapping[str, Any], tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        if not _secure(about.get("userinfo_endpoint")):
            return {}
        headers = {"authorization": f"Bearer {tokens.get('access_token', '')}"}
        told = _json(self._ask("GET", about["userinfo_endpoint"], headers=headers))
        if told.get("sub") != subject:  # Core 5.3.2: else it may be about somebody else
            raise TokenRefused(reason="userinfo is about another subject")
        return told

    def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, url, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderSilent(url=url, reason=type(error).__name__) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ProviderSilent(url=url, status=answer.status_code)
        return answer


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ProviderMismatch(url=str(answer.url), status=answer.status_code, reason="the answer is no JSON object")
    return value


def _secure(url: object) -> bool:
    parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
