"""Who pays a refund: our fee's share, the partners' shares, and the merchant from wherever it still has money (F7).

The balances are read to plan, and guarded when the plan is committed: an account that has less by then
refuses the whole write set (`BalanceTooLow`), a debt that is another one by then does too (`EdgeRefused`),
and the caller plans again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from checkstand.accounting import AccountRef, EdgeRefused, Journal, accounting_date
from checkstand.accounting.names import (
    fee_income,
    merchant_available,
    merchant_debt,
    merchant_deposit,
    merchant_pending,
    split_payable,
)
from checkstand.accounting.protocol.protocol import template
from checkstand.accounting.reading import balance
from checkstand.accounting.settlement_journals import refund_taken
from checkstand.app.case import Case
from checkstand.app.clear_transaction import PENDING, RESERVE, SPLIT, parts_of, rule_of
from checkstand.clearing import NOTHING, ClearingRule, Parts, SplitRule, give_back
from checkstand.clearing.cascade import Funds, Sources, cascade
from checkstand.clearing.store import debt_of, debt_op, record_op, records_of_payment
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind, present
from checkstand.member.settlement_profile import get_profile
from checkstand.payment import get_payment, refunds_of_payment
from checkstand.settlement.batch_store import get_batch


class RefundFundsMissing(CheckstandError):
    code = "refund.funds_missing"
    kind = Kind.CONFLICT
    message = "The merchant's money does not cover this refund."
    remedy = "Wait for further sales, refund a smaller amount, or raise the credit limit in the settlement profile."
    retryable = True


@dataclass(frozen=True, slots=True)
class SplitTaken:
    """What a partner gives back: of what it is still owed, then of its available balance."""

    split_id: str
    owner_id: str
    payable_minor: int
    available_minor: int


@dataclass(frozen=True, slots=True)
class Taking:
    """A plan of who gives what; it is pinned on the refund, so that undoing it finds the same."""

    parts: Parts
    merchant: Sources
    partners: tuple[SplitTaken, ...]
    fee_now_minor: int  # what of the fee's share is booked now; the rest comes back with the settlement
    debt_before_minor: int | None = None

    @property
    def fee_due_minor(self) -> int:
        return self.parts.fee_minor - self.fee_now_minor

    def pinned(self) -> dict[str, Any]:
        return {
            "parts": asdict(self.parts),
            "merchant": asdict(self.merchant),
            "partners": [asdict(each) for each in self.partners],
            "fee_now_minor": self.fee_now_minor,
        }


def from_pinned(pinned: Mapping[str, Any]) -> Taking:
    """The plan as it is stored with the refund."""
    parts = pinned["parts"]
    return Taking(
        Parts(parts["fee_minor"], tuple(parts["splits"]), parts["reserve_minor"], parts["rest_minor"]),
        Sources(**pinned["merchant"]),
        tuple(SplitTaken(**each) for each in pinned["partners"]),
        pinned["fee_now_minor"],
    )


def plan_taking(connection: Connection, case: Case, amount_minor: int, *, unlimited: bool = False) -> Taking:
    """Raises `RefundFundsMissing` when the merchant's funds and its credit do not suffice, and `EdgeRefused` when
    another refund was faster than this one, whose payment was read before.

    `unlimited`: the channel has paid already, so whatever is missing is owed.
    """
    transaction, tenant_id = case.transaction, case.tenant_id
    rule = rule_of(transaction)
    taken, returned = _taken(connection, case), _returned(connection, case)
    if amount_minor > taken.amount_minor - returned.amount_minor:
        raise EdgeRefused("another refund has taken what is left", payment=case.payment.payment_id)
    parts = give_back(taken, returned, amount_minor)
    fee_now = parts.fee_minor if _fee_is_ours(connection, case, rule) else 0
    currency, payee = transaction.currency, transaction.payee
    partners = _from_partners(connection, tenant_id, currency, rule.splits, parts.splits)
    from_merchant = amount_minor - fee_now - sum(each.payable_minor + each.available_minor for each in partners)
    used = debt_of(connection, tenant_id, payee, currency)
    limit = get_profile(connection, tenant_id, case.payment.mode, payee).credit_limit_minor
    funds = Funds(
        balance(connection, tenant_id, merchant_pending(payee, currency)),
        balance(connection, tenant_id, merchant_available(payee, currency)),
        balance(connection, tenant_id, merchant_deposit(payee, currency)),
        None if unlimited else max(limit - (used or 0), 0),
    )
    sources = cascade(funds, from_merchant)
    if sources is None:
        # Every statement sees a moment of its own: what is missing may be with a refund that came in between.
        now = present(get_payment(connection, tenant_id, case.payment.payment_id), "a payment stays")
        if now.version != case.payment.version:
            raise EdgeRefused("another refund was faster", payment=case.payment.payment_id)
        has = funds.pending_minor + funds.available_minor + funds.deposit_minor + (funds.credit_minor or 0)
        raise RefundFundsMissing(
            f"{from_merchant} minor units of {currency} are needed, {has} are there",
            payment=case.payment.payment_id,
            missing_minor=from_merchant - has,
        )
    return Taking(parts, sources, partners, fee_now, used)


def taking_journal(case: Case, refund_id: str, taking: Taking, kind: str, at: datetime) -> Journal:
    """J6.1, J7.1, J8.1."""
    return _journal(case, refund_id, taking, taking.merchant, kind, at, 1)


def taking_ops(case: Case, refund_id: str, taking: Taking, journal_kind: str, now: datetime) -> list[Op]:
    """The clearing records of a refund, and what the merchant owes us after it."""
    ops = _records(case, refund_id, taking, taking.merchant, ("refund", journal_kind), now, -1)
    if taking.merchant.debt_minor:
        currency, payee = case.transaction.currency, case.transaction.payee
        key = {"tenant_id": case.tenant_id, "owner_id": payee, "currency": currency}
        ops.append(debt_op(key, taking.debt_before_minor, taking.merchant.debt_minor))
    return ops


def undo_journal(case: Case, refund_id: str, taking: Taking, at: datetime) -> Journal:
    """J6.4: everything goes back where it came from.

    What was lent goes to the pending settlement: the debt itself may have been recovered meanwhile, and
    if not, the next settlement takes it from there.
    """
    return _journal(case, refund_id, taking, _undone(taking), "refund_undo", at, -1)


def undo_ops(case: Case, refund_id: str, taking: Taking, now: datetime) -> list[Op]:
    """The clearing records of a refund that failed for good."""
    return _records(case, refund_id, taking, _undone(taking), ("refund_undone", "refund_undo"), now, 1)


def _undone(taking: Taking) -> Sources:
    was = taking.merchant
    return Sources(was.pending_minor + was.debt_minor, was.available_minor, was.deposit_minor)


def _taken(connection: Connection, case: Case) -> Parts:
    """What became somebody's of this payment; of payments older than clearing records, the fee alone is known."""
    records = records_of_payment(connection, case.tenant_id, case.payment.payment_id)
    if any(record.kind == "sale" for record in records):
        return parts_of(rule_of(case.transaction), records, "sale")
    fee = case.payment.fee_minor
    return Parts(fee, (), 0, case.payment.captured_minor - fee)


