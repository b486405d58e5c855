"""Close a member for good: only with nothing left, nothing on hold and nothing under way.

The looks come first and the commit afterwards, so the commit is guarded by the member's version: whoever begins
something with the member counts it up in the same commit (`member.status.still_active`), and then the closure loses
and looks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, exists, or_, select, type_coerce

from checkstand.accounting import EdgeRefused, WriteSet
from checkstand.accounting.reading import owned_balances
from checkstand.app.edges import edge
from checkstand.app.members.find import own_member
from checkstand.app.members.freeze_member import TRIES, checked_reason, told
from checkstand.app.platform import Platform
from checkstand.cashier.store import cashier_session
from checkstand.infra.ops import Op, Update
from checkstand.kernel import CheckstandError, Kind
from checkstand.member.cards import cards_of
from checkstand.member.enterprise import enterprise
from checkstand.member.states import CardEvent, MemberEvent, MemberState
from checkstand.member.store import member
from checkstand.payment import REFUND, attempt, payment, payment_leg, refund
from checkstand.settlement.batch_states import BATCH
from checkstand.settlement.batch_store import settlement_batch
from checkstand.settlement.payout_states import OPEN as OPEN_PAYOUT
from checkstand.settlement.payout_store import payout
from checkstand.transaction import TRANSACTION, transaction

_ENDED_REFUND: Final = tuple(state.value for state in REFUND.terminal)


class MemberHasMoney(CheckstandError):
    code = "member.has_money"
    kind = Kind.CONFLICT
    message = "This member still has money here, or owes some."
    remedy = "Pay out, settle or collect what the detail names; a member is closed with every account at zero."


class MemberIsBusy(CheckstandError):
    code = "member.is_busy"
    kind = Kind.CONFLICT
    message = "Something of this member is still under way."
    remedy = "Wait until what the detail names has ended, or end it, then close the member."


def close_member(
    platform: Platform, tenant_id: str, mode: str, member_id: str, reason: str, *, also: Sequence[Op] = ()
) -> Row[Any]:
    """The member, closed; one that is closed already stays as it is. Raises `MemberHasMoney`, `MemberIsBusy`."""
    reason = checked_reason(reason)
    for _ in range(TRIES):
        with platform.db.read() as connection:
            row = own_member(connection, tenant_id, mode, member_id)  # its version, before anything is looked at
            if row.status == MemberState.CLOSED:
                return row
            _nothing_left(connection, row)
            _nothing_under_way(platform, connection, row)
            cards = cards_of(connection, tenant_id, member_id)
        now = platform.clock.now()
        key = {"tenant_id": tenant_id, "member_id": member_id}
        ops: list[Op] = [
            Update(member, key, {"status_reason": reason, "status_at": now}, guard={"version": row.version}),
            *edge("member", row, MemberEvent.CLOSE, now, facts={"reason": reason}),
            *(op for card in cards for op in edge("bank_card", card, CardEvent.REMOVE, now)),
            *told(row, "member.closed", MemberState.CLOSED, reason, now),
            *also,
        ]
        try:
            platform.poster.commit(WriteSet(ops=ops))
        except EdgeRefused:
            continue  # something began in this moment: look again
        with platform.db.read() as connection:
            return own_member(connection, tenant_id, mode, member_id)
    raise EdgeRefused(member=member_id)


def _nothing_left(connection: Connection, row: Row[Any]) -> None:
    left = [
        f"{each.minor} minor units of {each.currency} on account {each.account_id}"
        for each in owned_balances(connection, row.tenant_id, row.member_id)
        if each.minor
    ]
    if left:
        raise MemberHasMoney("there are " + " and ".join(left), member=row.member_id)


def _nothing_under_way(platform: Platform, connection: Connection, row: Row[Any]) -> None:
    busy = ", ".join([*_under_way(connection, row), *_shares(platform, row)])
    if busy:
        raise MemberIsBusy(f"still under way: {busy}", member=row.member_id)


def _under_way(connection: Connection, row: Row[Any]) -> Iterator[str]:
    """One of each kind is enough to name; a member is closed rarely, so these may look through a while."""
    tenant_id, member_id = row.tenant_id, row.member_id
    t, p, b = transaction, payout, settlement_batch
    seller = exists().where(
        cashier_session.c.tenant_id == t.c.tenant_id,
        cashier_session.c.order_id == t.c.order_id,
        cashier_session.c.payee_id == member_id,
    )
    open_trade = select(t.c.transaction_id).where(
        t.c.tenant_id == tenant_id,
        t.c.status.not_in(TRANSACTION.terminal),
        or_(t.c.payee == member_id, seller, type_coerce(t.c.clearing, Text).like(f'%"{member_id}"%')),
    )
    if found := connection.execute(open_trade.limit(1)).scalar():
        yield f"transaction {found}"
    open_payout = select(p.c.payout_id).where(
        p.c.tenant_id == tenant_id, p.c.owner_id == member_id, p.c.status.in_(OPEN_PAYOUT)
    )
    if found := connection.execute(open_payout.limit(1)).scalar():
        yield f"payout {found}"
    open_batch = select(b.c.batch_id).where(
        b.c.tenant_id == tenant_id, b.c.owner_id == member_id, b.c.status.not_in(BATCH.terminal)
    )
    if found := connection.execute(open_batch.limit(1)).scalar():
        yield f"settlement batch {found}"
    if found := _open_refund(connection, tenant_id, member_id):
        yield f"refund {found}"
    settled = select(enterprise.c.member_id).where(
        enterprise.c.tenant_id == tenant_id,
        enterprise.c.settlement_owner_id == member_id,
        enterprise.c.member_id != member_id,
        exists().where(
            member.c.tenant_id == tenant_id,
            member.c.member_id == enterprise.c.member_id,
            member.c.status != MemberState.CLOSED,
        ),
    )
    if found := connection.execute(settled.limit(1)).scalar():
        yield f"the settlement of member {found}"


def _shares(platform: Platform, row: Row[Any]) -> Iterator[str]:
    """The scenarios that give it a part of every sale, by our id or by the business unit's own."""
    named = (row.member_id, row.external_id)
    for plan in platform.plans.all_published(row.tenant_id, row.mode, limit=10_000):
        if any(split.member in named for split in plan.splits):
            yield f"its share of the sales of scenario {plan.scenario_id}"


