"""The first page of a business unit: the way to live, and how the day goes."""

import re

import pytest
from tests.demo_server import ROOT
from tests.web.checkstand_admin.conftest import RIVAL, UNIT
from tests.web.checkstand_admin.engines import on_both_engines

from checkstand.accounting import AccountRef, Entry, Journal, WriteSet
from checkstand.accounting.names import member_balance
from checkstand.app.apply_scenarios import apply_scenarios
from checkstand.app.create_refund import CreateRefund, create_refund
from checkstand.app.create_session import create_session
from checkstand.app.manage_members import create_member
from checkstand.app.onboarding import NEEDS, onboarding
from checkstand.app.pay_command import TakePayment
from checkstand.app.session_rows import CreateSession
from checkstand.app.take_payment import take_payment
from checkstand.infra.ops import Insert
from checkstand.infra.webhooks import AddressPolicy, create_endpoint, disable_op, endpoints, new_message
from checkstand.infra.webhooks.store import webhook_delivery
from checkstand.kernel import new_id
from checkstand.scenario.live_request import live_request
from checkstand.scenario.store import list_published, publish_ops
from checkstand.web.pages.preview import PreviewRenderer

HOME = f"/admin/u/{UNIT}/test/home"


def states(page):
    return dict(re.findall(r'data-testid="task-(\w+)" data-state="(\w+)"', page.text))


def publish(platform):
    apply_scenarios(platform, UNIT, [ROOT / "scenarios" / "mall-order.yaml"], mode="test", by="olive")


def pay(platform, order_no="N-1", minor=5_000):
    """A paid test order, from a member's balance."""
    member, _ = create_member(platform, UNIT, "test", order_no, "Mei")
    entries = (
        Entry(AccountRef("1001", "opening", "CNY"), 10_000),
        Entry(member_balance(member.member_id, "CNY"), -10_000),
    )
    journal = Journal(UNIT, "opening", "member", member.member_id, entries, platform.clock.now())
    platform.poster.commit(WriteSet(journals=[journal]))
    command = CreateSession(UNIT, "test", "mall-order", order_no, minor, "CNY", "Atlas", "pc", shopper={"id": order_no})
    session = create_session(platform, command)
    return take_payment(platform, TakePayment(session.token, "bal", reviewed=True)).payment_id


def connect(platform, state):
    """An endpoint that was told one message."""
    now, policy = platform.clock.now(), AddressPolicy.of("test", allow_private=True)
    _, _, made = create_endpoint(
        UNIT, "test", "http://127.0.0.1:9/hook", key=platform.settings.secret_key, policy=policy, at=now
    )
    platform.poster.commit(WriteSet(ops=[made]))
    with platform.db.read() as connection:
        endpoint = endpoints(connection, UNIT, "test")[0]
    message = new_message(UNIT, "test", "payment.succeeded", object_id="pay_1", version=1, data={}, at=now)
    row = {
        "tenant_id": UNIT, "delivery_id": new_id("dlv"), "message_id": message.message_id,
        "endpoint_id": endpoint.endpoint_id, "attempt": 1, "state": state, "sent": True, "requested_at": now,
        "duration_ms": 3, "status_code": 204, "response_excerpt": None, "error": None, "next_at": None,
    }  # fmt: skip
    platform.poster.commit(WriteSet(ops=[message.insert_op()]))
    platform.poster.commit(WriteSet(ops=[Insert(webhook_delivery, row)]))
    return endpoint


def test_a_new_unit_is_told_what_comes_first_and_why_the_rest_waits(person):
    page = person("owner").get(HOME)

    assert states(page) == {
        "unit": "done", "template": "next", "publish": "blocked", "try": "blocked", "webhook": "next",
        "checks": "blocked", "request": "blocked", "approved": "blocked",
    }  # fmt: skip
    waits = re.search(r'data-testid="task-request".*?data-testid="why">([^<]+)<', page.text, re.DOTALL).group(1)
    assert "Connect a webhook" in waits
    assert "Pass the checks" in waits


@on_both_engines
def test_each_step_opens_the_next(person, platform):
    owner = person("owner")
    publish(platform)
    assert (states(owner.get(HOME))["publish"], states(owner.get(HOME))["try"]) == ("done", "next")

    pay(platform)
    assert (states(owner.get(HOME))["try"], states(owner.get(HOME))["checks"]) == ("done", "next")


