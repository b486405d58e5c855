"""CALCULATED, HELD_RECON → APPROVED and on: into the wallet at once, or by payouts to the payee's bank card.

Money moves in the commit of the approval (J11.1, J11.2, J11.5), together with the payouts that pay it: a
batch is never approved without a way to be paid.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.accounting.settlement_journals import batch_approved
from checkstand.app import two_people
from checkstand.app.edges import edge
from checkstand.app.payouts.new_payout import payout_writes
from checkstand.app.platform import Platform
from checkstand.app.settlement.facts import After, tell_batch
from checkstand.channel.port import Capability
from checkstand.channel.store import account_row
from checkstand.clearing.store import days_of, sums_of
from checkstand.infra.ops import Op
from checkstand.kernel import present
from checkstand.member import get_member, require_active, still_active
from checkstand.member.approvals import waiting_for
from checkstand.member.cards import payable_card
from checkstand.member.merchant import merchant_owner
from checkstand.member.settlement_profile import Profile, get_profile
from checkstand.reconciliation.store import closed_on
from checkstand.settlement.batch_states import WAITING, BatchEvent
from checkstand.settlement.batch_store import get_batch
from checkstand.settlement.errors import BatchDiffers, BatchNotReconciled, BatchNotWaiting, BatchUnknown

APPROVAL = "settlement_batch"
AUTOMATIC = "automatic"
E = BatchEvent


def find_batch(connection: Connection, tenant_id: str, mode: str, batch_id: str) -> Row[Any]:
    """Raises `BatchUnknown` for a batch of somebody else."""
    row = get_batch(connection, tenant_id, batch_id)
    if row is None or row.mode != mode:
        raise BatchUnknown(batch=batch_id)
    return row


def approve(platform: Platform, tenant_id: str, mode: str, batch_id: str, *, by: str, also: tuple[Op, ...] = ()) -> str:
    """One person asks, another approves: tells "asked" or "approved". Raises `SamePerson` for the same one.

    Raises `BatchNotWaiting`, `BatchNotReconciled`, and whatever stands in the way of a payout.
    """
    now = platform.clock.now()
    with platform.db.read() as connection:
        batch = find_batch(connection, tenant_id, mode, batch_id)
        require_ready(platform, connection, batch)
        question = waiting_for(connection, tenant_id, APPROVAL, batch_id)
    if question is None:
        facts = {"net_minor": batch.net_minor, "currency": batch.currency, "payee": batch.owner_id}
        _, asked = two_people.ask(tenant_id, APPROVAL, batch_id, by=by, now=now, facts=facts)
        platform.poster.commit(WriteSet(ops=[asked, *also]))
        return "asked"
    yes = two_people.approve(question, by=by, now=now)
    _commit(platform, batch, approval_writes(platform, batch, by, now) + WriteSet(ops=[yes, *also]))
    return "approved"


def decline(
    platform: Platform,
    tenant_id: str,
    mode: str,
    batch_id: str,
    *,
    by: str,
    reason: str = "",
    also: tuple[Op, ...] = (),
) -> None:
    """Say no to who asked, or take one's own question back; the batch goes on waiting."""
    with platform.db.read() as connection:
        find_batch(connection, tenant_id, mode, batch_id)
        question = waiting_for(connection, tenant_id, APPROVAL, batch_id)
    if question is None:
        raise BatchNotWaiting(batch=batch_id)
    no = two_people.reject(question, by=by, now=platform.clock.now(), reason=reason)
    platform.poster.commit(WriteSet(ops=[no, *also]))


def approve_automatically(platform: Platform, batch: Row[Any]) -> None:
    """Below the payee's limit nobody needs to look."""
    _commit(platform, batch, approval_writes(platform, batch, AUTOMATIC, platform.clock.now()))


def require_ready(platform: Platform, connection: Connection, batch: Row[Any]) -> None:
    """Whether this batch may be approved now."""
    if batch.status not in WAITING or batch.net_minor <= 0:
        raise BatchNotWaiting(batch=batch.batch_id, status=batch.status)
    if platform.settings.settle_after_recon and (days := open_days(platform, connection, batch)):
        told = ", ".join(f"{account} {day}" for account, day in days[:5])
        raise BatchNotReconciled(f"not closed: {told}", batch=batch.batch_id)


