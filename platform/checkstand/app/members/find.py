"""Members found by their id, in the business unit and mode of whoever asks; pages of them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, select

from checkstand.app.list_payments import PageInvalid
from checkstand.app.members.facts import member_facts
from checkstand.app.platform import Platform
from checkstand.member import MemberNotFound, find_member, get_member, member

MAX_PAGE: Final = 100
KINDS: Final = ("personal", "enterprise")


def own_member(connection: Connection, tenant_id: str, mode: str, member_id: str) -> Row[Any]:
    """The member. Raises `MemberNotFound`, also for another unit's or the other mode's."""
    row = get_member(connection, tenant_id, member_id)
    if row is None or row.mode != mode:
        raise MemberNotFound(member=member_id)
    return row


def read_member_facts(platform: Platform, tenant_id: str, mode: str, member_id: str) -> dict[str, Any]:
    """The public form of one member."""
    with platform.db.read() as connection:
        return member_facts(connection, own_member(connection, tenant_id, mode, member_id))


def list_members(
    platform: Platform,
    tenant_id: str,
    mode: str,
    *,
    cursor: str | None = None,
    limit: int = 20,
    kind: str | None = None,
    external_id: str | None = None,
) -> dict[str, Any]:
    """A page, newest first; the cursor is the last id seen."""
    known = kind is None or kind in KINDS
    if not known or not 1 <= limit <= MAX_PAGE or (cursor is not None and not cursor.startswith("mbr_")):
        raise PageInvalid()
    with platform.db.read() as connection:
        if external_id is not None:
            one = find_member(connection, tenant_id, mode, external_id)
            rows = [one] if one is not None and kind in (None, one.kind) else []
        else:
            query = select(member).where(member.c.tenant_id == tenant_id, member.c.mode == mode)
            query = query.where(member.c.member_id < cursor) if cursor else query
            query = query.where(member.c.kind == kind) if kind else query
            rows = list(connection.execute(query.order_by(member.c.member_id.desc()).limit(limit + 1)))
        shown = rows[:limit]
        data = [member_facts(connection, row) for row in shown]
    return {"data": data, "next_cursor": shown[-1].member_id if len(rows) > limit else None}
