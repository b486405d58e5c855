"""The job that hands a mail to the mail server, and comes back when it could not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from checkstand.accounting import WriteSet
from checkstand.app.job_runner import Again, Finished
from checkstand.app.platform import Platform
from checkstand.infra.jobs import Job
from checkstand.infra.mail import MailPostponed, MailRefused, letter_of, mail, mail_row, parse_server, send
from checkstand.infra.ops import Update

# About a day: longer than any mail server is away, shorter than anybody would still want to know.
DELAYS_S: Final = (10, 60, 300, 1800, 7200, 21600, 43200)


def send_mail(platform: Platform, job: Job) -> Finished | Again:
    """One attempt."""
    with platform.db.read() as connection:
        row = mail_row(connection, job.tenant_id, job.payload["mail_id"])
    if row is None or row.state != "waiting":
        return Finished()
    now, settings = platform.clock.now(), platform.settings

    def state(name: str, **more: Any) -> WriteSet:
        key = {"tenant_id": row.tenant_id, "mail_id": row.mail_id}
        return WriteSet(ops=[Update(mail, key, {"state": name, "attempts": row.attempts + 1, **more})])

    if not settings.smtp_url:  # it was taken away since
        return Finished(state("kept"))
    try:
        send(
            parse_server(settings.smtp_url), letter_of(row, settings.secret_key),
            sender=settings.mail_sender, recipient=row.recipient, mail_id=row.mail_id, at=row.created_at,
        )  # fmt: skip
    except MailRefused as refused:
        return Finished(state("failed", error=refused.detail))
    except MailPostponed as postponed:
        if row.attempts >= len(DELAYS_S):
            return Finished(state("failed", error=postponed.detail))
        due_at = now + timedelta(seconds=DELAYS_S[row.attempts])
        return Again(due_at, state("waiting", error=postponed.detail), postponed.detail)
    return Finished(state("sent", sent_at=platform.clock.now(), error=None))
