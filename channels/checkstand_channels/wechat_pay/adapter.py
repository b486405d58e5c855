"""WeChat Pay's verbs in our words. Stateless but for the fetched platform certificates."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from checkstand.channel.bills import BillAnswer, BillRequest
from checkstand.channel.manifest import Verdict, load_manifest
from checkstand.channel.port import (
    Acknowledgement,
    Action,
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
from checkstand_channels.wechat_pay import bills, messages, notifications, signing
from checkstand_channels.wechat_pay.client import Client, Said
from checkstand_channels.wechat_pay.messages import Unreadable
from checkstand_channels.wechat_pay.trust import Trust

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
class WeChatPay:
    """The adapter; one instance serves every account."""

    trust: Trust = field(default_factory=Trust)

    def pay(self, instruction: PayInstruction, http: ChannelHttp) -> Answer:
        client = self._client(instruction.account, http, instruction.now)
        path = messages.PAY_PATH.format(product=instruction.product)
        said = client.call("pay", "POST", path, messages.order_body(instruction))
        if said.data is None:
            return _unsuccessful("pay", said, client)
        try:
            action = _action(instruction, said.data)
        except Unreadable:
            return _doubtful(client, "unreadable")
        return Answer(Outcome.ACCEPTED, action=action, exchanges=tuple(client.exchanges))

    def query(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        client = self._client(ref.account, http, ref.now)
        path = f"{messages.order_path(ref.attempt_no)}?mchid={quote(ref.account.credentials['mchid'], safe='')}"
        said = client.call("query", "GET", path)
        if said.data is None:
            return _unsuccessful("query", said, client)
        try:
            found = messages.read_transaction(said.data)
        except Unreadable:
            return _doubtful(client, "unreadable")
        if found.number != ref.attempt_no:
            return _doubtful(client, "another order's answer")
        return Answer(
            found.outcome,
            channel_no=found.channel_no,
            amount=found.amount,
            payee=found.payee,
            paid_at=found.paid_at,
            code=found.state,
            exchanges=tuple(client.exchanges),
        )

    def close(self, ref: AttemptRef, http: ChannelHttp) -> Answer:
        """Close an unpaid order. "Already paid" comes back as UNKNOWN with that reason: the query decides."""
        client = self._client(ref.account, http, ref.now)
        path = f"{messages.order_path(ref.attempt_no)}/close"
        said = client.call("close", "POST", path, {"mchid": ref.account.credentials["mchid"]})
        if said.data is None:
            return _unsuccessful("close", said, client)
        return Answer(Outcome.CLOSED, exchanges=tuple(client.exchanges))

    def refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        client = self._client(instruction.account, http, instruction.now)
        said = client.call("refund", "POST", messages.REFUNDS_PATH, messages.refund_body(instruction))
        return _refund_answer("refund", instruction, said, client)

    def query_refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer:
        client = self._client(instruction.account, http, instruction.now)
        said = client.call("query_refund", "GET", f"{messages.REFUNDS_PATH}/{quote(instruction.refund_no, safe='')}")
        return _refund_answer("query_refund", instruction, said, client)

    def download_statement(self, request: BillRequest, http: ChannelHttp) -> BillAnswer:
        return bills.download(request, self._client(request.account, http, request.now))

    def parse_notification(self, raw: RawNotification, account: ChannelAccount) -> Notification:
        return notifications.parse(raw, account, self.trust)

    def refresh_keys(self, account: ChannelAccount, http: ChannelHttp, now: datetime) -> bool:
        """Fetch the platform's keys again; called when a notification names a key nobody knows."""
        return self._client(account, http, now).fetch_certificates()

    def acknowledge(self, *, accepted: bool, detail: str = "") -> Acknowledgement:
        """Only the status counts; a 200 that says FAIL would still be taken for "received"."""
        if accepted:
            return Acknowledgement(204, b"")
        return Acknowledgement(500, messages.compact({"code": "FAIL", "message": detail or "try again"}))

    def _client(self, account: ChannelAccount, http: ChannelHttp, now: datetime) -> Client:
        return Client(account, http, self.trust, now)


def _action(instruction: PayInstruction, data: Mapping[str, Any]) -> Action:
    """What the shopper's side does with the answer of a create request."""
    match instruction.product:
        case "native":
            expires = min(instruction.now + QR_LIVES, instruction.expires_at)
            return QrAction(messages.text_of(data, "code_url"), expires)
        case "h5":
            url = messages.text_of(data, "h5_url")
            return RedirectAction(f"{url}&redirect_url={quote(instruction.return_url, safe='')}")
        case "jsapi":
            return InvokeAction("wechat_jsapi", jsapi_params(instruction, messages.text_of(data, "prepay_id")))
        case _:
            return InvokeAction("wechat_app", app_params(instruction, messages.text_of(data, "prepay_id")))


def jsapi_params(instruction: PayInstruction, prepay_id: str, nonce: str = "") -> dict[str, str]:
    """Parameters for official accounts and mini-programs (a mini-program drops `appId`)."""
    credentials = instruction.account.credentials
    timestamp, nonce = str(int(instruction.now.timestamp())), nonce or secrets.token_hex(16)
    package = f"prepay_id={prepay_id}"
    return {
        "appId": credentials["appid"],
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": signing.sign(
            credentials["merchant_private_key"], signing.lines(credentials["appid"], timestamp, nonce, package)
        ),
    }


def app_params(instruction: PayInstruction, prepay_id: str, nonce: str = "") -> dict[str, str]:
    """Parameters for the app kit; the bare prepay id is signed here, without `prepay_id=`."""
    credentials = instruction.account.credentials
    timestamp, nonce = str(int(instruction.now.timestamp())), nonce or secrets.token_hex(16)
    return {
        "appid": credentials["appid"],
        "partnerid": credentials["mchid"],
        "prepayid": prepay_id,
        "package": "Sign=WXPay",
        "noncestr": nonce,
        "timestamp": timestamp,
        "sign": signing.sign(
            credentials["merchant_private_key"], signing.lines(credentials["appid"], timestamp, nonce, prepay_id)
        ),
    }


def _refund_answer(verb: str, instruction: RefundInstruction, said: Said, client: Client) -> Answer:
    if said.data is None:
        return _unsuccessful(verb, said, client)
    try:
        found = messages.read_refund(said.data)
    except Unreadable:
        return _doubtful(client, "unreadable")
    if found.number != instruction.refund_no:
        return _doubtful(client, "another refund's answer")
    reason = {"ABNORMAL": Reason.REFUND_ABNORMAL, "CLOSED": Reason.DECLINED}.get(found.state)
    return Answer(
        found.outcome,
        channel_no=found.channel_no,
        amount=found.amount,
        payee=client.account.credentials["mchid"],
        paid_at=found.done_at,
        code=found.state,
        reason=reason,
        exchanges=tuple(client.exchanges),
    )


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
    reason = Reason.NO_ANSWER if doubt == "no_answer" else Reason.UNVERIFIED
    return Answer(Outcome.UNKNOWN, code=doubt, reason=reason, exchanges=tuple(client.exchanges))


ADAPTER: Final = WeChatPay()
