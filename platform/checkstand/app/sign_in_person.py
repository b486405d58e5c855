"""Which person an identity of the identity provider is: known, new, or the owner of an account with a password.

Sign-up checks no e-mail address, so whoever has a password for an address need not be its owner. That is why an
account with a password is never handed over because the addresses are equal: either its owner connects the
identity while signed in, or passwords are off and nobody can be signed in with one any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.infra.openid import Identity
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member import identities
from checkstand.member import operators as store
from checkstand.monitoring.audit import PLATFORM


class PersonBlocked(CheckstandError):
    code = "single_sign_on.person_blocked"
    kind = Kind.FORBIDDEN
    message = "Your account here is blocked."
    remedy = "Ask those who run this installation."


class AccountHasPassword(CheckstandError):
    code = "single_sign_on.account_has_password"
    kind = Kind.CONFLICT
    message = "An account with your e-mail address exists, and it has a password."
    remedy = "Sign in with the password once and connect single sign-on under Your account."


class IdentityTaken(CheckstandError):
    """One address, two identities: somebody got the address of a colleague who left, or connected it elsewhere."""

    code = "single_sign_on.identity_taken"
    kind = Kind.CONFLICT
    message = "This account and this identity belong to different people."
    remedy = "Ask those who run this installation."


class AddressDiffers(CheckstandError):
    code = "single_sign_on.address_differs"
    kind = Kind.CONFLICT
    message = "The identity provider knows you by another e-mail address than this account has."
    remedy = "Sign in there with the address of this account, then connect again."


def person_of(platform: Platform, identity: Identity, email: str, *, locale: str, ip: str) -> tuple[Actor, list[Op]]:
    """Who signs in, and what has to be written first so that they are known the next time."""
    now = platform.clock.now()
    with platform.db.read() as connection:
        known = identities.operator_of(connection, identity.issuer, identity.subject)
        row = known or store.operator_by_email(connection, email)
        taken = row is not None and identities.has_identity(connection, identity.issuer, row.operator_id)
    if row is None:
        return _new_person(identity, email, locale, ip, now)
    if row.status != "active":
        raise PersonBlocked()
    who = Actor(row.operator_id, row.email, ip)
    if known is not None:
        return who, []
    if taken:
        raise IdentityTaken()
    if row.password_hash is not None and platform.settings.password_sign_in:
        raise AccountHasPassword()
    return who, [*_taken_over(platform, row, now), *_connected(who, identity, now, taken_over=True)]


def connect(platform: Platform, who: Actor, identity: Identity, email: str) -> None:
    """From now on this identity signs in the person who is signed in."""
    with platform.db.read() as connection:
        known = identities.operator_of(connection, identity.issuer, identity.subject)
    if known is not None:
        if known.operator_id != who.operator_id:
            raise IdentityTaken()
        return
    if email != who.email:
        raise AddressDiffers()
    try:
        platform.poster.commit(WriteSet(ops=_connected(who, identity, platform.clock.now(), taken_over=False)))
    except RowExists:  # connected in another tab in this moment
        raise IdentityTaken() from None


def _new_person(identity: Identity, email: str, locale: str, ip: str, now: datetime) -> tuple[Actor, list[Op]]:
    who = Actor(new_id("opr"), email, ip)
    return who, [
        store.operator_op(who.operator_id, email, identity.name, None, locale, now, is_admin=False),
        who.audit(PLATFORM, "operator.sign_up", "operator", who.operator_id, now),
        *_connected(who, identity, now, taken_over=False),
    ]


def _connected(who: Actor, identity: Identity, now: datetime, *, taken_over: bool) -> list[Op]:
    after = {"issuer": identity.issuer, "subject": identity.subject, "taken_over": taken_over}
    return [
        identities.identity_op(identity.issuer, identity.subject, who.operator_id, now),
        who.audit(PLATFORM, "operator.connect_identity", "operator", who.operator_id, now, after=after),
    ]


def _taken_over(platform: Platform, row: Row[Any], now: datetime) -> list[Op]:
    """Whatever somebody else may have had of this account ends: the password, its second factor, every session."""
    with platform.db.read() as connection:
        sessions = store.sessions_of(connection, row.operator_id, now)
    gone: dict[str, Any] = {"password_hash": None, "totp_sealed": None, "recovery_hashes": []}
    ended = [{"session_hash": session.session_hash} for session in sessions]
    return [
        Update(store.operator, {"operator_id": row.operator_id}, gone),
        *(Update(store.operator_session, key, {"revoked_at": now}) for key in ended),
    ]
