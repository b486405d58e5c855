"""camt.053.001.08 in: a day of our account, believed only when it adds up. camt.054.001.08: the day's returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Literal
from xml.etree import ElementTree as ET

from checkstand.channel.manifest import Manifest
from checkstand.channel.payouts import Statement, StatementEntry, StatementRequest
from checkstand.kernel import Money
from checkstand_channels.bank.errors import FileUnexpected, StatementGap, StatementMisplaced, TotalsWrong
from checkstand_channels.bank.xml import Node, money, read

STATEMENT: Final = "camt.053.001.08"
NOTICE: Final = "camt.054.001.08"
NO_ID: Final = "NOTPROVIDED"


def read_statement(content: bytes, request: StatementRequest, manifest: Manifest) -> Statement:
    """Read the day's statement and prove its sums, its account, its day and that it follows the one before."""
    root = read(content, STATEMENT).one("BkToCstmrStmt")
    body = _only(root.all("Stmt"))
    _check_account(body, request)
    opening, closing = _balance(body, "OPBD"), _balance(body, "CLBD")
    entries = _entries(body, manifest)
    _check_sums(body, opening, closing, entries)
    day = _day(_balance_node(body, "CLBD"), "Dt")
    currencies = {opening.currency, closing.currency, *(entry.amount.currency for entry in entries)}
    if day != request.day or any(entry.booked_on != day for entry in entries):
        raise StatementMisplaced(f"asked for {request.day}, the closing balance is of {day} or a line of another day")
    if not currencies <= manifest.currencies:
        raise StatementMisplaced(f"{body.place}: the account is kept in {', '.join(sorted(currencies))}")
    sequence = body.number("ElctrncSeqNb")
    statement = Statement(root.text("GrpHdr/MsgId"), day, sequence, opening, closing, entries)
    if request.follows:
        _check_order(request.follows, statement)
    return statement


def read_returns(
    content: bytes, request: StatementRequest, manifest: Manifest
) -> tuple[str, tuple[StatementEntry, ...]]:
    """Message id and the returned transfers of a notice."""
    root = read(content, NOTICE).one("BkToCstmrDbtCdtNtfctn")
    body = _only(root.all("Ntfctn"))
    _check_account(body, request)
    entries = _entries(body, manifest)
    if any(entry.booked_on != request.day for entry in entries):
        raise StatementMisplaced(f"asked for {request.day}, a line is of another day")
    return root.text("GrpHdr/MsgId"), tuple(entry for entry in entries if entry.kind == "return")


def message_id(content: bytes, message: str) -> str:
    """The id of a received file, before its content is judged."""
    body = {STATEMENT: "BkToCstmrStmt", NOTICE: "BkToCstmrDbtCdtNtfctn"}[message]
    return read(content, message).text(f"{body}/GrpHdr/MsgId")


def _only(bodies: Sequence[Node]) -> Node:
    """One body; the same one sent twice in a file is one, two different ones are not ours to choose from."""
    distinct = {ET.tostring(body.element): body for body in bodies}
    if len(distinct) != 1:
        raise FileUnexpected(f"the file holds {len(distinct)} different statements, not one")
    return next(iter(distinct.values()))


def _check_account(body: Node, request: StatementRequest) -> None:
    account = body.text("Acct/Id/Othr/Id")
    if account != request.account.credentials["account_no"]:
        raise StatementMisplaced(f"{body.place}: the file is about another account, ending in {account[-4:]}")


def _balance_node(body: Node, kind: str) -> Node:
    found = [node for node in body.all("Bal") if node.maybe_text("Tp/CdOrPrtry/Cd") == kind]
    if len(found) != 1:
        raise FileUnexpected(f"{body.place}/Bal: {len(found)} balances {kind}, not one")
    return found[0]


def _balance(body: Node, kind: str) -> Money:
    node = _balance_node(body, kind)
    amount = node.amount("Amt")
    return amount if _direction(node) == "credit" else -amount


