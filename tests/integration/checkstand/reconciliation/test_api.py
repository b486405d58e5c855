"""Runs and their items as a merchant's own systems read them."""

from __future__ import annotations

from tests.integration.checkstand.reconciliation.shop import MINOR, Shop
from tests.world import RIVAL


def test_a_run_and_its_items_are_read(shop: Shop) -> None:
    paid = shop.paid()
    run = shop.reconcile([*shop.agreed(), shop.line("stranger", 700, 3)])
    read = shop.world.api

    (listed,) = read("GET", "/v1/reconciliation-runs").json()["data"]
    shown = read("GET", f"/v1/reconciliation-runs/{run.run_id}").json()
    items = read("GET", f"/v1/reconciliation-runs/{run.run_id}/items").json()["data"]

    assert (listed["id"], listed["status"], listed["lines"]) == (run.run_id, "posted", 2)
    assert shown["classes"] == {"channel_only_payment": 1, "matched": 1}
    assert shown["net_minor"] == shown["receivable_minor"] == {"CNY": MINOR - 49 + 697}
    assert {each["our_no"]: (each["class"], each["difference_minor"], each["label"]) for each in items} == {
        paid: ("matched", 0, None),
        "stranger": ("channel_only_payment", 697, "long"),
    }


def test_items_come_in_pages_and_by_class(shop: Shop) -> None:
    run = shop.reconcile([shop.line(f"stranger{number}", 700, 3) for number in range(3)])
    path = f"/v1/reconciliation-runs/{run.run_id}/items"

    first = shop.world.api("GET", f"{path}?limit=2").json()
    rest = shop.world.api("GET", f"{path}?limit=2&cursor={first['next_cursor']}").json()

    assert (len(first["data"]), len(rest["data"]), rest["next_cursor"]) == (2, 1, None)
    assert shop.world.api("GET", f"{path}?item_class=fee_diff").json()["data"] == []


def test_a_rival_an_unknown_run_and_a_bad_page_are_refused(shop: Shop) -> None:
    run = shop.reconcile([shop.line("stranger", 700, 3)])
    path = f"/v1/reconciliation-runs/{run.run_id}"

    assert shop.world.api("GET", path, key=shop.world.keys[RIVAL]).status == 404
    assert shop.world.api("GET", f"{path}/items", key=shop.world.keys[RIVAL]).status == 404
    assert shop.world.api("GET", "/v1/reconciliation-runs/rcr_none").json()["code"] == "reconciliation.run_unknown"
    for query in ("limit=0", "limit=101", "cursor=pay_1"):
        assert shop.world.api("GET", f"/v1/reconciliation-runs?{query}").json()["code"] == "request.page_invalid"
