"""A business unit reads its withdrawals: one, or a page of them."""

from __future__ import annotations

from typing import Any

from checkstand.app.pages import page_of
from checkstand.app.payouts.facts import withdrawal_facts
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Kind
from checkstand.settlement.payout_store import get_payout, payout


class WithdrawalNotFound(CheckstandError):
    code = "withdrawal.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such withdrawal."
    remedy = "Check the id; a withdrawal of another business unit or of the other mode is not visible with this key."


def read_withdrawal(platform: Platform, tenant_id: str, mode: str, withdrawal_id: str) -> dict[str, Any]:
    """The public form of one."""
    with platform.db.read() as connection:
        row = get_payout(connection, tenant_id, withdrawal_id)
    if row is None or row.mode != mode or row.kind != "withdrawal":
        raise WithdrawalNotFound(withdrawal=withdrawal_id)
    return withdrawal_facts(row)


def list_withdrawals(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    withdrawal_no: str | None = None,
    member_id: str | None = None,
) -> dict[str, Any]:
    """Newest first; of one member, or under one number."""
    where = [payout.c.tenant_id == tenant_id, payout.c.mode == mode, payout.c.kind == "withdrawal"]
    if withdrawal_no:
        where.append(payout.c.source_id == withdrawal_no)
    if member_id:
        where.append(payout.c.owner_id == member_id)
    with platform.db.read() as connection:
        return page_of(
            connection, payout, "payout_id", where, withdrawal_facts, cursor=cursor, limit=limit, prefix="pyo_"
        )
