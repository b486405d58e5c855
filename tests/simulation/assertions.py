"""The assertions of money.md §9.3, judged by everybody's own records after all timers have run out.

The channels' truth says what shoppers really paid and got back, the clients' records say what they were promised,
the merchant's what it was told. The platform's database has to agree with all of them. Each sentence below begins
with the number of its assertion.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from sqlalchemy import Table, func, select
from tests.simulation.channel import Order
from tests.simulation.clients import Record
from tests.simulation.stage import RECURRING, Stage
from tests.simulation.template import TENANT

from checkstand.accounting.store import account, entry, journal
from checkstand.app.ledger_check import check_ledger
from checkstand.infra.idempotency import replay
from checkstand.infra.jobs import job
from checkstand.infra.webhooks.store import webhook_message
from checkstand.kernel import CheckstandError
from checkstand.order import business_order
from checkstand.payment import attempt, inbox, payment, refund
from checkstand.settlement.payout_store import payout
from checkstand.transaction import transaction
from checkstand.transaction.transfer_store import transfer

PAID: Final = ("PAID", "PART_REFUNDED", "REFUNDED")
KEPT: Final = ("SUCCEEDED", "SUCCEEDED_LATE")
# What only a running process can keep: while it is dead, time passes and nobody works.
TIMELY: Final = ("no job is overdue", "no attempt is being sent for longer")
# fmt: off
ENDS: Final[tuple[tuple[Table, str, tuple[str, ...]], ...]] = (
    (business_order,  "order_id",   (*PAID, "CLOSED")),
    (payment,         "payment_id", ("SUCCEEDED", "FAILED", "CLOSED")),
    (attempt,         "attempt_id", (*KEPT, "FAILED", "CLOSED")),
    (refund,          "refund_id",  ("SUCCEEDED", "SUCCEEDED_LATE", "FAILED")),
    (inbox,           "inbox_id",   ("APPLIED", "IGNORED")),
    (transaction,     "transaction_id", ("COMPLETED", "CLOSED")),
    (transfer,        "transfer_id", ("SUCCEEDED", "VOIDED")),
    (payout,          "payout_id",  ("SUCCEEDED", "FAILED", "RETURNED")),
)
# fmt: on


def judge(stage: Stage, record: Record) -> list[str]:
    """What is wrong; empty when nothing is."""
    wrong = [*stage.mistakes, *record.wrong]
    wrong += [f"5 {channel.name}: {what}" for channel in stage.channels.values() for what in channel.wrong]
    wrong += [f"6 {what}" for what in stage.bank.wrong]
    wrong += invariants(stage)
    wrong += _unfinished(stage)
    wrong += _money(stage, record)
    wrong += _outside(stage)
    wrong += _promises(stage, record)
    wrong += _webhooks(stage)
    wrong += _in_order(stage)
    return wrong


def invariants(stage: Stage, *, dead: bool = False) -> list[str]:
    """1 and 6: I1–I17 of the specification."""
    return [
        f"1 {result.check.id} {result.check.statement}: {finding.subject} {dict(finding.facts)}"
        for result in check_ledger(stage.platform)
        for finding in result.proof.findings
        if not (dead and result.check.statement.startswith(TIMELY))
    ]


def _unfinished(stage: Stage) -> list[str]:
    """9: nothing is stuck."""
    wrong = []
    with stage.db.read() as connection:
        for table, key, ends in ENDS:
            rows = connection.execute(select(table.c[key], table.c.status).where(table.c.status.not_in(ends)).limit(5))
            wrong += [f"9 unfinished {table.name} {row[0]}: {row[1]}" for row in rows]
        live = connection.execute(
            select(job).where(job.c.done_at.is_(None), job.c.kind.not_in(RECURRING)).limit(5)
        ).all()
    return wrong + [f"9 unfinished job {row.kind} {row.key}: {row.last_error}" for row in live]


def _money(stage: Stage, record: Record) -> list[str]:
    """2 to 5: no double charge, nothing lost, nothing invented, by what was really charged and given back."""
    truth: dict[str, Order] = {}
    for channel in stage.channels.values():
        truth |= channel.orders
    with stage.db.read() as connection:
        orders = connection.execute(select(business_order)).all()
        payments = {row.payment_id: row for row in connection.execute(select(payment)).all()}
        attempts = connection.execute(select(attempt)).all()
        refunds = connection.execute(select(refund)).all()
        deals = {row.order_id: row for row in connection.execute(select(transaction)).all()}
    wrong = [
        f"3 {number} was charged and we never heard of it" for number in truth.keys() - {a.attempt_id for a in attempts}
    ]
    by_attempt: dict[str, int] = defaultdict(int)
    to_balance: dict[str, int] = defaultdict(int)
    asked_back: dict[str, int] = defaultdict(int)
    for row in refunds:
        if row.status != "FAILED":
            by_attempt[row.attempt_id] += row.amount_minor - row.internal_minor
            to_balance[row.order_id] += row.internal_minor
            if payments[row.payment_id].status == "SUCCEEDED":
                asked_back[row.order_id] += row.amount_minor
        executed = truth[row.attempt_id].refunds.get(row.refund_id) if row.attempt_id in truth else None
        if executed is not None and executed.times_executed > 1:
            wrong.append(f"5 refund {row.refund_id} was executed {executed.times_executed} times")
    net: dict[str, int] = defaultdict(int)
    for row in attempts:
        order_id = payments[row.payment_id].order_id
        success = row.status in KEPT
        if not row.channel_account_id:
            net[order_id] += row.amount_minor if success else 0
            continue
        there = truth.get(row.attempt_id)
        charged, returned = (there.charged_minor, there.refunded_minor) if there else (0, 0)
        if bool(charged) != success:
            wrong.append(
                f"{'3 lost' if charged else '4 invented'} success: {row.attempt_id} is {row.status}, charged {charged}"
            )
        if returned > charged:
            wrong.append(f"5 {row.attempt_id}: {returned} were given back of {charged}")
        if returned != by_attempt[row.attempt_id]:
            wrong.append(f"1 {row.attempt_id}: {returned} came back, our books say {by_attempt[row.attempt_id]}")
        net[order_id] += charged - returned
    for row in orders:
        deal = deals[row.order_id]
        whole = deal.released_minor if deal.flow == "preauth" else row.amount_minor
        expected = whole - asked_back[row.order_id] if row.status in PAID else 0
        stands = net[row.order_id] - to_balance[row.order_id]
        if stands != expected:
            name = "2 charged twice" if stands > expected else "3 lost"
            wrong.append(f"{name}: {row.order_no} ({row.status}) stands at {stands} instead of {expected}")
    status = {row.order_no: row.status for row in orders}
    wrong += [
        f"7 {no} was shown as paid and is {status.get(no)}" for no in record.shown_paid if status.get(no) not in PAID
    ]
    wrong += [f"7 {no} was acknowledged and is gone" for no in record.orders if no not in status]
    recharged = {row.order_id for row in deals.values() if row.kind == "recharge"}
    filled = sum(net[row.order_id] for row in orders if row.order_id in recharged and row.status in PAID)
    spent = sum(row.amount_minor for row in attempts if not row.channel_account_id and row.status in KEPT)
    return wrong + _members(stage, record, filled - spent + sum(to_balance.values())) + _payouts(stage)


def _members(stage: Stage, record: Record, moved_minor: int) -> list[str]:
    """1: what members have is what they had, with what they recharged, spent, got back and took out at the bank."""
    out = sum(transfer.paid_minor for transfer in stage.bank.transfers.values())
    had = sum(record.members.values())
    held = -_sum_of(stage, "2001") - _sum_of(stage, "2002")
    fees = -_sum_of(stage, "4002")
    expected = had + moved_minor - out - fees
    return [] if held == expected else [f"1 members have {held}, by everybody else's records it is {expected}"]


def _payouts(stage: Stage) -> list[str]:
    """6: each number was paid at most once, and the bank and we agree on which were."""
    with stage.db.read() as connection:
        rows = {row.payout_no: row for row in connection.execute(select(payout)).all()}
    wrong = [f"6 the bank was sent {no}, which we do not know" for no in stage.bank.transfers.keys() - rows.keys()]
    for no, row in rows.items():
        there = stage.bank.transfers.get(no)
        paid = there.times_paid if there else 0
        if paid > 1:
            wrong.append(f"6 {no} was paid {paid} times")
        if (paid == 1) != (row.status in ("SUCCEEDED", "RETURNED")):
            wrong.append(f"6 {no} is {row.status} and was paid {paid} times")
        if there is not None and (there.returned_at is not None) != (row.status == "RETURNED"):
            wrong.append(
                f"6 {no} is {row.status}, and the bank {'got' if there.returned_at else 'did not get'} it back"
            )
    return wrong


def _outside(stage: Stage) -> list[str]:
    """1: everything that we own by our books is what channels and the bank really hold for us."""
    ours = sum(_sum_of(stage, code) for code in ("1001", "1002", "1101", "1201", "5001"))
    theirs = sum(
        order.charged_minor - order.refunded_minor
        for channel in stage.channels.values()
        for order in channel.orders.values()
    )
    theirs -= sum(transfer.paid_minor for transfer in stage.bank.transfers.values())
    return (
        [] if ours == theirs + stage.opened_minor else [f"1 we own {ours - stage.opened_minor}, outside it is {theirs}"]
    )


def _sum_of(stage: Stage, code: str) -> int:
    query = select(func.coalesce(func.sum(account.c.balance_minor), 0)).where(account.c.code == code)
    with stage.db.read() as connection:
        return int(connection.execute(query).scalar_one())


def _promises(stage: Stage, record: Record) -> list[str]:
    """7: acknowledged is durable, and the same key gets the same answer, byte for byte."""
    wrong = []
    with stage.db.read() as connection:
        for promise in record.promises:
            try:
                stored = replay(connection, promise.key)
            except CheckstandError as refused:
                wrong.append(f"7 {promise.key.key}: {refused.code}")
                continue
            if stored is None:
                wrong.append(f"7 {promise.key.key} was acknowledged and is unknown")
            elif stored.body != promise.body:
                wrong.append(f"7 {promise.key.key} was answered {promise.body!r}, now {stored.body!r}")
    return wrong


def _webhooks(stage: Stage) -> list[str]:
    """8: everything in the outbox (I10) reached the merchant, signed, always with the same body."""
    with stage.db.read() as connection:
        messages = set(connection.execute(select(webhook_message.c.message_id)).scalars())
    told = stage.merchant.told
    wrong = [f"8 the merchant was never told {message}" for message in sorted(messages - told.keys())]
    wrong += [f"8 the merchant was told {message}, which we do not know" for message in sorted(told.keys() - messages)]
    wrong += [f"8 {message} came with {len(bodies)} bodies" for message, bodies in told.items() if len(bodies) > 1]
    return wrong + [f"8 a signature was wrong: {message}" for message in stage.merchant.forged]


def _in_order(stage: Stage) -> list[str]:
    """11: what became durable later stands later in every account; readers saw what was true when they looked."""
    with stage.db.read() as connection:
        rows = connection.execute(
            select(entry.c.account_id, entry.c.seq, entry.c.balance_after_minor, journal.c.kind, journal.c.source_id)
            .join(journal, (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id))
            .where(entry.c.tenant_id == TENANT)
            .order_by(entry.c.account_id, entry.c.seq)
        ).all()
    return stage.readings.check(rows, stage.commits)
