"""The simulator's side of the messages: fields appear in the states in which WeChat Pay sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from checkstand.channel.simulator.model import SimOrder, SimRefund
from checkstand_channels.wechat_pay.messages import china_time

if TYPE_CHECKING:
    from checkstand.channel.simulator.frame import SimulatorFrame

TRADE_TYPES: Final = {"native": "NATIVE", "jsapi": "JSAPI", "h5": "MWEB", "app": "APP"}
STATE_WORDS: Final = {"NOTPAY": "订单未支付", "SUCCESS": "支付成功", "REFUND": "转入退款", "CLOSED": "订单已关闭"}
REFUND_STATES: Final = {
    "processing": "PROCESSING",
    "abnormal": "ABNORMAL",
    "success": "SUCCESS",
    "failed": "CLOSED",
}


def transaction_content(frame: SimulatorFrame, order: SimOrder, extra_minor: int = 0) -> dict[str, Any]:
    """The transaction object; the payer's part exists only after payment."""
    state = {"open": "NOTPAY", "draft": "NOTPAY", "closed": "CLOSED", "paid": "SUCCESS"}[order.state]
    if state == "SUCCESS" and frame.state.given_back(order, also_processing=False):
        state = "REFUND"
    total = order.amount_minor + extra_minor
    content: dict[str, Any] = {
        "appid": order.extra["appid"],
        "mchid": order.merchant,
        "out_trade_no": order.number,
        "trade_state": state,
        "trade_state_desc": STATE_WORDS[state],
        "attach": order.extra.get("attach", ""),
        "amount": {"total": total, "currency": order.currency},
    }
    if order.paid_at:
        content |= {
            "transaction_id": order.channel_no,
            "trade_type": TRADE_TYPES[order.product],
            "bank_type": "OTHERS",
            "success_time": china_time(order.paid_at),
            "payer": {"openid": order.extra.get("openid") or f"oSIM{order.token[-24:]}"},
            "amount": {"total": total, "payer_total": total, "currency": "CNY", "payer_currency": "CNY"},
        }
    return content


def refund_content(order: SimOrder, refund: SimRefund, extra_minor: int = 0) -> dict[str, Any]:
    """The plaintext of a refund notification; its state is called `refund_status` here."""
    amount = refund.amount_minor + extra_minor
    content: dict[str, Any] = {
        "mchid": order.merchant,
        "out_trade_no": order.number,
        "transaction_id": order.channel_no,
        "out_refund_no": refund.number,
        "refund_id": refund.refund_no,
        "refund_status": REFUND_STATES[refund.state],
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.amount_minor,
            "refund": amount,
            "payer_total": order.amount_minor,
            "payer_refund": amount,
        },
    }
    if refund.state == "success" and refund.done_at:
        content["success_time"] = china_time(refund.done_at)
    return content


def refund_answer(order: SimOrder, refund: SimRefund, extra_minor: int = 0) -> dict[str, Any]:
    """The refund object of the API; its state is called `status` here."""
    amount = refund.amount_minor + extra_minor
    answer: dict[str, Any] = {
        "refund_id": refund.refund_no,
        "out_refund_no": refund.number,
        "transaction_id": order.channel_no,
        "out_trade_no": order.number,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": china_time(refund.created_at),
        "status": REFUND_STATES[refund.state],
        "funds_account": "AVAILABLE",
        "amount": {
            "total": order.amount_minor,
            "refund": amount,
            "from": [],
            "payer_total": order.amount_minor,
            "payer_refund": amount,
            "settlement_refund": amount,
            "settlement_total": order.amount_minor,
            "discount_refund": 0,
            "currency": order.currency,
        },
        "promotion_detail": [],
    }
    if refund.state == "success" and refund.done_at:
        answer["success_time"] = china_time(refund.done_at)
    return answer