def open_days(platform: Platform, connection: Connection, batch: Row[Any]) -> list[tuple[str, str]]:
    """The channels' days among the items that reconciliation has not closed; channels without statements have none."""
    found = []
    for account_id, day in days_of(connection, batch.tenant_id, batch.batch_id):
        row = account_row(connection, batch.tenant_id, account_id)
        if row is None or Capability.STATEMENT not in platform.registry.channel(row.channel).manifest.capabilities:
            continue
        if not closed_on(connection, batch.tenant_id, account_id, day):
            found.append((account_id, day.isoformat()))
    return found


def approval_writes(platform: Platform, batch: Row[Any], by: str, now: datetime) -> WriteSet:
    """Everything that an approved batch writes."""
    with platform.db.read() as connection:
        profile = get_profile(connection, batch.tenant_id, batch.mode, batch.owner_id)
        sums = sums_of(connection, batch.tenant_id, batch.batch_id)
        guards = owner_guards(connection, batch)
        if profile.destination == "bank":
            payable_card(connection, batch.tenant_id, batch.owner_id, str(profile.card_id))
    if (sums.records, sums.pending_minor, sums.split_minor, sums.fee_due_minor) != (
        batch.items,
        batch.pending_minor,
        batch.split_minor,
        batch.fee_minor,
    ):
        raise BatchDiffers(f"{batch.batch_id}: its items are not those that were calculated", batch=batch.batch_id)
    journal = batch_approved(
        batch.tenant_id,
        batch_id=batch.batch_id,
        owner_id=batch.owner_id,
        currency=batch.currency,
        pending_minor=batch.pending_minor,
        split_minor=batch.split_minor,
        fee_minor=batch.fee_minor,
        destination=profile.destination,
        product=batch.mode,
        at=now,
    )
    writes = WriteSet(ops=guards, journals=[journal])
    values: dict[str, Any] = {"destination": profile.destination, "approved_by": by, "reason": None}
    if profile.destination == "bank":
        values["card_id"] = profile.card_id
        edges = edge("settlement_batch", batch, (E.APPROVE, E.PAY), now, values=values, facts={"by": by})
        return writes + WriteSet(ops=edges) + payouts_of_amount(platform, batch, profile, batch.net_minor, now)
    values["finished_at"] = now
    edges = edge("settlement_batch", batch, (E.APPROVE, E.PAY, E.ALL_PAID), now, values=values, facts={"by": by})
    told = tell_batch(After(batch, status="PAID", **values), "settlement.paid", now)
    return writes + WriteSet(ops=[*edges, *told])


def payouts_of_amount(
    platform: Platform, batch: Row[Any], profile: Profile, amount_minor: int, now: datetime, *, held_from: str = ""
) -> WriteSet:
    """One payout, or several where the operator limits what one of them may carry."""
    most = platform.settings.settlement_payout_most or amount_minor
    writes, left = WriteSet(), amount_minor
    while left:
        part = min(left, most)
        _, made = payout_writes(
            platform,
            tenant_id=batch.tenant_id,
            mode=batch.mode,
            kind="settlement",
            source_id=batch.batch_id,
            owner_id=batch.owner_id,
            card_id=str(profile.card_id),
            amount_minor=part,
            fee_minor=0,
            currency=batch.currency,
            held_from=held_from,
            now=now,
        )
        writes, left = writes + made, left - part
    return writes


def owner_guards(connection: Connection, batch: Row[Any]) -> list[Op]:
    """A frozen or closed payee is paid nothing, also when it is frozen at this moment."""
    if batch.owner_id == merchant_owner(batch.tenant_id, batch.mode):
        return []
    row = present(get_member(connection, batch.tenant_id, batch.owner_id), "a payee stays", member=batch.owner_id)
    require_active(row)
    return [still_active(row)]


def _commit(platform: Platform, batch: Row[Any], writes: WriteSet) -> None:
    try:
        platform.poster.commit(writes)
    except EdgeRefused:
        raise BatchNotWaiting("it has moved on at this moment", batch=batch.batch_id) from None
