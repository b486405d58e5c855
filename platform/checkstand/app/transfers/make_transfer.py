"""A member pays another one: in one commit, or set aside first and confirmed later (money.md F5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row

from checkstand.accounting import BalanceTooLow, EdgeRefused, RowExists, WriteSet, payout_journals
from checkstand.app.members.find import own_member
from checkstand.app.outbox import outbox_ops
from checkstand.app.platform import Platform
from checkstand.app.transfers.facts import transfer_facts
from checkstand.infra.idempotency import IdempotencyKey, refuse_repeat
from checkstand.infra.jobs import job_op
from checkstand.infra.ops import Insert, Op
from checkstand.infra.state_event import state_event_op
from checkstand.kernel import CheckstandError, Kind, new_id
from checkstand.member import require_active, still_active
from checkstand.member.abilities import acting_operator, require_ability
from checkstand.transaction.transfer_states import TRANSFER, TransferEvent, TransferState
from checkstand.transaction.transfer_store import find_transfer, transfer

S, E = TransferState, TransferEvent
EXPIRE_JOB: Final = "transfer.expire"
HELD_FOR: Final = timedelta(hours=24)


class TransferTooLarge(CheckstandError):
    code = "transfer.balance_too_low"
    kind = Kind.CONFLICT
    message = "The payer's balance does not cover this transfer."
    remedy = "Transfer at most what the payer's balance holds, or recharge it first."


class TransferToSelf(CheckstandError):
    code = "transfer.same_member"
    message = "Payer and receiver are the same member."
    remedy = "Name another member in `to`."


class TransferNumberTaken(CheckstandError):
    code = "transfer.number_taken"
    kind = Kind.MISMATCH
    message = "This transfer_no was used before for another transfer."
    remedy = "Use a new number for a new transfer; repeat one only with exactly the same content."


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeTransfer:
    """`transfer_no` is the business unit's own number and the natural idempotency key."""

    tenant_id: str
    mode: str
    transfer_no: str
    source_id: str
    target_id: str
    amount_minor: int
    currency: str
    title: str = ""
    hold: bool = False  # two-phase
    hold_s: int | None = None  # how long it waits for its confirmation
    operator_id: str = ""  # who acts for an enterprise


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """A transfer before it is a row; the same names as its columns."""

    tenant_id: str
    transfer_id: str
    mode: str
    transfer_no: str
    source_id: str
    source_code: str
    target_id: str
    target_code: str
    amount_minor: int
    currency: str
    title: str
    two_phase: int
    status: str
    expires_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    version: int = 1
    reason: str | None = None


def make_transfer(
    platform: Platform, command: MakeTransfer, *, idempotency: IdempotencyKey | None = None
) -> dict[str, Any]:
    """The transfer as it was committed; the same number and content again tells the first one."""
    if command.source_id == command.target_id:
        raise TransferToSelf(pointer="/to", member=command.target_id)
    for _ in range(8):
        with platform.db.read() as connection:
            known = find_transfer(connection, command.tenant_id, command.mode, command.transfer_no)
            if known is not None:
                refuse_repeat(connection, idempotency)
                return _same(known, command)
            source, target = _members(connection, command)
        new = _new(command, source, target, platform.clock.now())
        answer = transfer_facts(new)
        writes = _writes(new) + WriteSet(ops=[still_active(source), still_active(target)])
        if idempotency is not None:
            body = msgspec.json.encode(answer)
            writes += WriteSet(ops=[idempotency.done_op(new.transfer_id, 201, body, platform.clock.now())])
        try:
            platform.poster.commit(writes)
        except BalanceTooLow:
            raise TransferTooLarge(pointer="/amount/minor", member=command.source_id) from None
        except (EdgeRefused, RowExists):
            continue  # a member was frozen, or the same number arrived twice at once: look again
        return answer
    raise EdgeRefused("these members are changing too fast; try again", member=command.source_id)


def told(row: Any, type_: str, status: str, version: int, now: datetime, reason: str | None = None) -> list[Op]:
    """Tell the business unit about its transfer."""
    data = {"mode": row.mode, "transfer": transfer_facts(row, status=status, finished_at=now, reason=reason)}
    return outbox_ops(row.tenant_id, row.mode, type_, row.transfer_id, version, data, now)


def balance_code(row: Row[Any]) -> str:
    """Where a member's spendable money is: 2001 of a person, 2103 of an enterprise."""
    return "2103" if row.kind == "enterprise" else "2001"


def _members(connection: Connection, command: MakeTransfer) -> tuple[Row[Any], Row[Any]]:
    source, target = (
        own_member(connection, command.tenant_id, command.mode, member_id)
        for member_id in (command.source_id, command.target_id)
    )
    acting_operator(connection, source, command.operator_id, "money")
    require_ability(connection, source, "transfer")
    for row in (source, target):
        require_active(row)
    return source, target


def _new(command: MakeTransfer, source: Row[Any], target: Row[Any], now: datetime) -> NewTransfer:
    held_for = HELD_FOR if command.hold_s is None else timedelta(seconds=command.hold_s)
    return NewTransfer(
        tenant_id=command.tenant_id,
        transfer_id=new_id("trf"),
        mode=command.mode,
        transfer_no=command.transfer_no,
        source_id=command.source_id,
        source_code=balance_code(source),
        target_id=command.target_id,
        target_code=balance_code(target),
        amount_minor=command.amount_minor,
        currency=command.currency,
        title=command.title,
        two_phase=int(command.hold),
        status=TRANSFER.to(S.CREATED, E.HOLD if command.hold else E.MOVE),
        expires_at=now + held_for if command.hold else None,
        created_at=now,
        finished_at=None if command.hold else now,
    )


def _writes(new: NewTransfer) -> WriteSet:
    tenant_id, transfer_id, now = new.tenant_id, new.transfer_id, new.created_at
    event = E.HOLD if new.two_phase else E.MOVE
    ops: list[Op] = [
        Insert(transfer, {column.name: getattr(new, column.name) for column in transfer.columns}),
        state_event_op(tenant_id, "transfer", transfer_id, None, "create", S.CREATED, now),
        state_event_op(tenant_id, "transfer", transfer_id, S.CREATED, event, new.status, now),
    ]
    if new.expires_at is None:
        moved = payout_journals.transfer(new, now)
        return WriteSet([*ops, *told(new, "transfer.succeeded", S.SUCCEEDED, 1, now)], [moved])
    payload = {"transfer_id": transfer_id}
    ops.append(job_op(tenant_id, EXPIRE_JOB, transfer_id, payload, due_at=new.expires_at, now=now))
    return WriteSet(ops, [payout_journals.transfer_hold(new, now)])


def _same(row: Row[Any], command: MakeTransfer) -> dict[str, Any]:
    first = (row.source_id, row.target_id, row.amount_minor, row.currency, bool(row.two_phase))
    asked = (command.source_id, command.target_id, command.amount_minor, command.currency, command.hold)
    if first != asked:
        raise TransferNumberTaken(pointer="/transfer_no")
    return transfer_facts(row)
