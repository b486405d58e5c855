"""Operations: the list of payments, one payment's story, refunds, orders, members, exports."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import Person
from tests.world import LANTERN, RIVAL, World

from checkstand.app import keyset, search_payments
from checkstand.monitoring.audit import audit_page

PAYMENTS = f"/admin/u/{LANTERN}/test/payments"
MEMBERS = f"/admin/u/{LANTERN}/test/members"
EVIL = '=HYPERLINK("http://evil.example")<script>alert(1)</script>'


def paid(world: World, minor: int = 12_900, method: str = "wx", **order: Any) -> str:
    """A paid order; tells the payment's id."""
    body = world.session_body(minor=minor)
    body["order"] |= order
    session = world.api("POST", "/v1/checkout-sessions", body).json()
    world.pay(session, method)
    if method != "bal":
        world.shop(session)
        world.settle()
    return str(world.view(session).payments[0].payment_id)


def listed(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return re.findall(r'href="[^"]*/payments/(pay_\w+)" data-testid="payment"', answer.text)


# ── the list ────────────────────────────────────────────────────────────────────────────────────────


def test_a_unit_without_payments_is_told_how_to_get_one(world: World, people: Any) -> None:
    page = people("owner").get(PAYMENTS)

    assert page.status_code == 200
    assert "No payments yet" in page.text
    assert f'href="/admin/u/{LANTERN}/test/home"' in page.text


@on_both_engines
def test_the_list_shows_what_happened_newest_first(world: World, people: Any) -> None:
    first = paid(world, title="Atlas")
    world.clock.advance(seconds=5)
    second = paid(world, 500, "ali", order_no="A-2")
    page = people("analyst").get(PAYMENTS)

    assert listed(page) == [second, first]
    for text in ("Atlas", "A-2", "¥129.00", "¥5.00", "WeChat Pay", "Alipay", "succeeded"):
        assert text in page.text


@on_both_engines
def test_a_payment_is_found_by_every_number_that_somebody_may_hold(world: World, people: Any) -> None:
    wanted = paid(world, order_no="A_1")
    paid(world, order_no="Ax1")
    attempt = world.api("GET", f"/v1/payments/{wanted}").json()["attempts"][0]
    owner = people("owner")

    for number in (wanted, "A_1", attempt["id"], attempt["channel_no"]):
        assert listed(owner.get(PAYMENTS, params={"q": f" {number} "})) == [wanted]
    for text in ("%", "_", "A%", "pay_", "' OR 1=1 --", "a\0", "\\", "订单", "x" * 5000):
        answer = owner.get(PAYMENTS, params={"q": text})
        assert listed(answer) == []
        assert "Nothing matches" in answer.text


@on_both_engines
def test_filters_narrow_the_list(world: World, people: Any) -> None:
    cheap = paid(world, 500, "ali")
    dear = paid(world, 50_000)
    world.pay(world.session(minor=700), "wx")
    owner = people("owner")

    def ids(**query: str) -> list[str]:
        return listed(owner.get(PAYMENTS, params=query))

    assert ids(status="succeeded") == [dear, cheap]
    assert len(ids(status="processing")) == 1
    assert ids(status="failed") == []
    assert ids(method="alipay") == [cheap]
    assert ids(channel="wechat_pay", status="succeeded") == [dear]
    assert ids(min="500", max="500.00") == [dear]
    assert ids(max="5.005", status="succeeded") == [cheap]
    assert ids(status="refunded") == []
    assert ids(method="' OR '1'='1") == []


@on_both_engines
def test_days_are_those_of_shanghai(world: World, people: Any) -> None:
    payment = paid(world)
    today = world.clock.now().astimezone(ZoneInfo("Asia/Shanghai")).date()
    owner = people("owner")

    assert listed(owner.get(PAYMENTS, params={"from": str(today), "to": str(today)})) == [payment]
    assert listed(owner.get(PAYMENTS, params={"to": str(today - timedelta(days=1))})) == []
    assert listed(owner.get(PAYMENTS, params={"from": str(today + timedelta(days=1))})) == []


def test_what_cannot_be_read_says_so_and_lists_nothing(world: World, people: Any) -> None:
    paid(world)
    owner = people("owner")

    for field, value in (
        ("from", "yesterday"), ("to", "0001-01-01"), ("min", "a lot"), ("max", "-1"), ("max", "1e9"),
        ("status", "sold"),
    ):  # fmt: skip
        answer = owner.get(PAYMENTS, params={field: value})
        assert answer.status_code == 400
        assert "cannot be read" in answer.text
        assert 'data-testid="payment"' not in answer.text
    for cursor in ("pay_1", "~", "2026-01-01~pay_1", "2026-01-01T00:00:00+00:00~" + "x" * 99):
        assert owner.get(PAYMENTS, params={"cursor": cursor}).status_code == 400


@on_both_engines
def test_pages_follow_each_other_without_a_gap(world: World, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [paid(world, 500 + number) for number in range(5)]  # the clock stands still: ids decide
    monkeypatch.setattr(search_payments.search_payments, "__defaults__", ("", 2))
    owner, seen, path = people("owner"), [], f"{PAYMENTS}?min=1"
    while path:
        page = owner.get(path)
        seen += listed(page)
        more = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = unescape(more.group(1)) if more else ""

    assert seen == sorted(made, reverse=True)


def test_a_rare_match_far_back_is_reached_by_going_on(
    world: World, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rare = paid(world, 77_700)
    for _ in range(4):
        world.clock.advance(seconds=1)
        paid(world, 500)
    monkeypatch.setattr(keyset, "WINDOW", 1)
    monkeypatch.setattr(keyset, "WINDOWS", 2)
    owner = people("owner")
    first = owner.get(PAYMENTS, params={"min": "700"})

    assert "Searched back to" in first.text
    page, steps = first, 0
    while rare not in listed(page):
        page = owner.get(unescape(re.search(r'href="([^"]+)" rel="next"', page.text).group(1)))
        steps += 1
    assert steps == 2


def test_what_another_unit_owns_is_not_there(world: World, people: Any) -> None:
    payment = paid(world)
    rival = people("rival")

    for path in ("", f"/{payment}", f"/{payment}/refund", "/orders", "/export"):
        assert rival.get(f"{PAYMENTS}{path}").status_code == 404
        own = PAYMENTS.replace(LANTERN, RIVAL) + path
        assert rival.get(own).status_code == (404 if payment in path else 200)
    assert listed(rival.get(PAYMENTS.replace(LANTERN, RIVAL), params={"q": payment})) == []
    live = people("owner").get(f"{PAYMENTS}/{payment}".replace("/test/", "/live/"))
    assert live.status_code == 404


def test_titles_are_text(world: World, people: Any) -> None:
    payment = paid(world, title=EVIL)
    owner = people("owner")

    for path in (PAYMENTS, f"{PAYMENTS}/orders", f"{PAYMENTS}/{payment}", f"{PAYMENTS}?q={EVIL}"):
        page = owner.get(path).text
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in owner.get(PAYMENTS).text


# ── saved views ─────────────────────────────────────────────────────────────────────────────────────


def test_a_filter_is_kept_under_a_name_for_one_person(world: World, people: Any) -> None:
    paid(world)
    owner, analyst = people("owner"), people("analyst")
    for _ in range(2):
        saved = owner.post(f"{PAYMENTS}/views", name="Dear <b>ones</b>", min="100", q="")
        assert saved.headers["location"] == f"{PAYMENTS}?min=100&done=view_saved"
    page = owner.get(PAYMENTS).text

    assert page.count('data-testid="view"') == 1
    assert "Dear &lt;b&gt;ones" in page
    assert "Dear" not in analyst.get(PAYMENTS).text
    view_id = re.search(r"/views/(viw_\w+)/delete", page).group(1)
    assert analyst.post(f"{PAYMENTS}/views/{view_id}/delete").status_code == 404
    assert owner.post(f"{PAYMENTS}/views/{view_id}/delete").status_code == 303
    assert 'data-testid="view"' not in owner.get(PAYMENTS).text


def test_a_view_without_a_name_is_not_kept(world: World, people: Any) -> None:
    answer = people("owner").post(f"{PAYMENTS}/views", name="  ", min="100")

    assert answer.status_code == 400
    assert "Give the view a name" in answer.text


def test_a_person_keeps_so_many_views_and_no_more(world: World, people: Any) -> None:
    owner = people("owner")
    answers = [owner.post(f"{PAYMENTS}/views", name=f"view {number}", min="1").status_code for number in range(31)]

    assert answers == [303] * 30 + [409]


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


# ── refunds ─────────────────────────────────────────────────────────────────────────────────────────


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


# ── orders and members ──────────────────────────────────────────────────────────────────────────────


@on_both_engines
def test_orders_lead_to_their_payments(world: World, people: Any) -> None:
    payment = paid(world, order_no="a.b:c")
    world.session()
    owner = people("owner")
    page = owner.get(f"{PAYMENTS}/orders")

    assert page.text.count('data-testid="order"') == 2
    assert owner.get(f"{PAYMENTS}/orders", params={"status": "paid"}).text.count('data-testid="order"') == 1
    assert "No such order" in owner.get(f"{PAYMENTS}/orders", params={"q": "%"}).text
    one = owner.get(f"{PAYMENTS}/orders", params={"q": "a.b:c"}).text
    link = unescape(re.search(r'href="([^"]+)" data-testid="order"', one).group(1))
    assert listed(owner.get(link)) == [payment]


@on_both_engines
def test_a_members_balance_is_found_by_the_units_own_id(world: World, people: Any) -> None:
    member = world.member("mei_1", 20_000)
    body = world.session_body()
    body["shopper"] = {"id": "mei_1"}
    session = world.api("POST", "/v1/checkout-sessions", body).json()
    world.pay(session, "bal")
    finance = people("finance")
    page = finance.get(MEMBERS, params={"q": "mei_1"}).text

    assert "¥71.00" in page
    assert "No such member" in finance.get(MEMBERS, params={"q": "mei%"}).text
    read = finance.get(f"{MEMBERS}/{member}")
    assert read.status_code == 200
    assert "-CN¥129.00" in read.text
    assert read.text.count("<tr>") == 3
    with world.platform.db.read() as connection:
        actions = {line.action for line in audit_page(connection, LANTERN)}
    assert {"member.read", "members.list"} <= actions
    assert people("rival").get(f"{MEMBERS.replace(LANTERN, RIVAL)}/{member}").status_code == 404
    assert finance.get(f"{MEMBERS}/{member}".replace("/test/", "/live/")).status_code == 404
    assert finance.get(f"{MEMBERS}/{member}", params={"before": "2", "currency": "XXX"}).status_code == 200


# ── exports ─────────────────────────────────────────────────────────────────────────────────────────


def exported(person: Person, file_format: str, **query: str) -> Any:
    page = person.get(f"{PAYMENTS}/export", params=query).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    fields.pop("csrf")
    return person.post(f"{PAYMENTS}/export", format=file_format, **{k: unescape(v) for k, v in fields.items()})


@on_both_engines
def test_an_export_has_the_rows_that_were_counted(world: World, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [paid(world, 500 + number) for number in range(5)]
    paid(world, 90_000)
    world.clock.advance(seconds=1)
    monkeypatch.setattr(search_payments, "CHUNK", 2)
    analyst = people("analyst")

    assert "5 rows will be exported" in analyst.get(f"{PAYMENTS}/export", params={"max": "100"}).text
    answer = exported(analyst, "csv", max="100")
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Time", "Payment number", "Order number"]
    assert [row[1] for row in rows[1:]] == sorted(made, reverse=True)
    assert rows[1][5:7] == ["CNY", "5.04"]
    with world.platform.db.read() as connection:
        line = next(line for line in audit_page(connection, LANTERN) if line.action == "payments.export")
    assert (line.after["rows"], line.after["format"], line.after["filters"]) == (5, "csv", {"max": "100"})


def test_what_is_paid_after_the_count_is_not_in_the_file(world: World, people: Any) -> None:
    paid(world)
    world.clock.advance(seconds=1)
    owner = people("owner")
    page = owner.get(f"{PAYMENTS}/export").text
    until = re.search(r'name="until" value="([^"]+)"', page).group(1)
    paid(world)
    answer = owner.post(f"{PAYMENTS}/export", format="csv", until=unescape(until))

    assert len(answer.text.splitlines()) == 2


def test_a_spreadsheet_runs_nothing_from_an_export(world: World, people: Any) -> None:
    titles = [f'{start}cmd|"/c calc"!A1' for start in ("=", "+", "-", "@", "\t=", "\r=")]
    for title in titles:
        paid(world, title=title)
    world.clock.advance(seconds=1)
    owner = people("owner")
    rows = list(csv.reader(io.StringIO(exported(owner, "csv").content.decode("utf-8-sig"), newline="")))

    assert [row[3] for row in reversed(rows[1:])] == [f"'{title}" for title in titles]
    with zipfile.ZipFile(io.BytesIO(exported(owner, "xlsx").content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count("cmd|") == len(titles)
    assert "<v>129</v>" in sheet


def test_an_export_in_no_known_form_is_refused(world: World, people: Any) -> None:
    owner = people("owner")

    assert owner.post(f"{PAYMENTS}/export", format="exe").status_code == 400
    assert owner.post(f"{PAYMENTS}/export", format="csv", min="x").status_code == 400
    assert owner.post(f"{PAYMENTS}/export", format="csv", until="never").status_code == 200


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
