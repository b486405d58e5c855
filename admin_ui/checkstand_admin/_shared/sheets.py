"""Tables as CSV or XLSX, a part at a time: a file of any length needs the memory of one part.

A cell that a spreadsheet would run as a formula gets an apostrophe before it, because order numbers and
titles come from outside.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import xlsxwriter
from litestar.response import Stream

from checkstand_admin.console import headers

Part = Iterable[Sequence[str]]  # some rows, each with a text for every column

MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEET_ROWS: Final = 1_000_000  # below a header; a sheet ends at 1,048,576
PIECE: Final = 256 * 1024
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Head:
    """The titles of the columns, and which of them (by number) are amounts: those are numbers to a spreadsheet."""

    titles: Sequence[str]
    amounts: frozenset[int] = frozenset()

    def safe(self, row: Sequence[str]) -> list[str]:
        return [cell if column in self.amounts else safe(cell) for column, cell in enumerate(row)]


def safe(text: str) -> str:
    """Text that a spreadsheet shows and does not run."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_csv(head: Head, parts: Iterable[Part]) -> Iterator[bytes]:
    """UTF-8 with the mark that spreadsheets need to recognise it."""
    yield _lines([head.titles]).encode("utf-8-sig")
    for part in parts:
        yield _lines(head.safe(row) for row in part).encode()


def as_xlsx(head: Head, parts: Iterable[Part]) -> Iterator[bytes]:
    """A workbook, written row by row to a file beside us; as many sheets as its rows need."""
    with tempfile.TemporaryDirectory(prefix="checkstand_export_") as folder:
        path = Path(folder) / "export.xlsx"
        _write_workbook(path, head, parts)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


WRITERS: Final[dict[str, Callable[[Head, Iterable[Part]], Iterator[bytes]]]] = {"csv": as_csv, "xlsx": as_xlsx}


def download(name: str, file_format: str, head: Head, parts: Iterable[Part], **more: str) -> Stream:
    """The answer that sends the file as it is written; `name` is without its ending."""
    told = {"content-disposition": f'attachment; filename="{name}.{file_format}"', **more}
    return Stream(
        WRITERS[file_format](head, parts),
        headers={**headers(), **told},
        media_type=MEDIA_TYPES[file_format],
        status_code=200,
    )


def as_it_is(name: str, parts: Iterable[bytes], size: int) -> Stream:
    """The answer that sends a file of somebody else's: to be saved, never shown as a page of ours."""
    told = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", "content-length": str(size)}
    return Stream(iter(parts), headers={**headers(), **told}, media_type="application/octet-stream", status_code=200)


def _write_workbook(path: Path, head: Head, parts: Iterable[Part]) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    bold, money = book.add_format({"bold": True}), book.add_format({"num_format": "0.00##"})
    sheet, line = _sheet(book, head, bold), 0
    for part in parts:
        for row in part:
            if line == SHEET_ROWS:
                sheet, line = _sheet(book, head, bold), 0
            line += 1
            for column, cell in enumerate(head.safe(row)):
                if column in head.amounts and cell:
                    sheet.write_number(line, column, float(cell), money)  # a spreadsheet knows no other number
                else:
                    sheet.write_string(line, column, cell)
    book.close()


def _sheet(book: Any, head: Head, bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.set_column(0, len(head.titles) - 1, 20)
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(head.titles):
        sheet.write_string(0, column, title, bold)
    return sheet


def _lines(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
