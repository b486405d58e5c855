"""A statement file as lines, one at a time: nothing of it is believed before its totals have been checked.

The caller must read to the end before it uses a line for good: truncated files and wrong totals are
found there. Memory does not grow with the file.
"""

from __future__ import annotations

import difflib
import gzip
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO, Final

from checkstand.kernel import CheckstandError
from checkstand.reconciliation import errors
from checkstand.reconciliation.cells import instant, minor, units, written
from checkstand.reconciliation.formats import COUNT, Format, TotalsLine
from checkstand.reconciliation.model import LineKind, StatementLine

_ENCODINGS: Final = ("utf-8", "gbk")


@dataclass(slots=True)
class Reading:
    """One pass over one file. `format` is known once the headings have been read."""

    path: Path
    formats: Sequence[Format]
    day: date
    payee: str = ""
    format: Format | None = None
    rows: int = 0
    _line: int = 0
    _sums: dict[tuple[str, str], int] = field(default_factory=dict)
    _pending: list[TotalsLine] = field(default_factory=list)

    def lines(self) -> Iterator[StatementLine]:
        """Every line that moved money, in the file's order; raises at the place of the first mistake."""
        with opened(self.path, self.formats) as stream:
            texts = self._decoded(stream)
            chosen = self._headings(texts)
            self.format = chosen
            columns = {name: place for place, name in enumerate(chosen.columns)}
            self._pending = list(chosen.totals)
            row = _Row(self, chosen, columns)
            for text in texts:
                if self._is_frame(chosen, text):
                    break
                made = row.read(text)
                if made is not None:
                    yield made
            else:
                raise self.at(errors.StatementTruncated, f"the file ends after {self.rows} rows without totals")
            self._check_totals(chosen, texts)

    def _decoded(self, stream: IO[bytes]) -> Iterator[str]:
        """Lines of text. Each is decoded by itself, so that a wrong byte has a line number."""
        encoding = self.formats[0].encoding.removesuffix("-sig")
        for raw in self._whole(stream):
            self._line += 1
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError as error:
                if not raw.endswith(b"\n"):
                    raise self.at(errors.StatementTruncated, "the file ends within a line") from None
                likely = _likely(raw)
                hint = f"; it looks like {likely}" if likely else ""
                raise self.at(
                    errors.StatementEncodingWrong,
                    f"byte {error.start + 1} is not {encoding}{hint}; the channel writes {self.formats[0].encoding}",
                ) from None
            if self._line == 1:
                text = text.removeprefix("\ufeff")
            text = text.rstrip("\r\n")
            if text:
                yield text

    def _whole(self, stream: IO[bytes]) -> Iterator[bytes]:
        """Lines of bytes; a cut-off or damaged archive is told as such."""
        try:
            yield from stream
        except (EOFError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile) as error:
            raise self.at(errors.StatementTruncated, f"the archive is damaged: {error}") from error

    def _headings(self, texts: Iterator[str]) -> Format:
        for text in texts:
            if any(each.comment and text.startswith(each.comment) for each in self.formats):
                continue
            cells = tuple(cell.strip() for cell in text.split(","))
            for each in self.formats:
                if cells == each.columns:
                    return each
            raise self.at(errors.StatementFormatUnknown, _nearest(cells, self.formats))
        raise self.at(errors.StatementTruncated, "the file has no line of headings")

    def _is_frame(self, chosen: Format, text: str) -> bool:
        """Whether the rows are over: the headings of the totals, or the line that ends the list."""
        if chosen.end is not None and chosen.end.fullmatch(text):
            return True
        return bool(chosen.headings) and tuple(text.split(",")) == chosen.headings

    def _check_totals(self, chosen: Format, texts: Iterator[str]) -> None:
        for text in texts:
            for total in list(self._pending):
                figures = self._figures(chosen, total, text)
                if figures is not None:
                    self._compare(chosen, total, figures)
                    self._pending.remove(total)
                    break
        if self._pending:
            raise self.at(errors.StatementTruncated, f"{len(self._pending)} line(s) of totals are missing at the end")

    def _figures(self, chosen: Format, total: TotalsLine, text: str) -> Sequence[str] | None:
        if total.pattern is not None:
            found = total.pattern.fullmatch(text)
            return found.groups() if found else None
        return split(text, chosen)

    def _compare(self, chosen: Format, total: TotalsLine, figures: Sequence[str]) -> None:
        if len(figures) != len(total.sums):
            raise self.at(errors.StatementTruncated, f"{len(figures)} of {len(total.sums)} totals are there")
        for place, (column, figure) in enumerate(zip(total.sums, figures, strict=True)):
            name = chosen.headings[place] if chosen.headings else column
            counted = sum(
                value for (kind, of), value in self._sums.items() if of == column and total.kind in (None, kind)
            )
            try:
                stated = int(figure) if column == COUNT else units(figure)
            except ValueError:
                raise self.at(errors.StatementMalformed, f"{figure!r} is no figure", name) from None
            if stated != counted:
                ours = str(counted) if column == COUNT else written(counted)
                raise self.at(errors.StatementTotalWrong, f"the file says {figure}, its rows come to {ours}", name)

    def add(self, kind: str, column: str, value: int) -> None:
        """Count a row's figure into the totals."""
        key = kind, column
        self._sums[key] = self._sums.get(key, 0) + value

    def at(self, error: type[CheckstandError], what: str, column: str = "") -> CheckstandError:
        place = f"{self.path.name}:{self._line}" + (f" column {column!r}" if column else "")
        return error(f"{place}: {what}", pointer=column or None, file=self.path.name, line=self._line)

    @property
    def line(self) -> int:
        return self._line