def _entries(body: Node, manifest: Manifest) -> tuple[StatementEntry, ...]:
    """Booked lines only: what is pending will be booked on some day, or never was."""
    booked = [node for node in body.all("Ntry") if node.text("Sts/Cd") == "BOOK"]
    return tuple(entry for node in booked for entry in _lines(node, manifest))


def _lines(node: Node, manifest: Manifest) -> list[StatementEntry]:
    amount, details = node.amount("Amt"), node.all("NtryDtls/TxDtls")
    if len(details) <= 1:
        return [_entry(node, details[0] if details else None, amount, manifest)]
    # Booked in one sum although every transfer was to be a line of its own: the parts must give the sum.
    lines = [_entry(node, detail, detail.amount("Amt"), manifest) for detail in details]
    if sum(line.amount.minor for line in lines) != amount.minor:
        raise TotalsWrong(f"{node.place}: the parts of a line of {amount.decimal()} do not sum to it")
    return lines


def _entry(node: Node, detail: Node | None, amount: Money, manifest: Manifest) -> StatementEntry:
    direction = _direction(node)
    number = detail.maybe_text("Refs/EndToEndId") if detail else None
    number = None if number == NO_ID else number
    returned = detail.maybe("RtrInf") if detail else None
    reversed_ = node.maybe_text("RvslInd") == "true"
    code = returned.maybe_text("Rsn/Cd") if returned else None
    kind: Literal["payout", "return", "other"] = "other"
    if number and direction == "debit" and not reversed_:
        kind = "payout"
    elif number and direction == "credit" and (returned or reversed_):
        kind = "return"
    ours = kind != "other"
    return StatementEntry(
        entry_ref=node.maybe_text("AcctSvcrRef") or node.text("NtryRef"),
        kind=kind,
        direction=direction,
        amount=amount,
        booked_on=_day(node, "BookgDt"),
        payout_no=number if ours else None,
        batch_no=detail.maybe_text("Refs/MsgId") if ours and detail else None,
        code=code,
        reason=manifest.rule_of(code).reason.value if kind == "return" else None,
        text="".join(each.element.text or "" for each in detail.all("RmtInf/Ustrd")) if detail else "",
    )


def _direction(node: Node) -> Literal["credit", "debit"]:
    match node.text("CdtDbtInd"):
        case "CRDT":
            return "credit"
        case "DBIT":
            return "debit"
        case other:
            raise FileUnexpected(f"{node.place}/CdtDbtInd: {other[:20]!r}")


def _day(node: Node, path: str) -> date:
    text = node.maybe_text(f"{path}/Dt") or node.text(f"{path}/DtTm")[:10]
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FileUnexpected(f"{node.place}/{path}: {text[:40]!r} is no date") from error


def _check_sums(body: Node, opening: Money, closing: Money, entries: Sequence[StatementEntry]) -> None:
    currency = opening.currency
    if any(amount.currency != currency for amount in (closing, *(entry.amount for entry in entries))):
        raise StatementMisplaced(f"{body.place}: more than one currency")
    moved = sum(entry.amount.minor if entry.direction == "credit" else -entry.amount.minor for entry in entries)
    if opening.minor + moved != closing.minor:
        expected = Money(opening.minor + moved, currency).decimal()
        raise TotalsWrong(f"{body.place}: the lines lead to {expected}, the closing balance is {closing.decimal()}")
    if total := body.maybe_text("TxsSummry/TtlNtries/Sum"):
        stated = money(total, currency, f"{body.place}/TxsSummry/TtlNtries/Sum")
        if stated.minor != sum(entry.amount.minor for entry in entries):
            raise TotalsWrong(f"{body.place}: the lines do not sum to the stated {stated.decimal()}")


def _check_order(before: Statement, statement: Statement) -> None:
    if statement.day - before.day != timedelta(days=1) or statement.sequence != before.sequence + 1:
        wanted = f"{before.day + timedelta(days=1)} as number {before.sequence + 1}"
        raise StatementGap(f"expected {wanted}, this is {statement.day} as number {statement.sequence}")
    if statement.opening != before.closing:
        closed, opened = before.closing.decimal(), statement.opening.decimal()
        raise StatementGap(f"{before.day} closed with {closed}, {statement.day} opens with {opened}")
