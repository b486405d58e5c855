"""The desk: people take differences, write about them, and decide what becomes of the money (money.md §5.4).

Each decision is one commit: the item's edges, its journal, and the line of the audit trail. What a class allows
stands in `reconciliation/classes.py`; a loss, or a gain that nobody claims, takes two people.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import channel_cost_of, fee_income, merchant_debt
from checkstand.app.case import Case, load_case
from checkstand.app.console_access import Actor
from checkstand.app.edges import edge
from checkstand.app.evidence import Evidence
from checkstand.app.platform import Platform
from checkstand.app.reconcile_completing import close_completed
from checkstand.app.reconcile_refund import refund_writes
from checkstand.app.resolve_attempt import apply_evidence
from checkstand.app.two_people import approve, ask, find_approval, reject
from checkstand.channel.port import Outcome
from checkstand.channel.store import account_row
from checkstand.clearing.store import debt_of, debt_op
from checkstand.infra.ops import Insert, Op, Update
from checkstand.kernel import Money, new_id
from checkstand.member.approvals import waiting_for
from checkstand.reconciliation import queue
from checkstand.reconciliation.classes import POLICIES, ItemClass, Manual
from checkstand.reconciliation.errors import ActionImpossible, ItemUnknown, PaymentNotFitting, ReasonMissing
from checkstand.reconciliation.labels import is_open, suspense_of
from checkstand.reconciliation.states import ItemEvent, ItemState
from checkstand.reconciliation.store import reconciliation_item, reconciliation_note

WRITE_OFF: Final = "write_off"
LOSS, OTHER_INCOME = "5002", "4009"
MAX_TEXT: Final = 1000
M, E, S = Manual, ItemEvent, ItemState


def item_of(platform: Platform, tenant_id: str, item_id: str) -> Row[Any]:
    with platform.db.read() as connection:
        row = queue.find_item(connection, tenant_id, item_id)
    if row is None:
        raise ItemUnknown(item=item_id)
    return row


def actions_of(row: Row[Any]) -> tuple[Manual, ...]:
    """What a person may decide about this item as it stands."""
    if not is_open(row):
        return ()
    possible = POLICIES[ItemClass(row.item_class)].manual
    if row.item_class == ItemClass.FEE_DIFF and not row.suspended:
        return ()
    return tuple(each for each in possible if each not in (M.ASSIGN, M.ASK_CHANNEL))


def assign(platform: Platform, who: Actor, tenant_id: str, item_id: str, owner: str) -> None:
    """Somebody takes care of it, or hands it on."""
    row, now, owner = item_of(platform, tenant_id, item_id), platform.clock.now(), owner.strip()[:120]
    if not is_open(row) or not owner:
        raise ActionImpossible(item=item_id, state=row.status)
    values = {"owner": owner, "owned_at": now}
    if row.status == S.DISCREPANT:
        ops: list[Op] = edge("reconciliation_item", row, E.ASSIGN, now, values=values, facts={"owner": owner})
    else:
        key = {"tenant_id": tenant_id, "item_id": item_id}
        ops = [Update(reconciliation_item, key, values, guard={"status": row.status})]
    platform.poster.commit(WriteSet(ops=[*ops, _told(platform, who, row, "assign", owner=owner)]))


def comment(platform: Platform, who: Actor, tenant_id: str, item_id: str, text: str) -> None:
    """Write something down about it, for whoever opens it next."""
    row, text = item_of(platform, tenant_id, item_id), text.strip()[:MAX_TEXT]
    if not text:
        raise ReasonMissing(item=item_id)
    platform.poster.commit(WriteSet(ops=[_note(platform, who, row, text)]))


def resolve(
    platform: Platform, who: Actor, tenant_id: str, item_id: str, action: Manual, reason: str, number: str = ""
) -> None:
    """Decide about an open item. A write-off is only asked for here; `approve_write_off` books it."""
    row, reason = item_of(platform, tenant_id, item_id), reason.strip()[:MAX_TEXT]
    if action not in actions_of(row):
        raise ActionImpossible(item=item_id, state=row.status, action=action.value)
    if not reason:
        raise ReasonMissing(item=item_id)
    _nothing_waits(platform, row)
    also = [_told(platform, who, row, action.value, reason=reason, number=number), _note(platform, who, row, reason)]
    if action == M.COMPLETE:
        _complete(platform, row, number.strip(), also)
    elif action == M.REFUND:
        platform.poster.commit(refund_writes(platform, row) + WriteSet(ops=also))
    elif action == M.CHARGE:
        lines, credit = _charged(platform, row)
        platform.poster.commit(_decided(platform, row, "charged", lines) + WriteSet(ops=[*credit, *also]))
    elif action == M.ACCEPT_FEE:
        cost = [(channel_cost_of(row.channel_account_id, row.currency), row.cost_diff_minor)]
        platform.poster.commit(_decided(platform, row, "accepted", cost) + WriteSet(ops=also))
    elif action == M.IGNORE:
        ops = edge("reconciliation_item", row, E.RESOLVE, platform.clock.now(), values={"resolution": "ignored"})
        platform.poster.commit(WriteSet(ops=[*ops, *also]))
    else:
        _ask_write_off(platform, who, row, reason, also)


def approve_write_off(platform: Platform, who: Actor, tenant_id: str, item_id: str) -> None:
    """Somebody else than who asked books the loss (J12.7), or takes the unclaimed money as income (J12.12)."""
    row, now = item_of(platform, tenant_id, item_id), platform.clock.now()
    asked = _waiting(platform, row)
    if not is_open(row):
        raise ActionImpossible(item=item_id, state=row.status)
    yes = approve(asked, by=who.operator_id, now=now)
    lines = [(_result_of(platform, row, ref), minor) for ref, minor in suspense_of(row)]
    writes = _decided(platform, row, "written_off", lines)
    platform.poster.commit(writes + WriteSet(ops=[yes, _told(platform, who, row, "write_off.approve")]))


def reject_write_off(platform: Platform, who: Actor, tenant_id: str, item_id: str, reason: str = "") -> None:
    """Refuse it, or take one's own request back; the item stays open."""
    row = item_of(platform, tenant_id, item_id)
    no = reject(_waiting(platform, row), by=who.operator_id, now=platform.clock.now(), reason=reason.strip()[:500])
    platform.poster.commit(WriteSet(ops=[no, _told(platform, who, row, "write_off.reject", reason=reason)]))


