"""The daily job that deletes operational rows which are older than their business unit keeps them.

A few hundred rows at a time, each in a short transaction aside from the books, with a breath in between, so that
payments hardly notice. It can stop after any of them: what is old stays old, so a second run finds the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from checkstand.accounting import WriteSet
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.infra.jobs import Job
from checkstand.infra.mail import delete_mails
from checkstand.infra.ops import Op
from checkstand.infra.webhooks import clear_bodies
from checkstand.kernel.clock import monotonic_s
from checkstand.member import tenant
from checkstand.member.retention import days_kept
from checkstand.member.unit_settings import settings_of
from checkstand.monitoring.audit import audit_op
from checkstand.monitoring.request_log import delete_requests
from checkstand.payment import delete_exchanges
from checkstand.reconciliation.refused_store import delete_refused

BATCH: Final = 300
BREATH_S: Final = 0.05
BUDGET_S: Final = 20.0  # well within the lease of the job
PAUSE: Final = timedelta(seconds=30)  # before the rest, when there is more than one run can do

Delete = Callable[[Connection, str, datetime, int], int]
DELETES: Final[Sequence[tuple[str, Delete]]] = (
    ("requests", delete_requests),
    ("messages", delete_mails),
    ("webhooks", clear_bodies),
    ("channel", delete_exchanges),
    ("channel", delete_refused),
)


def apply_retention(platform: Platform, _job: Job) -> Finished | Again:
    """One run over every business unit, with a line of the audit trail for each unit that lost something."""
    until, now = monotonic_s() + BUDGET_S, platform.clock.now()
    with platform.db.read() as connection:
        units = list(connection.execute(select(tenant.c.tenant_id).order_by(tenant.c.tenant_id)).scalars())
    told: list[Op] = []
    for tenant_id in units:
        removed = _of_unit(platform, tenant_id, now, until)
        if removed:
            told.append(audit_op(
                tenant_id, "retention.run", "unit", tenant_id,
                actor_id="retention", actor_email="retention", ip="", at=now, after=removed,
            ))  # fmt: skip
        if monotonic_s() >= until:
            return Again(platform.clock.now() + PAUSE, WriteSet(ops=told))
    return Finished(WriteSet(ops=told))


def _of_unit(platform: Platform, tenant_id: str, now: datetime, until: float) -> dict[str, int]:
    """Kind → how many rows went."""
    with platform.db.read() as connection:
        kept = days_kept(settings_of(connection, tenant_id).retention)
    removed: dict[str, int] = {}
    for kind, delete in DELETES:
        before = now - timedelta(days=kept[kind])
        while monotonic_s() < until:
            with platform.db.aside() as connection:
                count = delete(connection, tenant_id, before, BATCH)
            if count:
                removed[kind] = removed.get(kind, 0) + count
            if count < BATCH:
                break
            time.sleep(BREATH_S)  # between two batches the writer belongs to the payments
    return removed
