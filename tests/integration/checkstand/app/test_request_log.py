"""A call of a business unit's server leads to the payment that it was about."""

from __future__ import annotations

from tests.world import LANTERN, World

from checkstand.app.read_requests import RequestFilter, list_requests, request_story


def test_a_refused_refund_leads_to_its_payment_and_order(world: World) -> None:
    session = world.session()
    world.pay(session)
    world.shop(session)
    world.jobs()
    answer = world.refund(session, 99_999_999)
    world.platform.request_log.flush()

    story = request_story(world.platform, LANTERN, "test", answer.headers["x-request-id"])
    assert answer.status >= 400
    assert story.row.problem == answer.json()
    assert story.payment_id == world.view(session).payments[0].payment_id
    assert (story.order_no, story.order_exists) == (session["order_no"], True)


def test_the_list_is_read_on_both_engines(world: World) -> None:
    world.session()
    world.api("GET", "/v1/payments")
    world.platform.request_log.flush()

    wanted = RequestFilter(status_class=2, path="/v1/pay", since=world.clock.now())
    assert [row.route for row in list_requests(world.platform, LANTERN, "test", wanted).page.rows] == ["/v1/payments"]
