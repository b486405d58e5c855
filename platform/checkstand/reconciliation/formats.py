"""Statement formats as data: what a channel's `statement.yaml` declares about its files.

A format says how bytes become rows (encoding, prefix, comment lines, the member of a zip), what each
column means in our words, and which totals prove that the file is whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from checkstand.infra.yaml_text import load_yaml
from checkstand.reconciliation.errors import FormatInvalid
from checkstand.reconciliation.model import LineKind

COUNT: Final = "count"  # in the place of a column: the number of rows
STATUSES: Final = ("processing", "failed")
_PARTS: Final = ("our_no", "channel_no", "original_no", "gross", "ordered", "fee")
_NEEDED: Final = ("gross", "ordered", "fee")


@dataclass(frozen=True, slots=True)
class TotalsLine:
    """One line of totals: what each of its figures sums up, over the rows of one kind or of all."""

    sums: tuple[str, ...]
    kind: str | None = None
    pattern: re.Pattern[str] | None = None  # none: the cells of the line below the headings of totals


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    name: str
    covers: tuple[str, ...]
    encoding: str
    columns: tuple[str, ...]
    prefix: str
    comment: str
    member: str
    kind_column: str
    kinds: Mapping[str, str]
    at: str
    currency: str
    currency_column: str
    payee: str
    status_column: str
    statuses: Mapping[str, str]
    refunds_negative: bool
    fees_negative: bool
    fields: Mapping[str, Mapping[str, str]]
    headings: tuple[str, ...]  # of the totals, where they have some
    end: re.Pattern[str] | None
    totals: tuple[TotalsLine, ...]


def load_formats(path: Path) -> tuple[Format, ...]:
    """The formats a channel declares; a mistake names the file, the format and the key."""
    declared = load_yaml(path.read_text(encoding="utf-8"))
    if not isinstance(declared, list) or not declared:
        raise FormatInvalid(f"{path}: expected a list of formats")
    formats = tuple(_format(path, each) for each in declared)
    if len({each.encoding for each in formats}) > 1:
        raise FormatInvalid(f"{path}: the files of one channel have one encoding")
    return formats


def _format(path: Path, data: Mapping[str, Any]) -> Format:
    name = str(data.get("name", "?"))
    try:
        made = _made(name, data)
    except (KeyError, TypeError, AttributeError, re.error) as error:
        raise FormatInvalid(f"{path}: {name}: {type(error).__name__} at {error}") from error
    wrong = _contradiction(made)
    if wrong:
        raise FormatInvalid(f"{path}: {name}: {wrong}")
    return made


def _made(name: str, data: Mapping[str, Any]) -> Format:
    totals = data["totals"]
    status, currency = data.get("status", {}), data["currency"]
    lines = [
        TotalsLine(tuple(each["sums"]), each.get("kind"), re.compile(each["line"]))
        for each in totals.get("patterns", ())
    ]
    if "headings" in totals:
        lines.append(TotalsLine(tuple(totals["sums"])))
    return Format(
        name=name,
        covers=tuple(data["covers"]),
        encoding=data["encoding"],
        columns=tuple(data["columns"]),
        prefix=data.get("prefix", ""),
        comment=data.get("comment", ""),
        member=data.get("member", ""),
        kind_column=data["kind"]["column"],
        kinds=dict(data["kind"]["values"]),
        at=data["at"],
        currency=currency.get("value", ""),
        currency_column=currency.get("column", ""),
        payee=data.get("payee", ""),
        status_column=status.get("column", ""),
        statuses=dict(status.get("values", {})),
        refunds_negative=bool(data.get("refunds_negative", False)),
        fees_negative=bool(data.get("fees_negative", False)),
        fields={kind: dict(parts) for kind, parts in data["fields"].items()},
        headings=tuple(totals.get("headings", ())),
        end=re.compile(totals["end"]) if "end" in totals else None,
        totals=tuple(lines),
    )


def _contradiction(made: Format) -> str | None:
    """What this format says that cannot be meant."""
    summed = {column for line in made.totals for column in line.sums if column != COUNT}
    named = {made.kind_column, made.at, made.currency_column, made.payee, made.status_column, *summed}
    named |= {column for parts in made.fields.values() for column in parts.values()}
    unknown = sorted(named - {"", *made.columns})
    if unknown:
        return f"no column {unknown[0]!r}"
    kinds = {*made.covers, *made.kinds.values(), *made.fields, *(line.kind for line in made.totals if line.kind)}
    if odd := sorted(kinds - set(LineKind)):
        return f"unknown kind {odd[0]!r}"
    for kind in made.kinds.values():
        parts = made.fields.get(kind, {})
        if missing := [part for part in _NEEDED if part not in parts]:
            return f"fields.{kind} lacks {missing[0]!r}"
        if odd := sorted(set(parts) - set(_PARTS)):
            return f"fields.{kind} has the unknown part {odd[0]!r}"
        if "our_no" not in parts and "channel_no" not in parts:
            return f"fields.{kind} names no number to match by"
    if odd := sorted(set(made.statuses.values()) - set(STATUSES)):
        return f"unknown status {odd[0]!r}"
    if not made.totals:
        return "without totals a truncated file looks complete"
    if made.headings and len(made.headings) != len(made.totals[-1].sums):
        return "totals.headings and totals.sums differ in length"
    return None
