"""What must be true after every crash and at the end (money.md §6 and §9.3), judged by everybody's own records.

The simulators' truth logs say what shoppers were really charged; the clients say what they were promised;
the merchant says what it was told. The platform's database has to agree with all three.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any, Final

import httpx
from sqlalchemy import select
from tests.fault.machine import Machine
from tests.fault.merchant import Merchant
from tests.fault.swarm import MEMBERS, Seen

from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import balance
from checkstand.app.demo_seed import TENANT
from checkstand.app.ledger_check import check_ledger
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.infra.jobs import job
from checkstand.infra.webhooks.store import webhook_message
from checkstand.member import find_member
from checkstand.order import business_order
from checkstand.payment import attempt, inbox, payment, refund

CHANNELS: Final = ("wechat_pay", "alipay")
PAID: Final = ("PAID", "PART_REFUNDED", "REFUNDED")
KEPT: Final = ("SUCCEEDED", "SUCCEEDED_LATE")
# fmt: off
ENDS: Final = (
    (business_order,  "order_id",   (*PAID, "CLOSED")),
    (cashier_session, "session_id", ("complete", "expired")),
    (payment,         "payment_id", ("SUCCEEDED", "FAILED", "CLOSED")),
    (attempt,         "attempt_id", (*KEPT, "FAILED", "CLOSED")),
    (refund,          "refund_id",  ("SUCCEEDED", "SUCCEEDED_LATE", "FAILED")),
    (inbox,           "inbox_id",   ("APPLIED", "IGNORED")),
)
# fmt: on
REFUNDS_FAIL: Final = 58  # amounts that end like this are never given back by the simulators


@dataclass
class Verdict:
    """The summary line of a run."""

    acknowledged: int = 0
    kills: int = 0
    orders: int = 0
    paid: int = 0
    charged: int = 0
    refunded: int = 0
    told: int = 0
    lost: int = 0
    doubles: int = 0

    def line(self) -> str:
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())


# Jobs of a whole day: they come back by themselves, whatever happens to payments.
BY_THE_DAY: Final = (
    *("reconcile.begin", "reconcile.fetch", "settlement.day", "settlement.unit"),
    *("ledger.close_day", "retention.run", "payout.returns"),
)

# What only a running process can keep: while it is dead, time passes and nobody works.
TIMELY: Final = ("no job is overdue", "no attempt is being sent for longer")


def broken_invariants(platform: Platform, *, dead: bool = False) -> list[str]:
    """What does not hold in the books right now."""
    return [
        f"{result.check.id} {result.check.statement}: {finding.subject} {dict(finding.facts)}"
        for result in check_ledger(platform)
        for finding in result.proof.findings
        if not (dead and result.check.statement.startswith(TIMELY))
    ]


def judge(
    platform: Platform, machine: Machine, merchant: Merchant, seen: Seen, api_key: str, opening_minor: int
) -> tuple[Verdict, list[str]]:
    """Compare all records; the list says what is wrong and is empty when nothing is."""
    verdict = Verdict(acknowledged=len(seen.acknowledged), kills=machine.kills)
    wrong = list(seen.mistakes)
    wrong += broken_invariants(platform)
    wrong += _unfinished(platform)
    wrong += _promises(machine, seen, api_key, verdict)
    wrong += _money(platform, _truth(machine), seen, opening_minor, verdict)
    wrong += _webhooks(platform, merchant, verdict)
    return verdict, wrong


def _unfinished(platform: Platform) -> list[str]:
    """Every purchase ends, and nothing waits for anything."""
    wrong = []
    with platform.db.read() as connection:
        for table, key, ends in ENDS:
            rows = connection.execute(select(table.c[key], table.c.status).where(table.c.status.not_in(ends)).limit(20))
            wrong += [f"unfinished {table.name} {row[0]}: {row[1]}" for row in rows]
        for row in connection.execute(
            select(job).where(job.c.done_at.is_(None), job.c.kind.not_in(BY_THE_DAY)).limit(20)
        ):
            wrong.append(f"unfinished job {row.kind} {row.key}: {row.last_error}")
    return wrong


def _promises(machine: Machine, seen: Seen, api_key: str, verdict: Verdict) -> list[str]:
    """Acknowledged is durable: the same key gets the same answer, byte for byte."""
    wrong = []
    with httpx.Client(base_url=machine.platform.url, timeout=30, trust_env=False) as client:
        for promise in seen.acknowledged:
            headers = {"authorization": f"Bearer {api_key}", "idempotency-key": promise.key}
            answer = client.post(promise.path, json=promise.request, headers=headers)
            if "idempotency-replayed" not in answer.headers:
                wrong.append(f"lost: {promise.key} was new to the platform")
                verdict.lost += 1
            elif (answer.status_code, answer.content) != (promise.status, promise.body):
                wrong.append(f"another answer for {promise.key}: {promise.body!r} became {answer.content!r}")
    return wrong


def _truth(machine: Machine) -> dict[str, dict[str, Any]]:
    """What each channel really did, by our number."""
    lines = {}
    headers = {"authorization": f"Bearer {machine.simulators_token}"}
    for channel in CHANNELS:
        answer = httpx.get(f"{machine.simulators_url}/_control/{channel}/truth", headers=headers, trust_env=False)
        answer.raise_for_status()
        said = answer.json()
        assert said["left_off"] == 0, "the control API shows only its newest orders: run fewer rounds"
        lines.update({line["number"]: line for line in said["orders"]})
    return lines


def _money(
    platform: Platform, truth: dict[str, dict[str, Any]], seen: Seen, opening_minor: int, verdict: Verdict
) -> list[str]:
    """No double charge, no lost success, no invented one: per order, by what was really charged."""
    wrong = []
    with platform.db.read() as connection:
        orders = connection.execute(select(business_order)).all()
        payments = connection.execute(select(payment)).all()
        attempts = connection.execute(select(attempt)).all()
        refunds = connection.execute(select(refund)).all()
        held = sum(_balance(platform, name) for name in MEMBERS)
    order_of = {row.payment_id: row.order_id for row in payments}
    known = {row.attempt_id for row in attempts}
    wrong += [f"lost: {number} was charged and we never heard of it" for number in truth.keys() - known]

    given_back: dict[str, int] = defaultdict(int)
    hopeless = set()
    for row in refunds:
        if row.status != "FAILED":
            given_back[row.attempt_id] += row.amount_minor
        elif row.cause != "request":
            hopeless.add(row.attempt_id)
    net: dict[str, int] = defaultdict(int)
    kept_back: dict[str, int] = defaultdict(int)
    spent = 0
    for row in attempts:
        success = row.status in KEPT
        if row.channel_account_id:
            line = truth.get(row.attempt_id, {"charged_minor": 0, "refunded_minor": 0})
            charged, returned = line["charged_minor"], line["refunded_minor"]
            if bool(charged) != success:
                wrong.append(f"{'lost' if charged else 'invented'} success: {row.attempt_id} is {row.status}")
                verdict.lost += bool(charged)
            if returned != given_back[row.attempt_id]:
                wrong.append(f"{row.attempt_id}: {returned} came back, our books say {given_back[row.attempt_id]}")
        else:
            charged, returned = (row.amount_minor if success else 0), given_back[row.attempt_id]
            spent += charged - returned
        verdict.charged += bool(charged)
        verdict.refunded += bool(returned)
        if row.attempt_id not in hopeless:
            net[order_of[row.payment_id]] += charged - returned
    by_payment = {row.payment_id: row for row in payments}
    for row in refunds:
        if by_payment[row.payment_id].status == "SUCCEEDED" and row.status != "FAILED":
            kept_back[row.order_id] += row.amount_minor

    for row in orders:
        verdict.orders += 1
        verdict.paid += row.status in PAID
        expected = row.amount_minor - kept_back[row.order_id] if row.status in PAID else 0
        if net[row.order_id] > expected:
            wrong.append(f"charged twice: {row.order_no} ({row.status}) {net[row.order_id]} instead of {expected}")
            verdict.doubles += 1
        elif net[row.order_id] < expected:
            wrong.append(f"lost: {row.order_no} ({row.status}) {net[row.order_id]} instead of {expected}")
            verdict.lost += 1
        if row.order_no in seen.paid and row.status not in PAID:
            wrong.append(f"lost: {row.order_no} was shown as paid and is {row.status}")
            verdict.lost += 1
    missing = seen.paid - {row.order_no for row in orders}
    wrong += [f"lost: {order_no} was shown as paid and is gone" for order_no in missing]
    if opening_minor * len(MEMBERS) - held != spent:
        wrong.append(f"members spent {opening_minor * len(MEMBERS) - held}, their payments say {spent}")
    return wrong


def _balance(platform: Platform, name: str) -> int:
    with platform.db.read() as connection:
        row = find_member(connection, TENANT, "test", name)
        assert row is not None
        return balance(connection, TENANT, member_balance(row.member_id, "CNY"))


def _webhooks(platform: Platform, merchant: Merchant, verdict: Verdict) -> list[str]:
    """Everything in the outbox reached the merchant at least once, signed, and always with the same body.

    That every terminal edge is in the outbox is invariant I10.
    """
    with platform.db.read() as connection:
        messages = set(connection.execute(select(webhook_message.c.message_id)).scalars())
    verdict.told = len(merchant.told)
    wrong = [f"the merchant was never told {message}" for message in messages - merchant.told.keys()]
    wrong += [f"the merchant was told {message}, which we do not know" for message in merchant.told.keys() - messages]
    wrong += [
        f"{message} came with {len(bodies)} bodies" for message, bodies in merchant.told.items() if len(bodies) > 1
    ]
    wrong += [f"a signature was wrong: {message}" for message in merchant.forged]
    return wrong
