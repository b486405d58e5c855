"""Operations: one payment's story, and refunds."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import Person
from tests.web.checkstand_admin.sales import MEMBERS, PAYMENTS, listed, paid
from tests.world import LANTERN, World

from checkstand.monitoring.audit import audit_page

# ── one payment ─────────────────────────────────────────────────────────────────────────────────────


@on_both_engines
def test_the_story_tells_everything_and_its_reading_is_on_the_trail(world: World, people: Any) -> None:
    payment = paid(world)
    page = people("analyst").get(f"{PAYMENTS}/{payment}")

    assert page.status_code == 200
    for text in (
        "The shopper has no balance here.", "Merchant pending settlement", "payment.succeeded", "mall-order",
        "The channel told us:", "[hidden]", "it succeeded", "The shopper pressed Pay",
    ):  # fmt: skip
        assert text in page.text, text
    sums = re.findall(r"Sum CNY</th><td[^>]*><strong>([^<]+)</strong></td><td[^>]*><strong>([^<]+)<", page.text)
    assert len(sums) == 3
    assert all(debit == credit for debit, credit in sums)
    with world.platform.db.read() as connection:
        line = audit_page(connection, LANTERN)[0]
    assert (line.action, line.object_id, line.actor_email) == ("payment.read", payment, "analyst@example.com")


def test_the_story_speaks_chinese(world: World, people: Any) -> None:
    payment, owner = paid(world), people("owner")
    owner.post("/admin/locale", locale="zh-CN", next=PAYMENTS)

    for path in (PAYMENTS, f"{PAYMENTS}/orders", f"{PAYMENTS}/{payment}", f"{PAYMENTS}/{payment}/refund", MEMBERS):
        assert owner.get(path).status_code == 200
    page = owner.get(f"{PAYMENTS}/{payment}").text
    assert "商户待结算" in page
    assert "用户点击付款" in page


def test_the_story_of_a_payment_in_two_parts_tells_both_and_where_a_refund_went(world: World, people: Any) -> None:
    world.member("mei", 4_000)
    session = world.session("two-parts", 10_000)
    world.pay(session, "wx", use_balance="4000")
    world.shop(session)
    world.settle()
    world.refund(session, 7_000)
    world.settle()

    page = people("finance").get(f"{PAYMENTS}/{world.view(session).payments[0].payment_id}").text

    legs = page.partition('data-testid="legs"')[2].partition("</dd>")[0]
    assert ("¥40.00" in legs, "¥60.00" in legs) == (True, True)
    assert "¥10.00 of it to the balance" in page


# ── refunds ─────────────────────────────────────────────────────────────────────────────────────────


@on_both_engines
def test_a_refund_that_the_payers_bank_refused_waits_for_a_person_until_the_channel_has_paid_it(
    world: World, people: Any
) -> None:
    payment, finance = paid(world), people("finance")
    world.fault("wechat_pay", kind="abnormal_refund")
    world.fault("wechat_pay", kind="no_notification", verb="notify", times=2)
    path = f"{PAYMENTS}/{payment}/refund"
    form = finance.get(path).text
    refund_no = re.search(r'name="refund_no" value="(\w+)"', form).group(1)
    finance.post(path, amount="29.00", reason="damaged", refund_no=refund_no)
    world.later(minutes=5)

    assert refund_no in finance.get(PAYMENTS).text.partition('data-testid="for-people"')[2]
    page = finance.get(f"{PAYMENTS}/{payment}").text
    ask = re.search(r'action="([^"]+/refunds/rfd_\w+/ask)"', page).group(1)
    assert finance.post(ask).headers["location"].endswith("done=refund_still_waits")
    assert world.broken_invariants() == []
    world.later(hours=1)
    assert finance.post(ask).headers["location"].endswith("done=refund_has_moved")

    page = finance.get(f"{PAYMENTS}/{payment}").text
    assert ("CN¥29.00 refunded" in page, "for-people" in page) == (True, False)
    assert "for-people" not in finance.get(PAYMENTS).text
    assert world.broken_invariants() == []
    with world.platform.db.read() as connection:
        asked = [line.after["status"] for line in audit_page(connection, LANTERN) if line.action == "refund.ask"]
    assert asked == ["SUCCEEDED", "MANUAL"]
    assert people("analyst").post(ask).status_code == 403
    assert finance.post(ask.replace(payment, "pay_none")).status_code == 404


def test_a_form_that_is_sent_twice_refunds_once(world: World, people: Any) -> None:
    payment = paid(world)
    finance = people("finance")
    form = finance.get(f"{PAYMENTS}/{payment}/refund").text
    refund_no = re.search(r'name="refund_no" value="(\w+)"', form).group(1)
    fields = {"amount": "29.00", "reason": "damaged <i>cover</i>", "refund_no": refund_no}
    answers = [finance.post(f"{PAYMENTS}/{payment}/refund", **fields) for _ in range(2)]
    world.later(minutes=2)

    assert [answer.headers["location"] for answer in answers] == [f"{PAYMENTS}/{payment}?done=refund_requested"] * 2
    page = finance.get(f"{PAYMENTS}/{payment}").text
    assert page.count(refund_no) == 1
    assert "damaged &lt;i&gt;cover" in page
    assert "CN¥29.00 refunded" in page
    with world.platform.db.read() as connection:
        lines = [line for line in audit_page(connection, LANTERN) if line.action == "refund.request"]
    assert [line.after["amount_minor"] for line in lines] == [2_900]
    assert listed(finance.get(PAYMENTS, params={"status": "refunded"})) == [payment]
    changed = finance.post(f"{PAYMENTS}/{payment}/refund", **{**fields, "amount": "1.00"})
    assert changed.status_code == 422
    assert "has made a refund of another amount" in changed.text


def test_the_list_says_refunded_only_of_what_is_back_with_the_payer(world: World, people: Any) -> None:
    payment, finance = paid(world), people("finance")

    def refund(minor: int) -> None:
        body = {"amount": {"minor": minor, "currency": "CNY"}}
        assert world.api("POST", f"/v1/payments/{payment}/refunds", body).status == 201

    def badges() -> list[str]:
        row = finance.get(PAYMENTS).text.partition(payment)[2].partition("</tr>")[0]
        return re.findall(r">(being refunded|partly refunded|refunded)<", row)

    refund(2_900)
    assert badges() == ["being refunded"]
    world.later(minutes=2)
    assert badges() == ["partly refunded"]
    refund(10_000)
    assert badges() == ["partly refunded"]
    world.later(minutes=2)
    assert badges() == ["refunded"]


@on_both_engines
def test_two_people_cannot_give_the_same_money_back_twice(world: World, people: Any) -> None:
    payment = paid(world)
    finance, owner = people("finance"), people("owner")
    for each in (finance, owner):
        assert "¥129.00" in each.get(f"{PAYMENTS}/{payment}/refund").text

    def refund(person: Person) -> Any:
        return person.post(f"{PAYMENTS}/{payment}/refund", amount="80", reason="twice", refund_no=f"crf_{id(person)}")

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(refund, (finance, owner)), key=lambda answer: answer.status_code)
    world.later(minutes=2)

    assert [answer.status_code for answer in answers] == [303, 409]
    assert "more than what is left" in answers[1].text
    assert '<strong data-testid="left">CN¥49.00' in answers[1].text


def test_a_refund_that_makes_no_sense_is_refused_and_what_was_typed_stays(world: World, people: Any) -> None:
    payment, finance = paid(world), people("finance")

    for amount, reason, status in (
        ("0", "x", 400), ("-1", "x", 400), ("1.005", "x", 400), ("a", "x", 400), ("1,00", "x", 400), ("", "x", 400),
        ("9" * 30, "x", 400), ("129.01", "x", 409), ("1", " ", 400), ("1", "x" * 81, 400),
    ):  # fmt: skip
        answer = finance.post(f"{PAYMENTS}/{payment}/refund", amount=amount, reason=reason, refund_no="crf_1")
        assert answer.status_code == status
        assert 'data-testid="problem"' in answer.text
        assert f'value="{amount}"' in answer.text
    assert finance.post(f"{PAYMENTS}/{payment}/refund", amount="1", reason="x", refund_no="a b").status_code == 400
    assert world.api("GET", f"/v1/payments/{payment}").json()["refunds"] == []


def test_a_payment_without_money_has_nothing_to_refund(world: World, people: Any) -> None:
    session = world.session()
    world.pay(session)
    payment = world.view(session).payments[0].payment_id
    finance = people("finance")

    assert "Nothing is left" in finance.get(f"{PAYMENTS}/{payment}/refund").text
    assert "refund-link" not in finance.get(f"{PAYMENTS}/{payment}").text
    answer = finance.post(f"{PAYMENTS}/{payment}/refund", amount="1", reason="x", refund_no="crf_1")
    assert answer.status_code == 409


def test_roles_decide_who_refunds_and_who_exports(world: World, people: Any) -> None:
    payment = paid(world)
    roles = {"finance": (200, 200, 200), "analyst": (403, 200, 403), "developer": (403, 403, 403)}

    for role, expected in roles.items():
        person = people(role)
        paths = (f"{PAYMENTS}/{payment}/refund", f"{PAYMENTS}/export", MEMBERS)
        assert tuple(person.get(path).status_code for path in paths) == expected, role
    assert people("reviewer").get(PAYMENTS).status_code == 403