def waiting_write_off(platform: Platform, row: Row[Any]) -> Row[Any] | None:
    """The request that waits for a second person."""
    with platform.db.read() as connection:
        return waiting_for(connection, row.tenant_id, WRITE_OFF, row.item_id)


def _complete(platform: Platform, row: Row[Any], number: str, also: Sequence[Op]) -> None:
    """J12.2: the money belongs to this attempt; it succeeds by the statement, and goes the way its order asks for."""
    case = _case(platform, row, number)
    amount = Money(row.channel_minor, row.currency)
    fits = case is not None and case.attempt.channel_account_id == row.channel_account_id and case.amount == amount
    if case is None or not fits:
        raise PaymentNotFitting(item=row.item_id, number=number)
    evidence = Evidence(
        Outcome.SUCCEEDED, "statement", amount=amount, channel_no=row.channel_no or None, occurred_at=row.channel_at
    )
    if apply_evidence(platform, row.tenant_id, number, evidence) not in ("applied", "conflict"):
        raise PaymentNotFitting(item=row.item_id, number=number)
    close_completed(platform, row, number, also=also)


def _charged(platform: Platform, row: Row[Any]) -> tuple[list[tuple[AccountRef, int]], list[Op]]:
    """J12.6: what the merchant got for nothing it owes us now; settlement recovers it. Our fee goes back to it."""
    case = _case(platform, row, row.our_no if row.own_minor is not None else row.original_no)
    if case is None or case.transaction.kind == "recharge":
        raise ActionImpossible(f"no sale of a merchant belongs to {row.our_no or row.channel_no}", item=row.item_id)
    owed = sum(minor for _, minor in suspense_of(row))
    fee = min(case.payment.fee_minor - case.payment.fee_refunded_minor, owed) if row.own_minor is not None else 0
    payee, currency = case.transaction.payee, row.currency
    with platform.db.read() as connection:
        before = debt_of(connection, row.tenant_id, payee, currency)
    lines = [(merchant_debt(payee, currency), owed - fee), (fee_income(currency, case.payment.mode), fee)]
    key = {"tenant_id": row.tenant_id, "owner_id": payee, "currency": currency}
    return lines, [debt_op(key, before, owed - fee)]


