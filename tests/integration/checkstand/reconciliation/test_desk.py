"""What people decide about a difference, and that the books say the same afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from tests.integration.checkstand.reconciliation.shop import MINOR, Shop
from tests.world import LANTERN, RIVAL

from checkstand.accounting.store import account
from checkstand.app.console_access import Actor
from checkstand.app.reconcile_desk import (
    actions_of,
    approve_write_off,
    assign,
    comment,
    item_of,
    reject_write_off,
    resolve,
    waiting_write_off,
)
from checkstand.app.two_people import ApprovalUnknown, SamePerson
from checkstand.payment import get_attempt
from checkstand.reconciliation.classes import Manual as M
from checkstand.reconciliation.errors import ActionImpossible, ItemUnknown, PaymentNotFitting, ReasonMissing
from checkstand.reconciliation.queue import Wanted, ageing, notes_of, queue, suggestions

OTTO = Actor("opr_otto", "otto@example.com", "127.0.0.1")
ADA = Actor("opr_ada", "ada@example.com", "127.0.0.1")
WHY = "The channel confirmed it by letter 12."


def stranger(shop: Shop) -> str:
    """A payment on the statement that nobody here knows; its item."""
    items = shop.items(shop.reconcile([*shop.agreed(), shop.line("stranger", 700, 3)]))
    return str(items["stranger"].item_id)


def missing(shop: Shop) -> str:
    """A success of ours that the statement does not have; its item."""
    paid = shop.paid()
    items = shop.items(shop.reconcile([each for each in shop.agreed() if each.our_no != paid]))
    return str(items[paid].item_id)


def balance(shop: Shop, code: str) -> int:
    with shop.world.platform.db.read() as connection:
        query = select(func.coalesce(func.sum(account.c.balance_minor), 0))
        return int(connection.execute(query.where(account.c.tenant_id == LANTERN, account.c.code == code)).scalar_one())


def status(shop: Shop, item_id: str) -> tuple[str, str | None]:
    row = item_of(shop.world.platform, LANTERN, item_id)
    return row.status, row.resolution


def test_the_queue_lists_open_items_of_the_unit_with_their_age(shop: Shop) -> None:
    item_id = stranger(shop)
    accounts = [shop.account.channel_account_id]
    with shop.world.platform.db.read() as connection:
        rows = queue(connection, LANTERN, accounts, Wanted())
        assert [row.item_id for row in rows] == [item_id]
        assert queue(connection, LANTERN, accounts, Wanted(item_class="fee_diff")) == []
        assert queue(connection, RIVAL, accounts, Wanted()) == []
        ((item_class, _, count, minor, _),) = ageing(connection, LANTERN, accounts)
    assert (item_class, count, minor) == ("channel_only_payment", 1, 697)


def test_somebody_takes_an_item_hands_it_on_and_writes_about_it(shop: Shop) -> None:
    platform, item_id = shop.world.platform, stranger(shop)

    assign(platform, OTTO, LANTERN, item_id, "otto@example.com")
    assign(platform, OTTO, LANTERN, item_id, "ada@example.com")
    comment(platform, ADA, LANTERN, item_id, "Asked the channel.")

    row = item_of(platform, LANTERN, item_id)
    with platform.db.read() as connection:
        notes = [(each.by, each.text) for each in notes_of(connection, LANTERN, item_id)]
    assert (row.status, row.owner, notes) == (
        "ASSIGNED",
        "ada@example.com",
        [("ada@example.com", "Asked the channel.")],
    )


def test_a_stranger_becomes_the_payment_that_a_person_names(shop: Shop) -> None:
    ours = shop.begun(700)
    item_id = stranger(shop)
    with shop.world.platform.db.read() as connection:
        row = item_of(shop.world.platform, LANTERN, item_id)
        assert [each.attempt_id for each in suggestions(connection, row)] == [ours]

    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.COMPLETE, WHY, ours)

    assert (status(shop, item_id), shop.suspended()) == (("CLOSED", "completed"), (0, 0))
    with shop.world.platform.db.read() as connection:
        attempt = get_attempt(connection, LANTERN, ours)
    assert attempt is not None
    assert attempt.status == "SUCCEEDED"
    assert shop.owed() == 697


def test_a_payment_of_another_amount_is_refused(shop: Shop) -> None:
    ours = shop.begun(900)
    item_id = stranger(shop)
    for number in (ours, "att_nobody", ""):
        with pytest.raises(PaymentNotFitting):
            resolve(shop.world.platform, OTTO, LANTERN, item_id, M.COMPLETE, WHY, number)
    assert status(shop, item_id) == ("DISCREPANT", None)


def test_a_success_that_was_none_is_owed_by_the_merchant(shop: Shop) -> None:
    item_id = missing(shop)
    fees = balance(shop, "4001")

    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.CHARGE, WHY)

    assert (status(shop, item_id), shop.suspended()) == (("CLOSED", "charged"), (0, 0))
    assert balance(shop, "1104") + balance(shop, "4001") - fees == MINOR


def test_a_refund_made_in_the_channels_console_is_charged_to_the_merchant(shop: Shop) -> None:
    paid = shop.paid()
    lines = [*shop.agreed(), shop.line("console", 300, -1, kind="refund", original_no=paid)]
    item_id = shop.items(shop.reconcile(lines))["console"].item_id

    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.CHARGE, WHY)

    assert (shop.suspended(), balance(shop, "1104")) == ((0, 0), 300)


def test_a_fee_beyond_tolerance_is_accepted_after_the_contract_was_checked(shop: Shop) -> None:
    paid = shop.paid()
    items = shop.items(shop.reconcile([each._replace(fee_minor=80) for each in shop.agreed()]))
    cost = balance(shop, "5001")

    resolve(shop.world.platform, OTTO, LANTERN, items[paid].item_id, M.ACCEPT_FEE, WHY)

    assert (shop.suspended(), balance(shop, "5001") - cost) == ((0, 0), 31)


def test_what_belongs_to_another_system_is_decided_and_still_stands(shop: Shop) -> None:
    item_id = stranger(shop)

    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.IGNORE, WHY)

    assert (status(shop, item_id), shop.suspended()) == (("RESOLVED", "ignored"), (0, 700))


@pytest.mark.parametrize(("make", "code", "minor"), [(missing, "5002", MINOR), (stranger, "4009", -700)])
def test_a_write_off_takes_two_people(shop: Shop, make: object, code: str, minor: int) -> None:
    platform, item_id = shop.world.platform, make(shop)  # type: ignore[operator]

    resolve(platform, OTTO, LANTERN, item_id, M.WRITE_OFF, WHY)
    with pytest.raises(SamePerson):
        approve_write_off(platform, OTTO, LANTERN, item_id)
    with pytest.raises(ActionImpossible):  # while it waits nothing else may be done with the money
        resolve(platform, ADA, LANTERN, item_id, M.WRITE_OFF, WHY)
    approve_write_off(platform, ADA, LANTERN, item_id)

    assert (status(shop, item_id), shop.suspended(), balance(shop, code)) == (("CLOSED", "written_off"), (0, 0), minor)
    with pytest.raises(ApprovalUnknown):
        approve_write_off(platform, ADA, LANTERN, item_id)


def test_a_rejected_write_off_leaves_the_item_open(shop: Shop) -> None:
    platform, item_id = shop.world.platform, stranger(shop)
    resolve(platform, OTTO, LANTERN, item_id, M.WRITE_OFF, WHY)

    reject_write_off(platform, ADA, LANTERN, item_id, "Ask first.")

    row = item_of(platform, LANTERN, item_id)
    assert (waiting_write_off(platform, row), status(shop, item_id)) == (None, ("DISCREPANT", None))


def test_a_decision_needs_a_reason_a_fitting_action_and_an_item_of_the_unit(shop: Shop) -> None:
    platform, item_id = shop.world.platform, stranger(shop)
    with pytest.raises(ReasonMissing):
        resolve(platform, OTTO, LANTERN, item_id, M.IGNORE, "  ")
    with pytest.raises(ActionImpossible):
        resolve(platform, OTTO, LANTERN, item_id, M.ACCEPT_FEE, WHY)
    with pytest.raises(ItemUnknown):
        resolve(platform, OTTO, RIVAL, item_id, M.IGNORE, WHY)
    resolve(platform, OTTO, LANTERN, item_id, M.IGNORE, WHY)
    with pytest.raises(ActionImpossible):
        resolve(platform, OTTO, LANTERN, item_id, M.IGNORE, WHY)
    assert actions_of(item_of(platform, LANTERN, item_id)) == ()


def test_a_stranger_is_given_back_at_the_channel_and_the_next_bill_agrees(shop: Shop) -> None:
    """Another system sold it under the same merchant number: the simulator knows it, our books don't."""
    number = shop.sold()
    day = shop.morning()
    shop.world.fault("wechat_pay", kind="bill_line_twice", verb="bill", number=number)
    shop.fetch("wechat_pay", day)
    row = next(each for each in _all(shop, day) if each.item_class == "duplicate_line")

    resolve(shop.world.platform, OTTO, LANTERN, row.item_id, M.REFUND, WHY)
    assert status(shop, row.item_id) == ("RESOLVED", "refunding")
    shop.world.later(seconds=60)

    assert (status(shop, row.item_id), shop.suspended()) == (("CLOSED", "refunded"), (0, 0))
    assert balance(shop, "2201") == 0
    tomorrow = shop.morning()
    assert shop.fetch("wechat_pay", tomorrow).done
    assert shop.run_of("wechat_pay", tomorrow).classes == {"matched": 1}


