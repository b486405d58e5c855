"""What an enterprise member is allowed to do through the API; a personal member may do everything."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.kernel import CheckstandError, Kind
from checkstand.member.enterprise import ABILITIES, OPERATOR_MAY, get_enterprise, operator_for

_WORDS: Final = dict(zip(ABILITIES, ("recharge", "withdraw", "make transfers", "have its sales refunded"), strict=True))


class MemberMayNot(CheckstandError):
    code = "member.not_permitted"
    kind = Kind.FORBIDDEN
    message = "This enterprise member is not permitted to do that."
    remedy = "Have the business unit permit it in the console, on the member's page."


class OperatorUnknown(CheckstandError):
    code = "member.operator_not_found"
    kind = Kind.NOT_FOUND
    message = "Nobody with this id acts for this member."
    remedy = "Name an operator of GET /v1/members/{id}/operators, or leave the header Member-Operator out."


class OperatorMayNot(CheckstandError):
    code = "member.operator_not_permitted"
    kind = Kind.FORBIDDEN
    message = "The role of this operator does not allow that."
    remedy = "Have an owner of the enterprise do it, or give the operator another role."


def require_ability(connection: Connection, row: Row[Any], ability: str) -> None:
    """`ability` is one of ABILITIES. Raises `MemberMayNot`."""
    known = get_enterprise(connection, row.tenant_id, row.member_id) if row.kind == "enterprise" else None
    if known is not None and not getattr(known, f"may_{ability}"):
        raise MemberMayNot(f"{known.legal_name} is not permitted to {_WORDS[ability]}", member=row.member_id)


def acting_operator(connection: Connection, row: Row[Any], operator_id: str, act: str) -> Row[Any] | None:
    """Who acts for the member; None when the business unit itself does. `act` is a key of OPERATOR_MAY.

    Raises `OperatorUnknown` and `OperatorMayNot`.
    """
    if not operator_id:
        return None
    found = operator_for(connection, row.tenant_id, row.member_id, operator_id)
    if found is None:
        raise OperatorUnknown(member=row.member_id, operator=operator_id)
    if found.role not in OPERATOR_MAY[act]:
        raise OperatorMayNot(member=row.member_id, operator=operator_id, role=found.role)
    return found
