"""A day against its statement, in books that balance before and after."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.integration.checkstand.reconciliation.shop import Shop, net
from tests.unit.checkstand.reconciliation.statements import SHANGHAI, wechat
from tests.world import LANTERN, RIVAL

from checkstand.app.reconcile import Day, reconcile
from checkstand.app.statement_files import statement_file
from checkstand.channel.port import Outcome
from checkstand.channel.store import NoSuchAccount
from checkstand.infra.state_event import history_of
from checkstand.kernel import CheckstandError
from checkstand.payment import get_attempt, get_payment, refunds_of_payment
from checkstand.reconciliation import errors
from checkstand.reconciliation.own_side import own_lines
from checkstand.reconciliation.store import (
    files_of,
    reconciliation_file,
    reconciliation_item,
    reconciliation_run,
    runs_of_day,
)


def test_a_day_that_agrees_books_nothing(shop: Shop) -> None:
    for _ in range(3):
        shop.paid()
    owed, booked = shop.owed(), shop.journals()

    run = shop.reconcile(shop.agreed())

    assert (run.status, run.classes, run.lines) == ("POSTED", {"matched": 3}, 3)
    assert (shop.owed(), shop.journals()) == (owed, booked)


def test_each_planted_difference_is_found_and_the_receivable_becomes_the_statement(shop: Shop) -> None:
    names = ("fine", "missing", "less", "more", "penny", "dear", "twice")
    paid = {name: shop.paid() for name in names}
    opened, closed, failed, other = (shop.begun() for _ in range(4))
    shop.said(closed, Outcome.CLOSED)
    shop.said(failed, Outcome.FAILED)
    changes = {
        paid["less"]: {"gross_minor": 12_000},
        paid["more"]: {"gross_minor": 13_000},
        paid["penny"]: {"fee_minor": 50},
        paid["dear"]: {"fee_minor": 80},
    }
    lines = [each._replace(**changes.get(each.our_no, {})) for each in shop.agreed() if each.our_no != paid["missing"]]
    lines += [each for each in lines if each.our_no == paid["twice"]]
    lines += [shop.line(each) for each in (opened, closed, failed)]
    lines += [shop.line(other, 5_000, 19), shop.line("stranger", 700, 3)]
    lines += [shop.line("elsewhere", 300, -1, kind="refund", original_no="stranger")]

    run = shop.reconcile(lines)
    items = shop.items(run)

    assert run.status == "POSTED"
    assert run.classes == {
        "matched": 2, "platform_only_payment": 1, "amount_diff": 3, "fee_diff": 2, "duplicate_line": 1,
        "channel_only_open": 1, "channel_only_closed": 1, "status_diff": 1, "channel_only_payment": 1,
        "channel_only_refund": 1,
    }  # fmt: skip
    assert {name: items[number].item_class for name, number in paid.items() if name != "twice"} == {
        "fine": "matched", "missing": "platform_only_payment", "less": "amount_diff", "more": "amount_diff",
        "penny": "fee_diff", "dear": "fee_diff",
    }  # fmt: skip
    assert shop.owed() == net(lines)  # by construction, whatever was planted
    # Short: missing, less, the dear fee, somebody's refund. Long: more, the second line, other's and the stranger's.
    assert shop.suspended() == (12_900 + 900 + 31 + 300, 100 + 12_900 + 5_000 + 700)
    assert (items[paid["penny"]].status, items[paid["penny"]].resolution) == ("CLOSED", "tolerated")
    assert items[paid["dear"]].status == "DISCREPANT"


def test_the_statement_is_the_last_word_on_an_attempt(shop: Shop) -> None:
    opened, closed = shop.begun(), shop.begun()
    shop.said(closed, Outcome.CLOSED)

    items = shop.items(shop.reconcile([shop.line(opened), shop.line(closed)]))

    assert {(row.item_class, row.status, row.resolution) for row in items.values()} == {
        ("channel_only_open", "CLOSED", "completed"),
        ("channel_only_closed", "CLOSED", "completed"),
    }
    with shop.world.platform.db.read() as connection:
        attempts = [get_attempt(connection, LANTERN, each) for each in (opened, closed)]
        assert [each.status for each in attempts if each] == ["SUCCEEDED", "SUCCEEDED_LATE"]
        kept, late = [get_payment(connection, LANTERN, each.payment_id) for each in attempts if each]
        assert kept is not None
        assert late is not None
        assert (kept.status, late.status) == ("SUCCEEDED", "CLOSED")
        assert [row.cause for row in refunds_of_payment(connection, LANTERN, late.payment_id)] == ["late"]
        history = history_of(connection, LANTERN, [items[opened].item_id])
    assert [row["event"] for row in history] == ["differ", "resolve", "close"]


def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    shop.paid()
    lines = [*shop.agreed(), shop.line("stranger")]
    first = shop.reconcile(lines)
    booked = shop.journals()

    again = shop.reconcile(lines, name="renamed.csv")

    assert (again.run_id, again.version, shop.journals()) == (first.run_id, first.version, booked)


def test_a_run_that_was_interrupted_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkstand.app.reconcile.CHUNK", 1)
    lines = [shop.line(f"stranger_{n}", 100 + n) for n in range(4)] + [shop.line(shop.begun())]
    commit, left = shop.world.platform.poster.commit, 5  # the file's part, the run, three items

    def dies(write_set: object) -> None:
        nonlocal left
        if left == 0:
            raise RuntimeError("kill -9")
        left -= 1
        commit(write_set)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.world.platform.poster, "commit", dies)
    with pytest.raises(RuntimeError):
        shop.reconcile(lines)
    monkeypatch.setattr(shop.world.platform.poster, "commit", commit)

    run = shop.reconcile(lines)

    assert (run.status, run.classes) == ("POSTED", {"channel_only_open": 1, "channel_only_payment": 4})
    assert shop.owed() == net(lines)


def test_every_version_of_a_re_issued_file_is_kept_and_the_newest_counts(shop: Shop) -> None:
    kept, missing, less = shop.paid(), shop.paid(), shop.paid()
    right = shop.agreed()
    wrong = [each for each in right if each.our_no == kept]
    wrong += [shop.line(less, 12_000), shop.line("stranger", 700, 3)]
    first = shop.reconcile(wrong, name="first.csv")
    assert shop.owed() == net(wrong)

    second = shop.reconcile(right, name="second.csv")

    assert (second.status, second.classes) == ("POSTED", {"channel_only_payment": 1, "matched": 3})
    assert shop.owed() == net(right)
    assert shop.suspended() == (0, 0)
    items = shop.items(second)
    assert (items["stranger"].status, items["stranger"].resolution) == ("CLOSED", "withdrawn")
    with shop.world.platform.db.read() as connection:
        account_id = shop.account.channel_account_id
        files = files_of(connection, LANTERN, account_id, shop.today)
        runs = runs_of_day(connection, LANTERN, account_id, shop.today)
        history = history_of(connection, LANTERN, [items[missing].item_id])
    contents = [b"".join(statement_file(shop.world.platform, LANTERN, "test", each.file_id).parts) for each in files]
    assert [(each.name, each.version) for each in files] == [("first.csv", 1), ("second.csv", 2)]
    assert [sha256(each).hexdigest() for each in contents] == [each.sha256 for each in files]
    assert contents == [wechat(each, payee=shop.account.merchant_ref) for each in (wrong, right)]
    assert {each.run_id: each.status for each in runs} == {first.run_id: "SUPERSEDED", second.run_id: "POSTED"}
    assert [row["event"] for row in history] == ["differ", "correct", "match"]


@pytest.mark.parametrize("found_on", [1, 2])
def test_a_payment_before_midnight_may_be_in_a_later_statement(shop: Shop, found_on: int) -> None:
    day = shop.today
    late = shop.paid(
        at=shop.world.clock.now().astimezone(SHANGHAI).replace(hour=23, minute=50, second=0, microsecond=0)
    )
    owed = shop.owed()
    assert shop.reconcile([]).classes == {"pending_cutoff": 1}
    assert (shop.owed(), shop.suspended()) == (owed, (0, 0))  # valued, not posted
    for number in range(1, found_on + 1):
        shop.world.clock.advance(seconds=86_400)
        midnight = shop.world.clock.now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=5, microsecond=0)
        lines = [shop.line(late, at=midnight)] if number == found_on else []
        run = shop.reconcile(lines)

    assert (run.classes, shop.items(run)[late].status) == ({"matched": 1}, "MATCHED")
    assert (shop.owed(day), shop.owed()) == (0, owed)  # the claim moved to the date on which it is cleared


def test_after_two_statements_nobody_waits_any_longer(shop: Shop) -> None:
    day = shop.today
    shop.paid(at=shop.world.clock.now().astimezone(SHANGHAI).replace(hour=23, minute=50))
    shop.reconcile([])
    classes = []
    for _ in range(2):
        shop.world.clock.advance(seconds=86_400)
        classes.append(shop.reconcile([]).classes)

    assert classes == [{}, {"platform_only_payment": 1}]
    assert (shop.owed(day), shop.suspended()) == (0, (12_900, 0))


def test_a_missing_line_that_appears_later_settles_the_difference(shop: Shop) -> None:
    day, missing = shop.today, shop.paid()
    shop.reconcile([])
    assert shop.suspended() == (12_900, 0)
    shop.world.clock.advance(seconds=86_400)
    lines = [shop.line(missing)]

    item = shop.items(shop.reconcile(lines))[missing]

    assert (item.status, item.resolution, shop.suspended()) == ("CLOSED", "appeared", (0, 0))
    assert (shop.owed(day), shop.owed()) == (0, net(lines))


@pytest.mark.parametrize("known", [True, False])
def test_a_line_in_two_days_statements_is_a_repetition(shop: Shop, known: bool) -> None:
    number = shop.paid() if known else "stranger"
    shop.reconcile([shop.line(number)])
    shop.world.clock.advance(seconds=86_400)
    lines = [shop.line(number)]

    run = shop.reconcile(lines)

    assert run.classes == {"duplicate_line": 1}
    assert shop.owed() == net(lines)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda whole: whole[:-40], errors.StatementTruncated),
        (lambda whole: whole.replace(b"`2,", b"`3,"), errors.StatementTotalWrong),
        (lambda whole: whole.decode("utf-8-sig").encode("gbk"), errors.StatementEncodingWrong),
    ],
)
def test_nothing_of_a_damaged_file_is_used(
    shop: Shop, damage: object, error: type[CheckstandError], tmp_path: Path
) -> None:
    lines = [shop.line("one"), shop.line("two")]
    path = tmp_path / "bill.csv"
    path.write_bytes(damage(wechat(lines, payee=shop.account.merchant_ref)))  # type: ignore[operator]
    booked = shop.journals()

    with pytest.raises(error):
        reconcile(shop.world.platform, Day(LANTERN, shop.account.channel_account_id, shop.today), path)

    with shop.world.platform.db.read() as connection:
        tables = (reconciliation_file, reconciliation_run, reconciliation_item)
        assert [connection.execute(select(func.count()).select_from(each)).scalar() for each in tables] == [0] * 3
    assert shop.journals() == booked


def test_another_unit_cannot_reconcile_this_account(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(NoSuchAccount):
        reconcile(shop.world.platform, Day(RIVAL, shop.account.channel_account_id, shop.today), tmp_path / "none")


def test_a_refund_is_listed_on_the_day_it_was_asked_for(shop: Shop) -> None:
    """Ours stands on the day it succeeded; the claim follows the statement."""
    session = shop.world.session()
    shop.world.pay(session)
    shop.world.shop(session)
    shop.world.settle()
    day = shop.today
    asked_at = shop.world.clock.now().replace(microsecond=0)
    shop.world.clock.advance(seconds=timedelta(hours=20).total_seconds())
    assert shop.world.refund(session, 3_000).status in (201, 202)
    shop.world.settle()
    shop.world.later(minutes=10)
    (refund,) = shop.world.refunds(session)
    assert (refund["status"].upper(), shop.today > day) == ("SUCCEEDED", True)
    with shop.world.platform.db.stream() as connection:
        (paid,) = own_lines(connection, LANTERN, shop.account.channel_account_id, day, ("payment",))
        (back,) = own_lines(connection, LANTERN, shop.account.channel_account_id, shop.today, ("refund",))
    lines = [
        shop.line(paid.our_no, fee=paid.fee_minor, at=asked_at),
        shop.line(back.our_no, 3_000, back.fee_minor, kind="refund", original_no=paid.our_no, at=asked_at),
    ]

    run = shop.reconcile(lines, day)

    assert run.classes == {"matched": 2}
    assert (shop.owed(day), shop.owed()) == (net(lines), 0)
