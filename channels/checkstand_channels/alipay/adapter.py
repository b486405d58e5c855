"""Alipay's verbs in our words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from checkstand.channel.bills import BillAnswer, BillRequest
from checkstand.channel.manifest import Verdict, load_manifest
from checkstand.channel.port import (
    Acknowledgement,
    Answer,
    AttemptRef,
    ChannelAccount,
    ChannelHttp,
    InvokeAction,
    Notification,
    Outcome,
    PayInstruction,
    QrAction,
    RawNotification,
    RedirectAction,
    RefundInstruction,
)
from checkstand.channel.reasons import Reason
from checkstand_channels.alipay import bills, messages, notifications
from checkstand_channels.alipay.client import GATEWAY, Client, Said
from checkstand_channels.alipay.envelope import Unreadable
from checkstand_channels.alipay.messages import read_amount, read_time, trade_outcome

MANIFEST: Final = load_manifest(Path(__file__).parent / "channel.yaml")
QR_LIVES: Final = timedelta(hours=2)

OUTCOMES: Final = {
    Verdict.FINAL: Outcome.FAILED,
    Verdict.RETRYABLE: Outcome.FAILED,
    Verdict.NOT_FOUND: Outcome.NOT_FOUND,
    Verdict.CLOSED: Outcome.CLOSED,
    Verdict.UNKNOWN: Outcome.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Alipay:
    """The adapter; one instance serves every account."""

    def pay(self, instruction: PayInstruction, http: ChannelHttp) -> Answer:
        """For page, wap and app nothing is sent: the shopper carries the signed order to Alipay."""
        params = messages.order_params(instruction)
        key = instruction.account.credentials["app_private_key"]
        if instruction.product in ("page", "wap"):
            url = f"{instruction.account.base_url}{GATEWAY}?{urlencode(messages.signed(params, key))}"
            return Answer(Outcome.ACCEPTED, action=RedirectAction(url))
        if instruction.product == "app":
            order_string = urlencode(messages.signed(params, key))
            return Answer(Outcome.ACCEPTED, action=InvokeAction("alipay_app", {"order_string": order_string}))
        client = Client(instruction.account, http, instruction.now)
        said = client.send("pay", params)
        if said.data is None:
            return _unsuccessful("pay", said, client)
        return _created(instruction, said.data, client)

    def query(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        client = Client(ref.account, http, ref.now)
        said = client.call("query", "alipay.trade.query", {"out_trade_no": ref.attempt_no})
        if said.data is None:
            return _unsuccessful("query", said, client)
        if said.data.get("out_trade_no") != ref.attempt_no:
            return _doubtful(client, "another order's answer")
        try:
            paid_at = read_time(said.data.get("send_pay_date"))
            amount = read_amount(said.data.get("total_amount"))
        except Unreadable:
            return _doubtful(client, "unreadable")
        status = str(said.data.get("trade_status", ""))
        return Answer(
            trade_outcome(status, paid_at),
            channel_no=said.data.get("trade_no"),
            amount=amount,
            payee=ref.account.credentials["app_id"],
            paid_at=paid_at,
            code=status,
            exchanges=tuple(client.exchanges),
        )

    def close(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        """Close an unpaid trade. NOT_FOUND when the shopper never acted: then nothing was closed, and the
        signed order in the shopper's hands stays payable until its `time_expire`."""
        client = Client(ref.account, http, ref.now)
        said = client.call("close", "alipay.trade.close", {"out_trade_no": ref.attempt_no})
        if said.data is None:
            return _unsuccessful("close", said, client)
        return Answer(Outcome.CLOSED, channel_no=said.data.get("trade_no"), exchanges=tuple(client.exchanges))

    def refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        """Refund; `fund_change=N` means "repeated or nothing moved", so the refund query decides then."""
        client = Client(instruction.account, http, instruction.now)
        said = client.call("refund", "alipay.trade.refund", messages.refund_biz(instruction))
        if said.data is None:
            return _unsuccessful("refund", said, client)
        if said.data.get("fund_change") != "Y":
            return self._confirm(instruction, client)
        try:
            given_back = read_amount(said.data.get("refund_fee"))
        except Unreadable:
            return _doubtful(client, "unreadable")
        # `refund_fee` is the sum over the trade. Money moved in this call, so the sum must hold at least this refund.
        if given_back is None or given_back < instruction.amount:
            return _doubtful(client, "refund_fee too small")
        return Answer(
            Outcome.SUCCEEDED,
            channel_no=said.data.get("trade_no"),
            amount=instruction.amount,
            payee=instruction.account.credentials["app_id"],
            paid_at=_time_or_none(said.data.get("gmt_refund_pay")),
            exchanges=tuple(client.exchanges),
        )

    def query_refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        return self._confirm(instruction, Client(instruction.account, http, instruction.now))

    def download_statement(self, request: BillRequest, http: ChannelHttp) -> BillAnswer:
        return bills.download(request, Client(request.account, http, request.now))

    def parse_notification(self, raw: RawNotification, account: ChannelAccount) -> Notification:
        return notifications.parse(raw, account)

    def refresh_keys(self, account: ChannelAccount, http: ChannelHttp, now: datetime) -> bool:
        """Alipay's public key is a credential; there is nothing to fetch."""
        return False

    def acknowledge(self, *, accepted: bool, detail: str = "") -> Acknowledgement:
        """`success`, seven characters and nothing else; anything else makes Alipay send again."""
        return Acknowledgement(200, b"success" if accepted else b"fail", "text/plain")

    def _confirm(self, instruction: RefundInstruction, client: Client) -> Answer:
        biz = {
            "out_trade_no": instruction.attempt_no,
            "out_request_no": instruction.refund_no,
            "query_options": ["gmt_refund_pay"],
        }
        said = client.call("query_refund", "alipay.trade.fastpay.refund.query", biz)
        if said.data is None:
            return _unsuccessful("query_refund", said, client)
        status = str(said.data.get("refund_status") or "")
        if not status:  # success of the question, not of the refund: nothing was refunded under this number yet
            return Answer(Outcome.NOT_FOUND, reason=Reason.NOT_FOUND, exchanges=tuple(client.exchanges))
        try:
            amount = read_amount(said.data.get("refund_amount"))
        except Unreadable:
            return _doubtful(client, "unreadable")
        if said.data.get("out_request_no") not in (None, instruction.refund_no):
            return _doubtful(client, "another refund's answer")
        return Answer(
            Outcome.SUCCEEDED if status == "REFUND_SUCCESS" else Outcome.UNKNOWN,
            channel_no=said.data.get("trade_no"),
            amount=amount,
            payee=instruction.account.credentials["app_id"],
            paid_at=_time_or_none(said.data.get("gmt_refund_pay")),
            code=status,
            exchanges=tuple(client.exchanges),
        )


