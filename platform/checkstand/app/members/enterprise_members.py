"""Enterprise members: made with their legal facts, changed with what they may do and which methods they take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting import EdgeRefused, RowExists, WriteSet
from checkstand.app.console_access import EMAIL, EmailInvalid
from checkstand.app.members.find import own_member
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert, Op, Update
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.member import MemberNotFound, find_member, get_member, member_op, require_active, still_active
from checkstand.member.enterprise import ABILITIES, enterprise, enterprise_row, get_enterprise
from checkstand.member.store import member

REGISTRATION: Final = re.compile(r"[0-9A-Z]{6,40}")


class MemberKindDiffers(CheckstandError):
    code = "member.kind_differs"
    kind = Kind.MISMATCH
    message = "There is a member of the other kind with this external_id."
    remedy = "Use another external_id; a person does not become an enterprise, nor the other way round."


class EnterpriseIncomplete(CheckstandError):
    code = "member.enterprise_incomplete"
    message = "An enterprise member needs its legal name and its registration number."
    remedy = "Send both: the name as registered, and the number with 6 to 40 capital letters and digits."


class MethodTypeUnknown(CheckstandError):
    code = "member.method_unknown"
    message = "There is no such type of payment method."
    remedy = "Name types such as wechat_pay, alipay or balance; leave the list out to take every method."


class SettlementOwnerWrong(CheckstandError):
    code = "member.settlement_owner_wrong"
    message = "This member cannot be settled for another one."
    remedy = "Name an active enterprise member of the same business unit and mode that is settled itself."


class MemberChanged(CheckstandError):
    code = "member.changed"
    kind = Kind.CONFLICT
    message = "Somebody has changed this member since you opened the page. Nothing was changed."
    remedy = "Look at what stands there now, and save again what you still want to change."


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of an enterprise. `methods`: None for all; `settlement_owner`: empty for itself."""

    legal_name: str
    registration_no: str
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    settlement_owner: str = ""
    may: frozenset[str] = frozenset(ABILITIES)
    methods: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class CreateEnterprise:
    tenant_id: str
    mode: str
    external_id: str
    name: str
    terms: Terms
    also: Sequence[Op] = field(default=())


def create_enterprise(platform: Platform, command: CreateEnterprise) -> tuple[Row[Any], bool]:
    """The enterprise member of this external id, made when absent; True when it was made now."""
    terms = _checked(platform, command.terms)
    for _ in range(2):
        with platform.db.read() as connection:
            row = find_member(connection, command.tenant_id, command.mode, command.external_id)
            if row is not None:
                return _an_enterprise(row), False
            guards = _settlement_guards(connection, command.tenant_id, command.mode, terms.settlement_owner)
        now, name = platform.clock.now(), command.name or terms.legal_name[:80]
        member_id, made = member_op(
            command.tenant_id, command.mode, command.external_id, now, name=name, kind="enterprise"
        )
        known = enterprise_row(command.tenant_id, member_id, terms.legal_name, terms.registration_no, now)
        history = state_event_op(command.tenant_id, "member", member_id, None, "create", "active", now)
        ops = [made, Insert(enterprise, {**known, **_values(terms, member_id)}), history, *guards, *command.also]
        try:
            platform.poster.commit(WriteSet(ops=ops))
        except RowExists:
            continue  # made by another request in this moment; the look above finds it
        with platform.db.read() as connection:
            made_row = get_member(connection, command.tenant_id, member_id)
        return present(made_row, "a member that was just made can be read", member=member_id), True
    raise MemberNotFound(member=command.external_id)


