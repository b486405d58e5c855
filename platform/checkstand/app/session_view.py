"""One session as the cashier sees it: rows and plan put together into plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import balance
from checkstand.app.channel_accounts import serving
from checkstand.app.members.payee import payee_methods
from checkstand.app.platform import Platform
from checkstand.app.visit_risk import visit_verdict
from checkstand.cashier import LegView, PaymentView, SessionView, may_pay
from checkstand.cashier.store import get_session
from checkstand.channel.port import action_from_json
from checkstand.kernel import Money, present
from checkstand.member import find_member, get_tenant, tenant
from checkstand.order import get_order
from checkstand.payment import attempts_of_payments, legs_of_payments, payments_of_order
from checkstand.scenario import with_variations
from checkstand.scenario.plan import Plan
from checkstand.transaction import transaction_of_order

# Where the money of a transaction waits, in the words of the page.
MONEY: Final = {
    "PAID": "held",
    "SHIPPED": "held",
    "REFUNDING": "held",
    "DISPUTED": "disputed",
    "AUTHORISED": "authorised",
}


def effective_plan(platform: Platform, session: Row[Any]) -> Plan:
    """The pinned version with the session's frozen variations; later publishes never reach an open checkout."""
    plan = platform.plans.get(session.tenant_id, session.scenario_version)
    return with_variations(plan, session.assignments) if session.assignments else plan


@dataclass(frozen=True, slots=True)
class Visit:
    """One reading of a session: what its page shows, and the rows that a payment builds on."""

    view: SessionView
    session: Row[Any]
    order: Row[Any]
    member: Row[Any] | None = None  # the shopper, where a balance can be chosen


def session_view(platform: Platform, connection: Connection, session: Row[Any]) -> SessionView:
    """Everything that decides which page is shown."""
    return read_visit(platform, connection, session).view


def read_visit(platform: Platform, connection: Connection, session: Row[Any]) -> Visit:
    """Read everything that decides which page is shown."""
    plan = effective_plan(platform, session)
    found = get_order(connection, session.tenant_id, session.order_id)
    order = present(found, "a session has its order", session=session.session_id)
    if order.status == "CLOSED" and session.status == "open":
        # Both end in one commit, and this session was read before it: as it stood, the page would be the wrong one.
        again = get_session(connection, session.tenant_id, session.session_id)
        session = present(again, "a session stays", session=session.session_id)
    payments = payments_of_order(connection, session.tenant_id, session.order_id)
    attempts = attempts_of_payments(connection, session.tenant_id, [row.payment_id for row in payments])
    split = [row.payment_id for row in payments if row.leg_count > 1]
    legs = legs_of_payments(connection, session.tenant_id, split)
    now = platform.clock.now()
    view = SessionView(
        tenant_id=session.tenant_id,
        session_id=session.session_id,
        token=session.token,
        mode=session.mode,
        status=_status(session, now),
        plan=plan,
        version=session.scenario_version,
        merchant_name=merchant_name(platform, connection, session.tenant_id, session.locale),
        order_no=order.order_no,
        title=order.title,
        lines=tuple(order.lines),
        amount=Money(order.amount_minor, order.currency),
        order_status=order.status,
        context=session.context,
        terminal=session.terminal,
        locale=session.locale,
        form=session.form,
        created_at=session.created_at,
        expires_at=session.expires_at,
        return_url=session.return_url,
        now=now,
        challenged=session.challenged,
        payments=tuple(_payment(platform, row, attempts, legs) for row in payments),
        assignments=session.assignments,
        units=session.units or {},
        seen=session.viewed_at is not None,
        method_types=platform.registry.method_types(),
        money=_money(connection, order, plan),
    )
    visit = Visit(view, session, order)
    return with_choice(platform, connection, visit) if may_pay(view) else visit


def _money(connection: Connection, order: Row[Any], plan: Plan) -> str:
    """What the page says about money that is nobody's yet; an instant sale is not even asked about."""
    if plan.flow == "instant" or order.status not in ("PAID", "PART_REFUNDED", "AUTHORISED"):
        return ""
    found = transaction_of_order(connection, order.tenant_id, order.order_id)
    return MONEY.get(found.status, "") if found is not None else ""


