"""Enterprise members: who they are by law, what they may do, which payment methods they take, and who acts for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Row, String, Table, select

from checkstand.infra.db import Instant, Json, metadata

MOST_OPERATORS: Final = 50
ABILITIES: Final = ("recharge", "withdraw", "transfer", "refund")
OPERATOR_ROLES: Final = ("owner", "finance", "viewer")

# What a person who acts for an enterprise member does → the roles that may.
# fmt: off
OPERATOR_MAY: Final[dict[str, frozenset[str]]] = {
    "read":   frozenset(OPERATOR_ROLES),
    "money":  frozenset({"owner", "finance"}),  # withdrawals, transfers, recharges, refunds
    "cards":  frozenset({"owner", "finance"}),
    "people": frozenset({"owner"}),
}
# fmt: on

enterprise = Table(
    "enterprise",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("member_id", String(40), primary_key=True),
    Column("legal_name", String(120), nullable=False),
    Column("registration_no", String(40), nullable=False),  # 18 characters in China (统一社会信用代码)
    Column("contact_name", String(80), nullable=False),
    Column("contact_email", String(254), nullable=False),
    Column("contact_phone", String(32), nullable=False),
    Column("settlement_owner_id", String(40), nullable=False),  # whose accounts its sales are booked to; mostly itself
    Column("may_recharge", Boolean, nullable=False),
    Column("may_withdraw", Boolean, nullable=False),
    Column("may_transfer", Boolean, nullable=False),
    Column("may_refund", Boolean, nullable=False),
    Column("method_types", Json),  # payment methods its checkouts may offer; null: all that the scenario has
    Column("version", Integer, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

member_operator = Table(
    "member_operator",
    metadata,
    Column("tenant_id", String(40), primary_key=True),
    Column("member_id", String(40), primary_key=True),
    Column("operator_id", String(40), primary_key=True),
    Column("name", String(80), nullable=False),
    Column("email", String(254), nullable=False),  # lower case
    Column("role", String(10), nullable=False),  # owner | finance | viewer
    Column("created_at", Instant, nullable=False),
    Column("removed_at", Instant),
    Index("ix_member_operator_email", "tenant_id", "member_id", "email"),
)


def get_enterprise(connection: Connection, tenant_id: str, member_id: str) -> Row[Any] | None:
    """What is known of an enterprise member; None for a personal one."""
    e = enterprise
    return connection.execute(select(e).where(e.c.tenant_id == tenant_id, e.c.member_id == member_id)).one_or_none()


def operators_of(connection: Connection, tenant_id: str, member_id: str) -> list[Row[Any]]:
    """Who acts for this member now, the oldest first."""
    o = member_operator
    query = select(o).where(o.c.tenant_id == tenant_id, o.c.member_id == member_id, o.c.removed_at.is_(None))
    return list(connection.execute(query.order_by(o.c.operator_id).limit(MOST_OPERATORS)))


def operator_for(connection: Connection, tenant_id: str, member_id: str, operator_id: str) -> Row[Any] | None:
    """This person, while they act for this member."""
    o = member_operator
    query = select(o).where(
        o.c.tenant_id == tenant_id,
        o.c.member_id == member_id,
        o.c.operator_id == operator_id,
        o.c.removed_at.is_(None),
    )
    return connection.execute(query).one_or_none()


def enterprise_row(
    tenant_id: str, member_id: str, legal_name: str, registration_no: str, now: datetime
) -> dict[str, Any]:
    """A new enterprise: it may do everything, takes every method, and is settled itself."""
    return {
        "tenant_id": tenant_id,
        "member_id": member_id,
        "legal_name": legal_name,
        "registration_no": registration_no,
        "contact_name": "",
        "contact_email": "",
        "contact_phone": "",
        "settlement_owner_id": member_id,
        **{f"may_{ability}": True for ability in ABILITIES},
        "method_types": None,
        "version": 1,
        "updated_at": now,
    }