def test_trying_leads_to_the_unit_s_own_scenario(person, platform):
    publish(platform)
    with platform.db.read() as connection:
        scenario_id = list_published(connection, UNIT, "test")[0].scenario_id
    owner = person("owner")
    link = re.search(r'href="([^"]+)" data-testid="do-try"', owner.get(HOME).text).group(1)

    assert link == f"/admin/u/{UNIT}/test/studio/{scenario_id}#try"
    assert re.search(r'id="try".*data-testid="try"', owner.get(link).text, re.DOTALL)
    assert 'data-testid="do-try"' not in person("reviewer").get(HOME).text  # may look, not try


def test_what_a_check_misses_is_said(person, platform):
    publish(platform)
    pay(platform)
    page = person("owner").get(HOME).text

    missing = re.search(r'data-testid="failing".*?</ul>', page, re.DOTALL).group(0)
    assert "no channel account for real money" in missing
    assert "No test order was paid" not in missing


@pytest.mark.parametrize(("state", "expected"), [("delivered", "done"), ("retrying", "next"), ("dead", "next")])
def test_a_webhook_is_connected_when_it_has_answered(person, platform, state, expected):
    connect(platform, state)

    assert states(person("owner").get(HOME))["webhook"] == expected


def test_a_webhook_that_was_disabled_is_not_connected(person, platform):
    endpoint = connect(platform, "delivered")
    platform.poster.commit(WriteSet(ops=[disable_op(endpoint, "moved", platform.clock.now())]))

    assert states(person("owner").get(HOME))["webhook"] == "next"


def test_a_request_waits_for_the_second_person_and_live_ends_the_list(person, platform):
    publish(platform)
    with platform.db.read() as connection:
        version = list_published(connection, UNIT, "test")[0]
    row = {
        "tenant_id": UNIT, "request_id": new_id("lrq"), "scenario_id": version.scenario_id,
        "content_hash": version.content_hash, "state": "requested", "note": "", "requested_by": "opr_1",
        "requested_at": platform.clock.now(), "decided_by": None, "decided_at": None, "reason": "",
    }  # fmt: skip
    platform.poster.commit(WriteSet(ops=[Insert(live_request, row)]))
    owner = person("owner")
    assert (states(owner.get(HOME))["request"], states(owner.get(HOME))["approved"]) == ("done", "next")

    live = publish_ops(
        UNIT, version.scenario_id, "live", version.content_hash, previous=None, at=platform.clock.now(), by="rita"
    )
    pay(platform)
    connect(platform, "delivered")
    platform.poster.commit(WriteSet(ops=live))

    page = owner.get(HOME)
    assert set(states(page).values()) == {"done"}
    assert 'data-testid="all-done"' in page.text


def test_who_cannot_do_a_task_is_told_who_can(person):
    page = person("finance").get(HOME).text

    assert 'data-testid="do-webhook"' not in page
    assert "an owner of the business unit can" in page


def test_another_units_steps_are_not_ours(platform):
    publish(platform)

    tasks = onboarding(platform, PreviewRenderer(platform), RIVAL)
    assert next(task for task in tasks if task.name == "publish").state == "blocked"


def test_what_a_task_needs_stands_before_it():
    names = list(NEEDS)

    assert all(names.index(need) < names.index(name) for name, needs in NEEDS.items() for need in needs)


@on_both_engines
def test_the_day_is_counted(person, platform):
    publish(platform)
    pay(platform, "N-1", 5_000)
    payment_id = pay(platform, "N-2", 2_000)
    create_refund(platform, CreateRefund(UNIT, "test", payment_id, 500, "CNY", "R-1", ""))
    page = person("analyst").get(HOME).text

    assert re.search(r'data-testid="figure-payments">2<', page)
    assert re.search(r'data-testid="figure-share">100 %<', page)
    assert re.search(r'data-testid="figure-refunds">CN¥5.00<', page)
    assert "CN¥70.00" in page


def test_a_day_of_the_other_mode_is_not_counted(person, platform):
    publish(platform)
    pay(platform)

    assert 'data-testid="no-figures"' in person("owner").get(f"/admin/u/{UNIT}/live/home").text


def test_who_may_not_see_payments_sees_no_figures(person, platform):
    publish(platform)
    pay(platform)
    page = person("reviewer").get(HOME).text

    assert "figure" not in page


@pytest.mark.parametrize("role", ["owner", "developer", "reviewer"])
def test_every_link_of_the_page_leads_somewhere(person, platform, role):
    publish(platform)
    pay(platform)
    someone = person(role)
    main = someone.get(HOME).text.partition("<main")[2]

    for address in re.findall(r'href="([^"]+)"', main):
        assert someone.get(address.replace("&amp;", "&")).status_code == 200, address
