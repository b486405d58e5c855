"""Journal templates of clearing and settlement: money becomes a merchant's (F1, F2), and is paid out to it (F11).

The entries come from the rule packs, but where an amount has several receivers: how many there are, only
the scenario knows, so those are composed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checkstand.accounting.journals import pay
from checkstand.accounting.model import AccountRef, Entry, Journal
from checkstand.accounting.names import (
    fee_income,
    merchant_deposit,
    merchant_pending,
    refund_payable,
    split_payable,
)
from checkstand.accounting.protocol.protocol import template


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
    """J1.2, J2.3, J2.4, J9.3, with J11.6 and J11.7 in the same journal: everybody's part of an amount.

    One journal instead of three: the parts belong together, and a payment has exactly one of kind `pay`.
    """
    amount = pending_minor + fee_minor + reserve_minor + sum(minor for _, minor in splits)
    known = {"payee": merchant_id, "product": product, "fee": fee_minor}
    if not splits and kind == "pay" and reserve_minor:
        return template("J11.6").journal(
            tenant_id, currency, at, payment=source[1], amount_paid=amount, reserve=reserve_minor, **known
        )
    if not splits and kind == "pay":
        return pay(
            tenant_id, payment_id=source[1], merchant_id=merchant_id, currency=currency, amount_minor=amount,
            fee_minor=fee_minor, product=product, event_at=at,
        )  # fmt: skip
    if not splits and not reserve_minor and kind == "escrow_release":
        return template("J2.3").journal(
            tenant_id, currency, at, release=source[1], transaction=debit.owner, amount=amount, **known
        )
    owed: dict[AccountRef, int] = {
        merchant_pending(merchant_id, currency): pending_minor,
        fee_income(currency, product): fee_minor,
        merchant_deposit(merchant_id, currency): reserve_minor,
    }
    for owner_id, minor in splits:  # one partner may have two shares
        partner = split_payable(owner_id, currency)
        owed[partner] = owed.get(partner, 0) + minor
    entries = (Entry(debit, amount), *(Entry(account, -minor) for account, minor in owed.items() if minor))
    return Journal(tenant_id, kind, *source, entries, at)


def debt_recovered(
    tenant_id: str, *, recovery_id: str, merchant_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J7.3: what the merchant owed us is kept back from its later sales."""
    return template("J7.3").journal(tenant_id, currency, at, debt=recovery_id, payee=merchant_id, amount=amount_minor)


def reserve_released(
    tenant_id: str, *, release_id: str, merchant_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.6 back: the time of a rolling reserve is over, its money is settled like a sale."""
    return template("J11.6-back").journal(
        tenant_id, currency, at, reserve=release_id, payee=merchant_id, amount=amount_minor
    )


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
    return template("J11.1" if destination == "bank" else "J11.5").journal(
        tenant_id, currency, at,
        batch=batch_id, transit=batch_id, payee=owner_id, product=product,
        pending=pending_minor, split=split_minor, fee=fee_minor,
    )  # fmt: skip


def batch_repaid(
    tenant_id: str, *, payout_id: str, batch_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.1 for the failed part again: it waited on the available balance."""
    return template("J11.1-again").journal(
        tenant_id, currency, at, payout=payout_id, transit=batch_id, payee=owner_id, amount=amount_minor
    )


def batch_failed(
    tenant_id: str, *, payout_id: str, batch_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J11.4: the bank refused; the money is the merchant's to draw once its card is right."""
    return template("J11.4").journal(
        tenant_id, currency, at, payout=payout_id, transit=batch_id, payee=owner_id, amount=amount_minor
    )


def batch_returned(
    tenant_id: str, *, payout_id: str, owner_id: str, currency: str, amount_minor: int, at: datetime
) -> Journal:
    """J4.8 of a settlement: money that the bank sent back is the merchant's available balance."""
    return template("J11.4-returned").journal(
        tenant_id, currency, at, payout=payout_id, payee=owner_id, amount=amount_minor
    )


def refund_taken(
    tenant_id: str,
    kind: str,
    *,
    refund_id: str,
    currency: str,
    taken: Sequence[tuple[AccountRef, int]],
    at: datetime,
) -> Journal:
    """J7.1 with partners: from each account what it gives; J6.4 when the amounts are negative."""
    payable = refund_payable(refund_id, currency)
    amount = sum(minor for _, minor in taken)
    entries = (*(Entry(account, minor) for account, minor in taken if minor), Entry(payable, -amount))
    return Journal(tenant_id, kind, "refund", refund_id, entries, at)
