"""The invariants over orders, payments, refunds, messages and jobs (money.md §6), beside the ledger's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select, table, text

from checkstand.accounting.invariants import LEDGER_CHECKS, Check, CheckResult, Finding, Proof, run_checks
from checkstand.accounting.sealing import SEAL_CHECK
from checkstand.app.channel_calls import CALL_DEADLINE
from checkstand.app.payouts.checks import PAYOUT_ROWS
from checkstand.app.platform import Platform
from checkstand.app.reconcile_checks import reconciliation_checks
from checkstand.app.settlement.checks import SETTLEMENT_ROWS

LIMIT: Final = 100
OLD: Final = timedelta(minutes=10)


def check_ledger(platform: Platform) -> list[CheckResult]:
    """Run every invariant that applies; read only, on one connection."""
    now = platform.clock.now()
    iso = now.isoformat(timespec="microseconds") if platform.db.is_sqlite else now
    stuck = now - CALL_DEADLINE - timedelta(seconds=30)
    stuck_at = stuck.isoformat(timespec="microseconds") if platform.db.is_sqlite else stuck
    old = (now - OLD).isoformat(timespec="microseconds") if platform.db.is_sqlite else now - OLD
    facts = {"now": iso, "stuck": stuck_at, "old": old}
    with platform.db.stream() as connection:  # rows of a whole day are hashed as they come
        reconciled = reconciliation_checks(platform.settings.fund_mode)
        own = [_check(*row, facts) for row in (*_ROWS, *SETTLEMENT_ROWS, *PAYOUT_ROWS)]
        return run_checks(connection, [*LEDGER_CHECKS, SEAL_CHECK, *own, *reconciled])


def _check(id_: str, statement: str, counted: str, query: str, facts: dict[str, Any]) -> Check:
    def run(connection: Connection) -> Proof:
        rows = connection.execute(text(f"{query} LIMIT {LIMIT}"), _used(query, facts)).mappings().all()
        looked_at = connection.execute(select(func.count()).select_from(table(counted))).scalar() or 0
        findings = tuple(Finding(str(next(iter(row.values()))), statement, dict(row)) for row in rows)
        return Proof({counted: int(looked_at)}, findings)

    return Check(id_, statement, run)


def _used(query: str, facts: dict[str, datetime | str]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if f":{name}" in query}


# fmt: off
_ROWS: Final = (
    ("I5", "clearing accounts of finished payments and refunds are zero", "payment",
     """SELECT a.account_id, a.balance_minor FROM account a
          JOIN payment p ON p.tenant_id = a.tenant_id AND p.payment_id = a.owner
         WHERE a.code = '2901' AND a.balance_minor <> 0 AND p.status IN ('SUCCEEDED', 'FAILED', 'CLOSED')
        UNION ALL
        SELECT a.account_id, a.balance_minor FROM account a
          JOIN refund r ON r.tenant_id = a.tenant_id AND r.refund_id = a.owner
         WHERE a.code = '2201' AND a.balance_minor <> 0
           AND r.status IN ('REJECTED', 'SUCCEEDED', 'FAILED', 'RETURNED', 'SUCCEEDED_LATE')"""),
    ("I6", "refunds that did not fail are at most what was captured", "payment",
     """SELECT p.payment_id, p.captured_minor, sum(r.amount_minor) AS refunds_minor FROM payment p
          JOIN refund r ON r.tenant_id = p.tenant_id AND r.payment_id = p.payment_id
         WHERE r.status NOT IN ('FAILED', 'REJECTED')
         GROUP BY p.payment_id, p.captured_minor HAVING sum(r.amount_minor) > p.captured_minor"""),
    ("I5", "what a payment has set aside is spent or released when it is over", "payment_leg",
     """SELECT a.account_id, a.balance_minor, p.status FROM account a
          JOIN payment_leg l ON l.tenant_id = a.tenant_id AND l.attempt_id = a.sub
          JOIN payment p ON p.tenant_id = l.tenant_id AND p.payment_id = l.payment_id
         WHERE a.code = '2002' AND a.balance_minor <> 0
           AND p.status NOT IN ('CREATED', 'HELD', 'PROCESSING', 'CLOSING')"""),
    ("I6", "the legs of a payment are its amount, and a payment that succeeded has captured every one", "payment_leg",
     """SELECT p.payment_id, p.amount_minor, sum(l.amount_minor) AS legs_minor, sum(l.captured_minor) AS captured_minor
          FROM payment p JOIN payment_leg l ON l.tenant_id = p.tenant_id AND l.payment_id = p.payment_id
         GROUP BY p.payment_id, p.amount_minor, p.status
        HAVING sum(l.amount_minor) <> p.amount_minor
            OR (p.status = 'SUCCEEDED' AND sum(l.captured_minor) <> p.amount_minor)"""),
    ("I6", "the refunds that did not fail are shared out over the legs as reserved there", "payment_leg",
     """SELECT l.payment_id, l.leg, l.refund_reserved_minor FROM payment_leg l
         WHERE l.refund_reserved_minor <> (
               SELECT COALESCE(sum(CASE WHEN l.kind = 'internal' THEN r.internal_minor
                                        WHEN r.attempt_id = l.attempt_id THEN r.amount_minor - r.internal_minor
                                        ELSE 0 END), 0)
                 FROM refund r
                WHERE r.tenant_id = l.tenant_id AND r.payment_id = l.payment_id
                  AND r.status NOT IN ('FAILED', 'REJECTED'))"""),
    ("I6", "what is held in escrow is what was paid, less what was released or refunded", "transaction",
     """SELECT t.transaction_id, t.status, t.paid_minor, t.released_minor, t.refunded_minor, a.balance_minor
          FROM "transaction" t
          LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.code = '2101' AND a.owner = t.transaction_id
         WHERE t.flow = 'escrow'
           AND (coalesce(-a.balance_minor, 0) <> t.paid_minor - t.released_minor - t.refunded_minor
             OR t.status IN ('COMPLETED', 'CLOSED') AND t.paid_minor <> t.released_minor + t.refunded_minor)"""),
    ("I6", "what is reserved is set aside until it is captured or given back", "transaction",
     """SELECT t.transaction_id, t.status, a.balance_minor FROM "transaction" t
          JOIN payment p ON p.tenant_id = t.tenant_id AND p.order_id = t.order_id AND p.status <> 'FAILED'
          LEFT JOIN account a ON a.tenant_id = t.tenant_id AND a.code = '2002' AND a.owner = t.payer
                             AND a.sub = p.payment_id
         WHERE t.flow = 'preauth'
           AND coalesce(-a.balance_minor, 0) <> CASE WHEN t.status = 'AUTHORISED' THEN t.paid_minor ELSE 0 END"""),
    ("I7", "a payment succeeded exactly when one journal says so", "payment",
     """SELECT p.payment_id, p.status, count(j.journal_id) AS journals FROM payment p
          LEFT JOIN journal j ON j.tenant_id = p.tenant_id AND j.source_id = p.payment_id
                             AND j.kind IN ('pay', 'recharge', 'escrow_in')
         GROUP BY p.payment_id, p.status
        HAVING count(j.journal_id) <> CASE WHEN p.status = 'SUCCEEDED' THEN 1 ELSE 0 END"""),
    ("I7", "a channel attempt succeeded exactly when one journal says so", "attempt",
     """SELECT a.attempt_id, a.status, count(j.journal_id) AS journals FROM attempt a
          LEFT JOIN journal j ON j.tenant_id = a.tenant_id AND j.source_id = a.attempt_id
                             AND j.kind IN ('channel_in', 'late_in')
         WHERE a.channel_account_id <> ''
         GROUP BY a.attempt_id, a.status
        HAVING count(j.journal_id) <> CASE WHEN a.status IN ('SUCCEEDED', 'SUCCEEDED_LATE') THEN 1 ELSE 0 END"""),
    ("I8", "an order keeps at most one success, and it is the order's amount", "business_order",
     """SELECT o.order_id, count(*) AS kept, sum(p.amount_minor) AS kept_minor FROM business_order o
          JOIN payment p ON p.tenant_id = o.tenant_id AND p.order_id = o.order_id
         WHERE p.status = 'SUCCEEDED'
         GROUP BY o.order_id, o.amount_minor HAVING count(*) > 1 OR sum(p.amount_minor) <> o.amount_minor"""),
    ("I8", "an order is paid exactly when a payment succeeded", "business_order",
     """SELECT o.order_id, o.status FROM business_order o
         WHERE (o.status IN ('PAID', 'PART_REFUNDED', 'REFUNDED')) <> EXISTS (
               SELECT 1 FROM payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.order_id
                  AND p.status = 'SUCCEEDED')"""),
    ("I8", "every success that is not kept has a refund, or is held on purpose", "attempt",
     """SELECT a.attempt_id, p.status FROM attempt a
          JOIN payment p ON p.tenant_id = a.tenant_id AND p.payment_id = a.payment_id
         WHERE a.status IN ('SUCCEEDED', 'SUCCEEDED_LATE') AND p.status <> 'SUCCEEDED'
           AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.tenant_id = a.tenant_id AND r.attempt_id = a.attempt_id)
           AND NOT EXISTS (SELECT 1 FROM state_event e WHERE e.tenant_id = a.tenant_id
                              AND e.object_id = p.payment_id AND e.event = 'late_money_held')"""),
    ("I10", "every finished payment, refund and order has been put into the outbox", "webhook_message",
     """SELECT p.payment_id, p.status FROM payment p
         WHERE p.status IN ('SUCCEEDED', 'FAILED') AND NOT EXISTS (
               SELECT 1 FROM webhook_message m WHERE m.tenant_id = p.tenant_id AND m.object_id = p.payment_id)
        UNION ALL
        SELECT r.refund_id, r.status FROM refund r
         WHERE r.status IN ('SUCCEEDED', 'FAILED', 'SUCCEEDED_LATE') AND NOT EXISTS (
               SELECT 1 FROM webhook_message m WHERE m.tenant_id = r.tenant_id AND m.object_id = r.refund_id)
        UNION ALL
        SELECT o.order_id, o.status FROM business_order o
         WHERE o.status = 'CLOSED' AND NOT EXISTS (
               SELECT 1 FROM webhook_message m WHERE m.tenant_id = o.tenant_id AND m.object_id = o.order_id)"""),
    ("I10", "no job is overdue by more than ten minutes", "job",
     """SELECT job_id, kind, key, last_error FROM job
         WHERE done_at IS NULL AND due_at < :old AND (lease_until IS NULL OR lease_until < :now)"""),
    ("I11", "every stored notification is applied, classified, or waits with a live job", "inbox",
     """SELECT i.inbox_id, i.number FROM inbox i
         WHERE i.status = 'NEW' AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = i.tenant_id AND j.kind = 'notification.apply'
                  AND j.key = i.inbox_id AND j.done_at IS NULL)"""),
    ("I12", "no attempt is being sent for longer than a call can take", "attempt",
     "SELECT attempt_id, created_at FROM attempt WHERE status = 'SENDING' AND created_at < :stuck"),
    ("I12", "every attempt without a final answer has a next query", "attempt",
     """SELECT a.attempt_id, a.status FROM attempt a
         WHERE a.channel_account_id <> '' AND a.status IN ('SENDING', 'ACCEPTED', 'UNKNOWN', 'CLOSING') AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = a.tenant_id AND j.kind = 'attempt.query'
                  AND j.key = a.attempt_id AND j.done_at IS NULL)"""),
    ("I12", "every refund on its way has a next step", "refund",
     """SELECT r.refund_id, r.status FROM refund r
         WHERE r.status IN ('RESERVED', 'SENDING', 'PROCESSING', 'UNKNOWN', 'RETRY') AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = r.tenant_id AND j.kind = 'refund.send'
                  AND j.key = r.refund_id AND j.done_at IS NULL)"""),
    ("I12", "every transaction whose time runs has its timer", "transaction",
     """SELECT t.transaction_id, t.status FROM "transaction" t
         WHERE t.due_at IS NOT NULL AND t.status IN ('PAID', 'SHIPPED', 'AUTHORISED') AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.tenant_id = t.tenant_id AND j.kind = 'transaction.timer'
                  AND j.key = t.transaction_id || ':' || t.status AND j.done_at IS NULL)"""),
    ("I13", "every answered intent has its stored answer", "idempotency",
     "SELECT key, endpoint FROM idempotency WHERE body = '' OR status NOT BETWEEN 200 AND 299"),
    ("I17", "every channel journal has its attempt", "journal",
     """SELECT j.journal_id, j.source_id FROM journal j
         WHERE j.kind IN ('channel_in', 'late_in') AND NOT EXISTS (
               SELECT 1 FROM attempt a WHERE a.tenant_id = j.tenant_id AND a.attempt_id = j.source_id)"""),
)
# fmt: on
