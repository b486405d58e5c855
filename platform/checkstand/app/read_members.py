"""Members and their balances as the finance people of a business unit see them; every look is on the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from checkstand.accounting import AccountRef, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.accounting.reading import StatementLine, account_statement, balance, balances_of
from checkstand.app.console_access import Actor
from checkstand.app.members.facts import PAYEE_ACCOUNTS
from checkstand.app.platform import Platform
from checkstand.kernel import Money
from checkstand.member import MemberNotFound, find_member, get_member, member

PAGE: Final = 50
LINES: Final = 30
CURRENCY: Final = "CNY"
BALANCE: Final = "2001"  # what a member can spend
HELD: Final = "2002"  # set aside for payments under way


@dataclass(frozen=True, slots=True)
class MemberFound:
    member: Row[Any]
    balances: Sequence[Money]


@dataclass(frozen=True, slots=True)
class MemberPage:
    found: list[MemberFound]
    next_cursor: str = ""


@dataclass(frozen=True, slots=True)
class MemberRead:
    """One member: what they have, what is on hold, and the entries of one currency, newest first."""

    member: Row[Any]
    balances: Sequence[Money]
    held: Sequence[Money]
    currency: str
    lines: list[StatementLine]
    next_before: int | None
    payee: Mapping[str, int]  # an enterprise's sales, by what becomes of them: pending, available, deposit, debt
    payee_currency: str = CURRENCY


def search_members(
    platform: Platform, who: Actor, tenant_id: str, mode: str, *, external_id: str = "", after: str = "", kind: str = ""
) -> MemberPage:
    """A page by external id, of one kind if that is named, or the one member that has exactly this id."""
    with platform.db.read() as connection:
        if external_id:
            row = find_member(connection, tenant_id, mode, external_id.strip())
            rows = [row] if row is not None else []
        else:
            rows = _by_external_id(connection, tenant_id, mode, after, kind)
        shown = rows[:PAGE]
        owned = balances_of(connection, tenant_id, BALANCE, [row.member_id for row in shown])
    told = who.audit(tenant_id, "members.list", "member", external_id[:64] or "*", platform.clock.now(), mode=mode)
    platform.poster.commit(WriteSet(ops=[told]))
    found = [MemberFound(row, owned.get(row.member_id, ())) for row in shown]
    return MemberPage(found, shown[-1].external_id if len(rows) > PAGE else "")


def read_member(
    platform: Platform,
    who: Actor,
    tenant_id: str,
    mode: str,
    member_id: str,
    *,
    currency: str = "",
    before: int | None = None,
) -> MemberRead:
    """One member. Raises `MemberNotFound`, also for another unit's."""
    with platform.db.read() as connection:
        row = get_member(connection, tenant_id, member_id)
        if row is None or row.mode != mode:
            raise MemberNotFound(member=member_id)
        balances = balances_of(connection, tenant_id, BALANCE, [member_id]).get(member_id, ())
        held = balances_of(connection, tenant_id, HELD, [member_id]).get(member_id, ())
        known = [money.currency for money in balances]
        wanted = currency if currency in known else next(iter(known), "")
        payee = _payee_balances(connection, row)
        lines: list[StatementLine] = []
        if wanted:
            ref = member_balance(member_id, wanted)
            lines = account_statement(connection, tenant_id, ref, before_seq=before, limit=LINES + 1)
    told = who.audit(tenant_id, "member.read", "member", member_id, platform.clock.now(), mode=mode)
    platform.poster.commit(WriteSet(ops=[told]))
    following = lines[LINES - 1].seq if len(lines) > LINES else None
    return MemberRead(row, balances, [money for money in held if money.minor], wanted, lines[:LINES], following, payee)


def _payee_balances(connection: Connection, row: Row[Any]) -> dict[str, int]:
    if row.kind != "enterprise":
        return {}
    return {
        name: balance(connection, row.tenant_id, AccountRef(code, row.member_id, CURRENCY))
        for name, code in PAYEE_ACCOUNTS.items()
    }


def _by_external_id(connection: Connection, tenant_id: str, mode: str, after: str, kind: str) -> list[Row[Any]]:
    """A page and one more, in the order of the index."""
    mine = select(member).where(member.c.tenant_id == tenant_id, member.c.mode == mode, member.c.external_id > after)
    mine = mine.where(member.c.kind == kind) if kind else mine
    return list(connection.execute(mine.order_by(member.c.external_id).limit(PAGE + 1)))
