"""Alipay's parameters: building requests, reading answers in our words. Amounts are yuan, times China time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from checkstand.channel.port import Outcome, PayInstruction, RefundInstruction
from checkstand.kernel import Money, MoneyError
from checkstand_channels.alipay import signing
from checkstand_channels.alipay.envelope import Unreadable

CHINA: Final = timezone(timedelta(hours=8))
TIME: Final = "%Y-%m-%d %H:%M:%S"

# fmt: off
METHODS: Final[Mapping[str, str]] = {
    "page":      "alipay.trade.page.pay",
    "wap":       "alipay.trade.wap.pay",
    "app":       "alipay.trade.app.pay",
    "precreate": "alipay.trade.precreate",
    "create":    "alipay.trade.create",
}
PRODUCT_CODES: Final[Mapping[str, str]] = {
    "page":      "FAST_INSTANT_TRADE_PAY",
    "wap":       "QUICK_WAP_WAY",
    "app":       "QUICK_MSECURITY_PAY",
    "precreate": "FACE_TO_FACE_PAYMENT",
    "create":    "JSAPI_PAY",
}
TRADE_STATES: Final[Mapping[str, Outcome]] = {
    "WAIT_BUYER_PAY": Outcome.ACCEPTED,
    "TRADE_SUCCESS":  Outcome.SUCCEEDED,
    "TRADE_FINISHED": Outcome.SUCCEEDED,
    "TRADE_CLOSED":   Outcome.CLOSED,  # unless it was paid: see `trade_outcome`
}
# fmt: on


def common_params(credentials: Mapping[str, str], method: str, now: datetime) -> dict[str, str]:
    return {
        "app_id": credentials["app_id"],
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": china_time(now),
        "version": "1.0",
    }


def signed(params: Mapping[str, str], private_key_pem: str) -> dict[str, str]:
    return {**params, "sign": signing.sign(private_key_pem, signing.request_string(params))}


def order_params(instruction: PayInstruction) -> dict[str, str]:
    """All parameters of a create request, unsigned."""
    biz: dict[str, Any] = {
        "out_trade_no": instruction.attempt_no,
        "total_amount": instruction.amount.decimal(),
        "subject": subject(instruction.title) or instruction.attempt_no,
        "product_code": PRODUCT_CODES[instruction.product],
        "time_expire": china_time(instruction.expires_at),
    }
    if seller := instruction.account.credentials.get("seller_id"):
        biz["seller_id"] = seller
    if instruction.product == "wap":
        biz["quit_url"] = instruction.return_url
    if instruction.product == "create":
        payer = "buyer_id" if instruction.payer_ref.startswith("2088") else "buyer_open_id"
        biz[payer] = instruction.payer_ref
    params = common_params(instruction.account.credentials, METHODS[instruction.product], instruction.now)
    params["notify_url"] = instruction.notify_url
    if instruction.product in ("page", "wap"):
        params["return_url"] = instruction.return_url
    return {**params, "biz_content": compact(biz)}


def refund_biz(instruction: RefundInstruction) -> dict[str, Any]:
    """`out_request_no` is always sent: it is the idempotency key, and partial refunds need it."""
    return {
        "out_trade_no": instruction.attempt_no,
        "refund_amount": instruction.amount.decimal(),
        "out_request_no": instruction.refund_no,
        "refund_reason": instruction.reason[:256] or "refund",
    }


def compact(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def subject(title: str) -> str:
    """A title without the characters that older rules forbid (`/ = &`) and at most 256 long."""
    return title.translate({ord(char): " " for char in "/=&"}).strip()[:256]


def china_time(instant: datetime) -> str:
    return instant.astimezone(CHINA).strftime(TIME)


def read_time(text: Any) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.strptime(str(text)[:19], TIME).replace(tzinfo=CHINA)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no time") from error


def read_amount(text: Any) -> Money | None:
    """Yuan as text, exactly; a float or a third decimal is refused, not rounded."""
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise Unreadable("an amount must be text")
    try:
        return Money.from_decimal(text, "CNY")
    except MoneyError as error:
        raise Unreadable(error.detail) from error


def trade_outcome(status: str, paid_at: datetime | None) -> Outcome:
    """What `trade_status` says about the payment. A full refund closes the trade too, and such a
    trade did succeed: the time of payment tells the two kinds of TRADE_CLOSED apart."""
    if status == "TRADE_CLOSED" and paid_at is not None:
        return Outcome.SUCCEEDED
    return TRADE_STATES.get(status, Outcome.UNKNOWN)
