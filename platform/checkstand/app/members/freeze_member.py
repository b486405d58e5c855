"""Freeze a member and let it go on. What was committed before the freeze stays; nothing of its own moves after it.

A frozen member neither pays from its balance, nor recharges, transfers, withdraws or receives transfers; as a payee it
gets no new checkout and its settlement waits. What others owe it still arrives: a refund, and the money of a payment
that was begun before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.app.edges import edge
from checkstand.app.facts import instant
from checkstand.app.members.facts import member_words
from checkstand.app.members.find import own_member
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError
from checkstand.member import MemberClosed
from checkstand.member.states import MemberEvent, MemberState

LONGEST_REASON: Final = 200
TRIES: Final = 8


class ReasonMissing(CheckstandError):
    code = "member.reason_missing"
    message = "Freezing and closing a member needs a reason, because somebody will ask for it."
    remedy = f"Write why in a sentence of at most {LONGEST_REASON} characters."


def freeze_member(
    platform: Platform, tenant_id: str, mode: str, member_id: str, reason: str, *, also: Sequence[Op] = ()
) -> Row[Any]:
    """The member, frozen; one that is frozen already stays as it is. `also` goes with the change in one commit."""
    return _move(platform, tenant_id, mode, member_id, MemberEvent.FREEZE, checked_reason(reason), also)


def unfreeze_member(
    platform: Platform, tenant_id: str, mode: str, member_id: str, *, also: Sequence[Op] = ()
) -> Row[Any]:
    """The member, active again. Raises `MemberClosed` when it is too late for that."""
    return _move(platform, tenant_id, mode, member_id, MemberEvent.UNFREEZE, None, also)


def checked_reason(reason: str) -> str:
    """One line of text that can be shown."""
    line = " ".join(reason.split())
    if not line or len(line) > LONGEST_REASON or not line.isprintable():
        raise ReasonMissing(pointer="/reason")
    return line


def told(row: Row[Any], type_: str, status: MemberState, reason: str | None, now: Any) -> list[Op]:
    """The business unit's message about a member whose status changes now."""
    words = {**member_words(row, status), "reason": reason, "at": instant(now)}
    data = {"mode": row.mode, "member": words}
    return outbox_ops(row.tenant_id, row.mode, type_, row.member_id, row.version + 1, data, now)


_TARGETS: Final = {
    MemberEvent.FREEZE: (MemberState.FROZEN, "member.frozen"),
    MemberEvent.UNFREEZE: (MemberState.ACTIVE, "member.unfrozen"),
}


def _move(
    platform: Platform,
    tenant_id: str,
    mode: str,
    member_id: str,
    event: MemberEvent,
    reason: str | None,
    also: Sequence[Op],
) -> Row[Any]:
    target, type_ = _TARGETS[event]
    for _ in range(TRIES):
        with platform.db.read() as connection:
            row = own_member(connection, tenant_id, mode, member_id)
        if row.status == MemberState.CLOSED:
            raise MemberClosed(member=member_id)
        if row.status == target:
            return row
        now = platform.clock.now()
        values = {"status_reason": reason, "status_at": now}
        ops = [*edge("member", row, event, now, values=values, facts={"reason": reason}), *also]
        try:
            platform.poster.commit(WriteSet(ops=[*ops, *told(row, type_, target, reason, now)]))
        except EdgeRefused:
            continue  # somebody else changed it in this moment
    raise EdgeRefused(member=member_id)
