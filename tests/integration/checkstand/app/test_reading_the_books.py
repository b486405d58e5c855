"""The books are read: trial balance, an account's statement, and where a balance comes from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import accounting_date
from checkstand.accounting.period import account_period, accounts_like, balance_history, find_account
from checkstand.accounting.trial_balance import trial_balance
from checkstand.app.ledger.explain_balance import AccountUnknown, JournalUnknown, explain_balance, explain_journal

MERCHANT = "2102:CNY:lantern/test"


@pytest.fixture
def paid(world: World) -> World:
    """Mei has paid 129 yuan with WeChat Pay, and the channel has told us."""
    session = world.session()
    world.pay(session)
    world.shop(session)
    world.settle()
    return world


def account(world: World, account_id: str):
    with world.platform.db.read() as connection:
        return find_account(connection, LANTERN, account_id)


def test_the_trial_balance_sums_to_zero(paid: World) -> None:
    today = accounting_date(paid.clock.now())
    with paid.platform.db.read() as connection:
        balance = trial_balance(connection, LANTERN, today, today)
        nobody = trial_balance(connection, RIVAL, today, today)

    lines = {line.code: (line.debit_minor, line.credit_minor, line.closing_minor) for line in balance.of("CNY")}
    assert balance.holds
    assert len(lines) == 27
    assert lines["2901"] == (12_900, 12_900, 0)
    assert lines["2102"][1] - lines["2102"][0] == -lines["2102"][2] > 12_000
    assert nobody.lines == []


def test_the_trial_balance_of_yesterday_knows_nothing_of_today(paid: World) -> None:
    today = accounting_date(paid.clock.now())
    yesterday = today - timedelta(days=1)
    with paid.platform.db.read() as connection:
        before = trial_balance(connection, LANTERN, yesterday, yesterday)
        since = trial_balance(connection, LANTERN, today, today + timedelta(days=1))

    assert {line.closing_minor for line in before.lines} == {0}
    assert since.total("CNY").debit_minor == since.total("CNY").credit_minor > 0


def test_a_statement_opens_moves_and_closes(paid: World) -> None:
    first = accounting_date(paid.clock.now())
    paid.clock.advance(days=1)
    again = paid.session()
    paid.pay(again)
    paid.shop(again)
    paid.settle()
    row = account(paid, MERCHANT)
    with paid.platform.db.read() as connection:
        one = account_period(connection, row, first, first)
        two = account_period(connection, row, first + timedelta(days=1), first + timedelta(days=1))
        history = balance_history(connection, row, first, first + timedelta(days=7))

    assert (one.opening_minor, one.entries, one.closing_minor) == (0, 1, one.up_minor)
    assert (two.opening_minor, two.closing_minor) == (one.closing_minor, one.closing_minor * 2)
    assert [line.kind for line in two.lines] == ["pay"]
    assert [(day.day, day.closing_minor) for day in history] == [
        (first, one.closing_minor),
        (first + timedelta(days=1), two.closing_minor),
    ]
    assert two.closing_minor == -row.balance_minor


def test_a_long_statement_comes_in_pages(paid: World) -> None:
    today = accounting_date(paid.clock.now())
    row = account(paid, account_of(paid, "2901"))
    with paid.platform.db.read() as connection:
        first = account_period(connection, row, today, today, limit=1)
        second = account_period(connection, row, today, today, after_seq=first.next_seq, limit=1)

    assert [line.kind for line in (*first.lines, *second.lines)] == ["channel_in", "pay"]
    assert second.next_seq is None


def account_of(world: World, code: str) -> str:
    with world.platform.db.read() as connection:
        return accounts_like(connection, LANTERN, code=code)[0].account_id


def test_accounts_are_found_by_their_owner(paid: World) -> None:
    with paid.platform.db.read() as connection:
        found = accounts_like(connection, LANTERN, search="lantern/")
        wild = accounts_like(connection, LANTERN, search="%")

    assert [row.account_id for row in found] == [MERCHANT]
    assert wild == []


def test_a_balance_is_explained_down_to_what_the_channel_said(paid: World) -> None:
    explained = explain_balance(paid.platform, LANTERN, MERCHANT)

    [(line, journal)] = explained.entries
    assert explained.balance_minor == -line.balance_after_minor == -line.amount_minor
    assert "J1.2" in [template.template_id for template in journal.templates]
    assert journal.source.kind == "payment"
    assert {"succeed"} <= {edge["event"] for edge in journal.source.history}
    [notification] = journal.source.notifications
    assert (notification["outcome"], notification["classified"]) == ("succeeded", "applied")
    assert any(said["verb"] == "pay" for said in journal.source.exchanges)


def test_a_channels_account_leads_to_its_attempt(paid: World) -> None:
    account_id = account_of(paid, "1101")
    explained = explain_balance(paid.platform, LANTERN, account_id, seq=1)

    [(_, journal)] = explained.entries
    assert (journal.journal.kind, journal.source.kind) == ("channel_in", "attempt")
    assert journal.source.facts["status"] == "SUCCEEDED"
    assert explain_journal(paid.platform, LANTERN, journal.journal.journal_id).journal == journal.journal


def test_another_units_books_are_not_found(paid: World) -> None:
    [(_, journal)] = explain_balance(paid.platform, LANTERN, MERCHANT).entries

    with pytest.raises(AccountUnknown):
        explain_balance(paid.platform, RIVAL, MERCHANT)
    with pytest.raises(JournalUnknown):
        explain_journal(paid.platform, RIVAL, journal.journal.journal_id)
