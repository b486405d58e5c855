"""People who act for an enterprise member: named by the header `Member-Operator`, judged by their role, remembered.

The business unit signs its users in itself; here it says which of them acts, and the audit trail keeps who it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.console_access import EMAIL, EmailInvalid
from checkstand.app.members.find import own_member
from checkstand.app.platform import Platform
from checkstand.infra.ops import Insert, Op, Update
from checkstand.kernel import CheckstandError, Kind, new_id, present
from checkstand.member import member, require_open
from checkstand.member.abilities import OperatorUnknown
from checkstand.member.enterprise import MOST_OPERATORS, OPERATOR_ROLES, member_operator, operator_for, operators_of
from checkstand.monitoring.audit import audit_op


class NoEnterprise(CheckstandError):
    code = "member.no_enterprise"
    kind = Kind.CONFLICT
    message = "Only an enterprise member has operators; a person acts for themselves."
    remedy = "Name an enterprise member."


class OperatorIncomplete(CheckstandError):
    code = "member.operator_incomplete"
    message = "An operator needs a name and one of the roles."
    remedy = f"Send a name of at most 80 characters and one of: {', '.join(OPERATOR_ROLES)}."


class TooManyOperators(CheckstandError):
    code = "member.too_many_operators"
    kind = Kind.CONFLICT
    message = "This member has as many operators as one may have."
    remedy = f"Remove somebody who has left; {MOST_OPERATORS} are the most."


class OperatorExists(CheckstandError):
    code = "member.operator_exists"
    kind = Kind.CONFLICT
    message = "Somebody with this e-mail address acts for this member already."
    remedy = "Remove the other entry first, or use another address."


@dataclass(frozen=True, slots=True)
class AddOperator:
    tenant_id: str
    mode: str
    member_id: str
    name: str
    email: str
    role: str


def add_operator(platform: Platform, command: AddOperator, also: Sequence[Op] = ()) -> Row[Any]:
    """The new operator. Two at once are told apart by the member's version."""
    name, email = " ".join(command.name.split()), command.email.strip().lower()
    if not 0 < len(name) <= 80 or not name.isprintable() or command.role not in OPERATOR_ROLES:
        raise OperatorIncomplete(pointer="/role" if command.role not in OPERATOR_ROLES else "/name")
    if not EMAIL.fullmatch(email) or len(email) > 254:
        raise EmailInvalid(pointer="/email")
    with platform.db.read() as connection:
        row = own_member(connection, command.tenant_id, command.mode, command.member_id)
        others = operators_of(connection, command.tenant_id, command.member_id)
    require_open(row)
    if row.kind != "enterprise":
        raise NoEnterprise(member=row.member_id)
    if any(other.email == email for other in others):
        raise OperatorExists(pointer="/email", member=row.member_id)
    if len(others) >= MOST_OPERATORS:
        raise TooManyOperators(member=row.member_id)
    operator_id, now = new_id("mop"), platform.clock.now()
    values = {
        "tenant_id": command.tenant_id,
        "member_id": command.member_id,
        "operator_id": operator_id,
        "name": name,
        "email": email,
        "role": command.role,
        "created_at": now,
    }
    key = {"tenant_id": command.tenant_id, "member_id": command.member_id}
    guard = Update(member, key, add={"version": 1}, guard={"version": row.version})
    platform.poster.commit(WriteSet(ops=[guard, Insert(member_operator, values), *also]))
    with platform.db.read() as connection:
        made = operator_for(connection, command.tenant_id, command.member_id, operator_id)
    return present(made, "an operator who was just added can be read", operator=operator_id)


def remove_operator(
    platform: Platform, tenant_id: str, mode: str, member_id: str, operator_id: str, also: Sequence[Op] = ()
) -> None:
    """They act no more; what they did stays on the audit trail. Raises `OperatorUnknown`."""
    with platform.db.read() as connection:
        own_member(connection, tenant_id, mode, member_id)
        found = operator_for(connection, tenant_id, member_id, operator_id)
    if found is None:
        raise OperatorUnknown(member=member_id, operator=operator_id)
    key = {"tenant_id": tenant_id, "member_id": member_id, "operator_id": operator_id}
    removed = Update(member_operator, key, {"removed_at": platform.clock.now()}, guard={"removed_at": None})
    try:
        platform.poster.commit(WriteSet(ops=[removed, *also]))
    except EdgeRefused:
        raise OperatorUnknown(member=member_id, operator=operator_id) from None


def told_by(
    operator: Row[Any] | None, action: str, object_type: str, object_id: str, mode: str, at: datetime
) -> list[Op]:
    """The line of the audit trail for what an operator of a member did; none when the business unit itself did it.

    Its server called, so the address of the operator is not known here.
    """
    if operator is None:
        return []
    about: dict[str, Any] = {"actor_id": operator.operator_id, "actor_email": operator.email, "ip": ""}
    after = {"member": operator.member_id, "role": operator.role}
    return [audit_op(operator.tenant_id, action, object_type, object_id, at=at, mode=mode, after=after, **about)]
