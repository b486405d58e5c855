"""Every kind of job and what runs it."""

from collections.abc import Mapping
from typing import Final

from checkstand.app.apply_notification import apply_notification
from checkstand.app.apply_retention import apply_retention
from checkstand.app.close_order import close_step, expire_order
from checkstand.app.experiments.watch_guardrails import watch_guardrails
from checkstand.app.job_runner import Handler
from checkstand.app.ledger.close_day import close_days
from checkstand.app.members.verify_card import payout_ended
from checkstand.app.outbox import deliver_webhook, fan_out
from checkstand.app.payouts.send_payouts import query_file, send_payouts
from checkstand.app.payouts.watch_returns import watch_returns
from checkstand.app.publish_scheduled import publish_scheduled
from checkstand.app.query_attempt import query_attempt
from checkstand.app.reconcile_fetch import begin_fetching, fetch
from checkstand.app.reconcile_refund import refund_line
from checkstand.app.resolve_refund import send_refund
from checkstand.app.send_mail import send_mail
from checkstand.app.settlement.finish_batch import payout_ended as batch_payout_ended
from checkstand.app.settlement.run_day import settle_day, settle_unit
from checkstand.app.trade.timer import run_timer
from checkstand.app.transfers.finish_transfer import expire_transfer
from checkstand.app.warn_key_ending import warn_key_ending

HANDLERS: Final[Mapping[str, Handler]] = {
    "attempt.query": query_attempt,
    "card.payout_ended": payout_ended,
    "experiment.watch": watch_guardrails,
    "key.warn_ending": warn_key_ending,
    "ledger.close_day": close_days,
    "mail.send": send_mail,
    "notification.apply": apply_notification,
    "order.close": close_step,
    "order.expire": expire_order,
    "payout.query": query_file,
    "payout.returns": watch_returns,
    "payout.send": send_payouts,
    "reconcile.begin": begin_fetching,
    "reconcile.fetch": fetch,
    "reconcile.refund": refund_line,
    "refund.send": send_refund,
    "retention.run": apply_retention,
    "scenario.publish": publish_scheduled,
    "settlement.day": settle_day,
    "settlement.payout_ended": batch_payout_ended,
    "settlement.unit": settle_unit,
    "transfer.expire": expire_transfer,
    "transaction.timer": run_timer,
    "webhook.deliver": deliver_webhook,
    "webhook.fan_out": fan_out,
}

DAILY: Final = ("reconcile.begin", "settlement.day", "ledger.close_day", "retention.run")
