"""The simulated bank's files: pain.001 as it reads it; pain.002, camt.053 and camt.054 as it writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from xml.etree.ElementTree import Element

from checkstand.channel.simulator.model import SimOrder
from checkstand.kernel import Money
from checkstand_channels.bank import reports, statements, transfers
from checkstand_channels.bank.errors import FileUnexpected
from checkstand_channels.bank.sim_rules import day_starts
from checkstand_channels.bank.transfers import instant
from checkstand_channels.bank.xml import Node, document, money, put, put_amount, read, written

CREDIT: Final = "CREDIT"  # money that others pay in, in the place of a rail
DEBIT: Final = "DEBIT"  # and what they take
FIRST_STATEMENT: Final = date(2024, 1, 1)  # statements are counted from here, one a day


@dataclass(frozen=True, slots=True)
class Wanted:
    """One transfer of a file as the bank reads it."""

    number: str
    amount: Money
    creditor_name: str
    creditor_account: str
    creditor_bank: str
    text: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A payout file, and what its own sums say against it."""

    message_id: str
    count: int
    total: str
    account: str
    executes_on: date
    wanted: tuple[Wanted, ...]

    @property
    def problem(self) -> str:
        """The code of what is wrong with the file as a whole, or nothing."""
        if self.count != len(self.wanted):
            return "AM18"
        currency = self.wanted[0].amount.currency
        sums = sum(each.amount.minor for each in self.wanted)
        return "" if money(self.total, currency, "CtrlSum").minor == sums else "AM10"


@dataclass(frozen=True, slots=True)
class Booking:
    """One line of the account: a transfer, or one that came back."""

    order: SimOrder
    at: datetime
    returned: str = ""  # the reason code

    @property
    def credit(self) -> bool:
        return bool(self.returned) or self.order.product == CREDIT

    @property
    def ours(self) -> bool:
        """Whether it is a transfer that the customer ordered."""
        return self.order.product not in (CREDIT, DEBIT)

    @property
    def signed_minor(self) -> int:
        return self.order.amount_minor if self.credit else -self.order.amount_minor


def read_payouts(content: bytes) -> Uploaded:
    root = read(content, transfers.MESSAGE).one("CstmrCdtTrfInitn")
    head, block = root.one("GrpHdr"), root.one("PmtInf")
    wanted = tuple(_wanted(node) for node in block.all("CdtTrfTxInf"))
    if not wanted:
        raise FileUnexpected(f"{block.place}/CdtTrfTxInf is missing")
    return Uploaded(
        head.text("MsgId"),
        head.number("NbOfTxs"),
        head.text("CtrlSum"),
        block.text("DbtrAcct/Id/Othr/Id"),
        date.fromisoformat(block.text("ReqdExctnDt/Dt")),
        wanted,
    )


def _wanted(node: Node) -> Wanted:
    return Wanted(
        node.text("PmtId/EndToEndId"),
        node.amount("Amt/InstdAmt"),
        node.text("Cdtr/Nm"),
        node.text("CdtrAcct/Id/Othr/Id"),
        node.text("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId"),
        node.text("RmtInf/Ustrd"),
    )


def report(
    message_id: str, orders: Sequence[SimOrder], at: datetime, *, group: str = "", code: str = "", extra_minor: int = 0
) -> bytes:
    """pain.002: of every transfer, or with `group` of the file alone."""
    body = Element("OrgnlGrpInfAndSts")
    put(body, "OrgnlMsgId", message_id)
    put(body, "OrgnlMsgNmId", transfers.MESSAGE)
    if orders:
        put(body, "OrgnlNbOfTxs", str(len(orders)))
        put(body, "OrgnlCtrlSum", _money(orders[0], sum(each.amount_minor for each in orders) + extra_minor).decimal())
    put(body, "GrpSts", group or _together([status_of(order)[0] for order in orders]))
    if code:
        put(body, "StsRsnInf/Rsn/Cd", code)
    block = Element("OrgnlPmtInfAndSts")
    put(block, "OrgnlPmtInfId", message_id)
    for order in orders:
        _put_status(put(block, "TxInfAndSts"), order, extra_minor)
    return _enveloped(reports.MESSAGE, "CstmrPmtStsRpt", [body, *([block] if orders else [])], at)


def status_of(order: SimOrder) -> tuple[str, str]:
    """The transfer's status and, where it was rejected, the reason."""
    if order.state == "paid":
        return "ACSC", ""
    if order.state == "closed" or order.refused:
        # A tester's refusal comes in words; the bank's own are codes.
        return "RJCT", order.refused if len(order.refused) == 4 else "MS03"
    return ("PDNG" if order.extra["waits"] else "ACSP"), ""


