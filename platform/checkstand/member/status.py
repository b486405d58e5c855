"""Whether a member may act now, and the guard that keeps the answer true until the money has moved.

Reading a status proves nothing by itself: a freeze may be committed between the look and the commit. So whoever begins
something with a member's money puts `still_active(row)` into the write set of the journal. The guarded UPDATE loses
against a freeze that came first, and the whole write set is refused with `EdgeRefused`. It also counts the member's
`version` up, which is what a closure is guarded by: nothing can begin between its last look and its commit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from checkstand.infra.ops import Update
from checkstand.member.errors import MemberClosed, MemberFrozen
from checkstand.member.store import member


def require_active(row: Row[Any]) -> None:
    """Raises `MemberFrozen` or `MemberClosed`. Put `still_active(row)` into the same commit as the money."""
    if row.status == "frozen":
        raise MemberFrozen(member=row.member_id)
    if row.status == "closed":
        raise MemberClosed(member=row.member_id)


def require_open(row: Row[Any]) -> None:
    """For what is owed to a member, frozen or not: a refund may come, unless the member is closed."""
    if row.status == "closed":
        raise MemberClosed(member=row.member_id)


def still_active(row: Row[Any]) -> Update:
    """Refuses the write set when the member is not active at the commit."""
    return Update(member, _key(row), add={"version": 1}, guard={"status": "active"})


def still_the_same(row: Row[Any]) -> Update:
    """Refuses the write set when the member's status is not what `row` says."""
    return Update(member, _key(row), add={"version": 1}, guard={"status": row.status})


def _key(row: Row[Any]) -> dict[str, str]:
    return {"tenant_id": row.tenant_id, "member_id": row.member_id}