def _created(instruction: PayInstruction, data: Any, client: Client) -> Answer:
    """What the shopper's side does with the answer of precreate or create."""
    exchanges = tuple(client.exchanges)
    if data.get("out_trade_no") != instruction.attempt_no:
        return _doubtful(client, "another order's answer")
    if instruction.product == "precreate" and data.get("qr_code"):
        expires = min(instruction.now + QR_LIVES, instruction.expires_at)
        return Answer(Outcome.ACCEPTED, action=QrAction(data["qr_code"], expires), exchanges=exchanges)
    if instruction.product == "create" and data.get("trade_no"):
        action = InvokeAction("alipay_mini_program", {"tradeNO": data["trade_no"]})
        return Answer(Outcome.ACCEPTED, channel_no=data["trade_no"], action=action, exchanges=exchanges)
    return _doubtful(client, "unreadable")


def _unsuccessful(verb: str, said: Said, client: Client) -> Answer:
    """Refused or doubtful. A refused *question* says nothing about the payment it asked for."""
    if said.code is None:
        return _doubtful(client, said.doubt or "unreadable")
    rule = MANIFEST.rule_of(said.code)
    verdict = rule.for_verb(verb)
    if verb in ("query", "close", "query_refund") and verdict in (Verdict.FINAL, Verdict.RETRYABLE):
        verdict = Verdict.UNKNOWN
    return Answer(
        OUTCOMES[verdict],
        code=said.code,
        reason=rule.reason,
        retryable=verdict is Verdict.RETRYABLE,
        exchanges=tuple(client.exchanges),
    )


def _doubtful(client: Client, doubt: str) -> Answer:
    reason = Reason.NO_ANSWER if doubt in ("no_answer", "http_error") else Reason.UNVERIFIED
    return Answer(Outcome.UNKNOWN, code=doubt, reason=reason, exchanges=tuple(client.exchanges))


def _time_or_none(text: Any) -> datetime | None:
    try:
        return read_time(text)
    except Unreadable:
        return None


ADAPTER: Final = Alipay()