def _fee_is_ours(connection: Connection, case: Case, rule: ClearingRule) -> bool:
    """Whether the fee was taken already: at the payment, or by the batch that settled the sale."""
    if rule.fee.timing == "pay":
        return True
    records = records_of_payment(connection, case.tenant_id, case.payment.payment_id)
    batches = {record.batch_id for record in records if record.kind == "sale" and record.fee_due_minor}
    return all(batch_id and _is_approved(connection, case.tenant_id, batch_id) for batch_id in batches)


def _is_approved(connection: Connection, tenant_id: str, batch_id: str) -> bool:
    batch = get_batch(connection, tenant_id, batch_id)
    return batch is not None and batch.approved_by is not None


def _returned(connection: Connection, case: Case) -> Parts:
    """What earlier refunds have given back, or are about to."""
    returned = NOTHING
    for row in refunds_of_payment(connection, case.tenant_id, case.payment.payment_id):
        if row.status in ("FAILED", "REJECTED"):
            continue
        if row.sources is not None:
            returned += from_pinned(row.sources).parts
        elif case.transaction.clearing is None and row.cause == "request":
            returned += Parts(row.fee_minor, (), 0, row.amount_minor - row.fee_minor)
    return returned


def _from_partners(
    connection: Connection, tenant_id: str, currency: str, splits: Sequence[SplitRule], shares: Sequence[int]
) -> tuple[SplitTaken, ...]:
    """A partner that has been paid and has nothing left gives nothing; the merchant, whose sale it was, bears it."""
    spent: Counter[AccountRef] = Counter()

    def take(account: AccountRef, wanted: int) -> int:
        there = max(balance(connection, tenant_id, account) - spent[account], 0)
        spent[account] += min(there, wanted)
        return min(there, wanted)

    taken = []
    for split, share in zip(splits, shares, strict=False):
        if share:
            payable = take(split_payable(split.owner_id, currency), share)
            available = take(merchant_available(split.owner_id, currency), share - payable)
            taken.append(SplitTaken(split.id, split.owner_id, payable, available))
    return tuple(taken)


