"""What others are told about the books."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.checkstand.accounting.world import LANTERN_BOOKS, MEI, NOW, RIVAL, TENANT, WECHAT, moved, spent

from checkstand.accounting import (
    AccountRef,
    Poster,
    WriteSet,
    account_statement,
    balance,
    in_transit,
    journals,
    journals_of,
)
from checkstand.infra.db import Database
from checkstand.kernel import SystemClock


def test_a_balance_counts_on_its_normal_side(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1", 250)]))

    with db.read() as connection:
        assert [balance(connection, TENANT, ref) for ref in (WECHAT, MEI, LANTERN_BOOKS)] == [250, 250, 0]


def test_a_statement_is_read_page_by_page(poster: Poster, db: Database) -> None:
    for i in range(5):
        poster.commit(WriteSet(journals=[moved(f"p{i}", 10)]))
    poster.commit(WriteSet(journals=[spent("s1", 30)]))

    with db.read() as connection:
        first = account_statement(connection, TENANT, MEI, limit=4)
        second = account_statement(connection, TENANT, MEI, limit=4, before_seq=first[-1].seq)
        rivals = account_statement(connection, RIVAL, MEI)

    assert [(line.seq, line.amount_minor, line.balance_after_minor) for line in first + second] == [
        (6, -30, 20), (5, 10, 50), (4, 10, 40), (3, 10, 30), (2, 10, 20), (1, 10, 10),
    ]  # fmt: skip
    assert (first[0].kind, first[0].source_type, first[0].source_id) == ("spend", "payment", "s1")
    assert rivals == []


def test_the_story_of_a_payment_has_its_journals_in_order(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1", 70), spent("p1", 70)]))
    poster.commit(WriteSet(journals=[moved("p2")]))

    with db.read() as connection:
        told = journals_of(connection, TENANT, ["p1"])
        assert journals_of(connection, RIVAL, ["p1"]) == journals_of(connection, TENANT, []) == []

    assert [(one.kind, one.event_at, one.reverses) for one in told] == [("recharge", NOW, None), ("spend", NOW, None)]
    assert [(line.code, line.owner, line.amount_minor) for line in told[1].entries] == [
        ("2001", "mei", 70), ("2102", "lantern_books", -70),
    ]  # fmt: skip


def test_money_in_transit_is_listed_until_it_arrives(poster: Poster, db: Database) -> None:
    refund = {"refund_id": "rfd_1", "currency": "CNY", "amount_minor": 60, "event_at": NOW}
    poster.commit(WriteSet(journals=[moved("p1", credit=LANTERN_BOOKS)]))
    poster.commit(
        WriteSet(journals=[journals.refund_reserve(TENANT, merchant_id="lantern_books", fee_share_minor=0, **refund)])
    )

    with db.read() as connection:
        (open_refund,) = in_transit(connection, tenant_id=TENANT)
        assert in_transit(connection, tenant_id=RIVAL) == []
        assert in_transit(connection, before=SystemClock().now() - timedelta(hours=1)) == []
    assert (open_refund.code, open_refund.owner, open_refund.balance_minor) == ("2201", "rfd_1", 60)

    poster.commit(WriteSet(journals=[journals.refund_out(TENANT, channel_account="wechat", **refund)]))
    with db.read() as connection:
        assert in_transit(connection) == []


def test_a_reversal_names_the_journal_it_undoes(poster: Poster, db: Database) -> None:
    poster.commit(WriteSet(journals=[moved("p1")]))
    with db.read() as connection:
        wrong = journals_of(connection, TENANT, ["p1"])[0].journal_id

    poster.commit(WriteSet(journals=[moved("p1", debit=MEI, credit=WECHAT, kind="adjustment", reverses=wrong)]))

    with db.read() as connection:
        assert journals_of(connection, TENANT, ["p1"])[1].reverses == wrong
        assert balance(connection, TENANT, AccountRef("2001", "mei", "CNY")) == 0
