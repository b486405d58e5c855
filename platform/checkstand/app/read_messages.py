"""The mails that a business unit's people were sent, or would have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import WriteSet
from checkstand.app.console_access import Actor
from checkstand.app.keyset import Cursor, Listing, Page, read_page
from checkstand.app.platform import Platform
from checkstand.infra.mail import STATES, Letter, has_mails, letter_of, mail, mail_row
from checkstand.kernel import CheckstandError, Kind

PAGE: Final = 50


class MessageUnknown(CheckstandError):
    code = "mail.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such message."
    remedy = "Choose one of the list. Older messages are deleted; the settings say after how many days."


@dataclass(frozen=True, slots=True)
class Messages:
    page: Page
    has_any: bool


def list_messages(platform: Platform, tenant_id: str, *, state: str = "", cursor: str = "") -> Messages:
    """One page, newest first, without what they say. Raises `PageInvalid` for a cursor that no page gave."""
    place = Cursor.read(cursor)
    scope = [mail.c.tenant_id == tenant_id]
    narrow = [mail.c.state == state] if state in STATES else []
    with platform.db.read() as connection:
        page = read_page(connection, Listing(mail, "mail_id", scope, narrow), place, PAGE)
        return Messages(page, bool(page.rows) or has_mails(connection, tenant_id))


def read_message(platform: Platform, who: Actor, tenant_id: str, mode: str, mail_id: str) -> tuple[Row[Any], Letter]:
    """One message with what it says, which stands on the audit trail: it may hold an invitation's link."""
    with platform.db.read() as connection:
        row = mail_row(connection, tenant_id, mail_id)
    if row is None:
        raise MessageUnknown()
    told = who.audit(tenant_id, "mail.read", "mail", mail_id, platform.clock.now(), mode=mode)
    platform.poster.commit(WriteSet(ops=[told]))
    return row, letter_of(row, platform.settings.secret_key)
