"""A payment from a member's balance: held and committed in one commit, or refused for want of money (F9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from checkstand.accounting import BalanceTooLow, EdgeRefused, WriteSet, journals
from checkstand.accounting.names import payment_clearing
from checkstand.app.clear_transaction import Cleared, clearing_journals
from checkstand.app.edges import session_edge
from checkstand.app.facts import instant, leg_fact, money, order_facts
from checkstand.app.new_payment import attempt_ops, event_fields, payment_ops, submit_events, transaction_of
from checkstand.app.outbox import outbox_ops
from checkstand.app.session_view import Visit
from checkstand.app.trade.authorise import authorise_writes
from checkstand.app.trade.paid import held_writes, holds, paid_ops
from checkstand.cashier import SessionView, Submission
from checkstand.channel import Reason
from checkstand.clearing import NOTHING
from checkstand.infra.ops import Op
from checkstand.kernel import new_id, present
from checkstand.member import MemberClosed, MemberFrozen, get_member, require_active, still_active
from checkstand.monitoring import event_op
from checkstand.order import OrderEvent
from checkstand.payment import AttemptEvent, PaymentEvent
from checkstand.scenario.plan import MethodPlan

if TYPE_CHECKING:
    from checkstand.app.pay_command import TakePayment
    from checkstand.app.platform import Platform


def pay_from_balance(
    platform: Platform,
    command: TakePayment,
    visit: Visit,
    method: MethodPlan,
    submission: Submission,
    *,
    payment_id: str,
    explain: Mapping[str, Any],
    also: Sequence[Op],
) -> None:
    """J9.1, J9.2 and J9.3 together; the guard on account 2001 decides, not the balance that the page showed."""
    now = platform.clock.now()
    view, member = visit.view, visit.member
    transaction = transaction_of(platform, visit.order)
    leg = _Leg(view, method, submission, visit.order, transaction, visit.session, payment_id, explain, member, now)
    try:
        if member is None:
            raise BalanceTooLow("this shopper has no balance here")
        require_active(member)
        begin = _authorised if transaction.flow == "preauth" else _paid
        platform.poster.commit(begin(leg) + WriteSet(ops=[*also, still_active(member)]))
    except BalanceTooLow:
        platform.poster.commit(_refused(leg, Reason.INSUFFICIENT_FUNDS) + WriteSet(ops=list(also)))
    except (MemberFrozen, MemberClosed):
        platform.poster.commit(_refused(leg, Reason.PAYER_BLOCKED) + WriteSet(ops=list(also)))
    except EdgeRefused:
        if member is None or not stopped(platform, member):
            raise
        platform.poster.commit(_refused(leg, Reason.PAYER_BLOCKED) + WriteSet(ops=list(also)))


def refuse_balance(
    platform: Platform,
    visit: Visit,
    method: MethodPlan,
    submission: Submission,
    *,
    payment_id: str,
    explain: Mapping[str, Any],
    also: Sequence[Op],
    why: str,
) -> None:
    """The balance cannot pay its part: the payment has failed before its channel heard of it."""
    now, view = platform.clock.now(), visit.view
    transaction = transaction_of(platform, visit.order)
    leg = _Leg(
        view, method, submission, visit.order, transaction, visit.session, payment_id, explain, visit.member, now
    )
    platform.poster.commit(_refused(leg, why) + WriteSet(ops=list(also)))


def stopped(platform: Platform, member: Row[Any]) -> bool:
    """Whether the commit was refused because the member was frozen or closed in this moment."""
    with platform.db.read() as connection:
        now = present(get_member(connection, member.tenant_id, member.member_id), "a member stays")
    return bool(now.status != "active")


@dataclass(frozen=True, slots=True)
class _Leg:
    view: SessionView
    method: MethodPlan
    submission: Submission
    order: Row[Any]
    transaction: Row[Any]
    session: Row[Any]
    payment_id: str
    explain: Mapping[str, Any]
    member: Row[Any] | None
    now: datetime

    @property
    def member_id(self) -> str:
        return self.member.member_id if self.member is not None else ""

    def rows(self, *, path: tuple[PaymentEvent, ...], leg_path: tuple[AttemptEvent, ...], **given: Any) -> list[Op]:
        """The payment and its internal attempt, after these edges."""
        leg_values = given.pop("leg_values")
        return [
            *payment_ops(
                self.view,
                self.method,
                self.submission,
                self.order,
                self.transaction.transaction_id,
                payment_id=self.payment_id,
                explain=self.explain,
                routes=(),
                path=path,
                now=self.now,
                **given,
            ),
            *attempt_ops(
                self.view.tenant_id,
                self.payment_id,
                new_id("att"),
                channel="balance",
                account_id="",
                credential_version=0,
                product="balance",
                amount_minor=self.submission.balance_minor or self.view.amount.minor,
                currency=self.view.amount.currency,
                instruction={"member_id": self.member_id, "title": self.view.title},
                path=leg_path,
                now=self.now,
                values=leg_values,
            ),
        ]

    def told(self, type_: str, event: str, status: str, reason: str | None) -> list[Op]:
        """The merchant's message and monitoring's events."""
        view, paid_at = self.view, self.now if status == "succeeded" else None
        payment = {
            "id": self.payment_id,
            "status": status,
            "amount": money(view.amount.minor, view.amount.currency),
            "method": {"id": self.method.id, "type": self.method.type},
            "channel": "balance",
            "legs": [leg_fact(self.method.type, view.amount.minor, view.amount.currency)],
            "transaction_id": self.transaction.transaction_id,
            "paid_at": instant(paid_at),
            "reason": reason,
        }
        body = {**order_facts(self.order, self.session), "payment": payment}
        fields = event_fields(view, self.method, self.payment_id, self.order.order_id) | {"channel": "balance"}
        return [
            *submit_events(view, self.method, fields),
            event_op(event, view.tenant_id, view.mode, self.now, error_code=reason, **fields),
            *outbox_ops(view.tenant_id, view.mode, type_, self.payment_id, 1, body, self.now),
        ]


def _authorised(leg: _Leg) -> WriteSet:
    """Reserved only: what is captured of it the merchant decides later."""
    return authorise_writes(
        leg.view, leg.method, leg.submission, order=leg.order, transaction=leg.transaction, session=leg.session,
        payment_id=leg.payment_id, explain=leg.explain, member_id=leg.member_id, now=leg.now,
    )  # fmt: skip


def _settled(leg: _Leg) -> Cleared:
    """Where the money goes: into escrow, or to everybody who has a share."""
    amount = leg.view.amount
    if holds(leg.transaction):
        return Cleared(held_writes(leg.transaction, leg.payment_id, amount.minor, leg.now), NOTHING)
    return clearing_journals(
        leg.transaction,
        mode=leg.view.mode,
        payment_id=leg.payment_id,
        amount_minor=amount.minor,
        debit=payment_clearing(leg.payment_id, amount.currency),
        at=leg.now,
    )


def _paid(leg: _Leg) -> WriteSet:
    view, now, amount = leg.view, leg.now, leg.view.amount
    cleared = _settled(leg)
    ops = [
        *leg.rows(
            path=(PaymentEvent.HOLD, PaymentEvent.SUCCEED),
            values={"captured_minor": amount.minor, "fee_minor": cleared.fee_minor, "paid_at": now},
            order_path=(OrderEvent.PAYMENT_CREATED, OrderEvent.PAYMENT_SUCCEEDED),
            order_values={"paid_at": now},
            leg_path=(AttemptEvent.SEND, AttemptEvent.SUCCEED),
            leg_values={"succeeded_at": now},
        ),
        *paid_ops(leg.transaction, amount.minor, now),
        *session_edge(leg.session, ("open",), "complete"),
        *leg.told("payment.succeeded", "pay_success", "succeeded", None),
    ]
    tenant_id, payment_id = view.tenant_id, leg.payment_id
    about: dict[str, Any] = {"currency": amount.currency, "amount_minor": amount.minor, "event_at": now}
    member: dict[str, Any] = {"hold_id": payment_id, "member_id": leg.member_id}
    booked = [
        journals.hold(tenant_id, **member, **about),
        journals.hold_commit(tenant_id, payment_id=payment_id, **member, **about),
    ]
    return WriteSet(ops=ops, journals=booked) + cleared.writes


def _refused(leg: _Leg, why: str) -> WriteSet:
    reason = {"reason": str(why)}
    rows = leg.rows(
        path=(PaymentEvent.FAIL,), values=reason, leg_path=(AttemptEvent.SEND, AttemptEvent.REFUSE), leg_values=reason
    )
    return WriteSet(ops=[*rows, *leg.told("payment.failed", "pay_fail", "failed", str(why))])
