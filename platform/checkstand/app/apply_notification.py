"""Notifications: stored, acknowledged, then applied by a job (money.md §4, §4.9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Row

from checkstand.accounting import RowExists, WriteSet
from checkstand.app.case import load_case
from checkstand.app.evidence import Evidence
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.app.resolve_refund import RefundEvidence, apply_refund_evidence, ask_refund
from checkstand.channel.port import (
    Acknowledgement,
    Adapter,
    ChannelAccount,
    Notification,
    NotificationRefused,
    Outcome,
    RawNotification,
)
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Update
from checkstand.kernel import Money, new_id
from checkstand.payment import get_inbox, get_refund, inbox, inbox_op

log = structlog.get_logger("notifications")

# A message about a number we do not have yet waits; after a day it is an item for reconciliation.
ORPHAN_AFTER: Final = timedelta(hours=24)
WAIT_S: Final = (1, 5, 30, 120, 600, 1800, 3600)


def receive_notification(
    platform: Platform, channel_name: str, account_id: str, raw: RawNotification
) -> Acknowledgement:
    """Verify, store, and only then say "received". A forged or stale message leaves no trace but a log line."""
    channel = platform.registry.channel(channel_name)
    candidates = platform.channel_accounts.for_notification(channel_name, account_id)
    refused: NotificationRefused | None = None
    for account in candidates:
        try:
            note = _parse(platform, channel.adapter, raw, account)
        except NotificationRefused as error:
            refused = refused or error
            continue
        inbox_id, now = new_id("inb"), platform.clock.now()
        payload = {"inbox_id": inbox_id}
        store = WriteSet(
            ops=[
                inbox_op(account, note, inbox_id, now),
                job_op(account.tenant_id, "notification.apply", inbox_id, payload, due_at=now, now=now),
            ]
        )
        try:
            platform.poster.commit(store)
        except RowExists:
            log.info("notification.duplicate", channel=channel_name, number=note.number)
        return channel.adapter.acknowledge(accepted=True)
    reason = refused.reason if refused else "unknown_account"
    log.warning("notification.refused", channel=channel_name, account=account_id, reason=reason)
    return channel.adapter.acknowledge(accepted=False, detail=reason)


def _parse(platform: Platform, adapter: Adapter, raw: RawNotification, account: ChannelAccount) -> Notification:
    """Verify; a signature under a key we do not know yet may be a rotation, so the keys are fetched once."""
    try:
        return adapter.parse_notification(raw, account)
    except NotificationRefused as refused:
        if refused.reason != "unknown_key":
            raise
        if not adapter.refresh_keys(account, platform.channel_http, platform.clock.now()):
            raise
        return adapter.parse_notification(raw, account)


def apply_notification(platform: Platform, job: Job) -> Finished | Again:
    """Apply one stored message; it waits while the object it speaks of is not there."""
    with platform.db.read() as connection:
        row = get_inbox(connection, job.tenant_id, job.payload["inbox_id"])
        if row is None or row.status != "NEW":
            return Finished()
        known = (
            load_case(connection, job.tenant_id, row.number)
            if row.kind == "payment"
            else get_refund(connection, job.tenant_id, row.number)
        )
    now = platform.clock.now()
    if known is None:
        if now - row.received_at > ORPHAN_AFTER:
            log.error("notification.orphan", number=row.number, channel_account=row.channel_account_id)
            return Finished(_marked(row, "IGNORED", "orphan", platform))
        return Again(now + timedelta(seconds=WAIT_S[min(job.attempts, len(WAIT_S)) - 1]))
    classified = _apply_payment(platform, row) if row.kind == "payment" else _apply_refund(platform, row)
    return Finished(_marked(row, "APPLIED" if classified == "applied" else "IGNORED", classified, platform))


def _apply_payment(platform: Platform, row: Row[Any]) -> str:
    evidence = Evidence(
        outcome=Outcome(row.outcome),
        source="notification",
        amount=_amount(row),
        payee=row.payee,
        channel_no=row.channel_no,
        occurred_at=row.occurred_at,
        code=row.code,
    )
    return apply_evidence(platform, row.tenant_id, row.number, evidence)


def _apply_refund(platform: Platform, row: Row[Any]) -> str:
    if row.amount_minor is None:
        # Some channels tell the sum of all refunds instead of this one's amount: ask for this one.
        return ask_refund(platform, row.tenant_id, row.number)
    evidence = RefundEvidence(
        outcome=Outcome(row.outcome),
        source="notification",
        amount=_amount(row),
        channel_refund_no=row.channel_no,
        occurred_at=row.occurred_at,
        code=row.code,
    )
    return apply_refund_evidence(platform, row.tenant_id, row.number, evidence)


def _amount(row: Row[Any]) -> Money | None:
    return Money(row.amount_minor, row.currency) if row.amount_minor is not None else None


def _marked(row: Row[Any], status: str, classified: str, platform: Platform) -> WriteSet:
    key = {"tenant_id": row.tenant_id, "inbox_id": row.inbox_id}
    values = {"status": status, "classified": classified, "applied_at": platform.clock.now()}
    return WriteSet(ops=[Update(inbox, key, values)])
