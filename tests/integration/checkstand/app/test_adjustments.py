"""Adjustments: one person asks with a reason and evidence, another one books; bad ones are refused at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import BalanceTooLow, UnbalancedJournal, UnknownAccount, accounting_date
from checkstand.accounting.period import find_account
from checkstand.accounting.store import journal
from checkstand.app.console_access import Actor
from checkstand.app.ledger.adjust import (
    AdjustmentInvalid,
    AdjustmentLine,
    NotOnSystemAccounts,
    approve_adjustment,
    ask_adjustment,
    reject_adjustment,
)
from checkstand.app.ledger.close_day import closable_at, close_day
from checkstand.app.two_people import ApprovalDecided, ApprovalUnknown, SamePerson

FEI = Actor("opr_fei", "fei@example.com", "")  # finance: asks
LI = Actor("opr_li", "li@example.com", "")  # finance as well: approves
LOSS = [AdjustmentLine("5002:CNY:", 700), AdjustmentLine("1002:CNY:cmb", -700)]
WHY = {"reason": "A fee of the bank that nobody had expected", "evidence": "Bank advice 2026-11-03"}


def asked(world: World, lines=LOSS, **more) -> str:
    return ask_adjustment(world.platform, FEI, LANTERN, lines, **{**WHY, **more})


def booked(world: World) -> list:
    with world.platform.db.read() as connection:
        return connection.execute(select(journal).where(journal.c.kind == "adjustment")).all()


def test_what_is_asked_for_is_not_booked(world: World) -> None:
    asked(world)

    assert booked(world) == []


def test_another_person_books_it(world: World) -> None:
    adjustment_id = approve_adjustment(world.platform, LI, LANTERN, asked(world))

    [row] = booked(world)
    assert (row.source_type, row.source_id, row.memo) == ("adjustment", adjustment_id, WHY["reason"])
    with world.platform.db.read() as connection:
        assert find_account(connection, LANTERN, "5002:CNY:").balance_minor == 700


def test_who_asked_cannot_book_it(world: World) -> None:
    approval_id = asked(world)

    with pytest.raises(SamePerson):
        approve_adjustment(world.platform, FEI, LANTERN, approval_id)
    assert booked(world) == []


def test_it_is_booked_once(world: World) -> None:
    approval_id = asked(world)
    approve_adjustment(world.platform, LI, LANTERN, approval_id)

    with pytest.raises(ApprovalDecided):
        approve_adjustment(world.platform, LI, LANTERN, approval_id)
    assert len(booked(world)) == 1


def test_a_rejected_one_cannot_be_booked(world: World) -> None:
    approval_id = asked(world)
    reject_adjustment(world.platform, LI, LANTERN, approval_id, "The bank has corrected it.")

    with pytest.raises(ApprovalDecided):
        approve_adjustment(world.platform, LI, LANTERN, approval_id)
    assert booked(world) == []


def test_another_unit_cannot_see_it(world: World) -> None:
    with pytest.raises(ApprovalUnknown):
        approve_adjustment(world.platform, LI, RIVAL, asked(world))


def test_a_closed_day_is_corrected_today(world: World) -> None:
    world.member("mei", 5_000)
    day = accounting_date(world.clock.now())
    world.clock.advance(seconds=(closable_at(day) - world.clock.now()).total_seconds())
    close_day(world.platform, LANTERN, day)
    approve_adjustment(world.platform, LI, LANTERN, asked(world, adjusts=day))

    [row] = booked(world)
    assert row.accounting_date == day + timedelta(days=1)
    assert row.memo.startswith(f"{day}: ")


REFUSED = {
    "unbalanced": ([AdjustmentLine("5002:CNY:", 700), AdjustmentLine("1002:CNY:cmb", -699)], UnbalancedJournal),
    "nothing": ([AdjustmentLine("5002:CNY:", 0), AdjustmentLine("1002:CNY:cmb", 0)], UnbalancedJournal),
    "two currencies": ([AdjustmentLine("5002:CNY:", 7), AdjustmentLine("1002:USD:cmb", -7)], UnbalancedJournal),
    "one entry": ([AdjustmentLine("5002:CNY:", 700)], AdjustmentInvalid),
    "an unknown code": ([AdjustmentLine("5999:CNY:", 7), AdjustmentLine("1002:CNY:cmb", -7)], UnknownAccount),
    "an unknown currency": ([AdjustmentLine("5002:XXX:", 7), AdjustmentLine("1002:XXX:b", -7)], UnknownAccount),
    "no account at all": ([AdjustmentLine("rent", 7), AdjustmentLine("1002:CNY:cmb", -7)], UnknownAccount),
    "below the limit": ([AdjustmentLine("2001:CNY:mei", 7), AdjustmentLine("1002:CNY:cmb", -7)], BalanceTooLow),
    "money in transit": ([AdjustmentLine("5002:CNY:", 7), AdjustmentLine("2901:CNY:pay", -7)], NotOnSystemAccounts),
    "too much": ([AdjustmentLine("5002:CNY:", 10**16), AdjustmentLine("1002:CNY:b", -(10**16))], AdjustmentInvalid),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_bad_adjustment_is_refused_when_it_is_asked_for(world: World, what: str) -> None:
    lines, error = REFUSED[what]

    with pytest.raises(error):
        asked(world, lines)


@pytest.mark.parametrize("empty", ["reason", "evidence"])
def test_reason_and_evidence_are_needed(world: World, empty: str) -> None:
    with pytest.raises(AdjustmentInvalid):
        asked(world, **{empty: "  "})


def test_a_balance_spent_meanwhile_refuses_the_booking(world: World) -> None:
    member_id = world.member("mei", 1_000)
    lines = [AdjustmentLine(f"2001:CNY:{member_id}", 900), AdjustmentLine("4009:CNY:", -900)]
    first, second = asked(world, lines), asked(world, lines)
    approve_adjustment(world.platform, LI, LANTERN, first)

    with pytest.raises(BalanceTooLow):
        approve_adjustment(world.platform, LI, LANTERN, second)
    assert len(booked(world)) == 1
