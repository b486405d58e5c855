"""How an order stands, whatever was told in whatever order."""

import itertools

import pytest

from checkstand_shop.orders import Hook, Order, OrderBook, standing

ORDER = Order(
    "LB-1", "Atlas", None, "books", 1, 12900, "CNY", "mall-order", "pc", "en", "mei", "cs_1", "http://c/1", "2025"
)


def paid(payment_id="pay_1", minor=12900, currency="CNY"):
    amount = {"minor": minor, "currency": currency}
    data = {"payment": {"id": payment_id, "amount": amount, "method": {"id": "wx"}}}
    return Hook(f"msg_{payment_id}", "LB-1", "payment.succeeded", data, 0, "2025")


def refunded(minor, refund_id="rfd_1", payment_id="pay_1"):
    data = {"refund": {"id": refund_id, "payment_id": payment_id, "amount": {"minor": minor, "currency": "CNY"}}}
    return Hook(f"msg_{refund_id}", "LB-1", "refund.succeeded", data, 0, "2025")


CLOSED = Hook("msg_c", "LB-1", "order.closed", {}, 0, "2025")
FAILED = Hook("msg_f", "LB-1", "payment.failed", {"payment": {}}, 0, "2025")


@pytest.mark.parametrize(
    ("hooks", "status"),
    [
        ([], "awaiting"),
        ([FAILED], "awaiting"),
        ([paid()], "paid"),
        ([FAILED, paid()], "paid"),
        ([CLOSED], "closed"),
        ([CLOSED, paid()], "paid"),
        ([CLOSED, paid(), refunded(12900)], "refunded"),
        ([paid(), refunded(900)], "part_refunded"),
        ([paid(), refunded(900), refunded(12000, "rfd_2")], "refunded"),
        ([paid(), paid("pay_2"), refunded(12900, payment_id="pay_2")], "paid"),
        ([paid(minor=100)], "attention"),
        ([paid(currency="USD")], "attention"),
    ],
)
def test_the_facts_decide_in_any_order(hooks, status):
    assert {standing(ORDER, order).status for order in itertools.permutations(hooks)} == {status}


def test_the_payment_that_was_kept_is_the_one_shown():
    assert standing(ORDER, [paid(), paid("pay_2"), refunded(12900)]).payment_id == "pay_2"


def test_a_repeated_webhook_is_counted_not_believed_twice(tmp_path):
    book = OrderBook(tmp_path / "shop.db")
    book.add(ORDER)

    assert book.believe("msg_1", "LB-1", "payment.succeeded", '{"data": {}}')
    assert not book.believe("msg_1", "LB-1", "payment.succeeded", '{"data": {}}')
    assert [(hook.webhook_id, hook.repeats) for hook in book.hooks("LB-1")] == [("msg_1", 1)]


def test_orders_survive_a_restart(tmp_path):
    OrderBook(tmp_path / "shop.db").add(ORDER)

    assert OrderBook(tmp_path / "shop.db").get("LB-1") == ORDER