def _open_refund(connection: Connection, tenant_id: str, member_id: str) -> str | None:
    """A refund that takes from this member's accounts or gives to its balance."""
    query = (
        select(refund.c.refund_id, transaction.c.payee, attempt.c.instruction)
        .join(payment, (payment.c.tenant_id == refund.c.tenant_id) & (payment.c.payment_id == refund.c.payment_id))
        .join(
            transaction,
            (transaction.c.tenant_id == payment.c.tenant_id)
            & (transaction.c.transaction_id == payment.c.transaction_id),
        )
        .join(attempt, (attempt.c.tenant_id == refund.c.tenant_id) & (attempt.c.attempt_id == refund.c.attempt_id))
        .where(refund.c.tenant_id == tenant_id, refund.c.status.not_in(_ENDED_REFUND))
    )
    for each in connection.execute(query):
        if member_id in (each.payee, each.instruction.get("member_id")):
            return str(each.refund_id)
    partly = (
        select(refund.c.refund_id)
        .join(
            payment_leg,
            (payment_leg.c.tenant_id == refund.c.tenant_id) & (payment_leg.c.payment_id == refund.c.payment_id),
        )
        .where(
            refund.c.tenant_id == tenant_id,
            refund.c.status.not_in(_ENDED_REFUND),
            refund.c.internal_minor > 0,
            payment_leg.c.member_id == member_id,
        )
    )
    return connection.execute(partly.limit(1)).scalar()
