"""An adjustment by two people on what a payee is owed: it is settled like a sale, or kept back like a refund.

Without a record the account and its items would differ for good, and no batch could ever pay the difference.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from checkstand.accounting import Journal, accounting_date
from checkstand.clearing.store import debt_of, debt_op, record_op
from checkstand.infra.ops import Op
from checkstand.member import get_member
from checkstand.member.merchant import merchant_owner
from checkstand.member.settlement_profile import get_profile

RECORDED: Final = ("2102", "2104", "2501")
DEBT: Final = "1104"


def adjustment_ops(connection: Connection, journal: Journal, now: datetime) -> list[Op]:
    """The clearing records, and the change of the debt, that belong to this journal."""
    moved: Counter[tuple[str, str, str]] = Counter()
    for entry in journal.entries:
        account = entry.account
        if account.code in (*RECORDED, DEBT) and not account.sub:
            moved[account.code, account.owner, account.currency] += entry.amount_minor
    ops: list[Op] = []
    for (code, owner_id, currency), minor in moved.items():
        mode = _mode_of(connection, journal.tenant_id, owner_id)
        if code == DEBT and minor:
            key = {"tenant_id": journal.tenant_id, "owner_id": owner_id, "currency": currency}
            ops.append(debt_op(key, debt_of(connection, journal.tenant_id, owner_id, currency), minor))
        elif minor and mode is not None:
            cycle = get_profile(connection, journal.tenant_id, mode, owner_id).cycle
            ops.append(
                record_op(
                    journal.tenant_id, mode=mode, kind="adjustment", journal_kind=journal.kind,
                    source=(journal.source_type, journal.source_id), owner_id=owner_id, account_code=code,
                    currency=currency, amount_minor=-minor, cycle=cycle, cleared_on=accounting_date(now),
                    eligible_at=now, now=now,
                )
            )  # fmt: skip
    return ops


def _mode_of(connection: Connection, tenant_id: str, owner_id: str) -> str | None:
    """None for an owner that is nobody who could be settled."""
    for mode in ("test", "live"):
        if owner_id == merchant_owner(tenant_id, mode):
            return mode
    row = get_member(connection, tenant_id, owner_id)
    return None if row is None else str(row.mode)
