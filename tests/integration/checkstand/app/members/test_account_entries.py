"""What was booked on an account, for its business unit and nobody else."""

from __future__ import annotations

import pytest
from tests.integration.checkstand.app.members.conftest import Desk
from tests.world import LANTERN, RIVAL

from checkstand.accounting import WriteSet
from checkstand.member import new_api_key


def test_entries_come_newest_first_a_page_at_a_time(desk: Desk) -> None:
    mei = desk.world.member("mei", 30_000)
    for minor in (100, 200):
        desk.world.pay(desk.world.session(minor=minor), "bal")

    page = desk.get(f"/accounts/2001:CNY:{mei}/entries?limit=2").json()
    assert page["account"]["balance"] == {"minor": 29_700, "currency": "CNY"}
    assert [(line["amount"]["minor"], line["balance_after"]["minor"]) for line in page["data"]] == [
        (-200, 29_700),
        (-100, 29_900),
    ]
    assert page["data"][0]["kind"] == "hold"
    rest = desk.get(f"/accounts/2001:CNY:{mei}/entries?limit=2&cursor={page['next_cursor']}").json()
    assert [line["seq"] for line in rest["data"]] == [1]
    assert rest["next_cursor"] is None


def test_the_units_own_accounts_have_a_slash(desk: Desk) -> None:
    session = desk.world.session()
    desk.world.pay(session)
    desk.world.shop(session)
    desk.world.settle()

    told = desk.get(f"/accounts/2102:CNY:{LANTERN}/test/entries").json()

    assert told["account"]["balance"]["minor"] == 12_900 - 77
    assert told["data"][0]["kind"] == "pay"


@pytest.mark.parametrize(
    "account_id",
    ["", "2001", "2001:CNY", "9999:CNY:x", "2001:XXX:mbr_x", "2001:CNY:mbr_nobody", "4001:CNY:test", "1002:CNY:bank",
     f"2102:CNY:{RIVAL}/test", f"2102:CNY:{LANTERN}/live", "2101:CNY:txn_nothing", "2001:CNY:a:b:c"],
)  # fmt: skip
def test_what_is_not_the_units_own_does_not_exist(desk: Desk, account_id: str) -> None:
    answer = desk.get(f"/accounts/{account_id}/entries")

    assert answer.status == 404
    assert account_id == "" or answer.json()["code"] == "account.not_found"


def test_a_page_that_cannot_be_is_refused(desk: Desk) -> None:
    mei = desk.world.member("mei")

    for query in ("limit=0", "limit=101", "cursor=x", "cursor=-1"):
        assert desk.get(f"/accounts/2001:CNY:{mei}/entries?{query}").json()["code"] == "request.page_invalid", query
    assert desk.get(f"/accounts/2001:CNY:{mei}/entries?cursor={'9' * 40}").json()["data"] == []


def test_a_key_without_the_scope_reads_nothing(desk: Desk) -> None:
    secret, key = new_api_key(LANTERN, "test", desk.world.clock.now(), ("payments:read",))
    desk.world.platform.poster.commit(WriteSet(ops=[key]))

    answer = desk.get(f"/accounts/2001:CNY:{desk.world.member('mei')}/entries", key=secret)

    assert (answer.status, answer.json()["code"]) == (403, "auth.scope_missing")
