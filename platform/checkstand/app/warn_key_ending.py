"""The job that reminds a business unit of a replaced key shortly before it ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from checkstand.accounting import WriteSet
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.app.write_mail import console_link, mail_ops
from checkstand.infra.jobs import Job, job_op
from checkstand.infra.ops import Op
from checkstand.member.keys import key_of

BEFORE: Final = timedelta(hours=4)


def warn_later_op(tenant_id: str, mode: str, api_key_id: str, ends_at: datetime, now: datetime) -> Op:
    """Remind four hours before the key ends."""
    payload = {"mode": mode, "api_key_id": api_key_id}
    return job_op(tenant_id, "key.warn_ending", api_key_id, payload, due_at=ends_at - BEFORE, now=now)


def warn_key_ending(platform: Platform, job: Job) -> Finished | Again:
    """Write the mail, unless somebody has ended the key meanwhile."""
    mode, now = job.payload["mode"], platform.clock.now()
    with platform.db.read() as connection:
        key = key_of(connection, job.tenant_id, mode, job.payload["api_key_id"])
    if key is None or key.revoked_at is None or key.revoked_at <= now:
        return Finished()
    link = console_link(platform, "u", job.tenant_id, mode, "developers", "keys")
    facts = {"hint": key.hint, "at": key.revoked_at, "mode": mode}
    return Finished(WriteSet(ops=mail_ops(platform, job.tenant_id, "key_ending", link, facts, now)))
