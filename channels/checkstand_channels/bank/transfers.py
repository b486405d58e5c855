"""pain.001.001.09 out: one file per batch, one payment block, one transfer per payout."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element

from checkstand.channel.payouts import PayoutBatch, PayoutOrder
from checkstand_channels.bank.errors import PayoutInvalid
from checkstand_channels.bank.xml import document, put, put_amount, written

MESSAGE: Final = "pain.001.001.09"
MOST: Final = 1000  # transfers per file; the bank's own limits are usually higher
MOST_BYTES: Final = 900_000
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,34}")
ACCOUNT: Final = re.compile(r"[A-Za-z0-9-]{1,34}")
BANK: Final = re.compile(r"\d{12}")
PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


def payout_file(batch: PayoutBatch) -> bytes:
    """The file. The same batch gives the same bytes, so that a repeat cannot be taken for a second order."""
    check(batch)
    credentials = batch.account.credentials
    root = document(MESSAGE)
    message = put(root, "CstmrCdtTrfInitn")
    count, total = str(len(batch.orders)), batch.total.decimal()
    head = put(message, "GrpHdr")
    put(head, "MsgId", batch.batch_no)
    put(head, "CreDtTm", instant(batch.made_at))
    put(head, "NbOfTxs", count)
    put(head, "CtrlSum", total)
    put(head, "InitgPty/Nm", credentials["account_name"])
    block = put(message, "PmtInf")
    put(block, "PmtInfId", batch.batch_no)
    put(block, "PmtMtd", "TRF")
    put(block, "BtchBookg", "false")  # one line per transfer on the statement
    put(block, "NbOfTxs", count)
    put(block, "CtrlSum", total)
    put(block, "ReqdExctnDt/Dt", batch.executes_on.isoformat())
    put(block, "Dbtr/Nm", credentials["account_name"])
    account = put(block, "DbtrAcct")
    put(account, "Id/Othr/Id", credentials["account_no"])
    put(account, "Ccy", batch.total.currency)
    _put_bank(put(block, "DbtrAgt/FinInstnId/ClrSysMmbId"), credentials["bank_code"])
    put(block, "ChrgBr", "DEBT")
    for order in batch.orders:
        transfer = put(block, "CdtTrfTxInf")
        put(transfer, "PmtId/EndToEndId", order.payout_no)
        put_amount(transfer, "Amt/InstdAmt", order.amount)
        _put_bank(put(transfer, "CdtrAgt/FinInstnId/ClrSysMmbId"), order.creditor_bank)
        put(transfer, "Cdtr/Nm", order.creditor_name)
        put(transfer, "CdtrAcct/Id/Othr/Id", order.creditor_account)
        put(transfer, "RmtInf/Ustrd", order.text)
    content = written(root)
    if len(content) > MOST_BYTES:
        raise PayoutInvalid(f"the file has {len(content)} bytes, a file may have {MOST_BYTES}")
    return content


def check(batch: PayoutBatch) -> None:
    """Refuse what the bank would refuse, before a number is used up at the bank."""
    if not 1 <= len(batch.orders) <= MOST:
        raise PayoutInvalid(f"a file holds 1 to {MOST} transfers, not {len(batch.orders)}")
    if not ID.fullmatch(batch.batch_no):
        raise PayoutInvalid(f"batch number {batch.batch_no!r}: up to 35 letters, digits and _.:/+-", pointer="batch_no")
    currency, seen = batch.orders[0].amount.currency, set[str]()
    for i, order in enumerate(batch.orders):
        problem = _problem(order, currency)
        if problem is None and order.payout_no in seen:
            problem = "payout_no", "stands in the file twice"
        if problem:
            raise PayoutInvalid(f"payout {order.payout_no!r}: {problem[1]}", pointer=f"orders[{i}].{problem[0]}")
        seen.add(order.payout_no)


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _put_bank(member: Element, code: str) -> None:
    put(member, "ClrSysId/Cd", "CNAPS")
    put(member, "MmbId", code)


def _problem(order: PayoutOrder, currency: str) -> tuple[str, str] | None:
    if not ID.fullmatch(order.payout_no):
        return "payout_no", "up to 35 letters, digits and _.:/+-"
    if order.amount.currency != currency:
        return "amount", f"{order.amount.currency} in a file of {currency}"
    if order.amount.minor <= 0:
        return "amount", "must be more than zero"
    if not _words(order.creditor_name, 140):
        return "creditor_name", "1 to 140 characters, none of them a control character"
    if not ACCOUNT.fullmatch(order.creditor_account):
        return "creditor_account", "up to 34 letters and digits"
    if not BANK.fullmatch(order.creditor_bank):
        return "creditor_bank", "the 12 digits of the bank's clearing code"
    return None if _words(order.text, 140) else ("text", "1 to 140 characters, none of them a control character")


def _words(text: str, longest: int) -> bool:
    return text == text.strip() and len(text) <= longest and PRINTABLE.fullmatch(text) is not None