def _journal(
    case: Case, refund_id: str, taking: Taking, merchant: Sources, kind: str, at: datetime, sign: int
) -> Journal:
    payee, currency = case.transaction.payee, case.transaction.currency
    if not taking.partners:
        booked = template("J7.1" if sign > 0 else "J7.1-undo").journal(
            case.tenant_id, currency, at, refund=refund_id, payee=payee, product=case.payment.mode,
            pending=merchant.pending_minor, available=merchant.available_minor, deposit=merchant.deposit_minor,
            debt=merchant.debt_minor, fee=taking.fee_now_minor,
        )  # fmt: skip
        return replace(booked, kind=kind)
    lines: Counter[AccountRef] = Counter()
    for account, minor in (
        (merchant_pending(payee, currency), merchant.pending_minor),
        (merchant_available(payee, currency), merchant.available_minor),
        (merchant_deposit(payee, currency), merchant.deposit_minor),
        (merchant_debt(payee, currency), merchant.debt_minor),
        (fee_income(currency, case.payment.mode), taking.fee_now_minor),
    ):
        lines[account] += minor
    for each in taking.partners:
        lines[split_payable(each.owner_id, currency)] += each.payable_minor
        lines[merchant_available(each.owner_id, currency)] += each.available_minor
    taken = [(account, sign * minor) for account, minor in lines.items()]
    return refund_taken(case.tenant_id, kind, refund_id=refund_id, currency=currency, taken=taken, at=at)


def _records(
    case: Case, refund_id: str, taking: Taking, merchant: Sources, kinds: tuple[str, str], now: datetime, sign: int
) -> list[Op]:
    payee, parts = case.transaction.payee, taking.parts
    about: dict[str, Any] = {
        "mode": case.payment.mode,
        "kind": kinds[0],
        "journal_kind": kinds[1],
        "source": ("refund", refund_id),
        "currency": case.transaction.currency,
        "cycle": rule_of(case.transaction).cycle,
        "cleared_on": accounting_date(now),
        "eligible_at": now,
        "now": now,
        "payment_id": case.payment.payment_id,
        "channel_account_id": case.attempt.channel_account_id,
    }
    ops: list[Op] = [
        record_op(
            case.tenant_id, owner_id=payee, account_code=PENDING, amount_minor=sign * merchant.pending_minor,
            gross_minor=sign * parts.amount_minor, fee_minor=sign * parts.fee_minor,
            fee_due_minor=sign * taking.fee_due_minor, **about,
        )
    ]  # fmt: skip
    if merchant.deposit_minor:
        minor = sign * merchant.deposit_minor
        ops.append(record_op(case.tenant_id, owner_id=payee, account_code=RESERVE, amount_minor=minor, **about))
    for each in taking.partners:
        if each.payable_minor:
            ops.append(
                record_op(
                    case.tenant_id, owner_id=each.owner_id, account_code=SPLIT, split_id=each.split_id,
                    amount_minor=sign * each.payable_minor, **about,
                )
            )  # fmt: skip
    return ops
