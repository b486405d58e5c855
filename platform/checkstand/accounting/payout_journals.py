"""Journal templates of money that leaves: withdrawals, transfers between members, returned payouts (F4, F5)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from checkstand.accounting.model import AccountRef, Entry, Journal
from checkstand.accounting.names import (
    deposit,
    held_balance,
    payout_in_transit,
    returned_payout,
    withdrawal_fee_income,
)


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
    return _move(row, "withdrawal_hold", _source(row), _held(row), row.amount_minor + row.fee_minor, at)


def withdrawal_send(row: PayoutLike, at: datetime) -> Journal:
    """J4.2: booked before the bank is called, so that money on its way is never money at hand."""
    return _move(row, "withdrawal_send", _held(row), _in_transit(row), row.amount_minor, at)


def payout_paid(row: PayoutLike, at: datetime, *, transit: str = "") -> Journal:
    """J4.3, J11.3: the bank has booked it; `transit` names the batch when 2301 is kept per batch."""
    return _move(row, "payout_paid", _in_transit(row, transit), _deposit(row), row.amount_minor, at)


def withdrawal_fee(row: PayoutLike, at: datetime) -> list[Journal]:
    """J4.4: the fee is earned only now; nothing to book where there is none."""
    if not row.fee_minor:
        return []
    income = withdrawal_fee_income(row.currency, row.mode)
    return [_move(row, "withdrawal_fee", _held(row), income, row.fee_minor, at)]


def withdrawal_unsend(row: PayoutLike, at: datetime) -> Journal:
    """J4.5: the bank refused; the amount is on hold again …"""
    return _move(row, "withdrawal_unsend", _in_transit(row), _held(row), row.amount_minor, at)


def withdrawal_release(row: PayoutLike, at: datetime) -> Journal:
    """J4.6: … and the hold is released, fee included: the money can be spent again."""
    return _move(row, "withdrawal_release", _held(row), _source(row), row.amount_minor + row.fee_minor, at)


def payout_returned(row: PayoutLike, at: datetime) -> Journal:
    """J4.7: the bank sent it back (退票)."""
    returned = returned_payout(row.payout_id, row.currency)
    return _move(row, "payout_returned", _deposit(row), returned, row.amount_minor, at)


def withdrawal_returned(row: PayoutLike, at: datetime) -> Journal:
    """J4.8: and it is known whose it is; the fee stays earned, because the bank did pay."""
    returned = returned_payout(row.payout_id, row.currency)
    return _move(row, "withdrawal_returned", returned, _source(row), row.amount_minor, at)


def transfer(row: TransferLike, at: datetime) -> Journal:
    """J5.1: in one step; the payer's balance must suffice."""
    return _between(row, "transfer", _payer(row), _payee(row), at)


def transfer_hold(row: TransferLike, at: datetime) -> Journal:
    """J5.2: two-phase, the first phase."""
    return _between(row, "transfer_hold", _payer(row), _set_aside(row), at)


def transfer_commit(row: TransferLike, at: datetime) -> Journal:
    """J5.3: the second phase."""
    return _between(row, "transfer_commit", _set_aside(row), _payee(row), at)


def transfer_void(row: TransferLike, at: datetime) -> Journal:
    """J5.4: given up, or the time ran out."""
    return _between(row, "transfer_void", _set_aside(row), _payer(row), at)


def _source(row: PayoutLike) -> AccountRef:
    return AccountRef(row.held_from, row.owner_id, row.currency)


def _held(row: PayoutLike) -> AccountRef:
    return held_balance(row.owner_id, row.payout_id, row.currency)


def _in_transit(row: PayoutLike, source_id: str = "") -> AccountRef:
    return payout_in_transit(source_id or row.payout_id, row.currency)


def _deposit(row: PayoutLike) -> AccountRef:
    return deposit(row.fund_mode, row.bank_account_id, row.currency)


def _move(row: PayoutLike, kind: str, debit: AccountRef, credit: AccountRef, minor: int, at: datetime) -> Journal:
    entries = (Entry(debit, minor), Entry(credit, -minor))
    return Journal(row.tenant_id, kind, "payout", row.payout_id, entries, at)


def _payer(row: TransferLike) -> AccountRef:
    return AccountRef(row.source_code, row.source_id, row.currency)


def _payee(row: TransferLike) -> AccountRef:
    return AccountRef(row.target_code, row.target_id, row.currency)


def _set_aside(row: TransferLike) -> AccountRef:
    return held_balance(row.source_id, row.transfer_id, row.currency)


def _between(row: TransferLike, kind: str, debit: AccountRef, credit: AccountRef, at: datetime) -> Journal:
    entries = (Entry(debit, row.amount_minor), Entry(credit, -row.amount_minor))
    return Journal(row.tenant_id, kind, "transfer", row.transfer_id, entries, at)
