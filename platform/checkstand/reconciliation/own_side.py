"""Side A, read from the ledger: what stands on the channel's receivable of a day is what has to be found there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, case, exists, func, select

from checkstand.accounting.store import account, entry, journal
from checkstand.payment import AttemptState, RefundState, attempt, refund
from checkstand.reconciliation.model import LineKind, OwnLine, OwnState, StatementLine
from checkstand.reconciliation.store import reconciliation_item

RECEIVABLE: Final = "1101"
_STRANGERS: Final = "recon_refund_out"  # what a person gave back of a payment that is none of ours
_MOVEMENTS: Final = ("channel_in", "late_in", "refund_out", _STRANGERS)
_COSTS: Final = ("channel_cost", "channel_cost_back")

_ATTEMPT_STATES: Final = {AttemptState.FAILED: OwnState.FAILED, AttemptState.CLOSED: OwnState.CLOSED}
_REFUND_STATES: Final = {RefundState.FAILED: OwnState.FAILED, RefundState.REJECTED: OwnState.FAILED}


class Known(NamedTuple):
    """What our books say about a number of the statement that is no success of that day."""

    booked: OwnLine | None = None
    state: OwnState | None = None
    amount_minor: int = 0
    our_no: str = ""


def own_lines(
    connection: Connection, tenant_id: str, channel_account_id: str, day: date, kinds: Sequence[str]
) -> Iterator[OwnLine]:
    """Successes booked on this clearing date, without those an earlier or later statement had; streamed."""
    item = reconciliation_item
    elsewhere = exists().where(
        item.c.tenant_id == journal.c.tenant_id,
        item.c.channel_account_id == channel_account_id,
        item.c.our_no == journal.c.source_id,
        item.c.own_minor.is_not(None),
        item.c.cleared_on != day,
    )
    query = _movements(tenant_id, channel_account_id).where(account.c.sub == day.isoformat(), ~elsewhere)
    for row in connection.execution_options(yield_per=5000).execute(query):
        made = _own(row)
        if made.kind in kinds:
            yield made


def known_of(connection: Connection, tenant_id: str, channel_account_id: str, line: StatementLine) -> Known:
    """What we know about a line that has no partner among the day's successes."""
    if line.kind == LineKind.PAYMENT:
        return _payment(connection, tenant_id, channel_account_id, line)
    row = connection.execute(
        select(
            refund.c.refund_id, refund.c.status, (refund.c.amount_minor - refund.c.internal_minor).label("amount_minor")
        ).where(refund.c.tenant_id == tenant_id, refund.c.refund_id == line.our_no)
    ).one_or_none()
    if row is None:
        return Known()
    booked = booked_line(connection, tenant_id, channel_account_id, row.refund_id)
    state = _REFUND_STATES.get(RefundState(row.status), OwnState.OPEN)
    return Known(booked, None if booked else state, row.amount_minor, row.refund_id)


def booked_line(connection: Connection, tenant_id: str, channel_account_id: str, our_no: str) -> OwnLine | None:
    """One success by our number, whenever it was booked."""
    query = _movements(tenant_id, channel_account_id).where(journal.c.source_id == our_no)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _own(row)


def _payment(connection: Connection, tenant_id: str, channel_account_id: str, line: StatementLine) -> Known:
    query = select(attempt.c.attempt_id, attempt.c.status, attempt.c.amount_minor).where(
        attempt.c.tenant_id == tenant_id, attempt.c.channel_account_id == channel_account_id
    )
    row = connection.execute(query.where(attempt.c.attempt_id == line.our_no)).one_or_none()
    if row is None and line.channel_no:
        row = connection.execute(query.where(attempt.c.channel_no == line.channel_no).limit(1)).one_or_none()
    if row is None:
        return Known()
    booked = booked_line(connection, tenant_id, channel_account_id, row.attempt_id)
    state = _ATTEMPT_STATES.get(AttemptState(row.status), OwnState.OPEN)
    return Known(booked, None if booked else state, row.amount_minor, row.attempt_id)


def _movements(tenant_id: str, channel_account_id: str) -> Select[Any]:
    moved = func.sum(case((journal.c.kind.in_(_MOVEMENTS), entry.c.amount_minor), else_=0))
    cost = func.sum(case((journal.c.kind.in_(_COSTS), entry.c.amount_minor), else_=0))
    back = func.max(case((journal.c.kind == _STRANGERS, 1), else_=0))
    names = (
        journal.c.source_id, account.c.currency, account.c.sub,
        attempt.c.channel_no, refund.c.refund_id, refund.c.channel_refund_no, refund.c.attempt_id,
    )  # fmt: skip
    return (
        select(
            *names,
            moved.label("moved"),
            cost.label("cost"),
            back.label("back"),
            func.min(journal.c.event_at).label("at"),
        )
        .select_from(account)
        .join(entry, (entry.c.tenant_id == account.c.tenant_id) & (entry.c.account_id == account.c.account_id))
        .join(journal, (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id))
        .outerjoin(
            attempt, (attempt.c.tenant_id == journal.c.tenant_id) & (attempt.c.attempt_id == journal.c.source_id)
        )
        .outerjoin(refund, (refund.c.tenant_id == journal.c.tenant_id) & (refund.c.refund_id == journal.c.source_id))
        .where(
            account.c.tenant_id == tenant_id,
            account.c.code == RECEIVABLE,
            account.c.owner == channel_account_id,
            journal.c.kind.in_((*_MOVEMENTS, *_COSTS)),
        )
        .group_by(journal.c.tenant_id, *names)
    )


def _own(row: Row[Any]) -> OwnLine:
    kind = LineKind.REFUND if row.refund_id or row.back else LineKind.PAYMENT
    return OwnLine(
        kind.value,
        row.source_id,
        (row.channel_refund_no if row.refund_id else row.channel_no) or "",
        row.attempt_id or "",
        abs(int(row.moved)),
        -int(row.cost),
        row.currency,
        row.at,
        date.fromisoformat(row.sub),
    )
