"""A released amount of a transaction becomes everybody's: the merchant's, the partners', our fee (清分).

Pure, and called in the commit that moves the payment or the escrow: the journal and the clearing
records of one amount are never written apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting import AccountRef, WriteSet, accounting_date, journals
from checkstand.accounting.names import payment_clearing
from checkstand.accounting.settlement_journals import cleared
from checkstand.app.case import Case
from checkstand.app.trade.paid import held_writes, holds
from checkstand.clearing import NOTHING, ClearingRule, FeeRule, Parts, clear, rule_from_json
from checkstand.clearing.calendar import eligible_at
from checkstand.clearing.store import record_op, records_of_payment
from checkstand.infra.ops import Op

PENDING: Final = "2102"
RESERVE: Final = "2104"
SPLIT: Final = "2501"


@dataclass(frozen=True, slots=True)
class Cleared:
    """What to write, and the fee that belongs to this amount, whether it is taken now or at settlement."""

    writes: WriteSet
    parts: Parts

    @property
    def fee_minor(self) -> int:
        return self.parts.fee_minor


def cleared_parts(connection: Connection, transaction: Row[Any], payment_id: str) -> Parts:
    """What was released of a payment so far."""
    return parts_of(rule_of(transaction), records_of_payment(connection, transaction.tenant_id, payment_id), "sale")


def parts_of(rule: ClearingRule, records: Sequence[Row[Any]], *kinds: str) -> Parts:
    """The parts that records of these kinds say; refunds count as what was given back."""
    fee = reserve = pending = due = 0
    splits = dict.fromkeys((split.id for split in rule.splits), 0)
    for record in records:
        if record.kind not in kinds:
            continue
        fee += record.fee_minor
        due += record.fee_due_minor
        if record.account_code == PENDING:
            pending += record.amount_minor
        elif record.account_code == RESERVE:
            reserve += record.amount_minor
        else:
            splits[record.split_id] += record.amount_minor
    return Parts(fee, tuple(splits.values()), reserve, pending - due)


def rule_of(transaction: Row[Any]) -> ClearingRule:
    """The rule that the transaction was made under."""
    if transaction.clearing is not None:
        return rule_from_json(transaction.clearing)
    return ClearingRule(FeeRule(transaction.fee_rate_ppm, transaction.fee_min_minor))  # made before there were rules


def settle(case: Case, at: datetime) -> Cleared:
    """J1.2 of a payment that succeeded, J2.2 in escrow, or J3.2 when the order recharges a member's balance."""
    payment, payee = case.payment, case.transaction.payee
    amount, currency = payment.amount_minor, payment.currency
    if case.transaction.kind == "recharge":
        booked = journals.recharge(
            case.tenant_id, payment_id=payment.payment_id, member_id=payee, currency=currency, amount_minor=amount,
            event_at=at,
        )  # fmt: skip
        return Cleared(WriteSet(journals=[booked]), NOTHING)
    if holds(case.transaction):
        return Cleared(held_writes(case.transaction, payment.payment_id, amount, at), NOTHING)
    return clearing_journals(
        case.transaction,
        mode=payment.mode,
        payment_id=payment.payment_id,
        amount_minor=amount,
        debit=payment_clearing(payment.payment_id, currency),
        at=at,
        channel_account_id=case.attempt.channel_account_id,
    )


def clearing_journals(
    transaction: Row[Any],
    *,
    mode: str,
    payment_id: str,
    amount_minor: int,
    debit: AccountRef,
    at: datetime,
    kind: str = "pay",
    source: tuple[str, str] | None = None,
    before: Parts = NOTHING,
    channel_account_id: str = "",
    collected_at: datetime | None = None,
) -> Cleared:
    """Share out an amount that `debit` (2901 of the payment, 2101 of the escrow) gives up for good.

    An instant payment clears its whole amount once, as journal `pay` of the payment. An escrow releases
    as kind `escrow_release` of a source ("release", …) of its own, and says `before` what was released
    already (`cleared_parts` reads it): fee and shares are those of the sum. `channel_account_id` and
    `collected_at` tell which channel collected the money, and when: settlement may wait until that day
    is reconciled.
    """
    tenant_id, currency, payee = transaction.tenant_id, transaction.currency, transaction.payee
    source = source or ("payment", payment_id)
    rule = rule_of(transaction)
    parts = clear(rule, amount_minor, total_minor=max(transaction.amount_minor, amount_minor), before=before)
    at_settlement = rule.fee.timing == "settle"
    pending = parts.rest_minor + (parts.fee_minor if at_settlement else 0)
    journal = cleared(
        tenant_id, kind, source, at,
        debit=debit, merchant_id=payee, currency=currency, pending_minor=pending,
        fee_minor=0 if at_settlement else parts.fee_minor, reserve_minor=parts.reserve_minor,
        splits=tuple((split.owner_id, minor) for split, minor in zip(rule.splits, parts.splits, strict=True)),
        product=mode,
    )  # fmt: skip
    day = accounting_date(at)
    eligible = eligible_at(at, rule.cycle_days)
    about: dict[str, Any] = {
        "mode": mode,
        "kind": "sale",
        "journal_kind": kind,
        "source": source,
        "currency": currency,
        "cycle": rule.cycle,
        "cleared_on": day,
        "now": at,
        "payment_id": payment_id,
        "channel_account_id": channel_account_id,
        "channel_on": accounting_date(collected_at) if collected_at else day,
    }
    ops: list[Op] = [
        record_op(
            tenant_id, owner_id=payee, account_code=PENDING, amount_minor=pending, gross_minor=amount_minor,
            fee_minor=parts.fee_minor, fee_due_minor=parts.fee_minor if at_settlement else 0, eligible_at=eligible,
            **about,
        )
    ]  # fmt: skip
    for split, minor in zip(rule.splits, parts.splits, strict=True):
        if minor:
            ops.append(
                record_op(
                    tenant_id, owner_id=split.owner_id, account_code=SPLIT, split_id=split.id, amount_minor=minor,
                    eligible_at=eligible, **about,
                )
            )  # fmt: skip
    if parts.reserve_minor:
        until = at + timedelta(days=rule.reserve_days)
        ops.append(
            record_op(
                tenant_id, owner_id=payee, account_code=RESERVE, amount_minor=parts.reserve_minor, eligible_at=until,
                **about,
            )
        )  # fmt: skip
    return Cleared(WriteSet(ops=ops, journals=[journal]), parts)
