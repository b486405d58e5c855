"""The second phase of a held transfer: confirmed, given up, or out of time. The first of them wins."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from checkstand.accounting import AlreadyPosted, EdgeRefused, WriteSet, payout_journals
from checkstand.app.edges import edge
from checkstand.app.job_runner import Again, Finished
from checkstand.app.members.find import own_member
from checkstand.app.platform import Platform
from checkstand.app.transfers.facts import transfer_facts
from checkstand.app.transfers.make_transfer import told
from checkstand.infra.jobs import Job
from checkstand.infra.ops import Op
from checkstand.kernel import CheckstandError, Kind
from checkstand.member import require_active, still_active
from checkstand.transaction.transfer_states import TRANSFER, TransferEvent, TransferState
from checkstand.transaction.transfer_store import get_transfer

S, E = TransferState, TransferEvent
NAMES: Final = {S.SUCCEEDED: "transfer.succeeded", S.VOIDED: "transfer.voided"}


class TransferNotFound(CheckstandError):
    code = "transfer.not_found"
    kind = Kind.NOT_FOUND
    message = "There is no such transfer."
    remedy = "Check the id; a transfer of another business unit or of the other mode is not visible with this key."


class TransferEnded(CheckstandError):
    code = "transfer.ended"
    kind = Kind.CONFLICT
    message = "This transfer has ended in another way."
    remedy = "Read it with GET /v1/transfers/{id}; make a new transfer if money still has to move."


def confirm_transfer(platform: Platform, tenant_id: str, mode: str, transfer_id: str) -> dict[str, Any]:
    """J5.3: the receiver gets what was set aside. Confirming twice is confirming once."""
    return _finish(platform, tenant_id, mode, transfer_id, E.CONFIRM)


def void_transfer(platform: Platform, tenant_id: str, mode: str, transfer_id: str) -> dict[str, Any]:
    """J5.4: the payer gets it back, frozen or not."""
    return _finish(platform, tenant_id, mode, transfer_id, E.VOID)


def expire_transfer(platform: Platform, job: Job) -> Finished | Again:
    """The timer of a held transfer; nothing to do when it has ended."""
    with platform.db.read() as connection:
        row = get_transfer(connection, job.tenant_id, job.payload["transfer_id"])
    if row is None or row.status != S.HELD:
        return Finished()
    return Finished(_writes(row, E.EXPIRE, platform.clock.now()))


def read_transfer(platform: Platform, tenant_id: str, mode: str, transfer_id: str) -> dict[str, Any]:
    """The public form of one transfer."""
    with platform.db.read() as connection:
        return transfer_facts(_own(connection, tenant_id, mode, transfer_id))


def _finish(platform: Platform, tenant_id: str, mode: str, transfer_id: str, event: TransferEvent) -> dict[str, Any]:
    target = TRANSFER.to(S.HELD, event)
    for _ in range(8):
        with platform.db.read() as connection:
            row = _own(connection, tenant_id, mode, transfer_id)
            if row.status == target:
                return transfer_facts(row)
            if row.status != S.HELD:
                raise TransferEnded(f"the transfer is {row.status.lower()}", transfer=transfer_id)
            guards = _both_active(connection, row) if event is E.CONFIRM else []
        now = platform.clock.now()
        try:
            platform.poster.commit(_writes(row, event, now) + WriteSet(ops=guards))
        except (EdgeRefused, AlreadyPosted):
            continue  # the timer, or the same call, was faster: read what it did
        return read_transfer(platform, tenant_id, mode, transfer_id)
    raise EdgeRefused("this transfer is changing too fast; try again", transfer=transfer_id)


def _both_active(connection: Connection, row: Row[Any]) -> list[Op]:
    members = [own_member(connection, row.tenant_id, row.mode, each) for each in (row.source_id, row.target_id)]
    for each in members:
        require_active(each)
    return [still_active(each) for each in members]


def _writes(row: Row[Any], event: TransferEvent, now: datetime) -> WriteSet:
    to = TRANSFER.to(S.HELD, event)
    reason = {E.VOID: "voided", E.EXPIRE: "expired"}.get(event)
    journal = payout_journals.transfer_commit if to is S.SUCCEEDED else payout_journals.transfer_void
    ops = edge("transfer", row, event, now, values={"finished_at": now, "reason": reason})
    return WriteSet([*ops, *told(row, NAMES[to], to, row.version + 1, now, reason)], [journal(row, now)])


def _own(connection: Connection, tenant_id: str, mode: str, transfer_id: str) -> Row[Any]:
    row = get_transfer(connection, tenant_id, transfer_id)
    if row is None or row.mode != mode:
        raise TransferNotFound(transfer=transfer_id)
    return row