def statement(
    credentials: Mapping[str, str], day: date, opening: Money, bookings: Sequence[Booking],
    *, issue: int = 1, extra_minor: int = 0, copies: int = 1,
) -> bytes:  # fmt: skip
    """camt.053. The same day and issue give the same bytes whenever they are asked for."""
    moved = sum(booking.signed_minor for booking in bookings)
    closing = Money(opening.minor + moved + extra_minor, opening.currency)
    account, made_at = credentials["account_no"], day_starts(day) + timedelta(days=1, minutes=5, hours=issue - 1)
    body = Element("Stmt")
    put(body, "Id", f"{account[-8:]}-{day:%Y%m%d}")
    put(body, "ElctrncSeqNb", str((day - FIRST_STATEMENT).days + 1))
    put(body, "CreDtTm", instant(made_at))
    _put_account(body, credentials, opening.currency)
    for kind, balance in (("OPBD", opening), ("CLBD", closing)):
        _put_balance(put(body, "Bal"), kind, balance, day)
    totals = put(body, "TxsSummry/TtlNtries")
    put(totals, "NbOfNtries", str(len(bookings)))
    put(totals, "Sum", Money(sum(each.order.amount_minor for each in bookings), opening.currency).decimal())
    for booking in bookings:
        _put_entry(put(body, "Ntry"), booking, day)
    message_id = f"S{account[-12:]}-{day:%Y%m%d}-{issue}"
    return _enveloped(statements.STATEMENT, "BkToCstmrStmt", [body] * copies, made_at, message_id)


def notice(credentials: Mapping[str, str], day: date, currency: str, returned: Sequence[Booking]) -> bytes:
    """camt.054 of the day's returns so far; its id counts them."""
    account = credentials["account_no"]
    made_at = max((booking.at for booking in returned), default=day_starts(day))
    body = Element("Ntfctn")
    put(body, "Id", f"{account[-8:]}-{day:%Y%m%d}-{len(returned)}")
    put(body, "CreDtTm", instant(made_at))
    _put_account(body, credentials, currency)
    for booking in returned:
        _put_entry(put(body, "Ntry"), booking, day)
    message_id = f"N{account[-12:]}-{day:%Y%m%d}-{len(returned)}"
    return _enveloped(statements.NOTICE, "BkToCstmrDbtCdtNtfctn", [body], made_at, message_id)


def _enveloped(message: str, name: str, bodies: Sequence[Element], at: datetime, message_id: str = "") -> bytes:
    """The document. A report's id is made of what it says: the same news have the same id."""
    root = document(message)
    top = put(root, name)
    if not message_id:
        message_id = "R" + sha256(b"".join(written(body) for body in bodies)).hexdigest()[:30]
    put(top, "GrpHdr/MsgId", message_id)
    put(top[0], "CreDtTm", instant(at))
    top.extend(bodies)
    return written(root)


def _together(states: Sequence[str]) -> str:
    return states[0] if len(set(states)) == 1 else "PART" if "RJCT" in states else "ACSP"


def _put_status(node: Element, order: SimOrder, extra_minor: int) -> None:
    status, code = status_of(order)
    put(node, "OrgnlEndToEndId", order.extra["end_to_end"])
    put(node, "TxSts", status)
    if code:
        put(node, "StsRsnInf/Rsn/Cd", code)
    if order.channel_no:
        put(node, "AcctSvcrRef", order.channel_no)
    put_amount(node, "OrgnlTxRef/Amt/InstdAmt", _money(order, order.amount_minor + extra_minor))


def _put_account(body: Element, credentials: Mapping[str, str], currency: str) -> None:
    account = put(body, "Acct")
    put(account, "Id/Othr/Id", credentials["account_no"])
    put(account, "Ccy", currency)
    put(account, "Ownr/Nm", credentials["account_name"])


def _put_balance(node: Element, kind: str, balance: Money, day: date) -> None:
    put(node, "Tp/CdOrPrtry/Cd", kind)
    put_amount(node, "Amt", Money(abs(balance.minor), balance.currency))
    put(node, "CdtDbtInd", "CRDT" if balance.minor >= 0 else "DBIT")
    put(node, "Dt/Dt", day.isoformat())


def _put_entry(node: Element, booking: Booking, day: date) -> None:
    order = booking.order
    reference = order.channel_no + ("R" if booking.returned else "")
    put(node, "NtryRef", reference)
    put_amount(node, "Amt", _money(order, order.amount_minor))
    put(node, "CdtDbtInd", "CRDT" if booking.credit else "DBIT")
    put(node, "Sts/Cd", "BOOK")
    put(node, "BookgDt/Dt", day.isoformat())
    put(node, "ValDt/Dt", day.isoformat())
    put(node, "AcctSvcrRef", reference)
    family = put(node, "BkTxCd/Domn")
    put(family, "Cd", "PMNT")
    family = put(family, "Fmly")
    put(family, "Cd", "ICDT" if booking.ours else "RCDT")
    put(family, "SubFmlyCd", "RRTN" if booking.returned else "DMCT")
    detail = put(node, "NtryDtls/TxDtls")
    references = put(detail, "Refs")
    if booking.ours:
        put(references, "MsgId", order.extra["batch"])
        put(references, "PmtInfId", order.extra["batch"])
    put(references, "EndToEndId", order.number if booking.ours else statements.NO_ID)
    put(detail, "RmtInf/Ustrd", order.title)
    if booking.returned:
        put(detail, "RtrInf/Rsn/Cd", booking.returned)


def _money(order: SimOrder, minor: int) -> Money:
    return Money(minor, order.currency)
