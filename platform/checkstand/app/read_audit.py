"""Reading the audit trail. Taking a copy of it out of the platform is on the trail itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.platform import Platform
from checkstand.kernel import CheckstandError
from checkstand.monitoring.audit import audit_actions, audit_page

PAGE: Final = 50
CHUNK: Final = 500  # lines of one step of an export


class AuditCursorInvalid(CheckstandError):
    code = "audit.cursor_invalid"
    message = "No page of the audit trail ends there."
    remedy = "Begin at the first page and follow its links."


def read_trail(
    platform: Platform, tenant_id: str, *, text: str = "", action: str = "", before: str = ""
) -> tuple[list[Row[Any]], str]:
    """One page, newest first, and where the next one begins; empty after the last."""
    if before and not before.startswith("aud_"):
        raise AuditCursorInvalid()
    with platform.db.read() as connection:
        lines = audit_page(connection, tenant_id, text=text, action=action, before=before, limit=PAGE + 1)
    return lines[:PAGE], lines[PAGE - 1].audit_id if len(lines) > PAGE else ""


def read_actions(platform: Platform, tenant_id: str) -> list[str]:
    """What has been done here at all, by name."""
    with platform.db.read() as connection:
        return audit_actions(connection, tenant_id)


def begin_audit_export(platform: Platform, who: Actor, tenant_id: str, *, mode: str, asked: Mapping[str, str]) -> None:
    """Write down who takes the trail with them, before the first line leaves."""
    shown = {name: value for name, value in asked.items() if value}
    told = who.audit(
        tenant_id, "audit.export", "export", "csv", platform.clock.now(), mode=mode, after={"filters": shown}
    )
    platform.poster.commit(WriteSet(ops=[told]))


def every_line(platform: Platform, tenant_id: str, *, text: str = "", action: str = "") -> Iterator[list[Row[Any]]]:
    """All that match, newest first, in steps: no connection is held between two of them."""
    before = ""
    while True:
        with platform.db.read() as connection:
            lines = audit_page(connection, tenant_id, text=text, action=action, before=before, limit=CHUNK)
        if lines:
            yield lines
        if len(lines) < CHUNK:
            return
        before = lines[-1].audit_id
