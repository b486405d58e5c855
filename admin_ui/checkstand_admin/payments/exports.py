"""Payments as CSV or XLSX, a part at a time: a file of any length needs the memory of one part.

A cell that a spreadsheet would run as a formula gets an apostrophe before it, because order numbers and
titles come from outside.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import xlsxwriter

from checkstand.app.search_payments import Found
from checkstand.kernel import Money
from checkstand_admin.formats import when

Texter = Callable[..., str]

COLUMNS: Final = (
    "time", "payment_id", "order_no", "title", "status", "currency", "amount", "refunded", "fee",
    "method", "channel", "attempt_id", "channel_no", "paid_at",
)  # fmt: skip
AMOUNTS: Final = frozenset(COLUMNS.index(name) for name in ("amount", "refunded", "fee"))
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_ROWS: Final = 1_000_000  # below a header; a sheet ends at 1,048,576
PIECE: Final = 256 * 1024
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_csv(parts: Iterable[list[Found]], t: Texter, zone: ZoneInfo) -> Iterator[bytes]:
    """UTF-8 with the mark that spreadsheets need to recognise it."""
    yield _lines([_head(t)]).encode("utf-8-sig")
    for part in parts:
        yield _lines(_row(each, t, zone) for each in part).encode()


def as_xlsx(parts: Iterable[list[Found]], t: Texter, zone: ZoneInfo) -> Iterator[bytes]:
    """A workbook, written row by row to a file beside us; as many sheets as its rows need."""
    with tempfile.TemporaryDirectory(prefix="checkstand_export_") as folder:
        path = Path(folder) / "payments.xlsx"
        _write_workbook(path, parts, t, zone)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


WRITERS: Final[dict[str, Callable[[Iterable[list[Found]], Texter, ZoneInfo], Iterator[bytes]]]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
}


def _write_workbook(path: Path, parts: Iterable[list[Found]], t: Texter, zone: ZoneInfo) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00##"})
    sheet, line = _sheet(book, t, bold), 0
    for part in parts:
        for found in part:
            if line == SHEET_ROWS:
                sheet, line = _sheet(book, t, bold), 0
            line += 1
            for column, cell in enumerate(_row(found, t, zone)):
                if column in AMOUNTS:
                    sheet.write_number(line, column, float(cell), money)  # a spreadsheet knows no other number
                else:
                    sheet.write_string(line, column, cell)
    book.close()


def _sheet(book: Any, t: Texter, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, len(COLUMNS) - 1, 20)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(_head(t)):
        sheet.write_string(0, column, title, bold)
    return sheet


def _head(t: Texter) -> list[str]:
    return [t(f"payments.column.{name}") for name in COLUMNS]


def _row(found: Found, t: Texter, zone: ZoneInfo) -> list[str]:
    row, attempt = found.payment, found.attempt
    cells = [
        when(row.created_at, zone),
        row.payment_id,
        found.order.order_no,
        found.order.title,
        t(f"payments.state.{row.status}"),
        row.currency,
        Money(row.amount_minor, row.currency).decimal(),
        Money(row.refunded_minor, row.currency).decimal(),
        Money(row.fee_minor - row.fee_refunded_minor, row.currency).decimal(),
        row.method_type,
        attempt.channel if attempt else "",
        attempt.attempt_id if attempt else "",
        (attempt.channel_no or "") if attempt else "",
        when(row.paid_at, zone) if row.paid_at else "",
    ]
    return [cell if column in AMOUNTS else safe(cell) for column, cell in enumerate(cells)]


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
