"""The port: what a channel answers to, in our words.

An adapter is stateless. It builds the channel's message, sends it through the `ChannelHttp` it is
handed, and translates what came back. A definite refusal is FAILED; what the channel did not say,
or said in a code nobody knows, is UNKNOWN. Money never moves in here: a use case commits the
attempt before a verb is called and applies the answer afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from checkstand.kernel.money import Money


class Outcome(StrEnum):
    """What the channel says about one of our numbers."""

    ACCEPTED = "accepted"  # it knows the number, the shopper has not finished
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # a definite refusal; no money moved or will move under this number
    CLOSED = "closed"  # closed unpaid; cannot be paid any more
    NOT_FOUND = "not_found"  # the channel has no such number (not proof of failure, money.md §4.4)
    UNKNOWN = "unknown"  # timeout, 5xx, unreadable or unverifiable answer


class Capability(StrEnum):
    """What a channel can do; declared in channel.yaml, checked before a verb is called."""

    PAY = "pay"
    QUERY = "query"
    CLOSE = "close"
    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    QUERY_REFUND = "query_refund"
    NOTIFY = "notify"
    CAPTURE = "capture"
    VOID = "void"
    # money out of our own bank account: the verbs of payouts.py
    PAYOUT = "payout"
    QUERY_PAYOUT = "query_payout"
    RETURNS = "returns"
    STATEMENT = "statement"
    HOLD = "hold"  # internal channels: set money aside now, take or release it later


# ── what the shopper's side has to do next ──────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class QrAction:
    """Show `content` as a QR code until `expires_at`."""

    content: str
    expires_at: datetime | None = None
    kind: Literal["qr"] = "qr"


@dataclass(frozen=True, slots=True)
class RedirectAction:
    """Send the browser to `url` (GET)."""

    url: str
    kind: Literal["redirect"] = "redirect"


@dataclass(frozen=True, slots=True)
class InvokeAction:
    """Hand `params` to the channel's client kit (`wx.requestPayment`, the app SDK, …)."""

    client: str  # wechat_mini_program | wechat_jsapi | wechat_app | alipay_app | alipay_mini_program
    params: Mapping[str, str]
    kind: Literal["invoke"] = "invoke"


Action = QrAction | RedirectAction | InvokeAction


def action_to_json(action: Action) -> dict[str, Any]:
    """The stored and published form of an action."""
    if isinstance(action, QrAction):
        expires = action.expires_at.isoformat() if action.expires_at else None
        return {"kind": "qr", "content": action.content, "expires_at": expires}
    if isinstance(action, RedirectAction):
        return {"kind": "redirect", "url": action.url}
    return {"kind": "invoke", "client": action.client, "params": dict(action.params)}


def action_from_json(data: Mapping[str, Any]) -> Action:
    if data["kind"] == "qr":
        expires = data.get("expires_at")
        return QrAction(data["content"], datetime.fromisoformat(expires) if expires else None)
    if data["kind"] == "redirect":
        return RedirectAction(data["url"])
    return InvokeAction(data["client"], data["params"])


# ── instructions in, answers out ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """One merchant account at one channel, with the credential version that an attempt is pinned to."""

    tenant_id: str
    channel_account_id: str
    channel: str
    mode: Literal["test", "live"]
    base_url: str  # of the real endpoint, or of the simulator; no trailing slash
    credential_version: int
    credentials: Mapping[str, str]  # as channel.yaml's credential schema names them
    cost_ppm: int = 0  # what the channel keeps by contract

    def __repr__(self) -> str:  # credentials never reach a log by accident
        return f"ChannelAccount({self.channel_account_id!r}, {self.channel!r}, v{self.credential_version})"