def _decided(platform: Platform, row: Row[Any], resolution: str, lines: Sequence[tuple[AccountRef, int]]) -> WriteSet:
    """The suspense of the item is emptied into these accounts, and it is closed."""
    now, posting = platform.clock.now(), row.posting + 1
    entries = [Entry(ref, minor) for ref, minor in lines if minor]
    entries += [Entry(ref, -minor) for ref, minor in suspense_of(row)]
    journal = Journal(
        row.tenant_id, f"recon_{resolution}", "recon_item", f"{row.item_id}.{posting}", tuple(entries), now,
        memo=row.item_class,
    )  # fmt: skip
    values = {"resolution": resolution, "posting": posting}
    ops = edge("reconciliation_item", row, (E.RESOLVE, E.CLOSE), now, values=values)
    return WriteSet(ops=ops, journals=[journal])


def _ask_write_off(platform: Platform, who: Actor, row: Row[Any], reason: str, also: Sequence[Op]) -> None:
    facts = {"reason": reason, "class": row.item_class, "minor": sum(minor for _, minor in suspense_of(row))}
    now = platform.clock.now()
    _, op = ask(row.tenant_id, WRITE_OFF, row.item_id, by=who.operator_id, now=now, facts=facts)
    platform.poster.commit(WriteSet(ops=[op, *also]))


def _waiting(platform: Platform, row: Row[Any]) -> Row[Any]:
    asked = waiting_write_off(platform, row)
    with platform.db.read() as connection:
        return find_approval(connection, row.tenant_id, WRITE_OFF, asked.approval_id if asked else "")


def _nothing_waits(platform: Platform, row: Row[Any]) -> None:
    if waiting_write_off(platform, row) is not None:
        raise ActionImpossible("a write-off of this item waits for a second person", item=row.item_id)


def _result_of(platform: Platform, row: Row[Any], ref: AccountRef) -> AccountRef:
    with platform.db.read() as connection:
        mode = account_row(connection, row.tenant_id, row.channel_account_id).mode
    return AccountRef(LOSS if ref.code == "1201" else OTHER_INCOME, mode, row.currency)


def _case(platform: Platform, row: Row[Any], number: str) -> Case | None:
    with platform.db.read() as connection:
        return load_case(connection, row.tenant_id, number) if number else None


def _note(platform: Platform, who: Actor, row: Row[Any], text: str) -> Op:
    values = {
        "tenant_id": row.tenant_id, "note_id": new_id("rcn"), "item_id": row.item_id, "by": who.email[:120],
        "text": text, "created_at": platform.clock.now(),
    }  # fmt: skip
    return Insert(reconciliation_note, values)


def _told(platform: Platform, who: Actor, row: Row[Any], action: str, **after: Any) -> Op:
    now = platform.clock.now()
    return who.audit(
        row.tenant_id, f"reconciliation.{action}", "reconciliation_item", row.item_id, now,
        before={"status": row.status, "class": row.item_class}, after=after,
    )  # fmt: skip
