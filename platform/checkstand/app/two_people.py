"""Two people for one decision: one asks, another decides; both writes go into the caller's own commit.

`ask` returns the row to insert, `approve` and `reject` the guarded change that closes it. The caller
puts it into the write set that does what was asked for, so there is never an approval without its
effect, nor an effect without its approval. A question that was closed meanwhile refuses the commit
with `EdgeRefused`. Who asked may withdraw, but never approve.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.infra.ops import Insert, Update
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member.approvals import approval, get_approval


class SamePerson(CheckstandError):
    """Who asked for it cannot be the one who approves it."""

    code = "approval.same_person"
    kind = Kind.FORBIDDEN
    message = "You asked for this yourself, so somebody else has to approve it. Nothing was changed."
    remedy = "Ask another person who may approve it."


class ApprovalUnknown(CheckstandError):
    """There is no such question in this business unit."""

    code = "approval.unknown"
    kind = Kind.NOT_FOUND
    message = "There is no such request for approval."
    remedy = "Open the list; it shows every request that waits."


class ApprovalDecided(CheckstandError):
    """The question has its answer."""

    code = "approval.decided"
    kind = Kind.CONFLICT
    message = "This was decided or withdrawn already. Nothing was changed."
    remedy = "Open it again and look at what was decided."


def ask(
    tenant_id: str, kind: str, object_id: str, *, by: str, now: datetime, facts: Mapping[str, Any]
) -> tuple[str, Insert]:
    """The question's id and its row; a second question about the same object is refused with `RowExists`."""
    approval_id = new_id("apr")
    row = {
        "tenant_id": tenant_id,
        "approval_id": approval_id,
        "kind": kind,
        "object_id": object_id,
        "asked_by": by,
        "asked_at": now,
        "decided_by": None,
        "decided_at": None,
        "decision": None,
        "facts": dict(facts),
        "reason": "",
    }
    return approval_id, Insert(approval, row)


def approve(row: Row[Any], *, by: str, now: datetime, reason: str = "") -> Update:
    """Say yes, as somebody else than who asked."""
    if by == row.asked_by:
        raise SamePerson(approval=row.approval_id)
    return _decide(row, "approved", by, now, reason)


def reject(row: Row[Any], *, by: str, now: datetime, reason: str = "") -> Update:
    """Say no; who asked may take the question back in the same way."""
    return _decide(row, "withdrawn" if by == row.asked_by else "rejected", by, now, reason)


def find_approval(connection: Connection, tenant_id: str, kind: str, approval_id: str) -> Row[Any]:
    """The question, which must still wait for its answer."""
    row = get_approval(connection, tenant_id, approval_id)
    if row is None or row.kind != kind:
        raise ApprovalUnknown(approval=approval_id)
    if row.decision is not None:
        raise ApprovalDecided(approval=approval_id, decision=row.decision)
    return row


def _decide(row: Row[Any], decision: str, by: str, now: datetime, reason: str) -> Update:
    key = {"tenant_id": row.tenant_id, "approval_id": row.approval_id}
    values = {"decision": decision, "decided_by": by, "decided_at": now, "reason": reason}
    return Update(approval, key, values, guard={"decision": None})
