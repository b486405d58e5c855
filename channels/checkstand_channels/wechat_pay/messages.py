"""WeChat Pay's JSON: building requests, reading transactions and refunds in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from urllib.parse import quote, urlsplit

from checkstand.channel.port import Outcome, PayInstruction, RefundInstruction
from checkstand.kernel import Money, MoneyError

CHINA: Final = timezone(timedelta(hours=8))

PAY_PATH: Final = "/v3/pay/transactions/{product}"
ORDER_PATH: Final = "/v3/pay/transactions/out-trade-no/{number}"
REFUNDS_PATH: Final = "/v3/refund/domestic/refunds"
CERTIFICATES_PATH: Final = "/v3/certificates"

# fmt: off
TRADE_STATES: Final[Mapping[str, Outcome]] = {
    "NOTPAY":     Outcome.ACCEPTED,
    "USERPAYING": Outcome.ACCEPTED,
    "SUCCESS":    Outcome.SUCCEEDED,
    "REFUND":     Outcome.SUCCEEDED,  # paid, and then refunded in part or in full: the payment did happen
    "CLOSED":     Outcome.CLOSED,
    "REVOKED":    Outcome.CLOSED,
    "PAYERROR":   Outcome.FAILED,
}
REFUND_STATES: Final[Mapping[str, Outcome]] = {
    "PROCESSING": Outcome.ACCEPTED,
    "SUCCESS":    Outcome.SUCCEEDED,
    "CLOSED":     Outcome.FAILED,     # the refund failed, the money stays with the merchant
    "ABNORMAL":   Outcome.UNKNOWN,    # the payer's bank refused it; the merchant may still finish it
}
# fmt: on


class Unreadable(Exception):
    """The answer is authentic but not what the manual promises."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction object, as a query or a notification carries it."""

    number: str
    outcome: Outcome
    state: str
    payee: str
    channel_no: str | None
    amount: Money | None
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refund:
    number: str
    outcome: Outcome
    state: str
    channel_no: str | None
    amount: Money | None
    done_at: datetime | None
    payee: str | None = None


def compact(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def order_body(instruction: PayInstruction) -> dict[str, Any]:
    """The create request of any product."""
    credentials = instruction.account.credentials
    body: dict[str, Any] = {
        "appid": credentials["appid"],
        "mchid": credentials["mchid"],
        "description": plain_text(instruction.title, 127) or instruction.attempt_no,
        "out_trade_no": instruction.attempt_no,
        "time_expire": china_time(instruction.expires_at),
        "notify_url": instruction.notify_url,
        "amount": {"total": instruction.amount.minor, "currency": instruction.amount.currency},
    }
    if instruction.product == "jsapi":
        body["payer"] = {"openid": instruction.payer_ref}
    if instruction.product == "h5":
        body["scene_info"] = {"payer_client_ip": instruction.client_ip, "h5_info": {"type": "Wap"}}
    return body


def refund_body(instruction: RefundInstruction) -> dict[str, Any]:
    body: dict[str, Any] = {
        "out_trade_no": instruction.attempt_no,
        "out_refund_no": instruction.refund_no,
        "notify_url": instruction.notify_url,
        "amount": {
            "refund": instruction.amount.minor,
            "total": instruction.paid.minor,
            "currency": instruction.amount.currency,
        },
    }
    if reason := plain_text(instruction.reason, 80):
        body["reason"] = reason
    return body


def plain_text(text: str, limit: int) -> str:
    """The text as WeChat accepts it: at most `limit` bytes, no character of four bytes (emoji)."""
    kept = "".join(char for char in text if ord(char) <= 0xFFFF)
    return kept.encode()[:limit].decode("utf-8", "ignore")


def china_time(instant: datetime) -> str:
    return instant.astimezone(CHINA).isoformat(timespec="seconds")


def order_path(number: str) -> str:
    return ORDER_PATH.format(number=quote(number, safe=""))


def target_of(url: str) -> str:
    """Path and query exactly as they go over the wire; the signature covers them, the host it does not."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def read_object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Unreadable("not JSON") from error
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    return data


def read_transaction(data: Mapping[str, Any]) -> Transaction:
    """Read a transaction; a state nobody knows stays unknown."""
    state = text_of(data, "trade_state")
    return Transaction(
        number=text_of(data, "out_trade_no"),
        outcome=TRADE_STATES.get(state, Outcome.UNKNOWN),
        state=state,
        payee=text_of(data, "mchid"),
        channel_no=data.get("transaction_id") or None,
        amount=_amount(data, "total"),
        paid_at=_instant(data.get("success_time")),
    )


def read_refund(data: Mapping[str, Any]) -> Refund:
    """Read a refund; its state is called `status` in answers and `refund_status` in notifications."""
    state = text_of(data, "status" if "status" in data else "refund_status")
    return Refund(
        number=text_of(data, "out_refund_no"),
        outcome=REFUND_STATES.get(state, Outcome.UNKNOWN),
        state=state,
        channel_no=data.get("refund_id") or None,
        amount=_amount(data, "refund"),
        done_at=_instant(data.get("success_time")),
        payee=data.get("mchid"),
    )


def text_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is missing")
    return value


def _amount(data: Mapping[str, Any], name: str) -> Money | None:
    amount = data.get("amount")
    if amount is None:
        return None
    minor = amount.get(name) if isinstance(amount, dict) else None
    if type(minor) is not int or minor < 0:
        raise Unreadable(f"amount.{name} is no whole number of fen")
    try:
        return Money(minor, amount.get("currency") or "CNY")
    except MoneyError as error:
        raise Unreadable(error.detail) from error


def _instant(text: Any) -> datetime | None:
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise Unreadable(f"{text!r} is no time") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=CHINA)
