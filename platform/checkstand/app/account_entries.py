"""The entries of one account of a business unit, as its server reads them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from checkstand.accounting import AccountRef
from checkstand.accounting.chart import CHART
from checkstand.accounting.reading import account_statement, balance
from checkstand.app.facts import instant, money
from checkstand.app.list_payments import PageInvalid
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError, Kind
from checkstand.kernel.money import EXPONENTS
from checkstand.member import get_member
from checkstand.member.merchant import merchant_owner
from checkstand.order import get_order
from checkstand.transaction import get_transaction

MAX_PAGE: Final = 100

# Accounts that belong to a business unit, its members and its trades; the others are the operator's own books.
_OF_MEMBERS: Final = ("2001", "2002", "2102", "2103", "2104", "2501", "1104")
_OF_TRADES: Final = ("2101",)


class AccountNotFound(CheckstandError):
    code = "account.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such account."
    remedy = "Write it like 2001:CNY:mbr_…: code, currency and owner; accounts of others are not visible with this key."


def account_entries(
    platform: Platform, tenant_id: str, mode: str, account_id: str, *, cursor: str | None = None, limit: int = 20
) -> dict[str, Any]:
    """A page of entries, newest first, with the balance; the cursor is the last entry's number on the account."""
    if not 1 <= limit <= MAX_PAGE or (cursor is not None and not (cursor.isascii() and cursor.isdigit())):
        raise PageInvalid()
    before = min(int(cursor[:18]), 2**62) if cursor is not None else None
    ref = _named(account_id)
    with platform.db.read() as connection:
        if not _is_own(connection, tenant_id, mode, ref):
            raise AccountNotFound(account=account_id)
        lines = account_statement(connection, tenant_id, ref, before_seq=before, limit=limit + 1)
        minor = balance(connection, tenant_id, ref)
    shown = lines[:limit]
    data = [
        {
            "seq": line.seq,
            "amount": money(line.amount_minor, ref.currency),
            "balance_after": money(line.balance_after_minor, ref.currency),
            "kind": line.kind,
            "source": {"type": line.source_type, "id": line.source_id},
            "journal_id": line.journal_id,
            "booked_at": instant(line.booked_at),
        }
        for line in shown
    ]
    following = str(shown[-1].seq) if len(lines) > limit else None
    about = {"id": account_id, "code": ref.code, "name": ref.type.name, "balance": money(minor, ref.currency)}
    return {"account": about, "data": data, "next_cursor": following}


def _named(account_id: str) -> AccountRef:
    code, _, rest = account_id.partition(":")
    currency, _, rest = rest.partition(":")
    owner, _, sub = rest.partition(":")
    if code not in CHART or currency not in EXPONENTS or not owner:
        raise AccountNotFound(account=account_id)
    return AccountRef(code, owner, currency, sub)


def _is_own(connection: Connection, tenant_id: str, mode: str, ref: AccountRef) -> bool:
    if ref.code in _OF_TRADES:
        trade = get_transaction(connection, tenant_id, ref.owner)
        order = get_order(connection, tenant_id, trade.order_id) if trade is not None else None
        return order is not None and order.mode == mode
    if ref.code not in _OF_MEMBERS:
        return False
    if ref.owner == merchant_owner(tenant_id, mode):
        return True
    row = get_member(connection, tenant_id, ref.owner)
    return row is not None and row.mode == mode
