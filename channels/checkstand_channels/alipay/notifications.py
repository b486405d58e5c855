"""Verifies and reads what Alipay posts to us."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl

from checkstand.channel.port import ChannelAccount, Notification, NotificationRefused, Outcome, RawNotification
from checkstand.channel.transcript import mask
from checkstand_channels.alipay import signing
from checkstand_channels.alipay.envelope import Unreadable
from checkstand_channels.alipay.messages import read_amount, read_time, trade_outcome

# Alipay repeats a notification for 25 hours. What is older is a replay of something long settled.
MAX_AGE: Final = timedelta(hours=26)
MAX_AHEAD: Final = timedelta(minutes=15)


def parse(raw: RawNotification, account: ChannelAccount) -> Notification:
    """The notification in our words; `NotificationRefused` says why it is not believed."""
    fields = _decode(raw.body)
    if not fields.get("sign") or not fields.get("notify_id"):
        raise NotificationRefused("malformed")
    genuine = signing.verify(account.credentials["alipay_public_key"], signing.notify_string(fields), fields["sign"])
    if fields.get("sign_type", "RSA2") != "RSA2" or not genuine:
        raise NotificationRefused("bad_signature")
    try:
        return _read(fields, raw, account)
    except Unreadable as error:
        raise NotificationRefused("malformed") from error


def _decode(body: bytes) -> dict[str, str]:
    """Decode the form exactly once; a second time would break values like `passback_params`."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict")
    except ValueError as error:
        raise NotificationRefused("malformed") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotificationRefused("malformed")  # a repeated name can be read in two ways
    return fields


def _read(fields: dict[str, str], raw: RawNotification, account: ChannelAccount) -> Notification:
    sent_at = read_time(fields.get("notify_time"))
    if sent_at is None or not -MAX_AHEAD <= raw.received_at - sent_at <= MAX_AGE:
        raise NotificationRefused("stale")
    if fields.get("app_id") != account.credentials["app_id"]:
        raise NotificationRefused("wrong_account")
    status = fields.get("trade_status", "")
    # A refund is told as another message about the trade: TRADE_SUCCESS when part of the money went
    # back, TRADE_CLOSED when all of it did. It must never be taken for a second payment.
    is_refund = bool(fields.get("gmt_refund") or fields.get("refund_fee"))
    paid_at = read_time(fields.get("gmt_payment"))
    return Notification(
        notify_id=fields["notify_id"],
        kind="refund" if is_refund else "payment",
        number=(fields.get("out_biz_no") if is_refund else None) or _needed(fields, "out_trade_no"),
        outcome=Outcome.SUCCEEDED if is_refund else trade_outcome(status, paid_at),
        # `refund_fee` is the sum over all refunds of the trade, so it is no refund's own amount.
        amount=None if is_refund else read_amount(fields.get("total_amount")),
        payee=_payee(fields, account),
        channel_no=fields.get("trade_no"),
        occurred_at=read_time(fields.get("gmt_refund")) if is_refund else paid_at,
        code=status,
        summary=_summary(fields),
    )


def _payee(fields: dict[str, str], account: ChannelAccount) -> str:
    """The app id, as queries report it; but a foreign seller is named, so that the caller refuses the money."""
    own, told = account.credentials.get("seller_id"), fields.get("seller_id")
    return told if own and told and own != told else account.credentials["app_id"]


def _needed(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise Unreadable(f"{name} is missing")
    return fields[name]


def _summary(fields: dict[str, str]) -> dict[str, str]:
    hidden = ("buyer_id", "buyer_open_id")
    shown = {name: value for name, value in fields.items() if name not in ("sign", *hidden)}
    return shown | {name: mask(fields[name]) for name in hidden if name in fields}
