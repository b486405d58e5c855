"""The bank's files: written the same way every time, read without trust, refused with a remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.checkstand_channels.bank.example import DAY, ORDERS, PAYOUTS, REPORT, RETURNS, STATEMENT, batch, request

from checkstand.channel.port import Outcome
from checkstand.kernel import CheckstandError, Money
from checkstand_channels.bank import errors
from checkstand_channels.bank.adapter import MANIFEST
from checkstand_channels.bank.reports import Report, read_report
from checkstand_channels.bank.statements import read_returns, read_statement
from checkstand_channels.bank.transfers import MOST, payout_file

READERS: dict[bytes, Callable[[bytes], object]] = {
    REPORT: lambda content: read_report(content, batch(), MANIFEST),
    STATEMENT: lambda content: read_statement(content, request(), MANIFEST),
    RETURNS: lambda content: read_returns(content, request(), MANIFEST),
}
EVERY_FILE = pytest.mark.parametrize("content", [*READERS], ids=["report", "statement", "returns"])


def _report(old: str = "", new: str = "") -> Report:
    return read_report(_changed(REPORT, old, new), batch(), MANIFEST)


def _changed(content: bytes, old: str, new: str) -> bytes:
    assert old.encode() in content
    return content.replace(old.encode(), new.encode(), 1)


# ── out ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_is_written_as_the_validated_file() -> None:
    assert payout_file(batch()) == PAYOUTS


def test_a_retry_writes_the_same_bytes() -> None:
    assert payout_file(batch(now=batch().now + timedelta(hours=3))) == PAYOUTS


def test_the_file_carries_its_count_and_its_sum() -> None:
    assert PAYOUTS.count(b"<NbOfTxs>3</NbOfTxs><CtrlSum>10440.01</CtrlSum>") == 2
    assert b"Tea &amp; Coffee &lt;Lane&gt;" in PAYOUTS


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"payout_no": "x" * 36}, "orders[0].payout_no"),
        ({"payout_no": ORDERS[1].payout_no}, "orders[1].payout_no"),
        ({"amount": Money(0, "CNY")}, "orders[0].amount"),
        ({"amount": Money(-5, "CNY")}, "orders[0].amount"),
        ({"amount": Money(5, "USD")}, "orders[1].amount"),
        ({"creditor_name": ""}, "orders[0].creditor_name"),
        ({"creditor_name": "a\x00b"}, "orders[0].creditor_name"),
        ({"creditor_account": "6222 0200"}, "orders[0].creditor_account"),
        ({"creditor_bank": "ICBC"}, "orders[0].creditor_bank"),
        ({"text": "two\nlines"}, "orders[0].text"),
        ({"text": "x" * 141}, "orders[0].text"),
    ],
)
def test_what_the_bank_would_refuse_is_not_sent(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(errors.PayoutInvalid) as refused:
        payout_file(batch(replace(ORDERS[0], **change), *ORDERS[1:]))

    assert refused.value.pointer == pointer


def test_a_file_has_at_most_a_thousand_transfers() -> None:
    many = [replace(ORDERS[2], payout_no=f"pyo_{i}") for i in range(MOST + 1)]

    assert payout_file(batch(*many[:MOST])).count(b"<CdtTrfTxInf>") == MOST
    with pytest.raises(errors.PayoutInvalid, match="not 1001"):
        payout_file(batch(*many))
    with pytest.raises(errors.PayoutInvalid, match="900000"):
        payout_file(batch(*(replace(order, creditor_name="测" * 140, text="试" * 140) for order in many[:MOST])))


# ── in: every file ──────────────────────────────────────────────────────────────────────────────


@EVERY_FILE
def test_a_file_that_ends_anywhere_before_its_end_is_refused(content: bytes) -> None:
    for cut in range(0, len(content) - 1, 97):
        with pytest.raises(errors.BankFileProblem):
            READERS[content](content[:cut])


@EVERY_FILE
@pytest.mark.parametrize(
    "evil",
    [
        '<!DOCTYPE Document [<!ENTITY a "b">]>',
        '<!DOCTYPE Document SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    ],
)
def test_document_types_and_entities_are_refused(content: bytes, evil: str) -> None:
    with pytest.raises(errors.FileForbidden):
        READERS[content](_changed(content, "<Document", f"{evil}<Document"))


@EVERY_FILE
def test_another_encoding_is_refused_whether_it_is_admitted_or_not(content: bytes) -> None:
    text = content.decode()
    for spoilt in (
        text.replace("UTF-8", "GB18030").encode("gb18030"),
        text.replace("UTF-8", "GB18030").encode(),
        text.replace("UTF-8", "UTF-16").encode("utf-16"),
        content.replace(b"<CreDtTm>", b"<CreDtTm>\xd6\xd0", 1),
    ):
        with pytest.raises(errors.FileEncodingWrong):
            READERS[content](spoilt)


@EVERY_FILE
def test_another_message_or_version_is_refused(content: bytes) -> None:
    with pytest.raises(errors.FileUnexpected, match="not "):
        READERS[content](_changed(content, "tech:xsd:", "tech:xsd:x"))


@EVERY_FILE
def test_a_mandatory_element_that_is_missing_or_stands_twice_is_named(content: bytes) -> None:
    head = content[content.index(b"<MsgId>") : content.index(b"</MsgId>") + 8].decode()
    for new in ("", head * 2):
        with pytest.raises(errors.FileUnexpected, match="MsgId"):
            READERS[content](_changed(content, head, new))


@EVERY_FILE
def test_a_byte_order_mark_is_harmless(content: bytes) -> None:
    assert READERS[content](b"\xef\xbb\xbf" + content) == READERS[content](content)


# ── in: status reports ──────────────────────────────────────────────────────────────────────────


def test_a_partial_report_gives_each_transfer_its_own_end() -> None:
    seen = [(result.payout_no, result.outcome, result.code, result.reason) for result in _report().results]

    assert seen == [
        ("pyo_1", Outcome.SUCCEEDED, "ACSC", None),
        ("pyo_2", Outcome.FAILED, "AC04", "payee_account_wrong"),
        ("pyo_3", Outcome.SUCCEEDED, "ACSC", None),
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [("AC01", Outcome.FAILED), ("AM04", Outcome.FAILED), ("AM05", Outcome.UNKNOWN), ("ZZ99", Outcome.UNKNOWN)],
)
def test_only_a_listed_reason_makes_a_rejection_final(code: str, outcome: Outcome) -> None:
    assert _report("<Cd>AC04</Cd>", f"<Cd>{code}</Cd>").results[1].outcome is outcome


def test_a_rejection_without_a_reason_is_unknown() -> None:
    bare = _report("<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>", "")

    assert (bare.results[1].outcome, bare.results[1].reason) == (Outcome.UNKNOWN, "unknown_code")


@pytest.mark.parametrize("status", ["RCVD", "ACTC", "ACCP", "ACWC", "ACSP", "PDNG"])
def test_a_transfer_under_way_is_accepted(status: str) -> None:
    assert _report("<TxSts>ACSC", f"<TxSts>{status}").results[0].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("group", "outcome"),
    [
        ("<GrpSts>ACSP</GrpSts>", Outcome.ACCEPTED),
        ("<GrpSts>ACSC</GrpSts>", Outcome.SUCCEEDED),
        ("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>AM10</Cd></Rsn></StsRsnInf>", Outcome.FAILED),
        ("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>", Outcome.UNKNOWN),
        ("<GrpSts>PART</GrpSts>", Outcome.UNKNOWN),
        ("<GrpSts>NEWS</GrpSts>", Outcome.UNKNOWN),
        ("", Outcome.UNKNOWN),
    ],
)
def test_a_word_on_the_whole_file_counts_for_each_transfer(group: str, outcome: Outcome) -> None:
    blocks = REPORT[REPORT.index(b"<OrgnlPmtInfAndSts>") : REPORT.index(b"</OrgnlPmtInfAndSts>") + 20]
    whole = _changed(REPORT.replace(blocks, b""), "<GrpSts>PART</GrpSts>", group)

    assert {each.outcome for each in read_report(whole, batch(), MANIFEST).results} == {outcome}


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("bat_20260301_1", "bat_20260301_2", errors.FileUnexpected),
        ("<OrgnlEndToEndId>pyo_1", "<OrgnlEndToEndId>pyo_9", errors.FileUnexpected),
        ("<OrgnlEndToEndId>pyo_3", "<OrgnlEndToEndId>pyo_1", errors.FileUnexpected),
        ("<OrgnlNbOfTxs>3", "<OrgnlNbOfTxs>4", errors.TotalsWrong),
        ("<OrgnlCtrlSum>10440.01", "<OrgnlCtrlSum>10440.02", errors.TotalsWrong),
        ('<InstdAmt Ccy="CNY">500.00', '<InstdAmt Ccy="CNY">500.01', errors.TotalsWrong),
        ('<InstdAmt Ccy="CNY">500.00', '<InstdAmt Ccy="USD">500.00', errors.TotalsWrong),
        ('<InstdAmt Ccy="CNY">500.00', '<InstdAmt Ccy="CNY">5e2', errors.FileUnexpected),
        ('<InstdAmt Ccy="CNY">500.00', '<InstdAmt Ccy="CNY">500.001', errors.FileUnexpected),
        ('<InstdAmt Ccy="CNY">500.00', '<InstdAmt Ccy="CNY">-500.00', errors.FileUnexpected),
    ],
)
def test_a_report_of_something_else_is_refused(old: str, new: str, error: type[CheckstandError]) -> None:
    with pytest.raises(error):
        _report(old, new)


# ── in: statements and returns ──────────────────────────────────────────────────────────────────


def test_the_statement_is_read_with_its_payouts_and_its_return() -> None:
    found = read_statement(STATEMENT, request(), MANIFEST)

    assert (found.day, found.sequence, found.message_id) == (DAY, 792, "S000000000001-20260302-1")
    assert (found.opening.decimal(), found.closing.decimal()) == ("100000000.00", "99999999.99")
    assert [
        (e.kind, e.payout_no, e.batch_no, e.direction, e.amount.decimal(), e.code, e.reason) for e in found.entries
    ] == [
        ("payout", "pyo_1", "bat_20260301_1", "debit", "9940.00", None, None),
        ("payout", "pyo_3", "bat_20260301_1", "debit", "0.01", None, None),
        ("return", "pyo_1", "bat_20260301_1", "credit", "9940.00", "AC01", "payee_account_wrong"),
    ]


def test_the_notice_tells_the_same_return() -> None:
    message_id, entries = read_returns(RETURNS, request(), MANIFEST)

    assert message_id == "N000000000001-20260302-1"
    assert entries == read_statement(STATEMENT, request(), MANIFEST).entries[2:]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("99999999.99", "100000000.00", errors.TotalsWrong),
        ('<Amt Ccy="CNY">0.01', '<Amt Ccy="CNY">0.02', errors.TotalsWrong),
        ("<Sum>19880.01", "<Sum>19880.02", errors.TotalsWrong),
        ("<Sts><Cd>BOOK", "<Sts><Cd>PDNG", errors.TotalsWrong),
        ("<Id>0200000000000000001", "<Id>0200000000000000002", errors.StatementMisplaced),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-03-01", errors.StatementMisplaced),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-02-30", errors.FileUnexpected),
        ("<CdtDbtInd>DBIT", "<CdtDbtInd>SOME", errors.FileUnexpected),
        ("<Cd>CLBD", "<Cd>CLAV", errors.FileUnexpected),
        ('<Amt Ccy="CNY">0.01', '<Amt Ccy="USD">0.01', errors.StatementMisplaced),
    ],
)
def test_a_statement_that_does_not_add_up_is_refused(old: str, new: str, error: type[CheckstandError]) -> None:
    with pytest.raises(error) as refused:
        read_statement(_changed(STATEMENT, old, new), request(), MANIFEST)

    assert refused.value.remedy


def test_a_statement_of_another_day_is_refused() -> None:
    with pytest.raises(errors.StatementMisplaced):
        read_statement(STATEMENT, request(day=DAY - timedelta(days=1)), MANIFEST)


@pytest.mark.parametrize(
    "change",
    [{"sequence": 790}, {"closing": Money(1, "CNY")}, {"day": DAY - timedelta(days=2)}],
    ids=["number", "balance", "day"],
)
def test_a_statement_that_does_not_follow_is_refused(change: dict[str, object]) -> None:
    today = read_statement(STATEMENT, request(), MANIFEST)
    before = replace(today, day=DAY - timedelta(days=1), sequence=791, closing=today.opening)

    assert read_statement(STATEMENT, request(follows=before), MANIFEST) == today
    with pytest.raises(errors.StatementGap):
        read_statement(STATEMENT, request(follows=replace(before, **change)), MANIFEST)


def test_a_statement_sent_twice_in_one_file_is_one_and_two_different_ones_are_refused() -> None:
    body = STATEMENT[STATEMENT.index(b"<Stmt>") : STATEMENT.index(b"</Stmt>") + 7]
    end = b"</BkToCstmrStmt>"

    assert read_statement(STATEMENT.replace(end, body + end), request(), MANIFEST).sequence == 792
    other = body.replace(b"<ElctrncSeqNb>792", b"<ElctrncSeqNb>793")
    with pytest.raises(errors.FileUnexpected, match="2 different"):
        read_statement(STATEMENT.replace(end, other + end), request(), MANIFEST)


def test_a_sum_booked_for_several_transfers_is_cut_into_its_parts() -> None:
    first = STATEMENT.index(b"<TxDtls>"), STATEMENT.index(b"</TxDtls>")
    detail = STATEMENT[first[0] : first[1] + 9].replace(b"</Refs>", b'</Refs><Amt Ccy="CNY">4970.00</Amt>')
    parts = STATEMENT[: first[0]] + detail + detail.replace(b"pyo_1", b"pyo_4") + STATEMENT[first[1] + 9 :]
    lines = read_statement(parts, request(), MANIFEST).entries

    assert [(line.payout_no, line.amount.minor) for line in lines[:2]] == [("pyo_1", 497000), ("pyo_4", 497000)]
    with pytest.raises(errors.TotalsWrong, match="parts"):
        read_statement(parts.replace(b"4970.00", b"4970.01", 1), request(), MANIFEST)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>", "", "other"),
        ("<EndToEndId>pyo_1</EndToEndId>", "<EndToEndId>NOTPROVIDED</EndToEndId>", "other"),
    ],
)
def test_a_credit_is_a_return_only_when_it_says_so(old: str, new: str, kind: str) -> None:
    tail = STATEMENT.rindex(b"<Ntry>")
    changed = STATEMENT[:tail] + _changed(STATEMENT[tail:], old, new)
    entry = read_statement(changed, request(), MANIFEST).entries[2]

    assert (entry.kind, entry.payout_no, entry.direction) == (kind, None, "credit")
