"""Days that are fetched, compared on three sides and closed, with the simulators telling what they did."""

from __future__ import annotations

import zlib
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select
from tests.integration.checkstand.reconciliation.shop import MINOR, Shop
from tests.world import LANTERN

from checkstand.app.reconcile_bank import fetch_bank_day
from checkstand.app.reconcile_close import settle_and_close
from checkstand.app.reconcile_fetch import BACK, FETCH, begin_fetching, fetch
from checkstand.app.statement_files import statement_file
from checkstand.infra.jobs import Job, job
from checkstand.infra.state_event import history_of
from checkstand.reconciliation import refused_store
from checkstand.reconciliation.bank_store import bank_entry, bank_statement, fetch_of, unfetched
from checkstand.reconciliation.store import files_of, items_of_run, statement_net


def job_of(shop: Shop, channel: str, day: object) -> Job:
    payload = {"channel_account_id": shop.account_at(channel).channel_account_id, "day": str(day)}
    return Job(LANTERN, "job_test", FETCH, "key", payload, shop.world.clock.now(), 1, "tests")


def begin(shop: Shop) -> None:
    begun = Job("platform", "job_test", "reconcile.begin", "key", {}, shop.world.clock.now(), 1, "tests")
    shop.world.platform.poster.commit(begin_fetching(shop.world.platform, begun).writes)


@pytest.mark.parametrize(("channel", "method"), [("wechat_pay", "wx"), ("alipay", "ali")])
def test_a_day_is_fetched_paid_for_by_the_bank_and_closed(shop: Shop, channel: str, method: str) -> None:
    sold = [shop.sold(minor, method) for minor in (MINOR, 700, 5_000)]
    day = shop.morning()

    assert shop.fetch(channel, day).done
    run = shop.run_of(channel, day)
    assert (run.status, run.classes) == ("POSTED", {"matched": len(sold)})
    assert not shop.closed(channel, day)

    paid = shop.channel_pays(channel, day)["paid_minor"]
    shop.morning()
    assert shop.fetch("bank", shop.today - timedelta(days=1)).done

    run = shop.run_of(channel, day)
    with shop.world.platform.db.read() as connection:
        account_id = shop.account_at(channel).channel_account_id
        assert statement_net(connection, LANTERN, account_id, day) == {"CNY": paid}
    assert (run.status, shop.owed(day), shop.closed(channel, day)) == ("CLOSED", 0, True)
    assert shop.classes(run) == {"matched": len(sold) + 1}


@pytest.mark.parametrize(("channel", "method"), [("wechat_pay", "wx"), ("alipay", "ali")])
def test_refunds_stand_in_the_bill_with_the_fee_that_comes_back(shop: Shop, channel: str, method: str) -> None:
    shop.sold(MINOR, method)
    session = shop.world.session(minor=5_000)
    shop.world.pay(session, method)
    shop.world.shop(session)
    shop.world.settle()
    assert shop.world.refund(session, 2_000).status == 201
    shop.world.later(seconds=30)
    day = shop.morning()

    assert shop.fetch(channel, day).done

    assert shop.run_of(channel, day).classes == {"matched": 3}


def test_an_empty_day_is_a_result_and_closes_by_itself(shop: Shop) -> None:
    day = shop.today - timedelta(days=1)

    assert shop.fetch("wechat_pay", day).done

    assert (shop.run_of("wechat_pay", day).status, shop.run_of("wechat_pay", day).lines) == ("CLOSED", 0)


def test_a_missing_bill_is_asked_for_every_ten_minutes_and_is_an_alarm_at_noon(shop: Shop) -> None:
    shop.sold()
    day = shop.morning()
    shop.world.fault("wechat_pay", kind="bill_late", verb="bill", times=0)

    again = fetch(shop.world.platform, job_of(shop, "wechat_pay", day))
    assert getattr(again, "due_at", None) == shop.world.clock.now() + timedelta(minutes=10)
    shop.world.clock.advance(seconds=2 * 3_600)
    fetch(shop.world.platform, job_of(shop, "wechat_pay", day))
    fetch(shop.world.platform, job_of(shop, "wechat_pay", day))
    account_id = shop.account_at("wechat_pay").channel_account_id
    with shop.world.platform.db.read() as connection:
        known = fetch_of(connection, LANTERN, account_id, day)
        alarms = [each["event"] for each in history_of(connection, LANTERN, [account_id])]
    assert known is not None
    assert (known.status, known.tries, known.alarmed) == ("waiting", 3, True)
    assert alarms == ["statement_late"]

    shop.world.clock.advance(seconds=6 * 3_600)
    given_up = fetch(shop.world.platform, job_of(shop, "wechat_pay", day))
    with shop.world.platform.db.read() as connection:
        assert [row.status for row in unfetched(connection, LANTERN, "test")] == ["given_up"]
    assert not hasattr(given_up, "due_at")