class _Row:
    """Turns the cells of one line into our words; whatever can be looked up once is."""

    def __init__(self, reading: Reading, chosen: Format, columns: dict[str, int]) -> None:
        self._reading, self._format = reading, chosen
        self._kind = columns[chosen.kind_column]
        self._at = columns[chosen.at]
        self._payee = columns[chosen.payee] if chosen.payee and reading.payee else None
        self._status = columns[chosen.status_column] if chosen.status_column else None
        self._currency = None if chosen.currency else columns[chosen.currency_column]
        self._places = {
            kind: {part: columns[column] for part, column in parts.items()} for kind, parts in chosen.fields.items()
        }
        summed = dict.fromkeys(column for total in chosen.totals for column in total.sums if column != COUNT)
        self._summed = [(columns[column], column) for column in summed]
        self._day = reading.day.isoformat()

    def read(self, text: str) -> StatementLine | None:
        """One line; None for a refund that failed, which moved nothing."""
        reading, chosen = self._reading, self._format
        cells = split(text, chosen)
        if len(cells) != len(chosen.columns):
            raise reading.at(
                errors.StatementTruncated if len(cells) < len(chosen.columns) else errors.StatementMalformed,
                f"{len(cells)} of {len(chosen.columns)} cells",
            )
        kind = chosen.kinds.get(cells[self._kind])
        if kind is None:
            known = ", ".join(chosen.kinds)
            raise reading.at(errors.StatementMalformed, f"{cells[self._kind]!r} is none of {known}", chosen.kind_column)
        for place, column in self._summed:
            reading.add(kind, column, self._units(place, cells))
        reading.add(kind, COUNT, 1)
        reading.rows += 1
        if self._payee is not None and cells[self._payee] != reading.payee:
            found = f"merchant number {cells[self._payee]}, this account is {reading.payee}"
            raise reading.at(errors.StatementForeign, found, chosen.payee)
        status = chosen.statuses.get(cells[self._status]) if self._status is not None else None
        return None if status == "failed" else self._line(kind, cells, status != "processing")

    def _line(self, kind: str, cells: Sequence[str], final: bool) -> StatementLine:
        chosen, places = self._format, self._places[kind]
        sign = -1 if kind == LineKind.REFUND and chosen.refunds_negative else 1
        gross = sign * minor(self._units(places["gross"], cells))
        if gross < 0:
            column = chosen.columns[places["gross"]]
            raise self._reading.at(errors.StatementMalformed, "the amount has the wrong sign", column)
        fee = minor(self._units(places["fee"], cells))
        return StatementLine(
            kind,
            cells[places["our_no"]] if "our_no" in places else "",
            cells[places["channel_no"]] if "channel_no" in places else "",
            cells[places["original_no"]] if "original_no" in places else "",
            gross,
            -fee if chosen.fees_negative else fee,
            chosen.currency if self._currency is None else cells[self._currency],
            self._instant(cells[self._at]),
            self._reading.line,
            sign * minor(self._units(places["ordered"], cells)),
            final,
        )

    def _instant(self, text: str) -> datetime:
        reading = self._reading
        try:
            at = instant(text)
        except ValueError:
            raise reading.at(errors.StatementMalformed, f"{text!r} is no time", self._format.at) from None
        if text.replace("/", "-")[:10] != self._day:
            raise reading.at(errors.StatementForeign, f"{text} is not on {reading.day}", self._format.at)
        return at

    def _units(self, place: int, cells: Sequence[str]) -> int:
        try:
            return units(cells[place])
        except ValueError:
            column = self._format.columns[place]
            raise self._reading.at(errors.StatementMalformed, f"{cells[place]!r} is no amount", column) from None


def split(text: str, chosen: Format) -> list[str]:
    """The cells of a row. Values may hold commas where each begins with the prefix."""
    if chosen.prefix:
        return text.removeprefix(chosen.prefix).split("," + chosen.prefix)
    return [cell.strip() for cell in text.split(",")]


@contextmanager
def opened(path: Path, formats: Sequence[Format]) -> Iterator[IO[bytes]]:
    """The statement's bytes: as they are, out of gzip, or the member of a zip that the format names."""
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(b"\x1f\x8b"):
        with gzip.open(path) as stream:
            yield stream  # type: ignore[misc]  # a GzipFile reads bytes
    elif magic == b"PK\x03\x04":
        with zipfile.ZipFile(path, metadata_encoding="gbk") as archive:
            members = [
                name for name in archive.namelist() for each in formats if each.member and name.endswith(each.member)
            ]
            if len(members) != 1:
                raise errors.StatementFormatUnknown(f"{path.name}: the zip holds {archive.namelist()}")
            with archive.open(members[0]) as stream:
                yield stream
    else:
        with path.open("rb") as stream:
            yield stream


def _nearest(cells: Sequence[str], formats: Sequence[Format]) -> str:
    best = max(formats, key=lambda each: difflib.SequenceMatcher(None, cells, each.columns).ratio())
    missing = [column for column in best.columns if column not in cells]
    extra = [cell for cell in cells if cell not in best.columns]
    return f"headings differ from {best.name}: missing {missing[:3]}, unknown {extra[:3]}"


def _likely(raw: bytes) -> str | None:
    """Another encoding in which these bytes make sense."""
    if b"\x00" in raw:
        return "utf-16"
    for each in _ENCODINGS:
        try:
            raw.decode(each)
        except UnicodeDecodeError:
            continue
        return each
    return None
