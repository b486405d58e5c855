"""The rows of the callback matrix (money.md §4.9) that an internal channel can meet: there is no wire, only races."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.world import World


def test_one_press_of_many_threads_takes_the_money_once(world: World) -> None:
    world.member("mei", 100_000)
    session = world.session()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: world.pay(session, "bal").status, range(8)))

    assert world.balance("mei") == 100_000 - 12_900
    assert world.view(session).order_status == "PAID"


def test_many_orders_at_once_never_overdraw_a_balance(world: World) -> None:
    world.member("mei", 30_000)
    sessions = [world.session() for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda session: world.pay(session, "bal").status, sessions))

    paid = [session for session in sessions if world.view(session).order_status == "PAID"]
    assert len(paid) == 2
    assert world.balance("mei") == 30_000 - 2 * 12_900


def test_a_refused_balance_says_why_and_another_method_pays(world: World) -> None:
    world.member("mei", 20_000)
    first, second = world.session(), world.session()
    stale_page = world.browse("GET", second["url"])  # both pages show enough money
    world.pay(first, "bal")

    world.pay(second, "bal")
    assert stale_page.status == 200
    world.pay(second, "wx")
    world.shop(second)
    world.settle()

    assert world.view(second).order_status == "PAID"
    assert world.balance("mei") == 7_100


def test_after_closing_a_balance_cannot_pay(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.api("POST", f"/v1/checkout-sessions/{session['id']}/expiry")

    world.pay(session, "bal")

    assert world.balance("mei") == 20_000
    assert world.view(session).order_status == "CLOSED"


def test_after_a_full_refund_the_order_stays_refunded(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.pay(session, "bal")
    world.refund(session, 12_900)
    world.settle()

    world.pay(session, "bal")

    assert world.view(session).order_status == "REFUNDED"
    assert world.balance("mei") == 20_000


def test_a_frozen_member_cannot_pay(world: World) -> None:
    world.member("mei", 20_000)
    session = world.session()
    world.freeze("mei")

    world.pay(session, "bal")

    assert world.view(session).order_status != "PAID"
    assert world.balance("mei") == 20_000
