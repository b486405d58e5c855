"""Sign in to the console at the identity provider of this installation (docs/decisions/0009-…).

`begin` seals the secrets of one sign-in for a cookie of this browser, `finish` opens them when the browser comes
back. Nothing is stored in between, so a visitor who is nobody yet cannot fill a table.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from secrets import compare_digest
from typing import Any, Final

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.console_access import EMAIL, Actor
from checkstand.app.platform import Platform
from checkstand.app.sign_in_person import connect, person_of
from checkstand.infra.openid import Flow, Identity, OpenIdProvider
from checkstand.infra.ops import Op
from checkstand.infra.secrets import SecretUnreadable, seal, unseal
from checkstand.infra.settings import Settings
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import operators as store
from checkstand.monitoring.audit import PLATFORM

METHOD: Final = "single_sign_on"
SIGN_IN_TTL: Final = timedelta(minutes=10)  # for a password, a second factor and a search for the phone
CONTEXT: Final = "single-sign-on"


class NotOffered(CheckstandError):
    code = "single_sign_on.not_offered"
    kind = Kind.NOT_FOUND
    message = "This installation has no single sign-on."
    remedy = "Sign in with your password."


class AnswerUnknown(CheckstandError):
    """The state is not the one this browser left with: another browser's, another sign-in's, or made up."""

    code = "single_sign_on.answer_unknown"
    kind = Kind.UNAUTHENTICATED
    message = "This answer does not belong to a sign-in that began in this browser."
    remedy = "Begin again, finish in the same browser, and allow its cookies."


class AnswerLate(CheckstandError):
    code = "single_sign_on.answer_late"
    kind = Kind.UNAUTHENTICATED
    message = "This sign-in took longer than ten minutes."
    remedy = "Begin again."


class AnswerUsed(CheckstandError):
    code = "single_sign_on.answer_used"
    kind = Kind.UNAUTHENTICATED
    message = "This sign-in was used already."
    remedy = "Begin again."


class Declined(CheckstandError):
    """The person cancelled, or the provider does not let them use this application."""

    code = "single_sign_on.declined"
    kind = Kind.FORBIDDEN
    message = "The identity provider did not sign you in."
    remedy = "Begin again. If it refuses again, ask those who run the identity provider for access."


class AddressUnverified(CheckstandError):
    code = "single_sign_on.address_unverified"
    kind = Kind.FORBIDDEN
    message = "The identity provider does not confirm your e-mail address."
    remedy = "Confirm the address with the identity provider, then begin again."


class DomainForeign(CheckstandError):
    code = "single_sign_on.domain_foreign"
    kind = Kind.FORBIDDEN
    message = "E-mail addresses of this domain may not use single sign-on here."
    remedy = "Sign in with the address of your organisation."


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, and what it has to bring back with this state."""

    url: str
    state: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The cookie of the new session, and where to go. No cookie: who was signed in has connected an identity."""

    token: str | None
    back: str


def begin(platform: Platform, *, back: str, redirect_uri: str, session_hash: str = "") -> Begun:
    """Leave for the provider. With a session: to connect an identity to the person who is signed in."""
    flow = Flow.new()
    url = _provider(platform).sign_in_url(flow, redirect_uri)
    began = platform.clock.now().timestamp()
    held = json.dumps({**asdict(flow), "back": back, "session_hash": session_hash, "began": began})
    sealed = seal(platform.settings.secret_key, held.encode(), CONTEXT)
    return Begun(url, flow.state, base64.urlsafe_b64encode(sealed).decode())


def finish(
    platform: Platform,
    answer: Mapping[str, str],
    sealed: str,
    *,
    redirect_uri: str,
    who: Actor | None,
    session_hash: str,
    locale: str,
    ip: str,
    user_agent: str,
) -> Finished:
    """Come back from the provider with its `answer`; `who` and `session_hash` are of whoever is signed in by now."""
    provider, now = _provider(platform), platform.clock.now()
    held = _held(platform, sealed)
    if not compare_digest(held["state"].encode(), answer.get("state", "").encode()):
        raise AnswerUnknown()
    if answer.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: another provider's answer
        raise AnswerUnknown()
    if held["session_hash"] != (session_hash if held["session_hash"] else ""):
        raise AnswerUnknown()  # connecting, but whoever began is not the one who is signed in
    if now.timestamp() > held["began"] + SIGN_IN_TTL.total_seconds():
        raise AnswerLate()
    if not answer.get("code"):
        raise Declined(said=answer.get("error", "")[:100])
    with platform.db.read() as connection:
        if store.state_used(connection, held["state"]):
            raise AnswerUsed()
    flow = Flow(held["state"], held["nonce"], held["verifier"])
    identity = provider.identity(answer["code"], flow, redirect_uri, now)
    email = _address(identity, platform.settings)
    if held["session_hash"] and who is not None:
        connect(platform, who, identity, email)
        return Finished(None, held["back"])
    person, ops = person_of(platform, identity, email, locale=locale, ip=ip)
    token, session = store.new_session(
        person.operator_id, METHOD, now, ip=ip, user_agent=user_agent, state=held["state"]
    )
    told = person.audit(PLATFORM, "operator.sign_in", "operator", person.operator_id, now, after={"method": METHOD})
    _commit(platform, [*ops, session, told])
    return Finished(token, held["back"])


def _provider(platform: Platform) -> OpenIdProvider:
    if platform.identity_provider is None:
        raise NotOffered()
    return platform.identity_provider


def _held(platform: Platform, sealed: str) -> dict[str, Any]:
    """What `begin` sealed for this browser."""
    try:
        opened = unseal(platform.settings.secret_key, base64.urlsafe_b64decode(sealed), CONTEXT)
    except (SecretUnreadable, ValueError):
        raise AnswerUnknown() from None
    held: dict[str, Any] = json.loads(opened)
    return held


def _address(identity: Identity, settings: Settings) -> str:
    """The person's address, if the provider vouches for it and the settings allow its domain.

    ASCII only: lower case makes a K of the Kelvin sign, and then one person's address is another's.
    """
    email = identity.email.strip()
    if not identity.email_verified or not email.isascii() or not EMAIL.fullmatch(email) or len(email) > 254:
        raise AddressUnverified()
    email = email.lower()
    domain = email.rpartition("@")[2]
    if settings.oidc_email_domains and domain not in settings.oidc_email_domains:
        raise DomainForeign(domain=domain)
    return email


def _commit(platform: Platform, ops: list[Op]) -> None:
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except RowExists:  # the same answer, or the same new person, came twice in this moment
        raise AnswerUsed() from None
