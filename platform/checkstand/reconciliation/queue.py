"""The work queue: open items with their age, those that somebody decided, and what was written about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from checkstand.infra.db import in_order
from checkstand.payment import AttemptState, attempt
from checkstand.reconciliation.labels import OPEN
from checkstand.reconciliation.states import ItemState
from checkstand.reconciliation.store import reconciliation_item, reconciliation_note, reconciliation_run

NEAR: Final = timedelta(minutes=30)
_I, _R, _N = reconciliation_item.c, reconciliation_run.c, reconciliation_note.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items; what is empty does not narrow."""

    item_class: str = ""
    status: str = "open"  # open | decided | different | all, or one state
    owner: str = ""
    channel_account_id: str = ""
    number: str = ""
    from_day: date | None = None
    to_day: date | None = None
    of_run: tuple[str, date] | None = None  # what this run decided, and everything of its day


def queue(
    connection: Connection,
    tenant_id: str,
    accounts: Sequence[str],
    wanted: Wanted,
    *,
    after: str = "",
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """Items of these accounts, the newest day first; `after` is the cursor of the last page's end."""
    query = _narrowed(select(reconciliation_item), tenant_id, accounts, wanted)
    if after:
        day, _, item_id = after.partition("~")
        at = date.fromisoformat(day)
        query = query.where((_I.cleared_on < at) | ((_I.cleared_on == at) & (_I.item_id > item_id)))
    return connection.execute(query.order_by(_I.cleared_on.desc(), _I.item_id).limit(limit)).all()


def cursor_of(row: Row[Any]) -> str:
    """Where the page after this row begins."""
    return f"{row.cleared_on.isoformat()}~{row.item_id}"


def ageing(connection: Connection, tenant_id: str, accounts: Sequence[str]) -> Sequence[Row[Any]]:
    """Open items per class and currency: how many, how much, and how old the oldest is."""
    size = func.abs(_I.amount_diff_minor - _I.cost_diff_minor)
    query = _narrowed(
        select(
            _I.item_class, _I.currency, func.count().label("items"), func.sum(size).label("minor"),
            func.min(_I.created_at, type_=_I.created_at.type).label("oldest_at"),
        ),
        tenant_id, accounts, Wanted(),
    )  # fmt: skip
    return connection.execute(query.group_by(_I.item_class, _I.currency).order_by(_I.item_class, _I.currency)).all()


def find_item(connection: Connection, tenant_id: str, item_id: str) -> Row[Any] | None:
    return connection.execute(
        select(reconciliation_item).where(_I.tenant_id == tenant_id, _I.item_id == item_id)
    ).one_or_none()


def find_run(connection: Connection, tenant_id: str, run_id: str) -> Row[Any] | None:
    return connection.execute(
        select(reconciliation_run).where(_R.tenant_id == tenant_id, _R.run_id == run_id)
    ).one_or_none()


def runs_page(
    connection: Connection, tenant_id: str, mode: str, *, before: str = "", limit: int = 50
) -> Sequence[Row[Any]]:
    """Runs of a mode, newest first; `before` is the last page's last id."""
    query = select(reconciliation_run).where(_R.tenant_id == tenant_id, _R.mode == mode)
    if before:
        query = query.where(_R.run_id < before)
    return connection.execute(query.order_by(_R.run_id.desc()).limit(limit)).all()


def progress(connection: Connection, tenant_id: str, run_id: str) -> int:
    """How many items a run has written so far."""
    query = select(func.count()).where(_I.tenant_id == tenant_id, _I.run_id == run_id)
    return int(connection.execute(query).scalar_one())


def notes_of(connection: Connection, tenant_id: str, item_id: str) -> Sequence[Row[Any]]:
    return connection.execute(
        select(reconciliation_note)
        .where(_N.tenant_id == tenant_id, _N.item_id == item_id)
        .order_by(in_order(_N.note_id))
        .limit(200)
    ).all()


def suggestions(connection: Connection, row: Row[Any]) -> Sequence[Row[Any]]:
    """Payments of the same amount at about the same time that did not succeed; for a person to judge, never a match."""
    at: datetime | None = row.channel_at
    if at is None or row.channel_minor is None:
        return []
    a = attempt.c
    return connection.execute(
        select(attempt)
        .where(a.tenant_id == row.tenant_id, a.channel_account_id == row.channel_account_id)
        .where(a.amount_minor == row.channel_minor, a.currency == row.currency)
        .where(a.created_at.between(at - NEAR, at + NEAR))
        .where(a.status.not_in((AttemptState.SUCCEEDED, AttemptState.SUCCEEDED_LATE)))
        .order_by(a.created_at, a.attempt_id)
        .limit(10)
    ).all()


def _narrowed(query: Select[Any], tenant_id: str, accounts: Sequence[str], wanted: Wanted) -> Select[Any]:
    query = query.where(_I.tenant_id == tenant_id, _I.channel_account_id.in_(accounts))
    if wanted.status == "open":
        query = query.where(_I.status.in_(OPEN))
    elif wanted.status == "decided":
        query = query.where(_I.status.in_((ItemState.RESOLVED, ItemState.CLOSED)), _I.item_class != "matched")
    elif wanted.status == "different":
        query = query.where(_I.item_class != "matched")
    elif wanted.status != "all":
        query = query.where(_I.status == wanted.status)
    if wanted.item_class:
        query = query.where(_I.item_class == wanted.item_class)
    if wanted.owner:
        query = query.where(_I.owner == wanted.owner)
    if wanted.channel_account_id:
        query = query.where(_I.channel_account_id == wanted.channel_account_id)
    if wanted.number:
        query = query.where((_I.our_no == wanted.number) | (_I.channel_no == wanted.number))
    if wanted.of_run:
        run_id, day = wanted.of_run
        query = query.where((_I.run_id == run_id) | (_I.cleared_on == day))
    if wanted.from_day:
        query = query.where(_I.cleared_on >= wanted.from_day)
    return query.where(_I.cleared_on <= wanted.to_day) if wanted.to_day else query
