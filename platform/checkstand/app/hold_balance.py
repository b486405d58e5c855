"""The internal leg of a composite payment: set aside in the commit that begins the payment (J9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import BalanceTooLow, EdgeRefused, WriteSet, journals
from checkstand.app.new_payment import attempt_ops
from checkstand.app.pay_from_balance import stopped
from checkstand.app.platform import Platform
from checkstand.app.session_view import Visit
from checkstand.cashier import Submission
from checkstand.channel import Reason
from checkstand.infra.ops import Insert, Op, Update
from checkstand.kernel import Money, new_id, present
from checkstand.member import still_active
from checkstand.payment import AttemptEvent, payment_leg

INTERNAL, EXTERNAL = 1, 2  # internal legs first, the external one last
BALANCE_SPENT: Final = "balance_spent"  # another payment or withdrawal was faster


@dataclass(frozen=True, slots=True)
class BalanceLeg:
    """What the member's balance is to pay; the hold carries the attempt's number."""

    tenant_id: str
    payment_id: str
    attempt_id: str
    member: Row[Any]
    amount: Money
    title: str

    def rest(self, whole: Money) -> Money:
        """What is left for the channel."""
        return whole - self.amount

    def hold(self, now: datetime) -> WriteSet:
        """The leg, its attempt and J9.1; the guard on account 2001 decides, not the balance that the page showed."""
        ops = attempt_ops(
            self.tenant_id,
            self.payment_id,
            self.attempt_id,
            channel="balance",
            account_id="",
            credential_version=0,
            product="balance",
            amount_minor=self.amount.minor,
            currency=self.amount.currency,
            instruction={"member_id": self.member.member_id, "title": self.title},
            path=(AttemptEvent.SEND, AttemptEvent.ACCEPT),
            now=now,
        )
        held = journals.hold(
            self.tenant_id,
            hold_id=self.attempt_id,
            member_id=self.member.member_id,
            currency=self.amount.currency,
            amount_minor=self.amount.minor,
            event_at=now,
        )
        row = self._row(INTERNAL, "internal", "balance", self.attempt_id, self.member.member_id, self.amount)
        return WriteSet(ops=[still_active(self.member), *ops, row], journals=[held])

    def external_op(self, attempt_id: str, method_type: str, amount: Money) -> Op:
        """The leg that the channel pays."""
        return self._row(EXTERNAL, "external", method_type, attempt_id, "", amount)

    def next_try_op(self, attempt_id: str) -> Op:
        """Fail-over: the channel's leg goes on with another attempt."""
        key = {"tenant_id": self.tenant_id, "payment_id": self.payment_id, "leg": EXTERNAL}
        return Update(payment_leg, key, {"attempt_id": attempt_id})

    def _row(self, leg: int, kind: str, method_type: str, attempt_id: str, member_id: str, amount: Money) -> Op:
        row: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "payment_id": self.payment_id,
            "leg": leg,
            "kind": kind,
            "method_type": method_type,
            "attempt_id": attempt_id,
            "member_id": member_id,
            "amount_minor": amount.minor,
            "captured_minor": 0,
            "refund_reserved_minor": 0,
            "currency": amount.currency,
        }
        return Insert(payment_leg, row)


def balance_leg(visit: Visit, submission: Submission, payment_id: str) -> BalanceLeg | None:
    """The internal leg that the shopper asked for; None when the method pays alone."""
    if not submission.balance_minor:
        return None
    view, member = visit.view, present(visit.member, "a part of the balance is offered to members")
    amount = Money(submission.balance_minor, view.amount.currency)
    return BalanceLeg(view.tenant_id, payment_id, new_id("att"), member, amount, view.title)


def hold_or_why_not(platform: Platform, leg: BalanceLeg, writes: WriteSet) -> str | None:
    """Commit the payment with what it sets aside; a reason when the balance was spent or stopped in this moment."""
    try:
        platform.poster.commit(writes)
    except BalanceTooLow:
        return BALANCE_SPENT
    except EdgeRefused:
        if not stopped(platform, leg.member):
            raise
        return Reason.PAYER_BLOCKED
    return None
