"""Verifies, opens and reads what WeChat Pay posts to us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkstand.channel.port import ChannelAccount, Notification, NotificationRefused, RawNotification
from checkstand.channel.transcript import mask
from checkstand_channels.wechat_pay import signing
from checkstand_channels.wechat_pay.messages import Unreadable, read_object, read_refund, read_transaction, text_of
from checkstand_channels.wechat_pay.trust import Trust, distrust


def parse(raw: RawNotification, account: ChannelAccount, trust: Trust) -> Notification:
    """The notification in our words; `NotificationRefused` says why it is not believed."""
    key = trust.key(account, raw.headers.get("wechatpay-serial", ""))
    if reason := distrust(raw.headers, raw.body, key, raw.received_at):
        raise NotificationRefused(reason)
    try:
        envelope = read_object(raw.body)
        content = _open(envelope, account)
        if text_of(envelope, "event_type").startswith("REFUND."):
            return _refund(envelope, content)
        return _payment(envelope, content)
    except (Unreadable, KeyError, TypeError) as error:
        raise NotificationRefused("malformed") from error
    except signing.Undecipherable as error:
        # Platform keys are the same for all merchants, the APIv3 key is ours alone: a genuine
        # message that does not open was meant for somebody else, or for an older key of ours.
        raise NotificationRefused("wrong_account") from error


def _open(envelope: Mapping[str, Any], account: ChannelAccount) -> dict[str, Any]:
    sealed = envelope["resource"]
    plain = signing.unseal(
        account.credentials["api_v3_key"],
        text_of(sealed, "nonce"),
        sealed.get("associated_data") or "",
        text_of(sealed, "ciphertext"),
    )
    return read_object(plain)


def _payment(envelope: Mapping[str, Any], content: Mapping[str, Any]) -> Notification:
    found = read_transaction(content)
    return Notification(
        notify_id=text_of(envelope, "id"),
        kind="payment",
        number=found.number,
        outcome=found.outcome,
        amount=found.amount,
        payee=found.payee,
        channel_no=found.channel_no,
        occurred_at=found.paid_at,
        code=found.state,
        summary=_summary(envelope, content),
    )


def _refund(envelope: Mapping[str, Any], content: Mapping[str, Any]) -> Notification:
    found = read_refund(content)
    return Notification(
        notify_id=text_of(envelope, "id"),
        kind="refund",
        number=found.number,
        outcome=found.outcome,
        amount=found.amount,
        payee=found.payee,
        channel_no=found.channel_no,
        occurred_at=found.done_at,
        code=found.state,
        summary=_summary(envelope, content),
    )


def _summary(envelope: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    payer = content.get("payer")
    openid = payer.get("openid") if isinstance(payer, dict) else None
    shown = {name: value for name, value in content.items() if name != "payer"}
    return {"event_type": envelope["event_type"], **shown, **({"openid": mask(openid)} if openid else {})}