def test_each_morning_every_account_gets_a_job_for_each_day_that_is_not_here(shop: Shop) -> None:
    shop.sold()
    day = shop.morning(BACK + 2)
    shop.fetch("wechat_pay", day)
    begin(shop)

    with shop.world.platform.db.read() as connection:
        query = select(job.c.payload).where(job.c.kind == FETCH, job.c.tenant_id == LANTERN)
        rows = list(connection.execute(query).scalars())
    account_id = shop.account_at("wechat_pay").channel_account_id
    wanted = [row["day"] for row in rows if row["channel_account_id"] == account_id]
    assert sorted(wanted) == [str(day - timedelta(days=back)) for back in range(BACK - 1, 0, -1)]


def kept(shop: Shop, file_id: str) -> bytes:
    return b"".join(statement_file(shop.world.platform, LANTERN, "test", file_id).parts)


def test_a_truncated_bill_is_refused_with_its_reason_and_taken_when_it_is_whole(shop: Shop) -> None:
    shop.sold()
    day = shop.morning()
    for kind, code in (
        ("bill_truncated", "reconciliation.statement_truncated"),
        ("bill_total", "reconciliation.statement_total"),
        ("bill_encoding", "reconciliation.statement_encoding"),
    ):
        shop.world.fault("wechat_pay", kind=kind, verb="bill")
        tried = shop.fetch("wechat_pay", day)
        assert (tried.done, tried.code, bool(tried.detail)) == (False, code, True)
    with shop.world.platform.db.read() as connection:
        assert files_of(connection, LANTERN, shop.account_at("wechat_pay").channel_account_id, day) == []
        refused = refused_store.latest(connection, LANTERN, "test")
    assert [each.code.removeprefix("reconciliation.statement_") for each in refused] == [
        "encoding", "total", "truncated",
    ]  # fmt: skip
    for each in refused:
        assert sha256(kept(shop, each.file_id)).hexdigest() == each.sha256

    assert shop.fetch("wechat_pay", day).done
    assert shop.run_of("wechat_pay", day).classes == {"matched": 1}


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("bill_line_missing", {"platform_only_payment": 1, "matched": 1}),
        ("bill_line_extra", {"channel_only_payment": 1, "matched": 2}),
        ("bill_amount", {"amount_diff": 1, "matched": 1}),
        ("bill_fee", {"fee_diff": 1, "matched": 1}),
        ("bill_line_twice", {"duplicate_line": 1, "matched": 2}),
    ],
)
@pytest.mark.parametrize(("channel", "method"), [("wechat_pay", "wx"), ("alipay", "ali")])
def test_what_is_planted_in_a_bill_is_found_and_gone_when_it_is_issued_again(
    shop: Shop, channel: str, method: str, kind: str, classes: dict[str, int]
) -> None:
    shop.sold(MINOR, method)
    shop.sold(700, method)
    day = shop.morning()
    shop.world.fault(channel, kind=kind, verb="bill")

    assert shop.fetch(channel, day).done
    assert shop.run_of(channel, day).classes == classes

    assert shop.fetch(channel, day).done  # the fault is used up: the channel issues the right file
    run = shop.run_of(channel, day)
    assert (run.classes["matched"], shop.suspended()) == (2, (0, 0))
    shop.channel_pays(channel, day)
    shop.fetch("bank", shop.morning())
    assert shop.closed(channel, day)


@pytest.mark.parametrize(("extra", "found", "suspended"), [(-2, "bank_short", (2, 0)), (3, "bank_over", (0, 3))])
def test_a_bank_that_received_another_sum_is_a_discrepancy_and_the_day_is_closed(
    shop: Shop, extra: int, found: str, suspended: tuple[int, int]
) -> None:
    shop.sold()
    day = shop.morning()
    shop.fetch("wechat_pay", day)
    shop.channel_pays("wechat_pay", day, extra_minor=extra)

    shop.fetch("bank", shop.morning())

    assert shop.classes(shop.run_of("wechat_pay", day)) == {"matched": 1, found: 1}
    assert (shop.closed("wechat_pay", day), shop.suspended()) == (True, suspended)


def test_a_settlement_that_is_late_is_told_and_matched_when_it_comes(shop: Shop) -> None:
    shop.sold()
    day = shop.morning()
    shop.fetch("wechat_pay", day)
    shop.fetch("bank", shop.morning())
    assert shop.classes(shop.run_of("wechat_pay", day))["bank_late"] == 1

    shop.channel_pays("wechat_pay", day)
    shop.fetch("bank", shop.morning())

    assert shop.classes(shop.run_of("wechat_pay", day)) == {"matched": 2}
    assert shop.closed("wechat_pay", day)


