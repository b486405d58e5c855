"""What must hold of reconciled days (money.md §6, I15 and I16): every difference has its place, and the bank agrees."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, String, case, cast, func, select

from checkstand.accounting.calendar import ACCOUNTING_ZONE
from checkstand.accounting.invariants import Check, Finding, Proof
from checkstand.accounting.store import account, entry, journal
from checkstand.reconciliation.bank_store import bank_statement
from checkstand.reconciliation.own_side import RECEIVABLE
from checkstand.reconciliation.states import ItemState, RunState
from checkstand.reconciliation.store import pending_net, reconciliation_item, reconciliation_run

LIMIT: Final = 100
SUSPENSE: Final = ("1201", "2601")
DEPOSITS: Final = ("1001", "1002")
CASH: Final = ("1001", "1101")
OWED: Final = ("2001", "2002", "2101", "2102", "2103", "2104", "2201", "2202", "2301", "2501", "2601")
_OPEN: Final = (ItemState.DISCREPANT, ItemState.ASSIGNED)

_A, _I, _R, _S = account.c, reconciliation_item.c, reconciliation_run.c, bank_statement.c


def _closed_days(connection: Connection) -> Proof:
    """1101 of a closed day is zero but for what waits near midnight."""
    owed = func.coalesce(func.sum(_A.balance_minor), 0)
    days = connection.execute(
        select(_R.tenant_id, _R.run_id, _R.channel_account_id, _R.cleared_on, _A.currency, owed.label("owed_minor"))
        .select_from(reconciliation_run)
        .join(account, (_A.tenant_id == _R.tenant_id) & (_A.owner == _R.channel_account_id))
        .where(_A.code == RECEIVABLE, _A.sub == cast(_R.cleared_on, String))
        .where(_R.status == RunState.CLOSED)
        .group_by(_R.tenant_id, _R.run_id, _R.channel_account_id, _R.cleared_on, _A.currency)
    ).all()
    findings = []
    for row in days:
        if row.owed_minor:
            pending = pending_net(connection, row.tenant_id, row.channel_account_id, row.cleared_on)
            if pending.get(row.currency, 0) != row.owed_minor:
                facts = {"day": row.cleared_on.isoformat(), "owed_minor": row.owed_minor}
                findings.append(Finding(row.run_id, "a closed day still stands on the receivable", facts))
    closed = connection.execute(select(func.count()).where(_R.status == RunState.CLOSED)).scalar_one()
    return Proof({"reconciliation_run": int(closed)}, tuple(findings[:LIMIT]))


def _open_items(connection: Connection) -> Proof:
    """1201 and 2601 of every item are what is open of it, and no other item has anything there."""
    expected = case(
        (
            _I.status.in_(_OPEN) | ((_I.status == ItemState.RESOLVED) & (_I.resolution == "ignored")),
            -_I.amount_diff_minor + case((_I.suspended, _I.cost_diff_minor), else_=0),
        ),
        else_=0,
    )
    stands = (
        select(func.coalesce(func.sum(_A.balance_minor), 0))
        .where(_A.tenant_id == _I.tenant_id, _A.owner == _I.item_id, _A.code.in_(SUSPENSE))
        .scalar_subquery()
    )
    rows = connection.execute(
        select(_I.item_id, _I.item_class, _I.status, expected.label("open_minor"), stands.label("stands_minor"))
        .where(stands != expected)
        .limit(LIMIT)
    ).mappings()
    findings = tuple(
        Finding(row["item_id"], "what stands for an item is not what is open of it", dict(row)) for row in rows
    )
    count = connection.execute(select(func.count()).select_from(reconciliation_item)).scalar_one()
    return Proof({"reconciliation_item": int(count)}, findings)


def _bank_agrees(connection: Connection) -> Proof:
    """Each deposit at the end of its last statement is what the bank says it is."""
    findings = []
    statements = _last_statements(connection)
    for each in statements:
        ends = datetime.combine(each.day + timedelta(days=1), time(0), ACCOUNTING_ZONE)
        booked = _deposit_at(connection, each, ends)
        if booked != each.closing_minor:
            facts = {"day": each.day.isoformat(), "booked_minor": booked, "bank_minor": each.closing_minor}
            findings.append(Finding(each.bank_account_id, "the deposit is not the bank's closing balance", facts))
    return Proof({"bank_statement": len(statements)}, tuple(findings[:LIMIT]))


def _reserve(connection: Connection) -> Proof:
    """In custody what we hold covers what we owe to customers."""
    rows = connection.execute(
        select(
            _A.tenant_id, _A.currency,
            func.sum(case((_A.code.in_(CASH), _A.balance_minor), else_=0)).label("cash_minor"),
            func.sum(case((_A.code.in_(OWED), -_A.balance_minor), else_=0)).label("owed_minor"),
        ).group_by(_A.tenant_id, _A.currency)
    ).all()  # fmt: skip
    findings = [
        Finding(row.tenant_id, "the reserve does not cover what is owed to customers", dict(row._mapping))
        for row in rows
        if row.cash_minor < row.owed_minor
    ]
    return Proof({"account": len(rows)}, tuple(findings[:LIMIT]))


def _last_statements(connection: Connection) -> list[Row[Any]]:
    last = (
        select(_S.tenant_id, _S.bank_account_id, func.max(_S.day).label("day"))
        .group_by(_S.tenant_id, _S.bank_account_id)
        .subquery()
    )
    columns = (_S.tenant_id, _S.bank_account_id, _S.day, _S.version, _S.currency, _S.closing_minor)
    rows = connection.execute(
        select(*columns)
        .join(
            last,
            (last.c.tenant_id == _S.tenant_id)
            & (last.c.bank_account_id == _S.bank_account_id)
            & (last.c.day == _S.day),
        )
        .order_by(_S.tenant_id, _S.bank_account_id, _S.version)
    )
    latest: dict[tuple[str, str], Any] = {}
    for row in rows:
        latest[row.tenant_id, row.bank_account_id] = row
    return list(latest.values())


def _deposit_at(connection: Connection, statement: Row[Any], ends: datetime) -> int:
    query = (
        select(func.coalesce(func.sum(entry.c.amount_minor), 0))
        .select_from(account)
        .join(entry, (entry.c.tenant_id == account.c.tenant_id) & (entry.c.account_id == account.c.account_id))
        .join(journal, (journal.c.tenant_id == entry.c.tenant_id) & (journal.c.journal_id == entry.c.journal_id))
        .where(_A.tenant_id == statement.tenant_id, _A.code.in_(DEPOSITS), _A.owner == statement.bank_account_id)
        .where(_A.currency == statement.currency, journal.c.event_at < ends)
    )
    return int(connection.execute(query).scalar_one())


def reconciliation_checks(fund_mode: str) -> list[Check]:
    """The checks that mean something in this fund mode: only in custody there is a reserve to cover anything."""
    checks = [
        Check("I15", "the receivable of a closed day is zero, but for what waits near midnight", _closed_days),
        Check("I15", "what stands on 1201 and 2601 is the sum of the open items", _open_items),
        Check("I16", "each deposit is the bank's closing balance", _bank_agrees),
    ]
    if fund_mode == "custody":
        checks.append(Check("I16", "the reserve covers what is owed to customers", _reserve))
    return checks