@dataclass(frozen=True, slots=True)
class PayInstruction:
    """Everything one channel needs to take one payment; `attempt_no` is our number there (≤ 32 characters)."""

    account: ChannelAccount
    attempt_no: str
    amount: Money
    product: str  # the channel's product for this terminal, from channel.yaml: native, h5, page, …
    title: str
    notify_url: str
    return_url: str
    expires_at: datetime
    now: datetime
    client_ip: str = "127.0.0.1"
    payer_ref: str = ""  # the payer's id at the channel (WeChat openid), where the product needs one


@dataclass(frozen=True, slots=True)
class AttemptRef:
    """Names one attempt at a channel for query and close."""

    account: ChannelAccount
    attempt_no: str
    amount: Money
    product: str
    now: datetime
    channel_no: str | None = None


@dataclass(frozen=True, slots=True)
class RefundInstruction:
    """Give back `amount` of the attempt; the same `refund_no` on every retry."""

    account: ChannelAccount
    refund_no: str
    attempt_no: str
    amount: Money
    paid: Money  # the attempt's whole amount
    reason: str
    notify_url: str
    now: datetime
    channel_no: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, secrets already scrubbed; kept for operators."""

    verb: str
    method: str
    url: str
    request: str
    status: int | None  # None: no answer
    response: str
    duration_ms: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a channel said to pay, query, close, refund or query_refund.

    `amount`, `payee` and `paid_at` are what the channel reports; the use case compares them with the
    attempt before it believes a success. `action` comes with ACCEPTED answers to `pay`.
    """

    outcome: Outcome
    channel_no: str | None = None
    amount: Money | None = None
    payee: str | None = None  # the merchant number the money went to
    paid_at: datetime | None = None
    action: Action | None = None
    code: str | None = None  # the channel's own code
    reason: str | None = None  # our error code: insufficient_funds, risk_refused, …
    retryable: bool = False  # refunds: refused for now, try again with the same number
    exchanges: tuple[Exchange, ...] = ()


# ── notifications ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification exactly as it arrived; header names in lower case."""

    method: str
    path: str  # raw path with query
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A verified notification in our words."""

    notify_id: str  # the channel's id of this message, constant over its retries
    kind: Literal["payment", "refund"]
    number: str  # our attempt_no, or refund_no
    outcome: Outcome
    amount: Money | None = None
    payee: str | None = None
    channel_no: str | None = None
    occurred_at: datetime | None = None
    code: str | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)  # scrubbed content for operators


class NotificationRefused(Exception):
    """The signature, age or shape is wrong: nothing is stored, the channel is told so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason  # bad_signature | stale | unknown_key | malformed | wrong_account | probe


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the channel wants to hear."""

    status: int
    body: bytes
    content_type: str = "application/json"


class ChannelHttp(Protocol):
    """One HTTP exchange with a deadline. A timeout, reset or refused connection gives `status=None`."""

    def send(
        self, verb: str, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> HttpAnswer: ...


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`status` is None when no complete answer came; the request may have been executed all the same."""

    status: int | None
    headers: Mapping[str, str]  # lower case
    body: bytes
    duration_ms: int = 0
    error: str | None = None


class Adapter(Protocol):
    """The verbs. Called outside any transaction; none may move money in our books."""

    def pay(self, instruction: PayInstruction, http: ChannelHttp) -> Answer: ...
    def query(self, ref: AttemptRef, http: ChannelHttp) -> Answer: ...
    def close(self, ref: AttemptRef, http: ChannelHttp) -> Answer: ...
    def refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer: ...
    def query_refund(self, instruction: RefundInstruction, http: ChannelHttp) -> Answer: ...
    def parse_notification(self, raw: RawNotification, account: ChannelAccount) -> Notification: ...
    def acknowledge(self, *, accepted: bool, detail: str = "") -> Acknowledgement: ...

    def refresh_keys(self, account: ChannelAccount, http: ChannelHttp, now: datetime) -> bool:
        """Fetch the channel's signing keys; True when there may be new ones.

        For a notification refused as `unknown_key`: refresh, then parse once more.
        """
        ...