def change_enterprise(
    platform: Platform, tenant_id: str, mode: str, member_id: str, terms: Terms, version: int, also: Sequence[Op] = ()
) -> None:
    """Save all of it; `version` is the one that the page was made from. Raises `MemberChanged`."""
    terms = _checked(platform, terms)
    with platform.db.read() as connection:
        row = own_member(connection, tenant_id, mode, member_id)
        known = get_enterprise(connection, tenant_id, member_id)
        if known is None:
            raise MemberNotFound(member=member_id)
        guards: list[Op] = []
        if terms.settlement_owner and terms.settlement_owner != member_id:
            guards = _settlement_guards(connection, tenant_id, mode, terms.settlement_owner)
    values = {
        "legal_name": terms.legal_name,
        "registration_no": terms.registration_no,
        **_values(terms, member_id),
        "version": version + 1,
        "updated_at": platform.clock.now(),
    }
    # Counted on the member too: whoever closes it, or looks at what it may do, does not miss this.
    counted = Update(member, {"tenant_id": tenant_id, "member_id": member_id}, add={"version": 1},
                     guard={"status": row.status})  # fmt: skip
    changed = Update(enterprise, {"tenant_id": tenant_id, "member_id": member_id}, values, guard={"version": version})
    try:
        platform.poster.commit(WriteSet(ops=[changed, counted, *guards, *also]))
    except EdgeRefused:
        raise MemberChanged(member=member_id) from None


def terms_of(known: Row[Any]) -> Terms:
    """What stands in the row."""
    return Terms(
        legal_name=known.legal_name,
        registration_no=known.registration_no,
        contact_name=known.contact_name,
        contact_email=known.contact_email,
        contact_phone=known.contact_phone,
        settlement_owner=known.settlement_owner_id if known.settlement_owner_id != known.member_id else "",
        may=frozenset(ability for ability in ABILITIES if getattr(known, f"may_{ability}")),
        methods=None if known.method_types is None else frozenset(known.method_types),
    )


def _an_enterprise(row: Row[Any]) -> Row[Any]:
    if row.kind != "enterprise":
        raise MemberKindDiffers(pointer="/external_id", member=row.member_id)
    return row


def _checked(platform: Platform, terms: Terms) -> Terms:
    legal_name = " ".join(terms.legal_name.split())
    number = terms.registration_no.replace(" ", "").upper()
    if not 0 < len(legal_name) <= 120 or not legal_name.isprintable() or not REGISTRATION.fullmatch(number):
        raise EnterpriseIncomplete(pointer="/enterprise")
    email = terms.contact_email.strip().lower()
    if email and (not EMAIL.fullmatch(email) or len(email) > 254):
        raise EmailInvalid(pointer="/enterprise/contact/email")
    unknown = sorted((terms.methods or frozenset()) - set(platform.registry.method_types()))
    if unknown:
        raise MethodTypeUnknown(f"unknown: {', '.join(unknown)}", pointer="/enterprise/methods")
    return replace(
        terms,
        legal_name=legal_name,
        registration_no=number,
        contact_name=" ".join(terms.contact_name.split())[:80],
        contact_email=email,
        contact_phone=" ".join(terms.contact_phone.split())[:32],
    )


def _settlement_guards(connection: Connection, tenant_id: str, mode: str, owner_id: str) -> list[Op]:
    """Sales are booked to an owner who is there, active, and not settled for by a third one."""
    if not owner_id:
        return []
    row = get_member(connection, tenant_id, owner_id)
    known = get_enterprise(connection, tenant_id, owner_id)
    if row is None or row.mode != mode or known is None or known.settlement_owner_id != owner_id:
        raise SettlementOwnerWrong(pointer="/enterprise/settlement_owner")
    require_active(row)
    return [still_active(row)]


def _values(terms: Terms, member_id: str) -> dict[str, Any]:
    return {
        "contact_name": terms.contact_name,
        "contact_email": terms.contact_email,
        "contact_phone": terms.contact_phone,
        "settlement_owner_id": terms.settlement_owner or member_id,
        **{f"may_{ability}": ability in terms.may for ability in ABILITIES},
        "method_types": None if terms.methods is None else sorted(terms.methods),
    }
