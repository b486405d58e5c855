"""Reconciliation in the console: a statement is brought, a difference is found, and two people end it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.checkstand.reconciliation.shop import Shop
from tests.unit.checkstand.reconciliation.statements import wechat
from tests.web.checkstand_admin.person import Person
from tests.world import LANTERN, RIVAL, World, next_noon

from checkstand.accounting import WriteSet
from checkstand.infra.ops import Update
from checkstand.monitoring.audit import audit_page
from checkstand.reconciliation.store import reconciliation_run

HERE = f"/admin/u/{LANTERN}/test/reconciliation"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def shop(tmp_path: Path, sqlite_database: str) -> Iterator[Shop]:
    world = World(tmp_path, sqlite_database, begins=next_noon())
    try:
        yield Shop(world)
        assert world.broken_invariants() == []
    finally:
        world.close()


@pytest.fixture
def world(shop: Shop) -> World:
    return shop.world


def bring(shop: Shop, person: Person, content: bytes, **changes: str) -> Any:
    """The upload as a browser without scripts sends it."""
    person.get(HERE)
    fields = {"csrf": person.csrf, "account": shop.account.channel_account_id, "day": str(shop.today), **changes}
    path = f"{HERE}/statements"
    files = {"file": ("bill.csv", content)} if content else None
    return person.client.post(path, data=fields, files=files, follow_redirects=False)


def stranger(shop: Shop, person: Person, name: str = "stranger") -> str:
    """A day with a payment that nobody here knows; the address of its item."""
    shop.paid()
    lines = [*shop.agreed(), shop.line(name, 700, 3)]
    answer = bring(shop, person, wechat(lines, payee=shop.account.merchant_ref))
    assert answer.status_code == 303, answer.text
    run = shop.run_of("wechat_pay", shop.today)
    return f"{HERE}/items/{shop.items(run)[name].item_id}"


def test_a_statement_is_brought_and_its_run_is_shown(shop: Shop, people: Any) -> None:
    otto = people("finance")
    item = stranger(shop, otto)

    runs, queue = otto.get(HERE), otto.get(f"{HERE}/queue")
    run = otto.get(f"{HERE}/runs/{shop.run_of('wechat_pay', shop.today).run_id}")

    assert 'data-testid="run"' in runs.text
    assert "paid there" not in run.text
    assert "payment only at the channel: <strong>1</strong>" in run.text
    assert item in queue.text
    assert "SHA-256" in run.text


@pytest.mark.parametrize(
    ("content", "changes", "code"),
    [
        (b"", {}, "No file has arrived"),
        (b"not a bill", {}, "headings"),
        (b"x", {"day": "yesterday"}, "This is no day"),
        (b"x", {"account": "cha_of_somebody_else"}, "no such channel account"),
    ],
)
def test_what_cannot_be_used_is_told_above_the_form(
    shop: Shop, people: Any, content: bytes, changes: dict[str, str], code: str
) -> None:
    answer = bring(shop, people("finance"), content, **changes)
    assert answer.status_code in (400, 409), answer.text
    assert code in answer.text


def test_a_truncated_file_leaves_nothing_behind(shop: Shop, people: Any) -> None:
    shop.paid()
    whole = wechat(shop.agreed(), payee=shop.account.merchant_ref)

    answer = bring(shop, people("finance"), whole[: len(whole) * 2 // 3])

    assert (answer.status_code, "Fetch the file again" in answer.text) == (400, True)
    with shop.world.platform.db.read() as connection:
        assert connection.execute(reconciliation_run.select()).first() is None


def test_a_file_that_was_used_and_one_that_was_not_are_handed_out_as_they_came(shop: Shop, people: Any) -> None:
    shop.paid()
    otto, whole = people("finance"), wechat(shop.agreed(), payee=shop.account.merchant_ref)
    broken = whole[: len(whole) * 2 // 3]
    bring(shop, otto, broken)
    bring(shop, otto, broken)
    bring(shop, otto, whole)

    page, run = otto.get(HERE).text, shop.run_of("wechat_pay", shop.today)
    links = re.findall(rf'href="({HERE}/files/\w+)"', page + otto.get(f"{HERE}/runs/{run.run_id}").text)

    assert [otto.get(each).content for each in links] == [broken, whole]
    assert otto.get(links[0]).headers["content-disposition"] == "attachment; filename*=UTF-8''bill.csv"
    assert "reconciliation.statement_truncated" in page
    elsewhere = links[0].replace("/test/", "/live/")
    assert [otto.get(each).status_code for each in (elsewhere, links[0] + "x")] == [404, 404]


def test_no_more_than_five_broken_copies_of_a_day_are_kept(shop: Shop, people: Any) -> None:
    otto = people("finance")
    for number in range(7):
        bring(shop, otto, f"not a bill {number}".encode())
    assert otto.get(HERE).text.count(f"{HERE}/files/") == 5


@pytest.mark.parametrize("body", [b"--x\r\nnothing", b"\x00" * 50, b"--x--\r\n"])
def test_a_form_that_was_cut_off_is_refused(shop: Shop, people: Any, body: bytes) -> None:
    otto = people("finance")
    otto.get(HERE)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    answer = otto.client.post(f"{HERE}/statements", content=body, headers=headers, follow_redirects=False)
    assert answer.status_code in (400, 403)


def test_an_item_shows_both_sides_the_raw_line_and_its_journals(shop: Shop, people: Any) -> None:
    otto = people("finance")
    page = otto.get(stranger(shop, otto)).text

    assert "`7.00" in page  # the line as the channel wrote it
    assert "recon_difference" in page
    assert 'data-testid="action-ignore"' in page
    assert "surplus" in page


def test_an_item_is_taken_commented_and_ignored(shop: Shop, people: Any) -> None:
    otto = people("finance")
    item = stranger(shop, otto)

    assert otto.post(f"{item}/owner").status_code == 303
    assert otto.post(f"{item}/notes", text=f"Asked {EVIL}").status_code == 303
    assert otto.post(f"{item}/decision", action="ignore", reason="The ticket office").status_code == 303

    page = otto.get(item).text
    assert all(word in page for word in ("finance@example.com", "belongs to another system", "The ticket office"))
    assert EVIL not in page
    with shop.world.platform.db.read() as connection:
        told = {row.action for row in audit_page(connection, LANTERN)}
    assert {"reconciliation.assign", "reconciliation.ignore"} <= told


def test_a_write_off_waits_for_somebody_else(shop: Shop, people: Any) -> None:
    otto, ada = people("finance"), people("owner")
    item = stranger(shop, otto)

    otto.post(f"{item}/decision", action="write_off", reason="Nobody claims it")
    assert 'data-testid="approve"' not in otto.get(item).text
    assert otto.post(f"{item}/write-off").status_code == 403
    assert 'data-testid="approve"' in ada.get(item).text
    assert ada.post(f"{item}/write-off").status_code == 303

    assert "written off" in ada.get(item).text
    assert shop.suspended() == (0, 0)


def test_a_decision_without_a_reason_keeps_the_page(shop: Shop, people: Any) -> None:
    otto = people("finance")
    item = stranger(shop, otto)
    for form in ({"action": "ignore", "reason": " "}, {"action": "dance", "reason": "why not"}):
        answer = otto.post(f"{item}/decision", **form)
        assert (answer.status_code in (400, 409), "Nothing was changed" in answer.text or "reason" in answer.text) == (
            True,
            True,
        )


def test_an_analyst_reads_and_a_rival_sees_nothing(shop: Shop, people: Any) -> None:
    item = stranger(shop, people("finance"))
    ana, rita = people("analyst"), people("rival")

    assert ana.get(item).status_code == 200
    assert 'data-testid="decide"' not in ana.get(item).text
    assert ana.post(f"{item}/owner").status_code == 403
    assert rita.get(item).status_code == 404
    foreign = item.replace(f"/u/{LANTERN}/", f"/u/{RIVAL}/")
    assert rita.get(foreign).status_code == 404
    assert rita.post(f"{foreign}/owner").status_code == 404
    assert people("owner").get(item.replace("/test/", "/live/")).status_code == 404


def test_the_queue_is_filtered_and_exported(shop: Shop, people: Any) -> None:
    otto = people("finance")
    stranger(shop, otto, "=1+1")

    assert "=1+1" in otto.get(f"{HERE}/queue?class=channel_only_payment&from={shop.today}").text
    assert 'data-testid="empty"' in otto.get(f"{HERE}/queue?class=fee_diff").text
    assert otto.get(f"{HERE}/queue?from=soon").status_code == 400
    rows = list(csv.reader(io.StringIO(otto.get(f"{HERE}/queue/export?format=csv").content.decode("utf-8-sig"))))
    assert [len(rows), rows[1][7], rows[1][12]] == [2, "'=1+1", "7.00"]
    assert otto.get(f"{HERE}/queue/export?format=xlsx").content.startswith(b"PK")
    assert otto.get(f"{HERE}/queue/export?format=pdf").status_code == 409


def test_a_run_that_is_not_finished_shows_how_far_it_is(shop: Shop, people: Any) -> None:
    otto = people("finance")
    stranger(shop, otto)
    run = shop.run_of("wechat_pay", shop.today)
    key = {"tenant_id": LANTERN, "run_id": run.run_id}
    shop.world.platform.poster.commit(
        WriteSet(ops=[Update(reconciliation_run, key, {"status": "RUNNING", "lines": 8})])
    )

    page = otto.get(f"{HERE}/runs/{run.run_id}").text
    part = otto.get(f"{HERE}/runs/{run.run_id}/progress").text

    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'value="25"' in page  # two of eight lines
    assert 'hx-trigger="every 2s"' in part
    assert "<html" not in part
    shop.world.platform.poster.commit(WriteSet(ops=[Update(reconciliation_run, key, {"status": run.status})]))
    assert "hx-get" not in otto.get(f"{HERE}/runs/{run.run_id}/progress").text


def test_old_items_are_marked_and_a_late_statement_is_listed(shop: Shop, people: Any) -> None:
    stranger(shop, people("finance"))
    day = shop.morning(4)
    shop.world.fault("wechat_pay", kind="bill_late", verb="bill")
    shop.fetch("wechat_pay", day)

    ada = people("owner")  # the first one's sign-in has ended meanwhile
    assert "older than three days" in ada.get(f"{HERE}/queue").text
    assert 'data-testid="missing"' in ada.get(HERE).text
