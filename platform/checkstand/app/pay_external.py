"""A payment through a channel: committed first, sent second, and the next route only after a definite refusal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app import channel_calls
from checkstand.app.case import Case, load_case
from checkstand.app.channel_accounts import current_account, serving
from checkstand.app.edges import edge
from checkstand.app.hold_balance import balance_leg, hold_or_why_not
from checkstand.app.new_payment import attempt_ops, event_fields, payment_ops, submit_events, transaction_of
from checkstand.app.pay_from_balance import refuse_balance
from checkstand.app.resolve_attempt import apply_answer, query_job
from checkstand.app.session_view import Visit
from checkstand.cashier import SessionView, Submission
from checkstand.channel.port import Answer, ChannelAccount
from checkstand.channel.routing import may_fail_over
from checkstand.infra.ops import Edge, Op, Update
from checkstand.kernel import CheckstandError, Kind, Money, new_id, present
from checkstand.payment import AttemptEvent, PaymentEvent, PaymentState, attempt, exchange_ops, payment
from checkstand.scenario.plan import MethodPlan

if TYPE_CHECKING:
    from checkstand.app.pay_command import TakePayment
    from checkstand.app.platform import Platform

FIRST_QUERY = timedelta(seconds=5)


class NoChannelServes(CheckstandError):
    code = "payment.no_channel"
    kind = Kind.UNAVAILABLE
    message = "No channel can take this method at the moment."
    remedy = "Choose another method, or try again in a few minutes."
    retryable = True


def pay_external(
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
    """Commit payment and attempt, call the channel, book its answer; fail over while nothing can have been charged."""
    now = platform.clock.now()
    view, order = visit.view, visit.order
    inner = balance_leg(visit, submission, payment_id)
    amount = inner.rest(view.amount) if inner else view.amount
    with platform.db.read() as connection:
        open_ = serving(platform, connection, view.tenant_id, view.mode)
    context = {**view.context, "method": method.id, "amount": amount.minor}
    names = open_.candidates(platform, method, payment_id, context)
    if not names:
        raise NoChannelServes(method=method.id)
    transaction = transaction_of(platform, order)
    account = current_account(platform, view.tenant_id, open_.accounts[names[0]])
    rest = names[1:] if method.failover else []
    fields = event_fields(view, method, payment_id, order.order_id) | {"channel": account.channel}
    attempt_id = new_id("att")
    begin = [
        *payment_ops(
            view, method, submission, order, transaction.transaction_id,
            payment_id=payment_id, explain=explain, routes=rest, now=now,
            path=(PaymentEvent.HOLD, PaymentEvent.SEND) if inner else (PaymentEvent.SEND,),
            leg_count=2 if inner else 1,
        ),
        *_attempt(platform, command, view, method, account, payment_id, attempt_id, amount, now),
        *submit_events(view, method, fields),
        *also,
    ]  # fmt: skip
    if inner is None:
        platform.poster.commit(WriteSet(ops=begin))
    else:
        both = WriteSet(ops=[*begin, inner.external_op(attempt_id, method.type, amount)]) + inner.hold(now)
        why = hold_or_why_not(platform, inner, both)
        if why is not None:
            about: dict[str, Any] = {"payment_id": payment_id, "explain": explain, "also": also, "why": why}
            refuse_balance(platform, visit, method, submission, **about)
            return
    for name in [*rest, None]:
        case = _case(platform, view.tenant_id, attempt_id)
        answer = channel_calls.pay(platform, case)
        if name is None or not may_fail_over(answer):
            _book(platform, case, answer)
            return
        following = current_account(platform, view.tenant_id, open_.accounts[name])
        next_id = new_id("att")
        ops = _attempt(platform, command, view, method, following, payment_id, next_id, amount, platform.clock.now())
        if inner is not None:
            ops.append(inner.next_try_op(next_id))
        if not _fail_over(platform, case, answer, ops):
            return
        attempt_id = next_id


def _book(platform: Platform, case: Case, answer: Answer) -> None:
    """Book the answer to `pay`; in test mode keep the address of the simulator's shopper page beside it."""
    account = channel_calls.account_of(platform, case.attempt)
    channel = platform.registry.channel(case.attempt.channel)
    link = channel.simulator_link(account, answer.action) if answer.action is not None else None
    key = {"tenant_id": case.tenant_id, "attempt_id": case.attempt.attempt_id}
    instruction = {**case.attempt.instruction, "simulator_url": link}
    apply_answer(
        platform, case, answer, "pay", also=[Update(attempt, key, {"instruction": instruction})] if link else ()
    )


def _fail_over(platform: Platform, case: Case, answer: Answer, ops: list[Op]) -> bool:
    """The refused attempt ends and the next one begins in one commit; False when the payment has moved on."""
    now = platform.clock.now()
    values = {"reason": answer.reason or "refused"}
    key = {"tenant_id": case.tenant_id, "payment_id": case.payment.payment_id}
    switch = [
        *edge("attempt", case.attempt, AttemptEvent.REFUSE, now, values=values, facts={"code": answer.code}),
        Edge(payment, key, (PaymentState.PROCESSING,), PaymentState.PROCESSING),
        *exchange_ops(case.tenant_id, case.attempt.attempt_id, answer.exchanges, now),
        *ops,
    ]
    try:
        platform.poster.commit(WriteSet(ops=switch))
    except EdgeRefused:
        return False
    return True


def _attempt(
    platform: Platform,
    command: TakePayment,
    view: SessionView,
    method: MethodPlan,
    account: ChannelAccount,
    payment_id: str,
    attempt_id: str,
    amount: Money,
    now: datetime,
) -> list[Op]:
    manifest = platform.registry.channel(account.channel).manifest
    expires_at = min(now + timedelta(seconds=view.plan.timeouts.pay_s), view.expires_at)
    base = platform.settings.base_url
    instruction = {
        "title": view.title[:100],
        "notify_url": f"{platform.settings.notify_base_url}/n/{account.channel}/{account.channel_account_id}",
        "return_url": f"{base}/c/{view.token}?page=waiting",
        "expires_at": expires_at.isoformat(),
        "client_ip": command.client_ip,
        "payer_ref": command.payer_ref,
        "cost_ppm": account.cost_ppm,
        "cost_back": manifest.fee_back,
        "payee": account.credentials.get(manifest.merchant_ref or "", ""),
    }
    return [
        *attempt_ops(
            view.tenant_id, payment_id, attempt_id,
            channel=account.channel,
            account_id=account.channel_account_id,
            credential_version=account.credential_version,
            product=manifest.product_for(method.type, view.terminal),
            amount_minor=amount.minor,
            currency=amount.currency,
            instruction=instruction,
            path=(AttemptEvent.SEND,),
            now=now,
        ),
        query_job(view.tenant_id, attempt_id, now + FIRST_QUERY, now),
    ]  # fmt: skip


def _case(platform: Platform, tenant_id: str, attempt_id: str) -> Case:
    with platform.db.read() as connection:
        case = load_case(connection, tenant_id, attempt_id)
    return present(case, "an attempt that was committed can be read", attempt=attempt_id)
