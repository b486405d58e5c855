"""Journal templates of money that leaves: withdrawals, transfers between members, returned payouts (F4, F5)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from checkstand.accounting.model import Journal
from checkstand.accounting.protocol.protocol import template


class PayoutLike(Protocol):
    """A payout as planned or as read."""

    @property
    def tenant_id(self) -> str: ...
    @property
    def payout_id(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def bank_account_id(self) -> str: ...
    @property
    def fund_mode(self) -> str: ...
    @property
    def held_from(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def fee_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...


class TransferLike(Protocol):
    """A transfer as planned or as read; the codes say whether a person's balance moves or an enterprise's."""

    @property
    def tenant_id(self) -> str: ...
    @property
    def transfer_id(self) -> str: ...
    @property
    def source_id(self) -> str: ...
    @property
    def source_code(self) -> str: ...
    @property
    def target_id(self) -> str: ...
    @property
    def target_code(self) -> str: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def currency(self) -> str: ...


def withdrawal_hold(row: PayoutLike, at: datetime) -> Journal:
    """J4.1: amount and fee are set aside; the balance must suffice."""
    return _payout("J4.1", row, at)


def withdrawal_send(row: PayoutLike, at: datetime) -> Journal:
    """J4.2: booked before the bank is called, so that money on its way is never money at hand."""
    return _payout("J4.2", row, at)


def payout_paid(row: PayoutLike, at: datetime, *, transit: str = "") -> Journal:
    """J4.3, J11.3: the bank has booked it; `transit` names the batch when 2301 is kept per batch."""
    return _payout("J4.3", row, at, transit)


def withdrawal_fee(row: PayoutLike, at: datetime) -> list[Journal]:
    """J4.4: the fee is earned only now; nothing to book where there is none."""
    return [_payout("J4.4", row, at)] if row.fee_minor else []


def withdrawal_unsend(row: PayoutLike, at: datetime) -> Journal:
    """J4.5: the bank refused; the amount is on hold again …"""
    return _payout("J4.5", row, at)


def withdrawal_release(row: PayoutLike, at: datetime) -> Journal:
    """J4.6: … and the hold is released, fee included: the money can be spent again."""
    return _payout("J4.6", row, at)


def payout_returned(row: PayoutLike, at: datetime) -> Journal:
    """J4.7: the bank sent it back (退票)."""
    return _payout("J4.7", row, at)


def withdrawal_returned(row: PayoutLike, at: datetime) -> Journal:
    """J4.8: and it is known whose it is; the fee stays earned, because the bank did pay."""
    return _payout("J4.8", row, at)


def transfer(row: TransferLike, at: datetime) -> Journal:
    """J5.1: in one step; the payer's balance must suffice."""
    return _transfer("J5.1", row, at)


def transfer_hold(row: TransferLike, at: datetime) -> Journal:
    """J5.2: two-phase, the first phase."""
    return _transfer("J5.2", row, at)


def transfer_commit(row: TransferLike, at: datetime) -> Journal:
    """J5.3: the second phase."""
    return _transfer("J5.3", row, at)


def transfer_void(row: TransferLike, at: datetime) -> Journal:
    """J5.4: given up, or the time ran out."""
    return _transfer("J5.4", row, at)


def _payout(line: str, row: PayoutLike, at: datetime, transit: str = "") -> Journal:
    return template(line).journal(
        row.tenant_id, row.currency, at,
        payout=row.payout_id, transit=transit or row.payout_id, owner=row.owner_id, owner_code=row.held_from,
        bank=row.bank_account_id, fund_mode=row.fund_mode, product=row.mode,
        amount=row.amount_minor, fee=row.fee_minor,
    )  # fmt: skip


def _transfer(line: str, row: TransferLike, at: datetime) -> Journal:
    return template(line).journal(
        row.tenant_id, row.currency, at,
        transfer=row.transfer_id, amount=row.amount_minor, member=row.source_id, member_code=row.source_code,
        target=row.target_id, target_code=row.target_code,
    )  # fmt: skip
