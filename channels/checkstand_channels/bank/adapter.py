"""The bank's verbs in our words. Money leaves here: every doubt is UNKNOWN, and no doubt earns a new number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from checkstand.channel.manifest import load_manifest
from checkstand.channel.payouts import (
    PayoutAnswer,
    PayoutBatch,
    StatementAnswer,
    StatementOutcome,
    StatementRequest,
)
from checkstand.channel.port import ChannelHttp, Outcome
from checkstand.channel.reasons import Reason
from checkstand_channels.bank import reports, statements, transfers
from checkstand_channels.bank.client import Client, Said
from checkstand_channels.bank.errors import BankFileProblem

MANIFEST: Final = load_manifest(Path(__file__).parent / "channel.yaml")
PAYOUTS: Final = "/payouts"
STATEMENTS: Final = "/statements"
RETURNS: Final = "/returns"

DOUBTS: Final = {"no_answer": Reason.NO_ANSWER, "http_error": Reason.CHANNEL_UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class Bank:
    """The adapter; one instance serves every account."""

    def check(self, batch: PayoutBatch) -> None:
        transfers.check(batch)

    def payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        """Send the file. When the bank has it already, its refusal says nothing about the money: ask instead."""
        content = transfers.payout_file(batch)
        client = Client(batch.account, http, batch.now)
        answer, report = _reported(batch, client, client.upload("payout", PAYOUTS, content))
        if report and report.group and report.group.code == reports.DUPLICATE_FILE:
            return _query(batch, client)
        return answer

    def query_payout(self, batch: PayoutBatch, http: ChannelHttp) -> PayoutAnswer:
        return _query(batch, Client(batch.account, http, batch.now))

    def returns(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        """A notice grows during the day and its id grows with it, so the same id is the same content."""

        def read(content: bytes) -> StatementAnswer:
            message_id, entries = statements.read_returns(content, request, MANIFEST)
            return StatementAnswer(StatementOutcome.READY, message_id, entries=entries)

        return _fetched("returns", RETURNS, statements.NOTICE, request, http, read)

    def statement(self, request: StatementRequest, http: ChannelHttp) -> StatementAnswer:
        def read(content: bytes) -> StatementAnswer:
            found = statements.read_statement(content, request, MANIFEST)
            return StatementAnswer(StatementOutcome.READY, found.message_id, found, found.entries)

        return _fetched("statement", STATEMENTS, statements.STATEMENT, request, http, read)


def _query(batch: PayoutBatch, client: Client) -> PayoutAnswer:
    said = client.fetch("query_payout", PAYOUTS, message_id=batch.batch_no)
    if said.doubt is None and said.status == 404:
        results = reports.unknown(batch, Reason.NOT_FOUND, Outcome.NOT_FOUND)
        return PayoutAnswer(results, exchanges=tuple(client.exchanges))
    return _reported(batch, client, said)[0]


def _reported(batch: PayoutBatch, client: Client, said: Said) -> tuple[PayoutAnswer, reports.Report | None]:
    """A signed report is read whatever the HTTP status; without one nothing is known of any transfer."""
    exchanges = tuple(client.exchanges)
    if said.doubt is not None:
        results = reports.unknown(batch, DOUBTS.get(said.doubt, Reason.UNVERIFIED))
        return PayoutAnswer(results, exchanges=exchanges), None
    try:
        report = reports.read_report(said.body, batch, MANIFEST)
    except BankFileProblem as problem:
        results = reports.unknown(batch, Reason.UNVERIFIED)
        return PayoutAnswer(results, problem=problem, exchanges=exchanges), None
    return PayoutAnswer(report.results, report.report_id, exchanges=exchanges), report


def _fetched(
    verb: str,
    path: str,
    message: str,
    request: StatementRequest,
    http: ChannelHttp,
    read: Callable[[bytes], StatementAnswer],
) -> StatementAnswer:
    client = Client(request.account, http, request.now)
    said = client.fetch(verb, path, day=request.day.isoformat())
    exchanges = tuple(client.exchanges)
    if said.doubt is not None or said.status not in (200, 404):
        return StatementAnswer(StatementOutcome.UNKNOWN, exchanges=exchanges)
    if said.status == 404:
        return StatementAnswer(StatementOutcome.NOT_READY, exchanges=exchanges)
    message_id = None
    try:
        message_id = statements.message_id(said.body, message)
        answer = read(said.body)
    except BankFileProblem as problem:
        invalid = StatementOutcome.INVALID
        return StatementAnswer(invalid, message_id, raw=said.body, problem=problem, exchanges=exchanges)
    outcome = StatementOutcome.DUPLICATE if message_id in request.known else answer.outcome
    return StatementAnswer(outcome, message_id, answer.statement, answer.entries, raw=said.body, exchanges=exchanges)


PAYOUT_ADAPTER: Final = Bank()
