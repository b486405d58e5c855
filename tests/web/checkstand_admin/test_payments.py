"""Operations: the list of payments and the views of it that people save."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.sales import PAYMENTS, listed, paid
from tests.world import LANTERN, RIVAL, World

from checkstand.app import keyset, search_payments

EVIL = '=HYPERLINK("http://evil.example")<script>alert(1)</script>'


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
