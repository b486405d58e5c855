"""The simulator's side of the messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from checkstand.channel.simulator.env import Credentials
from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand.kernel import Money
from checkstand_channels.alipay.messages import china_time, compact

if TYPE_CHECKING:
    from checkstand.channel.simulator.frame import SimulatorFrame

STATES: Final = {"open": "WAIT_BUYER_PAY", "closed": "TRADE_CLOSED", "paid": "TRADE_SUCCESS"}
BUYER: Final = {"buyer_logon_id": "sim***@example.com", "buyer_user_id": "2088000000000001"}


def success(**fields: Any) -> dict[str, Any]:
    return {"code": "10000", "msg": "Success", **fields}


def failure(code: str, msg: str, sub_code: str, sub_msg: str = "") -> dict[str, Any]:
    return {"code": code, "msg": msg, "sub_code": sub_code, "sub_msg": sub_msg or sub_code}


def refused(sub_code: str, sub_msg: str) -> dict[str, Any]:
    return failure("40004", "Business Failed", sub_code, sub_msg)


def yuan(minor: int) -> str:
    return Money(minor, "CNY").decimal()


def trade_status(frame: SimulatorFrame, order: SimOrder) -> str:
    """A trade that was refunded in full is closed, though it was paid."""
    if order.state == "paid" and frame.state.given_back(order) >= order.amount_minor:
        return "TRADE_CLOSED"
    return STATES[order.state]


def trade_answer(frame: SimulatorFrame, order: SimOrder, extra_minor: int = 0) -> dict[str, Any]:
    """The query answer; the payer's part exists only after payment."""
    total = yuan(order.amount_minor + extra_minor)
    answer = success(
        buyer_logon_id=BUYER["buyer_logon_id"],
        buyer_user_id=BUYER["buyer_user_id"],
        out_trade_no=order.number,
        total_amount=total,
        trade_no=order.channel_no,
        trade_status=trade_status(frame, order),
    )
    if order.paid_at:
        answer |= {
            "buyer_pay_amount": total,
            "fund_bill_list": [{"amount": total, "fund_channel": "ALIPAYACCOUNT"}],
            "invoice_amount": total,
            "point_amount": "0.00",
            "receipt_amount": total,
            "send_pay_date": china_time(order.paid_at),
        }
    return answer


def notification_fields(
    frame: SimulatorFrame,
    notify_id: str,
    order: SimOrder,
    refund: SimRefund | None,
    credentials: Credentials,
    extra_minor: int,
) -> dict[str, str]:
    """One notification; a refund is another message about the same trade."""
    total = yuan(order.amount_minor + extra_minor)
    fields = {
        "notify_time": china_time(frame.clock.wall()),
        "notify_type": "trade_status_sync",
        "notify_id": notify_id,
        "app_id": order.merchant,
        "auth_app_id": order.merchant,
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": order.channel_no,
        "out_trade_no": order.number,
        "buyer_id": BUYER["buyer_user_id"],
        "buyer_logon_id": BUYER["buyer_logon_id"],
        "seller_id": credentials.get("seller_id", ""),
        "trade_status": trade_status(frame, order),
        "total_amount": total,
        "subject": order.title,
        "gmt_create": china_time(order.created_at),
    }
    if order.extra.get("passback_params"):
        fields["passback_params"] = str(order.extra["passback_params"])
    if order.paid_at:
        fields |= {
            "receipt_amount": total,
            "invoice_amount": total,
            "buyer_pay_amount": total,
            "point_amount": "0.00",
            "gmt_payment": china_time(order.paid_at),
            "fund_bill_list": compact([{"amount": total, "fundChannel": "ALIPAYACCOUNT"}]),  # type: ignore[arg-type]
        }
    if refund:
        fields |= {
            "out_biz_no": refund.number,
            "refund_fee": yuan(frame.state.given_back(order) + extra_minor),
            "gmt_refund": china_time(refund.done_at or refund.created_at),
        }
    if order.closed_at:
        fields["gmt_close"] = china_time(order.closed_at)
    return {name: value for name, value in fields.items() if value}