def with_choice(platform: Platform, connection: Connection, visit: Visit) -> Visit:
    """What decides the methods; a page that offers none (it waits, or all is over) is polled often and needs none."""
    view, session = visit.view, visit.session
    verdict = visit_verdict(platform, connection, session, view.plan)
    member = _balance_holder(connection, session, view.plan)
    chosen = replace(
        view,
        risk_effect=verdict.enforced if verdict.enforced != "allow" else None,
        risk_reasons=tuple(verdict.reasons),
        unavailable=_unavailable(platform, connection, session, view.plan),
        balance_minor=_balance(connection, session, member),
        payer_stopped=member is not None and member.status != "active",
        payee_methods=payee_methods(connection, session.tenant_id, session.payee_id),
    )
    return replace(visit, view=chosen, member=member)


def merchant_name(platform: Platform, connection: Connection, tenant_id: str, locale: str) -> str:
    """The business unit's name in this locale, else in any."""
    found = platform.memory.recall(("tenant", tenant_id), (tenant,), lambda: get_tenant(connection, tenant_id))
    row = present(found, "a session has its tenant", tenant=tenant_id)
    return str(row.name.get(locale) or row.name.get("en") or next(iter(row.name.values()), tenant_id))


def _status(session: Row[Any], now: datetime) -> str:
    """A session is over at its deadline, also in the seconds before the timer has run."""
    if session.status == "open" and now >= session.expires_at:
        return "expired"
    return str(session.status)


def _payment(platform: Platform, row: Row[Any], attempts: Sequence[Row[Any]], legs: Sequence[Row[Any]]) -> PaymentView:
    own = [attempt for attempt in attempts if attempt.payment_id == row.payment_id]
    asked = [attempt for attempt in own if attempt.channel_account_id]  # what the shopper waits for is the channel's
    attempt = next(iter(reversed(asked or own)), None)
    action = action_from_json(attempt.action) if attempt is not None and attempt.action else None
    return PaymentView(
        payment_id=row.payment_id,
        status=row.status,
        method_id=row.method_id,
        amount=Money(row.amount_minor, row.currency),
        created_at=row.created_at,
        paid_at=row.paid_at,
        attempt_id=attempt.attempt_id if attempt is not None else None,
        attempt_status=attempt.status if attempt is not None else None,
        action=action,
        reason=row.reason,
        simulator_url=attempt.instruction.get("simulator_url") if attempt is not None else None,
        refunded=Money(row.refunded_minor, row.currency),
        channel_no=attempt.channel_no if attempt is not None else None,
        legs=tuple(_leg(leg, own) for leg in legs if leg.payment_id == row.payment_id),
    )


def _leg(row: Row[Any], attempts: Sequence[Row[Any]]) -> LegView:
    status = next(attempt.status for attempt in attempts if attempt.attempt_id == row.attempt_id)
    return LegView(row.method_type, row.kind == "internal", Money(row.amount_minor, row.currency), status)


def _unavailable(platform: Platform, connection: Connection, session: Row[Any], plan: Plan) -> frozenset[str]:
    """The methods that no channel of this tenant can serve right now."""
    open_ = serving(platform, connection, session.tenant_id, session.mode)
    return frozenset(method.id for method in plan.methods if not open_.serves(platform, method))


def _balance_holder(connection: Connection, session: Row[Any], plan: Plan) -> Row[Any] | None:
    shopper_id = session.context.get("shopper.id")
    if not shopper_id or all(method.type != "balance" for method in plan.methods):
        return None
    return find_member(connection, session.tenant_id, session.mode, shopper_id)


def _balance(connection: Connection, session: Row[Any], member: Row[Any] | None) -> int | None:
    if member is None or member.status != "active":
        return None
    return balance(connection, session.tenant_id, member_balance(member.member_id, session.currency))
