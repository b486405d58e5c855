"""The books on pages: trial balance, statements, where a balance comes from, adjustments, closed days, files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from typing import Any

import pytest
from tests.web.checkstand_admin.engines import on_both_engines
from tests.world import LANTERN, RIVAL, World

from checkstand.accounting import accounting_date
from checkstand.app.ledger.close_day import closable_at, close_day
from checkstand.monitoring.audit import audit_page

LEDGER = f"/admin/u/{LANTERN}/test/ledger"
MERCHANT = "2102:CNY:lantern/test"


@pytest.fixture
def paid(world: World) -> World:
    """Mei has paid 129 yuan."""
    session = world.session()
    world.pay(session)
    world.shop(session)
    world.settle()
    return world


def seen(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


@on_both_engines
def test_the_trial_balance_is_balanced(paid: World, people: Any) -> None:
    page = seen(people("analyst").get(LEDGER))

    assert "balanced" in page
    assert "Payment clearing –" in page
    assert "¥129.00" in page


def test_empty_books_teach_what_fills_them(world: World, people: Any) -> None:
    assert "The books are empty" in seen(people("finance").get(LEDGER))


def test_a_wrong_day_is_told_at_its_field(paid: World, people: Any) -> None:
    page = seen(people("finance").get(f"{LEDGER}?from=tomorrow"), 400)

    assert "Not a date" in page


def test_a_payment_is_followed_from_the_list_of_accounts_to_the_channels_message(paid: World, people: Any) -> None:
    finance = people("finance")
    listed = finance.get(f"{LEDGER}/accounts?code=2102")
    [link] = re.findall(r'href="([^"]+)" data-testid="account"', listed.text)
    statement = finance.get(unescape(link))
    [journal] = re.findall(r'href="([^"]+)" data-testid="journal"', statement.text)
    [explain] = re.findall(r'href="([^"]+)" data-testid="explain"', statement.text)

    assert "Opening CN¥0.00" in seen(statement)
    assert "J1.2" in seen(finance.get(unescape(journal)))
    told = finance.get(unescape(explain))
    assert 'data-testid="callback"' in told.text
    assert 'data-testid="exchange"' in told.text
    assert "payment: PROCESSING → SUCCEEDED (succeed)" in seen(told)


@pytest.mark.parametrize(
    "path", ["account?id=2102:CNY:nobody", "explain?id=2102:CNY:nobody", "journals/jnl_none", "account?id=%00"]
)
def test_what_is_not_there_is_not_found(paid: World, people: Any, path: str) -> None:
    assert people("finance").get(f"{LEDGER}/{path}").status_code == 404


def test_another_units_owner_sees_nothing(paid: World, people: Any) -> None:
    rival = people("rival")

    assert rival.get(LEDGER).status_code == 404
    own = f"/admin/u/{RIVAL}/test/ledger/account?id={MERCHANT}"
    assert rival.get(own).status_code == 404


def test_a_statement_leaves_as_csv_and_xlsx_with_a_line_on_the_audit_trail(paid: World, people: Any) -> None:
    finance = people("finance")
    table = finance.get(f"{LEDGER}/account/export?id={MERCHANT}&format=csv")
    book = finance.get(f"{LEDGER}/account/export?id={MERCHANT}&format=xlsx")

    rows = list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [row[2] for row in rows] == ["Kind", "pay"]
    assert rows[1][6] == rows[1][7]
    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(book.content)).namelist()
    with paid.platform.db.read() as connection:
        told = [line.object_id for line in audit_page(connection, LANTERN) if line.action == "ledger.export"]
    assert told == [MERCHANT, MERCHANT]


def test_the_trial_balance_leaves_as_csv(paid: World, people: Any) -> None:
    answer = people("analyst").get(f"{LEDGER}/trial-balance/export?format=csv")

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 1 + 27
    assert sum(float(row[6]) for row in rows[1:]) == pytest.approx(0)


LOSS = {"account0": "5002:CNY:", "debit0": "7.00", "account1": "1002:CNY:cmb", "credit1": "7.00"}
WHY = {"reason": "A fee of the bank", "evidence": "Advice 7"}


def test_an_adjustment_is_asked_by_one_and_booked_by_another(world: World, people: Any) -> None:
    finance, owner = people("finance"), people("owner")
    assert finance.post(f"{LEDGER}/adjustments", **LOSS, **WHY).status_code == 303
    page = finance.get(f"{LEDGER}/adjustments")
    [path] = re.findall(r'action="([^"]+/reject)"', page.text)
    path = path.replace("/reject", "/approve")
    own = seen(finance.post(path), 403)

    assert 'data-testid="approve"' not in page.text
    assert "somebody else has to approve it" in own
    assert owner.post(path).status_code == 303
    assert "booked" in seen(owner.get(f"{LEDGER}/adjustments"))
    assert "already" in seen(owner.post(path), 409)
    assert "¥7.00" in seen(owner.get(f"{LEDGER}/account?id=5002:CNY:"))


def test_who_may_only_read_cannot_ask(world: World, people: Any) -> None:
    analyst = people("analyst")

    assert "Ask for an adjustment" not in seen(analyst.get(f"{LEDGER}/adjustments"))
    assert analyst.post(f"{LEDGER}/adjustments", **LOSS, **WHY).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"credit1": "6.99"}, "Debits and credits differ"),
        ({"credit1": "seven"}, "seven is no amount in CNY"),
        ({"credit0": "7.00"}, "either a debit or a credit"),
        ({"account0": "9999:CNY:"}, "is no account"),
        ({"account0": "2901:CNY:pay"}, "in transit are not adjusted by hand"),
        ({"reason": ""}, "cannot be booked as it is"),
        ({"adjusts": "yesterday"}, "is no date"),
    ],
)
def test_a_wrong_adjustment_keeps_what_was_typed(world: World, people: Any, wrong: dict[str, str], says: str) -> None:
    answer = people("finance").post(f"{LEDGER}/adjustments", **{**LOSS, **WHY, **wrong})

    assert answer.status_code >= 400
    assert says in seen(answer, answer.status_code)
    assert 'value="1002:CNY:cmb"' in answer.text


def test_closed_days_show_their_digests(paid: World, people: Any) -> None:
    day = accounting_date(paid.clock.now())
    finance = people("finance")
    assert "No day is closed yet" in seen(finance.get(f"{LEDGER}/days"))
    paid.clock.advance(seconds=(closable_at(day) - paid.clock.now()).total_seconds())
    paid.settle()
    close_day(paid.platform, LANTERN, day)

    assert re.search(r"<code class=\"break\">[0-9a-f]{64}</code>", people("owner").get(f"{LEDGER}/days").text)


def test_the_pages_speak_chinese(paid: World, people: Any) -> None:
    finance = people("finance")
    finance.client.cookies.set("cs_locale", "zh-CN")

    for path in ("", "/accounts", f"/account?id={MERCHANT}", f"/explain?id={MERCHANT}", "/adjustments", "/days"):
        assert "账务" in seen(finance.get(f"{LEDGER}{path}"))