def test_a_refund_that_the_channel_refuses_opens_the_item_again(shop: Shop) -> None:
    item_id = stranger(shop)

    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.REFUND, WHY)
    shop.world.later(seconds=60)

    assert (status(shop, item_id), shop.suspended(), balance(shop, "2201")) == (("DISCREPANT", None), (0, 700), 0)


def test_a_corrected_statement_opens_what_a_person_had_decided(shop: Shop) -> None:
    item_id = stranger(shop)
    resolve(shop.world.platform, OTTO, LANTERN, item_id, M.IGNORE, WHY)

    shop.reconcile(shop.agreed(), name="again.csv")

    assert (status(shop, item_id), shop.suspended()) == (("CLOSED", "withdrawn"), (0, 0))


def test_a_payment_that_two_statements_do_not_have_is_ended(shop: Shop) -> None:
    """Nobody could ask the channel for two days; the statements were there all the same."""
    shop.world.fault("wechat_pay", kind="drop_before", verb="pay")
    session = shop.world.session()
    shop.world.pay(session)
    attempt_id = shop.world.story(session)["attempts"][0]["id"]
    shop.world.network_down = {"query", "close"}
    shop.fetch("wechat_pay", shop.morning())
    assert attempt_state(shop, attempt_id) in ("UNKNOWN", "CLOSING")
    day = shop.morning()
    shop.world.network_down = set()

    shop.fetch("wechat_pay", day)

    assert attempt_state(shop, attempt_id) in ("CLOSED", "FAILED")


def attempt_state(shop: Shop, attempt_id: str) -> str:
    with shop.world.platform.db.read() as connection:
        row = get_attempt(connection, LANTERN, attempt_id)
    assert row is not None
    return str(row.status)


def _all(shop: Shop, day: object) -> list[object]:
    with shop.world.platform.db.read() as connection:
        accounts = [shop.account.channel_account_id]
        return list(queue(connection, LANTERN, accounts, Wanted(status="all")))