def test_a_line_of_the_bank_that_belongs_to_nobody_stands_on_its_own(shop: Shop) -> None:
    shop.bank_line(500, "hello", "in")
    shop.bank_line(-300, "fee", "out")
    shop.fetch("bank", shop.morning())

    with shop.world.platform.db.read() as connection:
        lines = connection.execute(select(bank_entry)).all()
        classes = [row.item_class for line in lines for row in items_of_run(connection, LANTERN, line.statement_id)]
    assert {(line.amount_minor, line.status) for line in lines} == {(500, "ALONE"), (-300, "ALONE")}
    assert (set(classes), shop.suspended()) == ({"bank_only"}, (300, 500))


def test_money_that_came_before_its_bill_is_matched_when_the_bill_comes(shop: Shop) -> None:
    shop.sold()
    day = shop.morning()
    shop.channel_pays("wechat_pay", day)
    shop.fetch("bank", shop.morning())
    assert shop.suspended()[1] > 0

    assert shop.fetch("wechat_pay", day).done

    assert (shop.suspended(), shop.closed("wechat_pay", day)) == ((0, 0), True)


def test_a_bill_that_is_issued_again_after_the_day_was_closed_is_compared_with_the_same_line(shop: Shop) -> None:
    shop.sold()
    shop.sold(700)
    day = shop.morning()
    shop.world.fault("wechat_pay", kind="bill_amount", verb="bill")
    shop.fetch("wechat_pay", day)
    shop.channel_pays("wechat_pay", day)
    shop.fetch("bank", shop.morning())
    assert shop.classes(shop.run_of("wechat_pay", day)) == {"matched": 1, "amount_diff": 1, "bank_short": 1}

    shop.fetch("wechat_pay", day)

    assert shop.classes(shop.run_of("wechat_pay", day)) == {"matched": 3}
    assert (shop.closed("wechat_pay", day), shop.suspended()) == (True, (0, 0))


def test_the_bank_statement_is_kept_as_it_came(shop: Shop) -> None:
    shop.fetch("bank", shop.morning())
    with shop.world.platform.db.read() as connection:
        row = connection.execute(select(bank_statement)).first()
    assert row is not None
    content = zlib.decompress(row.content)
    assert (sha256(content).hexdigest(), len(content)) == (row.sha256, row.size)
    assert row.closing_minor - row.opening_minor == 0


@pytest.mark.parametrize("kind", ["truncated_file", "wrong_total", "wrong_encoding"])
def test_a_bad_bank_statement_is_refused_and_taken_when_it_is_right(shop: Shop, kind: str) -> None:
    day = shop.morning()
    shop.world.fault("bank", kind=kind, verb="statement")

    tried = shop.fetch("bank", day)
    assert (tried.done, bool(tried.code)) == (False, True)
    with shop.world.platform.db.read() as connection:
        (refused,) = refused_store.latest(connection, LANTERN, "test")
    assert (refused.code, refused.day, len(kept(shop, refused.file_id))) == (tried.code, day, refused.size)

    assert shop.fetch("bank", day).done


def test_a_bank_statement_that_is_issued_again_with_other_lines_undoes_the_old_ones(shop: Shop) -> None:
    shop.bank_line(500, "hello")
    day = shop.morning()
    shop.fetch("bank", day)
    shop.world.fault("bank", kind="reissued_statement", verb="statement")
    platform = shop.world.platform
    bank = platform.channel_accounts.load(LANTERN, shop.account_at("bank").channel_account_id)
    order = next(
        each for each in shop.world.simulators.simulators["bank"].state.orders.values() if each.title == "hello"
    )
    order.amount_minor = 450

    assert fetch_bank_day(platform, bank, day).statement_id
    settle_and_close(platform, LANTERN, "test")

    with platform.db.read() as connection:
        lines = connection.execute(select(bank_entry)).all()
    assert {(line.amount_minor, line.status) for line in lines} == {(500, "SUPERSEDED"), (450, "ALONE")}
    assert shop.suspended() == (0, 450)


def test_what_waits_near_midnight_keeps_no_day_open(shop: Shop) -> None:
    early = shop.paid()
    shop.world.clock.advance(seconds=(11 * 60 + 55) * 60)
    late = shop.paid()
    day, both = shop.today, {each.our_no: each for each in shop.agreed()}
    shop.morning()
    shop.reconcile([both[early]], day=day)
    shop.bank_line(both[early].net_minor, f"settled {shop.account.merchant_ref}-{day:%Y%m%d}")

    shop.fetch("bank", shop.morning())

    assert (shop.closed("wechat_pay", day), shop.owed(day)) == (True, both[late].net_minor)
    following = both[late]._replace(at=both[late].at + timedelta(minutes=10))
    shop.reconcile([following], day=day + timedelta(days=1), name="next.csv")
    assert shop.owed(day) == 0
    assert shop.run_of("wechat_pay", day + timedelta(days=1)).classes == {"matched": 1}
