"""Operations: payments as a file for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from typing import Any

import pytest
from tests.web.checkstand_admin.engines import on_both_engines
from tests.web.checkstand_admin.person import Person
from tests.web.checkstand_admin.sales import PAYMENTS, paid
from tests.world import LANTERN, World

from checkstand.app import search_payments
from checkstand.monitoring.audit import audit_page


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
