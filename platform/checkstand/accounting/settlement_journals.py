"""Journal templates of clearing and settlement: money becomes a merchant's (F1, F2), and is paid out to it (F11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checkstand.accounting.model import AccountRef, Entry, Journal
from checkstand.accounting.names import (
    fee_income,
    merchant_available,
    merchant_debt,
    merchant_deposit,
    merchant_pending,
    payout_in_transit,
    returned_payout,
    split_payable,
)


def cleared(
    tenant_id: str,
    kind: str,
    source: tuple[str, str],
    at: datetime,
    *,
    debit: AccountRef,
    merchant_id: str,
    currency: str,
    pending_minor: int,
    fee_minor: int,
    reserve_minor: int = 0,
    splits: Sequence[tuple[str, int]] = (),
    product: str = "",
) -> Journal:
    """J1.2, J2.3, J2.4, J9.3 with J11.6 and J11.7 in one journal: everybody's part of an amount.

    One journal instead of three: the parts belong together, and a payment has exactly one of kind `pay`.
    """
    credits = [(merchant_pending(merchant_id, currency), pending_minor), (fee_income(currency, product), fee_minor)]
    if splits:
        owed: dict[str, int] = {}
        for owner_id, minor in splits:  # one partner may have two shares
            owed[owner_id] = owed.get(owner_id, 0) + minor
        credits += [(split_payable(owner_id, currency), minor) for owner_id, minor in owed.items()]
    if reserve_minor:
        credits.append((merchant_deposit(merchant_id, currency), reserve_minor))
    amount = pending_minor + fee_minor + reserve_minor + sum(minor for _, minor in splits)
    entries = (Entry(debit, amount), *(Entry(account, -minor) for account, minor in credits if minor))
    return Journal(tenant_id, kind, *source, entries, at)


def debt_recovered(
    tenant_id: str, *, recovery_id: str, merchant_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J7.3: what the merchant owed us is kept back from its later sales."""
    pending, debt = merchant_pending(merchant_id, currency), merchant_debt(merchant_id, currency)
    return _move(tenant_id, "debt_recovered", ("debt", recovery_id), pending, debt, amount_minor, at)


def reserve_released(
    tenant_id: str, *, release_id: str, merchant_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.6 back: the time of a rolling reserve is over, its money is settled like a sale."""
    deposit, pending = merchant_deposit(merchant_id, currency), merchant_pending(merchant_id, currency)
    return _move(tenant_id, "reserve_released", ("reserve", release_id), deposit, pending, amount_minor, at)


def batch_approved(
    tenant_id: str,
    *,
    batch_id: str,
    owner_id: str,
    currency: str,
    pending_minor: int,
    split_minor: int,
    fee_minor: int,
    destination: str,
    product: str,
    at: datetime,
) -> Journal:
    """J11.1, with a fee J11.2: off to the bank; or J11.5: into the available balance.

    `fee_minor` is what was not taken at payment; refunds can make it negative, and then it goes back.
    """
    net = pending_minor + split_minor - fee_minor
    target = payout_in_transit(batch_id, currency) if destination == "bank" else merchant_available(owner_id, currency)
    lines = (
        (merchant_pending(owner_id, currency), pending_minor),
        (split_payable(owner_id, currency), split_minor),
        (target, -net),
        (fee_income(currency, product), -fee_minor),
    )
    entries = tuple(Entry(account, minor) for account, minor in lines if minor)
    kind = "settlement" if destination == "bank" else "settlement_wallet"
    return Journal(tenant_id, kind, "batch", batch_id, entries, at)


def batch_repaid(
    tenant_id: str, *, payout_id: str, batch_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.1 for the failed part again: it waited on the available balance."""
    available, transit = merchant_available(owner_id, currency), payout_in_transit(batch_id, currency)
    return _move(tenant_id, "settlement_repaid", ("payout", payout_id), available, transit, amount_minor, at)


def batch_failed(
    tenant_id: str, *, payout_id: str, batch_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.4: the bank refused; the money is the merchant's to draw once its card is right."""
    transit, available = payout_in_transit(batch_id, currency), merchant_available(owner_id, currency)
    return _move(tenant_id, "settlement_failed", ("payout", payout_id), transit, available, amount_minor, at)


def batch_returned(
    tenant_id: str, *, payout_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J4.8 of a settlement: money that the bank sent back is the merchant's available balance."""
    returned, available = returned_payout(payout_id, currency), merchant_available(owner_id, currency)
    return _move(tenant_id, "settlement_returned", ("payout", payout_id), returned, available, amount_minor, at)


def _move(
    tenant_id: str,
    kind: str,
    source: tuple[str, str],
    debit: AccountRef,
    credit: AccountRef,
    amount_minor: int,
    at: datetime,
) -> Journal:
    return Journal(tenant_id, kind, *source, (Entry(debit, amount_minor), Entry(credit, -amount_minor)), at)
