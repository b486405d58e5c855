"""Business units and the people in them: create one, invite, join, change a role, leave."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.channel_sandbox import sandbox_accounts
from checkstand.app.console_access import EMAIL, Actor, EmailInvalid
from checkstand.app.platform import Platform
from checkstand.app.write_mail import console_link, mail_ops
from checkstand.infra.ops import Insert, Op, Update, Upsert
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member import operators as store
from checkstand.member import tenant_op
from checkstand.member.permissions import ROLES

INVITATION_TTL: Final = timedelta(days=7)
UNIT_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class UnitIdInvalid(CheckstandError):
    code = "unit.id_invalid"
    message = "This is not an id for a business unit."
    remedy = "Use 3 to 40 lower-case letters, digits and single hyphens, beginning with a letter."


class UnitTaken(CheckstandError):
    code = "unit.taken"
    kind = Kind.CONFLICT
    message = "A business unit with this id exists."
    remedy = "Choose another id."


class RoleUnknown(CheckstandError):
    code = "people.role_unknown"
    message = "There is no such role."
    remedy = f"Choose one of {', '.join(ROLES)}."


class InvitationInvalid(CheckstandError):
    code = "people.invitation_invalid"
    kind = Kind.NOT_FOUND
    message = "This invitation does not exist, has expired or was used."
    remedy = "Ask the person who invited you for a new one."


class InvitationForSomebodyElse(CheckstandError):
    code = "people.invitation_foreign"
    kind = Kind.FORBIDDEN
    message = "This invitation was sent to another e-mail address."
    remedy = "Sign in with the address that was invited."


class LastOwner(CheckstandError):
    code = "people.last_owner"
    kind = Kind.CONFLICT
    message = "A business unit needs an owner."
    remedy = "Make somebody else an owner first."


class NotInUnit(CheckstandError):
    code = "people.not_in_unit"
    kind = Kind.NOT_FOUND
    message = "This person does not work in this business unit."
    remedy = "Invite the person first."


def create_unit(platform: Platform, who: Actor, unit_id: str, name: Mapping[str, str]) -> None:
    """A new business unit with its first owner, and test accounts of every channel so that it can try at once."""
    if not UNIT_ID.fullmatch(unit_id) or not 3 <= len(unit_id) <= 40:
        raise UnitIdInvalid(pointer="unit_id")
    now = platform.clock.now()
    names = {locale: text.strip()[:80] for locale, text in name.items() if text.strip()} or {"en": unit_id}
    ops: list[Op] = [
        tenant_op(unit_id, names, now),
        _member(unit_id, who.operator_id, "owner", now),
        *sandbox_accounts(platform, unit_id),
        who.audit(unit_id, "unit.create", "unit", unit_id, now, after={"name": names}),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except RowExists:
        raise UnitTaken(pointer="unit_id") from None


def invite(platform: Platform, who: Actor, tenant_id: str, email: str, role: str) -> str:
    """Invite by e-mail address, and by mail; tells the token of the link, which is shown once."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailInvalid(pointer="email")
    if role not in ROLES:
        raise RoleUnknown(pointer="role")
    now, token, invitation_id = platform.clock.now(), secrets.token_urlsafe(32), new_id("inv")
    row = {
        "tenant_id": tenant_id,
        "invitation_id": invitation_id,
        "email": email,
        "role": role,
        "token_hash": store.hash_token(token),
        "invited_by": who.operator_id,
        "created_at": now,
        "expires_at": now + INVITATION_TTL,
        "accepted_at": None,
        "revoked_at": None,
    }
    after = {"email": email, "role": role}
    told = who.audit(tenant_id, "people.invite", "invitation", invitation_id, now, after=after)
    facts = {"who": who.email, "role": role, "at": row["expires_at"]}
    link = console_link(platform, "invitations", token)
    mails = mail_ops(platform, tenant_id, "invited", link, facts, now, to=[email])
    platform.poster.commit(WriteSet(ops=[Insert(store.invitation, row), told, *mails]))
    return token


def read_invitation(platform: Platform, token: str) -> Row[Any]:
    """The open invitation behind a link."""
    with platform.db.read() as connection:
        row = store.invitation_by_token(connection, token)
    if row is None or row.accepted_at or row.revoked_at or row.expires_at <= platform.clock.now():
        raise InvitationInvalid()
    return row


def accept_invitation(platform: Platform, who: Actor, token: str) -> str:
    """Join the business unit; tells its id. A link works once, and only for the address it was sent to."""
    row = read_invitation(platform, token)
    if row.email != who.email:
        raise InvitationForSomebodyElse()
    now = platform.clock.now()
    key = {"tenant_id": row.tenant_id, "invitation_id": row.invitation_id}
    ops: list[Op] = [
        Update(store.invitation, key, {"accepted_at": now}, guard={"accepted_at": None, "revoked_at": None}),
        _member(row.tenant_id, who.operator_id, row.role, now),
        who.audit(row.tenant_id, "people.join", "operator", who.operator_id, now, after={"role": row.role}),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:
        raise InvitationInvalid() from None
    return str(row.tenant_id)


def revoke_invitation(platform: Platform, who: Actor, tenant_id: str, invitation_id: str) -> None:
    """Take an invitation back."""
    now = platform.clock.now()
    key = {"tenant_id": tenant_id, "invitation_id": invitation_id}
    ops: list[Op] = [
        Update(store.invitation, key, {"revoked_at": now}, guard={"accepted_at": None, "revoked_at": None}),
        who.audit(tenant_id, "people.revoke_invitation", "invitation", invitation_id, now),
    ]
    try:
        platform.poster.commit(WriteSet(ops=ops))
    except EdgeRefused:
        raise InvitationInvalid() from None


def change_role(platform: Platform, who: Actor, tenant_id: str, operator_id: str, role: str | None) -> None:
    """Give another role, or None to end the membership; it counts from the person's next click."""
    if role is not None and role not in ROLES:
        raise RoleUnknown(pointer="role")
    with platform.db.read() as connection:
        people = {row.operator_id: row.role for row in store.people_of(connection, tenant_id)}
    if operator_id not in people:
        raise NotInUnit()
    if people[operator_id] == "owner" and role != "owner" and list(people.values()).count("owner") == 1:
        raise LastOwner()
    now = platform.clock.now()
    key = {"tenant_id": tenant_id, "operator_id": operator_id}
    values: dict[str, Any] = {"role": role} if role is not None else {"ended_at": now}
    before = {"role": people[operator_id]}
    ops: list[Op] = [
        Update(store.membership, key, values, guard={"role": people[operator_id], "ended_at": None}),
        who.audit(tenant_id, "people.change_role", "operator", operator_id, now, before=before, after={"role": role}),
    ]
    platform.poster.commit(WriteSet(ops=ops))


def _member(tenant_id: str, operator_id: str, role: str, now: Any) -> Op:
    row = {"tenant_id": tenant_id, "operator_id": operator_id, "role": role, "created_at": now, "ended_at": None}
    return Upsert(store.membership, row)
