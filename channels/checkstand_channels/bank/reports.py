"""pain.002.001.10 in: what the bank says of each transfer of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checkstand.channel.manifest import Manifest, Verdict
from checkstand.channel.payouts import PayoutBatch, PayoutOrder, PayoutResult
from checkstand.channel.port import Outcome
from checkstand.channel.reasons import Reason
from checkstand_channels.bank.errors import FileUnexpected, TotalsWrong
from checkstand_channels.bank.xml import Node, money, read

MESSAGE: Final = "pain.002.001.10"
DUPLICATE_FILE: Final = "DU01"

# fmt: off
STATUSES: Final[Mapping[str, Outcome]] = {
    "RCVD": Outcome.ACCEPTED,   # received
    "ACTC": Outcome.ACCEPTED,   # the file is technically right
    "ACCP": Outcome.ACCEPTED,   # and so is who sends it
    "ACWC": Outcome.ACCEPTED,   # accepted with a change
    "ACSP": Outcome.ACCEPTED,   # being settled
    "PDNG": Outcome.ACCEPTED,   # waiting for a check
    "ACSC": Outcome.SUCCEEDED,  # taken from our account
    "ACCC": Outcome.SUCCEEDED,  # and credited to theirs
    # RJCT: the reason's row in channel.yaml decides. PART says nothing of one transfer. Everything else is unknown.
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Word:
    """A status with its reason, for the file, for a block or for one transfer."""

    status: str
    code: str | None
    channel_no: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A status report that belongs to the batch and adds up."""

    report_id: str
    group: Word | None
    results: tuple[PayoutResult, ...]


def read_report(content: bytes, batch: PayoutBatch, manifest: Manifest) -> Report:
    """Read it, and refuse one that speaks of another file, another sum or transfers we never ordered."""
    root = read(content, MESSAGE).one("CstmrPmtStsRpt")
    original = root.one("OrgnlGrpInfAndSts")
    if original.text("OrgnlMsgId") != batch.batch_no:
        raise FileUnexpected(f"the report is about {original.text('OrgnlMsgId')[:40]!r}, not {batch.batch_no!r}")
    _check_totals(original, batch)
    group = _word(original, "GrpSts")
    words: dict[str, Word] = {}
    blocks: list[Word] = []
    orders = {order.payout_no: order for order in batch.orders}
    for block in root.all("OrgnlPmtInfAndSts"):
        own = _word(block, "PmtInfSts")
        blocks += [own] if own else []
        for transfer in block.all("TxInfAndSts"):
            number = transfer.text("OrgnlEndToEndId")
            if number not in orders or number in words:
                raise FileUnexpected(f"{transfer.place}: {number[:40]!r} is not in the file, or reported twice")
            words[number] = _of_transfer(transfer, orders[number])
    # The files have one block; a word on several could not be laid on one transfer.
    shared = (blocks[0] if len(blocks) == 1 else None) or group
    results = tuple(_result(order, words.get(order.payout_no), shared, manifest) for order in batch.orders)
    return Report(root.text("GrpHdr/MsgId"), group, results)


def unknown(batch: PayoutBatch, reason: Reason, outcome: Outcome = Outcome.UNKNOWN) -> tuple[PayoutResult, ...]:
    """The same about every transfer, where the bank said nothing that can be believed."""
    return tuple(PayoutResult(order.payout_no, outcome, reason=reason.value) for order in batch.orders)


def _result(order: PayoutOrder, own: Word | None, shared: Word | None, manifest: Manifest) -> PayoutResult:
    word = own or shared
    if word is None:
        return PayoutResult(order.payout_no, Outcome.UNKNOWN, reason=Reason.UNKNOWN_CODE.value)
    if word.status != "RJCT":
        outcome = STATUSES.get(word.status, Outcome.UNKNOWN)
        reason = Reason.UNKNOWN_CODE.value if outcome is Outcome.UNKNOWN else None
        return PayoutResult(order.payout_no, outcome, word.code or word.status, reason, word.channel_no)
    rule = manifest.rule_of(word.code)
    outcome = Outcome.FAILED if rule.verdict is Verdict.FINAL else Outcome.UNKNOWN
    return PayoutResult(order.payout_no, outcome, word.code or word.status, rule.reason.value, word.channel_no)


def _of_transfer(transfer: Node, order: PayoutOrder) -> Word:
    word = _word(transfer, "TxSts")
    if word is None:
        raise FileUnexpected(f"{transfer.place}/TxSts is missing")
    if transfer.maybe("OrgnlTxRef/Amt/InstdAmt"):
        reported = transfer.amount("OrgnlTxRef/Amt/InstdAmt")
        if reported != order.amount:
            raise TotalsWrong(f"{order.payout_no}: the bank reports {reported.decimal()}, not {order.amount.decimal()}")
    return Word(word.status, word.code, transfer.maybe_text("AcctSvcrRef"))


def _word(node: Node, status: str) -> Word | None:
    said = node.maybe_text(status)
    reasons = [code for each in node.all("StsRsnInf") if (code := each.maybe_text("Rsn/Cd"))]
    return Word(said, reasons[0] if reasons else None) if said else None


def _check_totals(original: Node, batch: PayoutBatch) -> None:
    if original.maybe("OrgnlNbOfTxs") and original.number("OrgnlNbOfTxs") != len(batch.orders):
        raise TotalsWrong(
            f"the report counts {original.number('OrgnlNbOfTxs')} transfers, the file {len(batch.orders)}"
        )
    if total := original.maybe_text("OrgnlCtrlSum"):
        reported = money(total, batch.total.currency, f"{original.place}/OrgnlCtrlSum")
        if reported != batch.total:
            raise TotalsWrong(f"the report sums {reported.decimal()}, the file {batch.total.decimal()}")
